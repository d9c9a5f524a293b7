//! Counts of the symbols that follow a context of fixed length.

/// Rows a table may have; longer contexts share rows by hash.
const ROWS: usize = 1 << 22;
const ENTRIES: usize = 1 << 24;
/// Weight, in counts, of what the next shorter context says.
const PRIOR: f64 = 1.0;

/// One order, with the distribution looked up last.
#[derive(Debug, Clone)]
pub(super) struct ContextCounts {
    size: usize,
    order: usize,
    rows: usize,
    counts: Vec<u16>,
    row: Option<usize>,
    distribution: Vec<f64>,
}

impl ContextCounts {
    pub fn new(size: usize, order: usize) -> Self {
        let most = ROWS.min(ENTRIES / size.next_power_of_two());
        let rows = (size as f64).powi(order as i32).min(most as f64) as usize;
        Self {
            size,
            order,
            rows,
            counts: vec![0; rows * size],
            row: None,
            distribution: vec![1.0 / size as f64; size],
        }
    }

    /// `(n_x + c P'(x)) / (n + c)` with the distribution `P'` of the next shorter context.
    pub fn look_up(&mut self, recent: &[u8], shorter: Option<&[f64]>) {
        self.row = recent
            .len()
            .checked_sub(self.order)
            .map(|start| self.index(&recent[start..]));
        match shorter {
            Some(shorter) => self.distribution.copy_from_slice(shorter),
            None => self.distribution.fill(1.0 / self.size as f64),
        }
        let Some(row) = self.row else {
            return;
        };
        let counts = &self.counts[row * self.size..(row + 1) * self.size];
        let total = counts.iter().map(|&n| f64::from(n)).sum::<f64>() + PRIOR;
        let each = self.distribution.iter_mut().zip(counts);
        each.for_each(|(p, &n)| *p = (f64::from(n) + PRIOR * *p) / total);
    }

    fn index(&self, context: &[u8]) -> usize {
        let code = context.iter().fold(0u64, |code, &x| {
            code.wrapping_mul(self.size as u64).wrapping_add(x.into())
        });
        if (self.size as f64).powi(self.order as i32) <= self.rows as f64 {
            code as usize
        } else {
            (code.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize % self.rows
        }
    }

    pub fn distribution(&self) -> &[f64] {
        &self.distribution
    }

    /// Counts the symbol in the row looked up last; a full row is halved.
    pub fn count(&mut self, symbol: u8) {
        if let Some(row) = self.row {
            let counts = &mut self.counts[row * self.size..(row + 1) * self.size];
            counts[symbol as usize] += 1;
            if counts[symbol as usize] == u16::MAX {
                counts.iter_mut().for_each(|n| *n /= 2);
            }
        }
    }
}
