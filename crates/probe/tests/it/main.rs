//! The integration tests of `dissensus-probe`.

mod evaluation;
mod golden;
mod hard_numbers;
