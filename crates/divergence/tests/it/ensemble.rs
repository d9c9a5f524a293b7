//! The accumulator against its naive twin, the measures of single distributions, and the laws of a
//! monoid.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may panic as tests may"
)]

use dissensus_divergence::{
    Distribution, EnsembleDivergence, Error, Rule, Settings, Summary, entropy_bits, hellinger,
    jensen_shannon_bits, jensen_shannon_distance, kl_divergence_bits, kl_from_uniform_bits,
    nucleus, total_variation, uncertainty,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const MASSES: [f64; 4] = [0.1, 0.5, 0.9, 1.0];

/// Logits of every member, row after row, and targets: `spread` is how peaked they are.
fn batch(
    members: usize,
    tokens: usize,
    positions: usize,
    spread: f32,
    seed: u64,
) -> (Vec<Vec<f32>>, Vec<u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut row = || {
        (0..positions * tokens)
            .map(|_| spread * rng.random_range(-1.0..1.0_f32))
            .collect::<Vec<_>>()
    };
    let shared = row();
    let own = |row: Vec<f32>| {
        row.iter()
            .zip(&shared)
            .map(|(a, b)| 0.5 * a + b)
            .collect::<Vec<f32>>()
    };
    let logits = (0..members).map(|_| own(row())).collect();
    (
        logits,
        (0..positions)
            .map(|_| rng.random_range(0..tokens as u32))
            .collect(),
    )
}

fn measured(logits: &[Vec<f32>], targets: &[u32], settings: Settings) -> EnsembleDivergence {
    let mut ensemble = EnsembleDivergence::new(settings).unwrap();
    let rows: Vec<&[f32]> = logits.iter().map(Vec::as_slice).collect();
    ensemble.push(&rows, targets).unwrap();
    ensemble
}

fn settings(members: usize, tokens: usize) -> Settings {
    Settings::new(members, tokens)
        .masses(&MASSES)
        .as_published(true)
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

/// The mean over positions of a measure of the distributions of all members.
fn naive(logits: &[Vec<f32>], tokens: usize, measure: impl Fn(&[Distribution<'_>]) -> f64) -> f64 {
    let positions = logits[0].len() / tokens;
    mean((0..positions).map(|at| {
        let rows = logits
            .iter()
            .map(|rows| Distribution::from_logits(&rows[at * tokens..(at + 1) * tokens]));
        measure(&rows.collect::<Result<Vec<_>, _>>().unwrap())
    }))
}

fn check_members(found: &Summary, logits: &[Vec<f32>], tokens: usize) {
    for (k, member) in found.members.iter().enumerate() {
        let close = |value: f64, measure: &dyn Fn(&Distribution<'_>) -> f64| {
            let expected = naive(logits, tokens, |p| measure(&p[k]));
            assert!(
                (value - expected).abs() < 2e-6 * expected.max(1.0),
                "{value} {expected}"
            );
        };
        close(member.entropy_bits, &|p| entropy_bits(p));
        close(member.kl_from_uniform_bits, &|p| kl_from_uniform_bits(p));
        for (i, mass) in MASSES.iter().enumerate() {
            let kept = |p: &Distribution<'_>| nucleus(p, *mass, Rule::Holtzman).unwrap();
            let inside = |p: &Distribution<'_>| {
                kept(p).probabilities().iter().filter(|p| **p > 0.0).count() as f64
            };
            close(member.nucleus_tokens[i], &inside);
        }
    }
}

fn check_pairs(found: &Summary, logits: &[Vec<f32>], tokens: usize) {
    for pair in &found.pairs {
        let (i, j) = (pair.first, pair.second);
        let close = |value: f64, measure: &dyn Fn(&Distribution<'_>, &Distribution<'_>) -> f64| {
            let expected = naive(logits, tokens, |p| measure(&p[i], &p[j]));
            assert!(
                (value - expected).abs() < 2e-6 * expected.max(1.0),
                "{value} {expected}"
            );
        };
        close(pair.js_divergence_bits, &|p, q| {
            jensen_shannon_bits(p, q).unwrap()
        });
        close(pair.kl_forward_bits, &|p, q| {
            kl_divergence_bits(p, q).unwrap()
        });
        close(pair.kl_backward_bits, &|p, q| {
            kl_divergence_bits(q, p).unwrap()
        });
        close(pair.total_variation, &|p, q| total_variation(p, q).unwrap());
        close(pair.hellinger, &|p, q| hellinger(p, q).unwrap());
        close(pair.argmax_disagreement, &|p, q| {
            f64::from(u8::from(p.argmax() != q.argmax()))
        });
        for (m, mass) in MASSES.iter().enumerate() {
            let distance = |rule: Rule| {
                move |p: &Distribution<'_>, q: &Distribution<'_>| {
                    let cut = |p| nucleus(p, *mass, rule).unwrap();
                    jensen_shannon_distance(&cut(p), &cut(q)).unwrap()
                }
            };
            close(pair.js_distance[m], &distance(Rule::Holtzman));
            close(
                pair.js_distance_as_published[m],
                &distance(Rule::AsPublished),
            );
        }
    }
}

#[test]
fn the_stream_agrees_with_single_distributions() {
    for (tokens, spread) in [(5, 3.0), (20, 0.01), (777, 1.0), (1000, 12.0)] {
        let (logits, targets) = batch(4, tokens, 6, spread, 5);
        let found = measured(&logits, &targets, settings(4, tokens))
            .finish()
            .unwrap();
        check_members(&found, &logits, tokens);
        check_pairs(&found, &logits, tokens);
        let epistemic = naive(&logits, tokens, |p| uncertainty(p).unwrap().epistemic_bits);
        assert!(
            (found.uncertainty.epistemic_bits - epistemic).abs() < 1e-6,
            "{epistemic} {}",
            found.uncertainty
        );
        let others = naive(&logits, tokens, |p| {
            uncertainty(&p[1..]).unwrap().epistemic_bits
        });
        assert!((found.leave_one_out[0].epistemic_bits - others).abs() < 1e-6);
    }
}

#[test]
fn the_target_is_scored() {
    let (logits, targets) = batch(2, 30, 9, 2.0, 1);
    let found = measured(&logits, &targets, settings(2, 30))
        .finish()
        .unwrap();
    let nll = mean(targets.iter().enumerate().map(|(at, target)| {
        let p = Distribution::from_logits(&logits[1][at * 30..(at + 1) * 30]).unwrap();
        -p.probabilities()[*target as usize].log2()
    }));
    assert!((found.members[1].nll_bits - nll).abs() < 1e-6);
    assert!((found.members[1].perplexity - nll.exp2()).abs() < 1e-4);
    for (k, member) in found.members.iter().enumerate() {
        let hits = mean(targets.iter().enumerate().map(|(at, target)| {
            let p = Distribution::from_logits(&logits[k][at * 30..(at + 1) * 30]).unwrap();
            f64::from(u8::from(p.argmax() == *target as usize))
        }));
        assert_eq!(member.accuracy, hits);
    }
    // The likeliest tokens of this position are 1, 2 and 1.
    let rows = [
        vec![0.0, 3.0, 1.0],
        vec![0.0, 1.0, 3.0],
        vec![0.0, 2.0, 1.0],
    ];
    let found = measured(&rows, &[1], settings(3, 3)).finish().unwrap();
    assert_eq!(found.by_member(|member| member.accuracy), [1.0, 0.0, 1.0]);
    let differ = found.by_pair(|pair| pair.argmax_disagreement);
    assert_eq!(differ, [1.0, 0.0, 1.0]);
}

/// Which nuclei there are decides the order of these sums in single precision.
fn same_where_wanted(wanted: bool, masses: usize, ours: &[f64], all: &[f64]) {
    assert_eq!(ours.len(), if wanted { masses } else { 0 });
    assert!(ours.iter().zip(all).all(|(x, y)| (x - y).abs() < 1e-7));
}

#[test]
fn what_is_left_out_of_the_settings_changes_nothing_else() {
    let (logits, targets) = batch(3, 40, 5, 2.0, 11);
    let with = |settings: Settings| measured(&logits, &targets, settings).finish().unwrap();
    let full = with(settings(3, 40));
    let both_off = settings(3, 40).holtzman(false).as_published(false);
    for settings in [
        settings(3, 40).masses(&[0.1, 0.5]),
        settings(3, 40).holtzman(false),
        settings(3, 40).as_published(false),
        both_off.clone(),
        both_off.masses(&[0.1]).rank_curve(false),
    ] {
        let (masses, curve) = (settings.masses.len(), settings.rank_curve);
        let (holtzman, published) = (settings.holtzman, settings.as_published);
        let found = with(settings);
        assert_eq!(found.uncertainty, full.uncertainty);
        assert_eq!(found.leave_one_out, full.leave_one_out);
        for (a, b) in found.members.iter().zip(&full.members) {
            assert_eq!(a.nucleus_tokens, b.nucleus_tokens[..masses]);
            assert_eq!(a.rank_curve, b.rank_curve[..if curve { 40 } else { 0 }]);
            assert_eq!((a.entropy_bits, a.accuracy), (b.entropy_bits, b.accuracy));
        }
        for (a, b) in found.pairs.iter().zip(&full.pairs) {
            assert_eq!(a.kl_forward_bits, b.kl_forward_bits);
            assert_eq!(a.kl_backward_bits, b.kl_backward_bits);
            assert!((a.js_divergence_bits - b.js_divergence_bits).abs() < 1e-7);
            same_where_wanted(holtzman, masses, &a.js_distance, &b.js_distance);
            let (ours, all) = (&a.js_distance_as_published, &b.js_distance_as_published);
            same_where_wanted(published, masses, ours, all);
        }
    }
}

#[test]
fn a_constant_added_to_logits_changes_nothing() {
    // Multiples of 1/64: their sums with 1024 are exact in single precision.
    let row = |k: usize, shift: f32| -> Vec<f32> {
        let logit = |i: usize| ((i * 7919 + k * 37) % 509) as f32 / 64.0;
        (0..300).map(|i| logit(i) + shift).collect()
    };
    let of = |shift: f32| {
        let rows = [row(1, shift), row(2, shift)];
        measured(&rows, &[5], settings(2, 300)).finish().unwrap()
    };
    let (plain, moved) = (of(0.0), of(1024.0));
    let (p, q) = (&plain.pairs[0], &moved.pairs[0]);
    assert!((p.kl_forward_bits - q.kl_forward_bits).abs() < 1e-9);
    assert!((p.kl_backward_bits - q.kl_backward_bits).abs() < 1e-9);
    assert_eq!(p.js_distance, q.js_distance);
    let (p, q) = (&plain.members[0], &moved.members[0]);
    assert!((p.nll_bits - q.nll_bits).abs() < 1e-9);
    assert!((p.kl_from_uniform_bits - q.kl_from_uniform_bits).abs() < 1e-9);
    assert_eq!(p.entropy_bits, q.entropy_bits);
}

#[test]
fn the_rank_curve_descends_from_its_mean_largest() {
    let (logits, targets) = batch(2, 600, 5, 2.0, 2);
    let found = measured(&logits, &targets, settings(2, 600))
        .finish()
        .unwrap();
    let curve = found.rank_curve();
    assert!(curve.windows(2).all(|w| w[0] >= w[1]));
    assert!((curve.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    let largest = naive(&logits, 600, |p| {
        (p[0].probabilities()[p[0].argmax()] + p[1].probabilities()[p[1].argmax()]) / 2.0
    });
    assert!((curve[0] - largest).abs() < 1e-7);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (logits, targets) = batch(3, 100, 70, 2.0, 3);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| measured(&logits, &targets, settings(3, 100)))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn extreme_logits_never_give_nan() {
    let off = f32::NEG_INFINITY;
    let rows = [
        [0.0, off, off],
        [off, 0.0, off],
        [f32::MAX, -f32::MAX, 0.0],
        [-1e-40, 1e-40, 0.0],
        [-90.0, 0.0, -104.0],
    ];
    for a in &rows {
        for b in &rows {
            let found = measured(&[a.to_vec(), b.to_vec()], &[2], settings(2, 3))
                .finish()
                .unwrap();
            let pair = &found.pairs[0];
            let values = [
                pair.kl_forward_bits,
                pair.kl_backward_bits,
                pair.total_variation,
                pair.hellinger,
            ];
            assert!(
                values.iter().chain(&pair.js_distance).all(|v| *v >= 0.0),
                "{a:?} {b:?} {pair:?}"
            );
            assert!(
                pair.js_distance
                    .iter()
                    .chain(&pair.js_distance_as_published)
                    .all(|v| *v <= 1.0)
            );
            let member = &found.members[0];
            assert!(
                member.entropy_bits >= 0.0
                    && member.nll_bits >= 0.0
                    && member.kl_from_uniform_bits >= 0.0
            );
            assert!(a != b || pair.js_distance == [0.0; 4]);
        }
    }
}

#[test]
fn bad_rows_are_named_and_add_nothing() {
    let mut ensemble = EnsembleDivergence::new(settings(2, 3)).unwrap();
    let good = [0.0_f32; 6];
    let error = ensemble
        .push(&[&good, &[0.0, 0.0, 0.0, 0.0, f32::NAN, 0.0]], &[0, 0])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "member 1, position 1: logit 1: expected a number or minus infinity, found NaN"
    );
    assert_eq!(ensemble.positions(), 0);
    assert!(matches!(
        ensemble.push(&[&good], &[0, 0]),
        Err(Error::Length {
            what: "members",
            expected: 2,
            found: 1
        })
    ));
    assert!(matches!(
        ensemble.push(&[&good, &good], &[0]),
        Err(Error::Length { .. })
    ));
    assert!(matches!(
        ensemble.push(&[&good, &good], &[0, 3]),
        Err(Error::Target {
            position: 1,
            token: 3,
            ..
        })
    ));
    assert!(matches!(
        EnsembleDivergence::new(settings(2, 3).masses(&[0.5, 0.5])),
        Err(Error::Parameter { .. })
    ));
}

#[test]
fn bad_probabilities_are_named_as_they_were_given_and_add_nothing() {
    for (bad, found) in [
        (-0.1, "-0.1"),
        (f32::NAN, "NaN"),
        (f32::INFINITY, "inf"),
        (f32::NEG_INFINITY, "-inf"),
    ] {
        let mut ensemble = EnsembleDivergence::new(settings(2, 2)).unwrap();
        let good = [0.5, 0.5, 0.25, 0.75];
        let error = ensemble
            .push_probabilities(&[&good, &[0.5, 0.5, 1.1, bad]], &[0, 1])
            .unwrap_err();
        let message = error.to_string();
        let expected =
            "member 1, position 1: probability 1: expected a finite number of at least 0, found ";
        assert!(
            message
                .strip_prefix(expected)
                .is_some_and(|value| value.starts_with(found)),
            "{message}"
        );
        assert_eq!(ensemble.positions(), 0);
        let zeros = ensemble.push_probabilities(&[&good, &[0.5, 0.5, 0.0, 0.0]], &[0, 1]);
        assert!(
            zeros
                .unwrap_err()
                .to_string()
                .ends_with("expected at least one possible token among 2, found none")
        );
        let short = ensemble.push_probabilities(&[&good, &good[..3]], &[0, 1]);
        assert!(matches!(short, Err(Error::Length { .. })));
        ensemble
            .push_probabilities(&[&good, &good], &[0, 1])
            .unwrap();
        assert_eq!(ensemble.positions(), 2);
    }
}

#[test]
fn a_bad_probability_is_named_by_its_position_and_token() {
    for (at, position, token) in [(1, 0, 1), (3, 1, 0), (8, 2, 2)] {
        let mut rows = [0.25; 9];
        rows[at] = -1.0;
        let mut ensemble = EnsembleDivergence::new(settings(1, 3)).unwrap();
        let error = ensemble.push_probabilities(&[&rows], &[0, 0, 0]);
        let expected = format!("member 0, position {position}: probability {token}: ");
        assert!(
            error.unwrap_err().to_string().starts_with(&expected),
            "{at}"
        );
    }
}

#[test]
fn an_ensemble_has_no_means_before_its_first_position() {
    let mut ensemble = EnsembleDivergence::new(settings(2, 3)).unwrap();
    assert_eq!(ensemble.finish(), Err(Error::NoPositions));
    ensemble.push(&[&[], &[]], &[]).unwrap();
    assert_eq!(ensemble.finish(), Err(Error::NoPositions));
    ensemble.push(&[&[0.0; 3], &[0.0; 3]], &[0]).unwrap();
    assert_eq!(ensemble.finish().unwrap().positions, 1);
    // One member alone has no others.
    let alone = measured(&[vec![0.0, 1.0]], &[1], settings(1, 2)).finish();
    let alone = alone.unwrap();
    assert!(alone.leave_one_out.is_empty() && alone.pairs.is_empty());
    assert_eq!(alone.uncertainty.epistemic_bits, 0.0);
}

/// KL(first‖second) of one position in bits, and back.
fn kl(first: &[f32], second: &[f32]) -> [f64; 2] {
    let found = measured(
        &[first.to_vec(), second.to_vec()],
        &[0],
        settings(2, first.len()),
    );
    let found = found.finish().unwrap();
    [
        found.pairs[0].kl_forward_bits,
        found.pairs[0].kl_backward_bits,
    ]
}

#[test]
fn tokens_that_single_precision_makes_impossible_still_count() {
    let off = f32::NEG_INFINITY;
    // Possible in the first, however little, and excluded by the second.
    for lowest in [-88.0, -104.0, -800.0, -f32::MAX] {
        assert_eq!(
            kl(&[0.0, lowest], &[0.0, off]),
            [f64::INFINITY, 0.0],
            "{lowest}"
        );
    }
    // e^-88 * 3e38 / ln 2 = 2.6206 bits; the logit is that of the nearest f32.
    let [forward, backward] = kl(&[0.0, -88.0], &[0.0, -3e38]);
    let expected = (-88.0_f64).exp() * f64::from(3e38_f32) * std::f64::consts::LOG2_E;
    assert!((expected - 2.62).abs() < 1e-3);
    assert!((forward - expected).abs() < 1e-9, "{forward} {expected}");
    assert!(backward < 1e-9);
    // A probability that single precision holds with few digits: e^-80 / 1e6 against 2e38.
    let many = |last: f32| [vec![0.0; 999_999], vec![last]].concat();
    let [forward, _] = kl(&many(-80.0), &many(-2e38));
    let expected = (-80.0_f64).exp() / 999_999.0 * f64::from(2e38_f32) * std::f64::consts::LOG2_E;
    assert!(
        (forward / expected - 1.0).abs() < 1e-6,
        "{forward} {expected}"
    );
    for (first, second) in [
        ([0.0, -88.0], [0.0, off]),
        ([0.0, -88.0], [0.0, -3e38]),
        ([-3e38, 0.0], [0.0, -90.0]),
        ([1.0, 0.0], [0.0, 2.0]),
    ] {
        let [forward, backward] = kl(&first, &second);
        assert_eq!(kl(&second, &first), [backward, forward]);
    }
    // Impossible in both is no difference.
    assert_eq!(kl(&[0.0, off], &[0.0, off]), [0.0, 0.0]);
}

#[test]
fn a_nucleus_that_ends_on_its_mass_is_the_same_alone_and_in_an_ensemble() {
    for tokens in [3, 7, 10, 49, 1000] {
        let masses: Vec<f64> = (1..=tokens.min(200))
            .map(|kept| kept as f64 / tokens as f64)
            .collect();
        let flat = vec![0.0; tokens];
        let settings = Settings::new(1, tokens).masses(&masses);
        let found = measured(&[flat], &[0], settings).finish().unwrap();
        let uniform = Distribution::uniform(tokens).unwrap();
        for (index, mass) in masses.iter().enumerate() {
            let alone = |rule| {
                let cut = nucleus(&uniform, *mass, rule).unwrap();
                cut.probabilities().iter().filter(|p| **p > 0.0).count()
            };
            assert_eq!(alone(Rule::Holtzman), index + 1, "{tokens} {mass}");
            assert_eq!(alone(Rule::AsPublished), index + 1, "{tokens} {mass}");
            assert_eq!(
                found.members[0].nucleus_tokens[index],
                (index + 1) as f64,
                "{tokens} {mass}"
            );
        }
    }
}

#[test]
fn a_summary_is_shown_as_means_over_members() {
    let off = f32::NEG_INFINITY;
    let rows = [vec![0.0, 0.0, off], vec![0.0, off, 0.0]];
    let found = measured(&rows, &[0], settings(2, 3)).finish().unwrap();
    let expected = "1 positions, 3 tokens, 2 members\n\
        entropy 1.000 bits, KL to uniform 0.585 bits\n\
        negative log-likelihood 1.000 bits, accuracy 1.000\n\
        uncertainty 1.500 bits = aleatoric 1.000 + epistemic 0.500";
    assert_eq!(found.to_string(), expected);
}

#[test]
fn a_summary_with_infinite_values_survives_storage() {
    let off = f32::NEG_INFINITY;
    let rows = [vec![0.0, 0.0, off], vec![0.0, off, 1.0]];
    let found = measured(&rows, &[2], settings(2, 3)).finish().unwrap();
    assert_eq!(found.members[0].nll_bits, f64::INFINITY);
    assert_eq!(found.members[0].perplexity, f64::INFINITY);
    assert_eq!(found.members[0].kl_from_uniform_bits, f64::INFINITY);
    assert_eq!(found.pairs[0].kl_forward_bits, f64::INFINITY);
    let json = serde_json::to_string(&found).unwrap();
    assert!(
        json.contains(r#""kl_forward_bits":"Infinity""#) && !json.contains("null"),
        "{json}"
    );
    assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), found);
}

#[test]
fn a_merge_that_would_overflow_changes_nothing() {
    let text = stored();
    let mut small: EnsembleDivergence = serde_json::from_str(&text).unwrap();
    let full = text.replacen("\"positions\":3", &format!("\"positions\":{}", u64::MAX), 1);
    let mut full: EnsembleDivergence = serde_json::from_str(&full).unwrap();
    let (before, before_full) = (small.clone(), full.clone());
    assert!(matches!(small.merge(&full), Err(Error::Full { .. })));
    assert!(matches!(full.merge(&small), Err(Error::Full { .. })));
    assert_eq!((small, full), (before, before_full));
}

#[test]
fn every_other_setting_refuses_to_merge_and_changes_nothing() {
    let (logits, targets) = batch(2, 4, 3, 2.0, 9);
    let ours = measured(&logits, &targets, settings(2, 4));
    let others = [
        settings(3, 4),
        settings(2, 5),
        settings(2, 4).masses(&[0.5]),
        settings(2, 4).holtzman(false),
        settings(2, 4).as_published(false),
        settings(2, 4).rank_curve(false),
    ];
    for other in others {
        let mut merged = ours.clone();
        let refused = merged.merge(&EnsembleDivergence::new(other).unwrap());
        assert_eq!(refused, Err(Error::Mismatch { what: "settings" }));
        assert_eq!(merged, ours);
    }
    let mut merged = ours.clone();
    merged
        .merge(&EnsembleDivergence::new(settings(2, 4)).unwrap())
        .unwrap();
    assert_eq!(merged, ours);
}

/// A small accumulator as JSON.
fn stored() -> String {
    let (logits, targets) = batch(2, 4, 3, 2.0, 9);
    serde_json::to_string(&measured(&logits, &targets, settings(2, 4))).unwrap()
}

#[test]
fn impossible_accumulators_are_refused() {
    let text = stored();
    assert!(serde_json::from_str::<EnsembleDivergence>(&text).is_ok());
    let refused = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        assert!(
            serde_json::from_str::<EnsembleDivergence>(&changed).is_err(),
            "{changed}"
        );
    };
    refused("\"positions\":3", "\"positions\":0");
    refused("\"vocabulary\":4", "\"vocabulary\":5");
    refused("\"vocabulary\":4", "\"vocabulary\":99999999999");
    refused("\"members\":2", "\"members\":1000");
    for sum in [
        "entropy",
        "kept",
        "total_variation",
        "hellinger",
        "distance",
        "mixtures",
    ] {
        let opens = if sum == "distance" || sum == "mixtures" {
            "[["
        } else {
            "["
        };
        let from = format!("\"{sum}\":{opens}");
        refused(&from, &format!("{from}9"));
    }
    for count in ["correct", "disagreements"] {
        refused(&format!("\"{count}\":"), &format!("\"{count}\":9"));
    }
    refused("0.1,", "0.7,");
}

proptest! {
    #[test]
    fn shards_merge_to_what_one_pass_gives(cut in 1..19_usize, second in 1..19_usize, seed in any::<u64>()) {
        let (logits, targets) = batch(3, 6, 20, 2.0, seed);
        let whole = measured(&logits, &targets, settings(3, 6));
        let (low, high) = (cut.min(second), cut.max(second));
        let shard = |range: std::ops::Range<usize>| {
            let rows: Vec<Vec<f32>> = logits.iter().map(|r| r[range.start * 6..range.end * 6].to_vec()).collect();
            measured(&rows, &targets[range], settings(3, 6))
        };
        let (a, b, c) = (shard(0..low), shard(low..high), shard(high..20));
        let joined = |x: &EnsembleDivergence, y: &EnsembleDivergence| { let mut x = x.clone(); x.merge(y).unwrap(); x };
        prop_assert_eq!(&joined(&joined(&a, &b), &c), &whole);
        prop_assert_eq!(&joined(&a, &joined(&c, &b)), &whole);
        let empty = EnsembleDivergence::new(settings(3, 6)).unwrap();
        prop_assert_eq!(&joined(&empty, &a), &a);
    }

    #[test]
    fn an_accumulator_survives_storage(seed in any::<u64>(), spread in 0.0..60.0_f32) {
        let (logits, targets) = batch(4, 7, 3, spread, seed);
        let ensemble = measured(&logits, &targets, settings(4, 7));
        let text = serde_json::to_string(&ensemble).unwrap();
        prop_assert_eq!(serde_json::from_str::<EnsembleDivergence>(&text).unwrap(), ensemble);
    }

    #[test]
    fn changed_bytes_give_an_error_or_a_possible_accumulator(at in any::<prop::sample::Index>(), byte in any::<u8>(), drop in any::<bool>()) {
        let mut bytes = stored().into_bytes();
        let at = at.index(bytes.len());
        if drop { bytes.remove(at); } else { bytes[at] = byte; }
        if let Ok(mut ensemble) = serde_json::from_slice::<EnsembleDivergence>(&bytes) {
            let Ok(found) = ensemble.finish() else { return Ok(()) };
            prop_assert!(found.pairs.iter().all(|p| p.js_distance.iter().all(|d| (0.0..=1.0 + 1e-6).contains(d))));
            let again = ensemble.clone();
            prop_assert!(ensemble.merge(&again).is_ok());
        }
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(serde_json::from_slice::<EnsembleDivergence>(&bytes).is_err());
    }
}
