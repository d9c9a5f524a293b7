//! Checked distributions.

use crate::Error;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// The numbers a [`Distribution`] may borrow: `f32` or `f64`.
pub trait Real: sealed::Sealed + Copy + Into<f64> + std::fmt::Debug {
    /// The largest difference of a sum of probabilities from 1 that is taken for rounding.
    const TOLERANCE: f64;
}

impl Real for f32 {
    const TOLERANCE: f64 = 1e-4;
}

impl Real for f64 {
    const TOLERANCE: f64 = 1e-9;
}

/// Probabilities that are known to be finite, at least 0, and to sum to 1.
///
/// It borrows the slice it is made of, or owns what was computed. All measures are computed in
/// `f64`.
///
/// ```
/// use dissensus_divergence::{Distribution, entropy_bits};
///
/// let p = Distribution::new(&[0.5, 0.25, 0.25])?;
/// assert_eq!(entropy_bits(&p), 1.5);
///
/// let wrong = Distribution::new(&[0.5, -0.25, 0.75]).unwrap_err();
/// assert_eq!(
///     wrong.to_string(),
///     "probability 1: expected a finite number of at least 0, found -0.25"
/// );
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution<'a, T: Real = f64> {
    values: Values<'a, T>,
}

#[derive(Debug, Clone, PartialEq)]
enum Values<'a, T> {
    Borrowed(&'a [T]),
    Owned(Vec<T>),
}

impl<'a, T: Real> Distribution<'a, T> {
    /// Checks probabilities and borrows them.
    ///
    /// # Errors
    /// An empty slice, a value that is negative or not finite, a sum that differs from 1 by more
    /// than [`Real::TOLERANCE`].
    pub fn new(probabilities: &'a [T]) -> Result<Self, Error> {
        if probabilities.is_empty() {
            return Err(Error::Empty);
        }
        let mut sum = 0.0;
        for (index, &p) in probabilities.iter().enumerate() {
            let value: f64 = p.into();
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::Probability { index, value });
            }
            sum += value;
        }
        if (sum - 1.0).abs() > T::TOLERANCE {
            return Err(Error::Sum {
                sum,
                tolerance: T::TOLERANCE,
            });
        }
        Ok(Self {
            values: Values::Borrowed(probabilities),
        })
    }

    /// The probabilities.
    #[must_use]
    pub fn probabilities(&self) -> &[T] {
        match &self.values {
            Values::Borrowed(slice) => slice,
            Values::Owned(vec) => vec,
        }
    }

    /// How many tokens it covers.
    #[expect(clippy::len_without_is_empty, reason = "no distribution is empty")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.probabilities().len()
    }

    /// The most probable token, of equals the first.
    ///
    /// ```
    /// use dissensus_divergence::Distribution;
    /// assert_eq!(Distribution::new(&[0.2, 0.4, 0.4])?.argmax(), 1);
    /// # Ok::<(), dissensus_divergence::Error>(())
    /// ```
    #[must_use]
    pub fn argmax(&self) -> usize {
        let mut best = (0, f64::NEG_INFINITY);
        for (token, p) in self.iter().enumerate() {
            if p > best.1 {
                best = (token, p);
            }
        }
        best.0
    }

    /// The probabilities in `f64`.
    pub(crate) fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        self.probabilities().iter().map(|&p| p.into())
    }
}

impl Distribution<'static> {
    /// The softmax of logits: exp(xᵢ)/Σ exp(xⱼ). Minus infinity is a token that is impossible.
    ///
    /// # Errors
    /// An empty slice, NaN, plus infinity, nothing but minus infinity.
    ///
    /// ```
    /// use dissensus_divergence::Distribution;
    ///
    /// let p = Distribution::from_logits(&[1.0_f32, 1.0, f32::NEG_INFINITY])?;
    /// assert_eq!(p.probabilities(), [0.5, 0.5, 0.0]);
    /// # Ok::<(), dissensus_divergence::Error>(())
    /// ```
    pub fn from_logits<T: Real>(logits: &[T]) -> Result<Self, Error> {
        if logits.is_empty() {
            return Err(Error::Empty);
        }
        let mut largest = f64::NEG_INFINITY;
        for (index, &logit) in logits.iter().enumerate() {
            let value: f64 = logit.into();
            if value.is_nan() || value == f64::INFINITY {
                return Err(Error::Logit { index, value });
            }
            largest = largest.max(value);
        }
        if largest == f64::NEG_INFINITY {
            return Err(Error::NothingPossible {
                length: logits.len(),
            });
        }
        Ok(Self::normalised(
            logits
                .iter()
                .map(|&logit| (logit.into() - largest).exp())
                .collect(),
        ))
    }

    /// Counts with additive smoothing: (cᵢ + a)/Σ (cⱼ + a). a = 0 gives frequencies, 1 Laplace's
    /// rule, ½ that of Krichevsky and Trofimov.
    ///
    /// # Errors
    /// An empty slice, a smoothing that is negative or not finite, all counts and the smoothing
    /// zero.
    ///
    /// ```
    /// use dissensus_divergence::Distribution;
    ///
    /// let p = Distribution::from_counts(&[3, 0, 1], 1.0)?;
    /// assert_eq!(p.probabilities(), [4.0 / 7.0, 1.0 / 7.0, 2.0 / 7.0]);
    /// # Ok::<(), dissensus_divergence::Error>(())
    /// ```
    pub fn from_counts(counts: &[u64], smoothing: f64) -> Result<Self, Error> {
        if !(smoothing.is_finite() && smoothing >= 0.0) {
            let expected = "a finite number of at least 0";
            return Err(Error::Parameter {
                name: "smoothing",
                expected,
                value: smoothing,
            });
        }
        Self::from_weights(
            &counts
                .iter()
                .map(|&count| count as f64 + smoothing)
                .collect::<Vec<_>>(),
        )
    }

    /// Weights ≥ 0 divided by their sum.
    ///
    /// # Errors
    /// An empty slice, a weight that is negative or not finite, nothing but zeros.
    pub fn from_weights<T: Real>(weights: &[T]) -> Result<Self, Error> {
        if weights.is_empty() {
            return Err(Error::Empty);
        }
        let weights: Vec<f64> = weights.iter().map(|&weight| weight.into()).collect();
        if let Some(index) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
            return Err(Error::Probability {
                index,
                value: weights[index],
            });
        }
        // The largest is divided out first: the sum then neither overflows nor vanishes.
        let largest = weights.iter().fold(0.0, |m: f64, &w| m.max(w));
        if largest == 0.0 {
            return Err(Error::NothingPossible {
                length: weights.len(),
            });
        }
        Ok(Self::normalised(
            weights.into_iter().map(|w| w / largest).collect(),
        ))
    }

    /// Every token equally probable.
    ///
    /// # Errors
    /// No tokens.
    pub fn uniform(tokens: usize) -> Result<Self, Error> {
        Self::from_weights(&vec![1.0; tokens])
    }

    /// Divides weights by their sum, which is at least that of one weight of 1.
    pub(crate) fn normalised(mut weights: Vec<f64>) -> Self {
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= sum);
        Self::owned(weights)
    }

    /// Values that are known to be a distribution.
    pub(crate) fn owned(weights: Vec<f64>) -> Self {
        Self {
            values: Values::Owned(weights),
        }
    }
}
