//! Alignment and kernel measures of all pairs, the d × d products shared between them.

use nalgebra::DMatrix;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{Aligned, ComparisonParams};
use crate::cka::{Dependence, Precision};
use crate::null::Null;
use crate::points::{Points, dot};
use crate::polar::single_polar;
use crate::procrustes::Procrustes;
use crate::rbf::{Gaussian, gaussian};
use crate::tables::pairs;
use crate::{CkaScores, EmbeddingTable, EmbeddingTables, Error, Score, chance};
use dissensus_kernels::simd::vectorize;

/// What is known of one pair.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Geometry {
    pub procrustes: Option<Aligned>,
    pub linear_cka: Option<CkaScores>,
    pub gaussian_cka: Option<CkaScores>,
}

/// Whether this alignment starts from what kernel alignment starts from.
fn shares(choice: Procrustes) -> bool {
    choice.centre && choice.unit_norm && choice.scale && !choice.unit_rows
}

pub(super) fn compare(
    tables: &EmbeddingTables,
    params: &ComparisonParams,
) -> Result<Vec<Geometry>, Error> {
    let mut found = vec![Geometry::default(); tables.pairs().len()];
    if params.procrustes.is_none() && !params.linear_cka && params.gaussian_cka.is_none() {
        return Ok(found);
    }
    if (params.linear_cka || params.gaussian_cka.is_some()) && tables.rows() < 4 {
        return Err(Error::TooFewRows {
            needed: 4,
            found: tables.rows(),
            dropped: tables.dropped().len(),
        });
    }
    let prepare = |(which, table)| Points::of_table(table, which);
    let members: Vec<Points> = tables
        .members()
        .par_iter()
        .enumerate()
        .map(prepare)
        .collect::<Result<_, _>>()?;
    if let Some(fraction) = params.gaussian_cka {
        let sums = gaussian(&members, fraction)?;
        for (geometry, pair) in found.iter_mut().zip(tables.pairs()) {
            geometry.gaussian_cka = Some(rbf_scores(&sums, pair)?);
        }
    }
    if params.linear_cka || params.procrustes.is_some_and(shares) {
        through_products(params, &members, &mut found)?;
    }
    if let Some(choice) = params.procrustes.filter(|&choice| !shares(choice)) {
        through_fits(params, choice, tables, &mut found)?;
    }
    Ok(found)
}

/// Linear alignment and Procrustes of every pair from one product Yᵀ X.
fn through_products(
    params: &ComparisonParams,
    members: &[Points],
    found: &mut [Geometry],
) -> Result<(), Error> {
    let choice = params.procrustes.filter(|&choice| shares(choice));
    let grams = params.linear_cka.then(|| Squares::of(members));
    let pairs = pairs(members.len());
    let tasks = found.par_iter_mut().zip(&pairs).enumerate();
    let tasks = tasks.with_max_len(1);
    tasks.try_for_each(|(which, (geometry, &(i, j)))| {
        let (x, y) = (&members[i], &members[j]);
        let cross = if choice.is_some() || matches!(grams, Some(Squares::Cross(_))) {
            y.cross(x)
        } else {
            DMatrix::zeros(0, 0)
        };
        if let Some(grams) = &grams {
            geometry.linear_cka = Some(linear_scores(x, y, grams.of_pair(&cross, (i, j)))?);
        }
        if let Some(choice) = choice {
            let turned = |order: Option<&[usize]>| match order {
                None => turn(choice, x, y, &cross),
                Some(order) => {
                    let y = y.permuted(order);
                    turn(choice, x, &y, &y.cross(x))
                }
            };
            let sizes = (x.rows(), x.dimension);
            geometry.procrustes = Some(beside_chance(params, which, sizes, turned)?);
        }
        Ok(())
    })
}

/// The alignment of the `which`-th pair, and its chance level where draws are asked for; `turned`
/// takes the second table's rows as they are, or in an order.
fn beside_chance(
    params: &ComparisonParams,
    which: usize,
    sizes: (usize, usize),
    turned: impl Fn(Option<&[usize]>) -> Result<Turned, Error> + Sync,
) -> Result<Aligned, Error> {
    let mut found = aligned(sizes, turned(None)?);
    let draws: Vec<Turned> = orders(params, which, sizes.0)
        .par_iter()
        .map(|order| turned(Some(order)))
        .collect::<Result<_, _>>()?;
    if !draws.is_empty() {
        with_null(&mut found, &draws)?;
    }
    Ok(found)
}

/// ‖XᵀX‖² of every member, or their X Xᵀ, whichever are the smaller matrices.
enum Squares {
    Cross(Vec<f64>),
    Gram(Vec<Vec<f32>>),
}

impl Squares {
    fn of(members: &[Points]) -> Self {
        if members[0].dimension <= members[0].rows() {
            let square = |x: &Points| x.cross(x).norm_squared();
            Self::Cross(members.par_iter().map(square).collect())
        } else {
            Self::Gram(members.par_iter().map(Points::gram).collect())
        }
    }

    /// ‖XᵀY‖², ‖XᵀX‖² and ‖YᵀY‖², given Yᵀ X.
    fn of_pair(&self, cross: &DMatrix<f64>, (i, j): (usize, usize)) -> [f64; 3] {
        match self {
            Self::Cross(squares) => [cross.norm_squared(), squares[i], squares[j]],
            Self::Gram(grams) => {
                let (k, l) = (&grams[i], &grams[j]);
                [dot(k, l), dot(k, k), dot(l, l)]
            }
        }
    }
}

/// Cosine and disparity of one alignment.
#[derive(Clone, Copy)]
struct Turned {
    cosine: f64,
    disparity: f64,
}

/// Turns y onto x by the best map, given Yᵀ X.
fn turn(choice: Procrustes, x: &Points, y: &Points, cross: &DMatrix<f64>) -> Result<Turned, Error> {
    // Both tables have squared norm V here, not 1.
    let found = single_polar(&(cross / x.rows() as f64), choice.reflection)?;
    let cosine = vectorize(
        #[inline(always)]
        || x.mean_cosine(y, &found.map),
    );
    // A factor below 0 would be a reflection: the best of those allowed is then 0.
    let trace = found.trace.max(0.0);
    Ok(Turned {
        cosine,
        disparity: (1.0 - trace.powi(2)).max(0.0),
    })
}

/// Random orders of `rows` rows for the `which`-th pair.
fn orders(params: &ComparisonParams, which: usize, rows: usize) -> Vec<Vec<usize>> {
    let mut rng = ChaCha8Rng::seed_from_u64(params.seed);
    rng.set_stream(which as u64);
    let mut order: Vec<usize> = (0..rows).collect();
    let draw = |_| {
        order.shuffle(&mut rng);
        order.clone()
    };
    (0..params.null_draws).map(draw).collect()
}

fn with_null(aligned: &mut Aligned, draws: &[Turned]) -> Result<(), Error> {
    let null = |of: fn(&Turned) -> f64| Null {
        values: draws.iter().map(of).collect(),
    };
    let cosine = null(|draw| draw.cosine).level_of_similarity(aligned.cosine.value)?;
    let disparity = null(|draw| draw.disparity).level_of_distance(aligned.disparity.value)?;
    aligned.cosine.chance = Some(cosine.mean);
    aligned.disparity.chance = Some(disparity.mean);
    aligned.cosine_null = Some(cosine);
    aligned.disparity_null = Some(disparity);
    Ok(())
}

/// Alignment of every pair in double precision, by choices that kernel alignment does not share.
fn through_fits(
    params: &ComparisonParams,
    choice: Procrustes,
    tables: &EmbeddingTables,
    found: &mut [Geometry],
) -> Result<(), Error> {
    let matrices: Vec<_> = tables
        .members()
        .iter()
        .map(EmbeddingTable::matrix)
        .collect();
    for (which, (geometry, (i, j))) in found.iter_mut().zip(tables.pairs()).enumerate() {
        let turned = |order: Option<&[usize]>| {
            let fit = match order {
                None => choice.fit(&matrices[i], &matrices[j]),
                Some(order) => choice.fit(&matrices[i], &matrices[j].select_rows(order)),
            }?;
            Ok(Turned {
                cosine: fit.cosine,
                disparity: fit.disparity,
            })
        };
        let sizes = (tables.rows(), tables.dimension());
        geometry.procrustes = Some(beside_chance(params, which, sizes, turned)?);
    }
    Ok(())
}

fn linear_scores(x: &Points, y: &Points, squares: [f64; 3]) -> Result<CkaScores, Error> {
    let marginals = [x.linear_marginal(), y.linear_marginal()];
    Dependence::linear(marginals, squares, Precision::Single).scores()
}

fn rbf_scores(sums: &Gaussian, (i, j): (usize, usize)) -> Result<CkaScores, Error> {
    let cross = [sums.cross[i][j], sums.cross[i][i], sums.cross[j][j]];
    Dependence {
        marginals: [sums.marginals[i].clone(), sums.marginals[j].clone()],
        cross,
        precision: Precision::Tiles,
    }
    .scores()
}

fn aligned((rows, dimension): (usize, usize), turned: Turned) -> Aligned {
    let cosine = chance::procrustes_cosine(rows, dimension);
    let disparity = chance::procrustes_disparity(rows, dimension);
    Aligned {
        cosine: Score::similarity(turned.cosine, Some(cosine)),
        disparity: Score::distance(turned.disparity, Some(disparity)),
        cosine_null: None,
        disparity_null: None,
    }
}
