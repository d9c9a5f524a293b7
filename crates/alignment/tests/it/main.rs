//! The integration tests of `dissensus-alignment`.

mod degenerate;
mod files;
mod golden;
mod hard_input;
mod properties;
