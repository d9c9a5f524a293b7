//! Lines over a number: a curve for each series, with band and dashes.

use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

use super::{Area, Entry, LEFT, MARGIN, colour, compose, drawing, extent};
use crate::Error;

/// How an axis is scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Axis {
    /// Equal steps are equal lengths.
    #[default]
    Linear,
    /// Equal ratios are equal lengths; points at or below zero are left out.
    Log,
}

/// One curve.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Name in the legend.
    pub name: String,
    /// `(x, y)` in order of x; points that are not finite are left out.
    pub points: Vec<(f64, f64)>,
    /// `(low, high)` for each point, or empty.
    pub band: Vec<(f64, f64)>,
    /// Drawn as dots: for chance levels and controls.
    pub dashed: bool,
    /// Drawn as separate dots: for points that no curve joins.
    pub scattered: bool,
    /// Index of the colour; lines of one colour belong together.
    pub colour: usize,
}

/// A chart of [`Line`]s.
///
/// ```
/// use dissensus_report::{Line, LineChart};
/// let chart = LineChart {
///     title: "JS distance".into(),
///     x_label: "p".into(),
///     y_label: "distance".into(),
///     lines: vec![Line { name: "dna".into(), points: vec![(0.1, 0.8), (1.0, 0.2)], ..Line::default() }],
///     ..LineChart::default()
/// };
/// assert!(chart.to_svg()?.starts_with("<svg"));
/// # Ok::<(), dissensus_report::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct LineChart {
    /// Title above the figure.
    pub title: String,
    /// Label of the x axis, with its unit.
    pub x_label: String,
    /// Label of the y axis, with its unit.
    pub y_label: String,
    /// Scale of the x axis.
    pub x_axis: Axis,
    /// Scale of the y axis.
    pub y_axis: Axis,
    /// The curves.
    pub lines: Vec<Line>,
}

impl LineChart {
    /// The chart as SVG text.
    ///
    /// # Errors
    /// [`Error::EmptyFigure`] if no point can be drawn, [`Error::Drawing`] if the library refuses.
    pub fn to_svg(&self) -> Result<String, Error> {
        let (x, y) = (self.x_range()?, self.y_range()?);
        let entries = self.lines.iter().map(|line| Entry {
            name: &line.name,
            colour: colour(line.colour),
            dashed: line.dashed,
        });
        compose(&self.title, entries, |area| {
            match (self.x_axis, self.y_axis) {
                (Axis::Linear, Axis::Linear) => self.draw(area, x.0..x.1, y.0..y.1),
                (Axis::Log, Axis::Linear) => self.draw(area, (x.0..x.1).log_scale(), y.0..y.1),
                (Axis::Linear, Axis::Log) => self.draw(area, x.0..x.1, (y.0..y.1).log_scale()),
                (Axis::Log, Axis::Log) => {
                    self.draw(area, (x.0..x.1).log_scale(), (y.0..y.1).log_scale())
                }
            }
        })
    }

    fn draw<X, Y>(&self, area: &Area<'_>, x: X, y: Y) -> Result<(), Error>
    where
        X: AsRangedCoord<Value = f64>,
        Y: AsRangedCoord<Value = f64>,
        X::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 18))
            .margin(MARGIN)
            .x_label_area_size(42)
            .y_label_area_size(LEFT)
            .build_cartesian_2d(x, y)
            .map_err(drawing(&self.title))?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc(&self.x_label)
            .y_desc(&self.y_label)
            .x_label_formatter(&|v| tick(*v))
            .y_label_formatter(&|v| tick(*v))
            .draw()
            .map_err(drawing(&self.title))?;
        for line in &self.lines {
            let colour = colour(line.colour);
            let points = self.visible(line);
            if let Some(band) = self.band(line) {
                chart
                    .draw_series(std::iter::once(Polygon::new(band, colour.mix(0.15))))
                    .map_err(drawing(&self.title))?;
            }
            let stroke = colour.stroke_width(2);
            let drawn = if line.scattered {
                let dots = points.into_iter();
                let dots = dots.map(|at| Circle::new(at, 4, colour.filled()));
                chart.draw_series(dots).map(drop)
            } else if line.dashed {
                chart
                    .draw_series(DashedLineSeries::new(points, 5, 4, stroke))
                    .map(drop)
            } else {
                chart.draw_series(LineSeries::new(points, stroke)).map(drop)
            };
            drawn.map_err(drawing(&self.title))?;
        }
        Ok(())
    }

    fn shows(&self, (x, y): (f64, f64)) -> bool {
        let fits = |axis, v: f64| v.is_finite() && (axis == Axis::Linear || v > 0.0);
        fits(self.x_axis, x) && fits(self.y_axis, y)
    }

    fn visible(&self, line: &Line) -> Vec<(f64, f64)> {
        line.points
            .iter()
            .copied()
            .filter(|p| self.shows(*p))
            .collect()
    }

    /// The outline of the band: along its upper edge, back along its lower one.
    fn band(&self, line: &Line) -> Option<Vec<(f64, f64)>> {
        if line.band.len() != line.points.len() || line.band.is_empty() {
            return None;
        }
        let edge = |pick: fn(&(f64, f64)) -> f64| {
            line.points
                .iter()
                .zip(&line.band)
                .map(move |(p, b)| (p.0, pick(b)))
        };
        let outline = edge(|b| b.1).chain(edge(|b| b.0).rev());
        Some(outline.filter(|p| self.shows(*p)).collect())
    }

    fn drawn(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.lines.iter().flat_map(|line| {
            let mut points = self.visible(line);
            points.extend(self.band(line).unwrap_or_default());
            points
        })
    }

    fn x_range(&self) -> Result<(f64, f64), Error> {
        Ok(padded(
            self.range(self.drawn().map(|p| p.0))?,
            self.x_axis,
            // A dot on the frame would be half a dot.
            if self.lines.iter().any(|line| line.scattered) {
                0.03
            } else {
                0.0
            },
        ))
    }

    fn y_range(&self) -> Result<(f64, f64), Error> {
        Ok(padded(
            self.range(self.drawn().map(|p| p.1))?,
            self.y_axis,
            0.06,
        ))
    }

    fn range(&self, values: impl Iterator<Item = f64>) -> Result<(f64, f64), Error> {
        extent(values).ok_or(Error::EmptyFigure {
            title: self.title.clone(),
            why: "every series is empty or outside a log axis",
        })
    }
}

/// Widens a range by `share` of its length on both sides; a single value gets room around it.
fn padded((low, high): (f64, f64), axis: Axis, share: f64) -> (f64, f64) {
    if axis == Axis::Log {
        let factor = (high / low)
            .powf(share)
            .max(if high > low { 1.0 } else { 2.0 });
        return (low / factor, high * factor);
    }
    let room = if high > low {
        (high - low) * share
    } else {
        low.abs().max(1.0) * 0.5
    };
    (low - room, high + room)
}

fn tick(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(0.001..10_000.0).contains(&size) {
        return format!("{value:.0e}");
    }
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chart(points: Vec<(f64, f64)>, x_axis: Axis, y_axis: Axis) -> LineChart {
        let band = points.iter().map(|p| (p.1 - 1.0, p.1 + 1.0)).collect();
        let line = Line {
            name: "a".into(),
            points,
            band,
            ..Line::default()
        };
        let dashed = Line {
            dashed: true,
            colour: 1,
            ..line.clone()
        };
        let dots = Line {
            scattered: true,
            colour: 2,
            ..line.clone()
        };
        let lines = vec![line, dashed, dots];
        LineChart {
            title: "t".into(),
            x_axis,
            y_axis,
            lines,
            ..LineChart::default()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_finite_points_can_be_drawn(
            points in prop::collection::vec((-1e6_f64..1e6, -1e6_f64..1e6), 1..40)
        ) {
            let svg = chart(points, Axis::Linear, Axis::Linear).to_svg().expect("a figure");
            prop_assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN"));
        }

        #[test]
        fn log_axes_leave_out_what_they_cannot_show(
            points in prop::collection::vec((-1.0_f64..1e6, -1.0_f64..1e6), 1..40)
        ) {
            let possible = points.iter().any(|p| p.0 > 0.0 && p.1 > 0.0);
            match chart(points, Axis::Log, Axis::Log).to_svg() {
                Ok(svg) => prop_assert!(!svg.contains("NaN")),
                Err(error) => prop_assert!(!possible, "{error}"),
            }
        }
    }

    #[test]
    fn nothing_to_draw_is_an_error() {
        let error = chart(vec![], Axis::Linear, Axis::Linear).to_svg();
        assert!(matches!(error, Err(Error::EmptyFigure { .. })));
    }

    #[test]
    fn the_same_chart_is_the_same_text() {
        let points = vec![(0.1, 0.3), (0.5, 0.2)];
        let svg = |p| {
            chart(p, Axis::Linear, Axis::Linear)
                .to_svg()
                .expect("a figure")
        };
        assert_eq!(svg(points.clone()), svg(points));
    }
}
