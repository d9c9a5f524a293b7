//! Fewer columns, so that models of different width compare at one.

use nalgebra::DMatrix;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::error::parameter;
use crate::product::{eigen, gram, means, row_gram, times};
use crate::{Error, Features};

/// How many columns a probe sees, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Reduction {
    /// All columns as they are.
    #[default]
    Full,
    /// The first principal components of the training rows.
    Pca {
        /// How many.
        dimension: usize,
    },
    /// Random directions, the same for every fold and model of one width.
    Random {
        /// How many.
        dimension: usize,
        /// The seed they are drawn from.
        seed: u64,
    },
}

impl Reduction {
    /// Learns the map from training rows; random directions need only their number of columns.
    ///
    /// # Errors
    /// A dimension of 0 or above the number of columns; for components, above the number of rows
    /// less one as well.
    pub fn fit(self, training: &Features) -> Result<Projection, Error> {
        let columns = training.columns();
        match self {
            Self::Full => Ok(Projection {
                centre: vec![0.0; columns],
                map: None,
                explained: None,
            }),
            Self::Pca { dimension } => pca(training, dimension),
            Self::Random { dimension, seed } => random(columns, dimension, seed),
        }
    }
}

/// A linear map of features to fewer columns: z = (x − centre) · map.
///
/// ```
/// use dissensus_probe::{Features, Reduction};
///
/// // All points lie on one line, so one component keeps every distance.
/// let features = Features::new(vec![0.0, 0.0, 3.0, 4.0, 6.0, 8.0], 2)?;
/// let projection = Reduction::Pca { dimension: 1 }.fit(&features)?;
/// let reduced = projection.apply(&features)?;
/// assert!((reduced.row(2)[0] - reduced.row(0)[0] - 10.0).abs() < 1e-9);
/// assert!((projection.explained.unwrap_or(0.0) - 1.0).abs() < 1e-12);
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// What is subtracted first; zero but for principal components.
    pub centre: Vec<f64>,
    /// Columns × dimension; none where all columns are kept.
    pub map: Option<DMatrix<f64>>,
    /// Fraction of the variance of the training rows that is kept, for principal components.
    pub explained: Option<f64>,
}

impl Projection {
    /// The reduced rows.
    ///
    /// # Errors
    /// Another number of columns than was fitted.
    pub fn apply(&self, features: &Features) -> Result<Features, Error> {
        features.expect_columns(self.centre.len())?;
        let Some(map) = &self.map else {
            return Ok(features.clone());
        };
        let k = map.ncols();
        let offset = DMatrix::from_row_slice(1, self.centre.len(), &self.centre) * map;
        let mut values = times(features, map.transpose().as_slice(), k);
        for row in values.chunks_exact_mut(k) {
            row.iter_mut().zip(&offset).for_each(|(v, o)| *v -= o);
        }
        Features::new(values, k)
    }
}

/// Principal components: eigenvectors of the covariance, by the smaller of the two Gram matrices.
///
/// Each component's largest entry by size is positive, so the signs do not depend on the solver.
fn pca(training: &Features, dimension: usize) -> Result<Projection, Error> {
    let (rows, columns) = (training.rows(), training.columns());
    let most = columns.min(rows - 1);
    let expected = "a dimension from 1 to the number of columns, and of rows less one";
    let fits = (1..=most).contains(&dimension);
    parameter("dimension", expected, dimension as f64, fits)?;
    let centre = means(training);
    let by_rows = rows < columns;
    let products = if by_rows {
        row_gram(training, &centre)
    } else {
        gram(training, &centre, None)
    };
    let total = products.trace();
    let found = eigen(&products)?;
    let mut map = if by_rows {
        let centred = DMatrix::from_fn(columns, rows, |j, i| training.row(i)[j] - centre[j]);
        centred * found.vectors.columns(0, dimension)
    } else {
        found.vectors.columns(0, dimension).into_owned()
    };
    for mut component in map.column_iter_mut() {
        let norm = component.norm();
        let largest = component[component.icamax()];
        component /= if norm > 0.0 {
            norm.copysign(largest)
        } else {
            1.0
        };
    }
    let kept: f64 = found.values[..dimension].iter().sum();
    Ok(Projection {
        centre,
        map: Some(map),
        explained: (total > 0.0).then_some(kept / total),
    })
}

/// Independent Gaussian directions of variance 1/dimension: squared lengths are kept on average.
///
/// Source: Johnson and Lindenstrauss 1984.
fn random(columns: usize, dimension: usize, seed: u64) -> Result<Projection, Error> {
    let expected = "a dimension from 1 to the number of columns";
    let fits = (1..=columns).contains(&dimension);
    parameter("dimension", expected, dimension as f64, fits)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let scale = (dimension as f64).sqrt().recip();
    let mut draw = |_, _| {
        let value: f64 = StandardNormal.sample(&mut rng);
        value * scale
    };
    Ok(Projection {
        centre: vec![0.0; columns],
        map: Some(DMatrix::from_fn(columns, dimension, &mut draw)),
        explained: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(rows: usize, columns: usize) -> Features {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let values = (0..rows * columns).map(|i| {
            let value: f64 = StandardNormal.sample(&mut rng);
            value * (1.0 + (i % columns) as f64)
        });
        Features::new(values.collect(), columns).unwrap()
    }

    #[test]
    fn both_gram_matrices_give_the_same_components() {
        let wide = cloud(9, 12);
        let centre = means(&wide);
        let by_columns = eigen(&gram(&wide, &centre, None)).unwrap();
        let found = pca(&wide, 4).unwrap();
        for j in 0..4 {
            let cosine = found
                .map
                .as_ref()
                .unwrap()
                .column(j)
                .dot(&by_columns.vectors.column(j));
            assert!((cosine.abs() - 1.0).abs() < 1e-9, "component {j}: {cosine}");
        }
    }

    #[test]
    fn components_are_uncorrelated_and_fall_in_variance() {
        let features = cloud(200, 6);
        let reduced = pca(&features, 6).unwrap().apply(&features).unwrap();
        let covariance = gram(&reduced, &means(&reduced), None);
        for i in 0..6 {
            for j in 0..i {
                assert!(covariance[(i, j)].abs() < 1e-8);
            }
        }
        assert!((1..6).all(|i| covariance[(i - 1, i - 1)] >= covariance[(i, i)]));
    }

    #[test]
    fn random_directions_keep_squared_lengths_on_average() {
        let features = cloud(50, 80);
        let reduction = Reduction::Random {
            dimension: 64,
            seed: 1,
        };
        let reduced = reduction.fit(&features).unwrap().apply(&features).unwrap();
        let square = |f: &Features| f.values().iter().map(|v| v * v).sum::<f64>();
        assert!((square(&reduced) / square(&features) - 1.0).abs() < 0.1);
    }

    #[test]
    fn a_dimension_beyond_the_columns_is_refused() {
        for reduction in [
            Reduction::Pca { dimension: 7 },
            Reduction::Random {
                dimension: 7,
                seed: 0,
            },
            Reduction::Pca { dimension: 0 },
        ] {
            assert!(matches!(
                reduction.fit(&cloud(20, 6)),
                Err(Error::Parameter {
                    name: "dimension",
                    ..
                })
            ));
        }
    }
}
