//! Small BERT models, data for them, and both routes.

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm};
use dissensus_fisher::{Diagonal, Error, FisherParams, GroupSums, LabelChoice, Sample};
use dissensus_lm::Masked;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A model and sequences for it.
pub struct Case {
    pub name: &'static str,
    pub model: MaskedLm,
    pub sequences: Vec<Masked>,
}

/// What a route has measured.
pub struct Measured {
    pub diagonal: Diagonal,
    pub sums: GroupSums,
}

pub const MASK: u32 = 4;

pub fn config(layers: usize, tied: bool) -> Config {
    Config {
        vocab_size: 23,
        hidden_size: 12,
        num_hidden_layers: layers,
        num_attention_heads: 3,
        intermediate_size: 20,
        max_position_embeddings: 16,
        initializer_range: 0.3,
        tie_word_embeddings: tied,
        ..Config::default()
    }
}

/// Random ids with the given lengths and numbers of masked tokens.
pub fn sequences(shapes: &[(usize, usize)], seed: u64) -> Vec<Masked> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut one = |&(length, masked): &(usize, usize)| {
        let mut ids: Vec<u32> = (0..length).map(|_| rng.random_range(5..23)).collect();
        let positions: Vec<usize> = (0..masked).map(|n| n * length / masked).collect();
        let targets = positions
            .iter()
            .map(|&p| std::mem::replace(&mut ids[p], MASK))
            .collect();
        Masked {
            ids,
            positions,
            targets,
        }
    };
    shapes.iter().map(&mut one).collect()
}

/// Tied, untied, no layers, padding, one masked token, none.
pub fn cases() -> Vec<Case> {
    let case = |name, layers, tied, shapes: &[(usize, usize)]| {
        let model = MaskedLm::new(&config(layers, tied), 3, &Device::flex()).unwrap();
        Case {
            name,
            model,
            sequences: sequences(shapes, 8),
        }
    };
    vec![
        case("tied", 2, true, &[(8, 3), (8, 2), (8, 4), (8, 3), (8, 2)]),
        case("untied", 2, false, &[(8, 3), (8, 2), (8, 4)]),
        case("no layers", 0, true, &[(6, 2), (6, 1)]),
        case("padding", 1, true, &[(5, 2), (12, 3), (3, 1), (9, 2)]),
        case("one masked token", 1, true, &[(7, 1), (7, 1), (4, 1)]),
        case("every token masked", 1, true, &[(4, 4), (4, 4)]),
        case(
            "some without masked tokens",
            1,
            true,
            &[(6, 0), (6, 2), (6, 0), (6, 0)],
        ),
        case(
            "sequences of one token",
            1,
            false,
            &[(1, 1), (1, 0), (1, 1)],
        ),
    ]
}

impl Case {
    pub fn tied(&self) -> bool {
        self.model.config().tie_word_embeddings
    }

    pub fn general(&self, sample: Sample, labels: LabelChoice) -> Result<Measured, Error> {
        self.take(with(sample, labels).by_the_general_route())
    }

    pub fn fast(&self, sample: Sample, labels: LabelChoice) -> Result<Measured, Error> {
        self.take(with(sample, labels))
    }

    pub fn take(&self, how: FisherParams) -> Result<Measured, Error> {
        let mut into = (
            GroupSums::new(how.sample, how.labels),
            Diagonal::new(how.sample, how.labels),
        );
        how.run(&self.model, &self.sequences, &mut into)?;
        let (sums, diagonal) = into;
        Ok(Measured { diagonal, sums })
    }
}

pub fn with(sample: Sample, labels: LabelChoice) -> FisherParams {
    FisherParams::default()
        .with_sample(sample)
        .with_labels(labels)
}

/// Every entry within `1e-4` of its value, give or take `1e-6` of the parameter's largest and
/// `1e-12` of the model's.
pub fn assert_diagonals_agree(case: &str, found: &Diagonal, expected: &Diagonal) {
    assert_eq!(found.counts, expected.counts, "{case}");
    let names = |d: &Diagonal| d.parameters.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "{case}");
    let sums = expected.parameters.values().flat_map(|p| &p.sums);
    let rounding = 1e-12 * sums.fold(0.0f64, |a, b| a.max(b.abs()));
    for (name, expected) in &expected.parameters {
        let found = &found.parameters[name];
        assert_eq!(found.shape, expected.shape, "{case}: {name}");
        assert_within(
            &format!("{case}: {name}"),
            &found.sums,
            &expected.sums,
            rounding,
        );
    }
}

pub fn assert_close(what: &str, found: &[f64], expected: &[f64]) {
    assert_within(what, found, expected, 0.0);
}

fn assert_within(what: &str, found: &[f64], expected: &[f64], rounding: f64) {
    let largest = expected.iter().fold(0.0f64, |a, b| a.max(b.abs()));
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let allowed = 1e-4 * expected.abs() + 1e-6 * largest + rounding;
        assert!(
            (found - expected).abs() <= allowed,
            "{what}[{at}]: {found}, expected {expected}"
        );
    }
}
