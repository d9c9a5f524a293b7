//! The built-in sources and the streams of all.

#![allow(clippy::unwrap_used)]

use dissensus_source::{
    Alphabet, DnaLike, DnaParams, Markov, MarkovCounts, Source, TextLike, TextParams,
    erasure_entropy,
};

#[test]
fn equal_seeds_give_equal_documents_however_they_are_asked_for() {
    let text = TextLike::default();
    let whole = text.document(3, 5, 1_000);
    let mut parts = vec![0; 1_000];
    let mut stream = text.stream(3, 5);
    parts.chunks_mut(7).for_each(|part| stream.fill(part));
    assert_eq!(whole, parts);
    assert_ne!(whole, text.document(3, 6, 1_000));
    assert_ne!(whole, text.document(4, 5, 1_000));
}

#[test]
fn text_code_length_meets_the_entropy_rate() {
    let text = TextLike::default();
    let rate = text.entropy_rate().value().unwrap();
    let found = -text
        .log2_probability(&text.document(1, 0, 200_000))
        .unwrap()
        / 200_000.0;
    assert!((found - rate).abs() < 0.015, "{found} against {rate}");
}

#[test]
fn two_sides_tell_more_than_one_about_a_letter_of_text() {
    let text = TextLike::default();
    let document = text.document(2, 0, 20_000);
    let erasure = text
        .leave_one_out(&document)
        .unwrap()
        .mean_entropy_bits()
        .unwrap();
    assert!(erasure < 0.6 * text.entropy_rate().low, "{erasure}");
}

#[test]
fn the_erasure_entropy_of_text_is_exact_and_met_by_its_documents() {
    let text = TextLike::default();
    let exact = text.as_machine().erasure_entropy_bits().unwrap();
    assert!(exact.high - exact.low < 1e-6, "{exact}");
    let found = erasure_entropy(&text, 8, 20_000, 4).unwrap();
    assert!(
        (found.bits - exact.middle()).abs() < 4.0 * found.standard_error + 1e-3,
        "{found} against {exact}"
    );
}

#[test]
fn the_dna_like_source_is_enclosed_near_the_bits_of_a_genome() {
    let dna = DnaLike::default();
    let enclosure = dna.as_machine().enclose_rate(4, 4_000, 1).unwrap();
    assert!(enclosure.low.bits < enclosure.high.bits);
    assert!(
        enclosure.low.bits > 1.83 && enclosure.high.bits < 1.97,
        "{enclosure:?}"
    );
    let bounds = dna.entropy_rate();
    assert!(bounds.low < enclosure.high.high() && enclosure.low.low() < bounds.high);
}

#[test]
fn dna_strands_are_alike() {
    let dna = DnaLike::default();
    for word in ["ACG", "GGC", "TTA", "ACGTT"] {
        let symbols = Alphabet::dna().parse(word).unwrap();
        let reverse: Vec<u8> = symbols.iter().rev().map(|x| 3 - x).collect();
        let (a, b) = (
            dna.log2_probability(&symbols).unwrap(),
            dna.log2_probability(&reverse).unwrap(),
        );
        assert!((a - b).abs() < 0.02, "{word}: {a} against {b}");
    }
}

#[test]
fn bad_parameters_are_refused() {
    let no_gc = DnaParams::default().with_gc([]);
    assert!(DnaLike::new(&no_gc).is_err());
    let one_topic = TextParams::default().with_topics(1);
    assert!(TextLike::new(&one_topic).is_err());
    assert!(Markov::random(Alphabet::dna(), 1, 2.1, 0).is_err());
}

#[test]
fn an_estimated_chain_is_the_one_that_made_the_data() {
    let source = Markov::random(Alphabet::dna(), 2, 1.8, 6).unwrap();
    let mut counts = MarkovCounts::new(Alphabet::dna(), 2).unwrap();
    counts.push(&source.text(1, 0, 500_000));
    let estimate = counts.estimate(0.5).unwrap();
    let far = source
        .table()
        .iter()
        .zip(estimate.table())
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(far < 0.02, "{far}");
}

#[test]
fn merged_counts_are_the_counts_of_both() {
    let count = |texts: &[&str]| {
        let mut counts = MarkovCounts::new(Alphabet::dna(), 1).unwrap();
        texts.iter().for_each(|t| counts.push(t));
        counts
    };
    let mut merged = count(&["ACGTN"]);
    merged.merge(&count(&["TTGCA"])).unwrap();
    let both = count(&["ACGTN", "TTGCA"]);
    assert_eq!(
        merged.estimate(1.0).unwrap().table(),
        both.estimate(1.0).unwrap().table()
    );
}
