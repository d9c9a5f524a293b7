//! Benches of `dissensus-bert`.

use burn::tensor::Device;
use criterion::{BenchmarkId, Criterion, Throughput};
use dissensus_bert::{
    Batch, Budget, Config, Data, Encoder, Masked, MaskedLanguageModel, MaskedLm, Masking, Pass,
    Trainer, TrainingConfig, predict,
};
use std::hint::black_box;

const VOCABULARY: usize = 4096;
const ROWS: usize = 8;
const TIME: usize = 128;

pub fn benches(c: &mut Criterion) {
    masking(c);
    logits(c);
    step(c);
}

fn config() -> Config {
    let config = Config::preset("tiny").expect("a preset");
    let (hidden_dropout_prob, attention_probs_dropout_prob) = (0.0, 0.0);
    Config {
        hidden_dropout_prob,
        attention_probs_dropout_prob,
        ..config
    }
    .with_vocabulary(VOCABULARY, 1)
}

fn model() -> MaskedLm {
    MaskedLm::new(&config(), 0, &Device::flex()).expect("a valid configuration")
}

fn sequences() -> Vec<Vec<u32>> {
    let token = |i: usize| 5 + (i * 7919 % (VOCABULARY - 5)) as u32;
    (0..ROWS)
        .map(|row| (0..TIME).map(|t| token(row * TIME + t)).collect())
        .collect()
}

fn specials() -> [u32; 5] {
    [0, 1, 2, 3, 4]
}

fn masked() -> Vec<Masked> {
    let masking = Masking::analysis(VOCABULARY, 4, &specials());
    masking.mask_all(&sequences(), 1).expect("valid masking")
}

fn masking(c: &mut Criterion) {
    let masking = Masking::training(VOCABULARY, 4, &specials());
    let sequences = sequences();
    let mut group = c.benchmark_group("bert/mask");
    group.throughput(Throughput::Elements((ROWS * TIME) as u64));
    group.bench_function(BenchmarkId::new("8x128", "training"), |b| {
        b.iter(|| masking.mask_all(black_box(&sequences), 1))
    });
    group.finish();
}

/// The head at the masked positions only, against the head everywhere.
fn logits(c: &mut Criterion) {
    let (model, masked) = (model(), masked());
    let few = || {
        let chunks =
            predict(&model, &masked, ROWS).map(|chunk| chunk.expect("valid sequences").logits);
        chunks.flatten().collect::<Vec<f32>>()
    };
    let all = || {
        let ids: Vec<_> = masked.iter().map(|m| &m.ids[..]).collect();
        let batch = Batch::new(&ids, &model.sizes()).expect("valid sequences");
        let logits = model.logits(&batch, &Pass::default()).into_data();
        let logits = logits.as_slice::<f32>().expect("single precision").to_vec();
        let rows = masked
            .iter()
            .enumerate()
            .flat_map(|(row, m)| m.positions.iter().map(move |p| row * TIME + p));
        rows.flat_map(|row| logits[row * VOCABULARY..][..VOCABULARY].to_vec())
            .collect::<Vec<f32>>()
    };
    assert!(few().iter().zip(all()).all(|(a, b)| (a - b).abs() < 1e-5));
    let mut group = c.benchmark_group("bert/logits");
    group
        .throughput(Throughput::Elements((ROWS * TIME) as u64))
        .sample_size(20);
    group.bench_function(BenchmarkId::new("tiny-8x128", "masked"), |b| b.iter(few));
    group.bench_function(BenchmarkId::new("tiny-8x128", "everywhere"), |b| {
        b.iter(all)
    });
    group.finish();
}

/// A training step over the batch at once, and in micro-batches.
fn step(c: &mut Criterion) {
    let trainer = |micro_batch| {
        let masking = Masking::training(VOCABULARY, 4, &specials());
        let data = Data::new(sequences(), vec![], masking);
        let budget = Budget::Steps(1 << 20);
        let settings = TrainingConfig::default()
            .with_batch(ROWS)
            .with_micro_batch(micro_batch)
            .with_budget(budget);
        Trainer::new(model(), settings, data).expect("valid settings")
    };
    let loss = |trainer: &mut Trainer| {
        trainer
            .step()
            .expect("a finite loss")
            .expect("a long run")
            .loss
    };
    let (whole, micro) = (loss(&mut trainer(None)), loss(&mut trainer(Some(2))));
    assert!((whole - micro).abs() < 1e-4);
    let mut group = c.benchmark_group("bert/step");
    group
        .throughput(Throughput::Elements((ROWS * TIME) as u64))
        .sample_size(10);
    for (name, micro_batch) in [("whole", None), ("micro-batches of 2", Some(2))] {
        let mut trainer = trainer(micro_batch);
        group.bench_function(BenchmarkId::new("tiny-8x128", name), |b| {
            b.iter(|| loss(&mut trainer))
        });
    }
    group.finish();
}
