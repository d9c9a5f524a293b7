//! Reports of measures: findings in words, tables, figures and one self-contained HTML page.
//!
//! The crate takes plain numbers and knows nothing of how they came about. A number never travels
//! alone: a [`Measure`] carries its interval, its chance level, the oracle's value and the values
//! of the members it summarises, and a [`Comparison`] of two says what they allow to be said.
//!
//! ```
//! use dissensus_report::{Better, ChanceComparison, Measure, Subject, Verdict};
//!
//! let loss = |value: f64| {
//!     Measure::new("loss", "bits", value)?
//!         .with_interval(value - 0.1, value + 0.1)?
//!         .with_chance(12.0)
//! };
//! let found = ChanceComparison {
//!     quantity: "loss".into(),
//!     unit: "bits".into(),
//!     better: Better::Lower,
//!     claim: "predict better".into(),
//!     subject: Subject::measured("the text members", &loss(9.1)?, Some(&loss(12.2)?)),
//! }
//! .finding();
//! assert_eq!(found.verdict, Verdict::Shown);
//! assert!(found.sentence.contains("9.100 [9.000 9.200] bits; chance 12.00"));
//! # Ok::<(), dissensus_report::Error>(())
//! ```
//!
//! | item | what it is |
//! |---|---|
//! | [`Measure`], [`State`], [`Ensemble`], [`Results`] | the versioned schema of `results.json` |
//! | [`Comparison`], [`ChanceComparison`], [`Subject`], [`FindingValue`] | questions of the numbers |
//! | [`Finding`], [`Verdict`] | what they allow to be said, as a sentence |
//! | [`Table`], [`Cell`] | one number a cell; printed, or written as CSV, Markdown and HTML |
//! | [`LineChart`], [`IntervalChart`], [`Figure`] | the figures, as SVG text with their data |
//! | [`MarkRole`], [`Colours`], [`Axis`] | one stroke and mark for a role, one colour for a subject |
//! | [`Page`], [`Section`], [`RunCard`], [`Disclosure`] | one HTML file with everything inside it |
//! | [`write_atomically`] | a file that is either whole or absent |
//! | [`shown`], [`shown_with_interval`], [`shown_count`] | numbers as they are printed |
//!
//! What it does not do: compute a statistic, draw to a screen, look at a clock, or load anything
//! from a network.

mod card;
mod error;
mod figure;
mod file;
mod finding;
mod number;
mod page;
mod results;
mod table;

pub use card::RunCard;
pub use error::Error;
pub use figure::{
    Axis, Chart, Colours, Figure, IntervalChart, IntervalGroup, IntervalRow, Line, LineChart, Mark,
    MarkRole, Point, ReferenceLine, Sheet,
};
pub use file::write_atomically;
pub use finding::{Better, ChanceComparison, Comparison, Finding, FindingValue, Subject, Verdict};
pub use number::{shown, shown_count, shown_with_interval};
pub use page::{Disclosure, Page, Section};
pub use results::{Ensemble, Measure, Results, SCHEMA_VERSION, State};
pub use table::{Cell, Table};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
