//! Figures: what is drawn, in which colour, and the data behind it.

mod axis;
mod chart;
mod colours;
mod data;
mod intervals;
mod key;
mod labels;
mod lines;
mod plot;
mod role;
mod scale;
mod sheet;

pub use axis::Axis;
pub use chart::{Chart, Figure};
pub use colours::Colours;
pub use intervals::{IntervalChart, IntervalGroup, IntervalRow, Mark};
pub use lines::{Line, LineChart, Point, ReferenceLine};
pub use role::MarkRole;
pub use sheet::Sheet;

pub(crate) use colours::{DARK, GREY, GRID, INK, LIGHT, MUTED, PAPER};
