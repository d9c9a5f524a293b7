//! The arms of the study: which data under which tokenizer.

use std::collections::BTreeSet;
use std::fmt;

use dissensus_input::{Documents, Modality, Set};
use dissensus_measure::TokenBoundaries;
use dissensus_tokenize::{
    Bpe, BpeParams, BpeTrainer, Character, Kmer, Layout, Tokenizer, WhiteSpace,
};

use crate::Error;

/// Symbols that byte-pair encoding learns from. Merges of some thousand tokens are decided by far
/// fewer, and the trainer holds every word that it was fed: in DNA that is all of the text.
const LEARNED: u64 = 1 << 23;

/// One arm: an ensemble is trained for each.
///
/// ```
/// use dissensus_study::Arm;
/// assert_eq!("dna-kmer".parse::<Arm>()?, Arm::DnaKmer);
/// assert_eq!(Arm::TextBpe.to_string(), "text-bpe");
/// # Ok::<(), dissensus_study::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arm {
    /// Text under byte-pair encoding, which drops the white space between words.
    TextBpe,
    /// Text under byte-pair encoding that keeps white space: a space belongs to the word behind it.
    TextBpeSpaces,
    /// DNA under byte-pair encoding.
    DnaBpe,
    /// DNA under non-overlapping k-mers.
    DnaKmer,
    /// DNA, one base a token.
    DnaChar,
}

impl Arm {
    /// Every arm, in the order of the report.
    pub const ALL: [Self; 5] = [
        Self::TextBpe,
        Self::TextBpeSpaces,
        Self::DnaBpe,
        Self::DnaKmer,
        Self::DnaChar,
    ];
    /// The three arms of "Entropy, Disagreement, and the Limits of Foundation Models in Genomics".
    pub const PUBLISHED: [Self; 3] = [Self::TextBpe, Self::DnaBpe, Self::DnaKmer];

    /// Its name: `text-bpe`, `text-bpe-spaces`, `dna-bpe`, `dna-kmer` or `dna-char`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TextBpe => "text-bpe",
            Self::TextBpeSpaces => "text-bpe-spaces",
            Self::DnaBpe => "dna-bpe",
            Self::DnaKmer => "dna-kmer",
            Self::DnaChar => "dna-char",
        }
    }

    /// What its sequences are made of.
    #[must_use]
    pub fn modality(self) -> Modality {
        match self {
            Self::TextBpe | Self::TextBpeSpaces => Modality::Text,
            _ => Modality::Dna,
        }
    }

    /// Whether where its texts are cut says something of the tokens.
    #[must_use]
    pub fn boundaries(self) -> TokenBoundaries {
        match self {
            Self::TextBpe | Self::TextBpeSpaces | Self::DnaBpe => TokenBoundaries::Informative,
            Self::DnaKmer | Self::DnaChar => TokenBoundaries::Fixed,
        }
    }

    /// Its tokenizer, trained on the training set where it is one that learns; `kmer` bases a token
    /// where it is k-mers. Of more than 8 million symbols every second, third, … document is
    /// learned from.
    ///
    /// # Errors
    /// [`Error::Tokenize`] if the documents are empty or have more characters than the vocabulary
    /// has room for, [`Error::Input`] if they cannot be read.
    pub fn tokenizer(
        self,
        documents: &Documents,
        vocabulary_size: usize,
        kmer: usize,
    ) -> Result<Box<dyn Tokenizer>, Error> {
        let params = |white_space| {
            BpeParams::default()
                .with_vocabulary_size(vocabulary_size)
                .with_white_space(white_space)
        };
        Ok(match self {
            Self::TextBpe | Self::DnaBpe => Box::new(bpe(documents, params(WhiteSpace::Drop))?),
            Self::TextBpeSpaces => Box::new(bpe(documents, params(WhiteSpace::Keep))?),
            Self::DnaKmer => Box::new(Kmer::new(kmer, Layout::Standard)?),
            Self::DnaChar => Box::new(Character::dna(Layout::Standard)?),
        })
    }
}

/// Trained on the training set, on a part of it where it is large.
fn bpe(documents: &Documents, params: BpeParams) -> Result<Bpe, Error> {
    let mut trainer = BpeTrainer::new(params);
    for document in documents.some_of(Set::Training, LEARNED) {
        trainer.feed(&document?.text);
    }
    Ok(trainer.train()?)
}

/// Tokenizers of the same documents under their names: byte-pair encoding first, trained as
/// [`Arm::tokenizer`] trains it, with a token for every symbol that occurs in the training set,
/// then words of `k` bases where they are DNA, and single symbols, of text those that occur in it.
///
/// ```
/// use dissensus_input::Modality;
/// use dissensus_measure::Input;
/// let documents = Input::built_in(20_000, 1).documents(Modality::Dna)?;
/// let found = dissensus_study::comparable_tokenizers(&documents, 64, 3)?;
/// let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
/// assert_eq!(names, ["bpe", "3-mer", "char"]);
/// assert_eq!(found[0].1.vocabulary().len(), 64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Tokenize`] for a tokenizer that cannot be made, [`Error::Input`] for documents that
/// cannot be read.
#[expect(clippy::type_complexity, reason = "names beside what they name")]
pub fn comparable_tokenizers(
    documents: &Documents,
    vocabulary_size: usize,
    k: usize,
) -> Result<Vec<(String, Box<dyn Tokenizer>)>, Error> {
    let mut symbols = BTreeSet::new();
    for document in documents.of(Set::Training) {
        symbols.extend(document?.text.chars());
    }
    let letters = symbols.iter().copied().filter(|c| !c.is_whitespace());
    let bpe = bpe(
        documents,
        BpeParams::default()
            .with_vocabulary_size(vocabulary_size)
            .with_alphabet(letters),
    )?;
    let mut all: Vec<(String, Box<dyn Tokenizer>)> = vec![("bpe".into(), Box::new(bpe))];
    let character = if documents.modality() == Modality::Dna {
        let words = Kmer::new(k, Layout::Standard)?;
        all.push((format!("{k}-mer"), Box::new(words)));
        Character::dna(Layout::Standard)?
    } else {
        Character::new(symbols, Layout::Standard)?
    };
    all.push(("char".into(), Box::new(character)));
    Ok(all)
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Arm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|arm| arm.name() == name);
        found.ok_or_else(|| Error::UnknownArm { name: name.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_measure::Input;

    #[test]
    fn text_with_its_spaces_comes_back_whole() -> Result<(), Box<dyn std::error::Error>> {
        let documents = Input::built_in(20_000, 1).documents(Modality::Text)?;
        let kept = Arm::TextBpeSpaces.tokenizer(&documents, 128, 0)?;
        let dropped = Arm::TextBpe.tokenizer(&documents, 128, 0)?;
        for document in documents.of(Set::Analysis).take(20) {
            let text = document?.text;
            assert_eq!(kept.decode(&kept.encode(&text)?.ids)?, text);
            let words: String = text.split_whitespace().collect();
            assert_eq!(dropped.decode(&dropped.encode(&text)?.ids)?, words);
        }
        Ok(())
    }
}
