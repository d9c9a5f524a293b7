//! The integration tests of `dissensus-stats`.

mod golden;
mod properties;
