//! The loops over the vocabulary.

mod cut;
mod mixture;
mod pair;
mod softmax;
mod sort;

pub(crate) use cut::{Cut, cuts, levels};
pub(crate) use mixture::entropy_of_mean;
pub(crate) use pair::{Contrast, Half, contrast, js_divergences, js_term};
pub(crate) use softmax::{Softmax, softmax};
pub(crate) use sort::{Scratch, sort_descending};
