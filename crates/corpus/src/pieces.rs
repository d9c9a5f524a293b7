use std::ops::Range;

use crate::Error;

/// A piece of a text: `text[range]`, without white space at its ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Piece<'t> {
    /// Bytes of the text that it covers.
    pub range: Range<usize>,
    /// The piece.
    pub text: &'t str,
}

/// Cuts a text into pieces of at most `characters` characters, each as long as white space allows.
///
/// A word longer than `characters` is cut. White space between pieces belongs to none; nothing else is lost.
///
/// ```
/// use dissensus_corpus::text_pieces;
///
/// let pieces: Vec<_> = text_pieces("to be or not to be", 7)?.map(|piece| piece.text).collect();
/// assert_eq!(pieces, ["to be", "or not", "to be"]);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parameter`] when `characters` is 0.
pub fn text_pieces(
    text: &str,
    characters: usize,
) -> Result<impl Iterator<Item = Piece<'_>>, Error> {
    let characters = at_least_one(characters)?;
    let mut from = 0;
    Ok(std::iter::from_fn(move || {
        let cut = cut(&text[from..], characters, true)?;
        let range = from + cut.start..from + cut.end;
        from = range.end;
        let text = &text[range.clone()];
        Some(Piece { range, text })
    }))
}

pub(crate) fn at_least_one(characters: usize) -> Result<usize, Error> {
    match characters {
        0 => Err(Error::Parameter {
            parameter: "characters of a piece",
            value: "0".to_owned(),
            expected: "at least 1",
        }),
        _ => Ok(characters),
    }
}

/// The first piece of `text`, or `None` where there is none or, with more text to come, none yet.
pub(crate) fn cut(text: &str, characters: usize, is_all: bool) -> Option<Range<usize>> {
    let start = text.len() - text.trim_start().len();
    let body = &text[start..];
    let length = match body.char_indices().nth(characters) {
        Some((limit, next)) if next.is_whitespace() => limit,
        Some((limit, _)) => body[..limit].rfind(char::is_whitespace).unwrap_or(limit),
        None if is_all => body.len(),
        None => return None,
    };
    let piece = body[..length].trim_end();
    (!piece.is_empty()).then_some(start..start + piece.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_word_is_cut_at_a_character() {
        let pieces: Vec<_> = text_pieces("ab éééé c", 3)
            .expect("3 characters")
            .map(|p| p.text)
            .collect();
        assert_eq!(pieces, ["ab", "ééé", "é c"]);
    }

    #[test]
    fn zero_characters_are_refused() {
        assert!(matches!(
            text_pieces("a", 0).err(),
            Some(Error::Parameter { .. })
        ));
    }

    proptest! {
        #[test]
        fn only_white_space_is_lost(text in "[ab é\n]{0,60}", characters in 1usize..9) {
            let pieces: Vec<_> = text_pieces(&text, characters).expect("1 or more").collect();
            let mut at = 0;
            for piece in &pieces {
                prop_assert_eq!(&text[piece.range.clone()], piece.text);
                prop_assert!((1..=characters).contains(&piece.text.chars().count()));
                prop_assert!(text[at..piece.range.start].trim().is_empty());
                at = piece.range.end;
            }
            prop_assert!(text[at..].trim().is_empty());
        }
    }
}
