//! Bars over categories: one bar for each series, with interval and chance mark.

use plotters::prelude::*;

use super::{Area, Entry, LEFT, MARGIN, colour, compose, drawing, extent};
use crate::{Error, Measure};

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Its height.
    pub value: f64,
    /// `(low, high)`, drawn as a whisker.
    pub interval: Option<(f64, f64)>,
    /// Drawn as a line across the bar.
    pub chance: Option<f64>,
}

impl From<&Measure> for Bar {
    fn from(measure: &Measure) -> Self {
        Self {
            value: measure.value,
            interval: measure.interval(),
            chance: measure.chance,
        }
    }
}

/// One bar for each category, in one colour.
#[derive(Debug, Clone, PartialEq)]
pub struct BarSeries {
    /// Name in the legend.
    pub name: String,
    /// One entry for each category; `None` where there is nothing to show.
    pub bars: Vec<Option<Bar>>,
}

/// A chart of grouped bars.
///
/// ```
/// use dissensus_report::{Bar, BarChart, BarSeries};
/// let bar = |value| Some(Bar { value, interval: Some((value - 0.1, value + 0.1)), chance: Some(0.0) });
/// let chart = BarChart {
///     title: "KL to uniform".into(),
///     y_label: "bits".into(),
///     categories: vec!["text".into(), "dna".into()],
///     series: vec![BarSeries { name: "trained".into(), bars: vec![bar(5.0), bar(1.0)] }],
/// };
/// assert!(chart.to_svg()?.contains("KL to uniform"));
/// # Ok::<(), dissensus_report::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BarChart {
    /// Title above the figure.
    pub title: String,
    /// Label of the y axis, with its unit.
    pub y_label: String,
    /// Names under the groups of bars.
    pub categories: Vec<String>,
    /// The series, one colour each.
    pub series: Vec<BarSeries>,
}

/// Share of a category's width that its bars take.
const GROUP_WIDTH: f64 = 0.8;

impl BarChart {
    /// The chart as SVG text.
    ///
    /// # Errors
    /// [`Error::EmptyFigure`] if there is no finite bar, [`Error::Drawing`] if the library refuses.
    pub fn to_svg(&self) -> Result<String, Error> {
        let y = self.y_range()?;
        let entries = self.series.iter().enumerate().map(|(index, series)| Entry {
            name: &series.name,
            colour: colour(index),
            dashed: false,
        });
        compose(&self.title, entries, |area| self.draw(area, y))
    }

    fn draw(&self, area: &Area<'_>, (low, high): (f64, f64)) -> Result<(), Error> {
        let count = self.categories.len();
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 18))
            .margin(MARGIN)
            .x_label_area_size(34)
            .y_label_area_size(LEFT)
            .build_cartesian_2d((0..count - 1).into_segmented(), low..high)
            .map_err(drawing(&self.title))?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .x_labels(count)
            .x_label_formatter(&|at| self.category(at))
            .y_desc(&self.y_label)
            .draw()
            .map_err(drawing(&self.title))?;
        // Bars need fractional places inside a category, which a segmented axis has not.
        let mut chart = chart.set_secondary_coord(0.0..count.max(1) as f64, low..high);
        for (index, series) in self.series.iter().enumerate() {
            let colour = colour(index);
            let shapes = self.shapes(index, series);
            chart
                .draw_secondary_series(shapes.iter().map(|s| {
                    Rectangle::new(
                        [(s.left, 0.0), (s.right, s.bar.value)],
                        colour.mix(0.8).filled(),
                    )
                }))
                .map_err(drawing(&self.title))?;
            for (points, style) in shapes.iter().flat_map(Shape::marks) {
                chart
                    .draw_secondary_series(std::iter::once(PathElement::new(points, style)))
                    .map_err(drawing(&self.title))?;
            }
        }
        Ok(())
    }

    fn category(&self, at: &SegmentValue<usize>) -> String {
        match at {
            SegmentValue::CenterOf(index) => self.categories.get(*index).cloned(),
            _ => None,
        }
        .unwrap_or_default()
    }

    fn shapes(&self, index: usize, series: &BarSeries) -> Vec<Shape> {
        let width = GROUP_WIDTH / self.series.len() as f64;
        let place =
            |category: usize| category as f64 + (1.0 - GROUP_WIDTH) / 2.0 + width * index as f64;
        let bars = series.bars.iter().take(self.categories.len()).enumerate();
        bars.filter_map(|(category, bar)| {
            let bar = bar.filter(|b| b.value.is_finite())?;
            Some(Shape {
                left: place(category),
                right: place(category) + width * 0.94,
                bar,
            })
        })
        .collect()
    }

    fn y_range(&self) -> Result<(f64, f64), Error> {
        let bars = self
            .series
            .iter()
            .flat_map(|s| s.bars.iter().take(self.categories.len()).flatten());
        let heights = bars.filter(|b| b.value.is_finite()).flat_map(|b| {
            let ends = b.interval.map(|(low, high)| [low, high]);
            [Some(b.value), b.chance]
                .into_iter()
                .flatten()
                .chain(ends.into_iter().flatten())
        });
        let (low, high) = extent(heights).ok_or(Error::EmptyFigure {
            title: self.title.clone(),
            why: "no series has a finite bar",
        })?;
        let (low, high) = (low.min(0.0), high.max(0.0));
        let room = if high > low { (high - low) * 0.08 } else { 1.0 };
        Ok((if low < 0.0 { low - room } else { 0.0 }, high + room))
    }
}

struct Shape {
    left: f64,
    right: f64,
    bar: Bar,
}

type Mark = (Vec<(f64, f64)>, ShapeStyle);

impl Shape {
    /// The whisker of the interval and the line of the chance level.
    fn marks(&self) -> Vec<Mark> {
        let middle = (self.left + self.right) / 2.0;
        let mut marks: Vec<Mark> = Vec::new();
        if let Some((low, high)) = self.bar.interval {
            marks.push((vec![(middle, low), (middle, high)], BLACK.stroke_width(1)));
        }
        if let Some(chance) = self.bar.chance {
            let ends = vec![(self.left, chance), (self.right, chance)];
            marks.push((ends, BLACK.stroke_width(2)));
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chart(values: &[f64]) -> BarChart {
        let bars = values
            .iter()
            .map(|&value| {
                Some(Bar {
                    value,
                    interval: Some((value, value + 1.0)),
                    chance: Some(0.5),
                })
            })
            .collect();
        BarChart {
            title: "t".into(),
            y_label: "bits".into(),
            categories: values.iter().map(|v| format!("{v:.1}")).collect(),
            series: vec![BarSeries {
                name: "s".into(),
                bars,
            }],
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_bar_is_drawn(values in prop::collection::vec(-100.0_f64..100.0, 1..12)) {
            let svg = chart(&values).to_svg().expect("a figure");
            let blue = svg.matches("fill=\"#0072B2\"").count();
            prop_assert_eq!(blue, values.len());
            prop_assert!(!svg.contains("NaN"));
        }
    }

    #[test]
    fn an_empty_chart_is_an_error() {
        assert!(matches!(
            chart(&[]).to_svg(),
            Err(Error::EmptyFigure { .. })
        ));
        assert!(matches!(
            chart(&[f64::NAN]).to_svg(),
            Err(Error::EmptyFigure { .. })
        ));
    }
}
