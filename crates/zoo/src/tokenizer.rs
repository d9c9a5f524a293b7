//! The published tokenizers: ids as published, and the bases that each token covers.

mod bases;
mod gap;
mod six_mers;

use std::ops::Range;
use std::path::Path;

use dissensus_tokenize::{Tokenizer, load};

use crate::{Error, Family};
use bases::{Bases, HYENA, TOKENIZATION_TO_TRANSFER};
use gap::WholeGaps;
use six_mers::SixMers;

/// A sequence as a model reads it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenizedSequence {
    /// Ids, with the special tokens that the published tokenizer adds.
    pub ids: Vec<u32>,
    /// The bytes of the text that each token covers; empty for special tokens.
    pub covered: Vec<Range<usize>>,
}

/// The tokenizer of a published model, from the files in its folder.
///
/// | family | ids |
/// |---|---|
/// | [`Family::Esm`] | 6-mers, restarting after every N; a run of unknown letters is one `<unk>`; white space only separates; `<cls>` in front and nothing behind |
/// | [`Family::MosaicBert`] | BPE between `[CLS]` and `[SEP]`; N and lower case one `[UNK]` each |
/// | [`Family::Caduceus`] | one base a token, lower case as upper case, `[SEP]` behind and nothing in front; no file is read |
/// | [`Family::HyenaDna`] | the same, but lower case is `[UNK]` |
/// | [`Family::Mistral`] | what its folder holds |
/// | [`Family::Gena`] | BPE between `[CLS]` and `[SEP]`; ten or more N are one `-`, which covers them all |
#[derive(Debug)]
pub struct PublishedTokenizer {
    inner: Box<dyn Tokenizer>,
    rows: usize,
}

impl PublishedTokenizer {
    /// Opens the tokenizer in a folder for a model of a family whose word table has so many rows.
    ///
    /// # Errors
    /// [`Error::Tokenizer`] if the folder has no tokenizer, or one that cannot be read.
    pub fn open(folder: impl AsRef<Path>, family: Family, rows: usize) -> Result<Self, Error> {
        let inner: Box<dyn Tokenizer> = match family {
            Family::Esm => Box::new(SixMers::new(load(folder)?, rows)?),
            Family::MosaicBert => load(folder)?,
            Family::Gena => Box::new(WholeGaps::new(load(folder)?)),
            Family::Caduceus => Box::new(Bases::new(&HYENA, true)?),
            Family::HyenaDna => Box::new(Bases::new(&HYENA, false)?),
            Family::Mistral => load(folder)?,
        };
        Ok(Self { inner, rows })
    }

    /// The tokenizer of the untrained models over characters in "Tokenization to Transfer"
    /// (Vishniakov et al. 2026), whatever their family: D N A T G C are 0 to 5, `[CLS]` (6) stands
    /// in front and `[SEP]` (7) behind, everything else is `[UNK]` (8), lower case too; there is no
    /// mask. Its padding on the left is not reproduced.
    ///
    /// ```
    /// use dissensus_zoo::PublishedTokenizer;
    /// let letters = PublishedTokenizer::letters_of_tokenization_to_transfer()?;
    /// assert_eq!(letters.encode("ACGTNa")?.ids, [6, 2, 5, 4, 3, 1, 8, 7]);
    /// # Ok::<(), dissensus_zoo::Error>(())
    /// ```
    ///
    /// # Errors
    /// None in practice.
    pub fn letters_of_tokenization_to_transfer() -> Result<Self, Error> {
        let inner = Box::new(Bases::new(&TOKENIZATION_TO_TRANSFER, false)?);
        let rows = inner.vocabulary().len();
        Ok(Self { inner, rows })
    }

    /// The tokenizer without its frame, for what frames sequences itself: it has no separator where
    /// the published one adds none.
    #[must_use]
    pub fn tokenizer(&self) -> &dyn Tokenizer {
        &*self.inner
    }

    /// The same, given away.
    #[must_use]
    pub fn into_tokenizer(self) -> Box<dyn Tokenizer> {
        self.inner
    }

    /// A whole text, as the published tokenizer gives it to the model.
    ///
    /// # Errors
    /// [`Error::Tokenizer`] for a text that is refused; [`Error::IdWithoutRow`] for a token that
    /// the model has no row for.
    pub fn encode(&self, text: &str) -> Result<TokenizedSequence, Error> {
        let framed = self.inner.framing().apply(self.inner.encode(text)?);
        if let Some(&id) = framed.ids.iter().find(|&&id| id as usize >= self.rows) {
            let token = self.inner.vocabulary().token(id).unwrap_or_default();
            return Err(Error::IdWithoutRow {
                token: token.to_string(),
                id,
                rows: self.rows,
            });
        }
        Ok(TokenizedSequence {
            ids: framed.ids,
            covered: framed.offsets,
        })
    }
}
