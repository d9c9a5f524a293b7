//! What holds for any input: a typed error or the documented value, and what is written reads back.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]
// A list of one span is a case of its own.
#![allow(clippy::single_range_in_vec_init, clippy::unwrap_used)]

use dissensus_source::{
    Alphabet, Bounds, Copies, DnaLike, DnaParams, Edge, HiddenMarkov, Iid, Interleaved, Machine,
    Markov, MarkovCounts, MotifParams, Motifs, Posterior, RateEnclosure, SampleMean, Source,
    Strand, TextLike, TextParams, TokenTrie, entropy_bits,
};
use proptest::prelude::*;

/// Numbers that break what was not thought of, beside ordinary ones.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..1.0,
        1 => Just(f64::NAN),
        1 => prop_oneof![Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
        1 => prop_oneof![Just(-0.5), Just(-0.0), Just(0.0), Just(1.0)],
        1 => prop_oneof![Just(1e308), Just(5e-324), Just(-1e308)],
    ]
}

fn numbers(most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        3 => prop::collection::vec(number(), 0..most),
        1 => (number(), 0..most).prop_map(|(value, n)| vec![value; n]),
    ]
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

fn is_distribution(p: &[f64]) -> bool {
    p.iter().all(|v| (0.0..=1.0 + 1e-9).contains(v)) && (p.iter().sum::<f64>() - 1.0).abs() <= 1e-9
}

proptest! {
    #[test]
    fn an_entropy_is_that_of_a_distribution_or_nan(weights in numbers(9)) {
        let found = entropy_bits(&weights);
        let valid = weights.iter().all(|w| w.is_finite() && *w >= 0.0)
            && weights.iter().any(|w| *w > 0.0);
        prop_assert_eq!(found.is_nan(), !valid);
        if valid {
            prop_assert!(found >= 0.0 && found <= (weights.len() as f64).log2() + 1e-9);
        }
    }

    #[test]
    fn a_mean_is_finite_or_refused(values in numbers(9)) {
        let valid = !values.is_empty() && values.iter().all(|v| v.is_finite());
        let found = SampleMean::of(&values);
        prop_assert_eq!(found.is_ok(), valid);
        if let Ok(mean) = found {
            prop_assert!(mean.bits.is_finite() && !mean.standard_error.is_nan());
            prop_assert_eq!(mean.standard_error.is_finite(), values.len() > 1);
        }
    }

    #[test]
    fn only_distributions_make_sources(p in numbers(6), rest in numbers(17)) {
        let fits = p.len() == 4 && is_distribution(&p);
        prop_assert_eq!(Iid::new(Alphabet::dna(), &p).is_ok(), fits);
        let copies = Copies::new(Alphabet::dna(), &p, 3, 0.5, Strand::Direct);
        prop_assert_eq!(copies.is_ok(), fits);
        let table_fits = rest.len() == 16 && rest.chunks(4).all(is_distribution);
        prop_assert_eq!(Markov::new(Alphabet::dna(), 1, &rest).is_ok(), table_fits);
        prop_assert!(HiddenMarkov::new(Alphabet::dna(), &rest, &p).is_err() || fits);
        let gc_fits = p.len() > 1 && p.iter().all(|v| (0.0..=1.0).contains(v));
        prop_assert_eq!(HiddenMarkov::isochores(&p, 10.0).is_ok(), gc_fits);
    }

    #[test]
    fn mixtures_take_distributions_only(weights in numbers(4)) {
        let coin = Iid::uniform(Alphabet::new("01").unwrap()).unwrap();
        let machine = coin.machine().unwrap();
        let found = Machine::mixture(&weights, &[machine, machine]);
        prop_assert_eq!(found.is_ok(), weights.len() == 2 && is_distribution(&weights));
    }

    #[test]
    fn motifs_and_machines_take_distributions_only(p in numbers(6), guess in numbers(3)) {
        let motifs = |params: MotifParams| Motifs::new(&params).is_ok();
        let fits = p.len() == 4 && is_distribution(&p);
        prop_assert!(!motifs(MotifParams::default().with_background(p.clone())) || fits);
        let spacing = !p.is_empty() && is_distribution(&p);
        prop_assert!(!motifs(MotifParams::default().with_spacing(p.clone())) || spacing);
        let gc = !p.is_empty() && p.iter().all(|v| (0.0..=1.0).contains(v));
        prop_assert!(DnaLike::new(&DnaParams::default().with_gc(p)).is_err() || gc);
        // Two states that never meet: the guess says how much each weighs.
        let stay = |next, symbol| vec![Edge { symbol, next, probability: 1.0 }];
        let states = vec![stay(0, 0), stay(1, 1)];
        let alphabet = Alphabet::new("01").unwrap();
        let found = Machine::from_guess(alphabet, states, guess.clone());
        let fits = guess.len() == 2 && is_distribution(&guess);
        prop_assert_eq!(found.is_ok(), fits, "{:?}", guess);
        for mass in found.iter().flat_map(Machine::stationary) {
            prop_assert!((0.0..=1.0).contains(mass));
        }
    }

    #[test]
    fn symbols_outside_the_alphabet_are_refused(document in prop::collection::vec(0..6_u8, 0..9)) {
        let inner = Markov::random(Alphabet::dna(), 1, 1.5, 1).unwrap();
        let interleaved = Interleaved::new(inner.clone(), 2).unwrap();
        let copies = Copies::new(Alphabet::dna(), &[0.25; 4], 2, 0.5, Strand::Inverted).unwrap();
        let sources: [&dyn Source; 3] = [&inner, &interleaved, &copies];
        let fits = document.iter().all(|&x| x < 4);
        for source in sources {
            prop_assert_eq!(source.log2_probability(&document).is_ok(), fits);
            prop_assert_eq!(source.leave_one_out(&document).is_ok(), fits);
            let visible: Vec<Option<u8>> = document.iter().map(|&x| Some(x)).collect();
            prop_assert_eq!(source.posterior(&visible).is_ok(), fits);
            let n = document.len();
            prop_assert!(source.span_losses_bits(&document, &[0..n + 1]).is_err());
            prop_assert!(source.span_losses_bits(&document, &[n..n]).is_err());
        }
    }

    #[test]
    fn a_loss_needs_its_truth(truth in prop::collection::vec(0..6_u8, 0..6)) {
        let posterior = Posterior {
            positions: vec![0, 3],
            size: 4,
            probabilities: vec![0.25; 8],
        };
        let fits = truth.len() > 3 && truth[0] < 4 && truth[3] < 4;
        prop_assert_eq!(posterior.mean_loss_bits(&truth).ok(), fits.then_some(2.0));
        let none = Posterior { positions: vec![], size: 4, probabilities: vec![] };
        prop_assert!(none.mean_loss_bits(&truth).is_err() && none.mean_entropy_bits().is_err());
    }

    #[test]
    fn results_survive_json(low in any::<f64>(), high in any::<f64>(), x in number(), n in any::<u32>()) {
        let bounds = Bounds { low, high };
        let text = serde_json::to_string(&bounds).unwrap();
        let read: Bounds = serde_json::from_str(&text).unwrap();
        prop_assert!(same(read.low, low) && same(read.high, high));
        let mean = SampleMean { bits: x, standard_error: high, samples: n as usize };
        let both = RateEnclosure { low: mean, high: mean };
        let text = serde_json::to_string(&both).unwrap();
        let read: RateEnclosure = serde_json::from_str(&text).unwrap();
        prop_assert!(same(read.low.bits, x) && same(read.high.standard_error, high));
        prop_assert_eq!(read.low.samples, n as usize);
    }

    #[test]
    fn merged_counts_are_those_of_the_whole(a in "[ACGTN]{0,30}", b in "[ACGTN]{0,30}") {
        let count = |text: &str| {
            let mut counts = MarkovCounts::new(Alphabet::dna(), 1).unwrap();
            counts.push(text);
            counts
        };
        let table = |counts: &MarkovCounts| counts.estimate(1.0).unwrap().table().to_vec();
        let mut merged = count(&a);
        merged.merge(&count(&b)).unwrap();
        prop_assert_eq!(table(&merged), table(&count(&format!("{a}N{b}"))));
        let mut neutral = count(&a);
        neutral.merge(&count("")).unwrap();
        prop_assert_eq!(table(&neutral), table(&count(&a)));
        for unlike in [
            MarkovCounts::new(Alphabet::dna(), 2).unwrap(),
            MarkovCounts::new(Alphabet::new("AC").unwrap(), 1).unwrap(),
        ] {
            prop_assert!(neutral.merge(&unlike).is_err());
            prop_assert_eq!(table(&neutral), table(&count(&a)));
        }
    }
}

#[test]
fn parameters_outside_their_range_are_refused() {
    for x in [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.5,
        1e308,
        5e-324,
    ] {
        let dna = DnaParams::default();
        for params in [
            dna.clone().with_isochore_length(-x.abs()),
            dna.clone().with_repeat_spacing(x.min(0.5)),
            dna.clone().with_divergence(x + 2.0),
            dna.clone().with_gc([x - 1.0]),
        ] {
            assert!(DnaLike::new(&params).is_err(), "{params:?}");
        }
        let motifs = MotifParams::default().with_rate(x - 1.0);
        assert!(Motifs::new(&motifs).is_err());
        let text = TextParams::default().with_topic_change(x + 2.0);
        assert!(TextLike::new(&text).is_err());
        assert!(TextLike::new(&TextParams::default().with_zipf(x - 5.0)).is_err());
        assert!(Markov::random(Alphabet::dna(), 1, x - 3.0, 1).is_err());
    }
    let (dna, motifs, text) = (
        DnaParams::default,
        MotifParams::default,
        TextParams::default,
    );
    for n in [0, usize::MAX] {
        assert!(DnaLike::new(&dna().with_families(n)).is_err());
        assert!(DnaLike::new(&dna().with_repeat_length(n)).is_err());
        assert!(Motifs::new(&motifs().with_shortest(n)).is_err());
        assert!(Copies::new(Alphabet::dna(), &[0.25; 4], n, 0.5, Strand::Direct).is_err());
        assert!(Interleaved::new(Iid::uniform(Alphabet::dna()).unwrap(), n).is_err());
        assert!(TextLike::new(&text().with_topics(n)).is_err());
        assert!(TextLike::new(&text().with_nouns(n)).is_err());
    }
    assert!(DnaLike::new(&dna().with_order(usize::MAX)).is_err());
    assert!(DnaLike::new(&dna().with_gc([])).is_err());
    assert!(Motifs::new(&motifs().with_spacing([])).is_err());
    assert!(Motifs::new(&motifs().with_left("")).is_err());
    assert!(MarkovCounts::new(Alphabet::dna(), 40).is_err());
}

#[test]
fn an_impossible_content_is_an_error() {
    let zeros = Iid::new(Alphabet::new("01").unwrap(), &[1.0, 0.0]).unwrap();
    assert!(zeros.span_losses_bits(&[0, 1, 0], &[1..2]).is_err());
    let copies = Copies::new(
        Alphabet::dna(),
        &[0.5, 0.5, 0.0, 0.0],
        2,
        0.5,
        Strand::Direct,
    );
    let found = copies.unwrap().span_losses_bits(&[0, 2, 0, 1], &[1..2]);
    assert!(found.is_err());
}

#[test]
fn an_enclosure_needs_documents_and_symbols() {
    let coin = Iid::uniform(Alphabet::new("01").unwrap()).unwrap();
    let machine = coin.machine().unwrap();
    for (documents, length, what) in [(0, 10, "documents"), (10, 0, "symbols of a document")] {
        let error = machine.enclose_rate(documents, length, 1).unwrap_err();
        let said = format!("{what}: expected at least 1, got 0");
        assert_eq!(error.to_string(), said);
    }
    assert_eq!(machine.enclose_rate(2, 10, 1).unwrap().high.bits, 1.0);
    assert!(dissensus_source::erasure_entropy(&coin, 0, 10, 1).is_err());
    assert!(dissensus_source::erasure_entropy(&coin, 3, 0, 1).is_err());
}

#[test]
fn a_row_of_a_table_is_refused_by_its_entry() {
    let table = [-0.1, 1.1, 0.5, 0.5];
    let error = Markov::new(Alphabet::new("01").unwrap(), 1, &table).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row of the Markov table 0: entry 0 is -0.1, expected a probability"
    );
}

#[test]
fn a_chain_with_a_transient_state_ends_where_it_leads() {
    let table = [0.5, 0.5, 0.0, 1.0];
    let source = Markov::new(Alphabet::new("01").unwrap(), 1, &table).unwrap();
    assert_eq!(source.as_machine().stationary(), [0.0, 1.0]);
    assert_eq!(source.entropy_rate().value(), Some(0.0));
    assert_eq!(source.document(1, 0, 5), [1; 5]);
}

#[test]
fn everything_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<(
        Alphabet,
        Bounds,
        Copies,
        DnaLike,
        DnaParams,
        Edge,
        HiddenMarkov,
        Iid,
    )>();
    shared::<(
        Interleaved<Markov>,
        Machine,
        Markov,
        MarkovCounts,
        MotifParams,
        Motifs,
    )>();
    shared::<(
        Posterior,
        RateEnclosure,
        SampleMean,
        Strand,
        TextLike,
        TextParams,
        TokenTrie,
    )>();
    shared::<(
        dissensus_source::Error,
        dissensus_source::Segment<'static>,
        Box<dyn Source>,
    )>();
}
