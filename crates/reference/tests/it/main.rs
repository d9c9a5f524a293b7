//! The integration tests of `dissensus-reference`.

mod context_tree;
mod golden;
mod properties;
mod published;
