//! The figures of a sweep.

use dissensus_report::{Axis, Ensemble, Line, LineChart, Results};

use super::{DISTANCE, ENTROPY, fact, trained};
use crate::Error;

/// What is drawn against the knobs: file name, id, argument, title, unit.
const DRAWN: [(&str, &str, Option<f64>, &str, &str); 12] = [
    ("loss", "loss", None, "Loss", "bits/token"),
    (
        "excess",
        "excess",
        None,
        "Excess over the oracle",
        "bits/token",
    ),
    ("kl", "kl_to_uniform", None, "KL to uniform", "bits"),
    (
        "js_50",
        "js_distance",
        Some(0.5),
        "JS distance, p = 0.5",
        "distance",
    ),
    (
        "js_100",
        "js_distance",
        Some(1.0),
        "JS distance, p = 1",
        "distance",
    ),
    (
        "argmax",
        "argmax_disagreement",
        None,
        "Argmax disagreement",
        "share",
    ),
    (
        "overlap",
        "overlap",
        Some(10.0),
        "Top-10 overlap of embeddings",
        "Jaccard",
    ),
    (
        "procrustes",
        "procrustes_cosine",
        None,
        "Procrustes cosine of embeddings",
        "cosine",
    ),
    (
        "fisher_embeddings",
        "fisher/embeddings",
        None,
        "Fisher share of embeddings",
        "share",
    ),
    (
        "fisher_input",
        "fisher/word input side",
        None,
        "Fisher share, tied table as input",
        "share",
    ),
    (
        "fisher_output",
        "fisher/word output side",
        None,
        "Fisher share, tied table as output",
        "share",
    ),
    (
        "fisher_transformer",
        "fisher/transformer",
        None,
        "Fisher share of the transformer",
        "share",
    ),
];

/// A figure of a sweep.
pub(super) struct Drawn {
    pub(super) name: String,
    pub(super) caption: &'static str,
    pub(super) svg: String,
}

const AGAINST_ENTROPY: &str = "Against the source's entropy rate; one colour a distance. Dotted: the oracle, which sees the same window. \
    Bands: 95 % jackknife interval over members.";
const AGAINST_UNLEARNED: &str = "Against what was not learned: the members' excess over the oracle. One dot a cell, one colour a distance.";
const CURVES: &str = "JS distance against nucleus mass p, one line a cell; one colour a distance.";

pub(super) fn figures(results: &Results) -> Result<Vec<Drawn>, Error> {
    let mut all = Vec::new();
    for (name, id, at, title, unit) in DRAWN {
        let against_entropy = LineChart {
            title: title.into(),
            x_label: "entropy rate of the source, bits per letter".into(),
            y_label: unit.into(),
            lines: knob_lines(results, id, at),
            ..LineChart::default()
        };
        push(&mut all, name.into(), AGAINST_ENTROPY, &against_entropy)?;
        if id == "loss" || id == "excess" {
            continue;
        }
        let against_unlearned = LineChart {
            title: format!("{title}, against the unlearned part"),
            x_label: "excess over the oracle, bits/token".into(),
            y_label: unit.into(),
            lines: unlearned_dots(results, id, at),
            ..LineChart::default()
        };
        push(
            &mut all,
            format!("{name}_unlearned"),
            AGAINST_UNLEARNED,
            &against_unlearned,
        )?;
    }
    let curves = LineChart {
        title: "JS distance under nucleus sampling".into(),
        x_label: "nucleus mass p".into(),
        y_label: "distance".into(),
        x_axis: Axis::Linear,
        lines: js_curves(results),
        ..LineChart::default()
    };
    push(&mut all, "js_curves".into(), CURVES, &curves)?;
    Ok(all)
}

fn push(
    all: &mut Vec<Drawn>,
    name: String,
    caption: &'static str,
    chart: &LineChart,
) -> Result<(), Error> {
    if chart.lines.iter().any(|line| !line.points.is_empty()) {
        let svg = chart.to_svg()?;
        all.push(Drawn { name, caption, svg });
    }
    Ok(())
}

/// The cells of each distance.
fn by_distance(results: &Results) -> Vec<(f64, Vec<&Ensemble>)> {
    let mut rows: Vec<(f64, Vec<&Ensemble>)> = Vec::new();
    for cell in &results.ensembles {
        let Some(distance) = fact(cell, DISTANCE) else {
            continue;
        };
        match rows.iter_mut().find(|row| row.0 == distance) {
            Some(row) => row.1.push(cell),
            None => rows.push((distance, vec![cell])),
        }
    }
    rows
}

fn knob_lines(results: &Results, id: &str, at: Option<f64>) -> Vec<Line> {
    let mut lines = Vec::new();
    for (colour, (distance, cells)) in by_distance(results).into_iter().enumerate() {
        let measured = || {
            cells
                .iter()
                .filter_map(|cell| Some((fact(cell, ENTROPY)?, trained(cell, id, at)?)))
        };
        let band: Option<Vec<(f64, f64)>> = measured().map(|(_, m)| m.interval()).collect();
        lines.push(Line {
            name: format!("distance {distance}"),
            points: measured().map(|(x, m)| (x, m.value)).collect(),
            band: band.unwrap_or_default(),
            colour,
            ..Line::default()
        });
        let oracle: Vec<(f64, f64)> = measured()
            .filter_map(|(x, m)| Some((x, m.oracle?)))
            .collect();
        if !oracle.is_empty() {
            lines.push(Line {
                name: format!("distance {distance}, oracle"),
                points: oracle,
                dashed: true,
                colour,
                ..Line::default()
            });
        }
    }
    lines
}

fn unlearned_dots(results: &Results, id: &str, at: Option<f64>) -> Vec<Line> {
    let of_row = |(colour, (distance, cells)): (usize, (f64, Vec<&Ensemble>))| Line {
        name: format!("distance {distance}"),
        points: cells
            .iter()
            .filter_map(|cell| {
                let excess = trained(cell, "excess", None)?.value;
                Some((excess, trained(cell, id, at)?.value))
            })
            .collect(),
        scattered: true,
        colour,
        ..Line::default()
    };
    by_distance(results)
        .into_iter()
        .enumerate()
        .map(of_row)
        .collect()
}

fn js_curves(results: &Results) -> Vec<Line> {
    let mut lines = Vec::new();
    for (colour, (distance, cells)) in by_distance(results).into_iter().enumerate() {
        for cell in cells {
            let Some(state) = cell.state("trained") else {
                continue;
            };
            let points = state
                .curve("js_distance")
                .map(|(p, m)| (p, m.value))
                .collect();
            let entropy = fact(cell, ENTROPY).unwrap_or_default();
            lines.push(Line {
                name: format!("{entropy} bits, at {distance}"),
                points,
                colour,
                ..Line::default()
            });
        }
    }
    lines
}
