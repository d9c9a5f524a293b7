//! Every source against the sum over all sequences.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]
#![allow(clippy::unwrap_used)]

use approx::assert_relative_eq;
use dissensus_source::{
    Alphabet, Copies, DnaLike, DnaParams, Edge, HiddenMarkov, Iid, Interleaved, Machine, Markov,
    MotifParams, Motifs, Segment, Source, Strand, TokenTrie,
};

fn binary() -> Alphabet {
    Alphabet::new("01").unwrap()
}

fn edge(symbol: u8, next: u32, probability: f64) -> Edge {
    Edge {
        symbol,
        next,
        probability,
    }
}

/// A two-state hidden source that is not unifilar.
fn hidden() -> Machine {
    let states = vec![
        vec![
            edge(0, 0, 0.6),
            edge(1, 0, 0.2),
            edge(0, 1, 0.1),
            edge(1, 1, 0.1),
        ],
        vec![edge(1, 1, 0.7), edge(0, 1, 0.1), edge(1, 0, 0.2)],
    ];
    Machine::new(binary(), states).unwrap()
}

fn small_dna() -> DnaLike {
    let params = DnaParams::default()
        .with_order(1)
        .with_repeat_length(4)
        .with_repeat_spacing(6.0)
        .with_families(1)
        .with_isochore_length(5.0);
    DnaLike::new(&params).unwrap()
}

fn small_motifs() -> Motifs {
    let params = MotifParams::default()
        .with_background([0.4, 0.3, 0.2, 0.1])
        .with_left("AC")
        .with_right("T")
        .with_shortest(1)
        .with_spacing([0.7, 0.3])
        .with_rate(0.3);
    Motifs::new(&params).unwrap()
}

fn small_mixture() -> Machine {
    let chain = Markov::random(binary(), 2, 0.5, 8).unwrap();
    Machine::mixture(&[0.3, 0.7], &[&hidden(), chain.as_machine()]).unwrap()
}

/// The sources, each with a length at which all its documents can be listed.
fn sources() -> Vec<(&'static str, Box<dyn Source>, usize)> {
    let uneven = [0.5, 0.25, 0.125, 0.125];
    let even = [0.3, 0.2, 0.2, 0.3];
    let copies = |base: &[f64], strand| Copies::new(Alphabet::dna(), base, 2, 0.7, strand).unwrap();
    vec![
        (
            "iid",
            Box::new(Iid::new(Alphabet::dna(), &uneven).unwrap()),
            5,
        ),
        (
            "markov 1",
            Box::new(Markov::random(Alphabet::dna(), 1, 1.5, 3).unwrap()),
            5,
        ),
        (
            "markov 3",
            Box::new(Markov::random(binary(), 3, 0.6, 4).unwrap()),
            9,
        ),
        ("hidden", Box::new(hidden()), 9),
        (
            "direct copies",
            Box::new(copies(&uneven, Strand::Direct)),
            6,
        ),
        (
            "inverted copies",
            Box::new(copies(&even, Strand::Inverted)),
            6,
        ),
        ("genes", Box::new(HiddenMarkov::genes(2.0, 3.0).unwrap()), 5),
        ("motifs", Box::new(small_motifs()), 5),
        ("mixture", Box::new(small_mixture()), 7),
        (
            "both strands",
            Box::new(small_motifs().as_machine().both_strands().unwrap()),
            5,
        ),
        ("dna", Box::new(small_dna()), 5),
        (
            "interleaved",
            Box::new(Interleaved::new(hidden(), 3).unwrap()),
            9,
        ),
    ]
}

fn all(size: usize, length: usize) -> impl Iterator<Item = Vec<u8>> {
    (0..size.pow(length as u32)).map(move |mut code| {
        let mut digit = || {
            let x = (code % size) as u8;
            code /= size;
            x
        };
        (0..length).map(|_| digit()).collect()
    })
}

fn probability(source: &dyn Source, document: &[u8]) -> f64 {
    source.log2_probability(document).unwrap().exp2()
}

fn block_entropy(source: &dyn Source, length: usize) -> f64 {
    let terms = all(source.alphabet().size(), length).map(|d| probability(source, &d));
    terms.filter(|p| *p > 0.0).map(|p| -p * p.log2()).sum()
}

#[test]
fn probabilities_of_all_documents_sum_to_one() {
    for (name, source, length) in sources() {
        let total: f64 = all(source.alphabet().size(), length)
            .map(|d| probability(&*source, &d))
            .sum();
        assert!((total - 1.0).abs() < 1e-10, "{name}: {total}");
    }
}

#[test]
fn posteriors_are_ratios_of_document_probabilities() {
    for (name, source, length) in sources() {
        let truth = source.document(5, 0, length);
        let hidden = [1, length / 2, length / 2 + 1];
        let visible: Vec<Option<u8>> = (0..length)
            .map(|t| (!hidden.contains(&t)).then_some(truth[t]))
            .collect();
        let posterior = source.posterior(&visible).unwrap();
        let mut expected = vec![vec![0.0; posterior.size]; hidden.len()];
        for d in all(posterior.size, length).filter(|d| {
            d.iter()
                .zip(&visible)
                .all(|(x, v)| v.is_none_or(|v| v == *x))
        }) {
            let p = probability(&*source, &d);
            hidden
                .iter()
                .zip(&mut expected)
                .for_each(|(&t, row)| row[d[t] as usize] += p);
        }
        assert_eq!(posterior.positions, hidden, "{name}");
        for (i, row) in expected.iter().enumerate() {
            let total: f64 = row.iter().sum();
            for (found, weight) in posterior.row(i).iter().zip(row) {
                assert_relative_eq!(*found, weight / total, epsilon = 1e-10);
            }
        }
    }
}

#[test]
fn leaving_one_out_is_masking_it_alone() {
    for (name, source, length) in sources() {
        let truth = source.document(6, 1, length);
        let each = source.leave_one_out(&truth).unwrap();
        assert_eq!(each.len(), length, "{name}");
        for t in 0..length {
            let visible: Vec<Option<u8>> =
                (0..length).map(|i| (i != t).then_some(truth[i])).collect();
            let alone = source.posterior(&visible).unwrap();
            for (a, b) in alone.row(0).iter().zip(each.row(t)) {
                assert_relative_eq!(*a, *b, epsilon = 1e-10);
            }
        }
    }
}

#[test]
fn entropy_rate_lies_between_conditional_entropies() {
    for (name, source, length) in sources() {
        let bounds = source.entropy_rate();
        let conditional = block_entropy(&*source, length) - block_entropy(&*source, length - 1);
        assert!(bounds.low <= bounds.high + 1e-12, "{name}");
        assert!(
            bounds.low <= conditional + 1e-9,
            "{name}: {bounds} against {conditional}"
        );
        if name.starts_with("markov") {
            assert_relative_eq!(conditional, bounds.value().unwrap(), epsilon = 1e-9);
        }
    }
}

#[test]
fn samples_have_the_stated_frequencies() {
    // A mixture is not ergodic: one long document shows one component of it.
    for (name, source, _) in sources()
        .into_iter()
        .filter(|s| s.0 != "mixture" && s.0 != "both strands")
    {
        let size = source.alphabet().size();
        let document = source.document(11, 0, 400_000);
        let mut counts = vec![0.0; size * size];
        document
            .chunks_exact(2)
            .for_each(|w| counts[w[0] as usize * size + w[1] as usize] += 1.0);
        let pairs = 200_000.0;
        for d in all(size, 2) {
            // Inverted copies are stationary only block by block, and pairs here are blocks.
            let p = probability(&*source, &d);
            let found = counts[d[0] as usize * size + d[1] as usize] / pairs;
            assert!(
                (found - p).abs() < 0.006,
                "{name} {d:?}: {found} against {p}"
            );
        }
    }
}

#[test]
fn the_symmetric_version_has_equal_strands() {
    let source = Markov::random(Alphabet::dna(), 2, 1.7, 9).unwrap();
    let symmetric = source.reverse_complement_symmetric().unwrap();
    for word in all(4, 5) {
        let reverse: Vec<u8> = word.iter().rev().map(|x| 3 - x).collect();
        assert_relative_eq!(
            probability(&symmetric, &word),
            probability(&symmetric, &reverse),
            epsilon = 1e-12
        );
    }
    for word in all(4, 3) {
        let reverse: Vec<u8> = word.iter().rev().map(|x| 3 - x).collect();
        let mean = 0.5 * (probability(&source, &word) + probability(&source, &reverse));
        assert_relative_eq!(probability(&symmetric, &word), mean, epsilon = 1e-12);
    }
}

#[test]
fn both_strands_of_any_source_are_equally_probable() {
    let source = small_motifs();
    let both = source.as_machine().both_strands().unwrap();
    for word in all(4, 5) {
        let reverse: Vec<u8> = word.iter().rev().map(|x| 3 - x).collect();
        let mean = 0.5 * (probability(&source, &word) + probability(&source, &reverse));
        assert_relative_eq!(probability(&both, &word), mean, epsilon = 1e-12);
    }
}

#[test]
fn erasure_entropy_of_a_chain_is_its_conditional_entropy() {
    let source = Markov::random(binary(), 2, 0.7, 1).unwrap();
    // H(X_3 | X_1 X_2 X_4 X_5) by enumeration of five symbols.
    let mut expected = 0.0;
    for outer in all(2, 4) {
        let p = |x: u8| probability(&source, &[outer[0], outer[1], x, outer[2], outer[3]]);
        let (a, b) = (p(0), p(1));
        expected -= a * (a / (a + b)).log2() + b * (b / (a + b)).log2();
    }
    assert_relative_eq!(
        source.erasure_entropy_bits().unwrap(),
        expected,
        epsilon = 1e-12
    );
}

#[test]
fn span_losses_are_ratios_of_document_probabilities() {
    for (name, source, length) in sources() {
        let truth = source.document(8, 2, length);
        let spans = [0..2, 3..length];
        let losses = source.span_losses_bits(&truth, &spans).unwrap();
        let mut all_fits = 0.0_f64;
        let mut fits = [0.0_f64; 2];
        for d in all(source.alphabet().size(), length).filter(|d| d[2] == truth[2]) {
            let p = probability(&*source, &d);
            all_fits += p;
            spans.iter().zip(&mut fits).for_each(|(s, f)| {
                *f += if d[s.clone()] == truth[s.clone()] {
                    p
                } else {
                    0.0
                }
            });
        }
        for (loss, fit) in losses.iter().zip(fits) {
            assert_relative_eq!(*loss, -(fit / all_fits).log2(), epsilon = 1e-9);
        }
        assert_eq!(losses.len(), 2, "{name}");
    }
}

#[test]
fn token_posteriors_are_ratios_of_document_probabilities() {
    let vocabulary = ["<pad>", "0", "1", "00", "011", "10", "0"];
    let symbols = |v: &str| -> Vec<u8> { v.bytes().map(|b| b - b'0').collect() };
    for source in [
        hidden(),
        Markov::random(binary(), 3, 0.6, 4)
            .unwrap()
            .as_machine()
            .clone(),
    ] {
        let trie = TokenTrie::new(source.alphabet(), vocabulary);
        let (left, middle, right) = ([0u8, 1], [1u8], [0u8, 0, 1]);
        for length in [None, Some(2)] {
            let cut = [
                Segment::Visible(&left),
                Segment::Masked { length },
                Segment::Visible(&middle),
                Segment::Masked { length: None },
                Segment::Visible(&right),
            ];
            let posterior = source.token_posterior(&cut, &trie).unwrap();
            let mut expected = vec![vec![0.0; vocabulary.len()]; 2];
            for a in
                (1..vocabulary.len()).filter(|&a| length.is_none_or(|l| l == vocabulary[a].len()))
            {
                for b in 1..vocabulary.len() {
                    let document = [
                        &left[..],
                        &symbols(vocabulary[a]),
                        &middle,
                        &symbols(vocabulary[b]),
                        &right,
                    ]
                    .concat();
                    let p = probability(&source, &document);
                    expected[0][a] += p;
                    expected[1][b] += p;
                }
            }
            assert_eq!(posterior.positions, [1, 3]);
            for (i, row) in expected.iter().enumerate() {
                let total: f64 = row.iter().sum();
                for (found, weight) in posterior.row(i).iter().zip(row) {
                    assert_relative_eq!(*found, weight / total, epsilon = 1e-10);
                }
            }
        }
    }
}
