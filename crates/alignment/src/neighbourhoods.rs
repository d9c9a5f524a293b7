//! One blocked pass over the similarities of all tables: overlap and local rank correlation of
//! every pair, every k.

mod edge;
mod row;
mod sums;

use rayon::prelude::*;

use crate::local_spearman::{LocalSpearman, Ties};
use crate::overlap::Overlap;
use crate::product::rows_times_rows;
use crate::tables::pairs;
use crate::{EmbeddingTables, Error};
use dissensus_kernels::simd::vectorize;
use row::Row;
use sums::Sums;

/// Values one task may hold: 64 million similarities, 256 MiB.
const BLOCK_VALUES: usize = 64 << 20;
/// Rows of a block: a product of fewer is slower, and the sums of a block are added up in one go.
const BLOCK_ROWS: usize = 512;

/// What the pass computes.
#[derive(Debug, Clone)]
pub(crate) struct Requested<'a> {
    pub overlap: &'a [usize],
    pub spearman: &'a [usize],
    pub ties: Ties,
}

impl Requested<'_> {
    /// The deepest neighbourhood.
    fn depth(&self) -> usize {
        let deepest = [self.overlap.last(), self.spearman.last()];
        deepest.into_iter().flatten().copied().max().unwrap_or(0)
    }
}

/// Overlaps and correlations of one pair, by k.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PairResult {
    pub overlap: Vec<Overlap>,
    pub spearman: Vec<LocalSpearman>,
}

/// Checks the lists of k against the rows and sorts them.
pub(crate) fn checked(ks: &[usize], minimum: usize, rows: usize) -> Result<Vec<usize>, Error> {
    let maximum = rows.saturating_sub(1);
    if let Some(&k) = ks.iter().find(|&&k| k < minimum || k > maximum) {
        return Err(Error::Neighbours {
            k,
            minimum,
            maximum,
        });
    }
    let mut sorted = ks.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    Ok(sorted)
}

/// Runs the pass; the lists of k must be [`checked`].
pub(crate) fn compare(tables: &EmbeddingTables, wanted: &Requested<'_>) -> Vec<PairResult> {
    let (rows, d) = (tables.rows(), tables.dimension());
    if wanted.depth() == 0 {
        return vec![Sums::new(wanted).finish(rows, wanted); pairs(tables.members().len()).len()];
    }
    let pairs = pairs(tables.members().len());
    let members = tables.members().par_iter();
    let units: Vec<Vec<f32>> = members.map(crate::EmbeddingTable::unit_rows).collect();
    let height = (BLOCK_VALUES / (rows * units.len()).max(1)).clamp(32, BLOCK_ROWS);
    let starts: Vec<usize> = (0..rows).step_by(height).collect();
    let buffers = || {
        let blocks = vec![vec![0.0; height * rows]; units.len()];
        (blocks, Row::default())
    };
    let blocks: Vec<Vec<Sums>> = starts
        .par_iter()
        .with_max_len(1)
        .map_init(buffers, |(blocks, row), &start| {
            let height = height.min(rows - start);
            for (block, unit) in blocks.iter_mut().zip(&units) {
                let block = &mut block[..height * rows];
                rows_times_rows(block, &unit[start * d..][..height * d], unit, d);
            }
            let block = Block {
                members: blocks,
                rows,
                start,
                height,
            };
            vectorize(
                #[inline(always)]
                || block.sums(&pairs, wanted, row),
            )
        })
        .collect();
    let mut total = vec![Sums::new(wanted); pairs.len()];
    for block in &blocks {
        let both = total.iter_mut().zip(block);
        both.for_each(|(total, sums)| total.merge(sums));
    }
    total.iter().map(|sums| sums.finish(rows, wanted)).collect()
}

/// Similarities of `height` rows from `start` to all, row-major, by member.
struct Block<'a> {
    members: &'a [Vec<f32>],
    rows: usize,
    start: usize,
    height: usize,
}

impl Block<'_> {
    #[inline(always)]
    fn sums(&self, pairs: &[(usize, usize)], wanted: &Requested<'_>, row: &mut Row) -> Vec<Sums> {
        let mut sums = vec![Sums::new(wanted); pairs.len()];
        for i in 0..self.height {
            let similarities = |member: usize| &self.members[member][i * self.rows..][..self.rows];
            row.rank(self.members.len(), similarities, self.start + i, wanted);
            for (&pair, sums) in pairs.iter().zip(&mut sums) {
                row.pair(pair, similarities, wanted, sums);
            }
        }
        sums
    }
}
