//! Alignment and kernel measures of all pairs, the d × d products shared between them.

use rayon::prelude::*;

use super::{Aligned, Plan};
use crate::cka::{Dependence, linear_cross};
use crate::points::Points;
use crate::polar::single_polar;
use crate::procrustes::Procrustes;
use crate::rbf::{Gaussian, gaussian};
use crate::{CkaScores, Error, Score, Table, Tables, chance};
use dissensus_kernels::simd::vectorize;

/// What is known of one pair.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Geometry {
    pub procrustes: Option<Aligned>,
    pub linear_cka: Option<CkaScores>,
    pub rbf_cka: Option<CkaScores>,
}

/// Whether this alignment starts from what kernel alignment starts from.
fn shares(choice: Procrustes) -> bool {
    choice.centre && choice.unit_norm && choice.scale && !choice.unit_rows
}

pub(super) fn compare(tables: &Tables, plan: &Plan) -> Result<Vec<Geometry>, Error> {
    let mut found = vec![Geometry::default(); tables.pairs().len()];
    if plan.procrustes.is_none() && !plan.linear_cka && plan.rbf_cka.is_none() {
        return Ok(found);
    }
    if (plan.linear_cka || plan.rbf_cka.is_some()) && tables.rows() < 4 {
        return Err(Error::TooFewRows {
            needed: 4,
            found: tables.rows(),
        });
    }
    let prepare = |(which, table)| Points::of_table(table, which);
    let members: Vec<Points> = tables
        .members()
        .par_iter()
        .enumerate()
        .map(prepare)
        .collect::<Result<_, _>>()?;
    if let Some(fraction) = plan.rbf_cka {
        let sums = gaussian(&members, fraction)?;
        for (geometry, pair) in found.iter_mut().zip(tables.pairs()) {
            geometry.rbf_cka = Some(rbf_scores(&sums, pair)?);
        }
    }
    if plan.linear_cka || plan.procrustes.is_some_and(shares) {
        through_products(plan, &members, tables, &mut found)?;
    }
    if let Some(choice) = plan.procrustes.filter(|&choice| !shares(choice)) {
        let matrices: Vec<_> = tables.members().iter().map(Table::matrix).collect();
        for (geometry, (i, j)) in found.iter_mut().zip(tables.pairs()) {
            let fit = choice.fit(&matrices[i], &matrices[j])?;
            geometry.procrustes = Some(aligned(tables, fit.cosine, fit.disparity));
        }
    }
    Ok(found)
}

/// Linear alignment and Procrustes of every pair from one product Yᵀ X.
fn through_products(
    plan: &Plan,
    members: &[Points],
    tables: &Tables,
    found: &mut [Geometry],
) -> Result<(), Error> {
    let square = |x: &Points| {
        if plan.linear_cka {
            x.cross(x).norm_squared()
        } else {
            0.0
        }
    };
    let squares: Vec<f64> = members.par_iter().map(square).collect();
    let choice = plan.procrustes.filter(|&choice| shares(choice));
    let tasks = found.par_iter_mut().zip(tables.pairs()).with_max_len(1);
    tasks.try_for_each(|(geometry, (i, j))| {
        let (x, y) = (&members[i], &members[j]);
        let cross = y.cross(x);
        if plan.linear_cka {
            geometry.linear_cka = Some(linear_scores(
                x,
                y,
                [cross.norm_squared(), squares[i], squares[j]],
            )?);
        }
        if let Some(choice) = choice {
            // Both tables have squared norm V here, not 1.
            let found = single_polar(&(cross / x.rows() as f64), choice.reflection)?;
            let cosine = vectorize(
                #[inline(always)]
                || x.mean_cosine(y, &found.map),
            );
            geometry.procrustes = Some(aligned(
                tables,
                cosine,
                (1.0 - found.trace.powi(2)).max(0.0),
            ));
        }
        Ok(())
    })
}

fn linear_scores(x: &Points, y: &Points, [xy, xx, yy]: [f64; 3]) -> Result<CkaScores, Error> {
    let (k, l) = (x.linear_marginal(), y.linear_marginal());
    let cross = [
        linear_cross(xy, &k, &l),
        linear_cross(xx, &k, &k),
        linear_cross(yy, &l, &l),
    ];
    Dependence {
        marginals: [k, l],
        cross,
    }
    .scores()
}

fn rbf_scores(sums: &Gaussian, (i, j): (usize, usize)) -> Result<CkaScores, Error> {
    let cross = [sums.cross[i][j], sums.cross[i][i], sums.cross[j][j]];
    Dependence {
        marginals: [sums.marginals[i].clone(), sums.marginals[j].clone()],
        cross,
    }
    .scores()
}

fn aligned(tables: &Tables, cosine: f64, disparity: f64) -> Aligned {
    let (rows, d) = (tables.rows(), tables.dimension());
    Aligned {
        cosine: Score::similarity(cosine, Some(chance::procrustes_cosine(rows, d))),
        disparity: Score::distance(disparity, Some(chance::procrustes_disparity(rows, d))),
    }
}
