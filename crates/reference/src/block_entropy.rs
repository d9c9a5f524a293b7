//! Block entropies with bias correction.

mod gamma;
mod nsb;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use statrs::function::gamma::digamma;

use crate::error::{check_range, check_runs, check_symbol, total};
use crate::{BitsPerSymbol, Error};

const LN_2: f64 = std::f64::consts::LN_2;

/// A conditional entropy has an interval of its own only if this much of the words is known.
const COVERAGE: f64 = 0.5;

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct BlockCounts {
    size: usize,
    length: usize,
    counts: HashMap<u64, u64>,
}

/// Counts as they stand in a file, unchecked.
#[derive(Deserialize)]
struct Stored {
    size: usize,
    length: usize,
    counts: HashMap<u64, u64>,
}

impl TryFrom<Stored> for BlockCounts {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        let mut counts = Self::new(stored.size, stored.length)?;
        let refuse = |reason| {
            Err(Error::State {
                what: "block counts",
                reason,
            })
        };
        if stored.counts.keys().any(|&word| word >= counts.words()) {
            return refuse("a word has letters outside the alphabet");
        }
        if stored.counts.values().any(|&n| n == 0) {
            return refuse("a word was counted 0 times");
        }
        total("words of block counts", stored.counts.values().copied())?;
        counts.counts = stored.counts;
        Ok(counts)
    }
}

/// Estimates of the entropy of a word of `k` symbols, in bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BlockEntropy {
    /// Words counted.
    pub words: u64,
    /// Different words seen.
    pub distinct: u64,
    /// `-Σ p̂ log2 p̂`: too low by about `(distinct - 1) / (2 N ln 2)`.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub plug_in_bits: f64,
    /// Plug-in plus `(distinct - 1) / (2 N ln 2)` (Miller 1955).
    #[serde(with = "dissensus_kernels::non_finite")]
    pub miller_madow_bits: f64,
    /// `log2 N - (1/N) Σ n G(n) / ln 2` with `G(n) = ψ(n) + ½ (-1)^n (ψ((n+1)/2) - ψ(n/2))`
    /// (Grassberger 2003).
    #[serde(with = "dissensus_kernels::non_finite")]
    pub grassberger_bits: f64,
    /// Posterior mean under a prior that is nearly flat in the entropy (Nemenman, Shafee & Bialek
    /// 2002).
    #[serde(with = "dissensus_kernels::non_finite")]
    pub nsb_bits: f64,
    /// Its posterior standard deviation with respect to the concentration of the Dirichlet prior.
    #[serde(with = "dissensus_kernels::non_finite")]
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
        })
    }

    /// Number of words there can be, below 2^63.
    fn words(&self) -> u64 {
        (self.size as u64).pow(self.length as u32)
    }

    /// Good's estimate of the probability that the next word was seen before, `1 - n₁/N` with `n₁`
    /// words seen once (Good 1953).
    fn coverage(&self) -> f64 {
        let once = self.counts.values().filter(|&&n| n == 1).count();
        1.0 - once as f64 / self.total() as f64
    }

    /// Words counted.
    fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Counts a sequence; `None` interrupts.
    ///
    /// # Errors
    /// A symbol outside the alphabet, with its position; what stands before it is counted.
    pub fn push_all(&mut self, symbols: impl IntoIterator<Item = Option<u8>>) -> Result<(), Error> {
        let (size, longer) = (self.size as u64, self.words() / self.size as u64);
        let (mut word, mut known) = (0, 0);
        for (position, symbol) in symbols.into_iter().enumerate() {
            let Some(symbol) = symbol else {
                known = 0;
                continue;
            };
            check_symbol(position, symbol, self.size)?;
            // The oldest symbol leaves before the new one enters, so that 63 bits suffice.
            word = word % longer * size + u64::from(symbol);
            known += 1;
            if known >= self.length {
                *self.counts.entry(word).or_default() += 1;
            }
        }
        Ok(())
    }

    /// Adds the counts of another shard of the same size and length.
    ///
    /// # Errors
    /// A different size or length, more than 2^53 words in all; then nothing is added.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        let unlike = |what, expected, found| {
            Err(Error::Unlike {
                what,
                expected,
                found,
            })
        };
        if other.size != self.size {
            return unlike("alphabet size", self.size, other.size);
        }
        if other.length != self.length {
            return unlike("block length", self.length, other.length);
        }
        total(
            "words of merged block counts",
            [self.total(), other.total()],
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
/// ```
/// // Two words, 500 times each, of 4^24: one bit, and sure of it.
/// let entropy = dissensus_reference::block_entropy(&[500, 500], 4f64.powi(24))?;
/// assert!((entropy.nsb_bits - 1.0).abs() < 0.01 && entropy.nsb_deviation_bits < 0.01);
/// # Ok::<(), dissensus_reference::Error>(())
/// ```
///
/// # Errors
/// No positive count, or more than 2^53 in all; fewer possible words than were seen, or a number of
/// them that is not finite.
pub fn block_entropy(counts: &[u64], words: f64) -> Result<BlockEntropy, Error> {
    total("words of a block entropy", counts.iter().copied())?;
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
            what: "words of a block entropy",
            expected: 1,
            found: 0,
        });
    }
    let distinct: f64 = multiplicity.iter().map(|(_, m)| m).sum();
    let sum = |f: &dyn Fn(f64) -> f64| {
        multiplicity.iter().map(|&(n, m)| m * n * f(n)).sum::<f64>() / total
    };
    let plug_in = total.ln() - sum(&f64::ln);
    if !(words >= distinct && words.is_finite()) {
        return Err(Error::Parameter {
            name: "number of possible words",
            value: words,
            expected: "a finite number, no less than the different words seen",
        });
    }
    let (nsb, deviation) = nsb::entropy(&multiplicity, words);
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

/// Entropy of the next symbol given the `order` before it by the estimator of Nemenman, Shafee and
/// Bialek, `H_{order+1} - H_order` of [`BlockEntropy::nsb_bits`], cut to `[0, log2 size]`.
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
    BlockCounts::new(size, order.saturating_add(1))?;
    check_runs(symbols, order)?;
    let of_length = |length: usize| {
        let mut counts = BlockCounts::new(size, length)?;
        counts.push_all(symbols.iter().copied())?;
        Ok::<f64, Error>(counts.entropy()?.nsb_bits)
    };
    let context = if order > 0 { of_length(order)? } else { 0.0 };
    Ok((of_length(order.saturating_add(1))? - context).clamp(0.0, (size as f64).log2()))
}

/// Entropy of the next symbol given the `k - 1` before it, `H_k - H_{k-1}`, over blocks of a
/// sequence.
///
/// The value is that of the Grassberger estimates on the whole sequence; the interval comes from
/// the plug-in conditional log-likelihood of the blocks and so leaves out the bias that remains.
/// Both are cut to `[0, log2 size]`. Where less than half of the words is known (most were seen
/// once), the interval is that whole range and the standard error infinite: the sequence is too
/// short for the order.
///
/// # Errors
/// As [`BlockCounts::new`] with `k = order + 1`; [`Error::ShortRuns`] for a sequence without a run
/// of `k` known symbols; a symbol outside the alphabet.
pub fn conditional_entropy(
    symbols: &[Option<u8>],
    size: usize,
    order: usize,
    block: usize,
) -> Result<BitsPerSymbol, Error> {
    let mut long = BlockCounts::new(size, order.saturating_add(1))?;
    check_runs(symbols, order)?;
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
    let spread = code_of_words(symbols, size, order, block, bits).bits_per_symbol()?;
    let most = (size as f64).log2();
    let value = value.clamp(0.0, most);
    // Below half, most words that the source has are still to be seen: their plug-in costs are
    // near 0 in every block, and so is the spread of the blocks.
    if long.coverage() < COVERAGE {
        return Ok(BitsPerSymbol {
            value,
            standard_error: f64::INFINITY,
            low: 0.0,
            high: most,
            ..spread
        });
    }
    Ok(BitsPerSymbol {
        value,
        low: (value - 1.96 * spread.standard_error).max(0.0),
        high: (value + 1.96 * spread.standard_error).min(most),
        ..spread
    })
}

/// The length of a code in which each word of `order + 1` known symbols costs so many bits.
fn code_of_words(
    symbols: &[Option<u8>],
    size: usize,
    order: usize,
    block: usize,
    bits: impl Fn(u64) -> f64,
) -> crate::CodeLength {
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
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bases of no pattern.
    fn bases(n: usize) -> Vec<Option<u8>> {
        let mut state = 0x2545_F491_u32;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            Some((state >> 7) as u8 % 4)
        };
        (0..n).map(|_| next()).collect()
    }

    fn counts(symbols: &[u8]) -> BlockCounts {
        let mut counts = BlockCounts::new(4, 2).unwrap();
        counts.push_all(symbols.iter().map(|&x| Some(x))).unwrap();
        counts
    }

    #[test]
    fn an_order_that_is_too_high_has_no_interval_of_its_own() {
        let found = conditional_entropy(&bases(300), 4, 8, 50).unwrap();
        assert!(found.value >= 0.0 && found.standard_error == f64::INFINITY);
        assert_eq!((found.low, found.high), (0.0, 2.0));
        let low = conditional_entropy(&bases(3000), 4, 1, 50).unwrap();
        assert!(
            low.standard_error < 0.1 && low.low > 1.8 && low.high <= 2.0,
            "{low}"
        );
        let nsb = conditional_entropy_nsb(&bases(300), 4, 8).unwrap();
        assert!((0.0..=2.0).contains(&nsb));
    }

    #[test]
    fn a_sequence_too_short_for_an_order_is_told_what_it_has_and_what_is_needed() {
        let bases = |text: &str| -> Vec<Option<u8>> {
            text.chars()
                .map(|base| "ACGT".find(base).map(|at| at as u8))
                .collect()
        };
        for (text, order, (given, longest)) in [
            ("ACGT", 7, (4, 4)),
            ("ACGTANACNNAC", 5, (9, 5)),
            ("NN", 0, (0, 0)),
            ("", 1, (0, 0)),
        ] {
            let said = format!(
                "conditional entropy of order {order}: expected a run of at least {} symbols, the words that it counts; \
                 {given} symbols were given, the longest run has {longest}",
                order + 1
            );
            let symbols = bases(text);
            let found = conditional_entropy(&symbols, 4, order, 10).unwrap_err();
            assert_eq!(found.to_string(), said);
            let nsb = conditional_entropy_nsb(&symbols, 4, order).unwrap_err();
            assert_eq!(nsb, found);
            let params = crate::SurveyParams::dna().with_orders([0, order, 0]);
            assert_eq!(crate::survey(&symbols, &params).unwrap_err(), found);
            if let Error::ShortRuns { longest: 1.., .. } = found {
                assert!(conditional_entropy(&symbols, 4, 3, 10).is_ok());
            }
        }
        let none = BlockCounts::new(4, 8).unwrap().entropy().unwrap_err();
        let said = "words of a block entropy: expected at least 1, got 0";
        assert_eq!(none.to_string(), said);
    }

    #[test]
    fn merging_unlike_counts_changes_nothing() {
        let whole = counts(&[0, 1, 2, 0, 1]);
        let mut merged = counts(&[0, 1, 2]);
        merged.merge(&counts(&[2, 0, 1])).unwrap();
        assert_eq!(merged, whole);
        merged.merge(&BlockCounts::new(4, 2).unwrap()).unwrap();
        assert_eq!(merged, whole);
        let mut empty = BlockCounts::new(4, 2).unwrap();
        empty.merge(&whole).unwrap();
        assert_eq!(empty, whole);
        for (size, length) in [(5, 2), (4, 3)] {
            let unlike = BlockCounts::new(size, length).unwrap();
            assert!(matches!(merged.merge(&unlike), Err(Error::Unlike { .. })));
            assert_eq!(merged, whole);
        }
        let text = format!(
            r#"{{"size":4,"length":2,"counts":{{"1":{}}}}}"#,
            1_u64 << 53
        );
        let full: BlockCounts = serde_json::from_str(&text).unwrap();
        assert!(merged.merge(&full).is_err());
        assert_eq!(merged, whole);
    }

    #[test]
    fn counts_that_contradict_themselves_are_refused() {
        let found = counts(&[0, 1, 2, 3, 3, 3]);
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<BlockCounts>(&text).unwrap(), found);
        for text in [
            r#"{"size":0,"length":2,"counts":{}}"#,
            r#"{"size":4,"length":0,"counts":{}}"#,
            r#"{"size":4,"length":99,"counts":{}}"#,
            r#"{"size":4,"length":2,"counts":{"16":1}}"#,
            r#"{"size":4,"length":2,"counts":{"1":0}}"#,
            r#"{"size":4,"length":2,"counts":{"1":9007199254740992,"2":1}}"#,
        ] {
            assert!(serde_json::from_str::<BlockCounts>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn impossible_numbers_of_words_are_refused() {
        for words in [f64::NAN, f64::INFINITY, 1.0, -1.0, 0.0] {
            assert!(block_entropy(&[3, 4], words).is_err(), "{words}");
        }
        assert!(block_entropy(&[], 4.0).is_err() && block_entropy(&[0, 0], 4.0).is_err());
        let certain = block_entropy(&[7], 1.0).unwrap();
        assert_eq!((certain.nsb_bits, certain.plug_in_bits), (0.0, 0.0));
        let huge = block_entropy(&[1 << 52, 1 << 52], 4.0).unwrap();
        assert!((huge.nsb_bits - 1.0).abs() < 1e-9, "{huge:?}");
        for many in [[1 << 53, 1], [u64::MAX, u64::MAX]] {
            assert!(matches!(
                block_entropy(&many, 4.0),
                Err(Error::State { .. })
            ));
        }
    }
}
