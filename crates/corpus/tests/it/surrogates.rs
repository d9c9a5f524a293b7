//! Shuffles keep what they promise and are uniform over everything that keeps it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dissensus_corpus::{
    Error, klet_shuffle, klet_shuffle_dna, markov_resample, markov_resample_dna,
};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn klets(symbols: &[u8], k: usize) -> BTreeMap<Vec<u8>, u32> {
    let mut counts = BTreeMap::new();
    symbols
        .windows(k)
        .for_each(|klet| *counts.entry(klet.to_vec()).or_default() += 1);
    counts
}

/// Every sequence with the k-let counts and the first k − 1 symbols of `symbols`, by trying all
/// ways on.
fn all_with_same_klets(symbols: &[u8], k: usize) -> BTreeSet<Vec<u8>> {
    fn extend(
        begun: &mut Vec<u8>,
        left: &mut BTreeMap<Vec<u8>, u32>,
        k: usize,
        found: &mut BTreeSet<Vec<u8>>,
    ) {
        if left.values().all(|&count| count == 0) {
            found.insert(begun.clone());
        }
        let goes_on =
            |(klet, count): &(&Vec<u8>, &u32)| **count > 0 && begun.ends_with(&klet[..k - 1]);
        let possible: Vec<_> = left
            .iter()
            .filter(goes_on)
            .map(|(klet, _)| klet.clone())
            .collect();
        for klet in &possible {
            *left.get_mut(klet).expect("it was there") -= 1;
            begun.push(klet[k - 1]);
            extend(begun, left, k, found);
            begun.pop();
            *left.get_mut(klet).expect("it was there") += 1;
        }
    }
    let mut found = BTreeSet::new();
    extend(
        &mut symbols[..k - 1].to_vec(),
        &mut klets(symbols, k),
        k,
        &mut found,
    );
    found
}

/// The value that χ² with `freedom` degrees exceeds with probability 1e-4 (Wilson and Hilferty; z =
/// 3.719).
fn chi_square_limit(freedom: f64) -> f64 {
    let spread = 2.0 / (9.0 * freedom);
    freedom * (1.0 - spread + 3.719 * spread.sqrt()).powi(3)
}

#[test]
fn shuffles_are_uniform_on_cases_small_enough_to_enumerate() {
    let cases: [(&[u8], usize); 9] = [
        (b"AABBC", 1),
        (b"AACAGA", 2),
        (b"ABACABA", 2),
        (b"AABABBAAB", 2),
        (b"ACGACTACGTA", 2),
        (b"AAAABAAABAAC", 2),
        (b"AABAABABAAB", 3),
        (b"ACACACGACACTACAG", 3),
        (b"ABABABCABABCABAB", 4),
    ];
    for (symbols, k) in cases {
        let all = all_with_same_klets(symbols, k);
        let draws = 500 * all.len();
        let mut rng = ChaCha8Rng::seed_from_u64(k as u64);
        let mut counts: HashMap<Vec<u8>, f64> = HashMap::new();
        for _ in 0..draws {
            let shuffled = klet_shuffle(symbols, k, &mut rng).expect("k is at least 1");
            *counts.entry(shuffled).or_default() += 1.0;
        }
        let name = String::from_utf8_lossy(symbols);
        assert!(all.len() > 1, "{name}");
        assert_eq!(
            counts.keys().cloned().collect::<BTreeSet<_>>(),
            all,
            "{name}"
        );
        let chi_square: f64 = counts
            .values()
            .map(|count| (count - 500.0).powi(2) / 500.0)
            .sum();
        let limit = chi_square_limit(all.len() as f64 - 1.0);
        assert!(
            chi_square < limit,
            "{name}, {} sequences: {chi_square} of {limit}",
            all.len()
        );
    }
}

proptest! {
    #[test]
    fn shuffles_keep_klets_and_ends(symbols in "[ACGT]{0,60}", k in 1usize..6, seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let shuffled = klet_shuffle(symbols.as_bytes(), k, &mut rng).expect("k is at least 1");
        prop_assert_eq!(shuffled.len(), symbols.len());
        for shorter in 1..=k {
            prop_assert_eq!(klets(&shuffled, shorter), klets(symbols.as_bytes(), shorter));
        }
        let ends = (k - 1).min(symbols.len());
        prop_assert_eq!(&shuffled[..ends], &symbols.as_bytes()[..ends]);
        prop_assert_eq!(&shuffled[shuffled.len() - ends..], &symbols.as_bytes()[symbols.len() - ends..]);
    }

    #[test]
    fn unknown_bases_stay_in_place(bases in "([ACGT]{0,20}|N{0,4}){0,8}", k in 1usize..4, seed: u64) {
        let places = |bases: &str| -> Vec<bool> { bases.bytes().map(|base| base == b'N').collect() };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let shuffled = klet_shuffle_dna(&bases, k, &mut rng).expect("k is at least 1");
        prop_assert_eq!(places(&shuffled), places(&bases));
        let without = |bases: &str| klets(bases.as_bytes(), k).into_iter().filter(|(klet, _)| !klet.contains(&b'N')).collect::<Vec<_>>();
        prop_assert_eq!(without(&shuffled), without(&bases));
        prop_assert_eq!(places(&markov_resample_dna(&bases, k, &mut rng)), places(&bases));
    }

    #[test]
    fn resamples_hold_no_stretch_that_the_circle_lacks(symbols in "[ACGT]{1,60}", order in 0usize..5, seed: u64) {
        let symbols = symbols.as_bytes();
        let drawn = markov_resample(symbols, order, &mut ChaCha8Rng::seed_from_u64(seed));
        prop_assert_eq!(drawn.len(), symbols.len());
        let circle: Vec<u8> = symbols.iter().copied().cycle().take(symbols.len() + order).collect();
        let known = klets(&circle, order + 1);
        prop_assert!(drawn.windows(order + 1).all(|segment| known.contains_key(segment)));
    }
}

#[test]
fn resamples_follow_the_estimated_chain() {
    let symbols: Vec<u8> = (0..20_000_u64)
        .map(|at| b"ACGT"[(at * at % 11 % 4) as usize])
        .collect();
    let drawn = markov_resample(&symbols, 1, &mut ChaCha8Rng::seed_from_u64(3));
    let (real, found) = (klets(&symbols, 2), klets(&drawn, 2));
    for (pair, count) in real {
        let difference = f64::from(found[&pair]) - f64::from(count);
        assert!(
            difference.abs() < 6.0 * f64::from(count).sqrt(),
            "{pair:?}: {count} and {difference}"
        );
    }
}

#[test]
fn same_seed_same_shuffle() {
    let shuffle = |seed| {
        klet_shuffle_dna(
            "ACGATCGATTTAGCNACGATCA",
            2,
            &mut ChaCha8Rng::seed_from_u64(seed),
        )
        .expect("k is 2")
    };
    assert_eq!(shuffle(5), shuffle(5));
    assert_ne!(shuffle(5), shuffle(6));
}

#[test]
fn text_is_shuffled_by_characters() {
    let text: Vec<char> = "so é so ü so".chars().collect();
    let shuffled = klet_shuffle(&text, 2, &mut ChaCha8Rng::seed_from_u64(2)).expect("k is 2");
    assert_eq!(shuffled.iter().filter(|&&c| c == 'é').count(), 1);
    assert_eq!((shuffled[0], shuffled[11]), ('s', 'o'));
}

#[test]
fn a_shuffle_of_nothing_is_refused() {
    let error = klet_shuffle(b"ACGT", 0, &mut ChaCha8Rng::seed_from_u64(1)).expect_err("k is 0");
    assert!(matches!(error, Error::Parameter { .. }));
    assert_eq!(
        error.to_string(),
        "k of a k-let shuffle is 0; expected at least 1"
    );
}
