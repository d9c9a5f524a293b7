//! How a tokenizer cuts a text, in numbers.

use crate::{Error, Tokenizer};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Counts over texts; counts of two parts of a corpus [`merge`](Self::merge) into those of the
/// whole.
///
/// ```
/// use dissensus_tokenize::{Kmer, Layout, Usage};
/// let kmer = Kmer::new(2, Layout::Standard)?;
/// let mut usage = Usage::default();
/// usage.add(&kmer, "ACACN")?; // AC AC N
/// let summary = usage.summary()?;
/// assert_eq!(summary.tokens_per_symbol, 3.0 / 5.0);
/// assert_eq!(summary.vocabulary_used, 2.0 / 26.0);
/// # Ok::<(), dissensus_tokenize::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Characters of the texts.
    pub symbols: u64,
    /// Runs of characters that are not white space.
    pub words: u64,
    /// Tokens that stand for a symbol outside the vocabulary.
    pub unknown: u64,
    /// Occurrences by token id.
    pub counts: Vec<u64>,
}

/// What [`Usage`] amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UsageSummary {
    /// Size of the vocabulary.
    pub vocabulary: usize,
    /// Number of tokens.
    pub tokens: u64,
    /// Tokens per character.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub tokens_per_symbol: f64,
    /// Tokens per word, a word being a run of characters that are not white space.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub fertility: f64,
    /// Fraction of the vocabulary that occurs at all.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub vocabulary_used: f64,
    /// Fraction of tokens that stand for a symbol outside the vocabulary.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub unknown: f64,
    /// Entropy of the token frequencies in bits, times tokens per character: the code length per
    /// character of a model that knows only how frequent each token is.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub unigram_bits_per_symbol: f64,
}

impl Usage {
    /// Counts a text.
    ///
    /// # Errors
    /// Those of [`Tokenizer::encode`], and [`Error::Unlike`] for a tokenizer of another size than
    /// before.
    pub fn add(&mut self, tokenizer: &dyn Tokenizer, text: &str) -> Result<(), Error> {
        let size = tokenizer.vocabulary().len();
        self.require_size(size)?;
        let mut ids = Vec::new();
        tokenizer.encode_ids(text, &mut ids)?;
        self.counts.resize(size, 0);
        for id in ids {
            self.counts[id as usize] += 1;
            self.unknown += u64::from(Some(id) == tokenizer.specials().unk);
        }
        self.symbols += text.chars().count() as u64;
        self.words += text.split_whitespace().count() as u64;
        Ok(())
    }

    /// Adds the counts of another part of the corpus by the same tokenizer; nothing counted changes
    /// nothing, and what does not fit is the largest number.
    ///
    /// # Errors
    /// [`Error::Unlike`] for the counts of a tokenizer of another size; nothing is changed.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if !other.counts.is_empty() {
            self.require_size(other.counts.len())?;
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
        self.symbols = self.symbols.saturating_add(other.symbols);
        self.words = self.words.saturating_add(other.words);
        self.unknown = self.unknown.saturating_add(other.unknown);
        Ok(())
    }

    /// The fractions and ratios of the counts.
    ///
    /// # Errors
    /// [`Error::NoText`] if no word was counted: there is nothing to divide by.
    pub fn summary(&self) -> Result<UsageSummary, Error> {
        let tokens = self.counts.iter().copied().fold(0, u64::saturating_add);
        if self.words == 0 || self.symbols == 0 || tokens == 0 {
            return Err(Error::NoText);
        }
        let total = tokens as f64;
        let frequencies = self
            .counts
            .iter()
            .filter(|count| **count > 0)
            .map(|count| *count as f64 / total);
        let (used, entropy) =
            frequencies.fold((0.0, 0.0), |(n, bits), p| (n + 1.0, bits - p * p.log2()));
        let tokens_per_symbol = total / self.symbols as f64;
        Ok(UsageSummary {
            vocabulary: self.counts.len(),
            tokens,
            tokens_per_symbol,
            fertility: total / self.words as f64,
            vocabulary_used: used / self.counts.len() as f64,
            unknown: self.unknown as f64 / total,
            unigram_bits_per_symbol: entropy * tokens_per_symbol,
        })
    }

    fn require_size(&self, size: usize) -> Result<(), Error> {
        let ours = self.counts.len();
        if ours == 0 || ours == size {
            return Ok(());
        }
        let what = format!("one has {ours} tokens, the other {size}");
        Err(Error::Unlike { what })
    }
}

impl fmt::Display for UsageSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} tokens, {:.4} per symbol, ",
            self.tokens, self.tokens_per_symbol
        )?;
        write!(f, "{:.2} per word, ", self.fertility)?;
        write!(
            f,
            "{:.1} % of {} used, ",
            100.0 * self.vocabulary_used,
            self.vocabulary
        )?;
        write!(f, "{:.3} % unknown, ", 100.0 * self.unknown)?;
        write!(
            f,
            "{:.4} unigram bits per symbol",
            self.unigram_bits_per_symbol
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Character, Layout};

    fn counted(texts: &[&str]) -> Usage {
        let dna = Character::dna(Layout::Standard).unwrap();
        let mut usage = Usage::default();
        for text in texts {
            usage.add(&dna, text).unwrap();
        }
        usage
    }

    #[test]
    fn merging_parts_gives_the_whole() {
        let mut parts = Usage::default();
        parts.merge(&counted(&["ACGT x", ""])).unwrap();
        parts.merge(&counted(&["AAN"])).unwrap();
        parts.merge(&Usage::default()).unwrap();
        assert_eq!(parts, counted(&["ACGT x", "", "AAN"]));
    }

    #[test]
    fn counts_of_another_tokenizer_are_refused_and_nothing_changes() {
        let mut ours = counted(&["ACGT"]);
        let mut theirs = Usage::default();
        theirs
            .add(
                &Character::new("AC".chars(), Layout::Standard).unwrap(),
                "AC",
            )
            .unwrap();
        assert!(matches!(ours.merge(&theirs), Err(Error::Unlike { .. })));
        assert_eq!(ours, counted(&["ACGT"]));
    }

    proptest! {
        #[test]
        fn merging_is_a_monoid_whatever_was_counted(a in usage(), b in usage(), c in usage()) {
            let merged = |one: &Usage, other: &Usage| {
                let mut sum = one.clone();
                sum.merge(other).map(|()| sum).map_err(|error| error.to_string())
            };
            prop_assert_eq!(&merged(&a, &Usage::default()).unwrap(), &a);
            prop_assert_eq!(&merged(&Usage::default(), &a).unwrap(), &a);
            let (ab, bc) = (merged(&a, &b), merged(&b, &c));
            prop_assert_eq!(ab.is_ok(), a.counts.is_empty() || b.counts.is_empty() || a.counts.len() == b.counts.len());
            prop_assert_eq!(ab.clone().ok(), merged(&b, &a).ok());
            if let (Ok(ab), Ok(bc)) = (ab, bc) {
                prop_assert_eq!(merged(&ab, &c).ok(), merged(&a, &bc).ok());
            }
            for counted in [&a, &b, &c] {
                let text = serde_json::to_string(counted).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Usage>(&text).unwrap(), counted);
                if let Ok(found) = counted.summary() {
                    prop_assert!(found.tokens_per_symbol.is_finite() && found.fertility.is_finite(), "{found}");
                    prop_assert!(found.unigram_bits_per_symbol >= 0.0, "{found}");
                }
            }
        }

        #[test]
        fn a_summary_survives_json_whatever_it_holds(x in any::<[f64; 5]>(), tokens in any::<u64>()) {
            let [tokens_per_symbol, fertility, vocabulary_used, unknown, unigram_bits_per_symbol] = x;
            let summary = UsageSummary {
                vocabulary: 7,
                tokens,
                tokens_per_symbol,
                fertility,
                vocabulary_used,
                unknown,
                unigram_bits_per_symbol,
            };
            let text = serde_json::to_string(&summary).unwrap();
            let read: UsageSummary = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{summary:?}"));
        }
    }

    /// Counts of two tokens, of three, or of none; small, or so large that sums do not fit.
    fn usage() -> impl Strategy<Value = Usage> {
        let number = || prop_oneof![0..9_u64, Just(u64::MAX)];
        let counts = prop::collection::vec(number(), 2..4);
        (number(), number(), number(), counts, any::<bool>()).prop_map(
            |(symbols, words, unknown, counts, nothing)| {
                if nothing {
                    return Usage::default();
                }
                Usage {
                    symbols,
                    words,
                    unknown,
                    counts,
                }
            },
        )
    }

    #[test]
    fn of_nothing_there_is_no_summary() {
        assert!(matches!(Usage::default().summary(), Err(Error::NoText)));
        assert!(matches!(counted(&["", "  "]).summary(), Err(Error::NoText)));
    }

    #[test]
    fn a_summary_is_the_one_by_hand() {
        let summary = counted(&["ACGTACGT", "ACG TACGT"]).summary().unwrap();
        // 17 tokens: each base four times, and one white space, which is unknown.
        let bits = -(16.0 / 17.0 * (4.0f64 / 17.0).log2() + 1.0 / 17.0 * (1.0f64 / 17.0).log2());
        assert!((summary.unigram_bits_per_symbol - bits).abs() < 1e-12);
        assert_eq!((summary.tokens, summary.unknown), (17, 1.0 / 17.0));
        assert_eq!(
            (summary.fertility, summary.vocabulary_used),
            (17.0 / 3.0, 0.5)
        );
    }
}
