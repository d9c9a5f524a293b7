//! The integration tests of `dissensus-tokenize`.

mod damage;
mod golden;
mod stock;
mod suite;
