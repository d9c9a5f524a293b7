//! The integration tests of `dissensus-bert`.

mod folders;
mod golden;
mod training;
