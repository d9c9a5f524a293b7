//! Training: it learns, it repeats, it resumes.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod faults;
mod replicas;
mod threads;

use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::Device;
use dissensus_bert::{
    Budget, Config, Data, Decay, Evaluated, MaskedLm, Masking, MuonConfig, Observer, Precision,
    Seeds, Step, Trainer, TrainingConfig, parameter_values,
};
use dissensus_lm::Error;

const VOCABULARY: usize = 40;

fn config() -> Config {
    let config = Config {
        hidden_size: 32,
        intermediate_size: 64,
        max_position_embeddings: 32,
        ..Config::preset("tiny").unwrap()
    };
    config.with_vocabulary(VOCABULARY, 1)
}

fn model(seed: u64) -> MaskedLm {
    MaskedLm::new(&config(), seed, &Device::flex()).unwrap()
}

fn sequences(count: u32, length: u32) -> Vec<Vec<u32>> {
    let token = |i: u32, t: u32| 5 + (i * 7 + t * (i + 3)) % 35;
    (0..count)
        .map(|i| (0..length + i % 3).map(|t| token(i, t)).collect())
        .collect()
}

fn data() -> Data {
    let masking = Masking::training(VOCABULARY, 4, &[0, 1, 2, 3, 4]);
    Data::new(sequences(10, 12), sequences(4, 9), masking)
}

fn settings() -> TrainingConfig {
    TrainingConfig::default()
        .with_batch(4)
        .with_micro_batch(Some(3))
        .with_learning_rate(3e-3)
        .with_budget(Budget::Epochs(3))
        .with_evaluate_every(Some(2))
        .with_seeds(Seeds {
            init: 0,
            order: 1,
            masks: 2,
            dropout: 3,
        })
}

fn with_muon() -> TrainingConfig {
    settings()
        .with_muon(Some(MuonConfig::default()))
        .with_decay(Decay::Linear { fraction: 0.6 })
}

/// Everything a run says.
#[derive(Debug, PartialEq, Default)]
struct Log {
    steps: Vec<Step>,
    evaluations: Vec<Evaluated>,
    stop_after: Option<u64>,
}

impl Observer<MaskedLm> for Log {
    fn stepped(&mut self, step: &Step) -> ControlFlow<()> {
        self.steps.push(*step);
        if Some(step.step) == self.stop_after {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn evaluated(&mut self, evaluated: &Evaluated) {
        self.evaluations.push(*evaluated);
    }
}

#[test]
fn the_first_loss_is_that_of_a_uniform_guess() {
    let mut trainer = Trainer::new(model(1), settings(), data()).unwrap();
    let loss = trainer.step().unwrap().unwrap().loss;
    let uniform = (VOCABULARY as f64).ln();
    assert!((loss - uniform).abs() < 0.1, "{loss} is far from {uniform}");
}

#[test]
fn eight_sequences_are_learnt_by_heart() {
    let config = Config {
        hidden_dropout_prob: 0.0,
        attention_probs_dropout_prob: 0.0,
        ..config()
    };
    let masking = Masking::training(VOCABULARY, 4, &[0, 1, 2, 3, 4]);
    let data = Data::new(sequences(8, 12), vec![], masking);
    let settings = TrainingConfig::default()
        .with_batch(8)
        .with_learning_rate(1e-2)
        .with_budget(Budget::Steps(400));
    let model = MaskedLm::new(&config, 1, &Device::flex()).unwrap();
    let mut trainer = Trainer::new(model, settings, data).unwrap();
    let mut log = Log::default();
    assert!(trainer.run(&mut log).unwrap());
    let last: f64 = log.steps[380..].iter().map(|step| step.loss).sum::<f64>() / 20.0;
    assert!(last < 0.5, "the loss is still {last}");
}

#[test]
fn equal_runs_are_equal_to_the_bit() {
    let run = || {
        let mut trainer = Trainer::new(model(1), settings(), data()).unwrap();
        let mut log = Log::default();
        trainer.run(&mut log).unwrap();
        (log, parameter_values(&trainer.model()))
    };
    let (first, second) = (run(), run());
    assert_eq!(first.0.steps.len(), 9);
    assert_eq!(
        first
            .0
            .evaluations
            .iter()
            .map(|e| e.step)
            .collect::<Vec<_>>(),
        [2, 4, 6, 8, 9]
    );
    assert!(first == second);
}

#[test]
fn each_seed_changes_the_run() {
    let losses = |settings: TrainingConfig, init| {
        let mut trainer = Trainer::new(model(init), settings, data()).unwrap();
        let mut log = Log::default();
        trainer.run(&mut log).unwrap();
        log.steps.iter().map(|s| s.loss).collect::<Vec<_>>()
    };
    let base = losses(settings(), 1);
    let with = |change: fn(&mut Seeds)| {
        let mut settings = settings();
        change(&mut settings.seeds);
        losses(settings, 1)
    };
    assert_ne!(base, losses(settings(), 2));
    assert_ne!(base, with(|seeds| seeds.order += 1));
    assert_ne!(base, with(|seeds| seeds.masks += 1));
    assert_ne!(base, with(|seeds| seeds.dropout += 1));
}

#[test]
fn a_resumed_run_ends_with_the_same_bits() {
    ends_with_the_same_bits(&settings());
}

#[test]
fn a_resumed_run_of_muon_ends_with_the_same_bits() {
    ends_with_the_same_bits(&with_muon());
}

#[test]
fn muon_keeps_a_momentum_for_the_matrices_of_layers_and_two_moments_for_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = Trainer::new(model(1), with_muon(), data()).unwrap();
    trainer.step().unwrap();
    let path = trainer.save(folder.path()).unwrap();
    let bytes = std::fs::read(path.join("optimizer.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let names: Vec<&str> = file.names();
    for name in parameter_values(&trainer.model()).keys() {
        let matrix = name.contains(".layer.") && name.ends_with("dense.weight")
            || ["query", "key", "value"]
                .iter()
                .any(|map| name.ends_with(&format!(".self.{map}.weight")));
        let has = |prefix: &str| names.contains(&format!("{prefix}.{name}").as_str());
        assert_eq!(has("momentum_buffer"), matrix, "{name}");
        assert_eq!(
            (has("exp_avg"), has("exp_avg_sq")),
            (!matrix, !matrix),
            "{name}"
        );
    }
}

fn ends_with_the_same_bits(settings: &TrainingConfig) {
    let settings = || settings.clone();
    let mut whole = Trainer::new(model(1), settings(), data()).unwrap();
    let mut expected = Log::default();
    whole.run(&mut expected).unwrap();
    for stop in [0, 1, 2, 5, 8] {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log {
            stop_after: Some(stop),
            ..Log::default()
        };
        let mut trainer = Trainer::new(model(1), settings(), data()).unwrap();
        if stop > 0 {
            assert!(!trainer.run(&mut log).unwrap());
        }
        trainer.save(folder.path()).unwrap();
        drop(trainer);
        let mut resumed =
            Trainer::resume(folder.path(), settings(), data(), &Device::flex()).unwrap();
        assert_eq!(resumed.steps_done(), stop);
        log.stop_after = None;
        assert!(resumed.run(&mut log).unwrap());
        assert_eq!(log, expected, "stopped after {stop}");
        assert_eq!(
            parameter_values(&resumed.model()),
            parameter_values(&whole.model())
        );
        let (best, golden) = (resumed.best().unwrap(), whole.best().unwrap());
        assert_eq!((best.step, best.loss), (golden.step, golden.loss));
        assert_eq!(
            parameter_values(&best.model),
            parameter_values(&golden.model)
        );
    }
}

#[test]
fn pieces_of_a_batch_add_up_to_the_batch() {
    let config = Config {
        hidden_dropout_prob: 0.0,
        attention_probs_dropout_prob: 0.0,
        ..config()
    };
    let first = |micro_batch| {
        let settings = settings().with_micro_batch(micro_batch);
        let model = MaskedLm::new(&config, 1, &Device::flex()).unwrap();
        Trainer::new(model, settings, data())
            .unwrap()
            .step()
            .unwrap()
            .unwrap()
    };
    let (whole, micro) = (first(None), first(Some(1)));
    assert!((whole.loss - micro.loss).abs() < 1e-5);
    assert!((whole.gradient_norm / micro.gradient_norm - 1.0).abs() < 1e-4);
}

#[test]
fn the_last_two_checkpoints_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = Trainer::new(model(1), settings(), data()).unwrap();
    for _ in 0..4 {
        trainer.step().unwrap();
        trainer.save(folder.path()).unwrap();
        trainer.save(folder.path()).unwrap();
    }
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["checkpoint-000000000003", "checkpoint-000000000004"]
    );
}

#[test]
fn a_flipped_bit_in_any_file_of_a_checkpoint_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = Trainer::new(model(1), settings(), data()).unwrap();
    trainer.step().unwrap();
    trainer.evaluate().unwrap();
    let checkpoint = trainer.save(folder.path()).unwrap();
    let resume = || Trainer::resume(folder.path(), settings(), data(), &Device::flex());
    for entry in std::fs::read_dir(&checkpoint).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 2] {
            let mut broken = bytes.clone();
            broken[at] ^= 4;
            std::fs::write(&path, broken).unwrap();
            assert!(resume().is_err(), "{} byte {at}", path.display());
        }
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(
            matches!(resume(), Err(Error::Damaged { .. })),
            "{} cut",
            path.display()
        );
        std::fs::write(&path, bytes).unwrap();
    }
    resume().unwrap();
}

#[test]
fn other_settings_or_data_are_not_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = Trainer::new(model(1), settings(), data()).unwrap();
    trainer.step().unwrap();
    trainer.save(folder.path()).unwrap();
    let resume = |settings, data| {
        Trainer::resume(folder.path(), settings, data, &Device::flex()).unwrap_err()
    };
    let other = settings().with_learning_rate(1.0);
    assert!(matches!(
        resume(other, data()),
        Error::ResumeMismatch {
            what: "settings",
            ..
        }
    ));
    let mut other = data();
    other.training = std::sync::Arc::new(sequences(11, 12));
    assert!(matches!(
        resume(settings(), other),
        Error::ResumeMismatch { what: "data", .. }
    ));
    let mut other = data();
    other.objective.rate = 0.3;
    assert!(matches!(
        resume(settings(), other),
        Error::ResumeMismatch {
            what: "objective",
            ..
        }
    ));
}

#[test]
fn a_loss_that_is_not_a_number_stops_with_step_and_sequences() {
    let settings = settings().with_learning_rate(1e38).with_warmup(0.0);
    let mut trainer = Trainer::new(model(1), settings, data()).unwrap();
    let error = loop {
        match trainer.step() {
            Ok(step) => assert!(step.is_some(), "the run ended well"),
            Err(error) => break error,
        }
    };
    let Error::NonFinite {
        step, sequences, ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!(step, trainer.steps_done() + 1);
    assert!(!sequences.is_empty() && sequences.iter().all(|&i| i < 10));
}

#[test]
fn a_folder_without_checkpoints_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Trainer::resume(folder.path(), settings(), data(), &Device::flex()).unwrap_err();
    assert!(error.to_string().contains("checkpoints"), "{error}");
    let nowhere = Path::new("/nowhere/at/all");
    assert!(matches!(
        Trainer::resume(nowhere, settings(), data(), &Device::flex()),
        Err(Error::Io { .. })
    ));
}

#[test]
fn bf16_products_train_to_nearly_the_same_loss() {
    let last = |precision| {
        let settings = settings().with_precision(precision);
        let mut log = Log::default();
        let mut trainer = Trainer::new(model(1), settings, data()).unwrap();
        trainer.run(&mut log).unwrap();
        log.steps.last().unwrap().loss
    };
    let (single, half) = (last(Precision::Single), last(Precision::Bf16));
    assert_ne!(single, half);
    assert!((single - half).abs() < 0.02 * single, "{single} {half}");
}
