//! Sums of squared gradients by what parameters do.

mod share;

pub use share::{GroupShare, MemberShare, average};

use crate::accumulate::{Accumulate, Parts};
use crate::rows::TableRows;
use crate::{Counts, Error, Gradient, Gradients, LabelChoice, RoleGrouping, Sample};
use dissensus_lm::{ParameterKind as Kind, ParameterRole};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sums of squared gradients by [`ParameterRole`], one pass over the examples, a few kB for any
/// model.
///
/// For role `k` with parameters `I_k`, `q_k(e) = Σ_(i ∈ I_k) g_i(e)²` is the squared norm of
/// example `e`'s gradient there. Kept are `Σ_e q_k(e)` and `Σ_e q_k(e) q_l(e)`, from which the
/// trace of the Fisher information in any union of roles, its share of the whole and the standard
/// errors of both follow. Merging the sums of two shards gives the sums of their union.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct GroupSums {
    /// What one example is.
    pub sample: Sample,
    /// Whose labels.
    pub labels: LabelChoice,
    /// How much was seen.
    pub counts: Counts,
    /// The roles, ascending.
    pub roles: Vec<ParameterRole>,
    /// Parameters of each role (the cross term shares those of the table and counts none).
    pub parameters: Vec<u64>,
    /// `Σ_e q_k(e)`.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub sums: Vec<f64>,
    /// `Σ_e q_k(e) q_l(e)` for `l ≤ k`, rows one after another.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub products: Vec<f64>,
    /// The rows of the word table, where its sides are apart.
    pub rows: Option<TableRows>,
}

/// The squared norm of one example's gradient over the parameters of a role.
#[derive(Debug, Clone)]
pub(crate) struct RoleNorm {
    pub role: ParameterRole,
    pub parameters: u64,
    pub squared: f64,
}

/// What was read of [`GroupSums`], unchecked.
#[derive(Deserialize)]
struct Stored {
    sample: Sample,
    labels: LabelChoice,
    counts: Counts,
    roles: Vec<ParameterRole>,
    parameters: Vec<u64>,
    #[serde(with = "dissensus_kernels::non_finite")]
    sums: Vec<f64>,
    #[serde(with = "dissensus_kernels::non_finite")]
    products: Vec<f64>,
    rows: Option<TableRows>,
}

impl TryFrom<Stored> for GroupSums {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        let roles = stored.roles.len();
        let lengths = [
            ("numbers of parameters", stored.parameters.len(), roles),
            ("sums", stored.sums.len(), roles),
            ("products", stored.products.len(), pairs(roles)),
        ];
        if let Some((what, found, expected)) = lengths.into_iter().find(|l| l.1 != l.2) {
            return Err(mismatch(what, expected, found));
        }
        let Stored {
            sample,
            labels,
            counts,
            roles,
            parameters,
            sums,
            products,
            rows,
        } = stored;
        Ok(GroupSums {
            sample,
            labels,
            counts,
            roles,
            parameters,
            sums,
            products,
            rows,
        })
    }
}

impl GroupSums {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(sample: Sample, labels: LabelChoice) -> Self {
        GroupSums {
            sample,
            labels,
            counts: Counts::default(),
            roles: Vec::new(),
            parameters: Vec::new(),
            sums: Vec::new(),
            products: Vec::new(),
            rows: None,
        }
    }

    /// Trace of the Fisher information of all parameters: the mean of `‖g‖²` over examples; NaN
    /// before the first, infinite where examples were not counted.
    #[must_use]
    pub fn trace(&self) -> f64 {
        self.sums.iter().sum::<f64>() / self.counts.divisor(self.sample)
    }

    /// Shares of the whole under one figure, ascending by role, with standard errors over examples.
    ///
    /// # Errors
    /// [`Error::Empty`] before the first example, [`Error::ZeroGradient`] when the gradient of
    /// every example is zero.
    pub fn shares(&self, figure: RoleGrouping) -> Result<Vec<GroupShare>, Error> {
        share::shares(self, figure)
    }

    /// The squared norms of a gradient, ascending by role; nothing is added.
    pub(crate) fn norms(&self, gradients: &Gradients) -> Result<Vec<RoleNorm>, Error> {
        for gradient in &gradients.parameters {
            gradient.check()?;
            let rows = self
                .rows
                .as_ref()
                .filter(|_| gradient.output_side.is_some());
            if let Some(rows) = rows.filter(|rows| rows.input.len() != gradient.shape[0]) {
                let (mine, theirs) = (rows.input.len(), gradient.shape[0]);
                return Err(mismatch("rows of the word table", mine, theirs));
            }
        }
        let mut norms: BTreeMap<ParameterRole, RoleNorm> = BTreeMap::new();
        for norm in gradients.parameters.iter().flat_map(sides) {
            let role = norm.role.clone();
            let sum = norms.entry(role.clone()).or_insert(RoleNorm {
                role,
                parameters: 0,
                squared: 0.0,
            });
            sum.parameters += norm.parameters;
            sum.squared += norm.squared;
        }
        Ok(norms.into_values().collect())
    }

    /// Adds the rows of a table whose sides are apart.
    pub(crate) fn add_rows(&mut self, gradients: &Gradients) {
        for gradient in &gradients.parameters {
            if let Some(output) = &gradient.output_side {
                let rows = self
                    .rows
                    .get_or_insert_with(|| TableRows::new(gradient.shape[0]));
                rows.add(gradient, output);
            }
        }
    }

    /// Adds the squared norms of one example, ascending by role.
    pub(crate) fn push(&mut self, norms: &[RoleNorm]) -> Result<(), Error> {
        if self.roles.is_empty() {
            self.roles = norms.iter().map(|n| n.role.clone()).collect();
            self.parameters = norms.iter().map(|n| n.parameters).collect();
            self.sums = vec![0.0; norms.len()];
            self.products = vec![0.0; pairs(norms.len())];
        }
        if !self.roles.iter().eq(norms.iter().map(|n| &n.role)) {
            return Err(mismatch("roles", self.roles.len(), norms.len()));
        }
        let counts = self.parameters.iter().zip(norms);
        for (&mine, norm) in counts {
            if mine != norm.parameters {
                return Err(mismatch("parameters of a role", mine, norm.parameters));
            }
        }
        let mut product = self.products.iter_mut();
        for (k, (sum, norm)) in self.sums.iter_mut().zip(norms).enumerate() {
            *sum += norm.squared;
            for (other, product) in norms[..=k].iter().zip(&mut product) {
                *product += norm.squared * other.squared;
            }
        }
        Ok(())
    }

    /// Fails unless other sums can be added.
    fn check_merge(&self, other: &Self) -> Result<(), Error> {
        compatible((self.sample, self.labels), (other.sample, other.labels))?;
        if self.roles.is_empty() || other.roles.is_empty() {
            return Ok(());
        }
        if self.roles != other.roles || self.parameters != other.parameters {
            let (mine, theirs) = (self.roles.len(), other.roles.len());
            return Err(mismatch("the list of roles", mine, theirs));
        }
        match (&self.rows, &other.rows) {
            (Some(mine), Some(theirs)) => mine.check_merge(theirs),
            (None, None) => Ok(()),
            (mine, theirs) => Err(mismatch("rows kept", mine.is_some(), theirs.is_some())),
        }
    }
}

/// Pairs of `count` things, each with itself too.
fn pairs(count: usize) -> usize {
    count * (count + 1) / 2
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
        let norms = self.norms(gradients)?;
        self.push(&norms)?;
        self.add_rows(gradients);
        Ok(())
    }

    fn count(&mut self, counts: &Counts) {
        self.counts.add(counts);
    }

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.check_merge(other)?;
        self.counts.add(&other.counts);
        if other.roles.is_empty() {
            return Ok(());
        }
        if self.roles.is_empty() {
            *self = GroupSums {
                counts: self.counts,
                ..other.clone()
            };
            return Ok(());
        }
        add_to(&mut self.sums, &other.sums);
        add_to(&mut self.products, &other.products);
        if let (Some(mine), Some(theirs)) = (&mut self.rows, &other.rows) {
            mine.merge(theirs);
        }
        Ok(())
    }

    fn parts(&mut self) -> Parts<'_> {
        Parts {
            sums: Some(self),
            ..Parts::default()
        }
    }
}

/// The squared norm of a parameter's gradient; of a tied table whose sides are apart, those of both
/// and twice their product.
fn sides(gradient: &Gradient) -> Vec<RoleNorm> {
    let count = gradient.values.len() as u64;
    let norm = |role, parameters, squared| RoleNorm {
        role,
        parameters,
        squared,
    };
    let squared = squared_norm(&gradient.values);
    let Some(output) = &gradient.output_side else {
        return vec![norm(gradient.role.clone(), count, squared)];
    };
    let products = gradient.values.iter().zip(output).map(|(a, b)| a * b);
    let cross = 2.0 * products.sum::<f64>();
    vec![
        norm(input_side(gradient.role.clone()), count, squared),
        norm(
            ParameterRole::embeddings(Kind::WordOutput),
            count,
            squared_norm(output),
        ),
        norm(ParameterRole::embeddings(Kind::WordCross), 0, cross),
    ]
}

/// The role of a tied table's input side, where its sides are apart.
pub(crate) fn input_side(role: ParameterRole) -> ParameterRole {
    match role.kind {
        Kind::WordTied => ParameterRole {
            kind: Kind::WordInput,
            ..role
        },
        _ => role,
    }
}

fn squared_norm(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum()
}

pub(crate) fn add_to(mine: &mut [f64], theirs: &[f64]) {
    mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
}

/// Accumulators merge when they square the same thing; the numbers of the seeds may differ.
pub(crate) fn compatible(
    left: (Sample, LabelChoice),
    right: (Sample, LabelChoice),
) -> Result<(), Error> {
    if left.0 != right.0 {
        return Err(mismatch("the sample", left.0, right.0));
    }
    if std::mem::discriminant(&left.1) != std::mem::discriminant(&right.1) {
        return Err(mismatch("the labels", left.1, right.1));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradients(names: &[&str], value: f64) -> Gradients {
        let of = |name: &&str| Gradient {
            name: (*name).into(),
            role: ParameterRole::of_path(name),
            shape: vec![2],
            values: vec![value, 1.0],
            output_side: None,
        };
        Gradients {
            parameters: names.iter().map(of).collect(),
        }
    }

    fn seen(names: &[&str], value: f64) -> GroupSums {
        let mut sums = GroupSums::new(Sample::Sequence, LabelChoice::Observed);
        sums.example(&gradients(names, value)).unwrap();
        sums.count(&Counts {
            examples: 1,
            units: 1,
            sequences: 1,
            tokens: 1,
            skipped: 0,
        });
        sums
    }

    #[test]
    fn a_merge_that_is_refused_changes_nothing_and_an_empty_one_is_neutral() {
        let mut sums = seen(&["layer.0.a.w", "layer.0.b.w"], 2.0);
        let before = sums.clone();
        let error = sums.merge(&seen(&["layer.0.a.w"], 2.0)).unwrap_err();
        assert!(matches!(error, Error::Mismatch { .. }), "{error}");
        assert_eq!(sums, before);
        sums.merge(&GroupSums::new(Sample::Sequence, LabelChoice::Observed))
            .unwrap();
        assert_eq!(sums, before);
    }

    #[test]
    fn an_example_of_another_model_changes_nothing() {
        let mut sums = seen(&["layer.0.a.w"], 2.0);
        let before = sums.clone();
        assert!(sums.example(&gradients(&["layer.1.a.w"], 1.0)).is_err());
        let mut short = gradients(&["layer.0.a.w"], 1.0);
        short.parameters[0].values.pop();
        let error = sums.example(&short).unwrap_err();
        assert!(matches!(error, Error::Shape { .. }), "{error}");
        assert_eq!(sums, before);
    }

    #[test]
    fn sums_that_do_not_fit_their_roles_are_not_read() {
        let sums = seen(&["layer.0.a.w", "head.w"], 2.0);
        let json = serde_json::to_value(&sums).unwrap();
        assert_eq!(
            serde_json::from_value::<GroupSums>(json.clone()).unwrap(),
            sums
        );
        let mut short = json;
        short["products"] = serde_json::json!([1.0]);
        let error = serde_json::from_value::<GroupSums>(short).unwrap_err();
        assert!(error.to_string().contains("products"), "{error}");
    }

    #[test]
    fn a_gradient_of_zero_has_no_shares() {
        let mut sums = GroupSums::new(Sample::Sequence, LabelChoice::Observed);
        let mut zero = gradients(&["layer.0.a.w"], 0.0);
        zero.parameters[0].values = vec![0.0, 0.0];
        sums.example(&zero).unwrap();
        sums.count(&seen(&["layer.0.a.w"], 1.0).counts);
        let error = sums.shares(RoleGrouping::Three).unwrap_err();
        assert!(matches!(error, Error::ZeroGradient), "{error}");
    }
}
