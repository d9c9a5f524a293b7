//! How a comparison of two embedding tables is shown.

use anyhow::{Context, Result};
use dissensus_alignment::{Score, TableComparison};
use dissensus_report::{Axis, Cell, Line, LineChart, MarkRole, Point, Table};

/// Every measure of the first pair beside its chance level.
pub fn measures(found: &TableComparison) -> Result<Table> {
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
    let (aligned, linear, gaussian) = (pair.procrustes, pair.linear_cka, pair.gaussian_cka);
    for (name, score) in [
        ("Procrustes cosine", aligned.map(|p| p.cosine)),
        ("Procrustes disparity", aligned.map(|p| p.disparity)),
        ("linear CKA, biased", linear.map(|c| c.biased)),
        ("linear CKA, debiased", linear.and_then(|c| c.debiased)),
        ("Gaussian CKA, biased", gaussian.map(|c| c.biased)),
        ("Gaussian CKA, debiased", gaussian.and_then(|c| c.debiased)),
    ] {
        table.push(row(name, None, score))?;
    }
    Ok(table)
}

fn row(name: &str, k: Option<usize>, score: Option<Score>) -> [Cell; 5] {
    let part = |of: fn(&Score) -> Option<f64>| Cell::from(score.as_ref().and_then(of));
    [
        name.into(),
        k.map_or(Cell::Missing, Cell::from),
        part(|s| Some(s.value)),
        part(|s| s.chance),
        part(Score::corrected),
    ]
}

/// Overlap against k, with its chance curve.
pub fn chart(found: &TableComparison) -> LineChart {
    let line = |role: MarkRole, value: fn(&Score) -> Option<f64>| {
        let overlaps = found.pairs.iter().flat_map(|pair| &pair.overlap);
        Line {
            subject: "tables".into(),
            role,
            points: overlaps
                .filter_map(|o| Some(Point::new(o.k as f64, value(&o.score)?)))
                .collect(),
            ..Line::default()
        }
    };
    LineChart {
        title: "Overlap of the k nearest neighbours".into(),
        x_label: "k".into(),
        y_label: "Jaccard index".into(),
        x_axis: Axis::Log,
        lines: vec![
            line(MarkRole::Trained, |s| Some(s.value)),
            line(MarkRole::Chance, |s| s.chance),
        ],
        ..LineChart::default()
    }
}
