//! One symbol a token.

use crate::dna::{self, Normalizer};
use crate::encoding::TokenSink;
use crate::file::{Model, Ordered, TokenizerSettings, single_symbols};
use crate::literals::{Literals, Segment};
use crate::specials::{Names, Role};
use crate::tokenizer::join;
use crate::{Encoding, Error, Framing, Layout, Specials, Tokenizer, Vocabulary};
use std::collections::{BTreeSet, HashMap};

/// Every symbol is a token; a symbol outside the alphabet is the `unk` token.
///
/// A tokenizer whose alphabet is within A C G T N is one of DNA and refuses text that is not ASCII.
/// In the standard layout it counts lower case as upper, U as T, and every other letter as N.
///
/// ```
/// use dissensus_tokenize::{Character, Layout, Tokenizer};
/// let dna = Character::dna(Layout::Standard)?;
/// assert_eq!(dna.encode("acgUNx")?.ids, [5, 6, 7, 8, 9, 9]);
/// # Ok::<(), dissensus_tokenize::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Character {
    vocabulary: Vocabulary,
    specials: Specials,
    literals: Literals,
    settings: TokenizerSettings,
    is_dna: bool,
    unk: u32,
    /// ASCII to id.
    ascii: [u32; 128],
    /// All other characters to id.
    others: HashMap<char, u32>,
}

impl Character {
    /// The tokenizer of DNA: special tokens, then the bases in the order of `layout`, then N.
    ///
    /// # Errors
    /// None for the layouts there are.
    pub fn dna(layout: Layout) -> Result<Self, Error> {
        Self::new(layout.bases().into_iter().chain(['N']), layout)
    }

    /// The tokenizer of an alphabet: special tokens, then the characters as given.
    ///
    /// # Errors
    /// [`Error::Alphabet`] if the alphabet is empty, [`Error::DuplicateId`] if a character occurs
    /// twice.
    pub fn new(alphabet: impl IntoIterator<Item = char>, layout: Layout) -> Result<Self, Error> {
        let specials = layout.tokens().iter().map(|(_, token)| token.to_string());
        let tokens = specials.chain(alphabet.into_iter().map(String::from));
        let vocabulary = Vocabulary::new(tokens)?;
        let is_dna = dna::has_dna_alphabet(&vocabulary);
        let normalizer = if is_dna {
            Normalizer::of_layout(layout)
        } else {
            Normalizer::None
        };
        Self::from_vocabulary(vocabulary, &Names::new(), normalizer, None)
    }

    /// The tokenizer of all characters in the texts, in the order of their code points.
    ///
    /// # Errors
    /// [`Error::Alphabet`] if the texts are empty.
    pub fn train<T: AsRef<str>>(
        texts: impl IntoIterator<Item = T>,
        layout: Layout,
    ) -> Result<Self, Error> {
        let mut alphabet = BTreeSet::new();
        for text in texts {
            alphabet.extend(text.as_ref().chars());
        }
        Self::new(alphabet, layout)
    }

    /// The tokenizer of a vocabulary whose tokens are single characters.
    #[expect(clippy::too_many_lines, reason = "one pass that fills every table")]
    pub(crate) fn from_vocabulary(
        vocabulary: Vocabulary,
        named: &Names,
        normalizer: Normalizer,
        settings: Option<TokenizerSettings>,
    ) -> Result<Self, Error> {
        let mut specials = Specials::find(&vocabulary, named)?;
        let unk = specials.require(Role::Unk)?;
        let (mut ascii, mut others) = ([unk; 128], HashMap::new());
        let mut is_dna = true;
        for (id, token) in (0u32..).zip(vocabulary.tokens()) {
            let mut chars = token.chars();
            match (chars.next(), chars.next()) {
                _ if specials.contains(id) => {}
                (Some(c), None) => {
                    is_dna &= "ACGTN".contains(c);
                    match ascii.get_mut(c as usize) {
                        Some(slot) => *slot = id,
                        None => drop(others.insert(c, id)),
                    }
                }
                _ if token.starts_with(['<', '[']) => specials.others.push(id),
                _ => {
                    let expected = "a single character or a special token".to_string();
                    return Err(Error::UnexpectedToken {
                        id,
                        token: token.clone(),
                        expected,
                    });
                }
            }
        }
        if vocabulary.len() == specials.ids().count() {
            let reason = "it has no characters; expected at least one".to_string();
            return Err(Error::Alphabet { reason });
        }
        let literals = Literals::new(
            specials
                .ids()
                .filter_map(|id| Some((vocabulary.token(id)?.to_string(), id))),
        );
        normalizer.extend(&mut ascii);
        let settings = match settings {
            Some(settings) => settings,
            None => TokenizerSettings::new(&vocabulary, &specials, single_symbols(1), normalizer),
        };
        Ok(Self {
            vocabulary,
            specials,
            literals,
            settings,
            unk,
            is_dna,
            ascii,
            others,
        })
    }

    /// Whether the alphabet lies within A C G T N.
    #[must_use]
    pub fn is_dna(&self) -> bool {
        self.is_dna
    }

    fn run<S: TokenSink>(&self, text: &str, sink: &mut S) -> Result<(), Error> {
        if self.is_dna {
            dna::require_ascii(text)?;
        }
        sink.reserve(text.len());
        for segment in self.literals.segments(text) {
            match segment {
                Segment::Special(id, range) => sink.push(id, range.start, range.end),
                Segment::Text(range) => self.part(&text[range.clone()], range.start, sink),
            }
        }
        Ok(())
    }

    fn part<S: TokenSink>(&self, text: &str, origin: usize, sink: &mut S) {
        if text.is_ascii() {
            let ids = text.bytes().map(|byte| self.ascii[(byte & 127) as usize]);
            return sink.push_bytes(ids, origin);
        }
        for (at, c) in text.char_indices() {
            let id = match self.ascii.get(c as usize) {
                Some(id) => *id,
                None => self.others.get(&c).copied().unwrap_or(self.unk),
            };
            sink.push(id, origin + at, origin + at + c.len_utf8());
        }
    }
}

impl Tokenizer for Character {
    fn encode(&self, text: &str) -> Result<Encoding, Error> {
        let mut encoding = Encoding::default();
        self.run(text, &mut encoding)?;
        Ok(encoding)
    }

    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        self.run(text, ids)
    }

    fn decode(&self, ids: &[u32]) -> Result<String, Error> {
        join(&self.vocabulary, ids, "")
    }

    fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn specials(&self) -> &Specials {
        &self.specials
    }

    fn framing(&self) -> Framing {
        self.settings.framing().clone()
    }

    fn to_json(&self) -> Result<String, Error> {
        self.settings.to_json(Model::WordLevel {
            vocab: Ordered(&self.vocabulary),
            unk_token: self.vocabulary.token(self.unk),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alphabet_is_learnt_in_code_point_order() {
        let tokenizer = Character::train(["cab", "é a"], Layout::Standard).unwrap();
        assert_eq!(
            tokenizer.vocabulary().tokens()[5..],
            [" ", "a", "b", "c", "é"]
        );
        assert!(!tokenizer.is_dna());
        assert_eq!(
            tokenizer.encode("éz").unwrap(),
            Encoding {
                ids: vec![9, 0],
                offsets: vec![0..2, 2..3]
            }
        );
    }

    #[test]
    fn an_empty_or_repeated_alphabet_is_refused() {
        assert!(matches!(
            Character::new([], Layout::Standard),
            Err(Error::Alphabet { .. })
        ));
        assert!(matches!(
            Character::new(['A', 'A'], Layout::Standard),
            Err(Error::DuplicateId { id: 6, .. })
        ));
    }
}
