//! The two figures: lines over a number, bars over categories. Both become SVG text.

mod bars;
mod lines;

pub use bars::{Bar, BarChart, BarSeries};
pub use lines::{Axis, Line, LineChart};

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::Error;

/// Width of a figure in pixels.
const WIDTH: u32 = 860;
/// Height of a figure in pixels.
const HEIGHT: u32 = 420;
/// Room around a figure in pixels.
const MARGIN: u32 = 12;
/// Room for the labels of the y axis in pixels.
const LEFT: u32 = 64;
/// Room for the legend, right of the plot so that it hides nothing, in pixels.
const RIGHT: u32 = 150;

/// Eight colours that stay apart for colour-blind readers (Okabe and Ito, 2008).
const PALETTE: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(90, 90, 90),
    RGBColor(160, 140, 20),
];

fn colour(index: usize) -> RGBColor {
    PALETTE[index % PALETTE.len()]
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// One line of a legend.
struct Entry<'a> {
    name: &'a str,
    colour: RGBColor,
    dashed: bool,
}

/// Draws `plot` on the left of an empty figure and the legend on its right.
fn compose<'a>(
    title: &str,
    entries: impl Iterator<Item = Entry<'a>>,
    plot: impl FnOnce(&Area<'_>) -> Result<(), Error>,
) -> Result<String, Error> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        area.fill(&WHITE).map_err(drawing(title))?;
        let (left, right) = area.split_horizontally(WIDTH - RIGHT);
        plot(&left)?;
        for (row, entry) in entries.enumerate() {
            legend_line(&right, 44 + 18 * row as i32, &entry).map_err(drawing(title))?;
        }
        area.present().map_err(drawing(title))?;
    }
    Ok(svg)
}

fn legend_line(area: &Area<'_>, y: i32, entry: &Entry<'_>) -> Result<(), impl std::fmt::Display> {
    let stroke =
        |from, to| PathElement::new(vec![(from, y), (to, y)], entry.colour.stroke_width(4));
    let strokes: &[(i32, i32)] = if entry.dashed {
        &[(6, 11), (15, 20)]
    } else {
        &[(6, 20)]
    };
    for &(from, to) in strokes {
        area.draw(&stroke(from, to))?;
    }
    area.draw(&Text::new(entry.name, (26, y - 7), ("sans-serif", 13)))
}

fn drawing<E: std::fmt::Display>(title: &str) -> impl Fn(E) -> Error + '_ {
    move |e| Error::Drawing {
        title: title.into(),
        reason: e.to_string(),
    }
}

/// Smallest and largest of the finite values.
fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .filter(|v| v.is_finite())
        .fold(None, |range, v| match range {
            None => Some((v, v)),
            Some((low, high)) => Some((low.min(v), high.max(v))),
        })
}
