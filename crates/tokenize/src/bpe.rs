//! Byte-pair encoding.

mod merge_queue;
mod merges;
mod pairs;
mod symbols;
mod trainer;
mod words;

pub use trainer::{BpeParams, BpeTrainer};
pub use words::WhiteSpace;

use crate::dna::{self, Normalizer};
use crate::encoding::TokenSink;
use crate::file::{BpeModel, Model, Ordered, TokenizerSettings, with_unk};
use crate::literals::{Literals, Segment};
use crate::specials::{Names, Role};
use crate::tokenizer::join;
use crate::{Encoding, Error, Framing, Specials, Tokenizer, Vocabulary};
use merges::Merges;
use std::collections::HashMap;
use symbols::Symbols;

/// Byte-pair encoding over characters: words are cut at white space and between letters and
/// punctuation, and within a word the adjacent pair of lowest rank is merged, leftmost first, until
/// no pair of the list is left.
///
/// The same ids as the Hugging Face model with the pre-tokenizer of a [`WhiteSpace`], or without
/// one. A character outside the vocabulary is the `unk` token. A tokenizer whose single characters
/// lie within A C G T N is one of DNA: it counts lower case as upper, U as T, and every other
/// letter as N. DNA without white space is one word; its time is linear up to a logarithm.
///
/// ```
/// use dissensus_tokenize::{Bpe, BpeParams, Tokenizer};
/// let params = BpeParams::default().with_vocabulary_size(9);
/// let bpe = Bpe::train(["abab abc"], params)?;
/// assert_eq!(bpe.vocabulary().tokens()[5..], ["a", "b", "c", "ab"]);
/// assert_eq!(bpe.encode("abcab")?.offsets, [0..2, 2..3, 3..5]);
/// # Ok::<(), dissensus_tokenize::Error>(())
/// ```
///
/// Source: R. Sennrich, B. Haddow, A. Birch, *Neural Machine Translation of Rare Words with Subword
/// Units*, ACL 2016.
#[derive(Debug, Clone)]
pub struct Bpe {
    vocabulary: Vocabulary,
    specials: Specials,
    literals: Literals,
    settings: TokenizerSettings,
    merges: Merges,
    ascii: [Option<u32>; 128],
    others: HashMap<char, u32>,
    /// How text is cut into words, if it is.
    words: Option<WhiteSpace>,
    unk: u32,
}

impl Bpe {
    /// Trains on texts: the same merges and ids as the stock trainer, in time linear in the text up
    /// to a logarithm.
    ///
    /// # Errors
    /// Those of [`BpeTrainer::train`].
    pub fn train<T: AsRef<str>>(
        texts: impl IntoIterator<Item = T>,
        params: BpeParams,
    ) -> Result<Self, Error> {
        let mut trainer = BpeTrainer::new(params);
        for text in texts {
            trainer.feed(text.as_ref());
        }
        trainer.train()
    }

    /// The tokenizer of a vocabulary and its merges, most important first, which drops white space.
    /// Specials are looked up by name.
    ///
    /// # Errors
    /// [`Error::MissingToken`] if a merge names a token that is not in the vocabulary or makes one,
    /// [`Error::MissingSpecial`].
    pub fn new<'a>(
        vocabulary: Vocabulary,
        merges: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Error> {
        Self::with_white_space(vocabulary, merges, WhiteSpace::Drop)
    }

    /// [`Self::new`], with what becomes of white space.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub fn with_white_space<'a>(
        vocabulary: Vocabulary,
        merges: impl IntoIterator<Item = (&'a str, &'a str)>,
        white_space: WhiteSpace,
    ) -> Result<Self, Error> {
        let specials = Specials::find(&vocabulary, &Names::new())?;
        let normalizer = if dna::has_dna_alphabet(&vocabulary) {
            Normalizer::Dna
        } else {
            Normalizer::None
        };
        let words = white_space.pre_tokenizer();
        let settings = TokenizerSettings::new(&vocabulary, &specials, words, normalizer);
        Self::assemble(vocabulary, specials, merges, settings)
    }

    /// Whether a file's pre-tokenizer is one of ours.
    pub(crate) fn knows(settings: &TokenizerSettings) -> bool {
        settings.pre_tokenizer.is_null() || WhiteSpace::of(&settings.pre_tokenizer).is_some()
    }

    pub(crate) fn from_model(
        model: BpeModel,
        settings: TokenizerSettings,
        named: &Names,
    ) -> Result<Self, Error> {
        let named = with_unk(named, model.unk_token.as_deref());
        let mut ids = model.vocab;
        ids.extend(settings.literals());
        let vocabulary = Vocabulary::from_ids(ids)?;
        let mut specials = Specials::find(&vocabulary, &named)?;
        specials.others = settings
            .literals()
            .map(|(_, id)| id)
            .filter(|id| !specials.contains(*id))
            .collect();
        let merges = model.merges.iter().map(|merge| {
            let found = || format!("{:?}", merge.joined());
            let expected = "two tokens with a space between them".to_string();
            merge.parts().ok_or_else(|| Error::Field {
                field: "model.merges",
                expected,
                found: found(),
            })
        });
        let merges: Vec<_> = merges.collect::<Result<_, _>>()?;
        Self::assemble(vocabulary, specials, merges, settings)
    }

    fn assemble<'a>(
        vocabulary: Vocabulary,
        specials: Specials,
        merges: impl IntoIterator<Item = (&'a str, &'a str)>,
        settings: TokenizerSettings,
    ) -> Result<Self, Error> {
        let merges = Merges::new(&vocabulary, merges)?;
        let unk = specials.require(Role::Unk)?;
        let (mut ascii, mut others) = ([None; 128], HashMap::new());
        for (id, token) in (0u32..).zip(vocabulary.tokens()) {
            let mut chars = token.chars();
            if let (Some(c), None) = (chars.next(), chars.next()) {
                match ascii.get_mut(c as usize) {
                    Some(slot) => *slot = Some(id),
                    None => drop(others.insert(c, id)),
                }
            }
        }
        let literals = Literals::new(settings.literals());
        let words = WhiteSpace::of(&settings.pre_tokenizer);
        Ok(Self {
            vocabulary,
            specials,
            literals,
            settings,
            merges,
            ascii,
            others,
            words,
            unk,
        })
    }

    /// The merges, most important first, as pairs of tokens.
    pub fn merges(&self) -> impl Iterator<Item = (&str, &str)> {
        let token = |id| self.vocabulary.token(id).unwrap_or_default();
        self.merges
            .iter()
            .map(move |merge| (token(merge.left), token(merge.right)))
    }

    fn run<S: TokenSink>(&self, text: &str, sink: &mut S) -> Result<(), Error> {
        let normalizer = self.settings.dna_normalizer();
        if normalizer == Normalizer::Dna {
            dna::require_ascii(text)?;
        }
        let mut symbols = Symbols::default();
        for segment in self.literals.segments(text) {
            match segment {
                Segment::Special(id, range) => sink.push(id, range.start, range.end),
                Segment::Text(range) => {
                    let part = normalizer.apply(&text[range.clone()]);
                    self.part(&part, range.start, &mut symbols, sink);
                }
            }
        }
        Ok(())
    }

    /// Text between special tokens, which begins at `origin`.
    fn part<S: TokenSink>(&self, text: &str, origin: usize, symbols: &mut Symbols, sink: &mut S) {
        let Some(white_space) = self.words else {
            return self.word(text, origin, symbols, sink);
        };
        for word in words::split(text, white_space) {
            let start = origin + word.start;
            self.word(&text[word], start, symbols, sink);
        }
    }

    fn word<S: TokenSink>(&self, word: &str, origin: usize, symbols: &mut Symbols, sink: &mut S) {
        symbols.clear();
        for c in word.chars() {
            let id = match self.ascii.get(c as usize) {
                Some(id) => *id,
                None => self.others.get(&c).copied(),
            };
            symbols.push(id.unwrap_or(self.unk), c.len_utf8());
        }
        symbols.merge(&self.merges);
        let mut at = origin;
        for (id, length) in symbols.iter() {
            sink.push(id, at, at + length);
            at += length;
        }
    }
}

impl Tokenizer for Bpe {
    fn encode(&self, text: &str) -> Result<Encoding, Error> {
        let mut encoding = Encoding::default();
        self.run(text, &mut encoding)?;
        Ok(encoding)
    }

    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        self.run(text, ids)
    }

    fn decode(&self, ids: &[u32]) -> Result<String, Error> {
        join(&self.vocabulary, ids, self.settings.joint())
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
        self.settings.to_json(Model::Bpe {
            dropout: None,
            unk_token: self.vocabulary.token(self.unk),
            continuing_subword_prefix: None,
            end_of_word_suffix: None,
            fuse_unk: false,
            byte_fallback: false,
            ignore_merges: false,
            vocab: Ordered(&self.vocabulary),
            merges: self.merges().collect(),
        })
    }
}
