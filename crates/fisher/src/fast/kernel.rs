//! Sums of squares, and products that are squared as they are made.

use dissensus_layers::product::{Matrix, Threads, Update, product, product_into};
use rayon::prelude::*;
use std::ops::Range;

/// Elements of a block of a per-example product: 128 kB, so that it and its sums stay in the
/// second-level cache.
const BLOCK: usize = 32 * 1024;

/// `Σ v²`, sixteen sums side by side within a chunk, the chunks in `f64`.
pub(super) fn squared_norm(values: &[f32]) -> f64 {
    dot(values, values)
}

/// `Σ a b`, as [`squared_norm`].
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    let chunk = |(a, b): (&[f32], &[f32])| {
        let (a, b) = (a.as_chunks::<16>(), b.as_chunks::<16>());
        let mut lanes = [0.0f32; 16];
        for (a, b) in a.0.iter().zip(b.0) {
            for lane in 0..16 {
                lanes[lane] += a[lane] * b[lane];
            }
        }
        let rest = a.1.iter().zip(b.1).map(|(a, b)| f64::from(a * b));
        lanes.iter().map(|&l| f64::from(l)).sum::<f64>() + rest.sum::<f64>()
    };
    a.chunks(1024).zip(b.chunks(1024)).map(chunk).sum()
}

/// `sums += values²`.
fn add_squares(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut()
        .zip(values)
        .for_each(|(sum, v)| *sum += v * v);
}

/// Sums of the columns of some rows of `width`.
pub(super) fn column_sums(rows: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
    }
    sums
}

/// The outer products `Σ_r left_r ⊗ right_r` of segments of rows: what a linear weight's gradient
/// is.
#[derive(Clone, Copy)]
pub(super) struct Outer<'a> {
    pub left: &'a [f32],
    pub right: &'a [f32],
    pub rows: usize,
    pub columns: usize,
}

impl Outer<'_> {
    fn left(&self, segment: &Range<usize>) -> Matrix<'_> {
        Matrix::row_major(
            &self.left[segment.start * self.rows..segment.end * self.rows],
            segment.len(),
            self.rows,
        )
    }

    fn right(&self, segment: &Range<usize>) -> Matrix<'_> {
        let (start, end) = (segment.start * self.columns, segment.end * self.columns);
        Matrix::row_major(&self.right[start..end], segment.len(), self.columns)
    }

    /// Rows of the product that make one block.
    fn block(&self) -> usize {
        (BLOCK / self.columns).clamp(1, self.rows.div_ceil(2))
    }

    /// The rows `block` of the product over one segment.
    fn product_into(&self, into: &mut [f32], segment: &Range<usize>, block: &Range<usize>) {
        let left = &self.left[segment.start * self.rows + block.start..];
        let left = Matrix::strided(left, segment.len(), block.len(), self.rows).transposed();
        product_into(
            into,
            self.columns,
            left,
            self.right(segment),
            Update::Overwrite,
            Threads::One,
        );
    }

    fn blocks(&self) -> Vec<Range<usize>> {
        let block = self.block();
        (0..self.rows)
            .step_by(block)
            .map(|start| start..self.rows.min(start + block))
            .collect()
    }

    /// `‖Σ_r left_r ⊗ right_r‖²` of each segment.
    pub(super) fn norms(&self, segments: &[Range<usize>]) -> Vec<f64> {
        segments
            .par_iter()
            .map(|segment| {
                if self.ghost_is_cheaper(segment.len()) {
                    self.ghost(segment)
                } else {
                    self.direct(segment)
                }
            })
            .collect()
    }

    /// `Σ_rs (left_r·left_s)(right_r·right_s)` costs `T²(m + n)` against `T·m·n`; half of it by
    /// symmetry, of which the products below, twice as small, give a quarter.
    fn ghost_is_cheaper(&self, rows: usize) -> bool {
        3 * rows * (self.rows + self.columns) < 4 * self.rows * self.columns
    }

    fn direct(&self, segment: &Range<usize>) -> f64 {
        let mut scratch = vec![0.0; self.block() * self.columns];
        let block = |block: Range<usize>| {
            let scratch = &mut scratch[..block.len() * self.columns];
            self.product_into(scratch, segment, &block);
            squared_norm(scratch)
        };
        self.blocks().into_iter().map(block).sum()
    }

    /// The two diagonal quarters of the Gram matrices and twice the lower left one.
    fn ghost(&self, segment: &Range<usize>) -> f64 {
        let middle = segment.start + segment.len() / 2;
        let (first, second) = (segment.start..middle, middle..segment.end);
        let quarter = |a: &Range<usize>, b: &Range<usize>| {
            let left = product(self.left(a), self.left(b).transposed(), Threads::One);
            let right = product(self.right(a), self.right(b).transposed(), Threads::One);
            dot(&left, &right)
        };
        if first.is_empty() {
            return quarter(&second, &second);
        }
        quarter(&first, &first) + quarter(&second, &second) + 2.0 * quarter(&first, &second)
    }

    /// Adds `(Σ_r left_r ⊗ right_r)²` of every segment to `sums`; the norms of the segments.
    ///
    /// Threads share the blocks of the product; within a block the segments come in order. Squares
    /// of one call are summed in `f32`: at most a few hundred terms of one sign.
    pub(super) fn add_squares(&self, segments: &[Range<usize>], sums: &mut [f64]) -> Vec<f64> {
        let blocks = self.blocks();
        let norms: Vec<Vec<f64>> = sums
            .par_chunks_mut(self.block() * self.columns)
            .zip(&blocks)
            .map(|(sums, block)| self.add_block(segments, block, sums))
            .collect();
        (0..segments.len())
            .map(|s| norms.iter().map(|block| block[s]).sum())
            .collect()
    }

    fn add_block(
        &self,
        segments: &[Range<usize>],
        block: &Range<usize>,
        sums: &mut [f64],
    ) -> Vec<f64> {
        let mut scratch = vec![0.0; sums.len()];
        let mut squares = vec![0.0; sums.len()];
        let mut add = |segment| {
            self.product_into(&mut scratch, segment, block);
            add_squares(&mut squares, &scratch);
            squared_norm(&scratch)
        };
        let norms = segments.iter().map(&mut add).collect();
        sums.iter_mut()
            .zip(&squares)
            .for_each(|(sum, square)| *sum += f64::from(*square));
        norms
    }

    /// The squared norms of the columns of one segment's product (`column` of
    /// `Σ_r left_r ⊗ right_r`), from `left·leftᵀ`: for the output side of a word table, whose rows
    /// are the columns here.
    pub(super) fn column_norms(&self, segment: &Range<usize>) -> Vec<f64> {
        let right = self.right(segment);
        let gram = product(
            self.left(segment),
            self.left(segment).transposed(),
            Threads::One,
        );
        let gram = Matrix::row_major(&gram, segment.len(), segment.len());
        let mixed = product(gram, right, Threads::One);
        let mut norms = vec![0.0f64; self.columns];
        let rows = &self.right[segment.start * self.columns..segment.end * self.columns];
        for (mixed, row) in mixed
            .chunks_exact(self.columns)
            .zip(rows.chunks_exact(self.columns))
        {
            for (norm, (a, b)) in norms.iter_mut().zip(mixed.iter().zip(row)) {
                *norm += f64::from(a * b);
            }
        }
        norms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, salt: usize) -> Vec<f32> {
        (0..count)
            .map(|i| ((i * 37 + salt * 11) % 17) as f32 / 8.0 - 1.0)
            .collect()
    }

    /// The squared entries of each segment's product, entry by entry.
    fn naive(outer: &Outer<'_>, segments: &[Range<usize>]) -> Vec<Vec<f64>> {
        let entry = |segment: &Range<usize>, i: usize, j: usize| -> f64 {
            let terms = segment.clone().map(|r| {
                f64::from(outer.left[r * outer.rows + i])
                    * f64::from(outer.right[r * outer.columns + j])
            });
            terms.sum::<f64>().powi(2)
        };
        let all = |s: &Range<usize>| {
            (0..outer.rows * outer.columns)
                .map(|at| entry(s, at / outer.columns, at % outer.columns))
                .collect()
        };
        segments.iter().map(all).collect()
    }

    fn near(found: f64, expected: f64, epsilon: f64) {
        approx::assert_relative_eq!(found, expected, max_relative = 1e-5, epsilon = epsilon);
    }

    #[test]
    fn every_way_to_the_squares_agrees_with_the_naive_one() {
        for (rows, columns) in [(3, 5), (40, 24), (7, 1)] {
            let segments = [0..1, 1..9, 9..9, 9..42];
            let (left, right) = (numbers(42 * rows, 1), numbers(42 * columns, 2));
            let outer = Outer {
                left: &left,
                right: &right,
                rows,
                columns,
            };
            let naive = naive(&outer, &segments);
            let mut sums = vec![0.0; rows * columns];
            let norms = outer.add_squares(&segments, &mut sums);
            for (at, sum) in sums.iter().enumerate() {
                let expected: f64 = naive.iter().map(|n| n[at]).sum();
                approx::assert_relative_eq!(*sum, expected, max_relative = 1e-5, epsilon = 1e-6);
            }
            for (s, segment) in segments.iter().enumerate() {
                let expected: f64 = naive[s].iter().sum();
                for found in [
                    norms[s],
                    outer.ghost(segment),
                    outer.direct(segment),
                    outer.norms(&segments)[s],
                ] {
                    near(found, expected, 1e-6);
                }
                for (j, found) in outer.column_norms(segment).into_iter().enumerate() {
                    let expected: f64 = (0..rows).map(|i| naive[s][i * columns + j]).sum();
                    near(found, expected, 1e-5);
                }
            }
        }
    }
}
