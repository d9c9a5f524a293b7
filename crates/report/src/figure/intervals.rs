//! Numbers with their intervals, one row a subject.

mod draw;

use super::role::MarkRole;
use super::sheet::Sheet;
use super::{Axis, Colours};
use crate::{Error, Measure};

/// One number in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// What it stands for: decides the mark.
    pub role: MarkRole,
    /// The number; one that is not finite is left out of the drawing and kept in the data.
    pub value: f64,
    /// `(low, high)`, drawn as a whisker.
    pub interval: Option<(f64, f64)>,
}

/// The numbers of one subject, on one line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IntervalRow {
    /// Whose numbers: decides the colour, and is written left of them.
    pub subject: String,
    /// The numbers; the first [`MarkRole::Trained`] one is written right of them.
    pub marks: Vec<Mark>,
}

impl IntervalRow {
    /// A row of what was measured on trained and untrained members, with chance and oracle where
    /// they are known.
    #[must_use]
    pub fn measured(subject: &str, trained: Option<&Measure>, untrained: Option<&Measure>) -> Self {
        let bare = |role, value: Option<f64>| {
            value.map(|value| Mark {
                role,
                value,
                interval: None,
            })
        };
        let of = |role, measure: Option<&Measure>| {
            measure.map(|m| Mark {
                role,
                value: m.value,
                interval: m.interval(),
            })
        };
        let known = trained.or(untrained);
        let marks = [
            bare(MarkRole::Chance, known.and_then(|m| m.chance)),
            bare(MarkRole::Oracle, known.and_then(|m| m.oracle)),
            of(MarkRole::Untrained, untrained),
            of(MarkRole::Trained, trained),
        ];
        Self {
            subject: subject.into(),
            marks: marks.into_iter().flatten().collect(),
        }
    }

    /// Adds a number without an interval, where there is one.
    #[must_use]
    pub fn with(mut self, role: MarkRole, value: Option<f64>) -> Self {
        let mark = value.map(|value| Mark {
            role,
            value,
            interval: None,
        });
        // Behind the trained one, which must not be hidden.
        self.marks.splice(0..0, mark);
        self
    }
}

/// Rows under a heading of their own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IntervalGroup {
    /// The heading; empty for none.
    pub name: String,
    /// The rows.
    pub rows: Vec<IntervalRow>,
}

/// A chart of [`IntervalRow`]s over one number.
///
/// ```
/// use dissensus_report::{IntervalChart, IntervalGroup, IntervalRow, Measure};
/// let trained =
///     Measure::new("kl_to_uniform", "bits", 2.75)?.with_interval(2.6, 2.9)?.with_chance(0.0)?;
/// let chart = IntervalChart {
///     title: "KL to uniform".into(),
///     x_label: "bits".into(),
///     groups: vec![IntervalGroup {
///         rows: vec![IntervalRow::measured("text", Some(&trained), None)],
///         ..IntervalGroup::default()
///     }],
///     ..IntervalChart::default()
/// };
/// assert!(chart.to_svg()?.contains("2.750 [2.600 2.900]"));
/// # Ok::<(), dissensus_report::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IntervalChart {
    /// What the figure shows.
    pub title: String,
    /// Label of the axis, with its unit.
    pub x_label: String,
    /// Scale of the axis.
    pub x_axis: Axis,
    /// Rows, group by group.
    pub groups: Vec<IntervalGroup>,
}

impl IntervalChart {
    /// The chart as a file of its own, its colours given in the order of its rows.
    ///
    /// # Errors
    /// [`Error::EmptyFigure`] if no number can be drawn, [`Error::Drawing`] if the library refuses.
    pub fn to_svg(&self) -> Result<String, Error> {
        let mut colours = Colours::default();
        self.subjects().for_each(|s| colours.register(s));
        self.draw(&colours, Sheet::File)
    }

    /// Every subject, in the order of the rows.
    pub(super) fn subjects(&self) -> impl Iterator<Item = &str> {
        let rows = self.groups.iter().flat_map(|group| &group.rows);
        rows.map(|row| row.subject.as_str())
    }

    /// Whether any number has a place on the axis.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.drawn().next().is_none()
    }

    /// The marks that have a place on the axis.
    fn drawn(&self) -> impl Iterator<Item = &Mark> {
        let rows = self.groups.iter().flat_map(|group| &group.rows);
        let marks = rows.flat_map(|row| &row.marks);
        marks.filter(|mark| self.x_axis.shows(mark.value))
    }

    fn interval(&self, mark: &Mark) -> Option<(f64, f64)> {
        mark.interval
            .filter(|(low, high)| self.x_axis.shows(*low) && self.x_axis.shows(*high))
    }

    fn range(&self) -> Result<(f64, f64), Error> {
        let ends = self.drawn().flat_map(|m| {
            let (low, high) = self.interval(m).unwrap_or((m.value, m.value));
            [m.value, low, high]
        });
        self.x_axis.range(ends, 0.04).ok_or(Error::EmptyFigure {
            title: self.title.clone(),
            why: "no row has a number that the axis can show",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chart(values: &[f64]) -> IntervalChart {
        let row = |(at, &value): (usize, &f64)| IntervalRow {
            subject: format!("arm {at}"),
            marks: MarkRole::ALL
                .iter()
                .map(|&role| Mark {
                    role,
                    value,
                    interval: Some((value - 0.5, value + 0.5)),
                })
                .collect(),
        };
        IntervalChart {
            title: "t".into(),
            x_label: "bits".into(),
            groups: vec![IntervalGroup {
                name: "a group".into(),
                rows: values.iter().enumerate().map(row).collect(),
            }],
            ..IntervalChart::default()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn every_row_is_named_and_drawn(values in prop::collection::vec(-100.0_f64..100.0, 1..12)) {
            let chart = chart(&values);
            for sheet in [Sheet::Page, Sheet::Phone, Sheet::File] {
                let svg = chart.draw(&Colours::default(), sheet).expect("a figure");
                for at in 0..values.len() {
                    let name = format!("\narm {at}\n");
                    prop_assert!(svg.contains(&name));
                }
                prop_assert!(!svg.contains("NaN"));
            }
        }
    }

    #[test]
    fn the_key_names_every_mark_once() {
        let svg = chart(&[1.0, 2.0]).to_svg().expect("a figure");
        for role in MarkRole::ALL {
            assert_eq!(
                svg.matches(&format!("\n{}\n", role.name())).count(),
                1,
                "{role:?}"
            );
        }
    }

    #[test]
    fn a_role_without_a_number_that_can_be_drawn_is_not_in_the_key() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0] {
            let mut chart = chart(&[1.0, 2.0]);
            chart.x_axis = Axis::Log;
            for row in &mut chart.groups[0].rows {
                row.marks.retain(|mark| mark.role == MarkRole::Trained);
                row.marks.push(Mark {
                    role: MarkRole::Untrained,
                    value,
                    interval: Some((1.0, 2.0)),
                });
            }
            let svg = chart.to_svg().expect("a figure");
            let named = |role: MarkRole| svg.contains(&format!("\n{}\n", role.name()));
            assert!(named(MarkRole::Trained) && !named(MarkRole::Untrained));
        }
    }

    #[test]
    fn an_empty_chart_is_an_error() {
        for values in [&[][..], &[f64::NAN], &[f64::INFINITY]] {
            assert!(chart(values).is_empty());
            assert!(matches!(
                chart(values).to_svg(),
                Err(Error::EmptyFigure { .. })
            ));
        }
    }

    #[test]
    fn a_number_that_is_not_finite_is_named_in_its_row() {
        let svg = chart(&[1.0, f64::INFINITY]).to_svg().expect("a figure");
        assert!(svg.contains("infinity"), "{svg}");
    }
}
