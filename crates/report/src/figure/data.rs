//! The data behind a figure, as JSON for the page's script and for download.

use serde::Serialize;

use super::intervals::IntervalChart;
use super::lines::{Line, LineChart};

/// Everything a figure shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FigureData {
    title: String,
    x: String,
    y: String,
    series: Vec<SeriesData>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct SeriesData {
    name: String,
    role: &'static str,
    points: Vec<PointData>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct PointData {
    /// Absent for a level that is the same everywhere.
    #[serde(
        with = "dissensus_kernels::non_finite",
        skip_serializing_if = "Option::is_none"
    )]
    x: Option<f64>,
    /// Absent in a chart of rows.
    #[serde(
        with = "dissensus_kernels::non_finite",
        skip_serializing_if = "Option::is_none"
    )]
    y: Option<f64>,
    #[serde(
        with = "dissensus_kernels::non_finite",
        skip_serializing_if = "Option::is_none"
    )]
    low: Option<f64>,
    #[serde(
        with = "dissensus_kernels::non_finite",
        skip_serializing_if = "Option::is_none"
    )]
    high: Option<f64>,
    /// Where the row of the point stands on the y axis, in a chart of rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<f64>,
}

impl From<&LineChart> for FigureData {
    fn from(chart: &LineChart) -> Self {
        let lines = chart.lines.iter().map(SeriesData::from);
        let levels = chart.references.iter().map(|line| SeriesData {
            name: line.subject.clone(),
            role: line.role.name(),
            points: vec![PointData {
                x: None,
                y: Some(line.level),
                low: None,
                high: None,
                row: None,
            }],
        });
        Self {
            title: chart.title.clone(),
            x: chart.x_label.clone(),
            y: chart.y_label.clone(),
            series: lines.chain(levels).collect(),
        }
    }
}

impl From<&Line> for SeriesData {
    fn from(line: &Line) -> Self {
        let name = match (line.subject.as_str(), line.detail.as_str()) {
            (subject, "") => subject.to_string(),
            ("", detail) => detail.to_string(),
            (subject, detail) => format!("{subject}, {detail}"),
        };
        let point = |p: &super::lines::Point| PointData {
            x: Some(p.x),
            y: Some(p.y),
            low: p.interval.map(|i| i.0),
            high: p.interval.map(|i| i.1),
            row: None,
        };
        Self {
            name,
            role: line.role.name(),
            points: line.points.iter().map(point).collect(),
        }
    }
}

impl From<&IntervalChart> for FigureData {
    fn from(chart: &IntervalChart) -> Self {
        let mut series = Vec::new();
        for (at, group) in chart.groups.iter().enumerate() {
            for (index, row) in group.rows.iter().enumerate() {
                let name = match group.name.as_str() {
                    "" => row.subject.clone(),
                    group => format!("{group}: {}", row.subject),
                };
                let height = chart.height_of(at, index);
                series.extend(row.marks.iter().map(|mark| SeriesData {
                    name: name.clone(),
                    role: mark.role.name(),
                    points: vec![PointData {
                        x: Some(mark.value),
                        y: None,
                        low: mark.interval.map(|i| i.0),
                        high: mark.interval.map(|i| i.1),
                        row: Some(height),
                    }],
                }));
            }
        }
        Self {
            title: chart.title.clone(),
            x: chart.x_label.clone(),
            y: String::new(),
            series,
        }
    }
}
