//! What tokenizers of DNA share.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::{Error, Layout, Vocabulary};

/// DNA is ASCII: a character outside it means the wrong file, not an unknown base.
pub(crate) fn require_ascii(text: &str) -> Result<(), Error> {
    if text.is_ascii() {
        return Ok(());
    }
    let found = text.char_indices().find(|(_, c)| !c.is_ascii());
    match found {
        Some((byte, character)) => Err(Error::NotAscii { byte, character }),
        None => Ok(()),
    }
}

/// Whether the tokens of one character are A, C, G and T, perhaps with N.
pub(crate) fn has_dna_alphabet(vocabulary: &Vocabulary) -> bool {
    let tokens = vocabulary.tokens().iter().map(String::as_str);
    let mut singles = tokens.filter(|token| token.chars().count() == 1);
    let has = |base: &str| vocabulary.id(base).is_some();
    singles.all(|token| "ACGTN".contains(token)) && ["A", "C", "G", "T"].into_iter().all(has)
}

/// What happens to a text before it is cut into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Normalizer {
    /// Nothing.
    None,
    /// Lower case becomes upper, U becomes T, every other letter that is not A, C, G or T becomes
    /// N. White space stays.
    Dna,
}

impl Normalizer {
    /// That of a new tokenizer of DNA: the published Nucleotide Transformer has none.
    pub(crate) fn of_layout(layout: Layout) -> Self {
        match layout {
            Layout::Standard => Self::Dna,
            Layout::NucleotideTransformer => Self::None,
        }
    }

    /// As a `tokenizer.json` says it. The library has no upper-casing of letters, so each is
    /// replaced by itself.
    pub(crate) fn to_json(self) -> Value {
        if self == Self::None {
            return Value::Null;
        }
        let replace = |from: &str, to: &str| json!({"type": "Replace", "pattern": {"String": from}, "content": to});
        let mut all: Vec<Value> = ["A", "C", "G", "T"]
            .iter()
            .map(|base| replace(&base.to_ascii_lowercase(), base))
            .collect();
        all.extend([replace("u", "T"), replace("U", "T")]);
        let other = json!({"type": "Replace", "pattern": {"Regex": r"[^ACGT\s]"}, "content": "N"});
        all.push(other);
        json!({"type": "Sequence", "normalizers": all})
    }

    /// What a `tokenizer.json` says, if it is one of these.
    pub(crate) fn of_json(json: &Value) -> Option<Self> {
        let mut known = [Self::None, Self::Dna].into_iter();
        known.find(|normalizer| normalizer.to_json() == *json)
    }

    /// What a byte of DNA becomes.
    fn base(byte: u8) -> u8 {
        match byte.to_ascii_uppercase() {
            base @ (b'A' | b'C' | b'G' | b'T') => base,
            b'U' => b'T',
            _ if byte.is_ascii_whitespace() || byte == 0x0b => byte,
            _ => b'N',
        }
    }

    /// Gives every ASCII byte of a table what the byte has that it becomes.
    pub(crate) fn extend<T: Copy>(self, table: &mut [T]) {
        if self == Self::Dna {
            for byte in 0..128_u8 {
                table[usize::from(byte)] = table[usize::from(Self::base(byte))];
            }
        }
    }

    /// The text as it is cut; bytes stay where they are.
    pub(crate) fn apply(self, text: &str) -> Cow<'_, str> {
        let is_changed = |&byte: &u8| Self::base(byte) != byte;
        if self == Self::None || !text.as_bytes().iter().any(is_changed) {
            return Cow::Borrowed(text);
        }
        let base = |c: char| u8::try_from(c).map_or(c, |byte| char::from(Self::base(byte)));
        Cow::Owned(text.chars().map(base).collect())
    }
}
