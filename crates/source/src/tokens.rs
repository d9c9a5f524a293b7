//! Documents cut into tokens, some of them masked.

use std::ops::Range;

use crate::Alphabet;

/// A segment of a document, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Symbols that are seen.
    Visible(&'a [u8]),
    /// A masked token. With a length, only tokens of that many symbols are candidates; without, all
    /// are.
    Masked {
        /// Number of symbols, where it is known.
        length: Option<usize>,
    },
}

/// Cuts a document at the masked tokens. What no masked token covers is visible, spaces between
/// tokens included.
///
/// With `known_length` the oracle is told how many symbols a masked token has, as it always is for
/// k-mers.
///
/// ```
/// use dissensus_source::{Segment, segments};
/// let cut = segments(&[0, 1, 2, 3, 0], &[0..2, 2..4, 4..5], &[1], false);
/// let expected =
///     [Segment::Visible(&[0, 1]), Segment::Masked { length: None }, Segment::Visible(&[0])];
/// assert_eq!(cut, expected);
/// ```
///
/// # Panics
/// If an index in `masked` has no offset, or offsets do not increase within the document.
#[must_use]
pub fn segments<'a>(
    symbols: &'a [u8],
    offsets: &[Range<usize>],
    masked: &[usize],
    known_length: bool,
) -> Vec<Segment<'a>> {
    let mut segments = Vec::new();
    let mut done = 0;
    for &token in masked {
        let Range { start, end } = offsets[token].clone();
        if start > done {
            segments.push(Segment::Visible(&symbols[done..start]));
        }
        let length = known_length.then_some(end - start);
        segments.push(Segment::Masked { length });
        done = end;
    }
    if done < symbols.len() {
        segments.push(Segment::Visible(&symbols[done..]));
    }
    segments
}

/// The tokens of a vocabulary by their letters.
///
/// ```
/// use dissensus_source::{Alphabet, TokenTrie};
/// let trie = TokenTrie::new(&Alphabet::dna(), ["<MASK>", "A", "AC", "ACGTAC"]);
/// assert_eq!(trie.tokens(), 4);
/// ```
#[derive(Debug, Clone)]
pub struct TokenTrie {
    nodes: Vec<Node>,
    tokens: usize,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    /// Tokens that end here.
    pub ids: Vec<u32>,
    /// Symbol and node.
    pub children: Vec<(u8, u32)>,
}

impl TokenTrie {
    /// Token number `i` is the `i`-th text. A text that is empty or has letters outside the
    /// alphabet, such as the name of a special token, stands for no symbols and is never a
    /// candidate.
    pub fn new<T: AsRef<str>>(
        alphabet: &Alphabet,
        vocabulary: impl IntoIterator<Item = T>,
    ) -> Self {
        let mut trie = Self {
            nodes: vec![Node::default()],
            tokens: 0,
        };
        for token in vocabulary {
            if let Ok(symbols) = alphabet.parse(token.as_ref())
                && !symbols.is_empty()
            {
                let node = symbols.iter().fold(0, |node, &x| trie.child(node, x));
                trie.nodes[node].ids.push(trie.tokens as u32);
            }
            trie.tokens += 1;
        }
        trie
    }

    fn child(&mut self, node: usize, symbol: u8) -> usize {
        if let Some(&(_, child)) = self.nodes[node].children.iter().find(|c| c.0 == symbol) {
            return child as usize;
        }
        let fresh = self.nodes.len();
        self.nodes.push(Node::default());
        self.nodes[node].children.push((symbol, fresh as u32));
        fresh
    }

    /// Size of the vocabulary, special tokens included.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    pub(crate) fn node(&self, index: u32) -> &Node {
        &self.nodes[index as usize]
    }
}
