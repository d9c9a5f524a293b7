//! Counts of the symbols between two contexts.

const ROWS: usize = 1 << 22;
const ENTRIES: usize = 1 << 24;

/// A position of a sequence with its surroundings.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    symbols: &'a [Option<u8>],
    position: usize,
}

impl<'a> Window<'a> {
    pub fn new(symbols: &'a [Option<u8>], position: usize) -> Self {
        Self { symbols, position }
    }

    /// The symbol `distance` places to the left, from 1.
    fn left(self, distance: usize) -> Option<u8> {
        *self.symbols.get(self.position.checked_sub(distance)?)?
    }

    /// The symbol `distance` places to the right, from 1.
    fn right(self, distance: usize) -> Option<u8> {
        *self.symbols.get(self.position + distance)?
    }
}

/// One context: `left` symbols before, and `right` after a gap.
#[derive(Debug, Clone)]
pub(super) struct ContextTable {
    size: usize,
    left: usize,
    right: usize,
    gap: usize,
    rows: usize,
    counts: Vec<u16>,
}

impl ContextTable {
    pub fn new(size: usize, left: usize, right: usize, gap: usize) -> Self {
        let most = ROWS.min(ENTRIES / size.next_power_of_two());
        let rows = (size as f64).powi((left + right) as i32).min(most as f64) as usize;
        Self {
            size,
            left,
            right,
            gap,
            rows,
            counts: vec![0; rows * size],
        }
    }

    /// Counts for this context; none where part of it is unknown.
    pub fn counts(&self, window: Window<'_>) -> Option<&[u16]> {
        let row = self.row(
            (1..=self.left).map(|d| window.left(d)),
            (1..=self.right).map(|d| window.right(self.gap + d)),
        )?;
        Some(&self.counts[row * self.size..(row + 1) * self.size])
    }

    /// Counts a symbol in its context.
    pub fn count(&mut self, window: Window<'_>, symbol: u8) {
        let row = self.row(
            (1..=self.left).map(|d| window.left(d)),
            (1..=self.right).map(|d| window.right(self.gap + d)),
        );
        self.add(row, symbol);
    }

    /// Counts the same as read from the other strand: left is right, and every letter its
    /// complement.
    pub fn count_inverse(&mut self, window: Window<'_>, symbol: u8, complement: &[u8]) {
        let other = |x: Option<u8>| x.map(|x| complement[x as usize]);
        let row = self.row(
            (1..=self.left).map(|d| other(window.right(d))),
            (1..=self.right).map(|d| other(window.left(self.gap + d))),
        );
        self.add(row, complement[symbol as usize]);
    }

    fn add(&mut self, row: Option<usize>, symbol: u8) {
        if let Some(row) = row {
            let counts = &mut self.counts[row * self.size..(row + 1) * self.size];
            counts[symbol as usize] += 1;
            if counts[symbol as usize] == u16::MAX {
                counts.iter_mut().for_each(|n| *n /= 2);
            }
        }
    }

    fn row(
        &self,
        left: impl Iterator<Item = Option<u8>>,
        mut right: impl Iterator<Item = Option<u8>>,
    ) -> Option<usize> {
        let append = |code: u64, x: u8| code.wrapping_mul(self.size as u64).wrapping_add(x.into());
        let mut code = 0;
        for x in left {
            code = append(code, x?);
        }
        let exact = (self.size as f64).powi((self.left + self.right) as i32) <= self.rows as f64;
        // Beyond 64 bits the left part would fall out of the code: it is mixed first.
        if !exact {
            code = code.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        }
        let code = right.try_fold(code, |code, x| Some(append(code, x?)))?;
        if exact {
            return Some(code as usize);
        }
        Some((code.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 24) as usize % self.rows)
    }
}
