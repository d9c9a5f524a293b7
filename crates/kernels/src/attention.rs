//! Attention on `[batch, time, width]` without permutes: head `h` is a strided view of columns
//! `h·d … (h+1)·d`.
//!
//! One task per (sequence, head); inside it blocks of queries, first to last. The probabilities of
//! a block live in the task's scratch and are computed again in the backward pass from the stored
//! log-sum of each row.
#![allow(
    unsafe_code,
    reason = "heads write interleaved columns of one array, before it is initialised"
)]

mod backward;
mod forward;

use crate::dropout::{Dropout, RowStream};
use crate::product::{Bf16Way, Matrix, Precision, Shared};
use crate::simd::LANES;
pub use backward::backward;
pub use forward::forward;

/// Queries per block: their scores against 512 keys, and the gradients of these, fill a quarter of
/// a 1 MiB second-level cache.
const QUERIES: usize = 64;

/// What distance costs (ALiBi): head `h` adds `−slopes[h]·|position(query) − position(key)|` to its
/// scaled scores.
#[derive(Debug, Clone)]
pub struct Distances {
    /// One a head.
    pub slopes: std::sync::Arc<[f32]>,
    /// Of each token in its sequence, `[batch, time]`.
    pub positions: std::sync::Arc<[f32]>,
}

/// Sizes and options of one attention.
#[derive(Debug, Clone)]
pub struct Attention {
    /// Sequences.
    pub batch: usize,
    /// Positions of each, queries and keys alike.
    pub time: usize,
    /// Heads, which divide the width.
    pub heads: usize,
    /// Width of all heads together.
    pub width: usize,
    /// Which keys are tokens, `[batch, time]`; all if none.
    pub mask: Option<std::sync::Arc<[bool]>>,
    /// Of the probabilities; row `((sequence·heads + head)·time + query)` of its stream, the column
    /// is the key.
    pub dropout: Option<Dropout>,
    /// Of the factors of products.
    pub precision: Precision,
    /// What distance costs, if it does.
    pub distances: Option<Distances>,
}

impl Attention {
    /// Elements of one plane, and of the log-sums.
    ///
    /// # Panics
    /// If the heads do not divide the width, mask or positions are not `[batch, time]`, the slopes
    /// not one a head, or an array is larger than can be addressed.
    #[expect(clippy::too_many_lines, reason = "a list of checks")]
    fn lengths(&self) -> [usize; 2] {
        let Self {
            batch,
            time,
            heads,
            width,
            ..
        } = *self;
        assert!(
            heads > 0 && width % heads == 0,
            "attention: {heads} heads do not divide the width {width}"
        );
        let product = |factors: &[usize]| {
            let product = factors
                .iter()
                .try_fold(1usize, |product, &factor| product.checked_mul(factor));
            let product = product.filter(|&product| isize::try_from(product).is_ok());
            assert!(
                product.is_some(),
                "attention: {factors:?} elements are more than can be addressed"
            );
            product.unwrap_or(0)
        };
        let tokens = product(&[batch, time]);
        if let Some(mask) = &self.mask {
            assert_eq!(
                mask.len(),
                tokens,
                "attention: the mask is not [batch, time]"
            );
        }
        if let Some(Distances { slopes, positions }) = &self.distances {
            assert_eq!(slopes.len(), heads, "attention: expected one slope a head");
            assert_eq!(
                positions.len(),
                tokens,
                "attention: the positions are not [batch, time]"
            );
        }
        product(&[3, batch, time, width]);
        [
            product(&[batch, time, width]),
            product(&[batch, heads, time]),
        ]
    }
}

/// One sequence and head.
struct Task<'a> {
    shape: &'a Attention,
    sequence: usize,
    head: usize,
    /// Number of keys up to the last token.
    keys: usize,
    /// 0 for a token, −∞ for padding before the last token; none if there is no such padding.
    masked: Option<Vec<f32>>,
    /// The slope of this head for scores not yet scaled, and the positions of this sequence.
    distances: Option<(f32, &'a [f32])>,
}

impl<'a> Task<'a> {
    fn new(shape: &'a Attention, index: usize) -> Self {
        let (sequence, head) = (index / shape.heads, index % shape.heads);
        let mask = shape
            .mask
            .as_ref()
            .map(|mask| &mask[sequence * shape.time..][..shape.time]);
        let keys = mask.map_or(shape.time, |mask| {
            mask.iter()
                .rposition(|&token| token)
                .map_or(0, |last| last + 1)
        });
        let masked = mask
            .map(|mask| &mask[..keys])
            .filter(|mask| mask.contains(&false))
            .map(|mask| {
                let bias = |&token: &bool| if token { 0.0 } else { f32::NEG_INFINITY };
                mask.iter().map(bias).collect()
            });
        let distances = shape.distances.as_ref().map(|distances| {
            let width = (shape.width / shape.heads) as f32;
            let positions = &distances.positions[sequence * shape.time..][..shape.time];
            (distances.slopes[head] * width.sqrt(), positions)
        });
        Self {
            shape,
            sequence,
            head,
            keys,
            masked,
            distances,
        }
    }

    /// Adds to the products of one query what their keys' distance costs and what masks them.
    #[inline(always)]
    fn add_to_scores(&self, query: usize, scores: &mut [f32]) {
        if let Some((slope, positions)) = self.distances {
            let here = positions[query];
            for (score, there) in scores.iter_mut().zip(positions) {
                *score -= slope * (here - there).abs();
            }
        }
        if let Some(masked) = &self.masked {
            for (score, masked) in scores.iter_mut().zip(masked) {
                *score += masked;
            }
        }
    }

    /// Where row `row` of this head starts in plane `plane` of a `[planes, batch, time, width]`
    /// array.
    fn offset(&self, plane: usize, row: usize) -> usize {
        let Attention {
            batch,
            time,
            width,
            heads,
            ..
        } = *self.shape;
        ((plane * batch + self.sequence) * time + row) * width + self.head * (width / heads)
    }

    fn view<'b>(&self, data: &'b [f32], plane: usize, row: usize, rows: usize) -> Matrix<'b> {
        let d = self.shape.width / self.shape.heads;
        let data = &data[self.offset(plane, row)..];
        Matrix::strided(data, rows, d, self.shape.width).at(self.shape.precision)
    }

    /// Row of the stream and of the log-sums for query `query`.
    fn stream_row(&self, query: usize) -> usize {
        (self.sequence * self.shape.heads + self.head) * self.shape.time + query
    }

    fn stream(&self, query: usize) -> Option<(RowStream, f32)> {
        let dropout = self.shape.dropout.filter(|d| !d.is_identity())?;
        Some((dropout.row(self.stream_row(query) as u64), dropout.scale()))
    }

    fn scale(&self) -> f32 {
        ((self.shape.width / self.shape.heads) as f32)
            .sqrt()
            .recip()
    }

    /// The transpose of a plane of this head, `[head width, keys]`.
    ///
    /// A product in single precision packs a transposed factor anew at every call: it is copied
    /// once per head, not once per block. Tiles are packed at every call in any case, and turn on
    /// the way.
    fn transposed<'b>(&self, data: &'b [f32], plane: usize, to: &'b mut Vec<f32>) -> Matrix<'b> {
        let bf16 = self.shape.precision == Precision::Bf16;
        if bf16 && Bf16Way::of_this_cpu() == Bf16Way::Tiles {
            return self.view(data, plane, 0, self.keys).transposed();
        }
        self.transpose(data, plane, to)
    }

    /// The same, copied row by row to `to`.
    fn transpose<'b>(&self, data: &[f32], plane: usize, to: &'b mut Vec<f32>) -> Matrix<'b> {
        let (d, stride) = (self.shape.width / self.shape.heads, self.padded_keys());
        to.resize(d * stride, 0.0);
        for from in (0..self.keys).step_by(LANES) {
            // Behind the last key the last one stands again, in the padding.
            let rows: [&[f32]; LANES] = std::array::from_fn(|i| {
                let key = (from + i).min(self.keys - 1);
                &data[self.offset(plane, key)..][..d]
            });
            for column in 0..d {
                let to = &mut to[column * stride + from..][..LANES];
                to.copy_from_slice(&rows.map(|row| row[column]));
            }
        }
        Matrix::strided(to, d, self.keys, stride).at(self.shape.precision)
    }

    /// Scores, or their gradients, of some queries.
    fn scores<'b>(&self, data: &'b [f32], queries: usize) -> Matrix<'b> {
        Matrix::row_major(data, queries, self.keys).at(self.shape.precision)
    }

    /// The keys and a cache line: rows a power of two apart would share a few sets of the
    /// first-level cache.
    fn padded_keys(&self) -> usize {
        self.keys + LANES
    }

    /// Sets `rows × d` elements of this head to zero.
    ///
    /// # Safety
    /// The array must have the plane, and nobody else may use this head of it.
    unsafe fn clear(&self, out: Shared, plane: usize, rows: std::ops::Range<usize>) {
        let d = self.shape.width / self.shape.heads;
        for row in rows {
            // SAFETY: inside the plane; this task's columns.
            unsafe { out.at(self.offset(plane, row)).write_bytes(0, d) };
        }
    }
}
