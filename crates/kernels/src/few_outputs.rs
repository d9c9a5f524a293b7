//! Products of a block of rows with a few outputs, each a sum of vectors, in double precision.
//!
//! Products made for large matrices work in tiles; nine outputs fill a third of one.

use pulp::{Arch, Simd, WithSimd};

/// Rows worked at together: each load of an output's weights serves all of them.
const ROWS: usize = 4;

/// `scores` = `rows` · `weights`ᵀ: rows n × columns, weights k × columns, scores n × k, all
/// row-major.
///
/// The parts of a sum are as many as a vector of this CPU holds, so the last bits are those of its
/// instruction set.
///
/// ```
/// use dissensus_kernels::few_outputs::scores;
/// let mut found = [0.0; 2];
/// scores(&mut found, &[1.0, 2.0, 3.0, 4.0], &[10.0, 1.0], 2);
/// assert_eq!(found, [12.0, 34.0]);
/// ```
///
/// # Panics
/// If `columns` is 0, or the sizes are not those above.
pub fn scores(scores: &mut [f64], rows: &[f64], weights: &[f64], columns: usize) {
    check(scores.len(), rows.len(), weights.len(), columns);
    Arch::new().dispatch(Scores {
        scores,
        rows,
        weights,
        columns,
    });
}

/// `sums` += `residuals`ᵀ · `rows`: residuals n × k, rows n × columns, sums k × columns, all
/// row-major.
///
/// ```
/// use dissensus_kernels::few_outputs::add_products;
/// let mut sums = [1.0, 1.0];
/// add_products(&mut sums, &[2.0, 3.0], &[1.0, 2.0, 3.0, 4.0], 2);
/// assert_eq!(sums, [12.0, 17.0]);
/// ```
///
/// # Panics
/// If `columns` is 0, or the sizes are not those above.
pub fn add_products(sums: &mut [f64], residuals: &[f64], rows: &[f64], columns: usize) {
    check(residuals.len(), rows.len(), sums.len(), columns);
    Arch::new().dispatch(Products {
        sums,
        residuals,
        rows,
        columns,
    });
}

/// n rows and k outputs have n · k scores.
fn check(scores: usize, rows: usize, outputs: usize, columns: usize) {
    assert!(
        rows.is_multiple_of(columns) && outputs.is_multiple_of(columns),
        "{rows} numbers of rows, {outputs} of outputs: not whole rows of {columns} columns"
    );
    let (n, k) = (rows / columns, outputs / columns);
    assert_eq!(
        Some(scores),
        n.checked_mul(k),
        "scores of {n} rows and {k} outputs"
    );
}

struct Scores<'a> {
    scores: &'a mut [f64],
    rows: &'a [f64],
    weights: &'a [f64],
    columns: usize,
}

impl WithSimd for Scores<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let k = self.weights.len() / self.columns;
        let mut rows = self.rows.chunks_exact(self.columns * ROWS);
        let mut scores = self.scores.chunks_exact_mut(k * ROWS);
        for (rows, scores) in rows.by_ref().zip(scores.by_ref()) {
            score_rows::<S, ROWS>(simd, scores, rows, self.weights, self.columns);
        }
        let rest = rows.remainder().chunks_exact(self.columns);
        for (row, scores) in rest.zip(scores.into_remainder().chunks_exact_mut(k)) {
            score_rows::<S, 1>(simd, scores, row, self.weights, self.columns);
        }
    }
}

/// `R` rows with all outputs, three at a time.
#[inline(always)]
fn score_rows<S: Simd, const R: usize>(
    simd: S,
    scores: &mut [f64],
    rows: &[f64],
    weights: &[f64],
    columns: usize,
) {
    let k = weights.len() / columns;
    let rows: [&[f64]; R] = std::array::from_fn(|r| &rows[r * columns..(r + 1) * columns]);
    let mut first = 0;
    while first < k {
        let weights = &weights[first * columns..];
        match k - first {
            1 => put::<R, 1>(scores, k, first, dots::<S, R, 1>(simd, &rows, weights)),
            2 => put::<R, 2>(scores, k, first, dots::<S, R, 2>(simd, &rows, weights)),
            _ => put::<R, 3>(scores, k, first, dots::<S, R, 3>(simd, &rows, weights)),
        }
        first += 3;
    }
}

#[inline(always)]
fn put<const R: usize, const G: usize>(
    scores: &mut [f64],
    k: usize,
    first: usize,
    found: [[f64; G]; R],
) {
    for (scores, found) in scores.chunks_exact_mut(k).zip(found) {
        scores[first..first + G].copy_from_slice(&found);
    }
}

/// The inner products of `R` rows with the first `G` outputs.
#[inline(always)]
fn dots<S: Simd, const R: usize, const G: usize>(
    simd: S,
    rows: &[&[f64]; R],
    weights: &[f64],
) -> [[f64; G]; R] {
    let columns = rows[0].len();
    let parted = rows.map(S::as_simd_f64s);
    let outputs: [(&[S::f64s], &[f64]); G] =
        std::array::from_fn(|g| S::as_simd_f64s(&weights[g * columns..(g + 1) * columns]));
    let vectors = outputs[0].0.len();
    let mut sums = [[simd.splat_f64s(0.0); G]; R];
    let heads: [&[S::f64s]; R] = std::array::from_fn(|r| &parted[r].0[..vectors]);
    let tops: [&[S::f64s]; G] = std::array::from_fn(|g| &outputs[g].0[..vectors]);
    for j in 0..vectors {
        let weights: [S::f64s; G] = std::array::from_fn(|g| tops[g][j]);
        for (sums, head) in sums.iter_mut().zip(&heads) {
            let x = head[j];
            for (sum, &weight) in sums.iter_mut().zip(&weights) {
                *sum = simd.mul_add_e_f64s(x, weight, *sum);
            }
        }
    }
    std::array::from_fn(|r| {
        std::array::from_fn(|g| {
            let tail = parted[r]
                .1
                .iter()
                .zip(outputs[g].1)
                .map(|(x, w)| x * w)
                .sum::<f64>();
            simd.reduce_sum_f64s(sums[r][g]) + tail
        })
    })
}

struct Products<'a> {
    sums: &'a mut [f64],
    residuals: &'a [f64],
    rows: &'a [f64],
    columns: usize,
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let columns = self.columns;
        let k = self.sums.len() / columns;
        let mut rows = self.rows.chunks_exact(columns * ROWS);
        let mut residuals = self.residuals.chunks_exact(k * ROWS);
        for (rows, residuals) in rows.by_ref().zip(residuals.by_ref()) {
            add_rows::<S, ROWS>(simd, self.sums, residuals, rows, columns);
        }
        let rest = rows.remainder().chunks_exact(columns);
        for (row, residuals) in rest.zip(residuals.remainder().chunks_exact(k)) {
            add_rows::<S, 1>(simd, self.sums, residuals, row, columns);
        }
    }
}

/// Adds `R` rows to all outputs, three at a time.
#[inline(always)]
fn add_rows<S: Simd, const R: usize>(
    simd: S,
    sums: &mut [f64],
    residuals: &[f64],
    rows: &[f64],
    columns: usize,
) {
    let k = residuals.len() / R;
    let rows: [&[f64]; R] = std::array::from_fn(|r| &rows[r * columns..(r + 1) * columns]);
    let mut first = 0;
    for sums in sums.chunks_mut(columns * 3) {
        match k - first {
            1 => add::<S, R, 1>(simd, sums, &pick(residuals, k, first), &rows),
            2 => add::<S, R, 2>(simd, sums, &pick(residuals, k, first), &rows),
            _ => add::<S, R, 3>(simd, sums, &pick(residuals, k, first), &rows),
        }
        first += 3;
    }
}

#[inline(always)]
fn pick<const R: usize, const G: usize>(
    residuals: &[f64],
    k: usize,
    first: usize,
) -> [[f64; G]; R] {
    std::array::from_fn(|r| std::array::from_fn(|g| residuals[r * k + first + g]))
}

/// Adds `R` rows, each times its residuals, to `G` outputs.
#[inline(always)]
fn add<S: Simd, const R: usize, const G: usize>(
    simd: S,
    sums: &mut [f64],
    residuals: &[[f64; G]; R],
    rows: &[&[f64]; R],
) {
    let columns = rows[0].len();
    let parted = rows.map(S::as_simd_f64s);
    let factors = residuals.map(|row| row.map(|residual| simd.splat_f64s(residual)));
    let mut outputs = sums.chunks_exact_mut(columns);
    let mut parts: [(&mut [S::f64s], &mut [f64]); G] =
        std::array::from_fn(|_| S::as_mut_simd_f64s(outputs.next().unwrap_or_default()));
    let vectors = parted[0].0.len();
    let heads: [&[S::f64s]; R] = std::array::from_fn(|r| &parted[r].0[..vectors]);
    #[expect(
        clippy::needless_range_loop,
        reason = "one index runs over rows and outputs alike"
    )]
    for j in 0..vectors {
        let x: [S::f64s; R] = std::array::from_fn(|r| heads[r][j]);
        for (g, part) in parts.iter_mut().enumerate() {
            let mut sum = part.0[j];
            for (factors, &x) in factors.iter().zip(&x) {
                sum = simd.mul_add_e_f64s(factors[g], x, sum);
            }
            part.0[j] = sum;
        }
    }
    for (g, part) in parts.iter_mut().enumerate() {
        for (i, sum) in part.1.iter_mut().enumerate() {
            for (residuals, row) in residuals.iter().zip(&parted) {
                *sum += residuals[g] * row.1[i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    /// The twins are plain loops.
    #[test]
    fn both_products_are_those_of_plain_loops() {
        for (n, k, columns) in [(9, 9, 21), (4, 1, 8), (3, 2, 1), (17, 4, 64), (1, 5, 3)] {
            let wave = |i: usize| (i as f64 * 0.7).sin();
            let rows: Vec<f64> = (0..n * columns).map(wave).collect();
            let weights: Vec<f64> = (0..k * columns).map(|i| wave(i + 5)).collect();
            let (mut found, mut wanted) = (vec![0.0; n * k], vec![0.0; n * k]);
            let (mut sums, mut twins) = (weights.clone(), weights.clone());
            super::scores(&mut found, &rows, &weights, columns);
            super::add_products(&mut sums, &found, &rows, columns);
            for (at, score) in wanted.iter_mut().enumerate() {
                let (row, output) = (at / k * columns, at % k * columns);
                for j in 0..columns {
                    *score += rows[row + j] * weights[output + j];
                }
                for j in 0..columns {
                    twins[output + j] += *score * rows[row + j];
                }
            }
            close(&found, &wanted);
            close(&sums, &twins);
        }
    }

    #[test]
    #[should_panic(expected = "scores of 2 rows and 1 outputs")]
    fn scores_that_do_not_fit_panic() {
        super::scores(&mut [0.0; 3], &[1.0; 4], &[1.0; 2], 2);
    }

    fn close(found: &[f64], wanted: &[f64]) {
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-11, "{found} {wanted}");
        }
    }
}
