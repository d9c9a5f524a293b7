//! The words under training, as one array of symbols.

use super::step::Step;
use crate::Error;
use std::collections::HashMap;

/// Between two words, and before the first and after the last.
pub(super) const BOUNDARY: u32 = u32::MAX;
/// Inside a token of more than two characters, and where a merged token had its inner edges.
const INSIDE: u32 = u32::MAX - 1;

/// All distinct words, one place a character.
///
/// The first and the last place of a token hold its id, so that both neighbours of a token are
/// found from the lengths of tokens alone: no links are kept. A token at a place only ever grows,
/// therefore a place listed for a pair is current if and only if the ids still stand there.
pub(super) struct Corpus {
    symbols: Vec<u32>,
    /// Length in characters by token id.
    lengths: Vec<u32>,
    /// Occurrences by word.
    weights: Vec<i64>,
    /// Word by place; empty if there is only one word.
    words: Vec<u32>,
}

impl Corpus {
    /// The words spelt in the single characters among `tokens`.
    pub fn new(words: &[(Box<str>, u64)], tokens: &[String]) -> Result<Self, Error> {
        let length = |word: &str| word.chars().count() + 1;
        let places = 1 + words.iter().map(|(word, _)| length(word)).sum::<usize>();
        let limit = INSIDE as usize;
        if places > limit {
            return Err(Error::TooLong {
                symbols: places,
                limit,
            });
        }
        let ids: HashMap<&str, u32> = tokens.iter().map(String::as_str).zip(0..).collect();
        let mut symbols = Vec::with_capacity(places);
        symbols.push(BOUNDARY);
        let mut of_place = Vec::new();
        for (index, (word, _)) in (0u32..).zip(words) {
            let mut buffer = [0; 4];
            symbols.extend(word.chars().map(|c| ids[&*c.encode_utf8(&mut buffer)]));
            symbols.push(BOUNDARY);
            if words.len() > 1 {
                of_place.resize(symbols.len(), index);
            }
        }
        let weights = words.iter().map(|(_, count)| *count as i64).collect();
        let lengths = tokens
            .iter()
            .map(|token| token.chars().count() as u32)
            .collect();
        Ok(Self {
            symbols,
            lengths,
            weights,
            words: of_place,
        })
    }

    /// The word of a place.
    pub fn word(&self, place: u32) -> u32 {
        self.words.get(place as usize).copied().unwrap_or(0)
    }

    /// How often the word of a place occurs.
    #[inline]
    pub fn weight(&self, place: u32) -> i64 {
        self.weights[self.word(place) as usize]
    }

    /// All adjacent pairs of single characters, with the place of the left one.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32, u32)> + '_ {
        let windows = (0u32..).zip(self.symbols.windows(2));
        windows
            .filter(|(_, pair)| !pair.contains(&BOUNDARY))
            .map(|(place, pair)| (pair[0], pair[1], place))
    }

    /// Merges `left right` into `id` at those of the places, ascending, where it still stands, and
    /// notes what that did to the neighbouring pairs.
    pub fn merge(&mut self, (left, right): (u32, u32), id: u32, places: &[u32], step: &mut Step) {
        let (first, second) = (self.lengths[left as usize], self.lengths[right as usize]);
        if id as usize == self.lengths.len() {
            self.lengths.push(first + second);
        }
        step.begin((left, right), id);
        for &place in places {
            let middle = place + first;
            if self.symbols[place as usize] != left || self.symbols[middle as usize] != right {
                continue;
            }
            let last = middle + second - 1;
            self.note(place, last, step);
            self.symbols[middle as usize - 1] = INSIDE;
            self.symbols[middle as usize] = INSIDE;
            self.symbols[last as usize] = id;
            self.symbols[place as usize] = id;
        }
    }

    #[inline]
    fn note(&self, place: u32, last: u32, step: &mut Step) {
        let weight = self.weight(place);
        let (before, after) = (
            self.symbols[place as usize - 1],
            self.symbols[last as usize + 1],
        );
        if before != BOUNDARY {
            step.before(before, place - self.lengths[before as usize], weight);
        }
        if after != BOUNDARY {
            step.after(after, place, weight);
        }
    }
}
