//! Attention that sees no later position, with keys and values that several heads share.
//!
//! One task per sequence and key head; inside it blocks of queries, first to last, each against the
//! keys that some of its queries see. Probabilities are computed again in the backward pass from
//! the stored log-sum of each row.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::buffer::build;
use crate::dropout::{Dropout, RowStream};
use crate::elementwise::rows_per_block;
use crate::math::exp;
use crate::product::{Matrix, Precision, Threads, Update, product_into};
use crate::simd::vectorize;
use crate::sums::{maximum, sum, sum2};

/// Queries per block.
const QUERIES: usize = 64;

/// Sizes and options of one attention.
#[derive(Debug, Clone)]
pub struct CausalAttention {
    /// Sequences.
    pub batch: usize,
    /// Positions of each.
    pub time: usize,
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values, which divide those of the queries: query head `i` reads key head
    /// `i/(heads/key_heads)`.
    pub key_heads: usize,
    /// Width of a head.
    pub head: usize,
    /// Of each query `[batch, time]` the first key that it sees; it sees those from there to its
    /// own. All before it if none.
    pub first: Option<Arc<[u32]>>,
    /// Of the probabilities; row `((sequence·heads + head)·time + query)` of its stream, the column
    /// is the key.
    pub dropout: Option<Dropout>,
    /// Of the factors of products.
    pub precision: Precision,
}

/// The arrays of one pass: `[batch, time, heads·head]` and twice `[batch, time, key_heads·head]`.
#[derive(Debug, Clone, Copy)]
pub struct Projected<'a> {
    /// Queries.
    pub queries: &'a [f32],
    /// Keys.
    pub keys: &'a [f32],
    /// Values.
    pub values: &'a [f32],
}

/// What flows back, each as large as what it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectedGradients {
    /// Of the queries.
    pub queries: Vec<f32>,
    /// Of the keys.
    pub keys: Vec<f32>,
    /// Of the values.
    pub values: Vec<f32>,
}

impl CausalAttention {
    /// The context `[batch, time, heads·head]` and the log-sum of each row of scores,
    /// `[batch, heads, time]`.
    ///
    /// # Panics
    /// If the sizes do not fit, or a query sees no key.
    #[must_use]
    pub fn forward(&self, projected: Projected<'_>) -> (Vec<f32>, Vec<f32>) {
        self.check(projected);
        let tasks = (0..self.batch * self.heads).into_par_iter();
        let done = tasks.map(|index| Head::new(self, index).forward(projected));
        let (parts, log_sums): (Vec<_>, Vec<_>) = done.unzip();
        (self.interleave(&parts, self.heads), log_sums.concat())
    }

    /// The gradients, given that of the context; context and log-sums are those of
    /// [`CausalAttention::forward`].
    ///
    /// # Panics
    /// If the sizes do not fit.
    #[must_use]
    pub fn backward(
        &self,
        projected: Projected<'_>,
        context: &[f32],
        log_sums: &[f32],
        g: &[f32],
    ) -> ProjectedGradients {
        self.check(projected);
        let whole = projected.queries.len();
        assert!(
            context.len() == whole && g.len() == whole,
            "causal attention: context or gradient are not as large as the queries"
        );
        assert_eq!(
            log_sums.len(),
            self.batch * self.heads * self.time,
            "causal attention: expected a log-sum for each row of scores"
        );
        let saw = BackwardInputs {
            projected,
            context,
            log_sums,
            g,
        };
        let tasks = (0..self.batch * self.key_heads).into_par_iter();
        let done: Vec<_> = tasks.map(|index| self.of_key_head(index, saw)).collect();
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        for (queries, keys, values) in done {
            parts[0].extend(queries);
            parts[1].push(keys);
            parts[2].push(values);
        }
        ProjectedGradients {
            queries: self.interleave(&parts[0], self.heads),
            keys: self.interleave(&parts[1], self.key_heads),
            values: self.interleave(&parts[2], self.key_heads),
        }
    }

    /// The gradients of the queries of all heads that share a key head, of its keys and of its
    /// values.
    fn of_key_head(
        &self,
        index: usize,
        saw: BackwardInputs<'_>,
    ) -> (Vec<Vec<f32>>, Vec<f32>, Vec<f32>) {
        let (sequence, key_head) = (index / self.key_heads, index % self.key_heads);
        let shared = self.heads / self.key_heads;
        let mut keys = vec![0f32; self.time * self.head];
        let mut values = keys.clone();
        let heads = key_head * shared..(key_head + 1) * shared;
        let of = |head| Head::new(self, sequence * self.heads + head);
        let queries = heads.map(|head| of(head).backward(saw, &mut keys, &mut values));
        (queries.collect(), keys, values)
    }

    /// Parts `[time, head]`, one a sequence and head, as rows `[batch·time, heads·head]`.
    fn interleave(&self, parts: &[Vec<f32>], heads: usize) -> Vec<f32> {
        let (d, width) = (self.head, heads * self.head);
        let rows = rows_per_block(width);
        build(
            self.batch * self.time * width,
            rows * width,
            |index, out| {
                for (i, out) in out.chunks_exact_mut(width).enumerate() {
                    let row = index * rows + i;
                    let (sequence, t) = (row / self.time, row % self.time);
                    for (head, out) in out.chunks_exact_mut(d).enumerate() {
                        out.copy_from_slice(&parts[sequence * heads + head][t * d..][..d]);
                    }
                }
            },
        )
    }

    fn check(&self, projected: Projected<'_>) {
        let Self {
            batch,
            time,
            heads,
            key_heads,
            head,
            ..
        } = *self;
        assert!(
            head > 0 && key_heads > 0 && heads > 0 && heads.is_multiple_of(key_heads),
            "causal attention: {key_heads} key heads do not divide {heads} heads"
        );
        let size = |heads: usize| {
            let factors = [batch, time, heads, head].into_iter();
            factors.into_iter().try_fold(1usize, usize::checked_mul)
        };
        assert_eq!(
            Some(projected.queries.len()),
            size(heads),
            "causal attention: the queries are not [{batch}, {time}, {heads} x {head}]"
        );
        for keys in [projected.keys, projected.values] {
            assert_eq!(
                Some(keys.len()),
                size(key_heads),
                "causal attention: keys or values are not [{batch}, {time}, {key_heads} x {head}]"
            );
        }
        if let Some(first) = &self.first {
            let seen = |(row, &first): (usize, &u32)| first as usize <= row % time;
            assert!(
                first.len() == batch * time && first.iter().enumerate().all(seen),
                "causal attention: a first key is missing, or behind its query"
            );
        }
    }
}

/// What the backward pass reads.
#[derive(Clone, Copy)]
struct BackwardInputs<'a> {
    projected: Projected<'a>,
    context: &'a [f32],
    log_sums: &'a [f32],
    g: &'a [f32],
}

/// One sequence and head of the queries.
struct Head<'a> {
    shape: &'a CausalAttention,
    sequence: usize,
    head: usize,
}

impl<'a> Head<'a> {
    fn new(shape: &'a CausalAttention, index: usize) -> Self {
        Self {
            shape,
            sequence: index / shape.heads,
            head: index % shape.heads,
        }
    }

    fn forward(&self, projected: Projected<'_>) -> (Vec<f32>, Vec<f32>) {
        let CausalAttention { time, head: d, .. } = *self.shape;
        let mut context = vec![0f32; time * d];
        let mut log_sums = vec![0f32; time];
        let mut scores = Vec::new();
        for from in (0..time).step_by(QUERIES) {
            let queries = from..time.min(from + QUERIES);
            let keys = self.keys_of(&queries);
            self.scores(
                projected.queries,
                projected.keys,
                &queries,
                &keys,
                &mut scores,
            );
            let mut inverse = [0f32; QUERIES];
            for (i, row) in scores.chunks_exact_mut(keys.len()).enumerate() {
                (log_sums[from + i], inverse[i]) = self.exponentiate(from + i, &keys, row);
            }
            let p = self.matrix(&scores, &queries, &keys);
            let out = &mut context[queries.start * d..queries.end * d];
            let v = self.shared(projected.values, &keys);
            product_into(out, d, p, v, Update::Overwrite, Threads::One);
            for (row, inverse) in out.chunks_exact_mut(d).zip(inverse) {
                row.iter_mut().for_each(|x| *x *= inverse);
            }
        }
        (context, log_sums)
    }

    /// The gradient of the queries; those of keys and values are added.
    fn backward(
        &self,
        saw: BackwardInputs<'_>,
        to_keys: &mut [f32],
        to_values: &mut [f32],
    ) -> Vec<f32> {
        let CausalAttention { time, head: d, .. } = *self.shape;
        let Projected {
            queries,
            keys,
            values,
        } = saw.projected;
        let mut gradient = vec![0f32; time * d];
        let (mut p, mut ds) = (Vec::new(), Vec::new());
        for from in (0..time).step_by(QUERIES) {
            let block = from..time.min(from + QUERIES);
            let seen = self.keys_of(&block);
            self.scores(queries, keys, &block, &seen, &mut p);
            self.scores(saw.g, values, &block, &seen, &mut ds);
            let rows = p.chunks_exact_mut(seen.len());
            for (i, (p, ds)) in rows.zip(ds.chunks_exact_mut(seen.len())).enumerate() {
                self.differentiate(saw, from + i, &seen, p, ds);
            }
            let (p, ds) = (
                self.matrix(&p, &block, &seen),
                self.matrix(&ds, &block, &seen),
            );
            let (q, g) = (self.own(queries, &block), self.own(saw.g, &block));
            let out = &mut gradient[block.start * d..block.end * d];
            product_into(
                out,
                d,
                ds,
                self.shared(keys, &seen),
                Update::Overwrite,
                Threads::One,
            );
            let rows = seen.start * d..seen.end * d;
            let (to_keys, to_values) = (&mut to_keys[rows.clone()], &mut to_values[rows]);
            product_into(to_keys, d, ds.transposed(), q, Update::Add, Threads::One);
            product_into(to_values, d, p.transposed(), g, Update::Add, Threads::One);
        }
        gradient
    }

    /// The first key that a query sees.
    fn first(&self, query: usize) -> usize {
        let first = self.shape.first.as_ref();
        first.map_or(0, |first| {
            first[self.sequence * self.shape.time + query] as usize
        })
    }

    /// The keys that some of these queries see.
    fn keys_of(&self, queries: &Range<usize>) -> Range<usize> {
        let first = queries.clone().map(|query| self.first(query)).min();
        first.unwrap_or(0)..queries.end
    }

    /// The keys that one query sees, counted from the first of `keys`.
    fn seen(&self, query: usize, keys: &Range<usize>) -> Range<usize> {
        self.first(query) - keys.start..query + 1 - keys.start
    }

    /// Some rows of this head of an array of the queries' width.
    fn own<'b>(&self, data: &'b [f32], rows: &Range<usize>) -> Matrix<'b> {
        self.rows(data, rows, self.shape.heads, self.head)
    }

    /// Some rows of the key head that this head reads.
    fn shared<'b>(&self, data: &'b [f32], rows: &Range<usize>) -> Matrix<'b> {
        let CausalAttention {
            heads, key_heads, ..
        } = *self.shape;
        self.rows(data, rows, key_heads, self.head / (heads / key_heads))
    }

    fn rows<'b>(
        &self,
        data: &'b [f32],
        rows: &Range<usize>,
        heads: usize,
        head: usize,
    ) -> Matrix<'b> {
        let (d, width) = (self.shape.head, heads * self.shape.head);
        let from = (self.sequence * self.shape.time + rows.start) * width + head * d;
        Matrix::strided(&data[from..], rows.len(), d, width).at(self.shape.precision)
    }

    fn matrix<'b>(
        &self,
        data: &'b [f32],
        queries: &Range<usize>,
        keys: &Range<usize>,
    ) -> Matrix<'b> {
        Matrix::row_major(data, queries.len(), keys.len()).at(self.shape.precision)
    }

    /// Products of the rows of `queries` with those of `keys`.
    fn scores(
        &self,
        own: &[f32],
        shared: &[f32],
        queries: &Range<usize>,
        keys: &Range<usize>,
        to: &mut Vec<f32>,
    ) {
        to.resize(queries.len() * keys.len(), 0.0);
        let keys_transposed = self.shared(shared, keys).transposed();
        let own = self.own(own, queries);
        product_into(
            to,
            keys.len(),
            own,
            keys_transposed,
            Update::Overwrite,
            Threads::One,
        );
    }

    fn scale(&self) -> f32 {
        (self.shape.head as f32).sqrt().recip()
    }

    fn stream(&self, query: usize) -> Option<(RowStream, f32)> {
        let dropout = self.shape.dropout.filter(|d| !d.is_identity())?;
        let row = (self.sequence * self.shape.heads + self.head) * self.shape.time + query;
        Some((dropout.row(row as u64), dropout.scale()))
    }

    /// Replaces a row of products by `dropout(exp(scaled − top))`, 0 where the query does not see;
    /// the log-sum of the row and the inverse of its sum.
    fn exponentiate(&self, query: usize, keys: &Range<usize>, row: &mut [f32]) -> (f32, f32) {
        let (scale, stream, seen) = (self.scale(), self.stream(query), self.seen(query, keys));
        let offset = keys.start + seen.start;
        row[..seen.start].fill(0.0);
        row[seen.end..].fill(0.0);
        let row = &mut row[seen];
        vectorize(
            #[inline(always)]
            || {
                let top = maximum(row) * scale;
                for x in row.iter_mut() {
                    *x = exp(x.mul_add(scale, -top));
                }
                let total = sum(row, |x| x);
                if let Some((stream, factor)) = stream {
                    for (column, x) in row.iter_mut().enumerate() {
                        *x *= stream.factor((offset + column) as u32, factor);
                    }
                }
                (top + total.ln(), 1.0 / total)
            },
        )
    }

    /// From products `s` and `dp = g·vᵀ` of one query: `s := dropout(p)` and `dp := ∂/∂s`, 0 where
    /// the query does not see.
    fn differentiate(
        &self,
        saw: BackwardInputs<'_>,
        query: usize,
        keys: &Range<usize>,
        s: &mut [f32],
        dp: &mut [f32],
    ) {
        let CausalAttention {
            time,
            heads,
            head: d,
            ..
        } = *self.shape;
        let (scale, stream, seen) = (self.scale(), self.stream(query), self.seen(query, keys));
        let log_sum = saw.log_sums[(self.sequence * heads + self.head) * time + query];
        let at = ((self.sequence * time + query) * heads + self.head) * d;
        let offset = keys.start + seen.start;
        for row in [&mut *s, &mut *dp] {
            row[..seen.start].fill(0.0);
            row[seen.end..].fill(0.0);
        }
        let (s, dp) = (&mut s[seen.clone()], &mut dp[seen]);
        vectorize(
            #[inline(always)]
            || {
                let along = sum2(&saw.g[at..at + d], &saw.context[at..at + d], |g, o| g * o);
                for (column, (s, dp)) in s.iter_mut().zip(dp.iter_mut()).enumerate() {
                    let p = exp(s.mul_add(scale, -log_sum));
                    let keep = match stream {
                        Some((stream, factor)) => stream.factor((offset + column) as u32, factor),
                        None => 1.0,
                    };
                    *s = p * keep;
                    *dp = p * dp.mul_add(keep, -along) * scale;
                }
            },
        );
    }
}
