//! Context tree weighting.

mod binary;
mod direct;
mod weight;

use crate::error::{check_number, check_range, check_symbol};
use crate::{Error, Predictor};
use binary::BinaryTrees;
use direct::DirectTree;

/// Parameters of a [`ContextTree`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ContextTreeParams {
    /// Number of letters, 2 to 256. Up to four are counted as they are; more are cut into binary
    /// decisions.
    pub size: usize,
    /// Depth of the tree in symbols, up to 24.
    pub depth: usize,
    /// Added to each count; 1/2 is Krichevsky and Trofimov's. Binary decisions always use 1/2.
    pub alpha: f64,
    /// Nodes that may be made: about 48 bytes each, 24 above four letters. A context that would
    /// need more stays as short as it is.
    pub nodes: usize,
}

impl ContextTreeParams {
    /// Depth 12, KT, 16 million nodes.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self {
            size,
            depth: 12,
            alpha: 0.5,
            nodes: 1 << 24,
        }
    }
}

impl ContextTreeParams {
    /// Sets [`ContextTreeParams::size`].
    #[must_use]
    pub fn with_size(mut self, size: usize) -> Self {
        self.size = size;
        self
    }

    /// Sets [`ContextTreeParams::depth`].
    #[must_use]
    pub fn with_depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// Sets [`ContextTreeParams::alpha`].
    #[must_use]
    pub fn with_alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// Sets [`ContextTreeParams::nodes`].
    #[must_use]
    pub fn with_nodes(mut self, nodes: usize) -> Self {
        self.nodes = nodes;
        self
    }
}

/// Context tree weighting (Willems, Shtarkov & Tjalkens 1995): the Bayesian mixture over all tree
/// sources up to a depth.
///
/// Each node `s` weighs its own Krichevsky–Trofimov estimate against those of its children,
/// `P_w(s) = ½ P_e(s) + ½ Π_c P_w(cs)`, and `P_w` of the root is the probability of the sequence.
/// With `β(s) = P_e(s) / Π P_w(cs)` the next symbol has, from the leaf up,
/// `p(s) = (β(s) P_KT(x | s) + p(child)) / (β(s) + 1)`. Sequences are coded in one pass in bounded
/// memory. The cost is an upper bound on the entropy rate in expectation; it exceeds the best
/// tree's by `O(log n)` bits a leaf.
///
/// More than four letters are cut into binary decisions along a balanced code, each decision with a
/// tree of its own over the same contexts (Tjalkens, Volf & Willems 1997). What precedes the first
/// symbol, or follows an interruption, is a letter of its own.
///
/// ```
/// use dissensus_reference::{ContextTree, Predictor};
/// // The worked example of the paper: 0100110 after the past 110, depth 3. P_w = 7/2048.
/// let mut tree = ContextTree::new(2, 3)?;
/// tree.set_past(&[1, 1, 0])?;
/// let bits: f64 = [0, 1, 0, 0, 1, 1, 0].iter().map(|&x| tree.push(x)).sum();
/// assert!(((-bits).exp2() - 7.0 / 2048.0).abs() < 1e-12);
/// # Ok::<(), dissensus_reference::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ContextTree {
    params: ContextTreeParams,
    past: Past,
    tree: Tree,
}

/// Beyond, a probability could be 0.
const ALPHA: std::ops::RangeInclusive<f64> = 1e-9..=1e9;

/// Symbols whose nodes are sought together.
const BATCH: usize = 8;

#[derive(Debug, Clone)]
enum Tree {
    Direct(DirectTree),
    Binary(BinaryTrees),
}

impl ContextTree {
    /// A tree of the default memory over `size` letters.
    ///
    /// # Errors
    /// As [`ContextTree::with_params`].
    pub fn new(size: usize, depth: usize) -> Result<Self, Error> {
        Self::with_params(ContextTreeParams {
            depth,
            ..ContextTreeParams::new(size)
        })
    }

    /// A tree of these parameters.
    ///
    /// # Errors
    /// A size outside 2 to 256, a depth above 24, an `alpha` outside 1e-9 to 1e9, fewer than 1024
    /// nodes.
    pub fn with_params(params: ContextTreeParams) -> Result<Self, Error> {
        check_range("alphabet size", params.size, 2..=256, "2 to 256 letters")?;
        check_range("depth", params.depth, 0..=24, "at most 24 symbols")?;
        check_range(
            "nodes",
            params.nodes,
            1024..=(u32::MAX - 1) as usize,
            "1024 or more",
        )?;
        check_number("alpha", params.alpha, ALPHA, "1e-9 to 1e9")?;
        let tree = if params.size <= 4 {
            Tree::Direct(DirectTree::new(params))
        } else {
            Tree::Binary(BinaryTrees::new(params))
        };
        Ok(Self {
            params,
            past: Past::new(params.size),
            tree,
        })
    }

    /// States what came before the first symbol, without coding it; the last symbol is the nearest.
    ///
    /// # Errors
    /// A symbol that is not an index into the alphabet; then nothing is stated.
    pub fn set_past(&mut self, symbols: &[u8]) -> Result<(), Error> {
        let mut indexed = symbols.iter().enumerate();
        indexed.try_for_each(|(i, &x)| check_symbol(i, x, self.params.size))?;
        symbols.iter().for_each(|&x| self.past.push(x));
        Ok(())
    }

    /// Nodes made so far.
    #[must_use]
    pub fn nodes(&self) -> usize {
        match &self.tree {
            Tree::Direct(tree) => tree.len(),
            Tree::Binary(trees) => trees.len(),
        }
    }

    fn check(&self, symbol: u8) -> u8 {
        assert!(
            (symbol as usize) < self.params.size,
            "symbol {symbol} of an alphabet of {} letters",
            self.params.size
        );
        symbol
    }
}

impl Predictor for ContextTree {
    fn size(&self) -> usize {
        self.params.size
    }

    fn push(&mut self, symbol: u8) -> f64 {
        let symbol = self.check(symbol);
        let p = match &mut self.tree {
            Tree::Direct(tree) => tree.push(&self.past, symbol),
            Tree::Binary(trees) => trees.push(&self.past, symbol),
        };
        self.past.push(symbol);
        -p.log2()
    }

    fn push_all(&mut self, symbols: &[u8], cost: &mut dyn FnMut(f64)) {
        for batch in symbols.chunks(BATCH) {
            let mut pasts = [self.past; BATCH];
            for (past, &x) in pasts.iter_mut().zip(batch) {
                *past = self.past;
                self.past.push(self.check(x));
            }
            let pasts = &pasts[..batch.len()];
            let mut see = |p: f64| cost(-p.log2());
            match &mut self.tree {
                Tree::Direct(tree) => tree.push_batch(pasts, batch, &mut see),
                Tree::Binary(trees) => trees.push_batch(pasts, batch, &mut see),
            }
        }
    }

    fn interrupt(&mut self) {
        self.past = Past::new(self.params.size);
    }
}

/// The last 32 symbols, nearest first; unknown ones are a letter of their own.
#[derive(Debug, Clone, Copy)]
struct Past {
    symbols: [u16; 32],
    newest: usize,
}

impl Past {
    fn new(size: usize) -> Self {
        Self {
            symbols: [size as u16; 32],
            newest: 0,
        }
    }

    fn push(&mut self, symbol: u8) {
        self.newest = (self.newest + 31) % 32;
        self.symbols[self.newest] = symbol.into();
    }

    /// The symbol `back` places before the next, from 0.
    fn at(&self, back: usize) -> u16 {
        self.symbols[(self.newest + back) % 32]
    }
}
