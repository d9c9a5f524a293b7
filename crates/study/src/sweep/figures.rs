//! The figures of a sweep.

use dissensus_measure::{EXCESS, JS_DISTANCE, LOSS, MeasureKey, TRAINED};
use dissensus_report::{Ensemble, Figure, Line, LineChart, MarkRole, Measure, Point, Results};

use super::correlation::correlated;
use super::{DISTANCE, ENTROPY, fact, trained};

const AGAINST_ENTROPY: &str = "Against the source's entropy rate; one colour a distance. Dashes and dots: the oracle, which sees the same \
    window. Bands: 95 % jackknife interval over members.";
const AGAINST_UNLEARNED: &str = "Against what was not learned: the members' excess over the oracle. One dot a cell, one colour a distance; \
    whiskers: 95 % jackknife interval over members.";
const CURVES: &str = "JS distance against nucleus mass p, one line a cell; one colour a distance.";

/// The loss and its excess against the entropy, every measure against entropy and what was not
/// learned, the JS curves.
pub(super) fn figures(results: &Results) -> Vec<Figure> {
    let knobs: [MeasureKey; 2] = [(&LOSS).into(), (&EXCESS).into()];
    let mut all: Vec<Figure> = knobs
        .iter()
        .map(|key| against_entropy(results, key))
        .collect();
    for key in correlated() {
        all.push(against_entropy(results, &key));
        all.push(against_unlearned(results, &key));
    }
    all.push(Figure::new("js_curves", js_curves(results), CURVES));
    all.retain(|figure| !figure.chart.is_empty());
    all
}

/// A measure's id and argument as the name of a file: `js_distance_0.5`.
fn file_stem(key: &MeasureKey) -> String {
    let id = key.id().replace(['/', ' '], "_");
    key.argument().map_or(id.clone(), |at| format!("{id}_{at}"))
}

fn against_entropy(results: &Results, key: &MeasureKey) -> Figure {
    let chart = LineChart {
        title: key.label(),
        x_label: "entropy rate of the source, bits per letter".into(),
        y_label: key.unit(),
        lines: knob_lines(results, key),
        ..LineChart::default()
    };
    Figure::new(&file_stem(key), chart, AGAINST_ENTROPY)
}

fn against_unlearned(results: &Results, key: &MeasureKey) -> Figure {
    let chart = LineChart {
        title: format!("{}, against the unlearned part", key.label()),
        x_label: "excess over the oracle, bits/token".into(),
        y_label: key.unit(),
        lines: unlearned_dots(results, key),
        ..LineChart::default()
    };
    let id = format!("{}_unlearned", file_stem(key));
    Figure::new(&id, chart, AGAINST_UNLEARNED)
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

/// The subject of the cells of a distance.
fn subject(distance: f64) -> String {
    format!("distance {distance}")
}

fn knob_lines(results: &Results, key: &MeasureKey) -> Vec<Line> {
    let mut lines = Vec::new();
    for (distance, cells) in by_distance(results) {
        let measured = || {
            let cells = cells.iter();
            cells.filter_map(|cell| Some((fact(cell, ENTROPY)?, trained(cell, key)?)))
        };
        let points = measured().map(|(x, m)| Point::measured(x, m)).collect();
        let oracle = measured().filter_map(|(x, m)| Some(Point::new(x, m.oracle?)));
        let line = |role, points| Line {
            subject: subject(distance),
            role,
            points,
            ..Line::default()
        };
        lines.push(line(MarkRole::Trained, points));
        lines.push(line(MarkRole::Oracle, oracle.collect()));
    }
    lines.retain(|line| !line.points.is_empty());
    lines
}

fn unlearned_dots(results: &Results, key: &MeasureKey) -> Vec<Line> {
    let dot = |cell: &&Ensemble| {
        let excess: &Measure = trained(cell, &(&EXCESS).into())?;
        Some(Point::measured(excess.value, trained(cell, key)?))
    };
    let of_row = |(distance, cells): (f64, Vec<&Ensemble>)| Line {
        subject: subject(distance),
        points: cells.iter().filter_map(dot).collect(),
        scattered: true,
        ..Line::default()
    };
    by_distance(results).into_iter().map(of_row).collect()
}

fn js_curves(results: &Results) -> LineChart {
    let mut lines = Vec::new();
    for (distance, cells) in by_distance(results) {
        for cell in cells {
            let Some(state) = cell.state(TRAINED) else {
                continue;
            };
            let measured = state.curve(JS_DISTANCE.id);
            let entropy = fact(cell, ENTROPY).unwrap_or_default();
            lines.push(Line {
                subject: subject(distance),
                detail: format!("{entropy} bits"),
                points: measured.map(|(p, m)| Point::measured(p, m)).collect(),
                ..Line::default()
            });
        }
    }
    LineChart {
        title: "JS distance under nucleus sampling".into(),
        x_label: "nucleus mass p".into(),
        y_label: "distance".into(),
        lines,
        ..LineChart::default()
    }
}
