//! Predicting a masked symbol from both sides.

mod mixer;
mod sides;
mod tables;

use crate::error::{check_complement, check_number, check_range, check_symbol};
use crate::{CodeLength, Error};
use mixer::Mixer;
use sides::{LONGEST, Scope, Sides};
use tables::ContextTable;

/// Parameters of a [`TwoSided`] predictor.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TwoSidedParams {
    /// Number of letters, 2 to 64.
    pub size: usize,
    /// How many symbols to the left and to the right each context has.
    pub contexts: Vec<(usize, usize)>,
    /// Masked symbols between the predicted one and the right context: as when the rest of its
    /// token is masked too.
    pub gap: usize,
    /// Complement of each letter, where both strands count alike.
    pub complement: Option<Vec<u8>>,
    /// Step of the mixing weights, 0 to 1.
    pub rate: f64,
}

impl TwoSidedParams {
    /// For DNA (A, C, G, T as 0 to 3): up to 12 bases on one side and 11 on each of both.
    #[must_use]
    pub fn dna() -> Self {
        Self {
            size: 4,
            contexts: vec![
                (0, 0),
                (1, 1),
                (2, 2),
                (3, 3),
                (4, 4),
                (5, 5),
                (6, 6),
                (8, 8),
                (11, 11),
                (4, 0),
                (0, 4),
                (8, 0),
                (0, 8),
                (12, 0),
                (0, 12),
            ],
            gap: 0,
            complement: Some(vec![3, 2, 1, 0]),
            rate: 0.002,
        }
    }

    /// For text over `size` letters: up to 6 letters on one side and 4 on each of both.
    #[must_use]
    pub fn text(size: usize) -> Self {
        Self {
            size,
            contexts: vec![
                (0, 0),
                (1, 0),
                (0, 1),
                (1, 1),
                (2, 1),
                (1, 2),
                (2, 2),
                (3, 2),
                (2, 3),
                (3, 3),
                (4, 4),
                (3, 0),
                (0, 3),
                (5, 1),
                (1, 5),
                (6, 0),
                (0, 6),
            ],
            gap: 0,
            complement: None,
            rate: 0.002,
        }
    }
}

impl TwoSidedParams {
    /// Sets [`TwoSidedParams::size`].
    #[must_use]
    pub fn with_size(mut self, size: usize) -> Self {
        self.size = size;
        self
    }

    /// Sets [`TwoSidedParams::contexts`].
    #[must_use]
    pub fn with_contexts(mut self, contexts: impl Into<Vec<(usize, usize)>>) -> Self {
        self.contexts = contexts.into();
        self
    }

    /// Sets [`TwoSidedParams::gap`].
    #[must_use]
    pub fn with_gap(mut self, gap: usize) -> Self {
        self.gap = gap;
        self
    }

    /// Sets [`TwoSidedParams::complement`].
    #[must_use]
    pub fn with_complement(mut self, complement: Option<Vec<u8>>) -> Self {
        self.complement = complement;
        self
    }

    /// Sets [`TwoSidedParams::rate`].
    #[must_use]
    pub fn with_rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }
}

/// A mixture of contexts on both sides of a masked symbol: the fair reference for a masked language
/// model, which a one-sided code length is not.
///
/// Each context `i` counts which symbols stood between its left and right part. The prediction is
/// the geometric mixture `P(x) ∝ exp(Σ_i w_i ln P_i(x))` (logistic mixing, Mattern 2012); a weight
/// depends on how often its context was seen and follows the gradient of the loss. All is learnt
/// from earlier positions only: a position is counted once the predicted one is beyond its window,
/// so that no context can hold the symbol it predicts.
///
/// Its loss is above the erasure entropy in expectation, and comparable with a model that masks one
/// symbol at a time.
///
/// ```
/// use dissensus_reference::{TwoSided, TwoSidedParams};
/// // Tosses of a coin as 0 or 1, each told again as 2 or 3. The past tells half of the symbols;
/// // with both sides in sight every one is known.
/// let mut state = 1u32;
/// let mut toss = || {
///     state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
///     (state >> 31) as u8
/// };
/// let symbols = (0..10_000).flat_map(|_| {
///     let t = toss();
///     [Some(t), Some(t + 2)]
/// });
/// let symbols: Vec<Option<u8>> = symbols.collect();
/// let mut model = TwoSided::new(TwoSidedParams::dna().with_complement(None))?;
/// model.train(&symbols[..15_000])?;
/// let loss = model.score(&symbols[15_000..], 1_000)?.bits_per_symbol()?.value;
/// assert!(loss < 0.02, "{loss}");
/// # Ok::<(), dissensus_reference::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TwoSided {
    params: TwoSidedParams,
    scope: Scope,
    tables: Vec<ContextTable>,
    mixer: Mixer,
}

impl TwoSided {
    /// An untrained predictor.
    ///
    /// # Errors
    /// A size outside 2 to 64, no context or more than 32, a context of more than 24 symbols on a
    /// side, a gap above 24, a rate outside 0 to 1, a complement that is not a letter for each
    /// letter.
    pub fn new(params: TwoSidedParams) -> Result<Self, Error> {
        check_range("alphabet size", params.size, 2..=64, "2 to 64 letters")?;
        check_range(
            "number of contexts",
            params.contexts.len(),
            1..=32,
            "1 to 32",
        )?;
        check_number("rate", params.rate, 0.0..=1.0, "0 to 1")?;
        check_range("gap", params.gap, 0..=24, "at most 24 symbols")?;
        for &(left, right) in &params.contexts {
            check_range(
                "side of a context",
                left.max(right),
                0..=LONGEST,
                "at most 24 symbols",
            )?;
        }
        check_complement(params.complement.as_ref(), params.size)?;
        let table = |&(left, right): &(usize, usize)| ContextTable::new(params.size, left, right);
        let longest = |side: fn(&(usize, usize)) -> usize| {
            let all = params.contexts.iter().map(side);
            all.max().unwrap_or(0)
        };
        Ok(Self {
            scope: Scope {
                size: params.size,
                gap: params.gap,
                left: longest(|context| context.0),
                right: longest(|context| context.1),
            },
            tables: params.contexts.iter().map(table).collect(),
            mixer: Mixer::new(params.size, params.contexts.len(), params.rate),
            params,
        })
    }

    /// Learns from a sequence; `None` interrupts.
    ///
    /// # Errors
    /// A symbol outside the alphabet.
    pub fn train(&mut self, symbols: &[Option<u8>]) -> Result<(), Error> {
        self.run(symbols, true, 1, |_| {})
    }

    /// Learns from a sequence as [`TwoSided::train`], but for the mixing weights, which follow the
    /// gradient at every `every`-th position only: of long sequences that is enough, and takes a
    /// fraction of the time.
    ///
    /// # Errors
    /// A symbol outside the alphabet.
    pub fn train_sparsely(&mut self, symbols: &[Option<u8>], every: usize) -> Result<(), Error> {
        self.run(symbols, true, every.max(1), |_| {})
    }

    /// Loss on a sequence without learning from it: the cost of each symbol given all others of the
    /// sequence.
    ///
    /// # Errors
    /// A symbol outside the alphabet.
    pub fn score(&mut self, symbols: &[Option<u8>], block: usize) -> Result<CodeLength, Error> {
        let mut length = CodeLength::new(block);
        self.run(symbols, false, 1, |bits| length.add(bits))?;
        Ok(length)
    }

    /// Loss on a sequence while learning from it: each position is predicted with what the earlier
    /// ones taught.
    ///
    /// # Errors
    /// A symbol outside the alphabet.
    pub fn learn_and_score(
        &mut self,
        symbols: &[Option<u8>],
        block: usize,
    ) -> Result<CodeLength, Error> {
        let mut length = CodeLength::new(block);
        self.run(symbols, true, 1, |bits| length.add(bits))?;
        Ok(length)
    }

    /// `-log2 P(symbol)` at a position, of which what stands there is not looked at; nothing is
    /// learned. `None` elsewhere is masked: a context that reaches over it says nothing.
    ///
    /// ```
    /// use dissensus_reference::{TwoSided, TwoSidedParams};
    /// let thirds: Vec<Option<u8>> = (0..9_000u32).map(|i| Some((i % 3) as u8)).collect();
    /// let mut model = TwoSided::new(TwoSidedParams::dna().with_complement(None))?;
    /// model.train(&thirds)?;
    /// let seen = [Some(0), Some(1), None, Some(0), Some(1), Some(2)];
    /// assert!(model.bits_at(&seen, 2, 2)? < 0.1); // 0 1 _ 0: a 2
    /// # Ok::<(), dissensus_reference::Error>(())
    /// ```
    ///
    /// # Errors
    /// A symbol outside the alphabet.
    pub fn bits_at(
        &mut self,
        symbols: &[Option<u8>],
        position: usize,
        symbol: u8,
    ) -> Result<f64, Error> {
        check_symbol(position, symbol, self.params.size)?;
        let reach = self.reach();
        let near = position.saturating_sub(reach)..symbols.len().min(position + reach + 1);
        self.check(&symbols[near])?;
        Ok(self.predict(&Sides::new(symbols, position, &self.scope), symbol, false))
    }

    /// Symbols that are looked at on a side, at most.
    fn reach(&self) -> usize {
        let sides = self.params.contexts.iter().map(|&(l, r)| l.max(r));
        sides.max().unwrap_or(0) + self.params.gap
    }

    /// Predicts every `every`-th symbol and, if it learns, counts each one that no context can hold
    /// any more.
    fn run(
        &mut self,
        symbols: &[Option<u8>],
        learn: bool,
        every: usize,
        mut seen: impl FnMut(f64),
    ) -> Result<(), Error> {
        self.check(symbols)?;
        let widest = self.params.contexts.iter().map(|&(l, r)| l + r).max();
        let delay = widest.unwrap_or(0) + 2 * self.params.gap + 1;
        for position in 0..symbols.len() + delay {
            if let Some(&Some(symbol)) = symbols.get(position)
                && position.is_multiple_of(every)
            {
                let sides = Sides::new(symbols, position, &self.scope);
                seen(self.predict(&sides, symbol, learn));
            }
            let past = position.checked_sub(delay).filter(|_| learn);
            let past = past.and_then(|p| symbols.get(p).map(|s| (p, *s)));
            if let Some((p, Some(symbol))) = past {
                self.count(symbols, p, symbol);
            }
        }
        Ok(())
    }

    fn predict(&mut self, sides: &Sides, symbol: u8, learn: bool) -> f64 {
        for (i, table) in self.tables.iter().enumerate() {
            self.mixer.set(i, table.counts(sides));
        }
        let bits = -self.mixer.mix()[symbol as usize].log2();
        if learn {
            self.mixer.learn(symbol);
        }
        bits
    }

    fn count(&mut self, symbols: &[Option<u8>], position: usize, symbol: u8) {
        let sides = Sides::new(symbols, position, &self.scope);
        let Some(complement) = &self.params.complement else {
            let tables = self.tables.iter_mut();
            return tables.for_each(|table| table.count(&sides, symbol));
        };
        let inverse = Sides::inverse(symbols, position, &self.scope, complement);
        let other = complement[symbol as usize];
        for table in &mut self.tables {
            table.count(&sides, symbol);
            table.count(&inverse, other);
        }
    }

    fn check(&self, symbols: &[Option<u8>]) -> Result<(), Error> {
        let mut known = symbols.iter().enumerate();
        known.try_for_each(|(position, symbol)| {
            symbol.map_or(Ok(()), |x| check_symbol(position, x, self.params.size))
        })
    }
}
