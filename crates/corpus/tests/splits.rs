//! Sets are disjoint, in order, of the sizes asked for, and apart by the gap.

use dissensus_corpus::{
    Error, Record, Region, Set, SplitParams, Symbol, shuffle, split, split_records,
};
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
        let params = SplitParams { training: 5, evaluation, analysis, gap };
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
        let record = Record { number: 1, text: text.clone(), ..Record::default() };
        let params = SplitParams::default().evaluation(evaluation).gap(gap);
        let Ok(sets) = split_records(&[record], Symbol::Character, &params) else { return Ok(()) };
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut last = 0;
        for part in sets.training.iter().chain(&sets.evaluation) {
            let start = part.start as usize;
            prop_assert!(start >= last);
            prop_assert_eq!(&text[start..start + part.text.len()], &part.text);
            prop_assert!(part.text.split_whitespace().all(|word| words.contains(&word)));
            let is_edge = |at: usize| at == 0 || at == text.len() || text.as_bytes()[at - 1] == b' ' || text.as_bytes()[at] == b' ';
            prop_assert!(is_edge(start) && is_edge(start + part.text.len()));
            last = start + part.text.len();
        }
    }
}

#[test]
fn too_little_data_is_refused_with_the_sum() {
    let params = SplitParams {
        training: 50,
        evaluation: 30,
        analysis: 20,
        gap: 5,
    };
    let error = split(&[60, 49], &params).expect_err("one symbol too few");
    let expected = "109 symbols are too few: 50 for training, 30 for evaluation, 20 for analysis and 10 between them need 110";
    assert_eq!(error.to_string(), expected);
    assert!(split(&[60, 50], &params).is_ok());
}

#[test]
fn windows_at_borders_belong_to_no_set() {
    let params = SplitParams {
        training: 1,
        evaluation: 20,
        analysis: 10,
        gap: 5,
    };
    let sets = split(&[60, 40], &params).expect("enough");
    let set = |record, start, end| sets.set_of(&Region { record, start, end });
    assert_eq!(set(1, 50, 60), Some(Set::Training));
    assert_eq!(set(2, 4, 14), None);
    assert_eq!(set(2, 5, 15), Some(Set::Evaluation));
    assert_eq!(set(2, 20, 30), None);
    assert_eq!(set(2, 30, 40), Some(Set::Analysis));
}

#[test]
fn bases_are_cut_exactly() {
    let records: Vec<Record> = (1..)
        .zip(["ACGTACGT", "GGGGCCCC"])
        .map(|(number, text)| Record {
            number,
            text: text.into(),
            ..Record::default()
        })
        .collect();
    let params = SplitParams::default().evaluation(3).analysis(2).gap(1);
    let sets = split_records(&records, Symbol::Base, &params).expect("enough");
    let parts = |set: &[Record]| {
        set.iter()
            .map(|part| (part.number, part.start, part.text.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        parts(&sets.training),
        [(1, 0, "ACGTACGT".into()), (2, 0, "G".into())]
    );
    assert_eq!(parts(&sets.evaluation), [(2, 2, "GGC".into())]);
    assert_eq!(parts(&sets.analysis), [(2, 6, "CC".into())]);
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
