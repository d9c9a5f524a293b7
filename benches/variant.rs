//! Benches of `dissensus-variant`.

use std::hint::black_box;

use burn::tensor::Device;
use criterion::{Criterion, Throughput};
use dissensus_bert::{Config, MaskedLm};
use dissensus_lm::{Encoder, Masked, Pool, mean_hidden_states, predict};
use dissensus_tokenize::{Character, Framing, Layout, Role, Tokenizer};
use dissensus_variant::{
    Embedder, MaskedModel, PooledEncoder, ScoreParams, VariantWindow, score_masked,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const WINDOWS: usize = 32;
const LENGTH: usize = 126;

pub fn benches(c: &mut Criterion) {
    let tokenizer = Character::dna(Layout::Standard).expect("a tokenizer");
    let pad = tokenizer
        .specials()
        .require(Role::Pad)
        .expect("a padding token");
    let size = tokenizer.vocabulary().len();
    let config = Config::preset("tiny").expect("a preset");
    let config = config.with_vocabulary(size, pad);
    let model = MaskedLm::new(&config, 0, &Device::flex()).expect("a valid configuration");
    scores(c, &model, &tokenizer);
    features(c, &model, &tokenizer);
}

fn windows() -> Vec<VariantWindow> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut one = || {
        let mut bases = |count| -> Vec<u8> {
            (0..count)
                .map(|_| b"ACGT"[rng.random_range(0..4)])
                .collect()
        };
        let (reference, inserted) = (bases(LENGTH), bases(1));
        VariantWindow::new(reference, LENGTH / 2, 1, inserted).expect("an edit within")
    };
    (0..WINDOWS).map(|_| one()).collect()
}

fn tokens(tokenizer: &Character, bases: &[u8]) -> Vec<u32> {
    let text = std::str::from_utf8(bases).expect("bases");
    tokenizer.encode(text).expect("bases").ids
}

/// Scoring on one strand, against the forward passes that it cannot do without.
fn scores(c: &mut Criterion, model: &MaskedLm, tokenizer: &Character) {
    let windows = windows();
    let params = ScoreParams::default().with_both_strands(false);
    let score = || {
        let found = score_masked(&MaskedModel(model), tokenizer, &windows, &params);
        found.expect("windows that fit")
    };
    let mask = tokenizer
        .specials()
        .require(Role::Mask)
        .expect("a mask token");
    let framing = tokenizer.framing();
    let masked = |window: &VariantWindow| {
        let mut ids = framing.around(&tokens(tokenizer, &window.reference));
        let at = 1 + window.at;
        let targets = vec![ids[at]];
        ids[at] = mask;
        Masked {
            ids,
            positions: vec![at],
            targets,
        }
    };
    let queries: Vec<Masked> = windows.iter().map(masked).collect();
    let forward = || {
        let chunks = predict(model, &queries, params.batch);
        let logits = chunks.flat_map(|chunk| chunk.expect("valid sequences").logits);
        logits.collect::<Vec<f32>>()
    };
    let letters = tokenizer.letters().expect("the letters of every token");
    let place = |base: u8| {
        let base = char::from(base).to_string();
        letters.iter().position(|l| *l == base).expect("a base")
    };
    let logits = forward();
    let width = logits.len() / WINDOWS;
    for ((window, score), row) in windows.iter().zip(score()).zip(logits.chunks(width)) {
        let (from, to) = window.substitution().expect("one base");
        let ratio = f64::from(row[place(to)] - row[place(from)]);
        assert!((score.forward - ratio).abs() < 1e-4);
    }
    let mut group = c.benchmark_group(format!("variant/score/{WINDOWS}x{LENGTH}"));
    group.throughput(Throughput::Elements(WINDOWS as u64));
    group.bench_function("score", |b| b.iter(|| black_box(score())));
    group.bench_function("forward", |b| b.iter(|| black_box(forward())));
    group.finish();
}

/// Features of the tokens that stand for bases, against those of all tokens by `lm`.
fn features(c: &mut Criterion, model: &MaskedLm, tokenizer: &Character) {
    let sequences: Vec<Vec<u8>> = windows().into_iter().map(|w| w.reference).collect();
    let mut encoder = PooledEncoder::new(model, tokenizer, Pool::Mean);
    encoder.framing = Framing::default();
    let ids = sequences.iter().map(|s| tokens(tokenizer, s));
    let ids: Vec<Vec<u32>> = ids.collect();
    let embed = || encoder.embed(&sequences).expect("bases");
    let forward = || {
        let mut tables = mean_hidden_states(model, &ids, encoder.batch).expect("valid ids");
        tables.pop().expect("a layer")
    };
    for (one, other) in embed().concat().iter().zip(forward()) {
        assert!((one - other).abs() < 1e-5);
    }
    let mut group = c.benchmark_group(format!("variant/embed/{WINDOWS}x{LENGTH}"));
    group.throughput(Throughput::Elements((WINDOWS * model.sizes().width) as u64));
    group.bench_function("pooled", |b| b.iter(|| black_box(embed())));
    group.bench_function("forward", |b| b.iter(|| black_box(forward())));
    group.finish();
}
