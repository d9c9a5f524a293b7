//! The integration tests of `dissensus-variant`.

mod hard_numbers;
mod oracle;
mod real_data;
mod scores;
