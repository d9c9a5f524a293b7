//! A copy model in the way of XM.

mod contexts;
mod experts;

use crate::error::{check_complement, check_range};
use crate::{Error, Predictor};
use contexts::ContextCounts;
use experts::Experts;

/// Parameters of a [`CopyModel`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CopyModelParams {
    /// Number of letters, 2 to 256.
    pub size: usize,
    /// Orders of the context models that run beside the copies, increasing: each falls back on the
    /// one before, as in PPM.
    pub orders: Vec<usize>,
    /// Symbols that must agree for a copy to be proposed.
    pub seed: usize,
    /// Copies followed at a time.
    pub experts: usize,
    /// Complement of each letter, where inverted repeats are looked for.
    pub complement: Option<Vec<u8>>,
}

impl CopyModelParams {
    /// For DNA (A, C, G, T as 0 to 3): orders 2, 3, 4 and 12, seeds of 12 bases, inverted repeats.
    #[must_use]
    pub fn dna() -> Self {
        Self {
            size: 4,
            orders: vec![2, 3, 4, 12],
            seed: 12,
            experts: 16,
            complement: Some(vec![3, 2, 1, 0]),
        }
    }

    /// For text over `size` letters: orders 1 to 5, seeds of 6 letters.
    #[must_use]
    pub fn text(size: usize) -> Self {
        Self {
            size,
            orders: vec![1, 2, 3, 4, 5],
            seed: 6,
            experts: 16,
            complement: None,
        }
    }
}

impl CopyModelParams {
    /// Sets [`CopyModelParams::size`].
    #[must_use]
    pub fn with_size(mut self, size: usize) -> Self {
        self.size = size;
        self
    }

    /// Sets [`CopyModelParams::orders`].
    #[must_use]
    pub fn with_orders(mut self, orders: impl Into<Vec<usize>>) -> Self {
        self.orders = orders.into();
        self
    }

    /// Sets [`CopyModelParams::seed`].
    #[must_use]
    pub fn with_seed(mut self, seed: usize) -> Self {
        self.seed = seed;
        self
    }

    /// Sets [`CopyModelParams::experts`].
    #[must_use]
    pub fn with_experts(mut self, experts: usize) -> Self {
        self.experts = experts;
        self
    }

    /// Sets [`CopyModelParams::complement`].
    #[must_use]
    pub fn with_complement(mut self, complement: Option<Vec<u8>>) -> Self {
        self.complement = complement;
        self
    }
}

/// Context models and copies of earlier segments, direct and inverted, mixed by how well each did
/// lately (in the way of the expert model of Cao, Dix, Allison & Mears 2007).
///
/// `P(x) = Σ_i w_i P_i(x)` with `w_i ∝ 2^{L_i}`, where `L_i` is the sum of the expert's log2
/// probabilities of past symbols, forgotten by a factor of 0.95 a symbol. A copy expert proposes
/// the symbol at its place with its own decayed rate of success. Memory: the sequence itself, the
/// tables of the orders (at most 2^22 rows each) and of the seeds.
///
/// ```
/// use dissensus_reference::{CopyModel, CopyModelParams, Predictor};
/// let mut model = CopyModel::new(CopyModelParams::dna())?;
/// // 60 bases of no pattern, then their reverse complement: the second half is nearly free once it
/// // is recognised.
/// let first: Vec<u8> = (0..60u32).map(|i| (i * i % 61 % 4) as u8).collect();
/// let cost = |model: &mut CopyModel, x: u8| model.push(x);
/// first.iter().for_each(|&x| {
///     cost(&mut model, x);
/// });
/// let second: f64 = first.iter().rev().map(|x| cost(&mut model, 3 - x)).sum();
/// assert!(second < 60.0, "{second}");
/// # Ok::<(), dissensus_reference::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CopyModel {
    params: CopyModelParams,
    symbols: Vec<u8>,
    /// Symbols since the last interruption.
    known: usize,
    contexts: Vec<ContextCounts>,
    /// `L_i` of the context models.
    scores: Vec<f64>,
    experts: Experts,
    mixed: Vec<f64>,
}

/// Memory of past performance: twenty symbols.
const FORGET: f64 = 0.95;

impl CopyModel {
    /// An untrained model.
    ///
    /// # Errors
    /// A size outside 2 to 256, no order, orders that do not increase or exceed 32, a seed outside
    /// 4 to 32, a complement that is not a letter for each letter.
    pub fn new(params: CopyModelParams) -> Result<Self, Error> {
        check_range("alphabet size", params.size, 2..=256, "2 to 256 letters")?;
        check_range("number of orders", params.orders.len(), 1..=16, "1 to 16")?;
        check_range("experts", params.experts, 0..=4096, "at most 4096")?;
        check_range("seed", params.seed, 4..=32, "4 to 32 symbols")?;
        let mut minimum = 0;
        for &order in &params.orders {
            check_range("order", order, minimum..=32, "increasing, at most 32")?;
            minimum = order + 1;
        }
        check_complement(params.complement.as_ref(), params.size)?;
        Ok(Self {
            contexts: params
                .orders
                .iter()
                .map(|&k| ContextCounts::new(params.size, k))
                .collect(),
            scores: vec![0.0; params.orders.len()],
            experts: Experts::new(&params),
            mixed: vec![0.0; params.size],
            symbols: Vec::new(),
            known: 0,
            params,
        })
    }

    /// Distribution of the next symbol.
    pub fn distribution(&mut self) -> &[f64] {
        let recent = &self.symbols[self.symbols.len() - self.known..];
        for i in 0..self.contexts.len() {
            let (shorter, longer) = self.contexts.split_at_mut(i);
            longer[0].look_up(recent, shorter.last().map(ContextCounts::distribution));
        }
        let best = self
            .scores
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        self.experts.propose(&self.symbols, self.known, best);
        let best = best.max(self.experts.best());
        self.mixed.fill(0.0);
        let mut total = 0.0;
        for (context, score) in self.contexts.iter().zip(&self.scores) {
            let weight = (score - best).exp2();
            total += weight;
            self.mixed
                .iter_mut()
                .zip(context.distribution())
                .for_each(|(m, p)| *m += weight * p);
        }
        total += self.experts.mix_into(&mut self.mixed, best);
        self.mixed.iter_mut().for_each(|m| *m /= total);
        &self.mixed
    }
}

impl Predictor for CopyModel {
    fn size(&self) -> usize {
        self.params.size
    }

    fn push(&mut self, symbol: u8) -> f64 {
        let p = self.distribution()[symbol as usize];
        for (context, score) in self.contexts.iter_mut().zip(&mut self.scores) {
            *score = FORGET * *score + context.distribution()[symbol as usize].log2();
            context.count(symbol);
        }
        self.experts.learn(symbol);
        self.symbols.push(symbol);
        self.known += 1;
        -p.log2()
    }

    fn interrupt(&mut self) {
        self.known = 0;
        self.experts.forget_copies();
    }
}
