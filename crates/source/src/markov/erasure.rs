//! The erasure entropy in closed form.

use super::Markov;
use crate::entropy::weighted_entropy_bits;
use crate::{Error, Source};

/// Terms that the sum may have.
const TERMS: f64 = 3e8;

impl Markov {
    /// Exact erasure entropy `H(X_t | all others)` in bits: what a perfect two-sided predictor
    /// cannot know.
    ///
    /// By the Markov property only `k` symbols on each side count: `Σ_c π(c) Σ_f H(x ↦ P(x | c) Π_i
    /// P(f_i | context_i(c, x, f)))`, weighted by the sum over `x`; the sum runs over the
    /// `|A|^(2k)` pairs of past `c` and future `f` (Verdú & Weissman 2008).
    ///
    /// ```
    /// use dissensus_source::{Alphabet, Markov};
    /// let (p, q) = (0.1f64, 0.9f64);
    /// let source = Markov::new(Alphabet::new("01")?, 1, &[q, p, p, q])?;
    /// // Neighbours agree with probability p² + q²; then the middle differs from both with odds
    /// // p² : q².
    /// let agree = p * p + q * q;
    /// let h = |a: f64| -a * a.log2() - (1.0 - a) * (1.0 - a).log2();
    /// let expected = agree * h(p * p / agree) + (1.0 - agree) * 1.0;
    /// assert!((source.erasure_entropy_bits()? - expected).abs() < 1e-12);
    /// # Ok::<(), dissensus_source::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::TooLarge`] above 3·10⁸ terms; estimate it from documents then
    /// ([`crate::erasure_entropy`]).
    pub fn erasure_entropy_bits(&self) -> Result<f64, Error> {
        let size = self.alphabet().size();
        let needed = (size as f64).powi(2 * self.order as i32 + 1);
        if needed > TERMS {
            return Err(Error::TooLarge {
                what: "the erasure entropy of a Markov source",
                needed,
                limit: TERMS,
            });
        }
        let stationary = self.machine.stationary();
        let of_context = |c: usize| {
            let candidates: Vec<(usize, f64)> =
                (0..size).map(|x| self.step(c, x, stationary[c])).collect();
            self.over_futures(&candidates, self.order)
        };
        Ok((0..stationary.len()).map(of_context).sum())
    }

    /// The context after `x`, and the weight times `P(x | context)`.
    fn step(&self, context: usize, x: usize, weight: f64) -> (usize, f64) {
        let entry = context * self.alphabet().size() + x;
        (entry % self.machine.states(), weight * self.table[entry])
    }

    /// Sum over the futures of the weighted entropy among the candidates.
    fn over_futures(&self, candidates: &[(usize, f64)], steps: usize) -> f64 {
        let total: f64 = candidates.iter().map(|c| c.1).sum();
        if total <= 0.0 {
            return 0.0;
        }
        if steps == 0 {
            let weights: Vec<f64> = candidates.iter().map(|c| c.1).collect();
            return total * weighted_entropy_bits(&weights);
        }
        let follow = |y: usize| {
            let next: Vec<(usize, f64)> = candidates
                .iter()
                .map(|&(c, w)| self.step(c, y, w))
                .collect();
            self.over_futures(&next, steps - 1)
        };
        (0..self.alphabet().size()).map(follow).sum()
    }
}
