//! A run is the same whatever computes it.

use rayon::ThreadPoolBuilder;

use super::*;

/// Wide and long enough that every operation has more than one block to divide.
fn run(
    device: &Device,
    settings: TrainingConfig,
) -> (Log, std::collections::BTreeMap<String, Vec<f32>>) {
    let config = Config {
        hidden_size: 96,
        intermediate_size: 160,
        num_attention_heads: 4,
        max_position_embeddings: 64,
        ..config()
    };
    let masking = Masking::training(VOCABULARY, 4, &[0, 1, 2, 3, 4]);
    let data = Data::new(sequences(14, 60), sequences(4, 33), masking);
    let settings = settings.with_batch(7).with_budget(Budget::Steps(6));
    let model = MaskedLm::new(&config, 1, device).unwrap();
    let mut trainer = Trainer::new(model, settings, data).unwrap();
    let mut log = Log::default();
    trainer.run(&mut log).unwrap();
    (log, parameter_values(&trainer.model()))
}

#[test]
fn one_two_and_three_threads_train_to_the_same_bits() {
    for settings in [settings(), with_muon()] {
        train_to_the_same_bits(&settings);
    }
}

fn train_to_the_same_bits(settings: &TrainingConfig) {
    let with = |threads| {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| run(&Device::flex(), settings.clone()))
    };
    let one = with(1);
    assert!(one.0.steps.len() == 6 && !one.0.evaluations.is_empty());
    assert!(one == with(2), "two threads differ");
    assert!(one == with(3), "three threads differ");
}

#[cfg(feature = "ndarray")]
#[test]
fn the_plain_operations_of_another_device_train_to_nearly_the_same_losses() {
    for settings in [settings(), with_muon()] {
        let fast = run(&Device::flex(), settings.clone()).0;
        let plain = run(&dissensus_bert::device("ndarray").unwrap(), settings).0;
        for (a, b) in fast.steps.iter().zip(&plain.steps) {
            assert!(
                (a.loss - b.loss).abs() < 1e-3,
                "step {}: {} is not {}",
                a.step,
                a.loss,
                b.loss
            );
        }
    }
}
