//! Code lengths, and how sure one is of them.

use serde::{Deserialize, Serialize};

/// A predictor that learns as it goes: it states the cost of each symbol before it has seen it.
pub trait Predictor {
    /// Number of letters.
    fn size(&self) -> usize;

    /// Cost `-log2 P(symbol | past)` in bits; the symbol then joins the past.
    ///
    /// # Panics
    /// If the symbol is not an index into the alphabet.
    fn push(&mut self, symbol: u8) -> f64;

    /// Codes many symbols and reports the cost of each; a predictor may look ahead for speed, not for knowledge.
    ///
    /// # Panics
    /// As [`Predictor::push`].
    fn push_all(&mut self, symbols: &[u8], cost: &mut dyn FnMut(f64)) {
        symbols.iter().for_each(|&x| cost(self.push(x)));
    }

    /// Something unknown stands here, such as a run of N: what comes next has no known past.
    fn interrupt(&mut self);
}

/// Bits that a predictor spent, in total and by block.
///
/// ```
/// use dissensus_reference::{ContextTree, code_length};
/// // A constant sequence costs (1/2) log2 n + O(1) bits under KT, so next to nothing per symbol.
/// let mut tree = ContextTree::new(4, 3)?;
/// let length = code_length(&mut tree, std::iter::repeat_n(Some(2), 10_000), 1_000);
/// assert!(length.bits_per_symbol().value < 0.005);
/// assert_eq!(length.symbols, 10_000);
/// # Ok::<(), dissensus_reference::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeLength {
    /// Symbols that were coded; interruptions are not.
    pub symbols: u64,
    /// Bits that they cost.
    pub bits: f64,
    /// Symbols of a block.
    pub block: usize,
    /// Bits per symbol of each full block.
    pub blocks: Vec<f64>,
    /// Bits and symbols of the block begun.
    open: (f64, usize),
}

impl CodeLength {
    /// Nothing coded yet.
    pub fn new(block: usize) -> Self {
        Self {
            symbols: 0,
            bits: 0.0,
            block: block.max(1),
            blocks: Vec::new(),
            open: (0.0, 0),
        }
    }

    /// Adds the cost of one symbol.
    pub fn add(&mut self, bits: f64) {
        self.symbols += 1;
        self.bits += bits;
        self.open.0 += bits;
        self.open.1 += 1;
        if self.open.1 == self.block {
            self.blocks.push(self.open.0 / self.block as f64);
            self.open = (0.0, 0);
        }
    }

    /// Joins the cost of another sequence; its last, unfilled block counts in the total only.
    pub fn merge(&mut self, other: &Self) {
        self.symbols += other.symbols;
        self.bits += other.bits;
        self.blocks.extend(&other.blocks);
        self.open = (0.0, 0);
    }

    /// Bits per symbol with a 95 % interval whose unit is the block.
    pub fn bits_per_symbol(&self) -> BitsPerSymbol {
        let n = self.blocks.len() as f64;
        let mean = self.blocks.iter().sum::<f64>() / n;
        let squares: f64 = self.blocks.iter().map(|b| (b - mean).powi(2)).sum();
        let standard_error = if n < 2.0 {
            f64::NAN
        } else {
            (squares / (n - 1.0) / n).sqrt()
        };
        let value = self.bits / self.symbols as f64;
        BitsPerSymbol {
            value,
            standard_error,
            low: value - 1.96 * standard_error,
            high: value + 1.96 * standard_error,
            blocks: self.blocks.len(),
        }
    }
}

/// An estimate in bits per symbol.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BitsPerSymbol {
    /// Total bits over total symbols.
    pub value: f64,
    /// Standard error over blocks; NaN below two blocks.
    pub standard_error: f64,
    /// Lower end of the normal 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Number of blocks.
    pub blocks: usize,
}

impl std::fmt::Display for BitsPerSymbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.4} ({:.4} to {:.4})", self.value, self.low, self.high)
    }
}

/// Symbols that are handed to a predictor at a time.
const RUN: usize = 256;

/// Codes a sequence in which `None` interrupts.
///
/// # Panics
/// If a symbol is not an index into the predictor's alphabet.
pub fn code_length<P: Predictor + ?Sized>(
    predictor: &mut P,
    symbols: impl IntoIterator<Item = Option<u8>>,
    block: usize,
) -> CodeLength {
    let mut length = CodeLength::new(block);
    let mut run = Vec::with_capacity(RUN);
    let mut code = |run: &mut Vec<u8>, predictor: &mut P| {
        predictor.push_all(run, &mut |bits| length.add(bits));
        run.clear();
    };
    for symbol in symbols {
        match symbol {
            Some(x) => run.push(x),
            None => {
                code(&mut run, predictor);
                predictor.interrupt();
            }
        }
        if run.len() == RUN {
            code(&mut run, predictor);
        }
    }
    code(&mut run, predictor);
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_give_mean_and_standard_error() {
        let mut length = CodeLength::new(2);
        [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 9.0]
            .iter()
            .for_each(|&b| length.add(b));
        assert_eq!(length.blocks, [1.0, 2.0, 3.0]);
        let estimate = length.bits_per_symbol();
        assert!((estimate.value - 3.0).abs() < 1e-12);
        assert!((estimate.standard_error - (1.0f64 / 3.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn merging_adds_bits_symbols_and_blocks() {
        let mut left = CodeLength::new(1);
        left.add(1.0);
        let mut right = CodeLength::new(1);
        right.add(3.0);
        left.merge(&right);
        assert_eq!((left.symbols, left.bits, left.blocks.len()), (2, 4.0, 2));
    }
}
