//! Every estimate of one sequence, side by side.

use serde::{Deserialize, Serialize};

use crate::error::{check_complement, check_range, check_runs};
use crate::{
    BitsPerSymbol, BlockCounts, ContextTree, CopyModel, CopyModelParams, Error, TwoSided,
    TwoSidedParams, code_length, conditional_entropy, conditional_entropy_nsb, lempel_ziv,
};

/// Which way an estimate leans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundKind {
    /// A code length: above the entropy rate in expectation.
    UpperBound,
    /// An estimate of the entropy rate that may err either way.
    Estimate,
    /// A loss with both sides in sight: above the erasure entropy in expectation, not comparable
    /// with the others.
    TwoSided,
}

/// One estimate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurveyRow {
    /// What was computed, such as `context tree, depth 12`.
    pub name: String,
    /// How to read it.
    pub side: BoundKind,
    /// Bits per symbol with an interval over blocks, where the method has one.
    pub bits: BitsPerSymbol,
}

/// Parameters of [`survey`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SurveyParams {
    /// Number of letters, 2 to 64.
    pub size: usize,
    /// Complement of each letter: inverted repeats and both strands then count.
    pub complement: Option<Vec<u8>>,
    /// Depth of the context tree.
    pub depth: usize,
    /// Orders whose conditional block entropy is estimated, by Grassberger's and by the NSB
    /// estimator.
    pub orders: Vec<usize>,
    /// Symbols of a block of the intervals.
    pub block: usize,
}

impl SurveyParams {
    /// For DNA as A, C, G, T.
    #[must_use]
    pub fn dna() -> Self {
        Self {
            size: 4,
            complement: Some(vec![3, 2, 1, 0]),
            depth: 12,
            orders: vec![0, 1, 3, 5, 7],
            block: 5_000,
        }
    }

    /// For text over `size` letters.
    #[must_use]
    pub fn text(size: usize) -> Self {
        Self {
            size,
            complement: None,
            depth: 8,
            orders: vec![0, 1, 2, 3],
            block: 5_000,
        }
    }
}

impl SurveyParams {
    /// Sets [`SurveyParams::size`].
    #[must_use]
    pub fn with_size(mut self, size: usize) -> Self {
        self.size = size;
        self
    }

    /// Sets [`SurveyParams::complement`].
    #[must_use]
    pub fn with_complement(mut self, complement: Option<Vec<u8>>) -> Self {
        self.complement = complement;
        self
    }

    /// Sets [`SurveyParams::depth`].
    #[must_use]
    pub fn with_depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// Sets [`SurveyParams::orders`].
    #[must_use]
    pub fn with_orders(mut self, orders: impl Into<Vec<usize>>) -> Self {
        self.orders = orders.into();
        self
    }

    /// Sets [`SurveyParams::block`].
    #[must_use]
    pub fn with_block(mut self, block: usize) -> Self {
        self.block = block;
        self
    }
}

/// Estimates the entropy of a sequence in every way of this crate; `None` interrupts.
///
/// Code lengths and the two-sided loss include what learning cost: each symbol is predicted from
/// what was seen before.
///
/// ```
/// use dissensus_reference::{SurveyParams, survey};
/// let symbols: Vec<Option<u8>> = (0..20_000u32).map(|i| Some((i % 3) as u8)).collect();
/// let rows = survey(&symbols, &SurveyParams::dna())?;
/// assert_eq!(rows[0].name, "order 0");
/// assert!((rows[0].bits.value - 3f64.log2()).abs() < 1e-3); // three letters, equally frequent
/// let others = rows.iter().filter(|row| !row.name.starts_with("order 0"));
/// assert!(others.clone().all(|row| row.bits.value < 0.1)); // each tells the next
/// # Ok::<(), dissensus_reference::Error>(())
/// ```
///
/// # Errors
/// Parameters outside their range, symbols outside the alphabet, no run of symbols longer than the
/// highest order ([`Error::ShortRuns`]), fewer than two symbols.
pub fn survey(symbols: &[Option<u8>], params: &SurveyParams) -> Result<Vec<SurveyRow>, Error> {
    check(params)?;
    if let Some(&order) = params.orders.iter().max() {
        check_runs(symbols, order)?;
    }
    let mut rows = counted(symbols, params)?;
    rows.extend(parsed(symbols)?);
    rows.extend(coded(symbols, params)?);
    Ok(rows)
}

fn row(name: impl Into<String>, side: BoundKind, bits: BitsPerSymbol) -> SurveyRow {
    let name = name.into();
    SurveyRow { name, side, bits }
}

/// Estimates from counts of words.
fn counted(symbols: &[Option<u8>], params: &SurveyParams) -> Result<Vec<SurveyRow>, Error> {
    let mut rows = Vec::new();
    for &order in &params.orders {
        let bits = conditional_entropy(symbols, params.size, order, params.block)?;
        rows.push(row(format!("order {order}"), BoundKind::Estimate, bits));
    }
    for &order in &params.orders {
        let bits = conditional_entropy_nsb(symbols, params.size, order)?;
        let bits = BitsPerSymbol::without_interval(bits);
        let name = format!("order {order}, NSB");
        rows.push(row(name, BoundKind::Estimate, bits));
    }
    Ok(rows)
}

/// Estimates from repetitions.
fn parsed(symbols: &[Option<u8>]) -> Result<[SurveyRow; 2], Error> {
    let known: Vec<u8> = symbols.iter().flatten().copied().collect();
    let parse = lempel_ziv(&known)?;
    let estimate = |name, bits| {
        let bits = BitsPerSymbol::without_interval(bits);
        row(name, BoundKind::Estimate, bits)
    };
    Ok([
        estimate("LZ76", parse.bits_per_symbol),
        estimate("match lengths", parse.match_length_bits),
    ])
}

/// Lengths of codes.
fn coded(symbols: &[Option<u8>], params: &SurveyParams) -> Result<[SurveyRow; 3], Error> {
    let mut tree = ContextTree::new(params.size, params.depth)?;
    let tree = code_length(&mut tree, symbols.iter().copied(), params.block)?;
    let mut copies = CopyModel::new(copy_params(params))?;
    let copies = code_length(&mut copies, symbols.iter().copied(), params.block)?;
    let mut two_sided = TwoSided::new(two_sided_params(params))?;
    let two_sided = two_sided.learn_and_score(symbols, params.block)?;
    let depth = format!("context tree, depth {}", params.depth);
    let (upper, both) = (BoundKind::UpperBound, BoundKind::TwoSided);
    Ok([
        row(depth, upper, tree.bits_per_symbol()?),
        row("copy model", upper, copies.bits_per_symbol()?),
        row("two-sided contexts", both, two_sided.bits_per_symbol()?),
    ])
}

/// Everything is checked before the first, slow estimate.
fn check(params: &SurveyParams) -> Result<(), Error> {
    check_range("alphabet size", params.size, 2..=64, "2 to 64 letters")?;
    check_range("depth", params.depth, 0..=24, "at most 24 symbols")?;
    check_complement(params.complement.as_ref(), params.size)?;
    let mut lengths = params.orders.iter().map(|order| order.saturating_add(1));
    lengths.try_for_each(|length| BlockCounts::new(params.size, length).map(|_| ()))
}

fn copy_params(params: &SurveyParams) -> CopyModelParams {
    let fitting = if params.size <= 4 {
        CopyModelParams::dna()
    } else {
        CopyModelParams::text(params.size)
    };
    CopyModelParams {
        size: params.size,
        complement: params.complement.clone(),
        ..fitting
    }
}

fn two_sided_params(params: &SurveyParams) -> TwoSidedParams {
    let fitting = if params.size <= 4 {
        TwoSidedParams::dna()
    } else {
        TwoSidedParams::text(params.size)
    };
    TwoSidedParams {
        size: params.size,
        complement: params.complement.clone(),
        ..fitting
    }
}
