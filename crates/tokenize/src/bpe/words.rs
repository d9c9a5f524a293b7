//! The pre-tokenizer `Whitespace`.

use std::ops::Range;

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Word,
    Space,
    Other,
}

/// The words of a text: maximal runs of word characters, and maximal runs of what is neither word character nor white space.
///
/// The regular expression is `\w+|[^\w\s]+` with Unicode classes, as the Hugging Face library has it.
pub(super) fn split(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at;
            let class = class_at(text, start)?.0;
            while let Some((next, length)) = class_at(text, at)
                && next == class
            {
                at += length;
            }
            if class != Class::Space {
                return Some(start..at);
            }
        }
    })
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
    use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

    fn stock(text: &str) -> Vec<Range<usize>> {
        let mut pieces = PreTokenizedString::from(text);
        tokenizers::pre_tokenizers::whitespace::Whitespace
            .pre_tokenize(&mut pieces)
            .unwrap();
        let splits = pieces.get_splits(OffsetReferential::Original, OffsetType::Byte);
        splits
            .into_iter()
            .map(|(_, (start, end), _)| start..end)
            .collect()
    }

    #[test]
    fn words_and_punctuation_are_cut_apart() {
        let text = "Hey man!! naïve_x 3—4\u{a0}z\u{b}";
        let words: Vec<_> = split(text).map(|range| &text[range]).collect();
        assert_eq!(words, ["Hey", "man", "!!", "naïve_x", "3", "—", "4", "z"]);
    }

    proptest! {
        #[test]
        fn words_are_those_of_the_stock_pre_tokenizer(text in "[ -~\\s]{0,20}|\\PC{0,20}|[a-zé\u{301}\u{200d}\u{a0}\u{2028}\u{203f}.,٣ ]{0,20}") {
            prop_assert_eq!(split(&text).collect::<Vec<_>>(), stock(&text));
        }
    }
}
