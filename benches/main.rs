//! One criterion harness; one module beside this file per crate.
//!
//! Ids read `crate/operation/case/arm`. `cargo bench -- divergence` runs one crate.

mod alignment;
mod bert;
mod corpus;
mod divergence;
mod fisher;
mod layers;
mod probe;
mod reference;
mod source;
mod stats;
mod tokenize;
mod variant;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    all,
    alignment::benches,
    bert::benches,
    corpus::benches,
    divergence::benches,
    fisher::benches,
    layers::benches,
    probe::benches,
    reference::benches,
    source::benches,
    stats::benches,
    tokenize::benches,
    variant::benches,
);
criterion_main!(all);
