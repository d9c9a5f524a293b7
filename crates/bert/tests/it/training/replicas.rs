//! Several devices at once give what one gives.

use super::*;

/// Micro-batches that differ in length, more of them than devices, and a last batch with fewer.
fn in_micro_batches() -> TrainingConfig {
    settings().with_micro_batch(Some(1))
}

fn trainer(replicas: usize) -> Trainer {
    let trainer = Trainer::new(model(1), in_micro_batches(), data()).unwrap();
    trainer
        .with_replicas(&vec![Device::flex(); replicas])
        .unwrap()
}

fn finished(mut trainer: Trainer, mut log: Log) -> (Log, Trainer) {
    log.stop_after = None;
    assert!(trainer.run(&mut log).unwrap());
    (log, trainer)
}

#[test]
fn one_two_and_three_devices_train_to_the_same_bits() {
    let (expected, one) = finished(trainer(0), Log::default());
    for replicas in [1, 2] {
        let (log, several) = finished(trainer(replicas), Log::default());
        assert_eq!(log, expected, "{replicas} replicas");
        assert_eq!(
            parameter_values(&several.model()),
            parameter_values(&one.model())
        );
    }
}

#[test]
fn a_run_on_two_devices_is_resumed_on_two_or_one_to_the_same_bits() {
    let (expected, one) = finished(trainer(0), Log::default());
    for replicas in [1, 0] {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log {
            stop_after: Some(4),
            ..Log::default()
        };
        let mut interrupted = trainer(1);
        assert!(!interrupted.run(&mut log).unwrap());
        interrupted.save(folder.path()).unwrap();
        let resumed = Trainer::resume(folder.path(), in_micro_batches(), data(), &Device::flex());
        let resumed = resumed
            .unwrap()
            .with_replicas(&vec![Device::flex(); replicas]);
        let (log, resumed) = finished(resumed.unwrap(), log);
        assert_eq!(log, expected, "{replicas} replicas");
        assert_eq!(
            parameter_values(&resumed.model()),
            parameter_values(&one.model())
        );
    }
}

#[test]
fn a_device_that_would_never_get_a_piece_is_refused() {
    for (micro_batch, replicas) in [(None, 1), (Some(4), 1), (Some(2), 2)] {
        let settings = settings().with_micro_batch(micro_batch);
        let trainer = Trainer::new(model(1), settings, data()).unwrap();
        let refused = trainer.with_replicas(&vec![Device::flex(); replicas]);
        let message = refused.unwrap_err().to_string();
        assert!(
            message.contains("micro_batch") && message.contains("batch of 4"),
            "{message}"
        );
    }
}

#[test]
fn a_loss_that_is_not_a_number_stops_several_devices_too() {
    let settings = in_micro_batches().with_learning_rate(1e38).with_warmup(0.0);
    let trainer = Trainer::new(model(1), settings, data()).unwrap();
    let mut trainer = trainer.with_replicas(&[Device::flex()]).unwrap();
    let error = trainer.run(&mut ()).unwrap_err();
    assert!(matches!(error, Error::NonFinite { .. }), "{error}");
}
