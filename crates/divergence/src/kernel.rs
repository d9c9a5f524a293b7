//! The loops over the vocabulary.

mod curve;
mod cut;
mod mixture;
mod pair;
mod softmax;
mod sort;
mod term;

pub(crate) use curve::add_units;
pub(crate) use cut::{Cut, cuts, levels};
pub(crate) use mixture::{add_row, entropy_of, entropy_without};
pub(crate) use pair::{Contrast, Part, Whole, contrast, improbable, js_divergence, js_term, roots};
pub(crate) use softmax::{Softmax, softmax};
pub(crate) use sort::{Scratch, sort_descending};
