//! The integration tests of `dissensus-input`.

mod cases;
mod documents;
mod real_data;
mod regions;
