//! The trait that every tokenizer implements.

use crate::{Encoding, Error, Exported, Framing, Specials, Vocabulary, file};
use std::fmt::Debug;
use std::path::Path;

/// Turns text into token ids and back.
///
/// ```
/// use dissensus_tokenize::{Kmer, Layout, Tokenizer};
/// let tokenizer: Box<dyn Tokenizer> = Box::new(Kmer::new(6, Layout::Standard)?);
/// let encoding = tokenizer.encode("ACGTACGTN")?;
/// assert_eq!(encoding.offsets, [0..6, 6..7, 7..8, 8..9]);
/// assert_eq!(tokenizer.decode(&encoding.ids)?, "ACGTACGTN");
/// # Ok::<(), dissensus_tokenize::Error>(())
/// ```
pub trait Tokenizer: Send + Sync + Debug {
    /// The tokens of `text` with their byte offsets. No special tokens are added; those written out
    /// in the text are recognised.
    ///
    /// # Errors
    /// [`Error::NotAscii`] from tokenizers of DNA; a symbol that is merely unknown becomes the
    /// `unk` token.
    fn encode(&self, text: &str) -> Result<Encoding, Error>;

    /// The ids of [`encode`](Self::encode) without offsets, which is faster. They are appended to
    /// `ids`.
    ///
    /// # Errors
    /// As [`encode`](Self::encode); `ids` may then hold a part of the tokens.
    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error>;

    /// The text of a token sequence; special tokens appear by name.
    ///
    /// For DNA it inverts [`encode`](Self::encode) wherever no symbol was unknown. BPE drops the
    /// white space between words, so a text comes back without it.
    ///
    /// # Errors
    /// [`Error::UnknownId`].
    fn decode(&self, ids: &[u32]) -> Result<String, Error>;

    /// All tokens and their ids.
    fn vocabulary(&self) -> &Vocabulary;

    /// The ids of the special tokens.
    fn specials(&self) -> &Specials;

    /// The content of a Hugging Face `tokenizer.json` that gives the same ids.
    ///
    /// # Errors
    /// [`Error::Json`] or [`Error::HuggingFace`] if it cannot be written as JSON.
    fn to_json(&self) -> Result<String, Error>;

    /// The special tokens that stand around a sequence of its model, as the post-processor of its
    /// file says.
    fn framing(&self) -> Framing;

    /// The letters (bases, characters) that each token stands for, by id; empty for special tokens,
    /// nothing where the way that the vocabulary writes them is not known.
    ///
    /// This is what base-level marginals need: the probability that the base at offset j of a token
    /// is b is the sum of the probabilities of the ids whose letters have b at j. A token's name is
    /// not its letters: WordPiece writes `##AC` for AC within a word. Case is that of the
    /// vocabulary.
    fn letters(&self) -> Option<Vec<String>> {
        let mut letters = self.vocabulary().tokens().to_vec();
        for id in self.specials().ids() {
            letters[id as usize].clear();
        }
        Some(letters)
    }

    /// Writes the tokenizer: one file if `path` ends in `.json`, else a folder with
    /// `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`, which
    /// `AutoTokenizer.from_pretrained` opens.
    ///
    /// # Errors
    /// [`Error::Write`], and those of [`to_json`](Self::to_json).
    fn save(&self, path: &Path) -> Result<(), Error> {
        self.save_with(path, Exported::default())
    }

    /// The same, with what the folder says beside the tokens.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    fn save_with(&self, path: &Path, exported: Exported) -> Result<(), Error> {
        let json = self.to_json()?;
        file::save(&json, self.vocabulary(), self.specials(), exported, path)
    }
}

/// Concatenates the tokens of `ids`, with `between` between two of them.
pub(crate) fn join(vocabulary: &Vocabulary, ids: &[u32], between: &str) -> Result<String, Error> {
    let mut text = String::new();
    for (i, &id) in ids.iter().enumerate() {
        let size = vocabulary.len();
        let token = vocabulary.token(id).ok_or(Error::UnknownId { id, size })?;
        if i > 0 {
            text.push_str(between);
        }
        text.push_str(token);
    }
    Ok(text)
}
