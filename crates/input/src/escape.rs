//! Special tokens written out in a text.

use std::borrow::Cow;

use dissensus_tokenize::Tokenizer;

/// Names of special tokens, which a text may hold by chance or by malice: `<MASK>` in a page about
/// language models would become the token that the model is never shown.
#[derive(Debug, Clone)]
pub(crate) struct Specials {
    names: Vec<String>,
}

impl Specials {
    pub(crate) fn of(tokenizer: &dyn Tokenizer) -> Self {
        let names = tokenizer.specials().ids();
        let names = names.filter_map(|id| tokenizer.vocabulary().token(id));
        // A name of one character cannot be taken apart.
        let mut names: Vec<String> = names
            .filter(|name| name.chars().count() > 1)
            .map(str::to_owned)
            .collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        Self { names }
    }

    /// The text with a space behind the first character of every name of a special token, and how
    /// many there were.
    pub(crate) fn escape<'t>(&self, text: &'t str) -> (Cow<'t, str>, u64) {
        let mut escaped: Cow<'t, str> = Cow::Borrowed(text);
        let mut count = 0;
        for name in &self.names {
            let found = escaped.matches(name.as_str()).count();
            if found > 0 {
                count += found as u64;
                let first = name.chars().next().map_or(0, char::len_utf8);
                let apart = format!("{} {}", &name[..first], &name[first..]);
                escaped = Cow::Owned(escaped.replace(name.as_str(), &apart));
            }
        }
        (escaped, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_tokenize::{Character, Layout};

    #[test]
    fn every_special_token_is_taken_apart_and_counted() {
        let tokenizer = Character::new("<MASKUNHL> []".chars(), Layout::Standard).unwrap();
        let specials = Specials::of(&tokenizer);
        let (escaped, count) = specials.escape("A <MASK> U<MASK><UNK>");
        assert_eq!((&*escaped, count), ("A < MASK> U< MASK>< UNK>", 3));
        let ids = tokenizer.encode(&escaped).unwrap().ids;
        assert!(
            !ids.iter()
                .any(|&id| id > 0 && tokenizer.specials().contains(id))
        );
        assert!(matches!(specials.escape("A < MASK>").0, Cow::Borrowed(_)));
    }
}
