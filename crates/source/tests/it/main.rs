//! The integration tests of `dissensus-source`.

mod built_in;
mod enumeration;
mod golden;
mod properties;
