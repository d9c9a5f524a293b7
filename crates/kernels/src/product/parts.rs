//! How a product is divided among threads.

use std::ops::Range;

use rayon::prelude::*;

/// Multiply-adds below which a part is not worth a task: 3.5 µs of a core at 150 billion operations
/// a second, of the order of what it takes to wake a thread.
const WORTH: usize = 1 << 18;
/// A part is at smallest as large as this in either direction, unless the whole is not: the library
/// sums small products in another order, and a part must have the bits of the whole.
const MINIMUM: usize = 96;
/// Products thinner than this are the library's matrix-vector products.
const THIN: usize = 8;
/// Parts begin at multiples of these: the sides of the library's inner block.
const ROWS: usize = 6;
const COLUMNS: usize = 64;

/// A division of a product's destination into bands of rows or of columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    rows: usize,
    columns: usize,
    /// Rows and columns of each part but the last.
    step: [usize; 2],
}

impl Parts {
    /// One part.
    pub(super) fn whole(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            step: [rows.max(1), columns.max(1)],
        }
    }

    /// At most one part per thread, along the longer side: each thread then reads the shorter
    /// factor whole.
    pub(super) fn of([rows, columns, depth]: [usize; 3], threads: usize) -> Self {
        let whole = Self::whole(rows, columns);
        let along_rows = rows >= columns;
        let (side, unit) = if along_rows {
            (rows, ROWS)
        } else {
            (columns, COLUMNS)
        };
        let work = rows.saturating_mul(columns).saturating_mul(depth);
        let most = threads.min(work / WORTH).min(side / MINIMUM);
        let step = |count: &usize| side.div_ceil(*count).next_multiple_of(unit);
        let last = |step: usize| side - (side.div_ceil(step) - 1) * step;
        let fits = |count: &usize| last(step(count)) >= MINIMUM;
        let thin = rows.min(columns).min(depth) < THIN;
        let Some(count) = (2..=most).rev().find(fits).filter(|_| !thin) else {
            return whole;
        };
        let step = step(&count);
        let step = if along_rows {
            [step, whole.step[1]]
        } else {
            [whole.step[0], step]
        };
        Self { step, ..whole }
    }

    /// Whether they are bands of columns, and not of rows.
    pub(super) fn are_columns(&self) -> bool {
        self.step[1] < self.columns
    }

    /// How many.
    pub(super) fn count(&self) -> usize {
        self.rows.div_ceil(self.step[0]).max(1) * self.columns.div_ceil(self.step[1]).max(1)
    }

    /// Calls `part(rows, columns)` for each, one on a thread where there are several.
    pub(super) fn for_each(&self, part: impl Fn(Range<usize>, Range<usize>) + Sync) {
        let run = |i| {
            let (rows, columns) = self.get(i);
            part(rows, columns);
        };
        match self.count() {
            1 => run(0),
            count => (0..count).into_par_iter().with_max_len(1).for_each(run),
        }
    }

    /// Rows and columns of part `index`.
    pub(super) fn get(&self, index: usize) -> (Range<usize>, Range<usize>) {
        let band = |index: usize, step: usize, end: usize| {
            (index * step).min(end)..((index + 1) * step).min(end)
        };
        let down = self.rows.div_ceil(self.step[0]).max(1);
        (
            band(index % down, self.step[0], self.rows),
            band(index / down, self.step[1], self.columns),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_every_element_once() {
        for (rows, columns, depth, threads) in [
            (0, 5, 3, 2),
            (1, 1, 1, 8),
            (97, 4096, 256, 7),
            (4096, 97, 64, 3),
            (199, 200, 4096, 2),
            (1000, 96, 512, 16),
        ] {
            let parts = Parts::of([rows, columns, depth], threads);
            let mut seen = vec![0; rows * columns];
            for i in 0..parts.count() {
                let (down, along) = parts.get(i);
                for row in down {
                    along
                        .clone()
                        .for_each(|column| seen[row * columns + column] += 1);
                }
            }
            assert!(
                seen.iter().all(|&n| n == 1),
                "{rows} x {columns}: {parts:?}"
            );
            assert!(parts.count() <= threads.max(1));
        }
    }

    #[test]
    fn no_part_is_smaller_than_the_minimum() {
        for side in (192..2000).step_by(7) {
            for threads in 2..17 {
                let parts = Parts::of([side, 64, 4096], threads);
                let smallest = (0..parts.count()).map(|i| parts.get(i).0.len()).min();
                assert!(
                    smallest >= Some(MINIMUM),
                    "{side} over {threads}: {smallest:?}"
                );
            }
        }
    }
}
