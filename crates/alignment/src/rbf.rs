//! Gaussian kernels of many tables, tile by tile.

use rayon::prelude::*;

use crate::Error;
use crate::hsic::Marginal;
use crate::points::{Points, dot};
use crate::product::rows_times_rows;
use crate::simd::vectorize;

/// Rows and columns of a tile.
const TILE: usize = 512;

/// The kernel's value at a typical distance; subtracted everywhere, which centring does not see, so that sums lose no digits.
const SHIFT: f32 = 0.606_530_66;

impl Points {
    /// The lower median of the squared distances of all n² ordered pairs, the n of a row to itself included.
    pub fn median_distance(&self) -> Option<f32> {
        let n = self.rows();
        // Each distance counts twice, and n zeros come first.
        let rank = (n * n - 1) / 2;
        let rank = rank.checked_sub(n)? / 2;
        let (mut low, mut high) = self.guess();
        loop {
            let (below, mut inside) = self.bracket(low, high);
            let width = (high - low).max(high * 1e-3).max(1e-6);
            if rank < below {
                (low, high) = ((low - 2.0 * width).max(-1.0), low);
            } else if rank - below >= inside.len() {
                (low, high) = (high, high + 2.0 * width);
            } else {
                let median = *inside
                    .select_nth_unstable_by(rank - below, f32::total_cmp)
                    .1;
                return (median > 0.0).then_some(median);
            }
        }
    }

    /// A narrow interval that is likely to hold the median, from the distances of a few rows to all.
    fn guess(&self) -> (f32, f32) {
        let (n, d) = (self.rows(), self.dimension);
        let sample: Vec<usize> = (0..n.min(64)).map(|i| i * n / n.min(64)).collect();
        let chosen = Points {
            values: sample
                .iter()
                .flat_map(|&i| &self.values[i * d..][..d])
                .copied()
                .collect(),
            squares: sample.iter().map(|&i| self.squares[i]).collect(),
            dimension: d,
        };
        let mut all = vec![0.0; sample.len() * n];
        distances(&chosen, (0, sample.len()), self, (0, n), &mut all);
        let mut at = |share: f64| {
            *all.select_nth_unstable_by(
                ((n * sample.len() - 1) as f64 * share) as usize,
                f32::total_cmp,
            )
            .1
        };
        (at(0.47), at(0.53))
    }

    /// How many distances of pairs i < j lie below `low`, and those in `low..high`.
    fn bracket(&self, low: f32, high: f32) -> (usize, Vec<f32>) {
        let tiles = tiles(self.rows());
        let parts: Vec<(usize, Vec<f32>)> = tiles
            .par_iter()
            .map_init(
                || vec![0.0; TILE * TILE],
                |buffer, &(top, left)| {
                    vectorize(
                        #[inline(always)]
                        || {
                            let mut inside = Vec::new();
                            let mut below = 0;
                            self.upper(top, left, buffer, |_, row| {
                                below +=
                                    row.iter().map(|&v| u32::from(v < low)).sum::<u32>() as usize;
                                inside
                                    .extend(row.iter().copied().filter(|&v| v >= low && v < high));
                            });
                            (below, inside)
                        },
                    )
                },
            )
            .collect();
        let below = parts.iter().map(|part| part.0).sum();
        (below, parts.into_iter().flat_map(|part| part.1).collect())
    }

    /// Visits the part of one tile above the diagonal: (row, its distances to the last rows of the tile).
    #[inline(always)]
    fn upper(
        &self,
        top: usize,
        left: usize,
        buffer: &mut [f32],
        mut visit: impl FnMut(usize, &mut [f32]),
    ) {
        let (height, width) = (TILE.min(self.rows() - top), TILE.min(self.rows() - left));
        let buffer = &mut buffer[..height * width];
        distances(self, (top, height), self, (left, width), buffer);
        for (i, row) in buffer.chunks_exact_mut(width).enumerate() {
            visit(i, &mut row[if top == left { i + 1 } else { 0 }..]);
        }
    }
}

/// Squared distances of `height` rows of `a` from `top` to `width` rows of `b` from `left`, row-major.
#[inline(always)]
fn distances(
    a: &Points,
    (top, height): (usize, usize),
    b: &Points,
    (left, width): (usize, usize),
    out: &mut [f32],
) {
    let d = a.dimension;
    rows_times_rows(
        out,
        &a.values[top * d..][..height * d],
        &b.values[left * d..][..width * d],
        d,
    );
    let squares = &b.squares[left..][..width];
    for (row, &own) in out.chunks_exact_mut(width).zip(&a.squares[top..]) {
        for (value, &other) in row.iter_mut().zip(squares) {
            *value = (own + other - 2.0 * *value).max(0.0);
        }
    }
}

/// The corners (top, left) of the tiles on and above the diagonal.
fn tiles(n: usize) -> Vec<(usize, usize)> {
    let corners = || (0..n).step_by(TILE);
    corners()
        .flat_map(|top| {
            corners()
                .filter(move |&left| left >= top)
                .map(move |left| (top, left))
        })
        .collect()
}

/// Marginals of all tables' Gaussian kernels, and Σ_{i≠j} K_ij L_ij of all pairs of tables (also of each with itself).
pub(crate) struct Gaussian {
    pub marginals: Vec<Marginal>,
    pub cross: Vec<Vec<f64>>,
}

/// What one tile adds.
struct Tile {
    rows: Vec<Vec<f64>>,
    columns: Vec<Vec<f64>>,
    cross: Vec<f64>,
}

/// Sums the kernels exp(−D / (2 · fraction² · median D)) of `members`, D the squared distances.
pub(crate) fn gaussian(members: &[Points], fraction: f64) -> Result<Gaussian, Error> {
    let n = members[0].rows();
    let rates: Vec<f32> = members
        .par_iter()
        .enumerate()
        .map(|(table, points)| {
            let median = points.median_distance().ok_or(Error::NoSpread { table })?;
            Ok((0.5 / (fraction * fraction * f64::from(median))) as f32)
        })
        .collect::<Result<_, Error>>()?;
    let pairs: Vec<(usize, usize)> = (0..members.len())
        .flat_map(|i| (i..members.len()).map(move |j| (i, j)))
        .collect();
    let mut rows = vec![vec![0.0; n]; members.len()];
    let mut cross = vec![0.0; pairs.len()];
    let tiles = tiles(n);
    // One band of tiles at a time keeps what waits to be added small.
    for band in tiles.chunk_by(|a, b| a.0 == b.0) {
        let parts: Vec<Tile> = band
            .par_iter()
            .map_init(
                || vec![vec![0.0; TILE * TILE]; members.len()],
                |buffers, &corner| {
                    vectorize(
                        #[inline(always)]
                        || tile(members, &rates, &pairs, corner, buffers),
                    )
                },
            )
            .collect();
        for (&(top, left), part) in band.iter().zip(&parts) {
            for (member, rows) in rows.iter_mut().enumerate() {
                add(&mut rows[top..], &part.rows[member]);
                add(&mut rows[left..], &part.columns[member]);
            }
            add(&mut cross, &part.cross);
        }
    }
    let diagonal = vec![1.0 - f64::from(SHIFT); n];
    let mut square = vec![vec![0.0; members.len()]; members.len()];
    for (&(i, j), &sum) in pairs.iter().zip(&cross) {
        // Both triangles.
        square[i][j] = 2.0 * sum;
        square[j][i] = 2.0 * sum;
    }
    let marginals = rows
        .into_iter()
        .map(|rows| Marginal {
            rows,
            diagonal: diagonal.clone(),
        })
        .collect();
    Ok(Gaussian {
        marginals,
        cross: square,
    })
}

#[inline(always)]
fn tile(
    members: &[Points],
    rates: &[f32],
    pairs: &[(usize, usize)],
    (top, left): (usize, usize),
    buffers: &mut [Vec<f32>],
) -> Tile {
    let n = members[0].rows();
    let (height, width) = (TILE.min(n - top), TILE.min(n - left));
    let mut rows = vec![vec![0.0; height]; members.len()];
    let mut columns = vec![vec![0.0; width]; members.len()];
    for (member, points) in members.iter().enumerate() {
        points.upper(top, left, &mut buffers[member], |i, row| {
            for value in row.iter_mut() {
                *value = exp(-rates[member] * *value) - SHIFT;
            }
            rows[member][i] = sum(row);
            let skipped = width - row.len();
            for (column, &value) in columns[member][skipped..].iter_mut().zip(row.iter()) {
                *column += f64::from(value);
            }
        });
    }
    let mut cross = vec![0.0; pairs.len()];
    for i in 0..height {
        let from = if top == left { i + 1 } else { 0 };
        let row = |member: usize| &buffers[member][i * width..][from..width];
        for (&(a, b), cross) in pairs.iter().zip(&mut cross) {
            *cross += dot(row(a), row(b));
        }
    }
    Tile {
        rows,
        columns,
        cross,
    }
}

fn add(to: &mut [f64], from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}

#[inline(always)]
fn sum(values: &[f32]) -> f64 {
    let mut lanes = [0.0_f64; 16];
    let chunks = values.chunks_exact(16);
    let tail: f64 = chunks.remainder().iter().map(|&x| f64::from(x)).sum();
    for chunk in chunks {
        for lane in 0..16 {
            lanes[lane] += f64::from(chunk[lane]);
        }
    }
    lanes.iter().sum::<f64>() + tail
}

/// eˣ for x ≤ 0 to about 1e-7 of its value, 0 below −87; in a form that compilers turn into vector code.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // Adding and subtracting 1.5 · 2²³ rounds to the nearest integer.
    const ROUND: f32 = 12_582_912.0;
    let clamped = x.max(-87.0);
    let power = clamped * std::f32::consts::LOG2_E + ROUND;
    let whole = power - ROUND;
    let r = clamped - whole * LN_2_HIGH - whole * LN_2_LOW;
    let mut p = 1.987_569_2e-4;
    for c in [
        1.398_2e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        0.166_666_65,
        0.5,
        1.0,
        1.0,
    ] {
        p = p * r + c;
    }
    let bits = (power.to_bits() << 23).wrapping_add(127 << 23);
    if x < -87.0 {
        0.0
    } else {
        p * f32::from_bits(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;

    #[test]
    fn the_exponential_is_right_to_single_precision() {
        for i in 0..200_000 {
            let x = -87.0 * i as f32 / 200_000.0;
            let (found, wanted) = (f64::from(exp(x)), f64::from(x).exp());
            assert!(
                (found - wanted).abs() <= 2.5e-7 * wanted,
                "{x}: {found} {wanted}"
            );
        }
        assert_eq!(exp(-100.0), 0.0);
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn the_median_distance_is_that_of_a_full_sort() {
        for n in [4, 5, 33, 600, 1100] {
            let vectors = (0..n * 3)
                .map(|i| ((i * i) as f32).sin() * (1.0 + (i % 7) as f32))
                .collect();
            let table = Table::new(vectors, 3).unwrap();
            let points = Points::of_table(&table, 0).unwrap();
            let mut all = vec![0.0; n * n];
            distances(&points, (0, n), &points, (0, n), &mut all);
            (0..n).for_each(|i| all[i * n + i] = 0.0);
            all.sort_unstable_by(f32::total_cmp);
            let found = points.median_distance().unwrap();
            let wanted = all[(n * n - 1) / 2];
            assert!(
                (found - wanted).abs() < 1e-5 * wanted,
                "{n}: {found} {wanted}"
            );
        }
    }
}
