//! Random twins: a published architecture with the weights that it would begin its training with.

use dissensus_lm::{ParameterSource, Start};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use crate::{Error, Family};

/// How one parameter of a random twin is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Draw {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// Independent, normal around 0.
    Normal {
        /// Standard deviation.
        deviation: f64,
    },
    /// As [`Draw::Normal`], with one row of 0.
    NormalWithZeroRow {
        /// Standard deviation of the other rows.
        deviation: f64,
        /// The row.
        row: u32,
    },
    /// All alike.
    Constant(f64),
    /// Independent, uniform between `±bound`.
    Uniform {
        /// The largest.
        bound: f64,
    },
    /// `ln 1, ln 2, …` along every row.
    LogOfCount,
    /// What softplus makes a log-uniform number between `low` and `high`, none below `floor`:
    /// independent.
    InverseSoftplus {
        /// The smallest.
        low: f64,
        /// The largest.
        high: f64,
        /// What smaller ones are raised to.
        floor: f64,
    },
}

impl Draw {
    /// A table around 0, whose row of padding is 0 where there is one.
    pub(crate) fn table(deviation: f64, padding: Option<u32>) -> Self {
        match padding {
            Some(row) => Self::NormalWithZeroRow { deviation, row },
            None => Self::Normal { deviation },
        }
    }

    fn values(self, shape: &[usize], rng: ChaCha8Rng) -> Vec<f32> {
        let count = shape.iter().product();
        match self {
            Self::Zeros => vec![0.0; count],
            Self::Ones => vec![1.0; count],
            Self::Normal { deviation } => normal(deviation, count, rng),
            Self::Constant(value) => vec![value as f32; count],
            Self::Uniform { bound } => uniform(count, rng, |x| (2.0 * x - 1.0) * bound),
            Self::LogOfCount => {
                let width = shape.last().copied().unwrap_or(1).max(1);
                (0..count)
                    .map(|at| ((at % width + 1) as f32).ln())
                    .collect()
            }
            Self::InverseSoftplus { low, high, floor } => uniform(count, rng, |x| {
                let step = (low.ln() + x * (high.ln() - low.ln())).exp().max(floor);
                step + (-(-step).exp_m1()).ln()
            }),
            Self::NormalWithZeroRow { deviation, row } => {
                let mut values = normal(deviation, count, rng);
                let width = shape.last().copied().unwrap_or(1);
                let zeros = values.chunks_mut(width.max(1)).nth(row as usize);
                zeros.into_iter().for_each(|row| row.fill(0.0));
                values
            }
        }
    }
}

/// `f` of numbers uniform between 0 and 1.
fn uniform(count: usize, mut rng: ChaCha8Rng, f: impl Fn(f64) -> f64) -> Vec<f32> {
    let numbers = (0..count).map(|_| f(rng.random::<f64>()) as f32);
    numbers.collect()
}

fn normal(deviation: f64, count: usize, mut rng: ChaCha8Rng) -> Vec<f32> {
    match Normal::new(0.0f32, deviation as f32) {
        Ok(normal) => normal.sample_iter(&mut rng).take(count).collect(),
        Err(_) => vec![f32::NAN; count], // a checked configuration has a finite deviation
    }
}

/// Which parameters are drawn how: those whose name ends so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DrawRule {
    /// The end of the name.
    pub ending: &'static str,
    /// How.
    pub draw: Draw,
}

impl DrawRule {
    /// Parameters whose name ends so are drawn like this.
    #[must_use]
    pub fn new(ending: &'static str, draw: Draw) -> Self {
        Self { ending, draw }
    }

    /// The draw of a parameter: that of the first rule that fits its name.
    ///
    /// ```
    /// use dissensus_zoo::{Draw, DrawRule};
    /// let rules =
    ///     [DrawRule::new("norm.weight", Draw::Ones), DrawRule::new(".weight", Draw::Zeros)];
    /// assert_eq!(DrawRule::find(&rules, "layer.0.norm.weight"), Some(Draw::Ones));
    /// assert_eq!(DrawRule::find(&rules, "layer.0.norm.bias"), None);
    /// ```
    #[must_use]
    pub fn find(rules: &[Self], parameter: &str) -> Option<Draw> {
        let found = rules.iter().find(|rule| parameter.ends_with(rule.ending));
        found.map(|rule| rule.draw)
    }
}

/// The weights of a random twin. Every parameter draws from a stream of its own name: it has the
/// same values whatever parameters the model has beside it.
#[derive(Debug, Clone)]
pub struct TwinWeights {
    family: Family,
    rules: Vec<DrawRule>,
    seed: u64,
}

impl TwinWeights {
    /// The draws of a family with a seed.
    #[must_use]
    pub fn new(family: Family, rules: Vec<DrawRule>, seed: u64) -> Self {
        Self {
            family,
            rules,
            seed,
        }
    }
}

impl ParameterSource for TwinWeights {
    fn values(
        &mut self,
        name: &str,
        shape: &[usize],
        _start: Start,
    ) -> Result<Vec<f32>, dissensus_lm::Error> {
        let Some(draw) = DrawRule::find(&self.rules, name) else {
            return Err(dissensus_lm::Error::architecture(Error::NoDraw {
                family: self.family.name(),
                parameter: name.to_string(),
            }));
        };
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(stream_of(name));
        Ok(draw.values(shape, rng))
    }
}

/// The 64-bit FNV-1a hash of a name.
fn stream_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_streams_of_their_own() {
        assert_eq!(stream_of(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(stream_of("a"), 0xaf63_dc4c_8601_ec8c); // the published test vector
        let rules = vec![DrawRule::new("", Draw::Normal { deviation: 1.0 })];
        let mut twin = TwinWeights::new(Family::Esm, rules, 7);
        let mut draw = |name| twin.values(name, &[4], Start::Zeros).unwrap();
        let (a, b, again) = (draw("a"), draw("b"), draw("a"));
        assert_eq!(a, again);
        assert_ne!(a, b);
    }

    #[test]
    fn a_row_of_zeros_is_one_row() {
        let draw = Draw::NormalWithZeroRow {
            deviation: 1.0,
            row: 1,
        };
        let values = draw.values(&[3, 2], ChaCha8Rng::seed_from_u64(1));
        assert!(
            values[2..4] == [0.0, 0.0] && values[..2].iter().chain(&values[4..]).all(|v| *v != 0.0)
        );
    }

    #[test]
    fn a_parameter_without_a_rule_is_named() {
        let mut twin = TwinWeights::new(Family::Gena, vec![], 7);
        let error = twin.values("odd.weight", &[1], Start::Zeros).unwrap_err();
        assert!(error.to_string().contains("`odd.weight`"), "{error}");
    }
}
