//! Benches of `dissensus-tokenize`.

use criterion::Criterion;

pub fn benches(_c: &mut Criterion) {}
