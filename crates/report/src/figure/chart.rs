//! A figure of a page: a chart, its place and what it shows.

use super::data::FigureData;
use super::{Colours, IntervalChart, LineChart, Sheet};
use crate::Error;

/// Any of the charts.
#[derive(Debug, Clone, PartialEq)]
pub enum Chart {
    /// Lines over a number.
    Lines(LineChart),
    /// Numbers with their intervals, one row a subject.
    Intervals(IntervalChart),
}

impl Chart {
    /// What it shows.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Lines(chart) => &chart.title,
            Self::Intervals(chart) => &chart.title,
        }
    }

    /// Whether there is nothing to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Lines(chart) => chart.is_empty(),
            Self::Intervals(chart) => chart.is_empty(),
        }
    }

    /// Gives every subject of the chart a colour.
    pub fn register(&self, colours: &mut Colours) {
        match self {
            Self::Lines(chart) => chart.subjects().for_each(|s| colours.register(s)),
            Self::Intervals(chart) => chart.subjects().for_each(|s| colours.register(s)),
        }
    }

    /// The chart as SVG text, in the colours of a page.
    ///
    /// # Errors
    /// [`Error::EmptyFigure`] if nothing can be drawn, [`Error::Drawing`] if the library refuses.
    pub fn to_svg(&self, colours: &Colours, sheet: Sheet) -> Result<String, Error> {
        match self {
            Self::Lines(chart) => chart.draw(colours, sheet),
            Self::Intervals(chart) => chart.draw(colours, sheet),
        }
    }

    /// The chart as SVG text of a file of its own, with its title.
    ///
    /// # Errors
    /// As [`Self::to_svg`].
    pub fn to_file(&self) -> Result<String, Error> {
        match self {
            Self::Lines(chart) => chart.to_svg(),
            Self::Intervals(chart) => chart.to_svg(),
        }
    }

    pub(crate) fn data(&self) -> FigureData {
        match self {
            Self::Lines(chart) => chart.into(),
            Self::Intervals(chart) => chart.into(),
        }
    }

    /// The numbers of the chart as JSON: series of points, those that are not finite as words.
    ///
    /// # Errors
    /// [`Error::Json`] if the writer refuses.
    pub fn to_json(&self) -> Result<String, Error> {
        Ok(serde_json::to_string(&self.data())?)
    }
}

impl From<LineChart> for Chart {
    fn from(chart: LineChart) -> Self {
        Self::Lines(chart)
    }
}

impl From<IntervalChart> for Chart {
    fn from(chart: IntervalChart) -> Self {
        Self::Intervals(chart)
    }
}

/// A chart with its name and its caption.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Name of its files, and its anchor on a page: lower-case letters, digits, `-` and `_`.
    pub id: String,
    /// What is drawn.
    pub chart: Chart,
    /// What the reader sees, and how the numbers came about.
    pub caption: String,
}

impl Figure {
    /// A figure.
    pub fn new(id: &str, chart: impl Into<Chart>, caption: &str) -> Self {
        Self {
            id: id.into(),
            chart: chart.into(),
            caption: caption.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Chart, IntervalChart, IntervalGroup, IntervalRow, Line, LineChart, Mark, MarkRole, Point,
    };

    #[test]
    fn the_data_keep_what_the_drawing_cannot_show() {
        let line = Line {
            subject: "dna".into(),
            detail: "member 0".into(),
            points: vec![Point {
                interval: Some((1.0, f64::INFINITY)),
                ..Point::new(0.1, 2.0)
            }],
            ..Line::default()
        };
        let chart = Chart::from(LineChart {
            title: "t".into(),
            lines: vec![line],
            ..LineChart::default()
        });
        assert_eq!(
            chart.to_json().expect("JSON"),
            r#"{"title":"t","x":"","y":"","series":[{"name":"dna, member 0","role":"trained","points":[{"x":0.1,"y":2.0,"low":1.0,"high":"Infinity"}]}]}"#
        );
    }

    #[test]
    fn the_rows_of_the_data_stand_where_they_are_drawn() {
        let row = |subject: &str| IntervalRow {
            subject: subject.into(),
            marks: vec![Mark {
                role: MarkRole::Trained,
                value: 1.0,
                interval: None,
            }],
        };
        let group = |name: &str| IntervalGroup {
            name: name.into(),
            rows: vec![row("text"), row("dna")],
        };
        let chart = IntervalChart {
            groups: vec![group("first"), group("second")],
            ..IntervalChart::default()
        };
        let heights: Vec<f64> = [(0, 0), (0, 1), (1, 0), (1, 1)]
            .map(|(g, r)| chart.height_of(g, r))
            .to_vec();
        assert!(
            heights.windows(2).all(|pair| pair[0] > pair[1]),
            "{heights:?}"
        );
        let json = Chart::from(chart).to_json().expect("JSON");
        assert!(
            json.contains("first: text") && json.contains(&format!("\"row\":{:?}", heights[0]))
        );
    }
}
