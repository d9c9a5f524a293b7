//! What an example is, and how many were seen.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What one example is: the gradient of what is squared.
///
/// With `g_sn` the gradient of the log-likelihood of masked token `n` of sequence `s`, `S`
/// sequences and `N` masked tokens in all, the diagonal is
///
/// | sample | diagonal |
/// |---|---|
/// | `Token` | `1/N · Σ_s Σ_n g_sn²` |
/// | `Sequence` | `1/S · Σ_s (Σ_n g_sn)²` |
/// | `Batch(n)` | `1/N · Σ_b (mean over the tokens of batch b of g)²` |
///
/// `Batch(n)` is what the published code of arXiv:2604 computes. It is no Fisher diagonal: if the
/// token gradients were independent with mean zero it would shrink as `1/n²` of the batch size, and
/// it depends on which sequences share a batch. It is offered so that published numbers can be
/// compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sample {
    /// Each masked token is an example.
    Token,
    /// The summed log-likelihood of a sequence is an example.
    Sequence,
    /// The mean log-likelihood of the tokens of this many consecutive sequences, divided by all
    /// tokens.
    Batch(usize),
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sample::Token => f.write_str("token"),
            Sample::Sequence => f.write_str("sequence"),
            Sample::Batch(n) => write!(f, "batch of {n}"),
        }
    }
}

/// Whose labels the log-likelihood is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelChoice {
    /// The tokens that were masked: the empirical Fisher information.
    Observed,
    /// Drawn from the model's own prediction: an unbiased estimate of the true Fisher information.
    Sampled {
        /// Seed; sequence `s` draws from stream `s` of it, so batches and threads do not matter.
        seed: u64,
    },
}

impl fmt::Display for LabelChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabelChoice::Observed => f.write_str("observed"),
            LabelChoice::Sampled { seed } => write!(f, "sampled with seed {seed}"),
        }
    }
}

/// How much has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Tokens, sequences or batches, as the sample says.
    pub examples: u64,
    /// Squared gradients added: one an example, or with random signs one a sequence and draw.
    pub units: u64,
    /// Sequences with at least one masked token.
    pub sequences: u64,
    /// Masked tokens.
    pub tokens: u64,
    /// Sequences without masked tokens; they count for nothing else.
    pub skipped: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Counts) {
        self.examples += other.examples;
        self.units += other.units;
        self.sequences += other.sequences;
        self.tokens += other.tokens;
        self.skipped += other.skipped;
    }

    /// What the sums are divided by: examples, or all masked tokens for [`Sample::Batch`].
    #[must_use]
    pub fn divisor(&self, sample: Sample) -> f64 {
        match sample {
            Sample::Batch(_) => self.tokens as f64,
            Sample::Token | Sample::Sequence => self.examples as f64,
        }
    }
}
