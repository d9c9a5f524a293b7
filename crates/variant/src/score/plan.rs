//! What a model is asked about one window, and what is made of its answers.

use std::ops::Range;

use dissensus_tokenize::{Framed, Framing, Role, Tokenizer};

use super::marginal::{base_probabilities, place};
use super::{RatioKind, ScoreParams};
use crate::error::same_length;
use crate::{Error, MaskedTokens, VariantWindow};

/// A tokenizer with what is asked of it once.
pub(super) struct Tokens<'a> {
    tokenizer: &'a dyn Tokenizer,
    framing: Framing,
    max_length: usize,
    /// The letters of each token by id; all empty where they are not known.
    symbols: Vec<String>,
}

impl<'a> Tokens<'a> {
    pub fn new(tokenizer: &'a dyn Tokenizer, params: &ScoreParams) -> Self {
        let framing = params.framing.clone();
        let unknown = || vec![String::new(); tokenizer.vocabulary().len()];
        Self {
            framing: framing.unwrap_or_else(|| tokenizer.framing()),
            max_length: params.max_length,
            symbols: tokenizer.letters().unwrap_or_else(unknown),
            tokenizer,
        }
    }

    /// The ids of a sequence with its special tokens; nothing may be cut off.
    pub fn framed(&self, bases: &[u8]) -> Result<Framed, Error> {
        let text = String::from_utf8_lossy(bases);
        let encoding = self.tokenizer.encode(&text)?;
        let room = self.framing.room(self.max_length)?;
        let tokens = encoding.len();
        crate::error::parameter(
            "tokens of a window",
            "at most what there is room for",
            tokens as f64,
            tokens <= room,
        )?;
        Ok(self.framing.apply(encoding))
    }

    fn masked(&self, framed: &Framed, at: usize) -> Result<MaskedTokens, Error> {
        let mut ids = framed.ids.clone();
        ids[at] = self.tokenizer.specials().require(Role::Mask)?;
        Ok(MaskedTokens { ids, at })
    }
}

/// The answers that the ratio of one window needs, by their place among all.
pub(super) enum Plan {
    /// One base for another, in every phase.
    Base {
        from: usize,
        to: usize,
        phases: Vec<Phase>,
    },
    /// Tokens of the alternative and of the reference.
    Tokens {
        alternative: Vec<(usize, u32)>,
        reference: Vec<(usize, u32)>,
    },
}

/// One way in which tokens can cover the base.
pub(super) struct Phase {
    answer: usize,
    offset: usize,
    length: usize,
}

impl Plan {
    /// Adds what must be asked to the queries.
    pub fn new(
        window: &VariantWindow,
        tokens: &Tokens<'_>,
        kind: RatioKind,
        queries: &mut Vec<MaskedTokens>,
    ) -> Result<Self, Error> {
        if let (RatioKind::Base { k }, Some((from, to))) = (kind, window.substitution())
            && let (Some(from), Some(to)) = (place(from), place(to))
        {
            let phases = phases(window, tokens, k, queries)?;
            return Ok(Self::Base { from, to, phases });
        }
        let reference = tokens.framed(&window.reference)?;
        let alternative = tokens.framed(&window.alternative())?;
        let (in_reference, in_alternative) = match kind {
            RatioKind::Window => (bare(&reference), bare(&alternative)),
            _ => differing(&reference.ids, &alternative.ids),
        };
        let mut ask = |framed: &Framed, range: Range<usize>| {
            let one = |at: usize| {
                queries.push(tokens.masked(framed, at)?);
                Ok((queries.len() - 1, framed.ids[at]))
            };
            range.map(one).collect::<Result<_, Error>>()
        };
        Ok(Self::Tokens {
            alternative: ask(&alternative, in_alternative)?,
            reference: ask(&reference, in_reference)?,
        })
    }

    /// The ratio in nats.
    pub fn ratio(&self, answers: &[Vec<f32>], tokens: &Tokens<'_>) -> Result<f64, Error> {
        match self {
            Self::Base { from, to, phases } => {
                let mut sums = [0.0; 4];
                for phase in phases {
                    let answer = &answers[phase.answer];
                    same_length(
                        "probabilities of tokens",
                        tokens.symbols.len(),
                        answer.len(),
                    )?;
                    let found =
                        base_probabilities(answer, &tokens.symbols, phase.offset, phase.length);
                    sums.iter_mut().zip(found).for_each(|(sum, p)| *sum += p);
                }
                Ok((sums[*to] / sums[*from]).ln())
            }
            Self::Tokens {
                alternative,
                reference,
            } => {
                let sum = |asked: &[(usize, u32)]| -> Result<f64, Error> {
                    let mut sum = 0.0;
                    for &(answer, id) in asked {
                        let answer = &answers[answer];
                        let expected = tokens.symbols.len();
                        let found = answer.get(id as usize).ok_or(Error::Length {
                            what: "probabilities of tokens",
                            expected,
                            found: answer.len(),
                        })?;
                        sum += f64::from(*found);
                    }
                    Ok(sum)
                };
                Ok(sum(alternative)? - sum(reference)?)
            }
        }
    }
}

/// Leaves 0 to k − 1 bases of the window's beginning out, so that the base stands at every offset
/// of its token.
fn phases(
    window: &VariantWindow,
    tokens: &Tokens<'_>,
    k: usize,
    queries: &mut Vec<MaskedTokens>,
) -> Result<Vec<Phase>, Error> {
    let mut phases = Vec::with_capacity(k);
    for skipped in 0..k.min(window.at + 1) {
        let framed = tokens.framed(&window.reference[skipped..])?;
        let base = window.at - skipped;
        let at = framed
            .offsets
            .iter()
            .position(|range| range.contains(&base));
        let at = at.ok_or(Error::Uncovered {
            at: window.at,
            length: window.reference.len(),
        })?;
        queries.push(tokens.masked(&framed, at)?);
        phases.push(Phase {
            answer: queries.len() - 1,
            offset: base - framed.offsets[at].start,
            length: framed.offsets[at].len(),
        });
    }
    Ok(phases)
}

/// The places of the tokens that stand for bases.
fn bare(framed: &Framed) -> Range<usize> {
    let covers = |range: &Range<usize>| !range.is_empty();
    let first = framed.offsets.iter().position(covers).unwrap_or(0);
    let last = framed.offsets.iter().rposition(covers);
    first..last.map_or(first, |last| last + 1)
}

/// What is left of two lists without what they share at their beginnings and ends.
fn differing(a: &[u32], b: &[u32]) -> (Range<usize>, Range<usize>) {
    let left = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let rest = a[left..].iter().rev().zip(b[left..].iter().rev());
    let right = rest.take_while(|(a, b)| a == b).count();
    (left..a.len() - right, left..b.len() - right)
}
