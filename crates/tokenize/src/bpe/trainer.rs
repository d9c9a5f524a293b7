//! Learning merges.

mod corpus;
mod counts;
mod step;

use super::pairs::parts;
use super::words::{self, WhiteSpace};
use crate::{Bpe, Error, Layout, Vocabulary};
use corpus::Corpus;
use counts::{Counts, Entry};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use step::Step;

/// What [`BpeTrainer`] makes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BpeParams {
    /// Number of tokens to reach, special tokens and single characters included; fewer if the text
    /// has no more pairs. Default 4096.
    pub vocabulary_size: usize,
    /// The smallest number of occurrences of a pair that is merged. Default 0, as in the stock
    /// trainer: no limit.
    pub min_frequency: u64,
    /// The special tokens. Default the five of
    /// "Entropy, Disagreement, and the Limits of Foundation Models in Genomics".
    pub layout: Layout,
    /// Characters that get a token even if the text lacks them. Default none.
    pub alphabet: Vec<char>,
    /// What becomes of the white space between words. Default [`WhiteSpace::Drop`].
    pub white_space: WhiteSpace,
}

impl Default for BpeParams {
    fn default() -> Self {
        Self {
            vocabulary_size: 4096,
            min_frequency: 0,
            layout: Layout::Standard,
            alphabet: Vec::new(),
            white_space: WhiteSpace::Drop,
        }
    }
}

impl BpeParams {
    /// Sets the number of tokens to reach.
    #[must_use]
    pub fn with_vocabulary_size(self, vocabulary_size: usize) -> Self {
        Self {
            vocabulary_size,
            ..self
        }
    }

    /// Sets the smallest number of occurrences of a pair that is merged.
    #[must_use]
    pub fn with_min_frequency(self, min_frequency: u64) -> Self {
        Self {
            min_frequency,
            ..self
        }
    }

    /// Sets the special tokens.
    #[must_use]
    pub fn with_layout(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    /// Sets the characters that get a token even if the text lacks them.
    #[must_use]
    pub fn with_alphabet(self, alphabet: impl IntoIterator<Item = char>) -> Self {
        let alphabet = alphabet.into_iter().collect();
        Self { alphabet, ..self }
    }

    /// Sets what becomes of the white space between words.
    #[must_use]
    pub fn with_white_space(self, white_space: WhiteSpace) -> Self {
        Self {
            white_space,
            ..self
        }
    }
}

/// Counts words, then learns merges.
///
/// Each step merges the most frequent adjacent pair; of pairs equally frequent the one whose left
/// id is smallest, then whose right id is. Ids are given to the special tokens, then to the
/// characters in the order of their code points, then to each new token. Merges, ties and ids are
/// those of the stock trainer (`tokenizers` 0.23 with the pre-tokenizer `Whitespace`) wherever that
/// one is deterministic, its running counts of pairs merged before included.
///
/// A pair keeps the list of its places, and a step touches only the places of its pair, so memory
/// and time are linear in the text (up to the logarithm of the queue) even if all of it is one
/// word: about 20 bytes a character.
///
/// ```
/// use dissensus_tokenize::{BpeParams, BpeTrainer};
/// let mut trainer = BpeTrainer::new(BpeParams::default().with_vocabulary_size(10));
/// trainer.feed("ACGACGACG");
/// let bpe = trainer.train()?;
/// let merges: Vec<_> = bpe.merges().collect();
/// assert_eq!(merges, [("A", "C"), ("AC", "G")]);
/// # Ok::<(), dissensus_tokenize::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BpeTrainer {
    params: BpeParams,
    words: HashMap<Box<str>, u64>,
}

impl BpeTrainer {
    /// A trainer that has seen nothing.
    #[must_use]
    pub fn new(params: BpeParams) -> Self {
        Self {
            params,
            words: HashMap::new(),
        }
    }

    /// Counts the words of a text. Two texts never share a word.
    pub fn feed(&mut self, text: &str) {
        for range in words::split(text, self.params.white_space) {
            let word = &text[range];
            match self.words.get_mut(word) {
                Some(count) => *count += 1,
                None => drop(self.words.insert(word.into(), 1)),
            }
        }
    }

    /// Learns the merges.
    ///
    /// # Errors
    /// [`Error::NoText`] if no word was fed, [`Error::VocabularyTooSmall`] if special tokens and
    /// characters alone exceed the vocabulary, [`Error::TooLong`] if the distinct words exceed 2³²
    /// − 2 characters.
    pub fn train(self) -> Result<Bpe, Error> {
        if self.words.is_empty() {
            return Err(Error::NoText);
        }
        let mut tokens = self.first_tokens()?;
        // The order of the words changes nothing in the result; sorted, it changes nothing in the
        // run either.
        let mut words: Vec<(Box<str>, u64)> = self.words.into_iter().collect();
        words.sort_unstable();
        let corpus = Corpus::new(&words, &tokens)?;
        drop(words);
        let merges = learn(corpus, &mut tokens, &self.params);
        let names: Vec<(String, String)> = merges
            .into_iter()
            .map(|(left, right)| {
                (
                    tokens[left as usize].clone(),
                    tokens[right as usize].clone(),
                )
            })
            .collect();
        Bpe::with_white_space(
            Vocabulary::new(tokens)?,
            names.iter().map(|(l, r)| (l.as_str(), r.as_str())),
            self.params.white_space,
        )
    }

    fn first_tokens(&self) -> Result<Vec<String>, Error> {
        let mut alphabet: BTreeSet<char> = self.params.alphabet.iter().copied().collect();
        for word in self.words.keys() {
            alphabet.extend(word.chars());
        }
        let specials = self
            .params
            .layout
            .tokens()
            .iter()
            .map(|(_, token)| token.to_string());
        let tokens: Vec<String> = specials
            .chain(alphabet.into_iter().map(String::from))
            .collect();
        let (requested, needed) = (self.params.vocabulary_size, tokens.len());
        if requested < needed {
            Err(Error::VocabularyTooSmall { requested, needed })
        } else {
            Ok(tokens)
        }
    }
}

fn learn(mut corpus: Corpus, tokens: &mut Vec<String>, params: &BpeParams) -> Vec<(u32, u32)> {
    let mut ids: HashMap<String, u32> = tokens.iter().cloned().zip(0..).collect();
    let mut queue: BinaryHeap<Entry> = BinaryHeap::new();
    let mut counts = Counts::new(&corpus, &mut queue);
    let mut step = Step::default();
    let mut merges = Vec::new();
    while tokens.len() < params.vocabulary_size {
        let Some((count, Reverse(top), segment)) = queue.pop() else {
            break;
        };
        let current = counts.of(top);
        if current != count {
            queue.push((current, Reverse(top), segment));
            continue;
        }
        if count < 1 || (count as u64) < params.min_frequency {
            break;
        }
        let (left, right) = parts(top);
        let token = format!("{}{}", tokens[left as usize], tokens[right as usize]);
        let id = *ids.entry(token).or_insert_with_key(|token| {
            tokens.push(token.clone());
            tokens.len() as u32 - 1
        });
        merges.push((left, right));
        corpus.merge(
            (left, right),
            id,
            &counts.places(top, segment, &corpus),
            &mut step,
        );
        counts.apply(&mut step, &mut queue);
    }
    merges
}
