//! How a comparison of two embedding tables is shown.

use std::path::Path;

use anyhow::{Context, Result};
use dissensus_alignment::{MovedRow, Neighbour, Score, TableComparison};
use dissensus_report::{Axis, Cell, Line, LineChart, MarkRole, Point, Table};

/// What the rows of a table stand for.
pub struct RowNames {
    /// The token of each row, or its number where no tokenizer says more.
    pub names: Vec<String>,
    /// Rows of special tokens.
    pub specials: Vec<usize>,
}

impl RowNames {
    /// As a tokenizer names them, by default the one that lies beside the weights.
    pub fn read(weights: &Path, tokenizer: Option<&Path>, rows: usize) -> Result<Self> {
        let mut names: Vec<String> = (0..rows).map(|id| id.to_string()).collect();
        let files = ["tokenizer.json", "vocab.txt"].map(|name| weights.join(name));
        let beside = Some(weights).filter(|_| files.iter().any(|file| file.exists()));
        let Some(path) = tokenizer.or(beside) else {
            let specials = Vec::new();
            return Ok(Self { names, specials });
        };
        let tokenizer = dissensus_tokenize::load(path)?;
        let named = names.iter_mut().zip(tokenizer.vocabulary().tokens());
        named.for_each(|(name, token)| name.clone_from(token));
        let specials = tokenizer.specials().ids().map(|id| id as usize);
        let specials = specials.filter(|&id| id < rows).collect();
        Ok(Self { names, specials })
    }
}

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

/// Tokens that move, each with its nearest tokens in both tables.
pub fn moved<'a>(rows: &[MovedRow], name: &impl Fn(usize) -> &'a str) -> Result<Table> {
    let header = ["token", "residual", "nearest in A", "nearest in B"];
    let mut table = Table::new("Tokens that move most", header);
    let names = |near: &[Neighbour]| {
        let names: Vec<&str> = near.iter().map(|near| name(near.row)).collect();
        Cell::from(names.join(" "))
    };
    for moved in rows {
        let (before, after) = (names(&moved.before), names(&moved.after));
        table.push([name(moved.row).into(), moved.residual.into(), before, after])?;
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
