//! Models with a head, tuned.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]
#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

/// Are values and gradients of pooled heads right?
mod head;
/// Are runs repeated, resumed, saved and opened to the same bits?
mod resume;
/// Does a run learn what there is to learn, and nothing where there is nothing?
mod task;

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm};
use dissensus_finetune::Examples;
use dissensus_probe::Labels;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Ids of special tokens.
pub const SPECIALS: [u32; 5] = [0, 1, 2, 3, 4];
const VOCABULARY: usize = 13;

/// A small encoder that nobody has trained.
#[must_use]
pub fn encoder(seed: u64) -> MaskedLm {
    let config = Config::preset("micro")
        .unwrap()
        .with_vocabulary(VOCABULARY, 1);
    MaskedLm::new(&config, seed, &Device::flex()).unwrap()
}

/// Random tokens; those of class 1 hold the pair 5 6 somewhere, those of class 0 the pair 6 5:
/// hard, since both hold the same tokens.
#[must_use]
pub fn examples(count: usize, seed: u64) -> Examples {
    with_pairs(count, seed, [(6, 5), (5, 6)])
}

/// Random tokens; those of class 1 hold the pair 5 5 somewhere, those of class 0 the pair 6 6.
#[must_use]
pub fn told_by_a_token(count: usize, seed: u64) -> Examples {
    with_pairs(count, seed, [(6, 6), (5, 5)])
}

fn with_pairs(count: usize, seed: u64, pairs: [(u32, u32); 2]) -> Examples {
    let mut rng = StdRng::seed_from_u64(seed);
    let classes: Vec<usize> = (0..count).map(|_| rng.random_range(0..2)).collect();
    let ids = classes.iter().map(|&class| {
        let length = rng.random_range(6..11);
        let mut ids: Vec<u32> = (0..length)
            .map(|_| rng.random_range(7..VOCABULARY as u32))
            .collect();
        let at = rng.random_range(0..length - 1);
        (ids[at], ids[at + 1]) = pairs[class];
        [vec![2], ids, vec![3]].concat()
    });
    Examples::new(ids.collect(), Labels::new(classes, 2).unwrap()).unwrap()
}
