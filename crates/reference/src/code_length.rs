//! Code lengths, and how sure one is of them.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::{check_symbol, total};

/// A predictor that learns as it goes: it states the cost of each symbol before it has seen it.
pub trait Predictor {
    /// Number of letters.
    fn size(&self) -> usize;

    /// Cost `-log2 P(symbol | past)` in bits; the symbol then joins the past.
    ///
    /// # Panics
    /// If the symbol is not an index into the alphabet.
    fn push(&mut self, symbol: u8) -> f64;

    /// Codes many symbols and reports the cost of each; a predictor may look ahead for speed, not
    /// for knowledge.
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
/// let length = code_length(&mut tree, std::iter::repeat_n(Some(2), 10_000), 1_000)?;
/// assert!(length.bits_per_symbol()?.value < 0.005);
/// assert_eq!(length.symbols, 10_000);
/// # Ok::<(), dissensus_reference::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct CodeLength {
    /// Symbols that were coded; interruptions are not.
    pub symbols: u64,
    /// Bits that they cost.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub bits: f64,
    /// Symbols of a block.
    pub block: usize,
    /// Bits per symbol of each full block.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub blocks: Vec<f64>,
    /// Bits of the block begun.
    #[serde(with = "dissensus_kernels::non_finite")]
    open_bits: f64,
    /// Symbols of it.
    open_symbols: usize,
}

/// A code length as it stands in a file, unchecked.
#[derive(Deserialize)]
struct Stored {
    symbols: u64,
    #[serde(with = "dissensus_kernels::non_finite")]
    bits: f64,
    block: usize,
    #[serde(with = "dissensus_kernels::non_finite")]
    blocks: Vec<f64>,
    #[serde(with = "dissensus_kernels::non_finite")]
    open_bits: f64,
    open_symbols: usize,
}

impl TryFrom<Stored> for CodeLength {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        total("symbols of a code length", [stored.symbols])?;
        let full = (stored.blocks.len() as u128) * (stored.block as u128);
        if stored.block == 0
            || stored.open_symbols >= stored.block
            || full + stored.open_symbols as u128 > u128::from(stored.symbols)
        {
            return Err(Error::State {
                what: "code length",
                reason: "its blocks hold more symbols than it has, or more than a block holds",
            });
        }
        Ok(Self {
            symbols: stored.symbols,
            bits: stored.bits,
            block: stored.block,
            blocks: stored.blocks,
            open_bits: stored.open_bits,
            open_symbols: stored.open_symbols,
        })
    }
}

impl CodeLength {
    /// Nothing coded yet; a block has at least one symbol.
    #[must_use]
    pub fn new(block: usize) -> Self {
        Self {
            symbols: 0,
            bits: 0.0,
            block: block.max(1),
            blocks: Vec::new(),
            open_bits: 0.0,
            open_symbols: 0,
        }
    }

    /// Adds the cost of one symbol.
    pub fn add(&mut self, bits: f64) {
        self.symbols += 1;
        self.bits += bits;
        self.open_bits += bits;
        self.open_symbols += 1;
        if self.open_symbols == self.block {
            self.blocks.push(self.open_bits / self.block as f64);
            (self.open_bits, self.open_symbols) = (0.0, 0);
        }
    }

    /// Joins the cost of another sequence. What this one has of an unfilled block counts in the
    /// total only; the other's block stays open. Joining nothing changes nothing.
    ///
    /// # Errors
    /// Blocks of another size, more than 2^53 symbols in all; then nothing is joined.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if other.block != self.block {
            return Err(Error::Unlike {
                what: "block",
                expected: self.block,
                found: other.block,
            });
        }
        let symbols = total(
            "symbols of a merged code length",
            [self.symbols, other.symbols],
        )?;
        if other.symbols > 0 {
            self.symbols = symbols;
            self.bits += other.bits;
            self.blocks.extend(&other.blocks);
            (self.open_bits, self.open_symbols) = (other.open_bits, other.open_symbols);
        }
        Ok(())
    }

    /// Bits per symbol with a 95 % interval whose unit is the block. No interval ends below 0; a
    /// code may cost more than the logarithm of the alphabet's size.
    ///
    /// # Errors
    /// No symbol; a cost that is NaN.
    pub fn bits_per_symbol(&self) -> Result<BitsPerSymbol, Error> {
        if self.symbols == 0 {
            return Err(Error::TooShort {
                what: "symbols of a code length",
                expected: 1,
                found: 0,
            });
        }
        if self.bits.is_nan() {
            return Err(Error::NotANumber {
                what: "cost of a sequence",
                value: self.bits,
            });
        }
        let n = self.blocks.len() as f64;
        let mean = self.blocks.iter().sum::<f64>() / n;
        let squares: f64 = self.blocks.iter().map(|b| (b - mean).powi(2)).sum();
        let found = BitsPerSymbol {
            standard_error: (squares / (n - 1.0) / n).sqrt(),
            blocks: self.blocks.len(),
            ..BitsPerSymbol::without_interval(self.bits / self.symbols as f64)
        };
        // One block says nothing of how blocks differ, nor does one that costs infinitely much.
        if self.blocks.len() < 2 || !found.standard_error.is_finite() {
            return Ok(BitsPerSymbol {
                standard_error: f64::INFINITY,
                ..found
            });
        }
        Ok(BitsPerSymbol {
            low: (found.value - 1.96 * found.standard_error).max(0.0),
            high: found.value + 1.96 * found.standard_error,
            ..found
        })
    }
}

/// An estimate in bits per symbol.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BitsPerSymbol {
    /// Total bits over total symbols.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub value: f64,
    /// Standard error over blocks; infinite where there is no interval.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub standard_error: f64,
    /// Lower end of the normal 95 % interval; −∞ where there is none.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub low: f64,
    /// Upper end; ∞ where there is none.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub high: f64,
    /// Number of blocks.
    pub blocks: usize,
}

impl BitsPerSymbol {
    /// A value of which only the value is known: the interval is the whole line.
    ///
    /// ```
    /// use dissensus_reference::BitsPerSymbol;
    /// let alone = BitsPerSymbol::without_interval(1.5);
    /// assert!(!alone.has_interval());
    /// assert_eq!(alone.to_string(), "1.5000");
    /// ```
    #[must_use]
    pub fn without_interval(value: f64) -> Self {
        Self {
            value,
            standard_error: f64::INFINITY,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            blocks: 0,
        }
    }

    /// Whether the interval says anything.
    #[must_use]
    pub fn has_interval(&self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }
}

impl std::fmt::Display for BitsPerSymbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.4}", self.value)?;
        if self.has_interval() {
            write!(f, " ({:.4} to {:.4})", self.low, self.high)?;
        }
        Ok(())
    }
}

/// Symbols that are handed to a predictor at a time.
const RUN: usize = 256;

/// Codes a sequence in which `None` interrupts.
///
/// # Errors
/// A symbol that is not an index into the predictor's alphabet; the predictor has then learnt from
/// some of what stands before it.
pub fn code_length<P: Predictor + ?Sized>(
    predictor: &mut P,
    symbols: impl IntoIterator<Item = Option<u8>>,
    block: usize,
) -> Result<CodeLength, Error> {
    let mut length = CodeLength::new(block);
    let size = predictor.size();
    let mut run = Vec::with_capacity(RUN);
    let mut code = |run: &mut Vec<u8>, predictor: &mut P| {
        predictor.push_all(run, &mut |bits| length.add(bits));
        run.clear();
    };
    for (position, symbol) in symbols.into_iter().enumerate() {
        match symbol {
            Some(x) => {
                check_symbol(position, x, size)?;
                run.push(x);
            }
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
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(block: usize, costs: &[f64]) -> CodeLength {
        let mut length = CodeLength::new(block);
        costs.iter().for_each(|&b| length.add(b));
        length
    }

    fn merged(mut a: CodeLength, b: &CodeLength) -> CodeLength {
        a.merge(b).unwrap();
        a
    }

    #[test]
    fn blocks_give_mean_and_standard_error() {
        let length = of(2, &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 9.0]);
        assert_eq!(length.blocks, [1.0, 2.0, 3.0]);
        let estimate = length.bits_per_symbol().unwrap();
        assert!((estimate.value - 3.0).abs() < 1e-12);
        assert!((estimate.standard_error - (1.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((estimate.high - (3.0 + 1.96 / 3f64.sqrt())).abs() < 1e-12);
    }

    #[test]
    fn merging_is_associative_and_nothing_is_neutral() {
        let (a, b, c) = (of(2, &[1.0, 2.0, 3.0]), of(2, &[4.0]), of(2, &[5.0, 6.0]));
        let left = merged(merged(a.clone(), &b), &c);
        assert_eq!(left, merged(a.clone(), &merged(b.clone(), &c)));
        assert_eq!((left.symbols, left.bits), (6, 21.0));
        assert_eq!(left.blocks, [1.5, 5.5]);
        let nothing = CodeLength::new(2);
        assert_eq!(merged(a.clone(), &nothing), a);
        assert_eq!(merged(nothing, &a), a);
        // The block begun is still open.
        let mut open = merged(CodeLength::new(2), &b);
        open.add(6.0);
        assert_eq!(open.blocks, [5.0]);
    }

    #[test]
    fn other_blocks_are_refused_and_nothing_is_joined() {
        let (mut a, before) = (of(2, &[1.0]), of(2, &[1.0]));
        let error = a.merge(&of(3, &[1.0])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "block is 3, expected 2 as in what it joins"
        );
        assert_eq!(a, before);
    }

    #[test]
    fn more_symbols_than_can_be_counted_are_refused_and_nothing_is_joined() {
        let full = CodeLength {
            symbols: 1 << 53,
            ..CodeLength::new(2)
        };
        let mut one = of(2, &[1.0]);
        assert!(matches!(one.merge(&full), Err(Error::State { .. })));
        assert_eq!(one, of(2, &[1.0]));
    }

    #[test]
    fn a_symbol_outside_the_alphabet_is_named() {
        let mut tree = crate::ContextTree::new(4, 2).unwrap();
        let error = code_length(&mut tree, [Some(3), None, Some(4)], 10).unwrap_err();
        assert_eq!(
            error.to_string(),
            "symbol 4 at position 2: the alphabet has 4 letters"
        );
    }

    #[test]
    fn nothing_has_no_bits_per_symbol() {
        assert!(CodeLength::new(5).bits_per_symbol().is_err());
        assert!(of(1, &[f64::NAN, 1.0]).bits_per_symbol().is_err());
        let one = of(1, &[1.5]).bits_per_symbol().unwrap();
        assert!(!one.has_interval() && one.value == 1.5 && one.blocks == 1);
        let endless = of(1, &[1.0, f64::INFINITY]).bits_per_symbol().unwrap();
        assert!(endless.value == f64::INFINITY && !endless.has_interval());
        let wide = of(1, &[0.0, 10.0]).bits_per_symbol().unwrap();
        assert_eq!(wide.low, 0.0);
    }

    #[test]
    fn a_length_that_contradicts_itself_is_refused() {
        let text = |symbols: u64, block: usize, open: usize| {
            format!(
                r#"{{"symbols":{symbols},"bits":3.0,"block":{block},"blocks":[1.0],"open_bits":1.0,"open_symbols":{open}}}"#
            )
        };
        let read = |text: String| serde_json::from_str::<CodeLength>(&text);
        assert!(read(text(3, 2, 1)).is_ok());
        for wrong in [
            text(3, 0, 1),
            text(2, 2, 1),
            text(9, 2, 2),
            text(9, usize::MAX, 1),
            text((1 << 53) + 1, 2, 1),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
