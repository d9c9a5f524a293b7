//! Cleaning of text.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Cleans text: every run of white space and of characters outside the allowed set becomes one
/// space; ends are trimmed.
///
/// The text is brought to Unicode's normal form C first, so that a letter with an accent is one
/// character however it was written. Allowed are ASCII letters and digits and
/// `` . , ; : ! ? " ' ( ) - – — / \ & % $ € @ # [ ] { } < > ``. The no-break space is white space.
/// Cleaning twice changes nothing.
///
/// ```
/// use dissensus_corpus::clean_text;
///
/// assert_eq!(clean_text(" A\u{a0}naïve \n fool* — 5 € "), "A na ve fool — 5 €");
/// ```
#[must_use]
pub fn clean_text(text: &str) -> String {
    let text = composed(text);
    let mut cleaned = String::with_capacity(text.len());
    for word in text
        .split(|c| !is_allowed(c))
        .filter(|word| !word.is_empty())
    {
        if !cleaned.is_empty() {
            cleaned.push(' ');
        }
        cleaned.push_str(word);
    }
    cleaned
}

/// The cleaning of the code of
/// "Entropy, Disagreement, and the Limits of Foundation Models in Genomics" (arXiv:2604.04287): as
/// [`clean_text`], but white space is collapsed *before* other characters are replaced, so that
/// ` * ` becomes three spaces.
///
/// ```
/// use dissensus_corpus::clean_text_as_published;
///
/// assert_eq!(clean_text_as_published("a *  b"), "a   b");
/// ```
#[must_use]
pub fn clean_text_as_published(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut last = None;
    for character in text.chars() {
        let kind = match character {
            c if is_allowed(c) => Kind::Allowed,
            c if is_space(c) => Kind::Space,
            _ => Kind::Other,
        };
        match kind {
            Kind::Allowed => cleaned.push(character),
            _ if last != Some(kind) => cleaned.push(' '),
            _ => {}
        }
        last = Some(kind);
    }
    cleaned.trim().to_owned()
}

/// The text in normal form C.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Allowed,
    Space,
    Other,
}

pub(super) fn is_allowed(character: char) -> bool {
    const PUNCTUATION: &str = ".,;:!?\"'()-/\\&%$@#[]{}<>";
    matches!(character, 'a'..='z' | 'A'..='Z' | '0'..='9' | '–' | '—' | '€')
        || PUNCTUATION
            .bytes()
            .any(|mark| char::from(mark) == character)
}

/// White space as Python's `\s` has it: Unicode's, and the four ASCII separators.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in "\\PC{0,60}") {
            let once = clean_text(&text);
            prop_assert_eq!(&clean_text(&once), &once);
        }

        #[test]
        fn both_normal_forms_clean_alike(text in "[a-zéüñçåÅ ]{0,40}") {
            let (composed, apart): (String, String) = (text.nfc().collect(), text.nfd().collect());
            prop_assert_eq!(clean_text(&apart), clean_text(&composed));
        }

        #[test]
        fn variants_differ_in_spaces_only(text in "[a-c*é \t\u{a0}.]{0,60}") {
            let words: Vec<_> = clean_text_as_published(&text).split_whitespace().map(str::to_owned).collect();
            prop_assert_eq!(words.join(" "), clean_text(&text));
        }
    }
}
