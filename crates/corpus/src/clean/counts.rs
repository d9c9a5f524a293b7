//! What cleaning changes, counted.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::{composed, is_allowed, is_space};

/// Bases of DNA as it stands in a file, by what [`clean_dna`](crate::clean_dna) makes of them.
///
/// ```
/// use dissensus_corpus::BaseCounts;
///
/// let counts = BaseCounts::of(b"ACGUacgtNNRY");
/// assert_eq!(
///     counts.to_string(),
///     "12 bases: 1 U read as T, 2 ambiguous codes became N, 2 N as they stood, 4 soft-masked"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct BaseCounts {
    /// All bases.
    pub bases: u64,
    /// U, which is read as T.
    pub uracil: u64,
    /// IUPAC codes other than N, which become N.
    pub ambiguous: u64,
    /// N.
    pub unknown: u64,
    /// Lower-case bases.
    pub soft_masked: u64,
}

impl BaseCounts {
    /// Counts bases as they stand in a file.
    #[must_use]
    pub fn of(bases: &[u8]) -> Self {
        // Four tables: neighbouring bases are often equal, and one counter cannot be raised twice
        // at once.
        let mut tables = [[0_u32; 256]; 4];
        let mut all = Self::default();
        for part in bases.chunks(1 << 30) {
            for four in part.chunks(4) {
                for (table, &base) in tables.iter_mut().zip(four) {
                    table[usize::from(base)] += 1;
                }
            }
            let count = |byte: usize| tables.iter().map(|table| u64::from(table[byte])).sum();
            all.merge(&Self::of_table(&std::array::from_fn(count)));
            tables = [[0; 256]; 4];
        }
        all
    }

    fn of_table(counts: &[u64; 256]) -> Self {
        let both =
            |base: u8| counts[usize::from(base)] + counts[usize::from(base.to_ascii_lowercase())];
        let bases: u64 = counts.iter().sum();
        let known: u64 = b"ACGT".iter().map(|&base| both(base)).sum();
        let (uracil, unknown) = (both(b'U'), both(b'N'));
        Self {
            bases,
            uracil,
            ambiguous: bases - known - uracil - unknown,
            unknown,
            soft_masked: (b'a'..=b'z').map(|base| counts[usize::from(base)]).sum(),
        }
    }

    /// Adds the counts of other bases; what does not fit is the largest number.
    pub fn merge(&mut self, other: &Self) {
        self.bases = self.bases.saturating_add(other.bases);
        self.uracil = self.uracil.saturating_add(other.uracil);
        self.ambiguous = self.ambiguous.saturating_add(other.ambiguous);
        self.unknown = self.unknown.saturating_add(other.unknown);
        self.soft_masked = self.soft_masked.saturating_add(other.soft_masked);
    }
}

impl fmt::Display for BaseCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bases", self.bases)?;
        let parts = [
            (self.uracil, "U read as T"),
            (self.ambiguous, "ambiguous codes became N"),
            (self.unknown, "N as they stood"),
            (self.soft_masked, "soft-masked"),
        ];
        listed(f, &parts)
    }
}

/// Characters of text as it stands in a file, by what [`clean_text`](crate::clean_text) makes of
/// them.
///
/// ```
/// use dissensus_corpus::CharacterCounts;
///
/// let counts = CharacterCounts::of("nai\u{308}ve  Москва");
/// // ï and six Cyrillic letters
/// assert_eq!((counts.characters, counts.composed, counts.replaced), (14, 1, 7));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct CharacterCounts {
    /// All characters.
    pub characters: u64,
    /// Characters that were joined with the one before them into normal form C.
    pub composed: u64,
    /// Characters outside the allowed set and no white space, each run of which becomes one space.
    pub replaced: u64,
}

impl CharacterCounts {
    /// Counts the characters of a text as it stands in a file.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let characters = text.chars().count() as u64;
        if text.is_ascii() {
            let replaced = text.chars().filter(|&c| !is_allowed(c) && !is_space(c));
            return Self {
                characters,
                composed: 0,
                replaced: replaced.count() as u64,
            };
        }
        let text = composed(text);
        let replaced = text.chars().filter(|&c| !is_allowed(c) && !is_space(c));
        Self {
            characters,
            composed: characters.saturating_sub(text.chars().count() as u64),
            replaced: replaced.count() as u64,
        }
    }

    /// Adds the counts of another text; what does not fit is the largest number.
    pub fn merge(&mut self, other: &Self) {
        self.characters = self.characters.saturating_add(other.characters);
        self.composed = self.composed.saturating_add(other.composed);
        self.replaced = self.replaced.saturating_add(other.replaced);
    }
}

impl fmt::Display for CharacterCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} characters", self.characters)?;
        let parts = [
            (self.composed, "composed into normal form C"),
            (self.replaced, "outside the allowed set became spaces"),
        ];
        listed(f, &parts)
    }
}

/// The counts that are not zero.
fn listed(f: &mut fmt::Formatter<'_>, parts: &[(u64, &str)]) -> fmt::Result {
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    for (index, (count, what)) in parts.enumerate() {
        let joint = if index == 0 { ": " } else { ", " };
        write!(f, "{joint}{count} {what}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{SoftMasked, clean_dna};

    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![3 => 0..99_u64, 1 => Just(u64::MAX)]
    }

    fn bases() -> impl Strategy<Value = BaseCounts> {
        [number(), number(), number(), number(), number()].prop_map(
            |[bases, uracil, ambiguous, unknown, soft_masked]| BaseCounts {
                bases,
                uracil,
                ambiguous,
                unknown,
                soft_masked,
            },
        )
    }

    fn characters() -> impl Strategy<Value = CharacterCounts> {
        [number(), number(), number()].prop_map(|[characters, composed, replaced]| {
            CharacterCounts {
                characters,
                composed,
                replaced,
            }
        })
    }

    // Functions and not closures: rustc 1.95 changes what is passed to a closure by value and
    // changed in it (https://github.com/rust-lang/rust/issues/155241), so that a second sum of the
    // same counts is wrong.
    fn sum(mut one: BaseCounts, other: BaseCounts) -> BaseCounts {
        one.merge(&other);
        one
    }

    fn sum_of_characters(mut one: CharacterCounts, other: CharacterCounts) -> CharacterCounts {
        one.merge(&other);
        one
    }

    proptest! {
        #[test]
        fn counts_are_a_monoid_however_large(a in bases(), b in bases(), c in bases(), d in characters(), e in characters(), f in characters()) {
            prop_assert_eq!((sum(a, BaseCounts::default()), sum(BaseCounts::default(), a)), (a, a));
            prop_assert_eq!(sum(sum(a, b), c), sum(a, sum(b, c)));
            prop_assert_eq!(sum(a, b), sum(b, a));
            let sum = sum_of_characters;
            prop_assert_eq!((sum(d, CharacterCounts::default()), sum(CharacterCounts::default(), d)), (d, d));
            prop_assert_eq!(sum(sum(d, e), f), sum(d, sum(e, f)));
            prop_assert_eq!(sum(d, e), sum(e, d));
        }

        #[test]
        fn counts_are_what_cleaning_changes(bases in "[ACGTUNRYKMacgtunrykm]{0,60}") {
            let counts = BaseCounts::of(bases.as_bytes());
            let clean = clean_dna(bases.as_bytes(), SoftMasked::Upper);
            let unknown = clean.bytes().filter(|&base| base == b'N').count() as u64;
            prop_assert_eq!(counts.unknown + counts.ambiguous, unknown);
            prop_assert_eq!(counts.bases, bases.len() as u64);
            let lower = bases.bytes().filter(u8::is_ascii_lowercase).count() as u64;
            prop_assert_eq!(counts.soft_masked, lower);
        }
    }
}
