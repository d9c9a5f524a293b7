//! Benches of `dissensus-stats`.

use criterion::Criterion;

pub fn benches(_c: &mut Criterion) {}
