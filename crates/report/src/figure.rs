//! The two figures: lines over a number, bars over categories. Both become SVG text.

mod bars;
mod lines;

pub use bars::{Bar, BarChart, BarSeries};
pub use lines::{Axis, Line, LineChart};

use plotters::style::RGBColor;

use crate::Error;

/// Width of a figure in pixels.
const WIDTH: u32 = 760;
/// Height of a figure in pixels.
const HEIGHT: u32 = 420;

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
