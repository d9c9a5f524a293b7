//! Tables and figures of cells and gains.

use std::collections::BTreeMap;

use dissensus_probe::Metric;
use dissensus_report::{Cell as TableCell, Figure, Line, LineChart, MarkRole, Point, Table};

use crate::{
    Error, Method, OutcomeCounts, TaskGain, TransferArm, TransferCell, TransferCells, TransferGain,
};

/// Cells that are averaged: one model in one arm on one task, asked in one way.
type Group<'a> = (&'a String, &'a String, &'a Method, TransferArm);

fn groups(cells: &TransferCells) -> BTreeMap<Group<'_>, Vec<&TransferCell>> {
    let mut groups = BTreeMap::<Group<'_>, Vec<&TransferCell>>::new();
    for cell in cells.iter() {
        let key = &cell.key;
        let group = (&key.model, &key.task, &key.method, key.arm);
        groups.entry(group).or_default().push(cell);
    }
    groups
}

/// The mean of a metric over the cells that learned, with the smallest and largest.
fn summary(cells: &[&TransferCell], metric: Metric) -> Option<(f64, f64, f64)> {
    let values: Vec<f64> = cells
        .iter()
        .filter_map(|cell| cell.outcome.value(metric))
        .collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let minimum = values.iter().copied().fold(f64::INFINITY, f64::min);
    let maximum = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (!values.is_empty()).then_some((mean, minimum, maximum))
}

/// The bases that each model saw beside its score: one row a model, task, way of asking and arm.
///
/// # Errors
/// [`Error::Report`] if a row does not fit, which cannot happen.
pub fn score_table(cells: &TransferCells, metric: Metric) -> Result<Table, Error> {
    let columns = [
        "model".to_string(),
        "task".into(),
        "asked".into(),
        "arm".into(),
        "bases seen".into(),
        metric.to_string(),
        "minimum".into(),
        "maximum".into(),
        "runs".into(),
        "at chance".into(),
        "diverged".into(),
    ];
    let mut table = Table::new("What each model had seen, and how it scores", columns);
    for ((model, task, method, arm), cells) in groups(cells) {
        let (counts, found) = (
            OutcomeCounts::of(cells.iter().copied()),
            summary(&cells, metric),
        );
        let bases = cells.iter().filter_map(|cell| cell.bases_seen).max();
        let bases = bases.map_or(TableCell::Missing, |bases| TableCell::Plain(bases as f64));
        let count = |count: usize| TableCell::Plain(count as f64);
        table.push([
            model.as_str().into(),
            task.as_str().into(),
            method.to_string().into(),
            arm.name().into(),
            bases,
            found.map(|found| found.0).into(),
            found.map(|found| found.1).into(),
            found.map(|found| found.2).into(),
            count(cells.len()),
            count(counts.at_chance),
            count(counts.diverged),
        ])?;
    }
    Ok(table)
}

/// Gains: one row a model, way of asking, arm and task, and one for the mean over tasks.
///
/// # Errors
/// [`Error::Report`] if a row does not fit, which cannot happen.
pub fn gain_table(gains: &[TransferGain]) -> Result<Table, Error> {
    let title = match gains.first() {
        Some(gain) => format!("{} over that of the {} arm", gain.metric, gain.against),
        None => "Gains".into(),
    };
    let columns = [
        "model", "asked", "arm", "task", "gain", "low", "high", "p", "q", "pairs",
    ];
    let mut table = Table::new(&title, columns);
    for gain in gains {
        for task in &gain.tasks {
            let numbers = task_numbers(task);
            table.push(gain_row(gain, &task.task, numbers))?;
        }
        if let Some(mean) = gain.mean {
            let mean = mean.estimate;
            let pairs: usize = gain.tasks.iter().map(|task| task.pairs).sum();
            let numbers = [
                mean.value.into(),
                mean.low.into(),
                mean.high.into(),
                gain.test.map(|test| test.p_value).into(),
                TableCell::Missing,
                TableCell::Plain(pairs as f64),
            ];
            table.push(gain_row(gain, "mean over tasks", numbers))?;
        }
    }
    Ok(table)
}

/// The gain of one task, its interval where it has one, its test and its pairs.
fn task_numbers(task: &TaskGain) -> [TableCell; 6] {
    let inside = task.gain.filter(dissensus_stats::Estimate::has_interval);
    [
        task.gain.map(|gain| gain.value).into(),
        inside.map(|gain| gain.low).into(),
        inside.map(|gain| gain.high).into(),
        task.test.map(|test| test.p_value).into(),
        task.q_value.into(),
        TableCell::Plain(task.pairs as f64),
    ]
}

fn gain_row(
    gain: &TransferGain,
    task: &str,
    numbers: [TableCell; 6],
) -> impl Iterator<Item = TableCell> {
    let names = [
        gain.model.clone(),
        gain.method.to_string(),
        gain.arm.to_string(),
        task.to_owned(),
    ];
    names.map(TableCell::from).into_iter().chain(numbers)
}

/// A line of points a model, each the scores of a task in both arms, and the smallest and the
/// largest score of all.
fn pairs_of_scores(
    cells: &TransferCells,
    arm: TransferArm,
    against: TransferArm,
    metric: Metric,
) -> (Vec<Line>, Option<(f64, f64)>) {
    let groups = groups(cells);
    let mut lines = BTreeMap::<&String, Line>::new();
    let mut ends: Option<(f64, f64)> = None;
    for (&(model, task, method, _), own) in groups.iter().filter(|(group, _)| group.3 == arm) {
        let twin = groups.get(&(model, task, method, against));
        let twin = twin.and_then(|cells| summary(cells, metric));
        let (Some(own), Some(twin)) = (summary(own, metric), twin) else {
            continue;
        };
        let line = lines.entry(model).or_insert_with(|| Line {
            subject: model.clone(),
            scattered: true,
            ..Line::default()
        });
        line.points.push(Point {
            x: twin.0,
            y: own.0,
            interval: Some((own.1, own.2)),
        });
        let (low, high) = ends.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
        ends = Some((low.min(own.1).min(twin.0), high.max(own.2).max(twin.0)));
    }
    let mut lines: Vec<Line> = lines.into_values().collect();
    for line in &mut lines {
        line.points.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    (lines, ends)
}

/// One arm's score against another's, a point a task and way of asking, a colour a model, the
/// diagonal drawn: what lies above it gains.
#[must_use]
pub fn against_diagonal(
    cells: &TransferCells,
    arm: TransferArm,
    against: TransferArm,
    metric: Metric,
) -> Figure {
    let (mut lines, ends) = pairs_of_scores(cells, arm, against, metric);
    lines.extend(ends.map(|(low, high)| Line {
        role: MarkRole::Chance,
        detail: "no gain".into(),
        points: vec![Point::new(low, low), Point::new(high, high)],
        ..Line::default()
    }));
    let chart = LineChart {
        title: format!("{arm} against {against}"),
        x_label: format!("{metric}, {against}"),
        y_label: format!("{metric}, {arm}"),
        lines,
        ..LineChart::default()
    };
    let caption = format!(
        "Each point is one task asked in one way: the mean {metric} over folds and seeds of the runs that learned, whiskers from the lowest to \
         the largest. Above the dotted diagonal the {arm} models do better than the {against} ones."
    );
    Figure::new("against_diagonal", chart, &caption)
}

/// Scores of probes by number of features, of each model and arm.
fn by_features<'a>(
    cells: &'a TransferCells,
    pool: &str,
    metric: Metric,
) -> BTreeMap<(&'a String, TransferArm), BTreeMap<usize, Vec<f64>>> {
    let mut found = BTreeMap::<_, BTreeMap<usize, Vec<f64>>>::new();
    for cell in cells.iter() {
        let Method::Frozen { pool: own, .. } = &cell.key.method else {
            continue;
        };
        let arm = cell.key.arm;
        if let (true, Some(value)) = (own == pool, cell.outcome.value(metric))
            && matches!(arm, TransferArm::Pretrained | TransferArm::Random)
        {
            let line = found.entry((&cell.key.model, arm)).or_default();
            line.entry(cell.features).or_default().push(value);
        }
    }
    found
}

/// The mean score of probes by number of features, a colour a model, an arm a stroke: pretrained as
/// trained, random as untrained.
#[must_use]
pub fn by_dimension(cells: &TransferCells, pool: &str, metric: Metric) -> Figure {
    let found = by_features(cells, pool, metric);
    let lines = found.into_iter().map(|((model, arm), points)| {
        let point = |(features, values): (usize, Vec<f64>)| {
            Point::new(
                features as f64,
                values.iter().sum::<f64>() / values.len() as f64,
            )
        };
        Line {
            subject: model.clone(),
            role: match arm {
                TransferArm::Pretrained => MarkRole::Trained,
                _ => MarkRole::Untrained,
            },
            points: points.into_iter().map(point).collect(),
            ..Line::default()
        }
    });
    let chart = LineChart {
        title: format!("Score by number of features, {pool} pool"),
        x_label: "directions kept".into(),
        y_label: metric.to_string(),
        x_axis: dissensus_report::Axis::Log,
        lines: lines.collect(),
        ..LineChart::default()
    };
    let caption = "Frozen features reduced to their first principal directions, which training rows give: mean over tasks, folds and seeds. Dashed: \
                   random twins. Where the curves meet, the wider features of a model gain nothing over width alone.";
    Figure::new("by_dimension", chart, caption)
}
