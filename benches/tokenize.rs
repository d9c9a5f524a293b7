//! Benches of `dissensus-tokenize`, the Hugging Face library beside it where it finishes.

use criterion::{Criterion, Throughput};
use dissensus_source::{DnaLike, Source};
use dissensus_tokenize::{Bpe, BpeParams, Character, Kmer, Layout, Tokenizer};
use std::hint::black_box;
use tokenizers::Tokenizer as Stock;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::whitespace::Whitespace;

pub fn benches(c: &mut Criterion) {
    let dna = DnaLike::default().text(1, 0, 1 << 20);
    let bpe = Bpe::train([&dna], params(1024)).unwrap();
    encode(
        c,
        "kmer6",
        &Kmer::new(6, Layout::Standard).unwrap(),
        &dna,
        1 << 14,
    );
    encode(
        c,
        "char",
        &Character::dna(Layout::Standard).unwrap(),
        &dna,
        1 << 14,
    );
    encode(c, "bpe", &bpe, &dna, 1 << 14);
    train(c, &dna);
}

fn params(vocabulary_size: usize) -> BpeParams {
    BpeParams::default().with_vocabulary_size(vocabulary_size)
}

/// Ours on the whole sequence as one word and in windows; the stock library on a part, from our
/// file, with the same ids.
fn encode(c: &mut Criterion, case: &str, ours: &dyn Tokenizer, dna: &str, part: usize) {
    let stock = Stock::from_bytes(ours.to_json().unwrap()).unwrap();
    let part = &dna[..part];
    assert_eq!(
        stock.encode_fast(part, false).unwrap().get_ids(),
        ours.encode(part).unwrap().ids
    );

    let mut group = c.benchmark_group(format!("tokenize/encode/{case}"));
    let mut ids = Vec::new();
    group.throughput(Throughput::Bytes(dna.len() as u64));
    group.bench_function("one_word", |b| {
        b.iter(|| {
            ids.clear();
            ours.encode_ids(black_box(dna), &mut ids).unwrap();
        })
    });
    group.throughput(Throughput::Bytes(part.len() as u64));
    group.bench_function("window", |b| {
        b.iter(|| {
            ids.clear();
            ours.encode_ids(black_box(part), &mut ids).unwrap();
        })
    });
    group.bench_function("window_offsets", |b| {
        b.iter(|| ours.encode(black_box(part)).unwrap())
    });
    group.bench_function("window_stock", |b| {
        b.iter(|| stock.encode_fast(black_box(part), false).unwrap())
    });
    group.finish();
}

/// One word of DNA. The stock trainer's time grows with the square of its length, so it gets a
/// short one.
fn train(c: &mut Criterion, dna: &str) {
    let short = &dna[..1 << 14];
    let merges = |bpe: &Bpe| bpe.merges().count();
    assert_eq!(
        stock_merges(short, 256),
        merges(&Bpe::train([short], params(256)).unwrap())
    );

    let mut group = c.benchmark_group("tokenize/train");
    group.sample_size(10);
    for (case, text) in [("bpe_16k", short), ("bpe_1m", dna)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{case}/ours"), |b| {
            b.iter(|| Bpe::train([text], params(256)).unwrap())
        });
    }
    group.throughput(Throughput::Bytes(short.len() as u64));
    group.bench_function("bpe_16k/stock", |b| b.iter(|| stock_merges(short, 256)));
    group.finish();
}

fn stock_merges(text: &str, vocabulary_size: usize) -> usize {
    let mut stock = Stock::new(BPE::default());
    stock.with_pre_tokenizer(Some(Whitespace));
    // Ours has five special tokens besides.
    let trainer = BpeTrainer::builder()
        .vocab_size(vocabulary_size - 5)
        .show_progress(false)
        .build();
    stock
        .train(&mut TrainerWrapper::from(trainer), [text].into_iter())
        .unwrap();
    let json: serde_json::Value = serde_json::from_str(&stock.to_string(false).unwrap()).unwrap();
    json["model"]["merges"].as_array().unwrap().len()
}
