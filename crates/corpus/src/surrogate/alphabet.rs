//! Symbols numbered from 0.

use std::collections::HashMap;
use std::hash::Hash;

/// A sequence with its symbols numbered from 0.
pub(super) struct Coded {
    pub(super) codes: Vec<u32>,
    /// Number of different symbols, or more.
    pub(super) alphabet: usize,
}

impl Coded {
    /// Numbers symbols in order of appearance, so that nothing depends on how they hash.
    pub(super) fn new<T: Copy + Eq + Hash>(symbols: &[T]) -> Self {
        let mut numbers = HashMap::new();
        let mut code = |&symbol| {
            let fresh = numbers.len() as u32;
            *numbers.entry(symbol).or_insert(fresh)
        };
        let codes = symbols.iter().map(&mut code).collect();
        let alphabet = numbers.len();
        Self { codes, alphabet }
    }

    /// Numbers cleaned bases, without hashing.
    pub(super) fn of_bases(bases: &[u8]) -> Self {
        let code = |&base: &u8| match base {
            b'A' => 0,
            b'C' => 1,
            b'G' => 2,
            b'T' => 3,
            _ => 4,
        };
        Self {
            codes: bases.iter().map(code).collect(),
            alphabet: 5,
        }
    }
}
