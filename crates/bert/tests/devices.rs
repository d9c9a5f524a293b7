//! Every further device of this build gives what the default one gives, within rounding.
//!
//! A device that the machine lacks is passed over, and a line on standard error says so.
#![cfg(any(feature = "ndarray", feature = "cuda", feature = "wgpu"))]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

#[path = "devices/gradients.rs"]
mod gradients;

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use burn::tensor::{Device, Tensor};
use dissensus_bert::{
    Batch, Budget, Config, Data, Encoder, Masked, MaskedLanguageModel, MaskedLm, Masking, Observer,
    Pass, Precision, Seeds, Step, Trainer, TrainingConfig, device, evaluate, parameter_values,
    predict,
};

const NAMES: &[&str] = &[
    #[cfg(feature = "ndarray")]
    "ndarray",
    #[cfg(feature = "cuda")]
    "cuda",
    #[cfg(feature = "wgpu")]
    "wgpu",
    #[cfg(feature = "vulkan")]
    "vulkan",
];

/// The devices that answer.
static OTHERS: LazyLock<Vec<(&str, Device)>> = LazyLock::new(|| {
    let answering = |&name: &&'static str| match device(name) {
        Ok(device) => Some((name, device)),
        Err(error) => {
            // Past the test harness, which shows the output of failing tests only.
            let line = format!("SKIPPED on {name}: {error}\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            None
        }
    };
    NAMES.iter().filter_map(answering).collect()
});

/// How far sums of products may be apart, relative to what they are on the default device.
///
/// A card of NVIDIA multiplies single precision through TF32, ten bits behind the point: logits
/// were 4e-4 apart on an H200.
fn rounding(device: &str) -> f64 {
    match device {
        "cuda" => 1e-3,
        _ => 1e-5,
    }
}

const VOCABULARY: usize = 40;
const KEPT: [u32; 5] = [0, 1, 2, 3, 4];

fn model(device: &Device) -> MaskedLm {
    let config = Config {
        hidden_size: 48,
        intermediate_size: 80,
        num_attention_heads: 4,
        max_position_embeddings: 32,
        ..Config::preset("tiny").unwrap()
    };
    MaskedLm::new(&config.with_vocabulary(VOCABULARY, 1), 1, device).unwrap()
}

/// Of differing lengths, so that batches are padded.
fn sequences(count: u32) -> Vec<Vec<u32>> {
    let token = |i: u32, t: u32| 5 + (i * 7 + t * (i + 3)) % 35;
    (0..count)
        .map(|i| (0..20 + i % 5).map(|t| token(i, t)).collect())
        .collect()
}

fn masked() -> Vec<Masked> {
    let masking = Masking::analysis(VOCABULARY, 4, &KEPT);
    masking.mask_all(&sequences(6), 5).unwrap()
}

/// The Euclidean norm.
fn norm(values: impl IntoIterator<Item = f32>) -> f64 {
    let squares = values.into_iter().map(|x| f64::from(x) * f64::from(x));
    squares.sum::<f64>().sqrt()
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    norm(a.iter().zip(b).map(|(a, b)| a - b))
}

#[track_caller]
fn assert_close(a: &[f32], b: &[f32], relative: f64, what: &str) {
    let (apart, size) = (distance(a, b), norm(a.iter().copied()));
    assert!(apart <= relative * size, "{what}: {apart} of {size}");
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

#[test]
fn logits_agree() {
    let sequences = sequences(5);
    let logits = |device: &Device| {
        let model = model(device);
        let batch = Batch::new(&sequences, &model.sizes()).unwrap();
        floats(model.logits(&batch, &Pass::default()))
    };
    let expected = logits(&Device::flex());
    for (name, device) in OTHERS.iter() {
        assert_close(&expected, &logits(device), rounding(name), name);
    }
}

#[test]
fn evaluations_and_predictions_agree() {
    let found = |device: &Device| {
        let (model, masked) = (model(device), masked());
        let chunks = predict(&model, &masked, 4).map(|chunk| chunk.unwrap().logits);
        let logits: Vec<f32> = chunks.collect::<Vec<_>>().concat();
        (evaluate(&model, &masked, 4).unwrap(), logits)
    };
    let (expected, logits) = found(&Device::flex());
    for (name, device) in OTHERS.iter() {
        let (evaluation, others) = found(device);
        assert_close(&logits, &others, rounding(name), name);
        assert!(
            (evaluation.loss - expected.loss).abs() < rounding(name),
            "{name}: {evaluation:?}"
        );
        assert_eq!(evaluation.accuracy, expected.accuracy, "{name}");
    }
}

fn settings() -> TrainingConfig {
    TrainingConfig::default()
        .with_batch(6)
        .with_micro_batch(Some(2))
        .with_learning_rate(3e-3)
        .with_budget(Budget::Steps(STEPS))
        .with_evaluate_every(Some(3))
        .with_seeds(Seeds {
            init: 0,
            order: 1,
            masks: 2,
            dropout: 3,
        })
}

const STEPS: u64 = 8;

fn data() -> Data {
    let masking = Masking::training(VOCABULARY, 4, &KEPT);
    Data::new(sequences(14), sequences(4), masking)
}

fn trainer(device: &Device) -> Trainer {
    Trainer::new(model(device), settings(), data()).unwrap()
}

/// The losses of the steps; stops after so many.
struct Losses(Vec<f64>, usize);

impl Observer<MaskedLm> for Losses {
    fn stepped(&mut self, step: &Step) -> ControlFlow<()> {
        self.0.push(step.loss);
        match self.0.len() == self.1 {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

fn losses(trainer: &mut Trainer, limit: usize) -> Vec<f64> {
    let mut losses = Losses(Vec::new(), limit);
    trainer.run(&mut losses).unwrap();
    losses.0
}

#[track_caller]
fn assert_losses_close(a: &[f64], b: &[f64], what: &str) {
    assert_eq!((a.len(), b.len()), (STEPS as usize, STEPS as usize));
    for (step, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() < 1e-3, "{what}, step {step}: {a} is not {b}");
    }
}

#[test]
fn training_agrees_on_one_device_on_two_and_on_two_kinds_at_once() {
    let expected = losses(&mut trainer(&Device::flex()), usize::MAX);
    for (name, device) in OTHERS.iter() {
        let cases = [
            (device, vec![]),
            (device, vec![device.clone()]),
            (&Device::flex(), vec![device.clone()]),
            (device, vec![Device::flex(), device.clone()]),
        ];
        for (first, replicas) in cases {
            let what = format!("{name}: {first:?} with {replicas:?}");
            let mut trainer = trainer(first).with_replicas(&replicas).unwrap();
            assert_losses_close(&expected, &losses(&mut trainer, usize::MAX), &what);
        }
    }
}

#[test]
fn a_model_saved_on_one_device_is_the_same_on_another() {
    let folder = tempfile::tempdir().unwrap();
    for (name, device) in OTHERS.iter() {
        for (from, to) in [(&Device::flex(), device), (device, &Device::flex())] {
            let saved = model(from);
            saved.save(folder.path()).unwrap();
            let loaded = MaskedLm::load(folder.path(), to).unwrap();
            assert_eq!(loaded.device(), *to, "{name}");
            assert_eq!(
                parameter_values(&saved),
                parameter_values(&loaded),
                "{name}"
            );
        }
    }
}

#[test]
fn a_run_saved_on_one_device_is_continued_on_another() {
    let expected = losses(&mut trainer(&Device::flex()), usize::MAX);
    for (name, device) in OTHERS.iter() {
        for (from, to) in [(&Device::flex(), device), (device, &Device::flex())] {
            let folder = tempfile::tempdir().unwrap();
            let mut begun = trainer(from);
            let mut seen = losses(&mut begun, 4);
            begun.save(folder.path()).unwrap();
            let mut resumed = Trainer::resume(folder.path(), settings(), data(), to).unwrap();
            assert_eq!(resumed.steps_done(), 4);
            seen.extend(losses(&mut resumed, usize::MAX));
            assert_losses_close(&expected, &seen, name);
        }
    }
}
