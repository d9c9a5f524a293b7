//! Levels: one number an ensemble, held against what is known of it.

use dissensus_measure::{CONTROL_LOSS, INIT, LOSS, MeasureKey, TRAINED};
use dissensus_report::{
    Ensemble, Figure, IntervalChart, IntervalGroup, IntervalRow, MarkRole, Results,
};

use crate::present::findings::unigram_loss;

/// A figure of measures without an argument.
pub(super) struct Levels {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    /// Each measure and its heading.
    pub(super) keys: fn() -> Vec<(&'static str, MeasureKey)>,
    pub(super) caption: &'static str,
}

impl Levels {
    /// One group a measure, one row an ensemble.
    pub(super) fn figure(&self, results: &Results) -> Figure {
        let row = |ensemble: &Ensemble, key: &MeasureKey| {
            row(ensemble, key).with(MarkRole::Published, key.published_value(&ensemble.name))
        };
        let groups = (self.keys)().into_iter().map(|(name, key)| IntervalGroup {
            name: name.into(),
            rows: rows(results, |ensemble| row(ensemble, &key)),
        });
        let chart = IntervalChart {
            title: self.title.into(),
            x_label: self.unit.into(),
            groups: groups.filter(|group| !group.rows.is_empty()).collect(),
            ..IntervalChart::default()
        };
        Figure::new(self.id, chart, self.caption)
    }
}

fn row(ensemble: &Ensemble, key: &MeasureKey) -> IntervalRow {
    let found = |state: &str| ensemble.state(state).and_then(|state| key.find(state));
    IntervalRow::measured(&ensemble.name, found(TRAINED), found(INIT))
}

/// The rows of the ensembles that have any number.
fn rows(results: &Results, row: impl Fn(&Ensemble) -> IntervalRow) -> Vec<IntervalRow> {
    let rows = results.ensembles.iter().map(row);
    rows.filter(|row| !row.marks.is_empty()).collect()
}

const LOSS_CAPTION: &str = "Loss at masked tokens: trained members with their 95 % jackknife interval, between a flat prediction (chance), what \
    the frequencies of the tokens alone give, a control without transformer layers that was trained alike, and a perfect model of the \
    source (oracle) where it is known. Below the control, context is being used; from there to the oracle is what was not learned.";

/// The loss of each ensemble between everything that it can be held against.
pub(super) fn loss_levels(results: &Results) -> Figure {
    let row = |ensemble: &Ensemble| {
        let trained = ensemble.state(TRAINED);
        let control = trained.and_then(|state| MeasureKey::from(&CONTROL_LOSS).find(state));
        row(ensemble, &(&LOSS).into())
            .with(MarkRole::Control, control.map(|m| m.value))
            .with(MarkRole::Unigram, unigram_loss(ensemble))
    };
    let chart = IntervalChart {
        title: "What was learned: loss beside what it can be".into(),
        x_label: "bits/token".into(),
        groups: vec![IntervalGroup {
            rows: rows(results, row),
            ..IntervalGroup::default()
        }],
        ..IntervalChart::default()
    };
    Figure::new("loss_levels", chart, LOSS_CAPTION)
}
