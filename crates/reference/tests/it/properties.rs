//! What holds for any input: a typed error or the documented value, and what is written reads back.

#![allow(clippy::unwrap_used)]

use dissensus_reference::{
    BitsPerSymbol, BlockCounts, BlockEntropy, BoundKind, CodeLength, ContextTree,
    ContextTreeParams, CopyModel, CopyModelParams, Error, LempelZiv, SurveyParams, SurveyRow,
    TwoSided, TwoSidedParams, block_entropy, code_length, conditional_entropy,
    conditional_entropy_nsb, lempel_ziv, survey,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

fn round_trip<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..20_u64, 1 => Just(u64::MAX), 1 => Just(1 << 53), 2 => 1..1_000_000_u64]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn entropies_of_counts_lie_in_their_range(counts in prop::collection::vec(count(), 0..8), words in 1..40_i32) {
        let words = 2f64.powi(words);
        let distinct = counts.iter().filter(|n| **n > 0).count() as f64;
        let found = block_entropy(&counts, words);
        let total: u128 = counts.iter().map(|&n| u128::from(n)).sum();
        prop_assert_eq!(found.is_ok(), distinct > 0.0 && distinct <= words && total <= 1 << 53);
        if let Ok(found) = found {
            let most = words.log2();
            prop_assert!(found.plug_in_bits >= -1e-9 && found.plug_in_bits <= distinct.log2() + 1e-9);
            prop_assert!(found.nsb_bits >= -1e-9 && found.nsb_bits <= most + 1e-9, "{:?}", found);
            prop_assert!(found.nsb_deviation_bits >= 0.0 && found.nsb_deviation_bits <= most);
            prop_assert!(found.grassberger_bits.is_finite() && found.miller_madow_bits.is_finite());
        }
    }

    #[test]
    fn any_sequence_has_estimates_or_an_error(
        symbols in prop::collection::vec(prop::option::weighted(0.9, 0..5_u8), 0..60),
        order in prop_oneof![0..12_usize, Just(usize::MAX - 1)],
        block in prop_oneof![0..9_usize, Just(usize::MAX)],
    ) {
        let fits = symbols.iter().flatten().all(|&x| x < 4);
        for bits in [
            conditional_entropy(&symbols, 4, order, block),
            conditional_entropy_nsb(&symbols, 4, order).map(BitsPerSymbol::without_interval),
        ] {
            prop_assert!(fits || bits.is_err());
            if let Ok(bits) = bits {
                prop_assert!((0.0..=2.0).contains(&bits.value), "{}", bits);
                prop_assert!(bits.low <= bits.value && bits.value <= bits.high, "{:?}", bits);
            }
        }
        let known: Vec<u8> = symbols.iter().flatten().copied().collect();
        let parse = lempel_ziv(&known);
        prop_assert_eq!(parse.is_ok(), known.len() > 1);
        prop_assert!(parse.map_or(true, |p| p.bits_per_symbol.is_finite() && p.phrases > 0));
    }

    #[test]
    fn any_symbols_are_coded_or_refused(
        symbols in prop::collection::vec(prop::option::weighted(0.9, 0..7_u8), 0..40),
        size in 2..7_usize,
        alpha in prop_oneof![Just(1e-9), Just(0.5), Just(1e9)],
        rate in prop_oneof![Just(0.0), Just(0.002), Just(1.0)],
    ) {
        let fits = symbols.iter().flatten().all(|&x| usize::from(x) < size);
        let params = ContextTreeParams::new(size).with_depth(3).with_alpha(alpha).with_nodes(1024);
        let mut tree = ContextTree::with_params(params).unwrap();
        let known: Vec<u8> = symbols.iter().flatten().copied().collect();
        prop_assert_eq!(tree.set_past(&known).is_ok(), fits);
        let copies = CopyModelParams::text(size).with_orders([0, 2]).with_seed(4);
        let mut copies = CopyModel::new(copies).unwrap();
        let sides = TwoSidedParams::text(size).with_contexts([(0, 0), (1, 1)]).with_rate(rate);
        let mut sides = TwoSided::new(sides).unwrap();
        let sequence = || symbols.iter().copied();
        for length in [
            code_length(&mut tree, sequence(), 7),
            code_length(&mut copies, sequence(), 7),
            sides.learn_and_score(&symbols, 7),
        ] {
            prop_assert_eq!(length.is_ok(), fits);
            if let Ok(length) = length {
                prop_assert!(length.bits.is_finite() && length.bits >= 0.0, "{:?}", length);
                prop_assert_eq!(length.symbols, known.len() as u64);
            }
        }
        let mut counts = BlockCounts::new(size, 2).unwrap();
        prop_assert_eq!(counts.push_all(sequence()).is_ok(), fits);
    }

    #[test]
    fn results_survive_json(a in any::<f64>(), b in any::<f64>(), c in any::<f64>(), n in any::<u32>()) {
        let bits = BitsPerSymbol { value: a, standard_error: b, low: c, high: a, blocks: n as usize };
        let row = SurveyRow { name: "x".into(), side: BoundKind::TwoSided, bits };
        let read = round_trip(&row);
        prop_assert!(same(read.bits.value, a) && same(read.bits.standard_error, b) && same(read.bits.low, c));
        let entropy = BlockEntropy {
            words: u64::from(n), distinct: 1, plug_in_bits: a, miller_madow_bits: b,
            grassberger_bits: c, nsb_bits: a, nsb_deviation_bits: b,
        };
        let read = round_trip(&entropy);
        prop_assert!(same(read.plug_in_bits, a) && same(read.grassberger_bits, c));
        prop_assert!(same(read.nsb_deviation_bits, b) && read.words == u64::from(n));
        let parse = LempelZiv { symbols: 2, phrases: 1, bits_per_symbol: a, match_length_bits: b };
        let read = round_trip(&parse);
        prop_assert!(same(read.bits_per_symbol, a) && same(read.match_length_bits, b));
    }

    #[test]
    fn code_lengths_survive_json(costs in prop::collection::vec(any::<f64>(), 0..9), block in 1..4_usize) {
        let mut length = CodeLength::new(block);
        costs.iter().for_each(|&bits| length.add(bits));
        let mut read: CodeLength = round_trip(&length);
        prop_assert!(same(read.bits, length.bits) && read.symbols == length.symbols);
        prop_assert!(read.blocks.iter().zip(&length.blocks).all(|(a, b)| same(*a, *b)));
        // The open block too: one more symbol closes the same block.
        (0..block).for_each(|_| { read.add(1.0); length.add(1.0); });
        prop_assert_eq!(read.blocks.len(), length.blocks.len());
        prop_assert!(read.blocks.iter().zip(&length.blocks).all(|(a, b)| same(*a, *b)));
    }

    #[test]
    fn two_sided_predictors_refuse_other_symbols(symbols in prop::collection::vec(prop::option::of(0..6_u8), 0..20)) {
        let params = TwoSidedParams::dna().with_contexts([(0, 0), (1, 1)]);
        let mut model = TwoSided::new(params).unwrap();
        let fits = symbols.iter().flatten().all(|&x| x < 4);
        prop_assert_eq!(model.train(&symbols).is_ok(), fits);
        prop_assert_eq!(model.score(&symbols, 3).is_ok(), fits);
        prop_assert_eq!(model.learn_and_score(&symbols, 3).is_ok(), fits);
    }
}

#[test]
fn parameters_outside_their_range_are_refused() {
    for alpha in [f64::NAN, f64::INFINITY, 0.0, -1.0, 9e-10, 1.1e9] {
        let params = ContextTreeParams::new(4).with_alpha(alpha);
        assert!(ContextTree::with_params(params).is_err(), "{alpha}");
    }
    for rate in [f64::NAN, f64::INFINITY, -1.0, 1.1] {
        let params = TwoSidedParams::dna().with_rate(rate);
        assert!(TwoSided::new(params).is_err(), "{rate}");
    }
    for wrong in [vec![3, 2, 1], vec![3, 2, 1, 4], vec![]] {
        let complement = Some(wrong);
        let copies = CopyModelParams::dna().with_complement(complement.clone());
        assert!(CopyModel::new(copies).is_err());
        let sides = TwoSidedParams::dna().with_complement(complement);
        assert!(TwoSided::new(sides).is_err());
    }
    for size in [0, 1, 257, usize::MAX] {
        assert!(ContextTree::new(size, 3).is_err());
        assert!(CopyModel::new(CopyModelParams::text(size)).is_err());
        assert!(TwoSided::new(TwoSidedParams::text(size)).is_err());
        assert!(BlockCounts::new(size, 1).is_err());
    }
    assert!(ContextTree::new(4, usize::MAX).is_err());
    assert!(BlockCounts::new(4, usize::MAX).is_err());
    assert!(CopyModel::new(CopyModelParams::dna().with_orders([3, 3])).is_err());
    assert!(CopyModel::new(CopyModelParams::dna().with_experts(usize::MAX)).is_err());
}

#[test]
fn a_sequence_of_nothing_has_no_survey() {
    for symbols in [vec![], vec![None; 5], vec![Some(1)]] {
        assert!(survey(&symbols, &SurveyParams::dna()).is_err());
    }
}

#[test]
fn a_survey_refuses_what_any_of_its_estimates_does() {
    let symbols: Vec<Option<u8>> = (0..40_u8).map(|i| Some(i % 5)).collect();
    let of = |params: SurveyParams| survey(&symbols, &params);
    assert!(of(SurveyParams::text(5)).is_ok());
    // Also without an order, whose blocks would have met the letter first.
    let error = of(SurveyParams::dna().with_orders([])).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Symbol {
                position: 4,
                symbol: 4,
                size: 4
            }
        ),
        "{error}"
    );
    for wrong in [
        SurveyParams::text(1),
        SurveyParams::text(65),
        SurveyParams::text(5).with_depth(25),
        SurveyParams::text(5).with_orders([usize::MAX]),
        SurveyParams::text(5).with_complement(Some(vec![0; 4])),
    ] {
        assert!(matches!(of(wrong), Err(Error::Parameter { .. })));
    }
}

#[test]
fn everything_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<(
        BitsPerSymbol,
        BlockCounts,
        BlockEntropy,
        BoundKind,
        CodeLength,
        ContextTree,
    )>();
    shared::<(
        ContextTreeParams,
        CopyModel,
        CopyModelParams,
        Error,
        LempelZiv,
    )>();
    shared::<(SurveyParams, SurveyRow, TwoSided, TwoSidedParams)>();
}
