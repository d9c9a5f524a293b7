//! Benches of `dissensus-layers`.

use criterion::Criterion;

pub fn benches(_c: &mut Criterion) {}
