//! The integration tests of `dissensus-alignment`.

mod canonical;
mod degenerate;
mod files;
mod golden;
mod hard_input;
mod properties;
