//! The integration tests of `dissensus-layers`.

mod muon;
mod twins;
