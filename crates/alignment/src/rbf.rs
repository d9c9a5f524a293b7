//! Gaussian kernels of many tables, tile by tile, in one pass.
//!
//! A kernel needs the median distance, and the median needs all distances. A sample of them gives a
//! rate r₀ close to the one wanted, r = r₀ (1 + ε). The pass sums the kernels at r₀ and their
//! derivatives while it counts the distances around the sample's median; the exact median then
//! gives ε, and
//!
//! ```text
//! exp(−r D) = K + ε J + O(ε²),   K = exp(−r₀ D),  J = −r₀ D K
//! ```
//!
//! gives the sums at r. Only where ε is not small is the pass repeated, at r.

mod median;
mod tile;

use rayon::prelude::*;

use crate::Error;
use crate::hsic::Marginal;
use crate::points::Points;
use dissensus_kernels::simd::vectorize;
use median::Median;
use tile::{Field, Tile, corners};

/// Largest ε² r D of a typical distance D that is left out.
const NEGLECTED: f64 = 2.5e-7;

/// Tiles whose sums may wait to be added, in order: many, so that no thread runs out of them, and
/// not all.
const WAITING: usize = 64;

/// Marginals of all tables' Gaussian kernels, and Σ_{i≠j} K_ij L_ij of all pairs of tables (also of
/// each with itself).
pub(crate) struct Gaussian {
    pub marginals: Vec<Marginal>,
    pub cross: Vec<Vec<f64>>,
}

/// Sums the kernels exp(−D / (2 · fraction² · median D)) of `members`, D the squared distances.
pub(crate) fn gaussian(members: &[Points], fraction: f64) -> Result<Gaussian, Error> {
    let guesses = members.par_iter().map(Median::guess);
    let mut medians: Vec<Median> = guesses.collect();
    let rate = |median: f64| 0.5 / (fraction * fraction * median);
    loop {
        let rates: Vec<f32> = medians.iter().map(|m| rate(m.value()) as f32).collect();
        let sums = pass(members, &rates, &medians);
        let mut settled = true;
        for (table, median) in medians.iter_mut().enumerate() {
            settled &= median.narrow();
            if median.is_zero() {
                return Err(Error::NoSpread { table });
            }
        }
        let shift = |(median, &used): (&Median, &f32)| rate(median.value()) / f64::from(used) - 1.0;
        let shifts: Vec<f64> = medians.iter().zip(&rates).map(shift).collect();
        let curvature = rate(1.0).max(1.0);
        if settled && shifts.iter().all(|e| e * e * curvature <= NEGLECTED) {
            return Ok(sums.at(&shifts));
        }
    }
}

/// Sums of K and J of all members.
struct Sums {
    /// Of each row, without the diagonal, by member.
    rows: Vec<[Vec<f64>; 2]>,
    /// Σ K_a K_b and Σ J_a K_b above the diagonal, by (a, b).
    cross: Vec<[f64; 2]>,
}

fn pass(members: &[Points], rates: &[f32], medians: &[Median]) -> Sums {
    let n = members[0].rows();
    let mut sums = Sums {
        rows: vec![[vec![0.0; n], vec![0.0; n]]; members.len()],
        cross: vec![[0.0; 2]; members.len() * members.len()],
    };
    for tiles in corners(n).chunks(WAITING) {
        let new = || Tile::new(members.len());
        let tile = |tile: &mut Tile, &corner: &(usize, usize)| {
            vectorize(
                #[inline(always)]
                || tile.sums(members, rates, medians, corner),
            )
        };
        let parts: Vec<Field> = tiles.par_iter().map_init(new, tile).collect();
        for (&(top, left), part) in tiles.iter().zip(&parts) {
            for (rows, (part_rows, part_columns)) in sums
                .rows
                .iter_mut()
                .zip(part.rows.iter().zip(&part.columns))
            {
                for which in 0..2 {
                    add(&mut rows[which][top..], &part_rows[which]);
                    add(&mut rows[which][left..], &part_columns[which]);
                }
            }
            let both = sums.cross.iter_mut().zip(&part.cross);
            both.for_each(|(sum, part)| add(sum, part));
        }
    }
    sums
}

impl Sums {
    /// The sums of K + ε J.
    fn at(self, shifts: &[f64]) -> Gaussian {
        let n = shifts.len();
        let square = |a: usize, b: usize| {
            let [kk, jk] = self.cross[a * n + b];
            let kj = self.cross[b * n + a][1];
            // Both triangles.
            2.0 * (kk + shifts[a] * jk + shifts[b] * kj)
        };
        let cross = (0..n).map(|a| (0..n).map(|b| square(a, b)).collect());
        let cross = cross.collect();
        let marginal = |([mut k, j], &shift): ([Vec<f64>; 2], &f64)| {
            k.iter_mut().zip(&j).for_each(|(k, j)| *k += shift * j);
            let diagonal = tile::DIAGONAL[0] + shift * tile::DIAGONAL[1];
            Marginal {
                diagonal: vec![diagonal; k.len()],
                rows: k,
            }
        };
        Gaussian {
            cross,
            marginals: self.rows.into_iter().zip(shifts).map(marginal).collect(),
        }
    }
}

fn add(to: &mut [f64], from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}
