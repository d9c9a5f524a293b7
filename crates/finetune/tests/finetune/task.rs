//! What can be learned is, what cannot is not.

use std::ops::ControlFlow;

use dissensus_bert::MaskedLm;
use dissensus_finetune::{
    Examples, FineTuneParams, FineTuneSetup, FineTuned, TuneOutcome, Tuned, class_probabilities,
    fine_tune,
};
use dissensus_lm::{Pool, parameter_values};
use dissensus_probe::{ClassWeight, Fold, Folds, Labels};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::{SPECIALS, encoder, examples, told_by_a_token};

fn fold(train: usize, validation: usize, test: usize) -> Fold {
    let all = train + validation + test;
    let rows = (
        (0..train).collect(),
        (train..train + validation).collect(),
        (train + validation..all).collect(),
    );
    Folds::new(all, [rows])
        .unwrap()
        .iter()
        .next()
        .unwrap()
        .clone()
}

fn params() -> FineTuneParams {
    FineTuneParams::default()
        .with_rates([5e-4, 3e-3])
        .with_epochs(12, Some(4))
        .with_pool(Pool::Mean)
}

fn tune(
    encoder: &MaskedLm,
    examples: &Examples,
    fold: &Fold,
    params: &FineTuneParams,
    seed: u64,
) -> FineTuned<MaskedLm> {
    let setup = FineTuneSetup {
        encoder,
        examples,
        fold,
        without: &SPECIALS,
        params,
        seed,
        folder: None,
    };
    fine_tune(&setup, &mut || ControlFlow::Continue(()))
        .unwrap()
        .unwrap()
}

#[test]
fn a_token_that_tells_the_class_is_learned() {
    let examples = told_by_a_token(640, 1);
    let found = tune(&encoder(1), &examples, &fold(400, 80, 160), &params(), 0);
    let scores = found.scores.unwrap();
    assert_eq!(found.outcome, TuneOutcome::Learned, "{:?}", found.trials);
    assert!(scores.accuracy > 0.95, "{scores:?}");
    let smallest = found
        .trials
        .iter()
        .map(|t| t.validation_loss.unwrap())
        .fold(f64::MAX, f64::min);
    let chosen = found
        .trials
        .iter()
        .find(|trial| trial.rate == found.rate)
        .unwrap();
    assert_eq!(chosen.validation_loss, Some(smallest));
}

/// The proportion of right answers lies where binomial chance puts it, and no run counts as having
/// learned: this would catch a test row among the rows learned from.
#[test]
fn shuffled_classes_stay_at_chance_and_are_counted_not_scored() {
    let all = examples(420, 2);
    let mut classes = all.labels().values().to_vec();
    classes.shuffle(&mut StdRng::seed_from_u64(3));
    let shuffled = Examples::new(all.ids().to_vec(), Labels::new(classes, 2).unwrap()).unwrap();
    let (fold, params) = (
        fold(160, 60, 200),
        params().with_rates([1e-3]).with_epochs(6, Some(3)),
    );
    let runs = [0, 1].map(|seed| tune(&encoder(seed), &shuffled, &fold, &params, seed));
    for run in &runs {
        assert_eq!(run.outcome, TuneOutcome::AtChance, "{:?}", run.gain);
        let accuracy = run.scores.unwrap().accuracy;
        let half = 2.58 * (0.25_f64 / 200.0).sqrt(); // 99 %
        assert!((accuracy - 0.5).abs() < half, "{accuracy}");
    }
}

#[test]
fn training_ends_when_validation_no_longer_improves() {
    let examples = examples(200, 5);
    let params = params().with_rates([3e-3]).with_epochs(60, Some(2));
    let found = tune(&encoder(1), &examples, &fold(120, 40, 40), &params, 0);
    let trial = &found.trials[0];
    assert!(trial.epochs < 60, "{trial:?}");
    assert_eq!(trial.epochs, trial.best_epoch.unwrap() + 2);
}

#[test]
fn a_head_alone_leaves_the_encoder_as_it_was() {
    let (examples, encoder) = (examples(200, 6), encoder(1));
    let params = params()
        .with_tuned(Tuned::HeadOnly)
        .with_rates([1e-2])
        .with_epochs(3, None);
    let found = tune(&encoder, &examples, &fold(120, 40, 40), &params, 0);
    let model = found.model.unwrap();
    assert_eq!(
        parameter_values(model.encoder()),
        parameter_values(&encoder)
    );
    let fresh = tune(&encoder, &examples, &fold(120, 40, 40), &params, 1)
        .model
        .unwrap();
    assert_ne!(
        parameter_values(&model)["classifier.weight"],
        parameter_values(&fresh)["classifier.weight"]
    );
}

/// Of 9 to 1 examples, weighted classes give the rare one more of the probability.
#[test]
fn balanced_classes_weigh_the_rare_one_more() {
    let all = examples(400, 7);
    let mut rare = 0;
    let kept = |&row: &usize| {
        rare += usize::from(all.labels().values()[row] == 1);
        all.labels().values()[row] == 0 || rare % 9 == 0
    };
    let rows: Vec<usize> = (0..400).filter(kept).collect();
    let ids = rows.iter().map(|&row| all.ids()[row].clone()).collect();
    let examples = Examples::new(ids, all.labels().select(&rows).unwrap()).unwrap();
    let test = rows.len() - 140;
    let mean = |weight| {
        let params = params()
            .with_rates([1e-3])
            .with_epochs(1, None)
            .with_class_weight(weight);
        let found = tune(&encoder(1), &examples, &fold(100, 40, test), &params, 0);
        let scores = found.probabilities.unwrap().scores;
        scores.column(1).mean()
    };
    let (equal, balanced) = (mean(ClassWeight::Equal), mean(ClassWeight::Balanced));
    assert!(balanced > equal + 0.05, "{balanced} {equal}");
}
/// Σ w·nll/Σ w over the validation rows, w = n/(K·n_k) by the classes of the training rows: as
/// `class_weight="balanced"` of scikit-learn.
#[test]
fn the_loss_of_validation_weighs_classes_as_training_does() {
    let all = examples(120, 11);
    let fold = fold(60, 30, 30);
    let params = params()
        .with_rates([1e-3])
        .with_epochs(2, None)
        .with_class_weight(ClassWeight::Balanced);
    let found = tune(&encoder(1), &all, &fold, &params, 0);
    let training = all.labels().select(&fold.train).unwrap().counts();
    let weight = |class: usize| 60.0 / (2.0 * training[class] as f64);
    let ids: Vec<&Vec<u32>> = fold.validation.iter().map(|&row| &all.ids()[row]).collect();
    let ids: Vec<&[u32]> = ids.into_iter().map(Vec::as_slice).collect();
    let outcome = class_probabilities(found.model.as_ref().unwrap(), &ids, 7).unwrap();
    let (mut loss, mut total) = (0.0, 0.0);
    for (at, &row) in fold.validation.iter().enumerate() {
        let class = all.labels().values()[row];
        loss -= weight(class) * outcome.scores[(at, class)].ln();
        total += weight(class);
    }
    let said = found.trials[0].validation_loss.unwrap();
    assert!(
        (said - loss / total).abs() < 1e-5,
        "{said} {}",
        loss / total
    );
}

#[test]
fn a_loss_that_is_no_number_is_an_outcome() {
    let examples = examples(60, 8);
    let params = params().with_rates([1e30]).with_epochs(3, None);
    let found = tune(&encoder(1), &examples, &fold(40, 10, 10), &params, 0);
    assert!(found.outcome != TuneOutcome::Learned, "{:?}", found.trials);
}

#[test]
fn what_cannot_be_tuned_is_refused() {
    let (examples, encoder) = (examples(60, 9), encoder(1));
    let fails = |fold: &Fold, params: &FineTuneParams| {
        let setup = FineTuneSetup {
            encoder: &encoder,
            examples: &examples,
            fold,
            without: &SPECIALS,
            params,
            seed: 0,
            folder: None,
        };
        fine_tune(&setup, &mut || ControlFlow::Continue(()))
            .unwrap_err()
            .to_string()
    };
    let mut without = fold(40, 10, 10);
    without.validation.clear();
    assert_eq!(
        fails(&without, &params()),
        "the fold has 0 validation rows, expected at least 2"
    );
    let mut beyond = fold(40, 10, 10);
    beyond.test[0] = 60;
    assert_eq!(
        fails(&beyond, &params()),
        "the fold names row 60, there are 60"
    );
    let none = params().with_rates([]);
    assert_eq!(
        fails(&fold(40, 10, 10), &none),
        "rates is empty, expected at least one rate"
    );
}
