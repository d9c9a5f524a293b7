//! Benches of `dissensus-corpus`.

use criterion::Criterion;

pub fn benches(_c: &mut Criterion) {}
