//! Numbers that break what was not thought of: a typed error or the documented value.

#![allow(clippy::unwrap_used)]

use dissensus_divergence::{
    Distribution, EnsembleDivergence, Error, FlatnessMatched, LetterMap, Rule, Settings,
    entropy_bits, entropy_nats, kl_to_uniform_bits, kl_to_uniform_nats, nucleus, perplexity,
    renyi_divergence_bits, renyi_entropy_bits, temperature, top_k,
};
use proptest::prelude::*;

/// What no probability, weight or logit may be.
const NEVER: [f64; 2] = [f64::NAN, f64::INFINITY];
/// What a logit alone may be.
const NEGATIVE: [f64; 3] = [f64::NEG_INFINITY, -1.0, -1e308];

#[test]
fn what_is_no_distribution_is_refused_in_both_precisions() {
    for value in NEVER.into_iter().chain(NEGATIVE) {
        let row = [0.5, value, 0.5];
        let found = Distribution::new(&row).unwrap_err();
        assert!(
            matches!(found, Error::Probability { index: 1, .. }),
            "{value}: {found}"
        );
        let found = Distribution::from_weights(&row).unwrap_err();
        assert!(
            matches!(found, Error::Probability { index: 1, .. }),
            "{value}: {found}"
        );
        let single = row.map(|v| v as f32);
        assert!(
            Distribution::new(&single).is_err() && Distribution::from_weights(&single).is_err()
        );
        assert!(Distribution::from_counts(&[1, 2], value).is_err());
    }
    for row in [
        [0.5, 0.6],
        [0.0, 0.0],
        [1e308, 1e308],
        [5e-324, 0.0],
        [0.5, 0.5 + 1e-8],
    ] {
        assert!(
            matches!(Distribution::new(&row), Err(Error::Sum { .. })),
            "{row:?}"
        );
    }
    assert_eq!(Distribution::<f64>::new(&[]), Err(Error::Empty));
    assert_eq!(Distribution::from_weights::<f64>(&[]), Err(Error::Empty));
    assert_eq!(Distribution::from_logits::<f64>(&[]), Err(Error::Empty));
    assert_eq!(Distribution::from_counts(&[], 1.0), Err(Error::Empty));
    assert_eq!(Distribution::uniform(0), Err(Error::Empty));
    assert!(Distribution::from_weights(&[0.0, -0.0]).is_err());
    assert!(Distribution::from_counts(&[0, 0], 0.0).is_err());
}

#[test]
fn weights_at_the_ends_of_the_range_are_shares_of_their_sum() {
    for size in [f64::MAX, 1e308, 1.0, 1e-308, 5e-324] {
        let found = Distribution::from_weights(&[size, size, 0.0, -0.0]).unwrap();
        assert_eq!(found.probabilities(), [0.5, 0.5, 0.0, 0.0], "{size}");
    }
    let found = Distribution::from_counts(&[u64::MAX, u64::MAX], 1e308).unwrap();
    assert_eq!(found.probabilities(), [0.5, 0.5]);
    let found = Distribution::from_logits(&[1e308, 1e308, -1e308]).unwrap();
    assert_eq!(found.probabilities(), [0.5, 0.5, 0.0]);
    let found = Distribution::from_logits(&[f32::MAX, f32::MIN, 1e-45]).unwrap();
    assert_eq!(found.probabilities(), [1.0, 0.0, 0.0]);
}

#[test]
fn logits_that_say_nothing_are_refused() {
    for value in NEVER {
        let found = Distribution::from_logits(&[0.0, value]);
        assert!(
            matches!(found, Err(Error::Logit { index: 1, .. })),
            "{value}"
        );
    }
    let off = f64::NEG_INFINITY;
    assert!(matches!(
        Distribution::from_logits(&[off, off]),
        Err(Error::NothingPossible { length: 2 })
    ));
}

#[test]
fn flat_and_certain_distributions_have_their_entropies() {
    let flat = Distribution::uniform(8).unwrap();
    assert_eq!((entropy_bits(&flat), perplexity(&flat)), (3.0, 8.0));
    assert_eq!(
        (kl_to_uniform_bits(&flat), kl_to_uniform_nats(&flat)),
        (0.0, 0.0)
    );
    let certain = Distribution::new(&[0.0, 1.0, 0.0]).unwrap();
    assert_eq!((entropy_nats(&certain), perplexity(&certain)), (0.0, 1.0));
    let three = 3.0_f64;
    assert!((kl_to_uniform_bits(&certain) - three.log2()).abs() < 1e-15);
    assert!((kl_to_uniform_nats(&certain) - three.ln()).abs() < 1e-15);
    let one = Distribution::uniform(1).unwrap();
    assert_eq!((entropy_bits(&one), kl_to_uniform_nats(&one)), (0.0, 0.0));
}

#[test]
fn parameters_outside_their_range_are_refused() {
    let p = Distribution::new(&[0.5, 0.25, 0.25]).unwrap();
    for value in NEVER.into_iter().chain(NEGATIVE) {
        assert!(
            value == f64::INFINITY || renyi_entropy_bits(&p, value).is_err(),
            "{value}"
        );
        assert!(
            value == f64::INFINITY || renyi_divergence_bits(&p, &p, value).is_err(),
            "{value}"
        );
        assert!(temperature(&p, value).is_err(), "{value}");
        for rule in [Rule::Holtzman, Rule::AsPublished] {
            assert!(nucleus(&p, value, rule).is_err(), "{value}");
        }
        let settings = Settings::new(2, 3).masses(&[value]);
        assert!(EnsembleDivergence::new(settings).is_err(), "{value}");
        let noise = FlatnessMatched {
            epsilon: value,
            ..FlatnessMatched::default()
        };
        assert!(noise.copies(&[p.clone(), p.clone()]).is_err(), "{value}");
    }
    assert!(nucleus(&p, 0.0, Rule::Holtzman).is_err() && nucleus(&p, 1.1, Rule::Holtzman).is_err());
    assert!(temperature(&p, 0.0).is_err() && top_k(&p, 0).is_err());
    for masses in [&[][..], &[0.5, 0.5], &[0.0], &[1.5]] {
        let settings = Settings::new(2, 3).masses(masses);
        assert!(EnsembleDivergence::new(settings).is_err(), "{masses:?}");
    }
}

#[test]
fn masses_are_shares_of_the_sum_that_rounding_leaves() {
    // Four equal probabilities of single precision that sum to 0.99992 or to 1.00008.
    for p in [0.24998_f32, 0.25002] {
        let row = [p; 4];
        let p = Distribution::new(&row).unwrap();
        for rule in [Rule::Holtzman, Rule::AsPublished] {
            let found = nucleus(&p, 0.5, rule).unwrap();
            assert_eq!(found.probabilities(), [0.5, 0.5, 0.0, 0.0], "{rule:?}");
        }
    }
}

fn logit() -> impl Strategy<Value = f32> {
    prop_oneof![
        6 => -9.0_f32..9.0,
        1 => Just(f32::NAN),
        1 => Just(f32::INFINITY),
        3 => Just(f32::NEG_INFINITY),
        2 => prop_oneof![Just(f32::MAX), Just(f32::MIN), Just(1e-45), Just(0.0), Just(-0.0)],
    ]
}

/// Whether every row of three logits is one.
fn are_logits(rows: &[f32]) -> bool {
    rows.chunks(3).all(|row| {
        row.iter().all(|x| !x.is_nan() && *x < f32::INFINITY)
            && row.iter().any(|x| *x > f32::NEG_INFINITY)
    })
}

proptest! {
    #[test]
    fn an_ensemble_measures_what_are_logits_and_nothing_else(
        a in prop::collection::vec(logit(), 6), b in prop::collection::vec(logit(), 6), targets in [0..4_u32, 0..4_u32],
    ) {
        let mut ensemble = EnsembleDivergence::new(Settings::new(2, 3)).unwrap();
        let fits = are_logits(&a) && are_logits(&b) && targets.iter().all(|&t| t < 3);
        prop_assert_eq!(ensemble.push(&[&a, &b], &targets).is_ok(), fits);
        prop_assert_eq!(ensemble.positions(), if fits { 2 } else { 0 });
        if let Ok(found) = ensemble.finish() {
            for member in &found.members {
                prop_assert!(member.nll_bits >= 0.0 && member.kl_from_uniform_bits >= 0.0, "{:?}", member);
                prop_assert!((0.0..=3.0_f64.log2() + 1e-9).contains(&member.entropy_bits), "{:?}", member);
            }
            let pair = &found.pairs[0];
            prop_assert!(pair.kl_forward_bits >= 0.0 && pair.kl_backward_bits >= 0.0, "{:?}", pair);
            let read: dissensus_divergence::Summary = serde_json::from_str(&serde_json::to_string(&found).unwrap()).unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{found:?}"));
        }
    }

    #[test]
    fn letters_and_flat_copies_come_of_logits_alone(
        a in prop::collection::vec(logit(), 3), b in prop::collection::vec(logit(), 3), target in 0..4_u32,
    ) {
        let map = LetterMap::new("ACGT", ["A", "CG", "T"]).unwrap();
        let found = map.expand(&[&a, &b], &[target]);
        prop_assert_eq!(found.is_ok(), are_logits(&a) && are_logits(&b) && target < 3);
        for row in found.iter().flat_map(|batch| &batch.probabilities).flat_map(|rows| rows.chunks(4)) {
            prop_assert!(row.iter().all(|p| (0.0..=1.0).contains(p)), "{:?}", row);
            prop_assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{:?}", row);
        }
        let copies = FlatnessMatched::default().batch(&[&a, &b], 3);
        prop_assert_eq!(copies.is_ok(), are_logits(&a) && are_logits(&b));
        for row in copies.into_iter().flatten() {
            prop_assert!(Distribution::from_logits(&row).is_ok(), "{:?}", row);
        }
    }
}

#[test]
fn lengths_that_do_not_fit_are_refused() {
    let map = LetterMap::new("ACGT", ["A", "CG", "T"]).unwrap();
    assert!(map.expand(&[&[0.0; 4]], &[0]).is_err());
    let p = Distribution::uniform(2).unwrap();
    assert!(map.marginals(&p, 1).is_err());
    let p = Distribution::uniform(3).unwrap();
    assert!(map.marginals(&p, 3).is_err() && map.marginals(&p, 0).unwrap().is_empty());
    let noise = FlatnessMatched::default();
    assert!(noise.batch(&[], 3).is_err() && noise.batch(&[&[0.0; 3]], 0).is_err());
    assert!(noise.batch(&[&[0.0; 3], &[0.0; 6]], 3).is_err());
    assert!(noise.batch(&[&[0.0; 4]], 3).is_err());
    let mut ensemble = EnsembleDivergence::new(Settings::new(1, 2)).unwrap();
    assert!(ensemble.push(&[&[0.0; 3]], &[0]).is_err());
    assert!(ensemble.push_probabilities(&[&[]], &[0]).is_err());
    assert!(ensemble.push_probabilities(&[&[1e-45, 0.0]], &[0]).is_ok());
}
