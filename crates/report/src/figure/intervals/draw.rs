//! Putting an interval chart on paper.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{IntervalChart, IntervalRow, Mark};
use crate::figure::colours::{GRID, INK, MUTED};
use crate::figure::key::{Entry, KEY_LINE, draw_key, mark, places, stroke};
use crate::figure::plot::{Frame, Plot};
use crate::figure::sheet::{Sheet, render, rgb, style, units};
use crate::figure::{Axis, Colours, MarkRole, labels};
use crate::{Error, shown, shown_with_interval};

/// Height of a row in pixels.
const ROW: f64 = 27.0;
/// Height of the heading of a group in pixels.
const HEADING: f64 = 25.0;

/// A row or a heading and how far down its middle is, in pixels from the top of the plot.
enum Item<'a> {
    Heading(&'a str),
    Row(&'a IntervalRow),
}

impl IntervalChart {
    /// The chart as SVG text.
    pub(in crate::figure) fn draw(&self, colours: &Colours, sheet: Sheet) -> Result<String, Error> {
        let x = self.range()?;
        let (items, tall) = self.items();
        let key = self.key();
        let above = places(&key, sheet, 8.0).1;
        let top = sheet.top() + above - 12.0;
        let frame = Frame {
            top,
            bottom: top + 22.0 + tall + 44.0,
            left: self.names(sheet),
            right: self.numbers(sheet),
        };
        render(&self.title, sheet, frame.bottom + 2.0, |area| {
            let at = (8.0, sheet.top() + KEY_LINE / 2.0);
            draw_key(area, &key, at, sheet, colours, &self.title)?;
            let plot = Plot::new(
                area,
                &frame,
                (self.x_axis, x),
                (Axis::Linear, (0.0, tall)),
                &self.title,
            )?;
            let plot = plot.x_axis(sheet, &self.x_label)?;
            for (item, down) in &items {
                match item {
                    Item::Heading(name) => heading(&plot, name, tall - down, sheet)?,
                    Item::Row(row) => self.row(&plot, row, tall - down, colours, sheet)?,
                }
            }
            Ok(plot.plotted)
        })
    }

    /// What stands below each other, where, and how tall all of it is.
    fn items(&self) -> (Vec<(Item<'_>, f64)>, f64) {
        let mut items = Vec::new();
        let mut tall = 2.0;
        for group in &self.groups {
            if !group.name.is_empty() {
                items.push((Item::Heading(&group.name), tall + HEADING / 2.0 + 2.0));
                tall += HEADING;
            }
            for row in &group.rows {
                items.push((Item::Row(row), tall + ROW / 2.0));
                tall += ROW;
            }
        }
        (items, tall + 2.0)
    }

    /// Where the row of a group is, as the y axis counts: from the lower edge of the plot, in
    /// pixels.
    pub(in crate::figure) fn height_of(&self, group: usize, row: usize) -> f64 {
        let (items, tall) = self.items();
        let wanted = &self.groups[group].rows[row];
        let found = items.iter().find(|(item, _)| match item {
            Item::Row(row) => std::ptr::eq(*row, wanted),
            Item::Heading(_) => false,
        });
        found.map_or(0.0, |(_, down)| tall - down)
    }

    /// Room for the names of the rows in pixels.
    fn names(&self, sheet: Sheet) -> f64 {
        let widest = self.subjects().map(labels::width).fold(0.0, f64::max);
        let most = if sheet == Sheet::Phone { 120.0 } else { 250.0 };
        (widest * sheet.words() + 26.0).clamp(50.0, most)
    }

    /// Room for the numbers of the rows in pixels.
    fn numbers(&self, sheet: Sheet) -> f64 {
        let rows = self.groups.iter().flat_map(|group| &group.rows);
        let said = rows.filter_map(|row| Some(labels::width(&number(said(row)?, sheet))));
        let widest = said.fold(0.0, f64::max);
        let minimum = if sheet == Sheet::Phone { 52.0 } else { 168.0 };
        (widest * (sheet.words() - 1.0) + 18.0).max(minimum)
    }

    /// The entries of the key: the roles of which a mark is drawn.
    fn key(&self) -> Vec<Entry> {
        let roles = MarkRole::ALL.into_iter();
        let used = roles.filter(|role| self.drawn().any(|mark| mark.role == *role));
        used.map(|role| Entry {
            text: role.name().into(),
            subject: String::new(),
            role,
            mark: true,
        })
        .collect()
    }

    fn row(
        &self,
        plot: &Plot<'_, '_>,
        row: &IntervalRow,
        y: f64,
        colours: &Colours,
        sheet: Sheet,
    ) -> Result<(), Error> {
        let colour = colours.of(&row.subject);
        let middle = plot.place(plot.plotted.x.0, y).1;
        let words = style(sheet.words(), INK.0, HPos::Right);
        let room = (plot.left() - 14.0) / sheet.words();
        let name = labels::cut(&row.subject, room);
        plot.draw(&Text::new(name, (units(plot.left() - 8.0), middle), words))?;
        let (from, to) = plot.across(y);
        plot.draw(&PathElement::new(
            vec![from, to],
            rgb(GRID.0).stroke_width(10),
        ))?;
        for drawn in row.marks.iter().filter(|m| self.x_axis.shows(m.value)) {
            if let Some((low, high)) = self.interval(drawn) {
                let ends = vec![plot.place(low, y), plot.place(high, y)];
                plot.draw(&PathElement::new(ends, stroke(MarkRole::Trained, colour)))?;
            }
            let place = plot.place(drawn.value, y);
            mark(plot.area, place, drawn.role, colour, &self.title)?;
        }
        let Some(text) = said(row).map(|m| number(m, sheet)) else {
            return Ok(());
        };
        let style = style(sheet.words() - 1.0, MUTED.0, HPos::Left);
        plot.draw(&Text::new(
            text,
            (units(plot.right() + 10.0), middle),
            style,
        ))
    }
}

/// The mark whose number is written right of a row.
fn said(row: &IntervalRow) -> Option<&Mark> {
    let trained = row.marks.iter().find(|m| m.role == MarkRole::Trained);
    trained.or(row.marks.last())
}

fn number(mark: &Mark, sheet: Sheet) -> String {
    match sheet {
        Sheet::Phone => shown(mark.value),
        Sheet::Page | Sheet::File => shown_with_interval(mark.value, mark.interval),
    }
}

fn heading(plot: &Plot<'_, '_>, name: &str, y: f64, sheet: Sheet) -> Result<(), Error> {
    let middle = plot.place(plot.plotted.x.0, y).1;
    let words = style(sheet.words(), MUTED.0, HPos::Left);
    plot.draw(&Text::new(name.to_string(), (units(12.0), middle), words))
}
