//! As many taps as positions, between two gates.
#![allow(
    unsafe_code,
    reason = "tiles write interleaved columns of one array, before it is initialised"
)]

use rayon::prelude::*;

use super::fourier::{Fourier, Numbers};
use crate::dropout::Dropout;
use crate::product::Shared;
use crate::simd::{LANES, vectorize};

/// The operator of Hyena: `y = x₀ ⊙ (k ∗ p + skip ⊙ p)` with `p = dropout(x₁ ⊙ v)`, along time and
/// channel by channel: `(k ∗ p)[t] = Σ_{s ≤ t} k[s]·p[t − s]`.
///
/// Rows of `x` are `x₀ | x₁ | v`, `width` each.
///
/// ```
/// use dissensus_kernels::convolution::LongConvolution;
/// let long = LongConvolution { batch: 1, time: 2, width: 1, dropout: None };
/// let y = long.forward(&[1.0, 1.0, 3.0, 2.0, 1.0, 5.0], &[1.0, 10.0], &[0.0]);
/// assert!((y[0] - 3.0).abs() < 1e-5 && (y[1] - 2.0 * (5.0 + 30.0)).abs() < 1e-4);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LongConvolution {
    /// Sequences.
    pub batch: usize,
    /// Positions of each, and taps of each channel.
    pub time: usize,
    /// Channels.
    pub width: usize,
    /// Of `x₁ ⊙ v`; row `sequence·time + position` of its stream, the column is the channel.
    pub dropout: Option<Dropout>,
}

/// What flows back through a long convolution.
#[derive(Debug, Clone, PartialEq)]
pub struct LongGradients {
    /// Of `x`, `[batch·time, 3·width]`.
    pub x: Vec<f32>,
    /// Of the taps, `[time, width]`.
    pub taps: Vec<f32>,
    /// Of `skip`, `[width]`.
    pub skip: Vec<f32>,
}

/// The arrays of one pass.
#[derive(Clone, Copy)]
struct Operands<'a> {
    x: &'a [f32],
    taps: &'a [f32],
    skip: &'a [f32],
}

impl LongConvolution {
    /// The result `[batch·time, width]` of `x` `[batch·time, 3·width]`, taps `k` `[time, width]`
    /// and `skip` `[width]`.
    ///
    /// Two sequences share a transform, as its real and its imaginary part; so a single one costs
    /// as much as two, and what is not finite in one shows in both.
    ///
    /// # Panics
    /// If the sizes do not fit.
    #[must_use]
    pub fn forward(&self, x: &[f32], taps: &[f32], skip: &[f32]) -> Vec<f32> {
        let len = self.check(x, taps, skip);
        let mut y = Vec::<f32>::with_capacity(len);
        if len == 0 {
            return y;
        }
        let operands = Operands { x, taps, skip };
        let (out, fourier) = (Shared(y.as_mut_ptr()), Fourier::new(self.time));
        self.tiles().into_par_iter().for_each_init(
            || [(); 2].map(|()| vec![Numbers::ZERO; fourier.length()]),
            |room, tile| {
                // SAFETY: `y` has room for all rows; each tile writes its own columns.
                unsafe { tile.forward(operands, &fourier, room, out) };
            },
        );
        // SAFETY: the tiles wrote every column of every row.
        unsafe { y.set_len(len) };
        y
    }

    /// The gradients, given that of the result.
    ///
    /// # Panics
    /// If the sizes do not fit.
    #[must_use]
    pub fn backward(&self, x: &[f32], taps: &[f32], skip: &[f32], g: &[f32]) -> LongGradients {
        let len = self.check(x, taps, skip);
        assert_eq!(g.len(), len, "long convolution: the gradient does not fit");
        if len == 0 {
            return LongGradients {
                x: Vec::new(),
                taps: vec![0.0; taps.len()],
                skip: vec![0.0; skip.len()],
            };
        }
        let operands = Operands { x, taps, skip };
        let mut to_x = Vec::<f32>::with_capacity(3 * len);
        let mut to_taps = Vec::<f32>::with_capacity(taps.len());
        let mut to_skip = vec![0f32; self.width];
        let fourier = Fourier::new(self.time);
        let outs = [Shared(to_x.as_mut_ptr()), Shared(to_taps.as_mut_ptr())];
        let tiles = self.tiles().into_par_iter();
        tiles.zip(to_skip.par_chunks_mut(LANES)).for_each_init(
            || [(); 5].map(|()| vec![Numbers::ZERO; fourier.length()]),
            |room, (tile, to_skip)| {
                // SAFETY: the arrays have room for all rows; each tile writes its own columns of
                // both.
                unsafe { tile.backward(operands, g, &fourier, room, outs, to_skip) };
            },
        );
        // SAFETY: the tiles wrote every column of every row of both.
        unsafe {
            to_x.set_len(3 * len);
            to_taps.set_len(taps.len());
        }
        LongGradients {
            x: to_x,
            taps: to_taps,
            skip: to_skip,
        }
    }

    fn tiles(&self) -> Vec<Tile<'_>> {
        let starts = (0..self.width).step_by(LANES);
        starts
            .map(|from| Tile {
                shape: self,
                from,
                width: LANES.min(self.width - from),
            })
            .collect()
    }

    /// Elements of the result.
    fn check(&self, x: &[f32], taps: &[f32], skip: &[f32]) -> usize {
        let Self {
            batch, time, width, ..
        } = *self;
        let rows = batch.checked_mul(time);
        let len = rows.and_then(|rows| rows.checked_mul(width));
        let whole = len.and_then(|len| len.checked_mul(3));
        assert_eq!(
            Some(x.len()),
            whole,
            "long convolution: expected {batch} x {time} rows of three times {width}"
        );
        assert_eq!(
            Some(taps.len()),
            time.checked_mul(width),
            "long convolution: expected {time} taps for each of {width} channels"
        );
        assert_eq!(
            skip.len(),
            width,
            "long convolution: expected {width} skips"
        );
        len.unwrap_or(0)
    }
}

/// Some channels of all sequences.
struct Tile<'a> {
    shape: &'a LongConvolution,
    from: usize,
    width: usize,
}

/// The numbers of one row of a tile; 0 beyond its width.
type Row = [f32; LANES];

impl Tile<'_> {
    /// This tile's columns of a row, behind `column`.
    #[inline(always)]
    fn row(&self, data: &[f32], row: usize, row_width: usize, column: usize) -> Row {
        let from = row * row_width + column + self.from;
        let mut values = [0.0; LANES];
        values[..self.width].copy_from_slice(&data[from..from + self.width]);
        values
    }

    /// `x₀`, `x₁` and `v` of a row.
    #[inline(always)]
    fn parts(&self, x: &[f32], row: usize) -> [Row; 3] {
        let width = self.shape.width;
        [0, 1, 2].map(|part| self.row(x, row, 3 * width, part * width))
    }

    /// Writes this tile's columns of a row.
    ///
    /// # Safety
    /// `out` must have the row, and nobody else may use these columns of it.
    #[inline(always)]
    unsafe fn write(&self, out: Shared, row: usize, row_width: usize, column: usize, values: Row) {
        let at = row * row_width + column + self.from;
        for (channel, value) in values[..self.width].iter().enumerate() {
            // SAFETY: as promised by the caller.
            unsafe { out.at(at + channel).write(*value) };
        }
    }

    /// The factors of the dropout in a row, 1 where there is none.
    #[inline(always)]
    fn kept(&self, row: usize) -> Row {
        let mut kept = [1.0; LANES];
        if let Some(dropout) = self.shape.dropout.filter(|d| !d.is_identity()) {
            let (stream, scale) = (dropout.row(row as u64), dropout.scale());
            for (channel, kept) in kept.iter_mut().enumerate() {
                *kept = stream.factor((self.from + channel) as u32, scale);
            }
        }
        kept
    }

    /// `dropout(x₁ ⊙ v)` of a row.
    #[inline(always)]
    fn gated(&self, x: &[f32], row: usize) -> Row {
        let [_, x1, v] = self.parts(x, row);
        product(product(x1, v), self.kept(row))
    }

    /// Two sequences as real and imaginary part, the second one of zeros where there is none, with
    /// zeros behind them.
    fn load(&self, pair: usize, to: &mut [Numbers], row: impl Fn(usize) -> Row) {
        let LongConvolution { batch, time, .. } = *self.shape;
        let has_second = pair + 1 < batch;
        let second = |t: usize| {
            if has_second {
                row((pair + 1) * time + t)
            } else {
                [0.0; LANES]
            }
        };
        for (t, to) in to[..time].iter_mut().enumerate() {
            *to = Numbers {
                re: row(pair * time + t),
                im: second(t),
            };
        }
        to[time..].fill(Numbers::ZERO);
    }

    /// The spectrum of the taps, divided by the length, so that the way back is an inverse.
    fn transform_taps(&self, taps: &[f32], fourier: &Fourier, to: &mut [Numbers]) {
        let scale = 1.0 / fourier.length() as f32;
        for (t, to) in to[..self.shape.time].iter_mut().enumerate() {
            let re = self
                .row(taps, t, self.shape.width, 0)
                .map(|tap| tap * scale);
            *to = Numbers {
                re,
                ..Numbers::ZERO
            };
        }
        to[self.shape.time..].fill(Numbers::ZERO);
        fourier.forth(to);
    }

    /// The rows of a pair of sequences, and what a transform has for each.
    fn rows<'b>(
        &self,
        pair: usize,
        series: &'b [Numbers],
    ) -> impl Iterator<Item = (usize, Row)> + use<'b> {
        let LongConvolution { batch, time, .. } = *self.shape;
        let first = series[..time].iter().map(|numbers| numbers.re);
        let second = series[..time].iter().map(|numbers| numbers.im);
        let second = second.take(if pair + 1 < batch { time } else { 0 });
        (pair * time..).zip(first.chain(second))
    }

    /// # Safety
    /// As [`Tile::write`] for rows of the result.
    unsafe fn forward(
        &self,
        operands: Operands<'_>,
        fourier: &Fourier,
        [taps, here]: &mut [Vec<Numbers>; 2],
        out: Shared,
    ) {
        let Operands { x, skip, .. } = operands;
        self.transform_taps(operands.taps, fourier, taps);
        let skip = self.row(skip, 0, 0, 0);
        for pair in (0..self.shape.batch).step_by(2) {
            self.load(pair, here, |row| self.gated(x, row));
            fourier.forth(here);
            multiply(here, taps);
            fourier.back(here);
            for (row, y) in self.rows(pair, here) {
                let [x0, x1, v] = self.parts(x, row);
                let p = product(product(x1, v), self.kept(row));
                let y = product(x0, plus(y, product(skip, p)));
                // SAFETY: as promised by the caller.
                unsafe { self.write(out, row, self.shape.width, 0, y) };
            }
        }
    }

    /// # Safety
    /// As [`Tile::write`] for rows of the gradients of `x` and of the taps.
    #[expect(
        clippy::too_many_lines,
        reason = "one pass whose steps share their transforms"
    )]
    unsafe fn backward(
        &self,
        operands: Operands<'_>,
        g: &[f32],
        fourier: &Fourier,
        room: &mut [Vec<Numbers>; 5],
        [to_x, to_taps]: [Shared; 2],
        to_skip: &mut [f32],
    ) {
        let Operands { x, skip, .. } = operands;
        let width = self.shape.width;
        let [taps, sums, gated, output, y] = room;
        self.transform_taps(operands.taps, fourier, taps);
        sums.fill(Numbers::ZERO);
        let skip = self.row(skip, 0, 0, 0);
        for pair in (0..self.shape.batch).step_by(2) {
            self.load(pair, gated, |row| self.gated(x, row));
            fourier.forth(gated);
            self.load(pair, output, |row| {
                product(self.row(g, row, width, 0), self.parts(x, row)[0])
            });
            fourier.forth(output);
            y.copy_from_slice(gated);
            multiply(y, taps);
            fourier.back(y);
            add_correlation(sums, output, gated);
            correlate(output, taps);
            fourier.back(output);
            let found = self.rows(pair, y).zip(self.rows(pair, output));
            for ((row, y), (_, to_p)) in found {
                let [x0, x1, v] = self.parts(x, row);
                let (g, kept) = (self.row(g, row, width, 0), self.kept(row));
                let p = product(product(x1, v), kept);
                let through = product(g, x0);
                let to_p = product(plus(to_p, product(skip, through)), kept);
                let to_x0 = product(g, plus(y, product(skip, p)));
                for (to, of) in to_skip.iter_mut().zip(product(through, p)) {
                    *to += of;
                }
                let gradients = [to_x0, product(to_p, v), product(to_p, x1)];
                for (part, gradient) in gradients.into_iter().enumerate() {
                    // SAFETY: as promised by the caller.
                    unsafe { self.write(to_x, row, 3 * width, part * width, gradient) };
                }
            }
        }
        fourier.back(sums);
        let scale = 1.0 / fourier.length() as f32;
        for (t, sum) in sums[..self.shape.time].iter().enumerate() {
            // SAFETY: as promised by the caller.
            unsafe { self.write(to_taps, t, width, 0, sum.re.map(|x| x * scale)) };
        }
    }
}

#[inline(always)]
fn product(a: Row, b: Row) -> Row {
    std::array::from_fn(|lane| a[lane] * b[lane])
}

#[inline(always)]
fn plus(a: Row, b: Row) -> Row {
    std::array::from_fn(|lane| a[lane] + b[lane])
}

/// `x := x ⊙ taps`.
fn multiply(x: &mut [Numbers], taps: &[Numbers]) {
    vectorize(
        #[inline(always)]
        || {
            for (x, taps) in x.iter_mut().zip(taps) {
                *x = x.times(*taps);
            }
        },
    );
}

/// `x := x ⊙ conj(taps)`.
fn correlate(x: &mut [Numbers], taps: &[Numbers]) {
    vectorize(
        #[inline(always)]
        || {
            for (x, taps) in x.iter_mut().zip(taps) {
                *x = x.times_conjugate(*taps);
            }
        },
    );
}

/// `sums += output ⊙ conj(input)`: the real part of its series is the sum of the correlations of
/// both sequences.
fn add_correlation(sums: &mut [Numbers], output: &[Numbers], input: &[Numbers]) {
    vectorize(
        #[inline(always)]
        || {
            for ((sum, output), input) in sums.iter_mut().zip(output).zip(input) {
                sum.add(output.times_conjugate(*input));
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        (0..count as u32)
            .map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0)
            .collect()
    }

    /// The sum itself, in double precision.
    fn direct(shape: &LongConvolution, x: &[f32], taps: &[f32], skip: &[f32]) -> Vec<f64> {
        let LongConvolution { time, width, .. } = *shape;
        let of =
            |row: usize, part: usize, c: usize| f64::from(x[row * 3 * width + part * width + c]);
        let p = |row: usize, c: usize| of(row, 1, c) * of(row, 2, c);
        let y = |i: usize| {
            let (row, c) = (i / width, i % width);
            let (t, start) = (row % time, row - row % time);
            let terms = (0..=t).map(|s| f64::from(taps[s * width + c]) * p(start + t - s, c));
            of(row, 0, c) * (terms.sum::<f64>() + f64::from(skip[c]) * p(row, c))
        };
        (0..x.len() / 3).map(y).collect()
    }

    #[test]
    fn the_sum_is_linear_and_not_circular_at_every_length() {
        for (batch, time, width) in [
            (1, 1, 1),
            (2, 2, 3),
            (1, 3, 17),
            (2, 9, 16),
            (3, 31, 5),
            (1, 200, 33),
        ] {
            let shape = LongConvolution {
                batch,
                time,
                width,
                dropout: None,
            };
            let x = numbers(batch * time * 3 * width, 1);
            let (taps, skip) = (numbers(time * width, 2), numbers(width, 3));
            let y = shape.forward(&x, &taps, &skip);
            for (y, exact) in y.iter().zip(direct(&shape, &x, &taps, &skip)) {
                assert!(
                    (f64::from(*y) - exact).abs() < 1e-5 * (time as f64).sqrt(),
                    "{batch} {time} {width}: {y} {exact}"
                );
            }
        }
    }

    #[test]
    fn a_number_that_is_not_finite_shows() {
        let shape = LongConvolution {
            batch: 1,
            time: 4,
            width: 1,
            dropout: None,
        };
        let mut x = numbers(12, 1);
        x[4] = f32::NAN;
        assert!(shape.forward(&x, &numbers(4, 2), &[1.0])[3].is_nan());
    }
}
