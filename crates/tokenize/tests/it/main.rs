//! The integration tests of `dissensus-tokenize`.

mod damage;
mod folders;
mod golden;
mod stock;
mod suite;
