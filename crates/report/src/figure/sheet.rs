//! The paper: sizes, words, and the finished SVG text.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::colours::{INK, MUTED, PAPER};
use super::role::MarkRole;
use super::{Axis, labels};
use crate::Error;

/// What a figure is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    /// The page on a screen of 700 pixels and more; the page says the title.
    Page,
    /// The page on a phone.
    Phone,
    /// A file of its own, with its title.
    File,
}

impl Sheet {
    /// Width in pixels.
    pub(super) fn width(self) -> f64 {
        match self {
            Self::Page | Self::File => 820.0,
            Self::Phone => 360.0,
        }
    }

    /// Room for the title in pixels.
    pub(super) fn top(self) -> f64 {
        if self == Self::File { 34.0 } else { 6.0 }
    }

    /// Size of the words in pixels.
    pub(super) fn words(self) -> f64 {
        if self == Self::Phone { 12.5 } else { 13.0 }
    }
}

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The drawing library counts in whole units: ten to a pixel keep curves smooth.
pub(super) fn units(pixels: f64) -> i32 {
    (pixels * 10.0).round() as i32
}

pub(super) fn rgb((r, g, b): (u8, u8, u8)) -> RGBColor {
    RGBColor(r, g, b)
}

/// Where the plot is on the paper and what its axes span: what the page's script needs to find a
/// point.
pub(super) struct Plotted {
    pub(super) pixels: (Range<i32>, Range<i32>),
    pub(super) x: (f64, f64, Axis),
    pub(super) y: (f64, f64, Axis),
}

/// Draws on an empty sheet.
pub(super) fn render(
    title: &str,
    sheet: Sheet,
    height: f64,
    draw: impl FnOnce(&Area<'_>) -> Result<Plotted, Error>,
) -> Result<String, Error> {
    let size = (units(sheet.width()) as u32, units(height) as u32);
    let mut svg = String::new();
    let plotted = {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&rgb(PAPER.0)).map_err(drawing(title))?;
        if sheet == Sheet::File {
            let text = labels::cut(title, (sheet.width() - 24.0) / 16.0);
            let style = style(16.0, INK.0, HPos::Left);
            area.draw(&Text::new(text, (units(12.0), units(18.0)), style))
                .map_err(drawing(title))?;
        }
        let plotted = draw(&area)?;
        area.present().map_err(drawing(title))?;
        plotted
    };
    Ok(finish(&svg, title, sheet, height, &plotted))
}

/// The drawing library's text with a head of our own (size in pixels, name, geometry) and with
/// dashes.
fn finish(svg: &str, title: &str, sheet: Sheet, height: f64, plotted: &Plotted) -> String {
    let body = svg.split_once('>').map_or(svg, |(_, body)| body);
    let mut body = body.trim_start().to_string();
    for role in MarkRole::ALL {
        if !role.dashes().is_empty() {
            let width = format!("stroke-width=\"{}\"", role.stroke());
            let dashed = format!("{width} stroke-dasharray=\"{}\"", role.dashes());
            body = body.replace(&width, &dashed);
        }
    }
    let (w, h) = (sheet.width(), height);
    let (px, py) = &plotted.pixels;
    let span = |(low, high, axis): (f64, f64, Axis)| format!("{low} {high} {}", name(axis));
    let escaped = escape(title);
    let inner = match sheet {
        Sheet::File => format!("<title>{escaped}</title>\n"),
        Sheet::Page | Sheet::Phone => String::new(),
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" width=\"{w}\" height=\"{h}\" role=\"img\" \
         aria-label=\"{escaped}\" data-plot=\"{} {} {} {}\" data-x=\"{}\" data-y=\"{}\">\n{inner}{body}",
        units(w),
        units(h),
        px.start,
        py.start,
        px.end,
        py.end,
        span(plotted.x),
        span(plotted.y),
    )
}

fn name(axis: Axis) -> &'static str {
    match axis {
        Axis::Linear => "linear",
        Axis::Log => "log",
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// How words are set.
pub(super) fn style(size: f64, colour: (u8, u8, u8), side: HPos) -> TextStyle<'static> {
    // The drawing library takes a size for the height of a line and writes it divided by 1.24.
    ("sans-serif", 1.24 * f64::from(units(size)))
        .into_font()
        .color(&rgb(colour))
        .pos(Pos::new(side, VPos::Center))
}

/// Words of second rank: axes, ticks, notes.
pub(super) fn quiet(sheet: Sheet, side: HPos) -> TextStyle<'static> {
    style(sheet.words() - 1.0, MUTED.0, side)
}

pub(super) fn drawing<E: std::fmt::Display>(title: &str) -> impl Fn(E) -> Error + '_ {
    move |e| Error::Drawing {
        title: title.into(),
        reason: e.to_string(),
    }
}
