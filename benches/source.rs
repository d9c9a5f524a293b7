//! Benches of `dissensus-source`.

use criterion::Criterion;

pub fn benches(_c: &mut Criterion) {}
