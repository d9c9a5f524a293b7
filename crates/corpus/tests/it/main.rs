//! The integration tests of `dissensus-corpus`.

mod cleaning;
mod lenient;
mod malformed;
#[cfg(feature = "parquet")]
mod parquet;
mod readers;
mod real_data;
mod splits;
mod surrogates;
mod windows;
