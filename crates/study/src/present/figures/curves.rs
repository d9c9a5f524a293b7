//! Curves: a measure against its argument.

use dissensus_measure::{Argument, INIT, LOSS, MeasureKey, TRAINED};
use dissensus_report::{
    Axis, Ensemble, Line, LineChart, MarkRole, Measure, Point, ReferenceLine, Results,
};

use super::LossCurve;

/// What stands beside the trained members.
#[derive(Clone, Copy)]
pub(super) enum CurveControls {
    /// The same members before training.
    Untrained,
    /// What chance alone gives.
    Chance,
}

/// A figure of a measure that has an argument.
#[derive(Clone, Copy)]
pub(super) struct Curves {
    pub(super) title: &'static str,
    pub(super) key: fn() -> MeasureKey,
    pub(super) x: Argument,
    pub(super) y: &'static str,
    pub(super) scales: (Axis, Axis),
    pub(super) beside: CurveControls,
    pub(super) caption: &'static str,
}

impl Curves {
    /// For each ensemble a line of its trained members, one of what stands beside them, and the
    /// paper's values.
    pub(super) fn chart(&self, results: &Results) -> LineChart {
        let mut lines = Vec::new();
        for ensemble in &results.ensembles {
            lines.extend([
                self.trained(ensemble),
                self.beside(ensemble),
                self.published(ensemble),
            ]);
        }
        lines.retain(|line| !line.points.is_empty());
        LineChart {
            title: self.title.into(),
            x_label: self.x.description().into(),
            y_label: self.y.into(),
            x_axis: self.scales.0,
            y_axis: self.scales.1,
            lines,
            references: Vec::new(),
        }
    }

    fn trained(&self, ensemble: &Ensemble) -> Line {
        let id = (self.key)().id();
        let points = measured(ensemble, TRAINED, &id);
        line(ensemble, MarkRole::Trained, points.map(point).collect())
    }

    fn beside(&self, ensemble: &Ensemble) -> Line {
        let id = (self.key)().id();
        match self.beside {
            CurveControls::Untrained => {
                let points = measured(ensemble, INIT, &id).map(point).collect();
                line(ensemble, MarkRole::Untrained, points)
            }
            CurveControls::Chance => {
                let points = measured(ensemble, TRAINED, &id);
                let points = points.filter_map(|(at, m)| Some(Point::new(at, m.chance?)));
                line(ensemble, MarkRole::Chance, points.collect())
            }
        }
    }

    fn published(&self, ensemble: &Ensemble) -> Line {
        let key = (self.key)();
        let id = key.id();
        let points = measured(ensemble, TRAINED, &id).filter_map(|(at, _)| {
            let published = key.clone().at(at).published_value(&ensemble.name)?;
            Some(Point::new(at, published))
        });
        Line {
            scattered: true,
            ..line(ensemble, MarkRole::Published, points.collect())
        }
    }
}

/// The curve of a measure in a state, as `(argument, measure)`.
fn measured<'a>(
    ensemble: &'a Ensemble,
    state: &str,
    id: &'a str,
) -> impl Iterator<Item = (f64, &'a Measure)> {
    let state = ensemble.state(state).into_iter();
    state.flat_map(move |state| state.curve(id))
}

fn point((at, measure): (f64, &Measure)) -> Point {
    Point::measured(at, measure)
}

fn line(ensemble: &Ensemble, role: MarkRole, points: Vec<Point>) -> Line {
    Line {
        subject: ensemble.name.clone(),
        role,
        points,
        ..Line::default()
    }
}

const LOSS_CAPTION: &str = "Training loss of every member; one colour an ensemble. Dashes and dots: what a perfect model of the \
    source would reach on the analysis set, where the source is known.";

/// The training loss of every member, with the oracle's loss across.
pub(super) fn loss_curves(results: &Results, losses: &[LossCurve]) -> dissensus_report::Figure {
    let line = |curve: &LossCurve| Line {
        subject: curve.ensemble.clone(),
        detail: format!("member {}", curve.member),
        points: curve
            .points
            .iter()
            .map(|&(x, y)| Point::new(x, y))
            .collect(),
        ..Line::default()
    };
    let oracle = |ensemble: &Ensemble| {
        let loss = MeasureKey::from(&LOSS).find(ensemble.state(TRAINED)?)?;
        Some(ReferenceLine {
            subject: ensemble.name.clone(),
            role: MarkRole::Oracle,
            level: loss.oracle?,
        })
    };
    let chart = LineChart {
        title: "Training loss".into(),
        x_label: "step".into(),
        y_label: "bits/token".into(),
        lines: losses.iter().map(line).collect(),
        references: results.ensembles.iter().filter_map(oracle).collect(),
        ..LineChart::default()
    };
    dissensus_report::Figure::new("loss", chart, LOSS_CAPTION)
}
