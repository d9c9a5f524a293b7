//! The page of `mutation_curves`.

use anyhow::{Context, Result};
use dissensus_lm::Pool;
use dissensus_report::{
    Axis, Cell, Figure, Finding, Line, LineChart, MarkRole, Point, ReferenceLine, Table, Verdict,
    shown_with_interval,
};
use dissensus_stats::Estimate;
use dissensus_variant::{Compared, CurveRow, MutationCurve, View};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scan::three;
use super::{Presentation, Presents};

const READING: &str = "Embeddings of a language model lie in a narrow cone: windows that have nothing to do with each other have a cosine near 1 too, so that a \
    raw cosine of 0.99 says nothing. Centred: after the mean embedding of the windows is taken from both. A window whose bases are in another \
    order (its dinucleotides kept) has nearly its composition and none of its order: a model that has it at 1 looks at composition. Retrieved: \
    the fraction of changed windows whose nearest unchanged window is their own. Intervals are over windows.";

/// The curve of one model and one view of its states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ViewCurve {
    /// `trained`, or which random twin.
    pub model: String,
    /// The layer and the pool.
    pub view: View,
    /// How near windows stay to what they are compared with.
    pub curve: MutationCurve,
}

/// What `mutation_curves` found: the contents of its `results.json`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CurveResults {
    /// Bases of a window.
    pub length: usize,
    /// The trained model first, then its random twins; layers and pools of each in the same order.
    pub curves: Vec<ViewCurve>,
}

impl Presents for CurveResults {
    /// Curves of the last layer beside unrelated and shuffled windows, all of them as a table.
    fn presentation(&self) -> Result<Presentation> {
        let last = self.curves.iter().filter_map(|one| one.view.layer).max();
        let views: Vec<View> = [Pool::Mean, Pool::Max]
            .map(|pool| last.map_or(View::last(pool), |layer| View::of_layer(layer, pool)))
            .into();
        Ok(Presentation {
            title: "Mutation curves".into(),
            lead: format!(
                "How far do the embeddings of {} bases move when bases are replaced, and how near are windows that have nothing to do with each other?",
                self.length
            ),
            findings: views
                .iter()
                .filter_map(|&view| self.finding(view))
                .collect(),
            reading: READING.into(),
            figures: views
                .iter()
                .flat_map(|&view| {
                    [
                        self.figure(view, "cosine", |row| row.cosine),
                        self.figure(view, "centred cosine", |row| row.centred_cosine),
                    ]
                })
                .collect(),
            tables: vec![("curves".into(), self.table()?)],
        })
    }
}

impl CurveResults {
    pub(super) fn read(results: &Value) -> Result<Self> {
        serde_json::from_value(results.clone()).context("results of mutation_curves")
    }

    fn of_view(&self, view: View) -> impl Iterator<Item = &ViewCurve> {
        self.curves.iter().filter(move |one| one.view == view)
    }

    /// Does the trained model put the shuffled window farther from the window than every random
    /// twin does?
    fn finding(&self, view: View) -> Option<Finding> {
        let shuffled =
            |one: &ViewCurve| Some(row(one, Compared::DinucleotideShuffle)?.centred_cosine);
        let mut all = self.of_view(view);
        let own = shuffled(all.next()?)?;
        let twins: Vec<Estimate> = all.filter_map(shuffled).collect();
        let nearest = twins
            .iter()
            .copied()
            .min_by(|a, b| a.low.total_cmp(&b.low))?;
        let numbers =
            |found: Estimate| shown_with_interval(found.value, Some((found.low, found.high)));
        let (verdict, said) = if own.high < nearest.low {
            (Verdict::Shown, "The trained model tells")
        } else {
            let unsure = "It is not shown that the trained model tells";
            (Verdict::NotShown, unsure)
        };
        let sentence = format!(
            "{said} a window from its dinucleotide shuffle better than its random twins do, of which there are {} ({view}): centred cosine {} against {} of the twin that tells it best.",
            twins.len(),
            numbers(own),
            numbers(nearest)
        );
        Some(Finding::new(verdict, sentence))
    }

    fn figure(&self, view: View, what: &str, of: fn(&CurveRow) -> Estimate) -> Figure {
        let line = |one: &ViewCurve| Line {
            subject: one.model.clone(),
            points: one
                .curve
                .rows
                .iter()
                .filter_map(|row| match row.compared {
                    Compared::Substitutions(count) => Some(point(count, of(row))),
                    _ => None,
                })
                .collect(),
            ..Line::default()
        };
        let level = |one: &ViewCurve, compared, role| {
            row(one, compared).map(|row| ReferenceLine {
                subject: one.model.clone(),
                role,
                level: of(row).value,
            })
        };
        let levels = self.of_view(view).flat_map(|one| {
            [
                level(one, Compared::Unrelated, MarkRole::Chance),
                level(one, Compared::DinucleotideShuffle, MarkRole::Control),
            ]
        });
        let chart = LineChart {
            title: format!("{what}, {view}"),
            x_label: "bases replaced".into(),
            y_label: what.into(),
            x_axis: Axis::Log,
            lines: self.of_view(view).map(line).collect(),
            references: levels.flatten().collect(),
            ..LineChart::default()
        };
        let id = format!("{what}_{}", view.pool).replace(' ', "_");
        let caption = "The window with so many bases replaced. Dotted: another window. Short dashes: the window's dinucleotide shuffle.";
        Figure::new(&id, chart, caption)
    }

    fn table(&self) -> Result<Table> {
        let columns = [
            "model",
            "view",
            "compared with",
            "cosine",
            "low",
            "high",
            "centred",
            "low",
            "high",
            "distance over unrelated",
            "low",
            "high",
            "retrieved",
            "low",
            "high",
        ];
        let mut table = Table::new("Every layer and pool", columns);
        for one in &self.curves {
            for found in &one.curve.rows {
                let mut cells: Vec<Cell> = vec![
                    one.model.as_str().into(),
                    one.view.to_string().into(),
                    found.compared.to_string().into(),
                ];
                let all = [
                    Some(found.cosine),
                    Some(found.centred_cosine),
                    found.relative_distance,
                    found.retrieved,
                ];
                cells.extend(all.into_iter().flat_map(three));
                table.push(cells)?;
            }
        }
        Ok(table)
    }
}

fn row(one: &ViewCurve, compared: Compared) -> Option<&CurveRow> {
    one.curve.rows.iter().find(|row| row.compared == compared)
}

fn point(count: usize, found: Estimate) -> Point {
    Point {
        interval: Some((found.low, found.high)),
        ..Point::new(count as f64, found.value)
    }
}
