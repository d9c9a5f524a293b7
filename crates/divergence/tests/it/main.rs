//! The integration tests of `dissensus-divergence`.

mod ensemble;
mod golden;
mod hard_numbers;
mod properties;
