//! The page of `probe_frozen`.

use anyhow::{Context, Result};
use dissensus_probe::{FeatureGain, Metric, NamedReport};
use dissensus_report::{
    Cell, Figure, Finding, IntervalChart, IntervalGroup, IntervalRow, Mark, MarkRole, Table,
    Verdict, shown_with_interval,
};
use dissensus_stats::Estimate;
use dissensus_task::{Task, TaskFolds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scan::three;
use super::{Presentation, Presents};

/// What is drawn and spoken of; the tables have all.
const SHORT: [Metric; 2] = [Metric::Mcc, Metric::Auroc];

const READING: &str = "One logistic regression, on the same folds and the same resamples of groups, of what a trained model says of a sequence, of what it says with \
    random weights, and of features that need no model. Chance is what the same predictions score when they are dealt out at random. Intervals are \
    over groups of test rows: they hold neither other training rows nor another pretraining, and twins differ among themselves.";

/// What `probe_frozen` found: the contents of its `results.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProbeResults {
    /// What the task is, in a sentence.
    pub task: String,
    /// Where it comes from.
    pub source: String,
    /// Its licence.
    pub licence: String,
    /// How its rows are parted, and which nearly equal others.
    pub folds: String,
    /// A report for each kind of features.
    pub reports: Vec<NamedReport>,
    /// What the trained model's features gain over others.
    pub gains: Vec<FeatureGain>,
}

impl Presents for ProbeResults {
    /// Scores of every kind of features, and what the trained model's gain.
    fn presentation(&self) -> Result<Presentation> {
        let findings = self.gains.iter().filter_map(finding);
        Ok(Presentation {
            title: "What can be read off frozen features".into(),
            lead: format!("Was pretraining worth it on this task? {}", self.task),
            findings: findings.collect(),
            reading: format!(
                "{READING} {} Source: {}; licence: {}.",
                self.folds, self.source, self.licence
            ),
            figures: SHORT.map(|metric| self.figure(metric)).into(),
            tables: vec![
                ("scores".into(), self.score_table()?),
                ("gains".into(), self.gain_table()?),
            ],
        })
    }
}

impl ProbeResults {
    /// What was found of a task and its folds.
    #[must_use]
    pub fn new(
        task: &Task,
        folds: &TaskFolds,
        reports: &[NamedReport],
        gains: Vec<FeatureGain>,
    ) -> Self {
        Self {
            task: task.to_string(),
            source: task.source.clone(),
            licence: task.licence.clone(),
            folds: folds.to_string(),
            reports: reports.to_vec(),
            gains,
        }
    }

    pub(super) fn read(results: &Value) -> Result<Self> {
        serde_json::from_value(results.clone()).context("results of probe_frozen")
    }

    fn figure(&self, metric: Metric) -> Figure {
        let row = |named: &NamedReport| {
            let found = named.report.get(metric)?;
            let mark = |role, value, interval| Mark {
                role,
                value,
                interval,
            };
            let Estimate {
                value, low, high, ..
            } = found.estimate;
            let chance = found
                .chance
                .map(|chance| mark(MarkRole::Chance, chance, None));
            let own = mark(MarkRole::Trained, value, Some((low, high)));
            Some(IntervalRow {
                subject: named.name.clone(),
                marks: chance.into_iter().chain([own]).collect(),
            })
        };
        let chart = IntervalChart {
            title: format!("{metric} of a logistic regression"),
            x_label: metric.to_string(),
            groups: vec![IntervalGroup {
                rows: self.reports.iter().filter_map(row).collect(),
                ..IntervalGroup::default()
            }],
            ..IntervalChart::default()
        };
        let id = match metric {
            Metric::Mcc => "mcc",
            _ => "auroc",
        };
        Figure::new(
            id,
            chart,
            "Each kind of features, on the same test rows. Dotted: chance.",
        )
    }

    fn score_table(&self) -> Result<Table> {
        let columns = [
            "features",
            "columns",
            "columns seen",
            "metric",
            "value",
            "low",
            "high",
            "chance",
            "class frequencies alone",
        ];
        let mut table = Table::new("Scores on the test rows", columns);
        for NamedReport { name, report, .. } in &self.reports {
            for found in &report.measured {
                let mut row: Vec<Cell> = vec![
                    name.as_str().into(),
                    report.columns.into(),
                    report.dimension.into(),
                    found.metric.to_string().into(),
                ];
                row.extend(three(Some(found.estimate)));
                row.extend([Cell::from(found.chance), Cell::from(found.majority)]);
                table.push(row)?;
            }
        }
        Ok(table)
    }

    fn gain_table(&self) -> Result<Table> {
        let columns = [
            "features",
            "less the mean of",
            "metric",
            "difference",
            "low",
            "high",
        ];
        let mut table = Table::new("What the trained model's features gain", columns);
        for gain in &self.gains {
            for found in &gain.differences {
                let mut row: Vec<Cell> = vec![
                    gain.of.as_str().into(),
                    gain.over.join(" and ").into(),
                    found.metric.to_string().into(),
                ];
                row.extend(three(Some(found.estimate)));
                table.push(row)?;
            }
        }
        Ok(table)
    }
}

/// Of the Matthews correlation.
fn finding(gain: &FeatureGain) -> Option<Finding> {
    let found = gain
        .differences
        .iter()
        .find(|found| found.metric == Metric::Mcc)?;
    let Estimate {
        value, low, high, ..
    } = found.estimate;
    let numbers = shown_with_interval(value, Some((low, high)));
    let over = match &gain.over[..] {
        [one] => format!("“{one}”"),
        all => format!("the mean of {} random twins", all.len()),
    };
    let (verdict, said) = if low > 0.0 {
        (Verdict::Shown, "do better than")
    } else if high < 0.0 {
        (Verdict::Shown, "do worse than")
    } else {
        (Verdict::NotShown, "are not shown to do better than")
    };
    let sentence = format!(
        "On this task the features “{}” {said} {over}: gain in MCC {numbers}.",
        gain.of
    );
    Some(Finding::new(verdict, sentence))
}
