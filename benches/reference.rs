//! Benches of `dissensus-reference`.

use criterion::{Criterion, Throughput};
use dissensus_reference::{
    ContextTree, CopyModel, CopyModelParams, Predictor, TwoSided, TwoSidedParams, code_length,
    conditional_entropy, lempel_ziv,
};
use dissensus_source::{DnaLike, Source, TextLike};

/// Enough for deep contexts to leave the caches; a smoke run takes less.
fn length() -> usize {
    if std::env::args().any(|a| a == "--test") {
        20_000
    } else {
        2_000_000
    }
}

#[expect(clippy::unwrap_used, reason = "a bench fails loudly")]
pub fn benches(c: &mut Criterion) {
    let dna = DnaLike::default().document(1, 0, length());
    let text = TextLike::default();
    let letters = text.alphabet().size();
    let text = text.document(1, 0, length() / 4);
    let mut group = c.benchmark_group("reference/code_length");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(dna.len() as u64));
    for depth in [8, 12, 16] {
        let new = move || ContextTree::new(4, depth).unwrap();
        agree(&mut new(), &mut new(), &dna[..5_000]);
        group.bench_function(format!("dna/context-tree-{depth}"), |b| {
            b.iter(|| cost(&mut new(), &dna))
        });
    }
    let copies = || CopyModel::new(CopyModelParams::dna()).unwrap();
    agree(&mut copies(), &mut copies(), &dna[..5_000]);
    group.bench_function("dna/copy-model", |b| b.iter(|| cost(&mut copies(), &dna)));
    group.throughput(Throughput::Bytes(text.len() as u64));
    for depth in [4, 12] {
        let new = move || ContextTree::new(letters, depth).unwrap();
        agree(&mut new(), &mut new(), &text[..5_000]);
        group.bench_function(format!("text/context-tree-{depth}"), |b| {
            b.iter(|| cost(&mut new(), &text))
        });
    }
    group.finish();
    others(c, &dna);
}

#[expect(clippy::unwrap_used, reason = "a bench fails loudly")]
fn others(c: &mut Criterion, dna: &[u8]) {
    let dna = &dna[..dna.len() / 8];
    let known: Vec<Option<u8>> = dna.iter().map(|&x| Some(x)).collect();
    let mut group = c.benchmark_group("reference/estimate");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(dna.len() as u64));
    let two_sided = || {
        let mut model = TwoSided::new(TwoSidedParams::dna()).unwrap();
        model.learn_and_score(&known, 1_000).unwrap().bits
    };
    group.bench_function("dna/two-sided", |b| b.iter(two_sided));
    group.bench_function("dna/lempel-ziv", |b| b.iter(|| lempel_ziv(dna).unwrap()));
    group.bench_function("dna/block-entropy-6", |b| {
        b.iter(|| conditional_entropy(&known, 4, 5, 1_000).unwrap())
    });
    group.finish();
}

fn cost(predictor: &mut dyn Predictor, symbols: &[u8]) -> f64 {
    let length = code_length(predictor, symbols.iter().map(|&x| Some(x)), 10_000);
    length.expect("the symbols are those of the alphabet").bits
}

/// Symbols handed over together cost what they cost one by one.
fn agree(together: &mut dyn Predictor, alone: &mut dyn Predictor, symbols: &[u8]) {
    let one_by_one: f64 = symbols.iter().map(|&x| alone.push(x)).sum();
    assert!((cost(together, symbols) - one_by_one).abs() < 1e-6);
}
