//! Non-overlapping k-mers.

use crate::dna::{self, Normalizer};
use crate::encoding::TokenSink;
use crate::file::{Model, Ordered, TokenizerSettings, single_symbols};
use crate::literals::{Literals, Segment};
use crate::specials::{Names, Role};
use crate::tokenizer::join;
use crate::{Encoding, Error, Framing, Layout, Specials, Tokenizer, Vocabulary};
use std::ops::RangeInclusive;

/// Greedy longest match from the left over all 4^k k-mers and the single bases A C G T N.
///
/// The phase restarts after whatever is no base, and a remainder shorter than k becomes single
/// bases. In the standard layout lower case counts as upper, U as T, and every other letter as N;
/// in that of the Nucleotide Transformer, whose published tokenizer does none of this, a symbol
/// other than A C G T N is the `unk` token. At k = 6 the vocabulary has 5 + 4096 + 5 = 4106 tokens
/// in the standard layout and 4 + 4096 + 5 = 4105 in the Nucleotide Transformer's.
///
/// ```
/// use dissensus_tokenize::{Kmer, Layout, Tokenizer};
/// let kmer = Kmer::new(6, Layout::NucleotideTransformer)?;
/// assert_eq!(kmer.vocabulary().len(), 4105);
/// let ids = kmer.encode("ACGTACGTNACGTACGTACGT")?.ids;
/// let tokens: Vec<_> = ids.iter().filter_map(|&id| kmer.vocabulary().token(id)).collect();
/// assert_eq!(tokens, ["ACGTAC", "G", "T", "N", "ACGTAC", "GTACGT"]);
/// # Ok::<(), dissensus_tokenize::Error>(())
/// ```
///
/// Source: H. Dalla-Torre et al., *Nucleotide Transformer*, Nature Methods 22 (2025); the order of
/// its vocabulary is the one its published tokenizer builds.
#[derive(Debug, Clone)]
pub struct Kmer {
    k: usize,
    vocabulary: Vocabulary,
    specials: Specials,
    literals: Literals,
    settings: TokenizerSettings,
    /// Byte to base 0–3, or `NO_BASE`.
    bases: [u8; 256],
    /// K-mer, two bits a base, to id.
    kmers: Vec<u32>,
    /// Byte to the id of the single symbol.
    singles: [u32; 256],
}

const NO_BASE: u8 = 4;
const SINGLES: [&str; 5] = ["A", "C", "G", "T", "N"];

impl Kmer {
    /// The supported k.
    pub const LENGTHS: RangeInclusive<usize> = 2..=10;

    /// The tokenizer of all k-mers: special tokens, k-mers, single bases and N, in the order of
    /// `layout`.
    ///
    /// # Errors
    /// [`Error::K`] if k is not in [`LENGTHS`](Self::LENGTHS).
    pub fn new(k: usize, layout: Layout) -> Result<Self, Error> {
        check_k(k)?;
        let specials = layout.tokens().iter().map(|(_, token)| token.to_string());
        let kmers = (0..1usize << (2 * k)).map(|code| spell(code, k, layout.bases()));
        let singles = layout.bases().into_iter().chain(['N']).map(String::from);
        let vocabulary = Vocabulary::new(specials.chain(kmers).chain(singles))?;
        Self::from_vocabulary(
            vocabulary,
            &Names::new(),
            Normalizer::of_layout(layout),
            None,
        )
    }

    /// The tokenizer of a vocabulary in any order: its longest unbracketed token gives k. A file
    /// that it was read from is kept.
    #[expect(clippy::too_many_lines, reason = "one pass that fills every table")]
    pub(crate) fn from_vocabulary(
        vocabulary: Vocabulary,
        named: &Names,
        normalizer: Normalizer,
        settings: Option<TokenizerSettings>,
    ) -> Result<Self, Error> {
        let mut specials = Specials::find(&vocabulary, named)?;
        specials.others = bracketed(&vocabulary)
            .filter(|&id| !specials.contains(id))
            .collect();
        let k = longest(&vocabulary, &specials);
        check_k(k)?;
        check_tokens(&vocabulary, &specials, k)?;
        let need = |token: String| {
            let needed_by = format!("the {k}-mer tokenizer");
            vocabulary
                .id(&token)
                .ok_or(Error::MissingToken { token, needed_by })
        };
        let order = ['A', 'C', 'G', 'T'];
        let kmers = (0..1 << (2 * k))
            .map(|code| need(spell(code, k, order)))
            .collect::<Result<_, _>>()?;
        let unk = specials.require(Role::Unk)?;
        let (mut bases, mut singles) = ([NO_BASE; 256], [unk; 256]);
        for (base, symbol) in (0u8..).zip(SINGLES) {
            let byte = symbol.as_bytes()[0] as usize;
            bases[byte] = base.min(NO_BASE);
            singles[byte] = need(symbol.to_string())?;
        }
        normalizer.extend(&mut bases);
        normalizer.extend(&mut singles);
        let settings = match settings {
            Some(settings) => settings,
            None => TokenizerSettings::new(&vocabulary, &specials, single_symbols(k), normalizer),
        };
        let literals = Literals::new(
            specials
                .ids()
                .filter_map(|id| Some((vocabulary.token(id)?.to_string(), id))),
        );
        Ok(Self {
            k,
            vocabulary,
            specials,
            literals,
            settings,
            bases,
            kmers,
            singles,
        })
    }

    /// The length of its words.
    #[must_use]
    pub fn k(&self) -> usize {
        self.k
    }

    fn run<S: TokenSink>(&self, text: &str, sink: &mut S) -> Result<(), Error> {
        dna::require_ascii(text)?;
        sink.reserve(text.len() / self.k + 1);
        for segment in self.literals.segments(text) {
            match segment {
                Segment::Special(id, range) => sink.push(id, range.start, range.end),
                Segment::Text(range) => {
                    self.segment(&text.as_bytes()[range.clone()], range.start, sink)
                }
            }
        }
        Ok(())
    }

    /// A known length of the window lets the compiler unroll its loop; six is what DNA models use.
    fn segment<S: TokenSink>(&self, bytes: &[u8], origin: usize, sink: &mut S) {
        match self.k {
            6 => self.greedy(bytes, 6, origin, sink),
            k => self.greedy(bytes, k, origin, sink),
        }
    }

    #[inline(always)]
    fn greedy<S: TokenSink>(&self, bytes: &[u8], k: usize, origin: usize, sink: &mut S) {
        let mut at = 0;
        while at < bytes.len() {
            let code = bytes.get(at..at + k).and_then(|window| self.code(window));
            let (id, length) = match code {
                Some(code) => (self.kmers[code], k),
                None => (self.singles[bytes[at] as usize], 1),
            };
            sink.push(id, origin + at, origin + at + length);
            at += length;
        }
    }

    #[inline(always)]
    fn code(&self, window: &[u8]) -> Option<usize> {
        let (mut code, mut seen) = (0, 0);
        for &byte in window {
            let base = self.bases[byte as usize];
            seen |= base;
            code = code << 2 | (base & 3) as usize;
        }
        (seen & NO_BASE == 0).then_some(code)
    }
}

impl Tokenizer for Kmer {
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
            unk_token: self.specials.unk.and_then(|unk| self.vocabulary.token(unk)),
        })
    }
}

fn check_k(k: usize) -> Result<(), Error> {
    let (minimum, maximum) = (*Kmer::LENGTHS.start(), *Kmer::LENGTHS.end());
    if Kmer::LENGTHS.contains(&k) {
        return Ok(());
    }
    Err(Error::K {
        k,
        minimum,
        maximum,
    })
}

/// The k-mer whose bases, first base highest, are the base-4 digits of `code`.
fn spell(code: usize, k: usize, bases: [char; 4]) -> String {
    (0..k)
        .rev()
        .map(|digit| bases[code >> (2 * digit) & 3])
        .collect()
}

/// Ids of tokens such as `<eos>` or `[SEP]`, which published vocabularies hold beside the special
/// tokens they use.
fn bracketed(vocabulary: &Vocabulary) -> impl Iterator<Item = u32> + '_ {
    let is_bracketed = |token: &str| {
        (token.starts_with('<') && token.ends_with('>'))
            || (token.starts_with('[') && token.ends_with(']'))
    };
    let tokens = (0u32..).zip(vocabulary.tokens());
    tokens
        .filter(move |(_, token)| is_bracketed(token))
        .map(|(id, _)| id)
}

fn longest(vocabulary: &Vocabulary, specials: &Specials) -> usize {
    let tokens = (0u32..).zip(vocabulary.tokens());
    tokens
        .filter(|(id, _)| !specials.contains(*id))
        .map(|(_, token)| token.len())
        .max()
        .unwrap_or(0)
}

fn check_tokens(vocabulary: &Vocabulary, specials: &Specials, k: usize) -> Result<(), Error> {
    let is_kmer = |token: &str| token.len() == k && token.bytes().all(|b| b"ACGT".contains(&b));
    for (id, token) in (0u32..).zip(vocabulary.tokens()) {
        if !is_kmer(token) && !SINGLES.contains(&token.as_str()) && !specials.contains(id) {
            let expected = format!("a {k}-mer of A C G T, a single base, N or a special token");
            return Err(Error::UnexpectedToken {
                id,
                token: token.clone(),
                expected,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_order_their_kmers_as_documented() {
        let standard = Kmer::new(6, Layout::Standard).unwrap();
        assert_eq!(standard.vocabulary().len(), 4106);
        assert_eq!(
            standard.vocabulary().tokens()[5..8],
            ["AAAAAA", "AAAAAC", "AAAAAG"]
        );
        assert_eq!(
            standard.vocabulary().tokens()[4101..],
            ["A", "C", "G", "T", "N"]
        );
        let published = Kmer::new(6, Layout::NucleotideTransformer).unwrap();
        assert_eq!(
            published.vocabulary().tokens()[..6],
            ["<unk>", "<pad>", "<mask>", "<cls>", "AAAAAA", "AAAAAT"]
        );
        assert_eq!(
            published.vocabulary().tokens()[4099..],
            ["GGGGGG", "A", "T", "C", "G", "N"]
        );
        assert_eq!(published.specials().sep, None);
    }

    #[test]
    fn every_kmer_encodes_to_itself() {
        for layout in [Layout::Standard, Layout::NucleotideTransformer] {
            let tokenizer = Kmer::new(3, layout).unwrap();
            for (id, token) in (0u32..).zip(tokenizer.vocabulary().tokens()) {
                assert_eq!(tokenizer.encode(token).unwrap().ids, [id], "{token}");
            }
        }
    }

    #[test]
    fn k_outside_its_range_is_refused() {
        assert!(matches!(
            Kmer::new(1, Layout::Standard),
            Err(Error::K { k: 1, .. })
        ));
        assert!(matches!(
            Kmer::new(11, Layout::Standard),
            Err(Error::K { k: 11, .. })
        ));
    }

    #[test]
    fn an_incomplete_vocabulary_is_refused() {
        let mut tokens = Kmer::new(2, Layout::Standard)
            .unwrap()
            .vocabulary
            .tokens()
            .to_vec();
        tokens.push("<eos>".to_string());
        let load = |tokens: &[String]| {
            let vocabulary = Vocabulary::new(tokens.to_vec()).unwrap();
            Kmer::from_vocabulary(vocabulary, &Names::new(), Normalizer::None, None)
        };
        assert_eq!(load(&tokens).unwrap().specials().others, [26]);
        tokens[7] = "AX".to_string();
        assert!(matches!(
            load(&tokens),
            Err(Error::UnexpectedToken { id: 7, .. })
        ));
        tokens.remove(7);
        assert!(matches!(load(&tokens), Err(Error::MissingToken { token, .. }) if token == "AG"));
    }
}
