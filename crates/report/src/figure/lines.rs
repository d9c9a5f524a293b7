//! Lines over a number.

mod draw;

use super::role::MarkRole;
use super::sheet::Sheet;
use super::{Axis, Colours};
use crate::{Error, Measure};

/// One point of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Where.
    pub x: f64,
    /// How much; a point that is not finite is left out of the drawing and kept in the data.
    pub y: f64,
    /// `(low, high)`, drawn as a band, or as a whisker where no line joins the points.
    pub interval: Option<(f64, f64)>,
}

impl Point {
    /// A point without an interval.
    #[must_use]
    pub fn new(x: f64, y: f64) -> Self {
        Self {
            x,
            y,
            interval: None,
        }
    }

    /// A measure and its interval at `x`.
    #[must_use]
    pub fn measured(x: f64, measure: &Measure) -> Self {
        Self {
            x,
            y: measure.value,
            interval: measure.interval(),
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// What it is of, for example an arm of a study: decides the colour, see [`Colours`].
    pub subject: String,
    /// What it stands for: decides the stroke.
    pub role: MarkRole,
    /// Which of several lines of one subject and role it is: `member 0`; not drawn, but said of
    /// each point.
    pub detail: String,
    /// In order of x.
    pub points: Vec<Point>,
    /// Drawn as separate marks: for points that no line joins.
    pub scattered: bool,
}

/// A level that is the same everywhere.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceLine {
    /// Whose level it is; empty for one that holds for all.
    pub subject: String,
    /// What it stands for.
    pub role: MarkRole,
    /// Where on the y axis.
    pub level: f64,
}

/// A chart of [`Line`]s.
///
/// ```
/// use dissensus_report::{Line, LineChart, Point};
/// let chart = LineChart {
///     title: "JS distance".into(),
///     x_label: "p".into(),
///     y_label: "distance".into(),
///     lines: vec![Line {
///         subject: "dna".into(),
///         points: vec![Point::new(0.1, 0.8), Point::new(1.0, 0.2)],
///         ..Line::default()
///     }],
///     ..LineChart::default()
/// };
/// assert!(chart.to_svg()?.starts_with("<svg"));
/// # Ok::<(), dissensus_report::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LineChart {
    /// What the figure shows.
    pub title: String,
    /// Label of the x axis, with its unit.
    pub x_label: String,
    /// Label of the y axis, with its unit.
    pub y_label: String,
    /// Scale of the x axis.
    pub x_axis: Axis,
    /// Scale of the y axis.
    pub y_axis: Axis,
    /// The lines.
    pub lines: Vec<Line>,
    /// Levels drawn across.
    pub references: Vec<ReferenceLine>,
}

impl LineChart {
    /// The chart as a file of its own, its colours given in the order of its lines.
    ///
    /// # Errors
    /// [`Error::EmptyFigure`] if no point can be drawn, [`Error::Drawing`] if the library refuses.
    pub fn to_svg(&self) -> Result<String, Error> {
        let mut colours = Colours::default();
        self.subjects().for_each(|s| colours.register(s));
        self.draw(&colours, Sheet::File)
    }

    /// Every subject, in the order of the lines.
    pub(super) fn subjects(&self) -> impl Iterator<Item = &str> {
        let lines = self.lines.iter().map(|line| line.subject.as_str());
        lines.chain(self.references.iter().map(|line| line.subject.as_str()))
    }

    /// Whether any point has a place on the axes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self
            .lines
            .iter()
            .any(|l| l.points.iter().any(|p| self.shows(p)))
    }

    fn shows(&self, point: &Point) -> bool {
        self.x_axis.shows(point.x) && self.y_axis.shows(point.y)
    }

    fn visible<'a>(&'a self, line: &'a Line) -> impl DoubleEndedIterator<Item = &'a Point> + Clone {
        line.points.iter().filter(|p| self.shows(p))
    }

    /// The lines of which something can be drawn.
    fn drawn(&self) -> impl Iterator<Item = &Line> {
        let lines = self.lines.iter();
        lines.filter(|line| self.visible(line).next().is_some())
    }

    /// The levels that can be drawn.
    fn levels(&self) -> impl Iterator<Item = &ReferenceLine> {
        let levels = self.references.iter();
        levels.filter(|line| self.y_axis.shows(line.level))
    }

    /// The part of an interval that has a place on the y axis.
    fn interval(&self, point: &Point) -> Option<(f64, f64)> {
        point
            .interval
            .filter(|(low, high)| self.y_axis.shows(*low) && self.y_axis.shows(*high))
    }

    fn ranges(&self) -> Result<[(f64, f64); 2], Error> {
        let nothing = || Error::EmptyFigure {
            title: self.title.clone(),
            why: "every line is empty or outside a log axis",
        };
        let points = || self.lines.iter().flat_map(|line| self.visible(line));
        // A mark on the frame would be half a mark.
        let marks = self.lines.iter().any(|line| line.scattered);
        let x = self
            .x_axis
            .range(points().map(|p| p.x), if marks { 0.03 } else { 0.0 });
        let ends = points().flat_map(|p| {
            let (low, high) = self.interval(p).unwrap_or((p.y, p.y));
            [p.y, low, high]
        });
        let levels = self.references.iter().map(|line| line.level);
        let y = self.y_axis.range(ends.chain(levels), 0.06);
        Ok([x.ok_or_else(nothing)?, y.ok_or_else(nothing)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chart(points: Vec<(f64, f64)>, x_axis: Axis, y_axis: Axis) -> LineChart {
        let point = |(x, y): (f64, f64)| Point {
            interval: Some((y - 1.0, y + 1.0)),
            ..Point::new(x, y)
        };
        let line = Line {
            subject: "a".into(),
            points: points.into_iter().map(point).collect(),
            ..Line::default()
        };
        let dashed = Line {
            role: MarkRole::Untrained,
            ..line.clone()
        };
        let dots = Line {
            subject: "b".into(),
            scattered: true,
            ..line.clone()
        };
        let oracle = ReferenceLine {
            subject: "a".into(),
            role: MarkRole::Oracle,
            level: 0.5,
        };
        LineChart {
            title: "a < b".into(),
            x_label: "x".into(),
            y_label: "y".into(),
            x_axis,
            y_axis,
            lines: vec![line, dashed, dots],
            references: vec![oracle],
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_finite_points_can_be_drawn(
            points in prop::collection::vec((-1e6_f64..1e6, -1e6_f64..1e6), 1..40)
        ) {
            let chart = chart(points, Axis::Linear, Axis::Linear);
            for sheet in [Sheet::Page, Sheet::Phone, Sheet::File] {
                let svg = chart.draw(&Colours::default(), sheet).expect("a figure");
                prop_assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"));
            }
        }

        #[test]
        fn log_axes_leave_out_what_they_cannot_show(
            points in prop::collection::vec((-1.0_f64..1e6, -1.0_f64..1e6), 1..40)
        ) {
            let possible = points.iter().any(|p| p.0 > 0.0 && p.1 > 0.0);
            let chart = chart(points, Axis::Log, Axis::Log);
            prop_assert_eq!(chart.is_empty(), !possible);
            match chart.to_svg() {
                Ok(svg) => prop_assert!(!svg.contains("NaN")),
                Err(error) => prop_assert!(!possible, "{error}"),
            }
        }
    }

    #[test]
    fn nothing_to_draw_is_an_error() {
        let error = chart(vec![(f64::NAN, 1.0)], Axis::Linear, Axis::Linear).to_svg();
        assert!(matches!(error, Err(Error::EmptyFigure { .. })));
    }

    #[test]
    fn a_figure_says_what_it_is_and_who_is_who() {
        let svg = chart(vec![(0.0, 1.0), (1.0, 2.0)], Axis::Linear, Axis::Linear)
            .to_svg()
            .expect("a figure");
        for part in [
            "role=\"img\"",
            "aria-label=\"a &lt; b\"",
            "<title>a &lt; b</title>",
            "\na\n",
            "\na, untrained\n",
            "\na, oracle\n",
            "\nb\n",
        ] {
            assert!(svg.contains(part), "{part:?} in {svg}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_not_named_in_a_figure() {
        let whole = chart(vec![(1.0, 1.0), (2.0, 2.0)], Axis::Log, Axis::Log);
        let nothing = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0];
        let points: Vec<Point> = nothing.map(|y| Point::new(1.0, y)).into();
        let mut with_more = whole.clone();
        for (at, points) in [points, Vec::new()].into_iter().enumerate() {
            for scattered in [false, true] {
                with_more.lines.push(Line {
                    subject: format!("a name much longer than the others {at} {scattered}"),
                    points: points.clone(),
                    scattered,
                    ..Line::default()
                });
            }
        }
        with_more
            .references
            .extend(nothing.map(|level| ReferenceLine {
                subject: "level".into(),
                role: MarkRole::Chance,
                level,
            }));
        let colours = Colours::default();
        for sheet in [Sheet::Page, Sheet::Phone, Sheet::File] {
            let drawn = |chart: &LineChart| chart.draw(&colours, sheet).expect("a figure");
            assert_eq!(drawn(&with_more), drawn(&whole));
        }
    }

    #[test]
    fn an_untrained_line_is_dashed_and_a_trained_one_is_not() {
        let svg = chart(vec![(0.0, 1.0), (1.0, 2.0)], Axis::Linear, Axis::Linear)
            .to_svg()
            .expect("a figure");
        assert!(
            svg.contains("stroke-width=\"18\" stroke-dasharray=\"70 45\""),
            "{svg}"
        );
        assert!(svg.contains("stroke-width=\"22\" points"), "{svg}");
    }

    #[test]
    fn the_same_chart_is_the_same_text() {
        let svg = || {
            chart(vec![(0.1, 0.3), (0.5, 0.2)], Axis::Linear, Axis::Linear)
                .to_svg()
                .expect("a figure")
        };
        assert_eq!(svg(), svg());
    }
}
