//! Groups dealt out to folds.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The fold of each group.
///
/// The largest group first (among equals by chance), each to the fold with the least Σ_c n_fc ·
/// g_c/N_c: what the fold has of the group's classes, as fractions of all. Among equal folds the
/// smallest, then the first.
pub(super) fn deal(classes: &[usize], groups: &[usize], folds: usize, seed: u64) -> Vec<usize> {
    let count = groups.iter().max().map_or(0, |&last| last + 1);
    let width = classes.iter().max().map_or(0, |&last| last + 1);
    let mut rows = vec![Vec::new(); count];
    let mut totals = vec![0.0; width];
    for (row, &group) in groups.iter().enumerate() {
        rows[group].push(classes[row]);
        totals[classes[row]] += 1.0;
    }
    let mut fold_of = vec![0; count];
    let mut held = vec![vec![0.0; width]; folds];
    let mut sizes = vec![0; folds];
    for group in order(&rows, seed) {
        let cost = |fold: usize| {
            let fractions = rows[group]
                .iter()
                .map(|&class| held[fold][class] / totals[class]);
            fractions.sum::<f64>()
        };
        let costs: Vec<f64> = (0..folds).map(cost).collect();
        let best =
            (0..folds).min_by(|&a, &b| costs[a].total_cmp(&costs[b]).then(sizes[a].cmp(&sizes[b])));
        let Some(best) = best else { continue };
        fold_of[group] = best;
        sizes[best] += rows[group].len();
        rows[group]
            .iter()
            .for_each(|&class| held[best][class] += 1.0);
    }
    fold_of
}

/// Groups from large to small; groups of one size in random order.
fn order(rows: &[Vec<usize>], seed: u64) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<(usize, u64, usize)> = rows
        .iter()
        .enumerate()
        .map(|(group, rows)| (rows.len(), rng.random(), group))
        .collect();
    order.sort_by(|a, b| b.cmp(a));
    order.into_iter().map(|(_, _, group)| group).collect()
}
