//! A frame with axes, and where a value stands in it.

use plotters::coord::cartesian::Cartesian2d;
use plotters::element::{Drawable, PointCollection};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::Axis;
use super::axis::tick;
use super::colours::{GRID, MUTED};
use super::scale::Scale;
use super::sheet::{Area, Plotted, Sheet, drawing, quiet, rgb, units};
use crate::Error;

/// Where the plot with its axes stands on the sheet, in pixels.
pub(super) struct Frame {
    pub(super) top: f64,
    pub(super) bottom: f64,
    /// Room for what stands left of the plot.
    pub(super) left: f64,
    /// Room for what stands right of it.
    pub(super) right: f64,
}

/// Room for the label of the y axis, above the plot.
const Y_LABEL: f64 = 22.0;
/// Room for ticks and label of the x axis, below the plot.
const X_LABEL: f64 = 44.0;

type Context<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Scale, Scale>>;

/// A plot on an area.
pub(super) struct Plot<'a, 'b> {
    pub(super) area: &'b Area<'a>,
    context: Context<'a>,
    title: &'b str,
    pub(super) plotted: Plotted,
    frame: (f64, f64),
}

impl<'a, 'b> Plot<'a, 'b> {
    /// Lays the axes out; [`Self::axes`] draws them.
    pub(super) fn new(
        area: &'b Area<'a>,
        frame: &Frame,
        (x_axis, x): (Axis, (f64, f64)),
        (y_axis, y): (Axis, (f64, f64)),
        title: &'b str,
    ) -> Result<Self, Error> {
        let (width, height) = area.dim_in_pixel();
        let inner = area.margin(
            units(frame.top + Y_LABEL),
            height as i32 - units(frame.bottom),
            units(12.0),
            units(frame.right),
        );
        let context = ChartBuilder::on(&inner)
            .x_label_area_size(units(X_LABEL))
            .y_label_area_size(units(frame.left - 12.0))
            .build_cartesian_2d(Scale::new(x_axis, x), Scale::new(y_axis, y))
            .map_err(drawing(title))?;
        let pixels = context.plotting_area().get_pixel_range();
        Ok(Self {
            area,
            context,
            title,
            plotted: Plotted {
                pixels,
                x: (x.0, x.1, x_axis),
                y: (y.0, y.1, y_axis),
            },
            frame: (f64::from(width) / 10.0, frame.top),
        })
    }

    /// Draws both axes with grid, ticks and labels.
    pub(super) fn axes(mut self, sheet: Sheet, x: &str, y: &str) -> Result<Self, Error> {
        let narrow = sheet == Sheet::Phone;
        self.context
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(rgb(GRID.0).stroke_width(10))
            .axis_style(rgb(MUTED.0).stroke_width(10))
            .x_label_style(quiet(sheet, HPos::Center))
            .y_label_style(quiet(sheet, HPos::Right))
            .x_labels(if narrow { 5 } else { 9 })
            .y_labels(6)
            .x_label_formatter(&|v| tick(*v))
            .y_label_formatter(&|v| tick(*v))
            .set_all_tick_mark_size(units(4.0))
            .draw()
            .map_err(drawing(self.title))?;
        let y_place = (units(12.0), units(self.frame.1 + 8.0));
        self.draw(&Text::new(y.to_string(), y_place, quiet(sheet, HPos::Left)))?;
        self.x_label(sheet, x)?;
        Ok(self)
    }

    /// Draws the x axis only.
    pub(super) fn x_axis(mut self, sheet: Sheet, x: &str) -> Result<Self, Error> {
        self.context
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(rgb(GRID.0).stroke_width(10))
            .axis_style(rgb(MUTED.0).stroke_width(10))
            .label_style(quiet(sheet, HPos::Center))
            .x_labels(if sheet == Sheet::Phone { 4 } else { 8 })
            .x_label_formatter(&|v| tick(*v))
            .set_all_tick_mark_size(units(4.0))
            .draw()
            .map_err(drawing(self.title))?;
        self.x_label(sheet, x)?;
        Ok(self)
    }

    fn x_label(&self, sheet: Sheet, text: &str) -> Result<(), Error> {
        let (left, right) = (self.left(), self.right());
        let place = (
            units((left + right) / 2.0),
            units(self.vertical().1 + X_LABEL - 12.0),
        );
        self.draw(&Text::new(
            text.to_string(),
            place,
            quiet(sheet, HPos::Center),
        ))
    }

    /// Where a value stands, in units.
    pub(super) fn place(&self, x: f64, y: f64) -> (i32, i32) {
        self.context.backend_coord(&(x, y))
    }

    /// Both ends of a level line.
    pub(super) fn across(&self, level: f64) -> ((i32, i32), (i32, i32)) {
        let y = self.place(self.plotted.x.0, level).1;
        let pixels = &self.plotted.pixels.0;
        ((pixels.start, y), (pixels.end, y))
    }

    /// The left edge of the plot in pixels.
    pub(super) fn left(&self) -> f64 {
        f64::from(self.plotted.pixels.0.start) / 10.0
    }

    /// The right edge of the plot in pixels.
    pub(super) fn right(&self) -> f64 {
        f64::from(self.plotted.pixels.0.end) / 10.0
    }

    /// The upper and the lower edge of the plot in pixels.
    pub(super) fn vertical(&self) -> (f64, f64) {
        let y = &self.plotted.pixels.1;
        (f64::from(y.start) / 10.0, f64::from(y.end) / 10.0)
    }

    /// Draws one element, given in units.
    pub(super) fn draw<E>(&self, element: &E) -> Result<(), Error>
    where
        for<'e> &'e E: PointCollection<'e, (i32, i32)>,
        E: Drawable<SVGBackend<'a>>,
    {
        self.area.draw(element).map_err(drawing(self.title))
    }
}
