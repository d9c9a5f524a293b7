//! The running sums of one pair.

use super::{PairResult, Requested};
use crate::local_spearman::LocalSpearman;
use crate::overlap::Overlap;

/// Sum and count of the rows that had a value.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mean {
    sum: f64,
    rows: usize,
}

impl Mean {
    #[inline(always)]
    pub fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.sum += value;
            self.rows += 1;
        }
    }

    fn merge(&mut self, other: Self) {
        self.sum += other.sum;
        self.rows += other.rows;
    }

    fn value(self) -> Option<f64> {
        (self.rows > 0).then(|| self.sum / self.rows as f64)
    }
}

/// By k: Jaccard indices, and rank correlations in both directions.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    pub overlap: Vec<f64>,
    pub forward: Vec<Mean>,
    pub backward: Vec<Mean>,
}

impl Sums {
    pub fn new(wanted: &Requested<'_>) -> Self {
        let none = vec![Mean::default(); wanted.spearman.len()];
        Self {
            overlap: vec![0.0; wanted.overlap.len()],
            forward: none.clone(),
            backward: none,
        }
    }

    pub fn merge(&mut self, other: &Self) {
        let overlap = self.overlap.iter_mut().zip(&other.overlap);
        overlap.for_each(|(a, b)| *a += b);
        let forward = self.forward.iter_mut().zip(&other.forward);
        let backward = self.backward.iter_mut().zip(&other.backward);
        forward.chain(backward).for_each(|(a, &b)| a.merge(b));
    }

    pub fn finish(&self, rows: usize, wanted: &Requested<'_>) -> PairResult {
        let overlap = wanted.overlap.iter().zip(&self.overlap);
        let directions = self.forward.iter().zip(&self.backward);
        PairResult {
            overlap: overlap
                .map(|(&k, sum)| Overlap::new(k, sum / rows as f64, rows - 1))
                .collect(),
            spearman: wanted
                .spearman
                .iter()
                .zip(directions)
                .map(|(&k, (forward, backward))| LocalSpearman {
                    k,
                    forward: forward.value(),
                    backward: backward.value(),
                })
                .collect(),
        }
    }
}
