//! Cutting text at white space.

use std::ops::Range;

/// Bytes of the whole words inside some characters of a text: a part is shortened at both ends,
/// never cut inside a word.
///
/// ```
/// use dissensus_corpus::words_within;
///
/// let text = "to be or not to be";
/// assert_eq!(&text[words_within(text, 1..11)], "be or"); // of "o be or no"
/// ```
#[must_use]
pub fn words_within(text: &str, characters: Range<usize>) -> Range<usize> {
    let mut places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let from = places.nth(characters.start).unwrap_or(text.len());
    let to = match characters.len() {
        0 => from,
        length => places.nth(length - 1).unwrap_or(text.len()),
    };
    let cuts_word = |at: usize| {
        let before = text[..at]
            .chars()
            .next_back()
            .is_some_and(|c| !c.is_whitespace());
        before
            && text[at..]
                .chars()
                .next()
                .is_some_and(|c| !c.is_whitespace())
    };
    let from = if cuts_word(from) {
        let space = text[from..to].find(char::is_whitespace);
        space.map_or(to, |at| from + at)
    } else {
        from
    };
    let to = if cuts_word(to) {
        let space = text[from..to].rfind(char::is_whitespace);
        space.map_or(from, |at| from + at)
    } else {
        to
    };
    let part = &text[from..to];
    let from = from + (part.len() - part.trim_start().len());
    from..from + part.trim().len()
}
