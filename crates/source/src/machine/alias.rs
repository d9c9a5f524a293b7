//! Drawing one of many outcomes in constant time.

/// Walker's alias method (Vose 1991), one table a row, every row padded to the same power of two.
///
/// A draw spends one 64-bit word: its top bits choose a cell, its low 32 bits one of the cell's two
/// outcomes, so a probability is met to within `2^-32` per cell.
#[derive(Debug, Clone)]
pub(super) struct AliasTables {
    bits: u32,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    threshold: u32,
    next: [u32; 2],
    symbol: [u8; 2],
}

/// An outcome: what to emit and where to go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outcome {
    pub symbol: u8,
    pub next: u32,
}

impl AliasTables {
    /// Rows of `(probability, symbol, next)`.
    pub fn new(rows: impl Iterator<Item = Vec<(f64, u8, u32)>> + Clone) -> Self {
        let widest = rows.clone().map(|r| r.len()).max().unwrap_or(1).max(1);
        let width = widest.next_power_of_two();
        let cells = rows.flat_map(|row| cells(&row, width)).collect();
        Self {
            bits: width.trailing_zeros(),
            cells,
        }
    }

    /// The outcome of a row for a uniform 64-bit word.
    #[inline(always)]
    pub fn draw(&self, row: u32, word: u64) -> Outcome {
        // Shifting in two steps keeps a width of one (no bits) defined.
        let cell = ((word >> 32) >> (32 - self.bits)) as usize;
        let cell = &self.cells[((row as usize) << self.bits) + cell];
        let pick = usize::from(word as u32 >= cell.threshold);
        Outcome {
            symbol: cell.symbol[pick],
            next: cell.next[pick],
        }
    }
}

fn cells(row: &[(f64, u8, u32)], width: usize) -> Vec<Cell> {
    let mut scaled: Vec<f64> = row.iter().map(|r| r.0 * width as f64).collect();
    scaled.resize(width, 0.0);
    let heaviest = (0..row.len()).fold(0, |best, i| if row[i].0 > row[best].0 { i } else { best });
    let mut alias = vec![heaviest; width];
    let mut keep = vec![1.0; width];
    let (mut small, mut large): (Vec<usize>, Vec<usize>) =
        (0..width).partition(|&i| scaled[i] < 1.0);
    while let (Some(&l), Some(s)) = (large.last(), small.pop()) {
        (keep[s], alias[s]) = (scaled[s], l);
        scaled[l] -= 1.0 - scaled[s];
        if scaled[l] < 1.0 {
            large.pop();
            small.push(l);
        }
    }
    let cell = |i: usize| {
        // A padding cell, or one that rounding left over, always takes a real outcome.
        let own = if i < row.len() { i } else { alias[i] };
        let certain = own == alias[i] || keep[i] >= 1.0;
        let other = if certain { own } else { alias[i] };
        Cell {
            threshold: (keep[i] * 4_294_967_296.0) as u32,
            next: [row[own].2, row[other].2],
            symbol: [row[own].1, row[other].1],
        }
    };
    (0..width).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_hold_exactly_the_given_probabilities() {
        let row = [(0.5, 0, 7), (0.3, 1, 8), (0.2, 2, 9), (0.0, 3, 10)];
        let cells = cells(&row, 8);
        let mut mass = [0.0; 4];
        for cell in &cells {
            let first = cell.threshold as f64 / 4_294_967_296.0;
            mass[cell.symbol[0] as usize] += first / 8.0;
            mass[cell.symbol[1] as usize] += (1.0 - first) / 8.0;
        }
        for (found, expected) in mass.iter().zip(row) {
            assert!((found - expected.0).abs() < 1e-9, "{mass:?}");
        }
        assert_eq!(mass[3], 0.0);
    }

    #[test]
    fn a_row_of_one_outcome_is_certain() {
        let tables = AliasTables::new(std::iter::once(vec![(1.0, 5, 3)]));
        for word in [0, u64::MAX, 1 << 63] {
            assert_eq!(tables.draw(0, word), Outcome { symbol: 5, next: 3 });
        }
    }
}
