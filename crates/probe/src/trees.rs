//! Gradient-boosted trees.

mod boost;
mod grow;
#[cfg(feature = "hessboost")]
mod histogram;
mod node;

use crate::error::{at_least, parameter, same_length};
use crate::probe::{Fitted, Probe};
use crate::{Error, Features, Labels};

pub use boost::BoostedTrees;
#[cfg(feature = "hessboost")]
pub use histogram::HistogramTrees;
pub use node::{Node, Tree};

/// How splits are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TreeEngine {
    /// Every split between two different values of a column is tried.
    #[default]
    Exact,
    /// Columns are cut into at most 256 bins first, by the crate `hessboost`: the same formulas,
    /// faster.
    #[cfg(feature = "hessboost")]
    Histogram,
}

/// How trees are boosted; names and defaults are XGBoost's but for depth, rate and rounds, which
/// are those of the protocol for frozen features (depth 3, rate 0.1, 1000 rounds).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TreesParams {
    /// Rounds; each adds one tree per class (one tree for two classes). By default 1000.
    pub rounds: usize,
    /// The most splits between the root and a leaf; by default 3.
    pub depth: usize,
    /// The learning rate η: what is added of each tree; by default 0.1.
    ///
    /// It is XGBoost's. With more than two classes XGBoost takes 2p(1 − p) for the second
    /// derivative of the softmax, so its steps are half of Newton's: its 0.1 is about the 0.05 of
    /// scikit-learn, which takes p(1 − p).
    pub rate: f64,
    /// λ: the penalty on the values of leaves; by default 1.
    pub lambda: f64,
    /// The smallest sum of second derivatives in a leaf; by default 1.
    pub min_child_weight: f64,
    /// How splits are searched; by default exactly.
    pub engine: TreeEngine,
}

impl Default for TreesParams {
    fn default() -> Self {
        Self {
            rounds: 1000,
            depth: 3,
            rate: 0.1,
            lambda: 1.0,
            min_child_weight: 1.0,
            engine: TreeEngine::Exact,
        }
    }
}

impl TreesParams {
    /// Sets the number of rounds.
    #[must_use]
    pub fn with_rounds(self, rounds: usize) -> Self {
        Self { rounds, ..self }
    }

    /// Sets the depth.
    #[must_use]
    pub fn with_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Sets the learning rate.
    #[must_use]
    pub fn with_rate(self, rate: f64) -> Self {
        Self { rate, ..self }
    }

    /// Sets the penalty on the values of leaves.
    #[must_use]
    pub fn with_lambda(self, lambda: f64) -> Self {
        Self { lambda, ..self }
    }

    /// Sets the smallest sum of second derivatives in a leaf.
    #[must_use]
    pub fn with_min_child_weight(self, min_child_weight: f64) -> Self {
        Self {
            min_child_weight,
            ..self
        }
    }

    /// Sets how splits are searched.
    #[must_use]
    pub fn with_engine(self, engine: TreeEngine) -> Self {
        Self { engine, ..self }
    }

    /// Fails where a parameter is outside its range or the data cannot be fitted.
    fn check(&self, features: &Features, labels: &Labels) -> Result<(), Error> {
        at_least("rounds of boosting", 1, self.rounds)?;
        let depth = self.depth as f64;
        parameter("depth", "1 to 16", depth, (1..=16).contains(&self.depth))?;
        let positive = "a finite number above 0";
        let holds = self.rate > 0.0 && self.rate.is_finite();
        parameter("rate", positive, self.rate, holds)?;
        let not_negative = "a finite number of at least 0";
        for (name, value) in [
            ("lambda", self.lambda),
            ("min_child_weight", self.min_child_weight),
        ] {
            parameter(name, not_negative, value, value >= 0.0 && value.is_finite())?;
        }
        let both = self.lambda + self.min_child_weight;
        parameter("lambda + min_child_weight", "more than 0", both, both > 0.0)?;
        same_length("labels", features.rows(), labels.rows())?;
        labels.expect_every_class()
    }
}

impl Probe for TreesParams {
    fn name(&self) -> String {
        let how = match self.engine {
            TreeEngine::Exact => "exact",
            #[cfg(feature = "hessboost")]
            TreeEngine::Histogram => "histogram",
        };
        format!(
            "boosted trees ({how}), depth {}, rate {}, {} rounds",
            self.depth, self.rate, self.rounds
        )
    }

    fn fit(&self, features: &Features, labels: &Labels) -> Result<Box<dyn Fitted>, Error> {
        match self.engine {
            TreeEngine::Exact => Ok(Box::new(BoostedTrees::fit(features, labels, self)?)),
            #[cfg(feature = "hessboost")]
            TreeEngine::Histogram => Ok(Box::new(HistogramTrees::fit(features, labels, self)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_out_of_range_are_named() {
        let features = Features::new(vec![0.0, 1.0], 1).unwrap();
        let labels = Labels::new(vec![0, 1], 2).unwrap();
        let params = TreesParams::default();
        for (bad, wanted) in [
            (params.with_depth(0), "depth"),
            (params.with_rate(f64::NAN), "rate"),
            (params.with_lambda(-1.0), "lambda"),
            (
                params.with_lambda(0.0).with_min_child_weight(0.0),
                "lambda + min_child_weight",
            ),
        ] {
            let error = bad.fit(&features, &labels).err().unwrap();
            assert!(matches!(error, Error::Parameter { name, .. } if name == wanted));
        }
    }
}
