//! Benches of `dissensus-reference`.

use criterion::Criterion;

pub fn benches(_c: &mut Criterion) {}
