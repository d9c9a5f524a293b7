//! Dropout from a counter-based stream.

/// Which elements to drop: a probability and the seed of a counter-based stream.
///
/// Whether element `(row, column)` is kept is a function of `(seed, row, column)` alone: the mask
/// is the same on every backend, for every number of threads, in the forward and in the backward
/// pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// The probability `p` of dropping an element, `0 ≤ p < 1`.
    pub probability: f64,
    /// The seed of the mask. Two operations of one step need different seeds, see
    /// [`Dropout::child`].
    pub seed: u64,
}

impl Dropout {
    /// Dropout with this probability and seed.
    ///
    /// # Panics
    /// If the probability is outside `[0, 1)`.
    #[must_use]
    pub fn new(probability: f64, seed: u64) -> Self {
        assert!(
            (0.0..1.0).contains(&probability),
            "dropout: expected a probability in [0, 1), got {probability}"
        );
        Self { probability, seed }
    }

    /// The same probability with the seed of an independent stream, for the `index`-th operation of
    /// a step.
    ///
    /// ```
    /// use dissensus_kernels::dropout::Dropout;
    /// let step = Dropout::new(0.1, 7);
    /// assert_eq!(step.child(3), step.child(3));
    /// assert_ne!(step.child(3).seed, step.child(4).seed);
    /// ```
    #[must_use]
    pub fn child(&self, index: u64) -> Self {
        Self {
            probability: self.probability,
            seed: mix64(self.seed ^ mix64(index.wrapping_add(0x9e37_79b9_7f4a_7c15))),
        }
    }

    /// The factor `1/(1−p)` of a kept element.
    #[must_use]
    pub fn scale(&self) -> f32 {
        (1.0 / (1.0 - self.probability)) as f32
    }

    /// Whether nothing is dropped.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.probability == 0.0
    }

    /// The stream of one row.
    #[must_use]
    pub fn row(&self, row: u64) -> RowStream {
        let key = mix64(self.seed.wrapping_add(mix64(row)));
        RowStream {
            low: key as u32,
            high: (key >> 32) as u32,
            threshold: (self.probability * f64::from(u32::MAX)).round() as u32,
        }
    }

    /// The factors (0 or [`Dropout::scale`]) of a row-major `rows × columns` array.
    ///
    /// ```
    /// use dissensus_kernels::dropout::Dropout;
    /// let factors = Dropout::new(0.25, 1).factors(100, 100);
    /// let kept = factors.iter().filter(|&&f| f > 0.0).count();
    /// assert!((7_300..7_700).contains(&kept));
    /// ```
    #[must_use]
    pub fn factors(&self, rows: usize, columns: usize) -> Vec<f32> {
        let scale = self.scale();
        let mut factors = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            let stream = self.row(row as u64);
            factors.extend((0..columns as u32).map(|c| stream.factor(c, scale)));
        }
        factors
    }
}

/// The keyed hash of one row: element `c` is kept if its hash is at least the threshold.
#[derive(Debug, Clone, Copy)]
pub struct RowStream {
    low: u32,
    high: u32,
    threshold: u32,
}

impl RowStream {
    /// 0 if element `column` is dropped, else `scale`.
    #[inline(always)]
    #[must_use]
    pub fn factor(&self, column: u32, scale: f32) -> f32 {
        let mut h = column.wrapping_mul(0x9e37_79b1) ^ self.low;
        h = (h ^ (h >> 16)).wrapping_mul(0x7feb_352d);
        h = (h ^ (h >> 15))
            .wrapping_add(self.high)
            .wrapping_mul(0x846c_a68b);
        h ^= h >> 16;
        if h >= self.threshold { scale } else { 0.0 }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014), a bijection of 64-bit words.
fn mix64(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_the_probability() {
        for p in [0.1, 0.5, 0.9] {
            let factors = Dropout::new(p, 3).factors(500, 400);
            let dropped = factors.iter().filter(|&&f| f == 0.0).count() as f64 / 2e5;
            assert!(
                (dropped - p).abs() < 4.0 * (p * (1.0 - p) / 2e5).sqrt(),
                "{p}: {dropped}"
            );
        }
    }

    #[test]
    fn neighbours_are_uncorrelated() {
        let (rows, columns) = (400, 300);
        let kept: Vec<f64> = Dropout::new(0.5, 11)
            .factors(rows, columns)
            .iter()
            .map(|&f| f64::from(f) - 1.0)
            .collect();
        for lag in [1, 2, columns, columns + 1, 16] {
            let n = kept.len() - lag;
            let r = (0..n).map(|i| kept[i] * kept[i + lag]).sum::<f64>() / n as f64;
            assert!(r.abs() < 4.5 / (n as f64).sqrt(), "lag {lag}: {r}");
        }
    }

    #[test]
    fn different_seeds_give_independent_masks() {
        let one = Dropout::new(0.5, 1);
        let (a, b) = (
            one.child(0).factors(300, 300),
            one.child(1).factors(300, 300),
        );
        let agree = a.iter().zip(&b).filter(|(x, y)| x == y).count() as f64 / 9e4;
        assert!((agree - 0.5).abs() < 0.01, "{agree}");
    }
}
