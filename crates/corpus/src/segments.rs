//! A text cut into segments.

use std::ops::Range;

use crate::Error;

/// A segment of a text: `text[range]`, without white space at its ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextSegment<'t> {
    /// Bytes of the text that it covers.
    pub range: Range<usize>,
    /// The segment.
    pub text: &'t str,
}

/// Cuts a text into segments of at most `characters` characters, each as long as white space
/// allows.
///
/// A word longer than `characters` is cut. White space between segments belongs to none; nothing
/// else is lost.
///
/// ```
/// use dissensus_corpus::text_segments;
///
/// let segments: Vec<_> =
///     text_segments("to be or not to be", 7)?.map(|segment| segment.text).collect();
/// assert_eq!(segments, ["to be", "or not", "to be"]);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parameter`] when `characters` is 0.
pub fn text_segments(
    text: &str,
    characters: usize,
) -> Result<impl Iterator<Item = TextSegment<'_>>, Error> {
    let characters = at_least_one(characters)?;
    let mut from = 0;
    Ok(std::iter::from_fn(move || {
        let cut = cut(&text[from..], characters, true)?;
        let range = from + cut.start..from + cut.end;
        from = range.end;
        let text = &text[range.clone()];
        Some(TextSegment { range, text })
    }))
}

pub(crate) fn at_least_one(characters: usize) -> Result<usize, Error> {
    match characters {
        0 => Err(Error::Parameter {
            parameter: "characters of a segment",
            value: "0".to_owned(),
            expected: "at least 1",
        }),
        _ => Ok(characters),
    }
}

/// The first segment of `text`, or `None` where there is none or, with more text to come, none yet.
pub(crate) fn cut(text: &str, characters: usize, is_all: bool) -> Option<Range<usize>> {
    let start = text.len() - text.trim_start().len();
    let body = &text[start..];
    let length = match body.char_indices().nth(characters) {
        Some((limit, next)) if next.is_whitespace() => limit,
        Some((limit, _)) => body[..limit].rfind(char::is_whitespace).unwrap_or(limit),
        None if is_all => body.len(),
        None => return None,
    };
    let segment = body[..length].trim_end();
    (!segment.is_empty()).then_some(start..start + segment.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_word_is_cut_at_a_character() {
        let segments: Vec<_> = text_segments("ab éééé c", 3)
            .expect("3 characters")
            .map(|p| p.text)
            .collect();
        assert_eq!(segments, ["ab", "ééé", "é c"]);
    }

    #[test]
    fn zero_characters_are_refused() {
        assert!(matches!(
            text_segments("a", 0).err(),
            Some(Error::Parameter { .. })
        ));
    }

    proptest! {
        #[test]
        fn only_white_space_is_lost(text in "[ab é\n]{0,60}", characters in 1usize..9) {
            let segments: Vec<_> = text_segments(&text, characters).expect("1 or more").collect();
            let mut at = 0;
            for segment in &segments {
                prop_assert_eq!(&text[segment.range.clone()], segment.text);
                prop_assert!((1..=characters).contains(&segment.text.chars().count()));
                prop_assert!(text[at..segment.range.start].trim().is_empty());
                at = segment.range.end;
            }
            prop_assert!(text[at..].trim().is_empty());
        }
    }
}
