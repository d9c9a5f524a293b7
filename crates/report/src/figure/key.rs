//! Strokes and marks, and the key that says what they stand for.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::colours::{INK, PAPER};
use super::role::MarkRole;
use super::sheet::{Area, Sheet, drawing, rgb, style, units};
use super::{Colours, labels};
use crate::Error;

/// The stroke of a role.
pub(super) fn stroke(role: MarkRole, colour: RGBColor) -> ShapeStyle {
    ShapeStyle {
        color: colour.to_rgba(),
        filled: false,
        stroke_width: role.stroke(),
    }
}

/// Draws the mark of a role around a place given in units.
#[expect(clippy::too_many_lines, reason = "one arm for each role")]
pub(super) fn mark(
    area: &Area<'_>,
    (x, y): (i32, i32),
    role: MarkRole,
    colour: RGBColor,
    title: &str,
) -> Result<(), Error> {
    let paper = rgb(PAPER.0).filled();
    let line = |width: f64| ShapeStyle {
        color: colour.to_rgba(),
        filled: false,
        stroke_width: units(width) as u32,
    };
    let around = |r: i32, corners: &[(i32, i32)]| -> Vec<(i32, i32)> {
        let place = |&(dx, dy): &(i32, i32)| (x + dx * r / 100, y + dy * r / 100);
        corners.iter().map(place).collect()
    };
    let closed = |points: Vec<(i32, i32)>, width: f64| -> Result<(), Error> {
        area.draw(&Polygon::new(points.clone(), paper))
            .map_err(drawing(title))?;
        let outline = points.iter().chain(points.first()).copied();
        area.draw(&PathElement::new(outline.collect::<Vec<_>>(), line(width)))
            .map_err(drawing(title))
    };
    match role {
        MarkRole::Trained => area
            .draw(&Circle::new((x, y), units(4.6), colour.filled()))
            .map_err(drawing(title)),
        MarkRole::Untrained => {
            area.draw(&Circle::new((x, y), units(4.6), paper))
                .map_err(drawing(title))?;
            area.draw(&Circle::new((x, y), units(4.2), line(2.1)))
                .map_err(drawing(title))
        }
        MarkRole::Chance => area
            .draw(&PathElement::new(
                around(units(8.5), &[(0, -100), (0, 100)]),
                line(2.3),
            ))
            .map_err(drawing(title)),
        MarkRole::Oracle => closed(
            around(units(6.2), &[(0, -100), (100, 0), (0, 100), (-100, 0)]),
            2.1,
        ),
        MarkRole::Unigram => {
            for corners in [[(-100, -100), (100, 100)], [(-100, 100), (100, -100)]] {
                area.draw(&PathElement::new(around(units(4.6), &corners), line(2.1)))
                    .map_err(drawing(title))?;
            }
            Ok(())
        }
        MarkRole::Control => closed(around(units(5.6), &[(0, -100), (95, 75), (-95, 75)]), 2.1),
        MarkRole::Published => closed(
            around(
                units(4.6),
                &[(-100, -100), (100, -100), (100, 100), (-100, 100)],
            ),
            2.1,
        ),
    }
}

/// One entry of a key.
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) subject: String,
    pub(super) role: MarkRole,
    /// A mark rather than a stroke.
    pub(super) mark: bool,
}

/// Height of one line of a key in pixels.
pub(super) const KEY_LINE: f64 = 19.0;

/// In which line and how far right each entry of a key stands.
pub(super) fn places(entries: &[Entry], sheet: Sheet, left: f64) -> (Vec<(f64, f64)>, f64) {
    let (mut x, mut line) = (left, 0.0);
    let mut places = Vec::new();
    for entry in entries {
        let wide = 40.0 + labels::width(&entry.text) * sheet.words();
        if x > left && x + wide > sheet.width() - 4.0 {
            (x, line) = (left, line + 1.0);
        }
        places.push((x, line * KEY_LINE));
        x += wide;
    }
    let lines = if entries.is_empty() { 0.0 } else { line + 1.0 };
    (places, lines * KEY_LINE)
}

/// Draws a key whose first line is centred at `top` pixels.
pub(super) fn draw_key(
    area: &Area<'_>,
    entries: &[Entry],
    (left, top): (f64, f64),
    sheet: Sheet,
    colours: &Colours,
    title: &str,
) -> Result<(), Error> {
    let (places, _) = places(entries, sheet, left);
    for (entry, (x, down)) in entries.iter().zip(places) {
        let y = top + down;
        let colour = if entry.subject.is_empty() {
            rgb(INK.0)
        } else {
            colours.of(&entry.subject)
        };
        if entry.mark {
            mark(area, (units(x + 9.0), units(y)), entry.role, colour, title)?;
        } else {
            let ends = vec![(units(x), units(y)), (units(x + 20.0), units(y))];
            area.draw(&PathElement::new(ends, stroke(entry.role, colour)))
                .map_err(drawing(title))?;
        }
        let place = (units(x + if entry.mark { 18.0 } else { 25.0 }), units(y));
        let words = style(sheet.words(), INK.0, HPos::Left);
        area.draw(&Text::new(entry.text.as_str(), place, words))
            .map_err(drawing(title))?;
    }
    Ok(())
}
