//! One backward pass over a batch.

use super::Tokens;
use crate::{Counts, Sample};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// One backward pass: weights of the token losses, examples, what they count for.
pub(crate) struct Step {
    pub weights: Vec<f32>,
    pub examples: Vec<Range<usize>>,
    pub counts: Counts,
    /// Whether the batch needs no other pass.
    pub last: bool,
}

impl Step {
    /// Pass `at` over a batch with these masked tokens.
    pub(super) fn new(
        sample: Sample,
        how: Tokens,
        tokens: &[usize],
        batch: &Range<u64>,
        at: usize,
    ) -> Self {
        match (sample, how) {
            (Sample::Batch(_), _) => Step::of_batch(tokens),
            (Sample::Sequence, _) => Step::of_sequences(tokens),
            (Sample::Token, Tokens::Exact) => Step::of_tokens(tokens, at),
            (Sample::Token, Tokens::Signs { seed }) => Step::of_signs(tokens, batch, seed),
        }
    }

    /// Every sequence with more than `at` tokens is an example.
    fn over(tokens: &[usize], at: usize, weights: Vec<f32>) -> Self {
        let examples: Vec<_> = (0..tokens.len())
            .filter(|&s| tokens[s] > at)
            .map(|s| s..s + 1)
            .collect();
        let active = examples.len() as u64;
        let counts = Counts {
            examples: active,
            units: active,
            sequences: active,
            tokens: tokens.iter().sum::<usize>() as u64,
            skipped: tokens.len() as u64 - active,
        };
        Step {
            weights,
            examples,
            counts,
            last: true,
        }
    }

    /// All labels by random signs, of one draw of several: what is squared is every sequence, or
    /// all of the batch together. The mean over draws is of squares, so each draw counts for
    /// its root.
    pub(crate) fn of_labels(sample: Sample, pooled: bool, draws: usize, tokens: &[usize]) -> Self {
        let batch = matches!(sample, Sample::Batch(_));
        let mut step = if batch {
            Step::of_batch(tokens)
        } else {
            Step::of_sequences(tokens)
        };
        if pooled && !batch {
            step.examples = std::iter::once(0..tokens.len()).collect();
            step.counts.units = 1;
        }
        if sample == Sample::Token {
            step.counts.examples = step.counts.tokens;
        }
        let root = (draws as f32).sqrt();
        step.weights.iter_mut().for_each(|weight| *weight /= root);
        step
    }

    fn of_sequences(tokens: &[usize]) -> Self {
        Step::over(tokens, 0, vec![1.0; tokens.iter().sum()])
    }

    fn of_batch(tokens: &[usize]) -> Self {
        let all: usize = tokens.iter().sum();
        let mut step = Step::over(tokens, 0, vec![1.0 / all as f32; all]);
        step.examples = std::iter::once(0..tokens.len()).collect();
        (step.counts.examples, step.counts.units) = (1, 1);
        step
    }

    /// Token `at` of every sequence that has one.
    fn of_tokens(tokens: &[usize], at: usize) -> Self {
        let weights = tokens
            .iter()
            .flat_map(|&count| (0..count).map(move |n| f32::from(n == at)))
            .collect();
        let mut step = Step::over(tokens, at, weights);
        if at > 0 {
            step.counts = Counts {
                sequences: 0,
                skipped: 0,
                ..step.counts
            };
        }
        step.counts.tokens = step.counts.examples;
        step.last = tokens.iter().all(|&count| count <= at + 1);
        step
    }

    fn of_signs(tokens: &[usize], batch: &Range<u64>, seed: u64) -> Self {
        let signs = |(sequence, &count): (u64, &usize)| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(sequence);
            (0..count)
                .map(move |_| if rng.random::<bool>() { 1.0 } else { -1.0 })
                .collect::<Vec<f32>>()
        };
        let mut step = Step::over(
            tokens,
            0,
            batch.clone().zip(tokens).flat_map(signs).collect(),
        );
        step.counts.examples = step.counts.tokens;
        step
    }
}
