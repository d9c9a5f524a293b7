//! Block entropies with bias correction.

mod nsb;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use statrs::function::gamma::digamma;

use crate::error::check_range;
use crate::{BitsPerSymbol, Error};

const LN_2: f64 = std::f64::consts::LN_2;

/// Counts of the words of `k` symbols, overlapping, an interruption starting anew.
///
/// ```
/// use dissensus_reference::BlockCounts;
/// let mut counts = BlockCounts::new(4, 1)?;
/// counts.push_all([0, 0, 0, 1, 1, 2].map(Some))?;
/// let entropy = counts.entropy()?;
/// // H(1/2, 1/3, 1/6) = 1.4591 bits; Miller and Madow add (3 - 1) / (2 · 6 ln 2) = 0.2404.
/// assert!((entropy.plug_in_bits - 1.459_147_9).abs() < 1e-6);
/// assert!((entropy.miller_madow_bits - entropy.plug_in_bits - 0.240_449_2).abs() < 1e-6);
/// # Ok::<(), dissensus_reference::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BlockCounts {
    size: usize,
    length: usize,
    counts: HashMap<u64, u64>,
    word: u64,
    known: usize,
}

/// Estimates of the entropy of a word of `k` symbols, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockEntropy {
    /// Words counted.
    pub words: u64,
    /// Different words seen.
    pub distinct: u64,
    /// `-Σ p̂ log2 p̂`: too low by about `(distinct - 1) / (2 N ln 2)`.
    pub plug_in_bits: f64,
    /// Plug-in plus `(distinct - 1) / (2 N ln 2)` (Miller 1955).
    pub miller_madow_bits: f64,
    /// `log2 N - (1/N) Σ n G(n) / ln 2` with `G(n) = ψ(n) + ½ (-1)^n (ψ((n+1)/2) - ψ(n/2))` (Grassberger 2003).
    pub grassberger_bits: f64,
    /// Posterior mean under a prior that is nearly flat in the entropy (Nemenman, Shafee & Bialek 2002).
    pub nsb_bits: f64,
    /// Its posterior standard deviation with respect to the concentration of the Dirichlet prior.
    pub nsb_deviation_bits: f64,
}

impl BlockCounts {
    /// No counts yet of words of `length` symbols.
    ///
    /// # Errors
    /// An alphabet outside 2 to 256, a length of 0 or so long that `size^length` exceeds 63 bits.
    pub fn new(size: usize, length: usize) -> Result<Self, Error> {
        check_range("alphabet size", size, 2..=256, "2 to 256 letters")?;
        let longest = (63.0 / (size as f64).log2()) as usize;
        check_range(
            "block length",
            length,
            1..=longest,
            "at least 1, and size^length within 63 bits",
        )?;
        Ok(Self {
            size,
            length,
            counts: HashMap::new(),
            word: 0,
            known: 0,
        })
    }

    /// Counts a sequence; `None` interrupts.
    ///
    /// # Errors
    /// A symbol outside the alphabet, with its position.
    pub fn push_all(&mut self, symbols: impl IntoIterator<Item = Option<u8>>) -> Result<(), Error> {
        let words = (self.size as u64).pow(self.length as u32);
        self.known = 0;
        for (position, symbol) in symbols.into_iter().enumerate() {
            let Some(symbol) = symbol else {
                self.known = 0;
                continue;
            };
            if symbol as usize >= self.size {
                return Err(Error::Symbol {
                    position,
                    symbol,
                    size: self.size,
                });
            }
            // The oldest symbol leaves before the new one enters, so that 63 bits suffice.
            self.word =
                self.word % (words / self.size as u64) * self.size as u64 + u64::from(symbol);
            self.known += 1;
            if self.known >= self.length {
                *self.counts.entry(self.word).or_default() += 1;
            }
        }
        Ok(())
    }

    /// Adds the counts of another shard of the same size and length.
    ///
    /// # Errors
    /// A different size or length.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        check_range(
            "alphabet size",
            other.size,
            self.size..=self.size,
            "that of the other counts",
        )?;
        check_range(
            "block length",
            other.length,
            self.length..=self.length,
            "that of the other counts",
        )?;
        other
            .counts
            .iter()
            .for_each(|(&word, &n)| *self.counts.entry(word).or_default() += n);
        Ok(())
    }

    /// All estimates.
    ///
    /// # Errors
    /// No word was counted.
    pub fn entropy(&self) -> Result<BlockEntropy, Error> {
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        counts.sort_unstable();
        block_entropy(&counts, (self.size as f64).powi(self.length as i32))
    }
}

/// All estimates from the counts of the words seen, of `words` possible ones.
///
/// # Errors
/// No positive count.
pub fn block_entropy(counts: &[u64], words: f64) -> Result<BlockEntropy, Error> {
    // How many words have each count: the estimates need no more.
    let mut multiplicity: Vec<(f64, f64)> = Vec::new();
    let mut sorted: Vec<u64> = counts.iter().copied().filter(|&n| n > 0).collect();
    sorted.sort_unstable();
    sorted
        .chunk_by(|a, b| a == b)
        .for_each(|same| multiplicity.push((same[0] as f64, same.len() as f64)));
    let total: f64 = multiplicity.iter().map(|(n, m)| n * m).sum();
    if total <= 0.0 {
        return Err(Error::TooShort {
            what: "block entropy",
            expected: 1,
            found: 0,
        });
    }
    let distinct: f64 = multiplicity.iter().map(|(_, m)| m).sum();
    let sum = |f: &dyn Fn(f64) -> f64| {
        multiplicity.iter().map(|&(n, m)| m * n * f(n)).sum::<f64>() / total
    };
    let plug_in = total.ln() - sum(&f64::ln);
    let (nsb, deviation) = nsb::entropy(&multiplicity, words.max(distinct));
    Ok(BlockEntropy {
        words: total as u64,
        distinct: distinct as u64,
        plug_in_bits: plug_in / LN_2,
        miller_madow_bits: (plug_in + (distinct - 1.0) / (2.0 * total)) / LN_2,
        grassberger_bits: (total.ln() - sum(&grassberger)) / LN_2,
        nsb_bits: nsb / LN_2,
        nsb_deviation_bits: deviation / LN_2,
    })
}

fn grassberger(n: f64) -> f64 {
    let sign = if n % 2.0 == 0.0 { 1.0 } else { -1.0 };
    digamma(n) + 0.5 * sign * (digamma(0.5 * (n + 1.0)) - digamma(0.5 * n))
}

/// Entropy of the next symbol given the `order` before it by the estimator of Nemenman, Shafee and Bialek, `H_{order+1} - H_order`
/// of [`BlockEntropy::nsb_bits`].
///
/// ```
/// // Three letters in turn: each tells the next.
/// let symbols: Vec<Option<u8>> = (0..3000u32).map(|i| Some((i % 3) as u8)).collect();
/// let bits = dissensus_reference::conditional_entropy_nsb(&symbols, 4, 1)?;
/// assert!(bits.abs() < 0.01, "{bits}");
/// # Ok::<(), dissensus_reference::Error>(())
/// ```
///
/// # Errors
/// As [`conditional_entropy`].
pub fn conditional_entropy_nsb(
    symbols: &[Option<u8>],
    size: usize,
    order: usize,
) -> Result<f64, Error> {
    let of_length = |length: usize| {
        let mut counts = BlockCounts::new(size, length)?;
        counts.push_all(symbols.iter().copied())?;
        Ok::<f64, Error>(counts.entropy()?.nsb_bits)
    };
    let context = if order > 0 { of_length(order)? } else { 0.0 };
    Ok(of_length(order + 1)? - context)
}

/// Entropy of the next symbol given the `k - 1` before it, `H_k - H_{k-1}`, over blocks of a sequence.
///
/// The value is that of the Grassberger estimates on the whole sequence; the interval comes from the plug-in conditional
/// log-likelihood of the blocks and so leaves out the bias that remains.
///
/// # Errors
/// As [`BlockCounts::new`] with `k = order + 1`; a sequence shorter than that; a symbol outside the alphabet.
pub fn conditional_entropy(
    symbols: &[Option<u8>],
    size: usize,
    order: usize,
    block: usize,
) -> Result<BitsPerSymbol, Error> {
    let mut long = BlockCounts::new(size, order + 1)?;
    long.push_all(symbols.iter().copied())?;
    let mut value = long.entropy()?.grassberger_bits;
    let mut short = HashMap::new();
    if order > 0 {
        let mut contexts = BlockCounts::new(size, order)?;
        contexts.push_all(symbols.iter().copied())?;
        value -= contexts.entropy()?.grassberger_bits;
        short = contexts.counts;
    }
    let total: u64 = long.counts.values().sum();
    let bits = |word: u64| {
        let context = short.get(&(word / size as u64)).copied().unwrap_or(total);
        -(long.counts[&word] as f64 / context as f64).log2()
    };
    let mut length = crate::CodeLength::new(block);
    let words = (size as u64).pow(order as u32 + 1);
    let (mut word, mut known) = (0, 0);
    for &symbol in symbols {
        known = symbol.map_or(0, |_| known + 1);
        word = word % (words / size as u64) * size as u64 + u64::from(symbol.unwrap_or(0));
        if known > order {
            length.add(bits(word));
        }
    }
    let spread = length.bits_per_symbol();
    Ok(BitsPerSymbol {
        value,
        low: value - 1.96 * spread.standard_error,
        high: value + 1.96 * spread.standard_error,
        ..spread
    })
}
