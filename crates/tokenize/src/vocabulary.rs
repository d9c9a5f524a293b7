//! Tokens and their ids.

use crate::Error;
use std::collections::HashMap;

/// A bijection between tokens and the ids 0, 1, …, size − 1.
///
/// ```
/// use dissensus_tokenize::Vocabulary;
/// let vocabulary = Vocabulary::new(["A", "C", "G", "T"])?;
/// assert_eq!(vocabulary.len(), 4);
/// assert_eq!(vocabulary.id("G"), Some(2));
/// assert_eq!(vocabulary.token(3), Some("T"));
/// # Ok::<(), dissensus_tokenize::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    tokens: Vec<String>,
    ids: HashMap<String, u32>,
}

impl Vocabulary {
    /// The vocabulary whose i-th token has id i.
    ///
    /// # Errors
    /// [`Error::DuplicateId`] if a token occurs twice.
    pub fn new<T: Into<String>>(tokens: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        let tokens: Vec<String> = tokens.into_iter().map(Into::into).collect();
        let mut ids = HashMap::with_capacity(tokens.len());
        for (id, token) in (0u32..).zip(&tokens) {
            if ids.insert(token.clone(), id).is_some() {
                let (first, second) = (token.clone(), token.clone());
                return Err(Error::DuplicateId { id, first, second });
            }
        }
        Ok(Self { tokens, ids })
    }

    /// The vocabulary with the given ids.
    ///
    /// # Errors
    /// [`Error::DuplicateId`] if two tokens share an id, [`Error::MissingId`] if the ids are not
    /// contiguous from 0.
    pub fn from_ids(ids: HashMap<String, u32>) -> Result<Self, Error> {
        let largest = ids.values().copied().max().unwrap_or(0);
        // A file may claim any id; only a size that the entries can fill is allocated.
        let mut tokens: Vec<Option<&String>> = vec![None; ids.len()];
        for (token, &id) in &ids {
            let Some(slot) = tokens.get_mut(id as usize) else {
                continue;
            };
            if let Some(first) = slot.replace(token) {
                let (first, second) = (first.clone(), token.clone());
                return Err(Error::DuplicateId { id, first, second });
            }
        }
        if let Some(id) = tokens.iter().position(Option::is_none) {
            let id = id as u32;
            return Err(Error::MissingId { id, largest });
        }
        let tokens = tokens.into_iter().flatten().cloned().collect();
        Ok(Self { tokens, ids })
    }

    /// Number of tokens, special ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there are no tokens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The id of a token.
    #[must_use]
    pub fn id(&self, token: &str) -> Option<u32> {
        self.ids.get(token).copied()
    }

    /// The token of an id.
    pub fn token(&self, id: u32) -> Option<&str> {
        self.tokens.get(id as usize).map(String::as_str)
    }

    /// All tokens in the order of their ids.
    #[must_use]
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(entries: &[(&str, u32)]) -> HashMap<String, u32> {
        entries.iter().map(|(t, i)| (t.to_string(), *i)).collect()
    }

    #[test]
    fn ids_and_tokens_invert_each_other() {
        let v = Vocabulary::from_ids(ids(&[("b", 1), ("a", 0), ("c", 2)])).unwrap();
        assert_eq!(v.tokens(), ["a", "b", "c"]);
        assert!((0..3).all(|i| v.id(v.token(i).unwrap()) == Some(i)));
    }

    #[test]
    fn a_hole_in_the_ids_is_named() {
        let e = Vocabulary::from_ids(ids(&[("a", 0), ("c", 2)])).unwrap_err();
        assert!(matches!(e, Error::MissingId { id: 1, largest: 2 }), "{e}");
        let e = Vocabulary::from_ids(ids(&[("a", u32::MAX)])).unwrap_err();
        assert!(matches!(e, Error::MissingId { id: 0, .. }), "{e}");
    }

    #[test]
    fn a_shared_id_and_a_repeated_token_are_refused() {
        let e = Vocabulary::from_ids(ids(&[("a", 0), ("b", 0)])).unwrap_err();
        assert!(matches!(e, Error::DuplicateId { id: 0, .. }), "{e}");
        let e = Vocabulary::new(["a", "b", "a"]).unwrap_err();
        assert!(matches!(e, Error::DuplicateId { id: 2, .. }), "{e}");
    }
}
