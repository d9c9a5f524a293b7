//! The figures of a sweep.

use dissensus_measure::{EXCESS, JS_DISTANCE, LOSS, MeasureKey, TRAINED};
use dissensus_report::{Axis, Ensemble, Line, LineChart, Results};

use super::correlation::correlated;
use super::{DISTANCE, ENTROPY, fact, trained};
use crate::Error;

/// A figure of a sweep.
pub(super) struct SweepFigure {
    pub(super) name: String,
    pub(super) caption: &'static str,
    pub(super) svg: String,
}

const AGAINST_ENTROPY: &str = "Against the source's entropy rate; one colour a distance. Dotted: the oracle, which sees the same window. \
    Bands: 95 % jackknife interval over members.";
const AGAINST_UNLEARNED: &str = "Against what was not learned: the members' excess over the oracle. One dot a cell, one colour a distance.";
const CURVES: &str = "JS distance against nucleus mass p, one line a cell; one colour a distance.";

pub(super) fn figures(results: &Results) -> Result<Vec<SweepFigure>, Error> {
    let mut all = Vec::new();
    let knobs: [MeasureKey; 2] = [(&LOSS).into(), (&EXCESS).into()];
    for key in &knobs {
        push(
            &mut all,
            file_stem(key),
            AGAINST_ENTROPY,
            &against_entropy(results, key),
        )?;
    }
    for key in correlated() {
        push(
            &mut all,
            file_stem(&key),
            AGAINST_ENTROPY,
            &against_entropy(results, &key),
        )?;
        let name = format!("{}_unlearned", file_stem(&key));
        push(
            &mut all,
            name,
            AGAINST_UNLEARNED,
            &against_unlearned(results, &key),
        )?;
    }
    push(&mut all, "js_curves".into(), CURVES, &js_curves(results))?;
    Ok(all)
}

/// A measure's id and argument as the name of a file: `js_distance_0.5`.
fn file_stem(key: &MeasureKey) -> String {
    let id = key.id().replace(['/', ' '], "_");
    key.argument().map_or(id.clone(), |at| format!("{id}_{at}"))
}

fn against_entropy(results: &Results, key: &MeasureKey) -> LineChart {
    LineChart {
        title: key.label(),
        x_label: "entropy rate of the source, bits per letter".into(),
        y_label: key.unit(),
        lines: knob_lines(results, key),
        ..LineChart::default()
    }
}

fn against_unlearned(results: &Results, key: &MeasureKey) -> LineChart {
    LineChart {
        title: format!("{}, against the unlearned part", key.label()),
        x_label: "excess over the oracle, bits/token".into(),
        y_label: key.unit(),
        lines: unlearned_dots(results, key),
        ..LineChart::default()
    }
}

fn push(
    all: &mut Vec<SweepFigure>,
    name: String,
    caption: &'static str,
    chart: &LineChart,
) -> Result<(), Error> {
    if chart.lines.iter().any(|line| !line.points.is_empty()) {
        let svg = chart.to_svg()?;
        all.push(SweepFigure { name, caption, svg });
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

fn knob_lines(results: &Results, key: &MeasureKey) -> Vec<Line> {
    let mut lines = Vec::new();
    for (colour, (distance, cells)) in by_distance(results).into_iter().enumerate() {
        let measured = || {
            cells
                .iter()
                .filter_map(|cell| Some((fact(cell, ENTROPY)?, trained(cell, key)?)))
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

fn unlearned_dots(results: &Results, key: &MeasureKey) -> Vec<Line> {
    let of_row = |(colour, (distance, cells)): (usize, (f64, Vec<&Ensemble>))| Line {
        name: format!("distance {distance}"),
        points: cells
            .iter()
            .filter_map(|cell| {
                let excess = trained(cell, &(&EXCESS).into())?.value;
                Some((excess, trained(cell, key)?.value))
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

fn js_curves(results: &Results) -> LineChart {
    let mut lines = Vec::new();
    for (colour, (distance, cells)) in by_distance(results).into_iter().enumerate() {
        for cell in cells {
            let Some(state) = cell.state(TRAINED) else {
                continue;
            };
            let measured = state.curve(JS_DISTANCE.id);
            let entropy = fact(cell, ENTROPY).unwrap_or_default();
            lines.push(Line {
                name: format!("{entropy} bits, at {distance}"),
                points: measured.map(|(p, m)| (p, m.value)).collect(),
                colour,
                ..Line::default()
            });
        }
    }
    LineChart {
        title: "JS distance under nucleus sampling".into(),
        x_label: "nucleus mass p".into(),
        y_label: "distance".into(),
        x_axis: Axis::Linear,
        lines,
        ..LineChart::default()
    }
}
