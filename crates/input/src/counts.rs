//! What became of the input.

use std::fmt;

use dissensus_corpus::{BaseCounts, CharacterCounts};
use serde::{Deserialize, Serialize};

/// What was read and what cleaning changed, over all files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputCounts {
    /// Files read.
    pub files: u64,
    /// Records in them.
    pub records: u64,
    /// Records without content, which were skipped.
    pub blank_records: u64,
    /// Bases, if DNA was read.
    pub bases: BaseCounts,
    /// Characters, if text was read.
    pub characters: CharacterCounts,
    /// Symbols after cleaning, over all sets and the gaps between them.
    pub symbols: u64,
    /// Symbols of the three sets.
    pub training: u64,
    /// Symbols of the evaluation set.
    pub evaluation: u64,
    /// Symbols of the analysis set.
    pub analysis: u64,
}

impl InputCounts {
    /// Symbols in no set: the gaps.
    #[must_use]
    pub fn gaps(&self) -> u64 {
        let sets = [self.training, self.evaluation, self.analysis];
        sets.iter()
            .fold(self.symbols, |rest, &set| rest.saturating_sub(set))
    }

    /// Adds the counts of other files; what does not fit is the largest number.
    pub fn merge(&mut self, other: &Self) {
        self.files = self.files.saturating_add(other.files);
        self.records = self.records.saturating_add(other.records);
        self.blank_records = self.blank_records.saturating_add(other.blank_records);
        self.bases.merge(&other.bases);
        self.characters.merge(&other.characters);
        self.symbols = self.symbols.saturating_add(other.symbols);
        self.training = self.training.saturating_add(other.training);
        self.evaluation = self.evaluation.saturating_add(other.evaluation);
        self.analysis = self.analysis.saturating_add(other.analysis);
    }
}

impl fmt::Display for InputCounts {
    /// One line: `2 files, 3 records (1 empty): 900 bases: 3 ambiguous codes became N; 810 to
    /// train, 45 to evaluate, 45 to analyse`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ", counted(self.files, "file"))?;
        write!(f, "{}", counted(self.records, "record"))?;
        if self.blank_records > 0 {
            write!(f, " ({} empty, skipped)", self.blank_records)?;
        }
        if self.bases.bases > 0 {
            write!(f, ": {}", self.bases)?;
        }
        if self.characters.characters > 0 {
            write!(f, ": {}", self.characters)?;
        }
        write!(f, "; {} symbols to train on, ", self.training)?;
        write!(
            f,
            "{} to evaluate, {} to analyse",
            self.evaluation, self.analysis
        )?;
        if self.gaps() > 0 {
            write!(f, ", {} in gaps", self.gaps())?;
        }
        Ok(())
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What became of the documents of one set on their way to token ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenCounts {
    /// Documents encoded.
    pub documents: u64,
    /// Tokens in sequences, special ones left out.
    pub tokens: u64,
    /// Symbols (bases, characters with the white space between words) that those tokens span.
    pub symbols: u64,
    /// Tokens dropped because the end of a document made a sequence too short.
    pub dropped: u64,
    /// Tokens among `tokens` that stand for a symbol outside the vocabulary.
    pub unknown: u64,
    /// Special tokens written out in the text, which were escaped.
    pub escaped: u64,
}

impl TokenCounts {
    /// Adds the counts of other documents; what does not fit is the largest number.
    pub fn merge(&mut self, other: &Self) {
        self.documents = self.documents.saturating_add(other.documents);
        self.tokens = self.tokens.saturating_add(other.tokens);
        self.symbols = self.symbols.saturating_add(other.symbols);
        self.dropped = self.dropped.saturating_add(other.dropped);
        self.unknown = self.unknown.saturating_add(other.unknown);
        self.escaped = self.escaped.saturating_add(other.escaped);
    }

    /// Mean number of symbols that a token spans; nothing without tokens.
    #[must_use]
    pub fn symbols_per_token(&self) -> Option<f64> {
        (self.tokens > 0).then(|| self.symbols as f64 / self.tokens as f64)
    }
}

impl fmt::Display for TokenCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tokens of {} symbols", self.tokens, self.symbols)?;
        let parts = [
            (self.unknown, "unknown"),
            (self.dropped, "dropped at the ends of documents"),
            (self.escaped, "special tokens in the text escaped"),
        ];
        for (count, what) in parts.iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {what}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![3 => 0..99_u64, 1 => Just(u64::MAX)]
    }

    fn input() -> impl Strategy<Value = InputCounts> {
        let numbers = prop::collection::vec(number(), 9);
        numbers.prop_map(|n| InputCounts {
            files: n[0],
            records: n[1],
            blank_records: n[2],
            bases: BaseCounts {
                bases: n[7],
                ..BaseCounts::default()
            },
            characters: CharacterCounts {
                characters: n[8],
                ..CharacterCounts::default()
            },
            symbols: n[3],
            training: n[4],
            evaluation: n[5],
            analysis: n[6],
        })
    }

    fn tokens() -> impl Strategy<Value = TokenCounts> {
        let numbers = prop::collection::vec(number(), 6);
        numbers.prop_map(|n| TokenCounts {
            documents: n[0],
            tokens: n[1],
            symbols: n[2],
            dropped: n[3],
            unknown: n[4],
            escaped: n[5],
        })
    }

    fn merged_input(mut one: InputCounts, other: InputCounts) -> InputCounts {
        one.merge(&other);
        one
    }

    fn merged_tokens(mut one: TokenCounts, other: TokenCounts) -> TokenCounts {
        one.merge(&other);
        one
    }

    proptest! {
        #[test]
        fn counts_of_input_are_a_monoid_however_large(a in input(), b in input(), c in input()) {
            let sum = merged_input;
            prop_assert_eq!((sum(a, InputCounts::default()), sum(InputCounts::default(), a)), (a, a));
            prop_assert_eq!(sum(sum(a, b), c), sum(a, sum(b, c)));
            prop_assert_eq!(sum(a, b), sum(b, a));
            prop_assert!(a.gaps() <= a.symbols && !a.to_string().is_empty());
            let text = serde_json::to_string(&a).unwrap();
            prop_assert_eq!(serde_json::from_str::<InputCounts>(&text).unwrap(), a);
        }

        #[test]
        fn counts_of_tokens_are_a_monoid_however_large(a in tokens(), b in tokens(), c in tokens()) {
            let sum = merged_tokens;
            prop_assert_eq!((sum(a, TokenCounts::default()), sum(TokenCounts::default(), a)), (a, a));
            prop_assert_eq!(sum(sum(a, b), c), sum(a, sum(b, c)));
            prop_assert_eq!(sum(a, b), sum(b, a));
            prop_assert_eq!(a.symbols_per_token().is_some(), a.tokens > 0);
            let text = serde_json::to_string(&a).unwrap();
            prop_assert_eq!(serde_json::from_str::<TokenCounts>(&text).unwrap(), a);
        }
    }
}
