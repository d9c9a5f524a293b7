//! The integration tests of `dissensus-transfer`.

mod hard_numbers;
mod study;
