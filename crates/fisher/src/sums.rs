mod share;

pub use share::{MemberShare, Share, average};

use crate::accumulate::Accumulate;
use crate::rows::Rows;
use crate::{Counts, Error, Figure, Gradients, Group, Labels, Place, Sample};
use serde::{Deserialize, Serialize};

/// Sums of squared gradients by [`Place`], one pass over the examples, a few kB for any model.
///
/// For place `k` with parameters `I_k`, `q_k(e) = Σ_(i ∈ I_k) g_i(e)²` is the squared norm of
/// example `e`'s gradient there. Kept are `Σ_e q_k(e)` and `Σ_e q_k(e) q_l(e)`, from which the trace of
/// the Fisher information in any union of places, its share of the whole and the standard errors
/// of both follow. Merging the sums of two shards gives the sums of their union.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupSums {
    /// What one example is.
    pub sample: Sample,
    /// Whose labels.
    pub labels: Labels,
    /// How much was seen.
    pub counts: Counts,
    /// The places, ascending.
    pub places: Vec<Place>,
    /// Parameters at each place (the cross term shares those of the table and counts none).
    pub parameters: Vec<u64>,
    /// `Σ_e q_k(e)`.
    pub sums: Vec<f64>,
    /// `Σ_e q_k(e) q_l(e)` for `l ≤ k`, rows one after another.
    pub products: Vec<f64>,
    /// The rows of the word table, where its sides are apart.
    pub rows: Option<Rows>,
}

impl GroupSums {
    /// Nothing seen yet.
    pub fn new(sample: Sample, labels: Labels) -> Self {
        GroupSums {
            sample,
            labels,
            counts: Counts::default(),
            places: Vec::new(),
            parameters: Vec::new(),
            sums: Vec::new(),
            products: Vec::new(),
            rows: None,
        }
    }

    /// Trace of the Fisher information at all places: the mean of `‖g‖²` over examples.
    pub fn trace(&self) -> f64 {
        self.sums.iter().sum::<f64>() / self.counts.divisor(self.sample)
    }

    /// Shares of the whole under one figure, ascending by place, with standard errors over examples.
    ///
    /// # Errors
    /// [`Error::Empty`] before the first example.
    pub fn shares(&self, figure: Figure) -> Result<Vec<Share>, Error> {
        share::shares(self, figure)
    }

    /// Adds the squared norms of one example.
    pub(crate) fn push(&mut self, norms: &[(Place, u64, f64)]) -> Result<(), Error> {
        if self.places.is_empty() {
            self.places = norms.iter().map(|n| n.0).collect();
            self.parameters = norms.iter().map(|n| n.1).collect();
            self.sums = vec![0.0; norms.len()];
            self.products = vec![0.0; norms.len() * (norms.len() + 1) / 2];
        }
        if !self.places.iter().eq(norms.iter().map(|n| &n.0)) {
            return Err(mismatch("places", self.places.len(), norms.len()));
        }
        let mut product = self.products.iter_mut();
        for (k, (sum, (_, _, q))) in self.sums.iter_mut().zip(norms).enumerate() {
            *sum += q;
            for ((_, _, other), product) in norms[..=k].iter().zip(&mut product) {
                *product += q * other;
            }
        }
        Ok(())
    }
}

pub(crate) fn mismatch(what: &str, left: impl ToString, right: impl ToString) -> Error {
    Error::Mismatch {
        what: what.into(),
        left: left.to_string(),
        right: right.to_string(),
    }
}

impl Accumulate for GroupSums {
    fn example(&mut self, gradients: &Gradients) -> Result<(), Error> {
        let untied = gradients.parameters.iter().any(|g| is_decoder(&g.name));
        let mut norms: Vec<(Place, u64, f64)> = Vec::new();
        let mut add =
            |place: Place, count: u64, q: f64| match norms.iter_mut().find(|n| n.0 == place) {
                Some(found) => {
                    found.1 += count;
                    found.2 += q;
                }
                None => norms.push((place, count, q)),
            };
        for gradient in &gradients.parameters {
            let mut place = Place::of(&gradient.name)?;
            let count = gradient.values.len() as u64;
            if place.group == Group::WordTied && (untied || gradient.output_side.is_some()) {
                place.group = Group::WordInput;
            }
            add(place, count, squared_norm(&gradient.values));
            if let Some(output) = &gradient.output_side {
                add(
                    Place {
                        layer: None,
                        group: Group::WordOutput,
                    },
                    count,
                    squared_norm(output),
                );
                let cross = 2.0
                    * gradient
                        .values
                        .iter()
                        .zip(output)
                        .map(|(a, b)| a * b)
                        .sum::<f64>();
                add(
                    Place {
                        layer: None,
                        group: Group::WordCross,
                    },
                    0,
                    cross,
                );
                self.rows
                    .get_or_insert_with(|| Rows::new(gradient.shape[0]))
                    .add(gradient, output);
            }
        }
        norms.sort_by_key(|n| n.0);
        self.push(&norms)
    }

    fn count(&mut self, counts: &Counts) {
        self.counts.add(counts);
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        compatible((self.sample, self.labels), (other.sample, other.labels))?;
        self.counts.add(&other.counts);
        if other.places.is_empty() {
            return Ok(());
        }
        if self.places.is_empty() {
            *self = GroupSums {
                counts: self.counts,
                ..other.clone()
            };
            return Ok(());
        }
        if self.places != other.places || self.parameters != other.parameters {
            return Err(mismatch(
                "the list of places",
                self.places.len(),
                other.places.len(),
            ));
        }
        add_to(&mut self.sums, &other.sums);
        add_to(&mut self.products, &other.products);
        match (&mut self.rows, &other.rows) {
            (Some(mine), Some(theirs)) => mine.merge(theirs),
            (None, None) => Ok(()),
            (mine, theirs) => Err(mismatch("rows kept", mine.is_some(), theirs.is_some())),
        }
    }
}

fn is_decoder(name: &str) -> bool {
    Place::of(name).is_ok_and(|place| place.group == Group::Decoder)
}

fn squared_norm(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum()
}

pub(crate) fn add_to(mine: &mut [f64], theirs: &[f64]) {
    mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
}

/// Accumulators merge when they square the same thing; the numbers of the seeds may differ.
pub(crate) fn compatible(left: (Sample, Labels), right: (Sample, Labels)) -> Result<(), Error> {
    if left.0 != right.0 {
        return Err(mismatch("the sample", left.0, right.0));
    }
    if std::mem::discriminant(&left.1) != std::mem::discriminant(&right.1) {
        return Err(mismatch("the labels", left.1, right.1));
    }
    Ok(())
}
