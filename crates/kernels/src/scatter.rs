//! Rows of tables by id, and their gradients.

use rayon::prelude::*;

use crate::buffer::build;
use crate::elementwise::rows_per_block;
use crate::simd::vectorize;

/// `Σ_k table_k[ids_k[r]]` for each row `r`.
#[must_use]
pub fn gather(tables: &[(&[f32], &[u32])], width: usize) -> Vec<f32> {
    let rows = tables.first().map_or(0, |(_, ids)| ids.len());
    let per_block = rows_per_block(width);
    build(rows * width, per_block * width, |index, out| {
        for (row, out) in out.chunks_exact_mut(width).enumerate() {
            vectorize(
                #[inline(always)]
                || {
                    for (table, ids) in tables {
                        let id = ids[index * per_block + row] as usize;
                        for (out, x) in out.iter_mut().zip(&table[id * width..][..width]) {
                            *out += x;
                        }
                    }
                },
            );
        }
    })
}

/// `Σ_{r: ids[r] = v} g_r` for each entry `v`, each sum in the order of the rows.
#[must_use]
pub fn scatter(ids: &[u32], g: &[f32], entries: usize, width: usize) -> Vec<f32> {
    const COLUMNS: usize = 64;
    if entries * COLUMNS <= width * 64 {
        return scatter_few(ids, g, entries, width);
    }
    let (starts, order) = rows_by_entry(ids, entries);
    let per_block = rows_per_block(width);
    build(entries * width, per_block * width, |index, out| {
        for (entry, out) in out.chunks_exact_mut(width).enumerate() {
            let entry = index * per_block + entry;
            for &row in &order[starts[entry]..starts[entry + 1]] {
                add_row(out, &g[row as usize * width..][..width]);
            }
        }
    })
}

/// As [`scatter`] for a table of few entries: all rows in order, threaded over columns.
fn scatter_few(ids: &[u32], g: &[f32], entries: usize, width: usize) -> Vec<f32> {
    let columns = width.div_ceil(8).max(16);
    let parts: Vec<Vec<f32>> = (0..width.div_ceil(columns))
        .into_par_iter()
        .map(|part| {
            let from = part * columns;
            let n = columns.min(width - from);
            let mut sums = vec![0f32; entries * n];
            for (row, &id) in ids.iter().enumerate() {
                add_row(
                    &mut sums[id as usize * n..][..n],
                    &g[row * width + from..][..n],
                );
            }
            sums
        })
        .collect();
    let mut table = vec![0f32; entries * width];
    for (part, sums) in parts.iter().enumerate() {
        let n = sums.len() / entries.max(1);
        for entry in 0..entries {
            let to = entry * width + part * columns;
            table[to..to + n].copy_from_slice(&sums[entry * n..][..n]);
        }
    }
    table
}

#[inline]
fn add_row(sum: &mut [f32], row: &[f32]) {
    vectorize(
        #[inline(always)]
        || {
            for (sum, x) in sum.iter_mut().zip(row) {
                *sum += x;
            }
        },
    );
}

/// A stable counting sort: where each entry's rows start, and the rows.
fn rows_by_entry(ids: &[u32], entries: usize) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0usize; entries + 1];
    for &id in ids {
        starts[id as usize + 1] += 1;
    }
    for entry in 0..entries {
        starts[entry + 1] += starts[entry];
    }
    let mut next = starts.clone();
    let mut order = vec![0u32; ids.len()];
    for (row, &id) in ids.iter().enumerate() {
        order[next[id as usize]] = row as u32;
        next[id as usize] += 1;
    }
    (starts, order)
}
