//! How much likelier a model finds the alternative than the reference.

mod marginal;
mod plan;

use dissensus_tokenize::{Framing, Tokenizer};
use serde::{Deserialize, Serialize};

use crate::error::{parameter, same_length};
use crate::{CausalPredictor, Error, MaskedPredictor, MaskedTokens, VariantWindow};

pub use marginal::base_probabilities;

use plan::{Plan, Tokens};

/// What a log-likelihood ratio is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RatioKind {
    /// The base under the masked token, summed over the other bases of the token and averaged over
    /// the `k` phases in which tokens of `k` bases can cover it; `k` = 1 for characters. Where
    /// several bases change, as `Tokens`.
    Base {
        /// Bases of a token.
        k: usize,
    },
    /// The tokens that differ between the two windows, each masked alone: the difference of their
    /// pseudo-log-likelihoods.
    Tokens,
    /// All tokens of both windows, each masked alone: the difference of the pseudo-log-likelihoods
    /// of the windows. What the change does to the tokens around it counts too; it costs as many
    /// sequences as both windows have tokens.
    Window,
}

impl RatioKind {
    /// What suits a tokenizer: `Base` where its tokens are single bases, or all 4ᵏ words of k bases
    /// (and single ones for what is left over), else `Tokens`.
    ///
    /// ```
    /// use dissensus_tokenize::{Character, Kmer, Layout};
    /// use dissensus_variant::RatioKind;
    ///
    /// assert_eq!(RatioKind::of(&Kmer::new(3, Layout::Standard)?), RatioKind::Base { k: 3 });
    /// assert_eq!(RatioKind::of(&Character::dna(Layout::Standard)?), RatioKind::Base { k: 1 });
    /// # Ok::<(), dissensus_tokenize::Error>(())
    /// ```
    pub fn of(tokenizer: &dyn Tokenizer) -> Self {
        let is_word =
            |token: &&String| !token.is_empty() && token.bytes().all(|b| b"ACGT".contains(&b));
        let letters = tokenizer.letters().unwrap_or_default();
        let lengths: Vec<usize> = letters.iter().filter(is_word).map(String::len).collect();
        let k = lengths.iter().copied().max().unwrap_or(0);
        let whole = lengths.iter().filter(|&&length| length == k).count();
        let rest_single = lengths.iter().all(|&length| length == k || length == 1);
        match k {
            1..=12 if rest_single && whole == 1 << (2 * k) => Self::Base { k },
            _ => Self::Tokens,
        }
    }
}

/// How windows are scored.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ScoreParams {
    /// What the ratio is taken of; by default what suits the tokenizer.
    pub kind: Option<RatioKind>,
    /// Whether the other strand is scored too; by default it is.
    pub both_strands: bool,
    /// Masked sequences given to the model at a time; by default 64.
    pub batch: usize,
    /// The special tokens around a window; by default those that the tokenizer itself adds.
    pub framing: Option<Framing>,
    /// Positions at most, special tokens included; by default 512.
    pub max_length: usize,
}

impl Default for ScoreParams {
    fn default() -> Self {
        Self {
            kind: None,
            both_strands: true,
            batch: 64,
            framing: None,
            max_length: 512,
        }
    }
}

impl ScoreParams {
    /// Sets what the ratio is taken of.
    #[must_use]
    pub fn with_kind(self, kind: RatioKind) -> Self {
        Self {
            kind: Some(kind),
            ..self
        }
    }

    /// Sets whether the other strand is scored too.
    #[must_use]
    pub fn with_both_strands(self, both_strands: bool) -> Self {
        Self {
            both_strands,
            ..self
        }
    }

    /// Sets how many masked sequences are given to the model at a time.
    #[must_use]
    pub fn with_batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// Sets the special tokens around a window.
    #[must_use]
    pub fn with_framing(self, framing: Framing) -> Self {
        Self {
            framing: Some(framing),
            ..self
        }
    }

    /// Sets the positions at most.
    #[must_use]
    pub fn with_max_length(self, max_length: usize) -> Self {
        Self { max_length, ..self }
    }
}

/// What a ratio is, in words, for the header of a file.
pub const RATIO_IN_WORDS: &str = "ln P(ALT) - ln P(REF) in nats, mean over strands and members; below 0 the model finds ALT unlikely";

/// ln P(alternative) − ln P(reference), in nats: below 0 the model finds the change unlikely.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VariantScore {
    /// On the strand of the reference.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub forward: f64,
    /// On the other strand, where it was scored.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub reverse: Option<f64>,
}

impl VariantScore {
    /// The mean of the strands scored.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.reverse
            .map_or(self.forward, |reverse| 0.5 * (self.forward + reverse))
    }
}

/// Scores windows by a masked model, a few at a time.
///
/// A model that looks at a whole window once per masked token is asked, per strand, for one masked
/// sequence per phase where the ratio is of a base, and for one per differing token of both windows
/// otherwise.
///
/// # Errors
/// A batch of 0, a window that the tokenizer refuses, a base that no token covers, a window with
/// more tokens than there is room for, and whatever the model says.
pub fn score_masked(
    model: &dyn MaskedPredictor,
    tokenizer: &dyn Tokenizer,
    windows: &[VariantWindow],
    params: &ScoreParams,
) -> Result<Vec<VariantScore>, Error> {
    check_batch(params)?;
    let kind = params.kind.unwrap_or_else(|| RatioKind::of(tokenizer));
    let tokens = Tokens::new(tokenizer, params);
    in_strands(windows, params, |windows| {
        let mut scores = Vec::with_capacity(windows.len());
        let (mut plans, mut queries) = (Vec::new(), Vec::new());
        for (index, window) in windows.iter().enumerate() {
            plans.push(Plan::new(window, &tokens, kind, &mut queries)?);
            if queries.len() >= params.batch || index + 1 == windows.len() {
                let found = asked(model, &queries, params.batch)?;
                for plan in plans.drain(..) {
                    scores.push(plan.ratio(&found, &tokens)?);
                }
                queries.clear();
            }
        }
        Ok(scores)
    })
}

/// Scores windows by a causal model: ln P(window with the edit) − ln P(window).
///
/// # Errors
/// As [`score_masked`].
pub fn score_causal(
    model: &dyn CausalPredictor,
    tokenizer: &dyn Tokenizer,
    windows: &[VariantWindow],
    params: &ScoreParams,
) -> Result<Vec<VariantScore>, Error> {
    check_batch(params)?;
    let tokens = Tokens::new(tokenizer, params);
    in_strands(windows, params, |windows| {
        let mut scores = Vec::with_capacity(windows.len());
        for some in windows.chunks(params.batch) {
            let mut sequences = Vec::with_capacity(2 * some.len());
            for window in some {
                sequences.push(tokens.framed(&window.alternative())?.ids);
                sequences.push(tokens.framed(&window.reference)?.ids);
            }
            let found = model
                .log_likelihoods(&sequences)
                .map_err(|source| Error::Model { source })?;
            same_length("log-likelihoods of the model", sequences.len(), found.len())?;
            scores.extend(found.chunks_exact(2).map(|pair| pair[0] - pair[1]));
        }
        Ok(scores)
    })
}

fn check_batch(params: &ScoreParams) -> Result<(), Error> {
    parameter("batch", "1 or more", params.batch as f64, params.batch > 0)
}

fn in_strands(
    windows: &[VariantWindow],
    params: &ScoreParams,
    score: impl Fn(&[VariantWindow]) -> Result<Vec<f64>, Error>,
) -> Result<Vec<VariantScore>, Error> {
    let forward = score(windows)?;
    if !params.both_strands {
        let one = |forward| VariantScore {
            forward,
            reverse: None,
        };
        return Ok(forward.into_iter().map(one).collect());
    }
    let others: Vec<VariantWindow> = windows
        .iter()
        .map(VariantWindow::reverse_complement)
        .collect();
    let both = forward.into_iter().zip(score(&others)?);
    let one = |(forward, reverse)| VariantScore {
        forward,
        reverse: Some(reverse),
    };
    Ok(both.map(one).collect())
}

fn asked(
    model: &dyn MaskedPredictor,
    queries: &[MaskedTokens],
    batch: usize,
) -> Result<Vec<Vec<f32>>, Error> {
    let mut found = Vec::with_capacity(queries.len());
    for some in queries.chunks(batch) {
        let rows = model
            .log_probabilities(some)
            .map_err(|source| Error::Model { source })?;
        same_length("answers of the model", some.len(), rows.len())?;
        found.extend(rows);
    }
    Ok(found)
}
