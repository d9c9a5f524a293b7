//! Letters as numbers, which is how predictors and sources take them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// A text as numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// One number a character.
    pub symbols: Vec<u8>,
    /// The letter of each number; where letters were taken together, the most frequent of them.
    pub letters: Vec<char>,
}

impl Numbered {
    /// How many numbers there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.letters.len()
    }
}

/// Characters as numbers by falling frequency; all beyond the first `most - 1` kinds share the last
/// number.
///
/// Kinds that are equally frequent are ordered by code point.
///
/// ```
/// use dissensus_corpus::numbered_letters;
///
/// let found = numbered_letters("banana?!", 4);
/// assert_eq!(found.letters, ['a', 'n', '!', '?']);
/// assert_eq!(found.symbols, [3, 0, 1, 0, 1, 0, 3, 2]); // b and ? share a number
/// ```
#[must_use]
pub fn numbered_letters(text: &str, most: u8) -> Numbered {
    let mut counts = BTreeMap::new();
    for letter in text.chars() {
        *counts.entry(letter).or_insert(0u64) += 1;
    }
    let mut kinds: Vec<(char, u64)> = counts.into_iter().collect();
    kinds.sort_by_key(|&(letter, count)| (Reverse(count), letter));
    let last = usize::from(most.max(1)) - 1;
    let numbers: HashMap<char, u8> = kinds
        .iter()
        .enumerate()
        .map(|(rank, &(letter, _))| (letter, rank.min(last) as u8))
        .collect();
    Numbered {
        symbols: text.chars().map(|letter| numbers[&letter]).collect(),
        letters: kinds.iter().take(last + 1).map(|kind| kind.0).collect(),
    }
}

/// A, C, G, T as 0, 1, 2, 3, in either case, U as T; nothing for every other base.
///
/// ```
/// assert_eq!(dissensus_corpus::numbered_bases("AcNT"), [Some(0), Some(1), None, Some(3)]);
/// ```
#[must_use]
pub fn numbered_bases(bases: &str) -> Vec<Option<u8>> {
    let number = |base: u8| match base.to_ascii_uppercase() {
        b'A' => Some(0),
        b'C' => Some(1),
        b'G' => Some(2),
        b'T' | b'U' => Some(3),
        _ => None,
    };
    bases.bytes().map(number).collect()
}
