//! What is seen of a document.

/// Visible symbols, or holes.
#[derive(Clone, Copy)]
pub(crate) enum Evidence<'a> {
    /// Every symbol is visible.
    All(&'a [u8]),
    /// `None` is masked.
    Some(&'a [Option<u8>]),
}

impl Evidence<'_> {
    pub fn len(self) -> usize {
        match self {
            Self::All(symbols) => symbols.len(),
            Self::Some(symbols) => symbols.len(),
        }
    }

    pub fn at(self, position: usize) -> Option<u8> {
        match self {
            Self::All(symbols) => Some(symbols[position]),
            Self::Some(symbols) => symbols[position],
        }
    }

    pub fn symbols(self) -> impl Iterator<Item = Option<u8>> {
        (0..self.len()).map(move |t| self.at(t))
    }
}
