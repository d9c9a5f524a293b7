//! Letters and their indices.

use crate::Error;

const ABSENT: u8 = u8::MAX;

/// An ordered set of ASCII letters; a *symbol* is an index into it.
///
/// ```
/// use dissensus_source::Alphabet;
///
/// let dna = Alphabet::dna();
/// assert_eq!(dna.parse("GATTACA")?, [2, 0, 3, 3, 0, 1, 0]);
/// assert_eq!(dna.render(&[2, 0, 3]), "GAT");
/// assert_eq!(dna.complement(0), Some(3));
/// # Ok::<(), dissensus_source::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alphabet {
    letters: Vec<u8>,
    index: Box<[u8; 256]>,
    complement: Option<Vec<u8>>,
}

impl Alphabet {
    /// The alphabet of `letters`, in their order.
    ///
    /// # Errors
    /// A repeated or non-ASCII letter; none, or more than 128 of them.
    pub fn new(letters: &str) -> Result<Self, Error> {
        if letters.is_empty() || letters.len() > 128 {
            return Err(Error::AlphabetSize {
                found: letters.chars().count(),
            });
        }
        let mut index = Box::new([ABSENT; 256]);
        for (symbol, letter) in letters.chars().enumerate() {
            if !letter.is_ascii() || index[letter as usize] != ABSENT {
                return Err(Error::Letter { letter });
            }
            index[letter as usize] = symbol as u8;
        }
        Ok(Self {
            letters: letters.bytes().collect(),
            index,
            complement: None,
        })
    }

    /// A, C, G, T as 0, 1, 2, 3; the complement of `x` is `3 - x`.
    #[must_use]
    pub fn dna() -> Self {
        let mut index = Box::new([ABSENT; 256]);
        for (symbol, &letter) in b"ACGT".iter().enumerate() {
            index[letter as usize] = symbol as u8;
        }
        Self {
            letters: b"ACGT".to_vec(),
            index,
            complement: Some(vec![3, 2, 1, 0]),
        }
    }

    /// Number of letters.
    #[must_use]
    pub fn size(&self) -> usize {
        self.letters.len()
    }

    /// The letters in order.
    #[must_use]
    pub fn letters(&self) -> &str {
        std::str::from_utf8(&self.letters).unwrap_or_default()
    }

    /// The letter of a symbol; `None` outside the alphabet.
    #[must_use]
    pub fn letter(&self, symbol: u8) -> Option<char> {
        self.letters.get(symbol as usize).map(|&b| b as char)
    }

    /// The symbol of a letter; `None` if the alphabet lacks it.
    #[must_use]
    pub fn symbol(&self, letter: u8) -> Option<u8> {
        let symbol = self.index[letter as usize];
        (symbol != ABSENT).then_some(symbol)
    }

    /// The complementary symbol, where the alphabet has complements.
    #[must_use]
    pub fn complement(&self, symbol: u8) -> Option<u8> {
        self.complement.as_ref()?.get(symbol as usize).copied()
    }

    /// Whether letters have complements.
    #[must_use]
    pub fn has_complement(&self) -> bool {
        self.complement.is_some()
    }

    /// Symbols as text. A value outside the alphabet becomes `?`.
    #[must_use]
    pub fn render(&self, symbols: &[u8]) -> String {
        let mut table = [b'?'; 256];
        table[..self.letters.len()].copy_from_slice(&self.letters);
        symbols.iter().map(|&s| table[s as usize] as char).collect()
    }

    /// Text as symbols.
    ///
    /// # Errors
    /// The first letter that the alphabet lacks, with its position.
    pub fn parse(&self, text: &str) -> Result<Vec<u8>, Error> {
        let parse = |(byte, b): (usize, u8)| {
            self.symbol(b).ok_or_else(|| Error::NotInAlphabet {
                byte,
                letter: text[..]
                    .chars()
                    .find(|c| !c.is_ascii() || self.symbol(*c as u8).is_none())
                    .unwrap_or(b as char),
                letters: self.letters().to_owned(),
            })
        };
        text.bytes().enumerate().map(parse).collect()
    }

    /// Checks that every symbol is an index into the alphabet.
    pub(crate) fn check(&self, symbols: impl IntoIterator<Item = Option<u8>>) -> Result<(), Error> {
        for (position, symbol) in symbols.into_iter().enumerate() {
            if let Some(symbol) = symbol.filter(|&s| s as usize >= self.size()) {
                return Err(Error::Symbol {
                    position,
                    symbol,
                    size: self.size(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_may_not_occur_twice() {
        assert_eq!(Alphabet::new("aba"), Err(Error::Letter { letter: 'a' }));
    }

    #[test]
    fn letters_and_symbols_are_inverse() {
        let alphabet = Alphabet::new("abcdefghijklmnopqrstuvwxyz .,").unwrap();
        let text = "a small test, with a stop.";
        assert_eq!(alphabet.render(&alphabet.parse(text).unwrap()), text);
    }

    #[test]
    fn an_unknown_letter_is_named_with_its_position() {
        let error = Alphabet::dna().parse("ACGNT").unwrap_err();
        assert!(matches!(
            error,
            Error::NotInAlphabet {
                byte: 3,
                letter: 'N',
                ..
            }
        ));
    }
}
