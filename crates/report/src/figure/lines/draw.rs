//! Putting a line chart on paper.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{Line, LineChart};
use crate::Error;
use crate::figure::colours::{INK, MUTED};
use crate::figure::key::{self, Entry, draw_key, mark, places, stroke};
use crate::figure::labels;
use crate::figure::plot::{Frame, Plot};
use crate::figure::sheet::{Sheet, render, style, units};
use crate::figure::{Colours, MarkRole};

/// Height of the plot with its axes, in pixels.
const PLOT: f64 = 400.0;
/// The same on a phone.
const PHONE_PLOT: f64 = 310.0;
/// Most points that get a dot on their line.
const DOTS: usize = 14;
/// Smallest distance of two labels in pixels.
const LABEL_GAP: f64 = 16.0;

/// A label at the end of a line; several lines of one name share it.
struct End {
    text: String,
    subject: String,
    role: MarkRole,
    places: Vec<(i32, i32)>,
}

impl LineChart {
    /// The chart as SVG text.
    pub(in crate::figure) fn draw(&self, colours: &Colours, sheet: Sheet) -> Result<String, Error> {
        let [x, y] = self.ranges()?;
        let key = self.key(sheet);
        let plot = if sheet == Sheet::Phone {
            PHONE_PLOT
        } else {
            PLOT
        };
        let below = places(&key, sheet, 8.0).1;
        let frame = Frame {
            top: sheet.top(),
            bottom: sheet.top() + plot,
            left: 56.0,
            right: self.room(sheet),
        };
        render(&self.title, sheet, frame.bottom + below, |area| {
            let plot = Plot::new(
                area,
                &frame,
                (self.x_axis, x),
                (self.y_axis, y),
                &self.title,
            )?;
            let axes = plot.axes(sheet, &self.x_label, &self.y_label)?;
            self.references(&axes, colours)?;
            for line in self.lines.iter().filter(|l| !l.scattered) {
                self.band(&axes, line, colours)?;
            }
            for line in &self.lines {
                self.line(&axes, line, colours)?;
            }
            if sheet != Sheet::Phone {
                self.end_labels(&axes, colours, sheet)?;
            }
            let top = frame.bottom + key::KEY_LINE / 2.0;
            draw_key(area, &key, (8.0, top), sheet, colours, &self.title)?;
            Ok(axes.plotted)
        })
    }

    /// Room right of the plot for the labels, in pixels.
    fn room(&self, sheet: Sheet) -> f64 {
        if sheet == Sheet::Phone {
            return 10.0;
        }
        let lines = self.drawn().filter(|line| !line.scattered);
        let lines = lines.map(|line| line.role.label(&line.subject));
        let levels = self.levels().map(|l| l.role.label(&l.subject));
        let widest = lines
            .chain(levels)
            .map(|text| labels::width(&text) * sheet.words())
            .fold(0.0, f64::max);
        (widest + 34.0).clamp(20.0, 230.0)
    }

    /// The entries of the key: what is drawn and has no label at its end.
    fn key(&self, sheet: Sheet) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let lines = self
            .drawn()
            .filter(|line| line.scattered || sheet == Sheet::Phone)
            .map(|line| (&line.subject, line.role, line.scattered));
        let levels = self.levels().map(|l| (&l.subject, l.role, false));
        let levels = levels.filter(|_| sheet == Sheet::Phone);
        for (subject, role, mark) in lines.chain(levels) {
            let text = role.label(subject);
            if !entries.iter().any(|entry| entry.text == text) {
                entries.push(Entry {
                    text,
                    subject: subject.clone(),
                    role,
                    mark,
                });
            }
        }
        entries
    }

    fn references(&self, plot: &Plot<'_, '_>, colours: &Colours) -> Result<(), Error> {
        for line in self.levels() {
            let (from, to) = plot.across(line.level);
            let colour = colours.of(&line.subject);
            plot.draw(&PathElement::new(vec![from, to], stroke(line.role, colour)))?;
        }
        Ok(())
    }

    /// The intervals of a line: along their upper ends, back along the lower ones.
    fn band(&self, plot: &Plot<'_, '_>, line: &Line, colours: &Colours) -> Result<(), Error> {
        let ends = || {
            self.visible(line)
                .filter_map(|p| Some((p.x, self.interval(p)?)))
        };
        let upper = ends().map(|(x, (_, high))| plot.place(x, high));
        let lower = ends().map(|(x, (low, _))| plot.place(x, low));
        let outline: Vec<(i32, i32)> = upper.chain(lower.rev()).collect();
        if outline.len() < 4 {
            return Ok(());
        }
        let fill = colours.of(&line.subject).mix(0.13).filled();
        plot.draw(&Polygon::new(outline, fill))
    }

    fn line(&self, plot: &Plot<'_, '_>, line: &Line, colours: &Colours) -> Result<(), Error> {
        let colour = colours.of(&line.subject);
        let at: Vec<(i32, i32)> = self.visible(line).map(|p| plot.place(p.x, p.y)).collect();
        if !line.scattered && at.len() > 1 {
            plot.draw(&PathElement::new(at.clone(), stroke(line.role, colour)))?;
        }
        if line.scattered {
            for (x, (low, high)) in self
                .visible(line)
                .filter_map(|p| Some((p.x, self.interval(p)?)))
            {
                let whisker = vec![plot.place(x, low), plot.place(x, high)];
                plot.draw(&PathElement::new(
                    whisker,
                    stroke(MarkRole::Published, colour),
                ))?;
            }
        }
        let dots = line.role == MarkRole::Trained && at.len() <= DOTS;
        if line.scattered || line.role == MarkRole::Published || at.len() == 1 {
            for place in at {
                mark(plot.area, place, line.role, colour, &self.title)?;
            }
        } else if dots {
            for place in at {
                plot.draw(&Circle::new(place, units(2.8), colour.filled()))?;
            }
        }
        Ok(())
    }

    fn end_labels(
        &self,
        plot: &Plot<'_, '_>,
        colours: &Colours,
        sheet: Sheet,
    ) -> Result<(), Error> {
        let ends = self.ends(plot);
        let (left, right) = (plot.right(), sheet.width());
        let middle = |end: &End| {
            let sum: f64 = end.places.iter().map(|p| f64::from(p.1)).sum();
            sum / end.places.len() as f64 / 10.0
        };
        let wanted: Vec<f64> = ends.iter().map(middle).collect();
        let (top, bottom) = plot.vertical();
        let found = labels::apart(&wanted, LABEL_GAP, top + 4.0, bottom - 4.0);
        for (end, y) in ends.iter().zip(found) {
            let at = (units(left + 28.0), units(y));
            let colour = colours.of(&end.subject);
            // The sample leads from the last point to the words, in the stroke of the line.
            let first = end.places[0];
            let start = if end.places.len() == 1 {
                first
            } else {
                (first.0, units(middle(end)))
            };
            let elbow = [start, (units(left + 8.0), at.1), (units(left + 23.0), at.1)];
            plot.draw(&PathElement::new(
                elbow[..2].to_vec(),
                stroke(MarkRole::Published, colour),
            ))?;
            plot.draw(&PathElement::new(
                elbow[1..].to_vec(),
                stroke(end.role, colour),
            ))?;
            let text = labels::cut(&end.text, (right - left - 30.0) / sheet.words());
            let rgb = if end.role == MarkRole::Trained {
                INK.0
            } else {
                MUTED.0
            };
            plot.draw(&Text::new(text, at, style(sheet.words(), rgb, HPos::Left)))?;
        }
        Ok(())
    }

    /// The labels, in the order of the lines, and where their lines end.
    fn ends(&self, plot: &Plot<'_, '_>) -> Vec<End> {
        let mut ends: Vec<End> = Vec::new();
        let lines = self.lines.iter().filter(|line| !line.scattered);
        let lines = lines.filter_map(|line| {
            let last = self.visible(line).next_back()?;
            Some((&line.subject, line.role, plot.place(last.x, last.y)))
        });
        let levels = self
            .levels()
            .map(|l| (&l.subject, l.role, plot.across(l.level).1));
        for (subject, role, place) in lines.chain(levels) {
            match ends
                .iter_mut()
                .find(|end| &end.subject == subject && end.role == role)
            {
                Some(end) => end.places.push(place),
                None => ends.push(End {
                    text: role.label(subject),
                    subject: subject.clone(),
                    role,
                    places: vec![place],
                }),
            }
        }
        ends
    }
}
