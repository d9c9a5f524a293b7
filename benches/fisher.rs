//! Benches of `dissensus-fisher`.

use criterion::Criterion;

pub fn benches(_c: &mut Criterion) {}
