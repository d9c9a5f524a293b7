use burn::tensor::Device;
use dissensus_lm::{
    Budget, Data, MaskedLanguageModel, Masking, Trainer, TrainingConfig, evaluate, parameter_values,
};
use dissensus_zoo::{Esm, Gena, MosaicBert, Published, load_as};

use crate::common::folder;

fn data(vocabulary: usize) -> Data {
    // Two letters take turns: what is masked can be told from its neighbours.
    let sequence = |first: usize| (0..12).map(|at| [9u32, 14][(first + at) % 2]).collect();
    let training: Vec<Vec<u32>> = (0..16).map(sequence).collect();
    Data::new(
        training.clone(),
        training,
        Masking::training(vocabulary, 4, &[0, 1, 2, 3, 4]),
    )
}

fn trainer<M: Published + MaskedLanguageModel>(case: &str, steps: u64) -> Trainer<M, Masking> {
    let model: M = load_as(folder(case), &Device::flex()).expect(case);
    let data = data(model.sizes().vocabulary);
    let settings = TrainingConfig {
        learning_rate: 5e-3,
        batch: 8,
        micro_batch: Some(3),
        budget: Budget::Steps(steps),
        ..TrainingConfig::default()
    };
    Trainer::new(model, settings, data).expect(case)
}

fn learns_and_resumes<M: Published + MaskedLanguageModel>(case: &str) {
    let out = tempfile::tempdir().expect("a folder");
    let steps = 24;
    let mut whole = trainer::<M>(case, steps);
    for _ in 0..steps {
        whole.step().expect(case);
    }
    let mut half = trainer::<M>(case, steps);
    for _ in 0..steps / 2 {
        half.step().expect(case);
    }
    half.save(out.path()).expect(case);
    let (settings, data) = (half.config().clone(), data(half.model().sizes().vocabulary));
    let mut resumed =
        Trainer::<M, Masking>::resume(out.path(), settings, data, &Device::flex()).expect(case);
    for _ in steps / 2..steps {
        resumed.step().expect(case);
    }
    assert_eq!(
        parameter_values(&whole.model()),
        parameter_values(&resumed.model()),
        "{case}"
    );
    let masking = Masking::analysis(whole.model().sizes().vocabulary, 4, &[0, 1, 2, 3, 4]);
    let masked = masking
        .mask_all(&[[9u32, 14, 9, 14, 9, 14, 9, 14]; 4], 1)
        .expect(case);
    let before: M = load_as(folder(case), &Device::flex()).expect(case);
    let (before, after) = (
        evaluate(&before, &masked, 4).expect(case).loss,
        evaluate(&whole.model(), &masked, 4).expect(case).loss,
    );
    assert!(after < 0.7 * before, "{case}: {before} {after}");
}

#[test]
fn every_family_learns_and_resumes_to_the_bit() {
    learns_and_resumes::<Esm>("nt_v1");
    learns_and_resumes::<Esm>("nt_v2");
    learns_and_resumes::<MosaicBert>("dnabert2");
    learns_and_resumes::<Gena>("gena");
}
