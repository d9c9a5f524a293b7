//! One row of all tables: its neighbours ranked once a table, then compared pair by pair.

use super::Requested;
use super::edge::{Edge, Edges};
use super::sums::Sums;
use crate::local_spearman::Ties;
use crate::ranking::{Ranker, Ranking, Run};
use crate::spearman::{Line, Ranks, nested};

/// Buffers of one task.
#[derive(Default)]
pub(super) struct Row {
    ranker: Ranker,
    rankings: Vec<Ranking>,
    /// Places of one side's neighbours on the other, in both directions.
    lines: [Vec<u32>; 2],
    runs: Vec<Run>,
    ranks: Ranks,
}

impl Row {
    /// Ranks the neighbours of row `own` in every table.
    #[inline(always)]
    pub fn rank<'a>(
        &mut self,
        members: usize,
        similarities: impl Fn(usize) -> &'a [f32],
        own: usize,
        wanted: &Requested<'_>,
    ) {
        self.rankings.resize_with(members, Ranking::default);
        let (depth, ties) = (wanted.depth(), wanted.ties == Ties::Average);
        for (member, ranking) in self.rankings.iter_mut().enumerate() {
            let similarities = similarities(member);
            self.ranker.rank(similarities, own, depth, ties, ranking);
        }
    }

    /// Adds what the row says of tables a and b.
    #[inline(always)]
    pub fn pair<'a>(
        &mut self,
        (a, b): (usize, usize),
        similarities: impl Fn(usize) -> &'a [f32],
        wanted: &Requested<'_>,
        sums: &mut Sums,
    ) {
        let [first, second] = [&self.rankings[a], &self.rankings[b]];
        let whole = first.is_whole() && second.is_whole();
        let both = wanted.ties == Ties::Average;
        let deepest = wanted.spearman.last().copied();
        let needed = match wanted.overlap.last() {
            _ if whole && both && deepest.is_some() => first.order.len(),
            deepest => Edge::of(first, deepest.copied().unwrap_or(0)).end,
        };
        let [of_first, of_second] = &mut self.lines;
        cross(&first.order[..needed], second, of_first);
        overlap(of_first, [first, second], wanted.overlap, &mut sums.overlap);
        let Some(deepest) = deepest else {
            return;
        };
        if whole {
            cross(&second.order, first, of_second);
        }
        let directions = [
            (first, second, b, &mut sums.forward),
            (second, first, a, &mut sums.backward),
        ];
        let directions = directions.into_iter().take(1 + usize::from(both));
        for (which, (own, other, table, means)) in directions.enumerate() {
            let mut runs = &other.runs;
            if !whole {
                let similarities = similarities(table);
                let neighbours = &own.order[..deepest];
                let line = &mut self.lines[1 - which];
                self.ranker
                    .reorder(neighbours, similarities, both, line, &mut self.runs);
                runs = &self.runs;
            }
            let line = Line {
                places: &self.lines[1 - which],
                runs,
                own_runs: &own.runs,
            };
            let add = |k: usize, rho| means[k].add(rho);
            nested(line, wanted.spearman, &mut self.ranks, add);
        }
    }
}

/// The places on the other side of `rows`.
#[inline(always)]
fn cross(rows: &[u32], other: &Ranking, places: &mut Vec<u32>) {
    places.clear();
    places.extend(rows.iter().map(|&row| other.place[row as usize]));
}

/// Jaccard indices of the k first on both sides, from the places of one side's neighbours on the
/// other.
#[inline(always)]
fn overlap(places: &[u32], sides: [&Ranking; 2], ks: &[usize], sums: &mut [f64]) {
    for (&k, sum) in ks.iter().zip(sums) {
        let edges = sides.map(|side| Edge::of(side, k));
        if edges.iter().any(Edge::is_tied) {
            *sum += Edges { k, edges }.expected_jaccard(places);
            continue;
        }
        let shared = places[..k].iter().map(|&place| u32::from(place < k as u32));
        let shared: u32 = shared.sum();
        *sum += f64::from(shared) / (2 * k - shared as usize) as f64;
    }
}
