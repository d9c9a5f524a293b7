//! Sets are disjoint, in order, of the sizes asked for, and apart by the gap.

use dissensus_corpus::{Error, Region, SplitParams, shuffle, split, words_within};
use proptest::prelude::*;

/// Places of the symbols of `regions` with all records laid end to end.
fn places(lengths: &[u64], regions: &[Region]) -> Vec<u64> {
    let before = |record: u64| lengths[..record as usize - 1].iter().sum::<u64>();
    let place =
        |region: &Region| before(region.record) + region.start..before(region.record) + region.end;
    regions.iter().flat_map(place).collect()
}

proptest! {
    #[test]
    fn sets_are_contiguous_and_apart(
        lengths in proptest::collection::vec(0u64..40, 1..6), evaluation in 0u64..20, analysis in 0u64..20, gap in 0u64..9,
    ) {
        let params = SplitParams::default().with_training(5).with_evaluation(evaluation).with_analysis(analysis).with_gap(gap);
        let have: u64 = lengths.iter().sum();
        let gaps = gap * (u64::from(evaluation > 0) + u64::from(analysis > 0));
        let need = 5 + evaluation + analysis + gaps;
        let sets = match split(&lengths, &params) {
            Ok(sets) => sets,
            Err(Error::TooShort { .. }) => {
                prop_assert!(have < need);
                return Ok(());
            }
            Err(other) => panic!("{other}"),
        };
        let expected = [0..have - evaluation - analysis - gaps, 0..0, have - analysis..have];
        prop_assert_eq!(places(&lengths, &sets.training), expected[0].clone().collect::<Vec<_>>());
        prop_assert_eq!(places(&lengths, &sets.analysis), expected[2].clone().collect::<Vec<_>>());
        let end = have - analysis - if analysis > 0 { gap } else { 0 };
        prop_assert_eq!(places(&lengths, &sets.evaluation), (end - evaluation..end).collect::<Vec<_>>());
    }

    #[test]
    fn text_is_cut_at_white_space_only(text in "([a-cé]{1,6} {1,2}){10,30}", evaluation in 1u64..20, gap in 0u64..5) {
        let length = text.chars().count() as u64;
        let params = SplitParams::default().with_evaluation(evaluation).with_gap(gap);
        let Ok(sets) = split(&[length], &params) else { return Ok(()) };
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut last = 0;
        for region in sets.training.iter().chain(&sets.evaluation) {
            let part = words_within(&text, region.start as usize..region.end as usize);
            prop_assert!(part.start >= last || part.is_empty());
            prop_assert!(text[part.clone()].split_whitespace().all(|word| words.contains(&word)));
            if part.is_empty() { continue; }
            let is_edge = |at: usize| at == 0 || at == text.len() || text.as_bytes()[at - 1] == b' ' || text.as_bytes()[at] == b' ';
            prop_assert!(is_edge(part.start) && is_edge(part.end));
            last = part.end;
        }
    }
}

#[test]
fn too_little_data_is_refused_with_the_sum() {
    let params = SplitParams::default()
        .with_training(50)
        .with_evaluation(30)
        .with_analysis(20)
        .with_gap(5);
    let error = split(&[60, 49], &params).expect_err("one symbol too few");
    let expected = "109 symbols are too few: 50 for training, 30 for evaluation, 20 for analysis and 10 between them need 110";
    assert_eq!(error.to_string(), expected);
    assert!(split(&[60, 50], &params).is_ok());
}

#[test]
fn the_order_of_a_seed_never_changes() {
    let mut items: Vec<u32> = (0..10).collect();
    shuffle(&mut items, 42);
    assert_eq!(items, ORDER_OF_SEED_42);
}

const ORDER_OF_SEED_42: [u32; 10] = [9, 7, 2, 5, 0, 1, 4, 3, 8, 6];

#[test]
fn all_orders_are_equally_likely() {
    let mut counts = std::collections::HashMap::<[u8; 4], f64>::new();
    for seed in 0..24_000 {
        let mut items = [0, 1, 2, 3];
        shuffle(&mut items, seed);
        *counts.entry(items).or_default() += 1.0;
    }
    let chi_square: f64 = counts
        .values()
        .map(|count| (count - 1000.0).powi(2) / 1000.0)
        .sum();
    assert_eq!(counts.len(), 24);
    // 23 degrees of freedom: 49.73 is exceeded with probability 0.001.
    assert!(chi_square < 49.73, "{chi_square}");
}
