//! One blocked pass over the similarities of all tables: overlap and local rank correlation of every pair, every k.

use rayon::prelude::*;

use crate::local_spearman::{LocalSpearman, Ties};
use crate::overlap::Overlap;
use crate::product::rows_times_rows;
use crate::ranking::{Ranker, Ranking, Run, UNRANKED, descending, runs};
use crate::spearman::{OtherSide, Ranks, nested};
use crate::tables::pairs;
use crate::{Error, Tables};

/// Values one task may hold: 16 million similarities, 64 MiB.
const BLOCK_VALUES: usize = 16 << 20;
const BLOCK_ROWS: usize = 256;

/// What the pass computes.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'a> {
    pub overlap: &'a [usize],
    pub spearman: &'a [usize],
    pub ties: Ties,
}

/// Overlaps and correlations of one pair, by k.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PairResult {
    pub overlap: Vec<Overlap>,
    pub spearman: Vec<LocalSpearman>,
}

/// Sum and count of the rows that had a value.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    rows: usize,
}

impl Mean {
    #[inline(always)]
    fn add(&mut self, value: Option<f64>) {
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

/// The running sums of one pair.
#[derive(Clone, Debug)]
struct Sums {
    overlap: Vec<f64>,
    forward: Vec<Mean>,
    backward: Vec<Mean>,
}

impl Sums {
    fn new(wanted: &Wanted<'_>) -> Self {
        let none = vec![Mean::default(); wanted.spearman.len()];
        Self {
            overlap: vec![0.0; wanted.overlap.len()],
            forward: none.clone(),
            backward: none,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.overlap
            .iter_mut()
            .zip(&other.overlap)
            .for_each(|(a, b)| *a += b);
        self.forward
            .iter_mut()
            .zip(&other.forward)
            .for_each(|(a, &b)| a.merge(b));
        self.backward
            .iter_mut()
            .zip(&other.backward)
            .for_each(|(a, &b)| a.merge(b));
    }

    fn finish(&self, rows: usize, wanted: &Wanted<'_>) -> PairResult {
        let overlap = wanted.overlap.iter().zip(&self.overlap);
        let spearman = wanted
            .spearman
            .iter()
            .zip(self.forward.iter().zip(&self.backward));
        PairResult {
            overlap: overlap
                .map(|(&k, sum)| Overlap::new(k, sum / rows as f64, rows - 1))
                .collect(),
            spearman: spearman
                .map(|(&k, (f, b))| LocalSpearman {
                    k,
                    forward: f.value(),
                    backward: b.value(),
                })
                .collect(),
        }
    }
}

/// Buffers of one task.
#[derive(Default)]
struct Scratch {
    ranker: Ranker,
    rankings: Vec<Ranking>,
    places: Vec<u32>,
    keys: Vec<u64>,
    runs: Vec<Run>,
    ranks: Ranks,
}

/// Checks the lists of k against the rows and sorts them.
pub(crate) fn checked(ks: &[usize], least: usize, rows: usize) -> Result<Vec<usize>, Error> {
    let most = rows.saturating_sub(1);
    if let Some(&k) = ks.iter().find(|&&k| k < least || k > most) {
        return Err(Error::Neighbours { k, least, most });
    }
    let mut sorted = ks.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    Ok(sorted)
}

/// Runs the pass; the lists of k must be [`checked`].
pub(crate) fn compare(tables: &Tables, wanted: &Wanted<'_>) -> Vec<PairResult> {
    let rows = tables.rows();
    let pairs = pairs(tables.members().len());
    let units: Vec<Vec<f32>> = tables
        .members()
        .par_iter()
        .map(crate::Table::unit_rows)
        .collect();
    let height = (BLOCK_VALUES / (rows * units.len()).max(1)).clamp(32, BLOCK_ROWS);
    let starts: Vec<usize> = (0..rows).step_by(height).collect();
    let blocks: Vec<Vec<Sums>> = starts
        .par_iter()
        .map_init(
            || {
                (
                    vec![vec![0.0; height * rows]; units.len()],
                    Scratch::default(),
                )
            },
            |(blocks, scratch), &start| {
                let height = height.min(rows - start);
                let d = tables.dimension();
                for (block, unit) in blocks.iter_mut().zip(&units) {
                    rows_times_rows(
                        &mut block[..height * rows],
                        &unit[start * d..][..height * d],
                        unit,
                        d,
                    );
                }
                pulp::Arch::new()
                    .dispatch(|| block_sums(blocks, start, height, rows, &pairs, wanted, scratch))
            },
        )
        .collect();
    let mut total = vec![Sums::new(wanted); pairs.len()];
    for block in &blocks {
        total
            .iter_mut()
            .zip(block)
            .for_each(|(total, sums)| total.merge(sums));
    }
    total.iter().map(|sums| sums.finish(rows, wanted)).collect()
}

#[inline(always)]
fn block_sums(
    blocks: &[Vec<f32>],
    start: usize,
    height: usize,
    rows: usize,
    pairs: &[(usize, usize)],
    wanted: &Wanted<'_>,
    scratch: &mut Scratch,
) -> Vec<Sums> {
    let depth = wanted
        .overlap
        .iter()
        .chain(wanted.spearman)
        .copied()
        .max()
        .unwrap_or(0);
    let mut sums = vec![Sums::new(wanted); pairs.len()];
    let Scratch {
        ranker,
        rankings,
        places,
        keys,
        runs,
        ranks,
    } = scratch;
    rankings.resize_with(blocks.len(), Ranking::default);
    for i in 0..height {
        let row = |member: usize| &blocks[member][i * rows..][..rows];
        for (member, ranking) in rankings.iter_mut().enumerate() {
            ranker.rank(
                row(member),
                start + i,
                depth,
                wanted.ties == Ties::Average,
                ranking,
            );
        }
        for (&(a, b), sums) in pairs.iter().zip(&mut sums) {
            let mut side = Side {
                places,
                keys,
                runs,
                ranks,
                wanted,
            };
            side.overlap(&rankings[a], &rankings[b], sums);
            side.spearman(&rankings[a], &rankings[b], row(b), &mut sums.forward);
            if wanted.ties == Ties::Average {
                side.spearman(&rankings[b], &rankings[a], row(a), &mut sums.backward);
            }
        }
    }
    sums
}

/// One direction of one pair at one row.
struct Side<'a> {
    places: &'a mut Vec<u32>,
    keys: &'a mut Vec<u64>,
    runs: &'a mut Vec<Run>,
    ranks: &'a mut Ranks,
    wanted: &'a Wanted<'a>,
}

impl Side<'_> {
    #[inline(always)]
    fn overlap(&mut self, own: &Ranking, other: &Ranking, sums: &mut Sums) {
        let Some(&deepest) = self.wanted.overlap.last() else {
            return;
        };
        self.places.clear();
        self.places.extend(
            own.order[..deepest]
                .iter()
                .map(|&row| other.place[row as usize]),
        );
        for (&k, sum) in self.wanted.overlap.iter().zip(&mut sums.overlap) {
            let shared: u32 = self.places[..k]
                .iter()
                .map(|&place| u32::from(place < k as u32))
                .sum();
            *sum += f64::from(shared) / (2 * k - shared as usize) as f64;
        }
    }

    #[inline(always)]
    fn spearman(
        &mut self,
        own: &Ranking,
        other: &Ranking,
        similarities: &[f32],
        sums: &mut [Mean],
    ) {
        let Some(&deepest) = self.wanted.spearman.last() else {
            return;
        };
        let neighbours = &own.order[..deepest];
        let whole = other.order.len() + 1 == similarities.len();
        self.places.clear();
        let add = |which: usize, rho: Option<f64>| sums[which].add(rho);
        if whole {
            self.places
                .extend(neighbours.iter().map(|&row| other.place[row as usize]));
            let neighbour_at =
                |place: u32| own.place[other.order[place as usize] as usize] as usize;
            let side = OtherSide {
                places: self.places,
                universe: similarities.len(),
                runs: &other.runs,
                neighbour_at,
            };
            nested(&side, &own.runs, self.wanted.spearman, self.ranks, add);
        } else {
            self.local_places(neighbours, similarities);
            let neighbour_at = |place: u32| self.keys[place as usize] as u32 as usize;
            let side = OtherSide {
                places: self.places,
                universe: deepest,
                runs: self.runs,
                neighbour_at,
            };
            nested(&side, &own.runs, self.wanted.spearman, self.ranks, add);
        }
    }

    /// The places of `neighbours` among themselves on the other side, and the ties there.
    #[inline(always)]
    fn local_places(&mut self, neighbours: &[u32], similarities: &[f32]) {
        let key = |(i, &row): (usize, &u32)| {
            u64::from(descending(similarities[row as usize])) << 32 | i as u64
        };
        self.keys.clear();
        self.keys.extend(neighbours.iter().enumerate().map(key));
        self.keys.sort_unstable();
        self.places.resize(neighbours.len(), UNRANKED);
        for (place, &key) in self.keys.iter().enumerate() {
            self.places[key as u32 as usize] = place as u32;
        }
        self.runs.clear();
        if self.wanted.ties == Ties::Average {
            runs(self.keys, self.runs);
        }
    }
}
