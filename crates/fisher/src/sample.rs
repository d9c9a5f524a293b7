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
///
/// # Random signs over all labels
/// With `p_nk` the model's probability of label `k` at masked token `n` and independent random
/// signs `v_nk = ±1`, [`LabelChoice::Hutchinson`] squares
///
/// `g = Σ_n Σ_k v_nk c_nk`, `c_nk = √p_nk ∂ log p_nk/∂θ`.
///
/// Signs are independent with mean zero, so `E_v[g_i²] = Σ_n Σ_k c_nki² = Σ_n F_n,ii`: the true
/// Fisher information of each masked token, summed, from one backward pass in which no label is
/// drawn. Cross terms between tokens vanish as those between labels do, so [`Sample::Token`] and
/// [`Sample::Sequence`] have the same sums and differ in what these are divided by. In the logits
/// `z` it is the pass back of `L v`, `L = diag(√p) − p √pᵀ`, `L Lᵀ = diag(p) − p pᵀ`.
///
/// As `v⁴ = 1`, `E_v[g_i⁴] = 3 (Σ c²)² − 2 Σ c⁴`, and one draw has
///
/// `Var_v[g_i²] = 2 [(Σ_nk c_nki²)² − Σ_nk c_nki⁴]`,
///
/// where Gaussian `v` would have `2 (Σ c²)²`. The sum over a group of parameters, with
/// `A = Σ_nk c_nk c_nkᵀ` its block of the Fisher information, has variance
/// `2 [‖A‖² − Σ_nk ‖c_nk‖⁴]` (Frobenius norm). The sums run over what is squared together, a
/// sequence; variances of sequences add up, and the mean of `R` draws has `1/R` of them.
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
    /// All labels, each with its probability, by random signs (Hutchinson's estimator of a trace,
    /// through a square root of the information of the logits): an unbiased estimate of the true
    /// Fisher information.
    Hutchinson {
        /// Seed; sequence `s` draws from stream `s` of it, so batches and threads do not matter.
        /// Of several draws each further one has the next seed.
        seed: u64,
    },
}

impl fmt::Display for LabelChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabelChoice::Observed => f.write_str("observed"),
            LabelChoice::Sampled { seed } => write!(f, "sampled with seed {seed}"),
            LabelChoice::Hutchinson { seed } => {
                write!(f, "all by random signs with seed {seed}")
            }
        }
    }
}

/// How much has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Tokens, sequences or batches, as the sample says.
    pub examples: u64,
    /// Squared gradients added: one an example; with random signs one a sequence, or one a batch
    /// of sequences squared together.
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
