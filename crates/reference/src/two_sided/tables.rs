//! Counts of the symbols between two contexts.

use super::sides::Sides;

const ROWS: usize = 1 << 22;
const ENTRIES: usize = 1 << 24;

/// One context: `left` symbols before, and `right` after a gap.
#[derive(Debug, Clone)]
pub(super) struct ContextTable {
    size: usize,
    left: usize,
    right: usize,
    /// `size^right`, modulo 2⁶⁴.
    shift: u64,
    /// Whether every context has a row of its own; else they are hashed into a power of two.
    exact: bool,
    rows: usize,
    counts: Vec<u16>,
}

impl ContextTable {
    pub fn new(size: usize, left: usize, right: usize) -> Self {
        let most = ROWS.min(ENTRIES / size.next_power_of_two());
        let contexts = (size as f64).powi((left + right) as i32);
        let rows = contexts.min(most as f64) as usize;
        Self {
            size,
            left,
            right,
            shift: (size as u64).wrapping_pow(right as u32),
            exact: contexts <= rows as f64,
            rows,
            counts: vec![0; rows * size],
        }
    }

    /// Counts for this context; none where part of it is unknown.
    pub fn counts(&self, sides: &Sides) -> Option<&[u16]> {
        let row = self.row(sides)?;
        Some(&self.counts[row * self.size..(row + 1) * self.size])
    }

    /// Counts a symbol in its context.
    pub fn count(&mut self, sides: &Sides, symbol: u8) {
        let Some(row) = self.row(sides) else {
            return;
        };
        let counts = &mut self.counts[row * self.size..(row + 1) * self.size];
        counts[symbol as usize] += 1;
        if counts[symbol as usize] == u16::MAX {
            counts.iter_mut().for_each(|n| *n /= 2);
        }
    }

    fn row(&self, sides: &Sides) -> Option<usize> {
        let (mut code, right) = (sides.left(self.left)?, sides.right(self.right)?);
        // Beyond 64 bits the left part would fall out of the code: it is mixed first.
        if !self.exact {
            code = code.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        }
        code = code.wrapping_mul(self.shift).wrapping_add(right);
        if self.exact {
            return Some(code as usize);
        }
        let hash = code.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 24;
        Some(hash as usize & (self.rows - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::two_sided::sides::Scope;
    use proptest::prelude::*;

    /// The row as its definition has it: symbol by symbol, outwards on either side.
    fn row_of_definition(
        table: &ContextTable,
        left: impl Iterator<Item = Option<u8>>,
        mut right: impl Iterator<Item = Option<u8>>,
    ) -> Option<usize> {
        let append = |code: u64, x: u8| code.wrapping_mul(table.size as u64).wrapping_add(x.into());
        let mut code = 0;
        for x in left {
            code = append(code, x?);
        }
        let contexts = (table.size as f64).powi((table.left + table.right) as i32);
        let exact = contexts <= table.rows as f64;
        if !exact {
            code = code.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        }
        let code = right.try_fold(code, |code, x| Some(append(code, x?)))?;
        if exact {
            return Some(code as usize);
        }
        Some((code.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 24) as usize % table.rows)
    }

    proptest! {
        #[test]
        fn rows_are_those_of_the_definition(
            (size, symbols) in (2usize..=64).prop_flat_map(|size| {
                let symbol = proptest::option::weighted(0.95, 0..size as u8);
                (Just(size), proptest::collection::vec(symbol, 0..80))
            }),
            (left, right, gap) in (0usize..=24, 0usize..=24, 0usize..=24),
            at in 0usize..80,
        ) {
            let table = ContextTable::new(size, left, right);
            prop_assert!(table.exact || table.rows.is_power_of_two());
            let scope = Scope { size, gap, left, right };
            let before = |d: usize| at.checked_sub(d).and_then(|at| *symbols.get(at)?);
            let behind = |d: usize| symbols.get(at + d).copied().flatten();
            let sides = Sides::new(&symbols, at, &scope);
            let expected = row_of_definition(
                &table,
                (1..=left).map(before),
                (1..=right).map(|d| behind(gap + d)),
            );
            prop_assert_eq!(table.row(&sides), expected);
            let complement: Vec<u8> = (0..size as u8).rev().collect();
            let other = |x: Option<u8>| x.map(|x| complement[x as usize]);
            let inverse = Sides::inverse(&symbols, at, &scope, &complement);
            let expected = row_of_definition(
                &table,
                (1..=left).map(|d| other(behind(d))),
                (1..=right).map(|d| other(before(gap + d))),
            );
            prop_assert_eq!(table.row(&inverse), expected);
        }
    }
}
