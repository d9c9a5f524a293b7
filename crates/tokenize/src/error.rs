//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// Everything that can go wrong while training, reading, writing or applying a tokenizer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A folder holds neither `tokenizer.json` nor `vocab.txt`.
    #[error("{} holds neither tokenizer.json nor vocab.txt", path.display())]
    NoTokenizer {
        /// The folder.
        path: PathBuf,
    },
    /// The text is not JSON, or not the JSON of a tokenizer.
    #[error("{what} is not valid: {source}; expected a Hugging Face tokenizer file")]
    Json {
        /// The file or the part of it that was read.
        what: String,
        /// Line, column and cause.
        source: serde_json::Error,
    },
    /// A field holds something this tokenizer cannot have.
    #[error("field {field}: expected {expected}, found {found}")]
    Field {
        /// The field, as a path inside the file.
        field: &'static str,
        /// What it must hold.
        expected: String,
        /// What it holds.
        found: String,
    },
    /// A special token that the files name is not in the vocabulary.
    #[error("the {role} token is named {name:?}, which is not in the vocabulary")]
    MissingSpecial {
        /// `unk`, `pad`, `cls`, `sep` or `mask`.
        role: &'static str,
        /// The name.
        name: String,
    },
    /// A special token that is needed and that the tokenizer does not have.
    #[error("the tokenizer has no {role} token")]
    NoSpecial {
        /// `unk`, `pad`, `cls`, `sep` or `mask`.
        role: &'static str,
    },
    /// The pointer that Git leaves in place of a large file.
    #[error("{}: this is a Git LFS pointer, not the file; fetch it with `git lfs pull`", path.display())]
    GitLfsPointer {
        /// The file.
        path: PathBuf,
    },
    /// Two tokenizers that do not do the same.
    #[error("the tokenizers differ: {what}")]
    Unlike {
        /// The first difference found.
        what: String,
    },
    /// Two tokens share an id, or one token has two.
    #[error("id {id} is given to {first:?} and to {second:?}; ids must be distinct")]
    DuplicateId {
        /// The id given twice.
        id: u32,
        /// One token.
        first: String,
        /// The other token.
        second: String,
    },
    /// The ids are not 0, 1, …, size − 1.
    #[error("no token has id {id}, yet the largest id is {largest}; ids must be contiguous from 0")]
    MissingId {
        /// The first id without a token.
        id: u32,
        /// The largest id.
        largest: u32,
    },
    /// A token that the tokenizer needs is not in the vocabulary.
    #[error("the vocabulary lacks {token:?}, which {needed_by} needs")]
    MissingToken {
        /// The token.
        token: String,
        /// What needs it.
        needed_by: String,
    },
    /// A token of the vocabulary can never be produced by this kind of tokenizer.
    #[error("id {id} is {token:?}; expected {expected}")]
    UnexpectedToken {
        /// Its id.
        id: u32,
        /// The token.
        token: String,
        /// What the tokenizer can hold.
        expected: String,
    },
    /// A folder of a kind that is not known here.
    #[error("{}: a vocab.txt of {class} is not known here; expected one of BertTokenizer or EsmTokenizer, or a tokenizer.json", path.display())]
    UnknownClass {
        /// The folder.
        path: PathBuf,
        /// The class that its configuration names.
        class: String,
    },
    /// A DNA tokenizer met a character outside ASCII.
    #[error("byte {byte}: {character:?} is not ASCII; expected DNA letters")]
    NotAscii {
        /// Where in the text the character begins.
        byte: usize,
        /// The character.
        character: char,
    },
    /// An id without a token.
    #[error("id {id} is outside the vocabulary of {size} tokens")]
    UnknownId {
        /// The id.
        id: u32,
        /// Number of tokens.
        size: usize,
    },
    /// The vocabulary cannot hold the special tokens and the alphabet.
    #[error(
        "a vocabulary of {requested} cannot hold the {needed} special tokens and single characters"
    )]
    VocabularyTooSmall {
        /// The requested size.
        requested: usize,
        /// The minimum size.
        needed: usize,
    },
    /// There was nothing to train on.
    #[error("the text has no words; expected at least one character that is not white space")]
    NoText,
    /// The training text exceeds 32-bit positions.
    #[error("the training text has {symbols} symbols; at most {limit} fit")]
    TooLong {
        /// Symbols in the distinct words.
        symbols: usize,
        /// The limit.
        limit: usize,
    },
    /// The length of a k-mer is out of range.
    #[error("k = {k}; expected {minimum} to {maximum}")]
    K {
        /// The requested k.
        k: usize,
        /// The minimum.
        minimum: usize,
        /// The maximum.
        maximum: usize,
    },
    /// The alphabet of a character tokenizer is unusable.
    #[error("alphabet: {reason}")]
    Alphabet {
        /// What is wrong with it.
        reason: String,
    },
    /// No room is left for tokens of a text.
    #[error("max_length is {max_length}; the special tokens alone take {needed}")]
    MaxLength {
        /// The requested length.
        max_length: usize,
        /// Positions that the special tokens take.
        needed: usize,
    },
    /// The Hugging Face library refused a file or a text.
    #[error("Hugging Face tokenizer: {reason}")]
    HuggingFace {
        /// What it said.
        reason: String,
    },
}
