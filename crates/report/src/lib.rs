//! How do I show it: tables, CSV, JSON, SVG figures and one self-contained HTML page.
//!
//! The crate takes plain numbers and knows nothing of how they came about. A number never travels
//! alone: a [`Measure`] carries its interval, its chance level and the values of the members it
//! summarises.
//!
//! ```
//! use dissensus_report::{Measure, Table};
//!
//! let kl = Measure::new("kl_to_uniform", "bits", 2.0)?
//!     .with_interval(1.5, 2.5)?
//!     .with_chance(0.0)?;
//! let mut table = Table::new("Study", ["measure", "value", "chance"]);
//! table.push([kl.id.clone(), kl.shown(), kl.shown_chance()])?;
//! assert_eq!(table.to_csv()?, "measure,value,chance\nkl_to_uniform,2.000 [1.500 2.500],0.000\n");
//! # Ok::<(), dissensus_report::Error>(())
//! ```
//!
//! | item | what it is |
//! |---|---|
//! | [`Measure`], [`State`], [`Ensemble`], [`Results`] | the versioned schema of `results.json` |
//! | [`Table`] | rows of text, printed, or written as CSV, Markdown and HTML |
//! | [`LineChart`], [`BarChart`] | the two figures, as SVG text |
//! | [`Page`] | one HTML file with everything inside it |
//! | [`write_atomically`] | a file that is either whole or absent |
//!
//! What it does not do: compute a statistic, draw to a screen, or load anything from a network.

mod error;
mod figure;
mod file;
mod number;
mod page;
mod results;
mod table;

pub use error::Error;
pub use figure::{Axis, Bar, BarChart, BarSeries, Line, LineChart};
pub use file::write_atomically;
pub use number::{shown, shown_with_interval};
pub use page::Page;
pub use results::{Ensemble, Measure, Results, SCHEMA_VERSION, State};
pub use table::Table;
