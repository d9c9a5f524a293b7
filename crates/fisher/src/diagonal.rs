//! One number a parameter.

mod file;

use crate::accumulate::{Accumulate, Parts};
use crate::sums::{add_to, compatible, mismatch};
use crate::{Counts, Error, Gradients, LabelChoice, Sample};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The diagonal of the Fisher information, one number a parameter.
///
/// Holds `Σ_e g_i(e)²` in `f64`; [`Diagonal::mean`] divides by the number of examples. Merging the
/// diagonals of two shards gives the diagonal of their union.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagonal {
    /// What one example is.
    pub sample: Sample,
    /// Whose labels.
    pub labels: LabelChoice,
    /// How much was seen.
    pub counts: Counts,
    /// Sums of squares by parameter name.
    pub parameters: BTreeMap<String, Squares>,
}

/// Sums of squared gradients of one parameter; those that are read hold as many as their shape
/// says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Squares {
    /// Shape of the parameter.
    pub shape: Vec<usize>,
    /// `Σ_e g_i(e)²`, row-major.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub sums: Vec<f64>,
}

/// What was read of [`Squares`], unchecked.
#[derive(Deserialize)]
struct Stored {
    shape: Vec<usize>,
    #[serde(with = "dissensus_kernels::non_finite")]
    sums: Vec<f64>,
}

impl TryFrom<Stored> for Squares {
    type Error = Error;

    fn try_from(Stored { shape, sums }: Stored) -> Result<Self, Error> {
        let expected = shape
            .iter()
            .try_fold(1_usize, |n, &side| n.checked_mul(side));
        if expected != Some(sums.len()) {
            return Err(mismatch(
                "sums of a parameter",
                format!("{shape:?}"),
                sums.len(),
            ));
        }
        Ok(Self { shape, sums })
    }
}

impl Diagonal {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(sample: Sample, labels: LabelChoice) -> Self {
        Diagonal {
            sample,
            labels,
            counts: Counts::default(),
            parameters: BTreeMap::new(),
        }
    }

    /// The diagonal at one parameter, row-major: the sums divided by the number of examples
    /// (of masked tokens for [`Sample::Batch`]).
    ///
    /// # Errors
    /// [`Error::MissingParameter`] for a name that was never seen.
    pub fn mean(&self, name: &str) -> Result<Vec<f64>, Error> {
        let squares = self
            .parameters
            .get(name)
            .ok_or_else(|| Error::MissingParameter { name: name.into() })?;
        let divisor = self.counts.divisor(self.sample);
        Ok(squares.sums.iter().map(|s| s / divisor).collect())
    }

    /// Trace of the Fisher information: the sum of its diagonal.
    #[must_use]
    pub fn trace(&self) -> f64 {
        let sum: f64 = self.parameters.values().flat_map(|p| &p.sums).sum();
        sum / self.counts.divisor(self.sample)
    }

    /// Takes what was seen out, for somebody who adds to it and puts it back.
    pub(crate) fn lend(&mut self) -> Self {
        let empty = Diagonal::new(self.sample, self.labels);
        std::mem::replace(self, empty)
    }

    /// The sums of one parameter, made at zero when they are not there.
    pub(crate) fn entry(&mut self, name: &str, shape: &[usize]) -> Result<&mut Squares, Error> {
        if !self.parameters.contains_key(name) {
            let squares = Squares {
                shape: shape.into(),
                sums: vec![0.0; shape.iter().product()],
            };
            self.parameters.insert(name.into(), squares);
        }
        match self.parameters.get_mut(name) {
            Some(squares) if squares.shape == shape => Ok(squares),
            Some(squares) => Err(Error::Shape {
                name: name.into(),
                found: shape.into(),
                expected: squares.shape.clone(),
            }),
            None => Err(Error::MissingParameter { name: name.into() }),
        }
    }
}

impl Diagonal {
    /// Fails unless an example's parameters are those of earlier examples.
    pub(crate) fn check(&self, gradients: &Gradients) -> Result<(), Error> {
        for gradient in &gradients.parameters {
            gradient.check()?;
        }
        let parameters = gradients.parameters.iter();
        self.check_parameters(parameters.map(|g| (g.name.as_str(), g.shape.as_slice())))
    }

    /// Fails unless another diagonal can be added.
    pub(crate) fn check_merge(&self, other: &Self) -> Result<(), Error> {
        compatible((self.sample, self.labels), (other.sample, other.labels))?;
        let parameters = other.parameters.iter();
        if other.parameters.is_empty() {
            Ok(())
        } else {
            self.check_parameters(
                parameters.map(|(name, squares)| (name.as_str(), squares.shape.as_slice())),
            )
        }
    }

    fn check_parameters<'a>(
        &self,
        others: impl ExactSizeIterator<Item = (&'a str, &'a [usize])>,
    ) -> Result<(), Error> {
        if self.parameters.is_empty() {
            return Ok(());
        }
        if others.len() != self.parameters.len() {
            let (mine, theirs) = (self.parameters.len(), others.len());
            return Err(mismatch("the number of parameters", mine, theirs));
        }
        for (name, shape) in others {
            let Some(squares) = self.parameters.get(name) else {
                return Err(Error::MissingParameter { name: name.into() });
            };
            if squares.shape != shape {
                return Err(Error::Shape {
                    name: name.into(),
                    found: shape.into(),
                    expected: squares.shape.clone(),
                });
            }
        }
        Ok(())
    }
}

impl Accumulate for Diagonal {
    fn example(&mut self, gradients: &Gradients) -> Result<(), Error> {
        self.check(gradients)?;
        for gradient in &gradients.parameters {
            let squares = self.entry(&gradient.name, &gradient.shape)?;
            let sums = squares.sums.iter_mut().zip(&gradient.values);
            match &gradient.output_side {
                None => sums.for_each(|(sum, g)| *sum += g * g),
                Some(output) => sums
                    .zip(output)
                    .for_each(|((sum, a), b)| *sum += (a + b) * (a + b)),
            }
        }
        Ok(())
    }

    fn count(&mut self, counts: &Counts) {
        self.counts.add(counts);
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.check_merge(other)?;
        for (name, squares) in &other.parameters {
            add_to(&mut self.entry(name, &squares.shape)?.sums, &squares.sums);
        }
        self.counts.add(&other.counts);
        Ok(())
    }

    fn parts(&mut self) -> Parts<'_> {
        Parts {
            diagonal: Some(self),
            ..Parts::default()
        }
    }
}
