//! One tile of every table's kernel.

use dissensus_kernels::math::exp_of_negative;
use dissensus_kernels::sums::sum_f64;

use super::median::Median;
use crate::points::{Points, dot};
use crate::product::rows_times_rows;

/// Rows and columns of a tile.
const TILE: usize = 512;

/// K and J at a typical distance; subtracted everywhere, which centring does not see, so that sums
/// lose no digits.
const SHIFTS: [f32; 2] = [0.606_530_66, -0.303_265_33];

/// The diagonals of K and J, which are 1 and 0, so shifted.
pub(super) const DIAGONAL: [f64; 2] = [1.0 - SHIFTS[0] as f64, -SHIFTS[1] as f64];

/// The corners (top, left) of the tiles on and above the diagonal.
pub(super) fn corners(n: usize) -> Vec<(usize, usize)> {
    let starts = || (0..n).step_by(TILE);
    starts()
        .flat_map(|top| {
            starts()
                .filter(move |&left| left >= top)
                .map(move |left| (top, left))
        })
        .collect()
}

/// What one tile adds, of K and J.
pub(super) struct Field {
    pub rows: Vec<[Vec<f64>; 2]>,
    pub columns: Vec<[Vec<f64>; 2]>,
    pub cross: Vec<[f64; 2]>,
}

/// Buffers for the values of one tile: K and J by member.
pub(super) struct Tile {
    values: Vec<[Vec<f32>; 2]>,
}

impl Tile {
    pub fn new(members: usize) -> Self {
        let buffer = || vec![0.0; TILE * TILE];
        Self {
            values: (0..members).map(|_| [buffer(), buffer()]).collect(),
        }
    }

    /// Counts the distances of one tile above the diagonal and sums the kernels.
    #[inline(always)]
    pub fn sums(
        &mut self,
        members: &[Points],
        rates: &[f32],
        medians: &[Median],
        (top, left): (usize, usize),
    ) -> Field {
        let (n, tables) = (members[0].rows(), members.len());
        let (height, width) = (TILE.min(n - top), TILE.min(n - left));
        let from = |row: usize| if top == left { row + 1 } else { 0 };
        let mut found = Field {
            rows: vec![[vec![0.0; height], vec![0.0; height]]; members.len()],
            columns: vec![[vec![0.0; width], vec![0.0; width]]; members.len()],
            cross: vec![[0.0; 2]; members.len() * members.len()],
        };
        for (member, points) in members.iter().enumerate() {
            let [k, j] = &mut self.values[member];
            let (k, j) = (&mut k[..height * width], &mut j[..height * width]);
            distances(points, (top, height), points, (left, width), k);
            for row in 0..height {
                let (own, from) = (row * width, from(row));
                let (k, j) = (&mut k[own..][from..width], &mut j[own..][from..width]);
                medians[member].count(k);
                kernel(k, j, rates[member]);
                let values = [&*k, &*j];
                for (which, values) in values.into_iter().enumerate() {
                    found.rows[member][which][row] = sum_f64(values, f64::from);
                    let columns = found.columns[member][which][from..].iter_mut().zip(values);
                    columns.for_each(|(column, &value)| *column += f64::from(value));
                }
            }
        }
        for row in 0..height {
            let part = |member: usize, which: usize| {
                &self.values[member][which][row * width..][from(row)..width]
            };
            for (a, b) in (0..tables).flat_map(|a| (0..tables).map(move |b| (a, b))) {
                found.cross[a * tables + b][1] += dot(part(a, 1), part(b, 0));
                if a <= b {
                    found.cross[a * tables + b][0] += dot(part(a, 0), part(b, 0));
                }
            }
        }
        for (a, b) in (0..tables).flat_map(|a| (0..a).map(move |b| (a, b))) {
            found.cross[a * tables + b][0] = found.cross[b * tables + a][0];
        }
        found
    }
}

/// Turns squared distances into K, and fills J.
#[inline(always)]
fn kernel(k: &mut [f32], j: &mut [f32], rate: f32) {
    for (k, j) in k.iter_mut().zip(j) {
        let exponent = -rate * *k;
        let value = exp_of_negative(exponent);
        *k = value - SHIFTS[0];
        *j = exponent * value - SHIFTS[1];
    }
}

/// Squared distances of `height` rows of `a` from `top` to `width` rows of `b` from `left`,
/// row-major.
#[inline(always)]
pub(super) fn distances(
    a: &Points,
    (top, height): (usize, usize),
    b: &Points,
    (left, width): (usize, usize),
    out: &mut [f32],
) {
    let d = a.dimension;
    let (rows, columns) = (
        &a.values[top * d..][..height * d],
        &b.values[left * d..][..width * d],
    );
    rows_times_rows(out, rows, columns, d);
    let squares = &b.squares[left..][..width];
    for (row, &own) in out.chunks_exact_mut(width).zip(&a.squares[top..]) {
        for (value, &other) in row.iter_mut().zip(squares) {
            *value = (own + other - 2.0 * *value).max(0.0);
        }
    }
}
