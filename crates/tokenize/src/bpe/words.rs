//! Cutting a text into words.

use serde_json::{Value, json};
use std::ops::Range;

use crate::file::isolated;

/// What becomes of the white space between words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhiteSpace {
    /// It belongs to no token, as with the Hugging Face pre-tokenizer `Whitespace`: words are
    /// `\w+|[^\w\s]+`.
    #[default]
    Drop,
    /// A space belongs to the word behind it, any other white space is a word:
    /// ` ?\w+| ?[^\w\s]+|\s+`. Tokens cover the whole text, so that decoding gives it back, and a
    /// model's bits a token are bits of all its characters.
    Keep,
}

/// The pattern of [`WhiteSpace::Keep`].
const KEEP: &str = r" ?\w+| ?[^\w\s]+|\s+";

impl WhiteSpace {
    /// The pre-tokenizer of a `tokenizer.json`.
    pub(super) fn pre_tokenizer(self) -> Value {
        match self {
            Self::Drop => json!({"type": "Whitespace"}),
            Self::Keep => isolated(KEEP),
        }
    }

    /// What a pre-tokenizer does, where it is one of these.
    pub(super) fn of(pre_tokenizer: &Value) -> Option<Self> {
        let all = [Self::Drop, Self::Keep];
        all.into_iter()
            .find(|one| one.pre_tokenizer() == *pre_tokenizer)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Word,
    Space,
    Other,
}

/// The words of a text, Unicode classes as the Hugging Face library has them.
pub(super) fn split(text: &str, spaces: WhiteSpace) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at;
            let class = class_at(text, start)?.0;
            at = end_of_run(text, start, class);
            match (spaces, class) {
                (WhiteSpace::Drop, Class::Space) => {}
                (WhiteSpace::Keep, Class::Space) if &text[start..at] == " " => {
                    if let Some((next, _)) = class_at(text, at) {
                        at = end_of_run(text, at, next);
                    }
                    return Some(start..at);
                }
                _ => return Some(start..at),
            }
        }
    })
}

/// Where the characters of one class that begin at `at` end.
#[inline]
fn end_of_run(text: &str, mut at: usize, class: Class) -> usize {
    while let Some((next, length)) = class_at(text, at)
        && next == class
    {
        at += length;
    }
    at
}

#[inline]
fn class_at(text: &str, at: usize) -> Option<(Class, usize)> {
    let byte = *text.as_bytes().get(at)?;
    if byte.is_ascii() {
        return Some((ascii_class(byte), 1));
    }
    let c = text[at..].chars().next()?;
    let class = match c {
        _ if regex_syntax::try_is_word_character(c).unwrap_or(false) => Class::Word,
        _ if c.is_whitespace() => Class::Space,
        _ => Class::Other,
    };
    Some((class, c.len_utf8()))
}

#[inline]
fn ascii_class(byte: u8) -> Class {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' => Class::Word,
        b' ' | b'\t'..=b'\r' => Class::Space,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokenizers::{
        OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, PreTokenizerWrapper,
    };

    fn stock(text: &str, spaces: WhiteSpace) -> Vec<Range<usize>> {
        let stock: PreTokenizerWrapper = serde_json::from_value(spaces.pre_tokenizer()).unwrap();
        let mut words = PreTokenizedString::from(text);
        stock.pre_tokenize(&mut words).unwrap();
        let splits = words.get_splits(OffsetReferential::Original, OffsetType::Byte);
        splits
            .into_iter()
            .map(|(_, (start, end), _)| start..end)
            .collect()
    }

    fn words(text: &str, spaces: WhiteSpace) -> Vec<&str> {
        split(text, spaces).map(|range| &text[range]).collect()
    }

    #[test]
    fn words_and_punctuation_are_cut_apart() {
        let text = "Hey man!! naïve_x 3—4\u{a0}z\u{b}";
        let found = words(text, WhiteSpace::Drop);
        assert_eq!(found, ["Hey", "man", "!!", "naïve_x", "3", "—", "4", "z"]);
    }

    #[test]
    fn a_space_belongs_to_the_word_behind_it() {
        let found = words(" Hey man !!  x\ty ", WhiteSpace::Keep);
        assert_eq!(found, [" Hey", " man", " !!", "  ", "x", "\t", "y", " "]);
    }

    proptest! {
        #[test]
        fn words_are_those_of_the_stock_pre_tokenizer(text in "[ -~\\s]{0,20}|\\PC{0,20}|[a-zé\u{301}\u{200d}\u{a0}\u{2028}\u{203f}.,٣ ]{0,20}") {
            for spaces in [WhiteSpace::Drop, WhiteSpace::Keep] {
                prop_assert_eq!(split(&text, spaces).collect::<Vec<_>>(), stock(&text, spaces));
            }
        }

        #[test]
        fn words_that_keep_white_space_are_the_whole_text(text in "[ -~\\s]{0,20}|\\PC{0,20}") {
            prop_assert_eq!(words(&text, WhiteSpace::Keep).concat(), text);
        }
    }
}
