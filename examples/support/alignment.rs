//! How a comparison of two embedding tables is shown.

use anyhow::{Context, Result};
use dissensus_alignment::{Comparison, Score};
use dissensus_report::{Axis, Line, LineChart, Table};

/// Every measure of the first pair beside its chance level.
pub fn measures(found: &Comparison) -> Result<Table> {
    let title = format!("{} rows, {} columns", found.rows, found.dimension);
    let mut table = Table::new(&title, ["measure", "k", "value", "chance", "corrected"]);
    let pair = found.pairs.first().context("expected a pair")?;
    for overlap in &pair.overlap {
        table.push(row("top-k overlap", Some(overlap.k), Some(overlap.score)))?;
    }
    for spearman in &pair.spearman {
        let score = spearman
            .value()
            .map(|rho| Score::similarity(rho, Some(0.0)));
        table.push(row("local Spearman", Some(spearman.k), score))?;
    }
    let (aligned, linear, gaussian) = (pair.procrustes, pair.linear_cka, pair.rbf_cka);
    for (name, score) in [
        ("Procrustes cosine", aligned.map(|p| p.cosine)),
        ("Procrustes disparity", aligned.map(|p| p.disparity)),
        ("linear CKA, biased", linear.map(|c| c.biased)),
        ("linear CKA, debiased", linear.map(|c| c.debiased)),
        ("Gaussian CKA, biased", gaussian.map(|c| c.biased)),
        ("Gaussian CKA, debiased", gaussian.map(|c| c.debiased)),
    ] {
        table.push(row(name, None, score))?;
    }
    Ok(table)
}

fn row(name: &str, k: Option<usize>, score: Option<Score>) -> [String; 5] {
    let shown = |part: fn(&Score) -> Option<f64>| {
        let value = score.as_ref().and_then(part);
        value.map_or("–".to_owned(), |v| format!("{v:.4}"))
    };
    [
        name.to_owned(),
        k.map_or(String::new(), |k| k.to_string()),
        shown(|s| Some(s.value)),
        shown(|s| s.chance),
        shown(Score::corrected),
    ]
}

/// Overlap against k, with its chance curve.
pub fn chart(found: &Comparison) -> LineChart {
    let line = |name: &str, dashed: bool, value: fn(&Score) -> Option<f64>| {
        let overlaps = found.pairs.iter().flat_map(|pair| &pair.overlap);
        Line {
            name: name.into(),
            points: overlaps
                .filter_map(|o| Some((o.k as f64, value(&o.score)?)))
                .collect(),
            dashed,
            ..Line::default()
        }
    };
    LineChart {
        title: "Overlap of the k nearest neighbours".into(),
        x_label: "k".into(),
        y_label: "Jaccard index".into(),
        x_axis: Axis::Log,
        lines: vec![
            line("tables", false, |s| Some(s.value)),
            line("chance", true, |s| s.chance),
        ],
        ..LineChart::default()
    }
}
