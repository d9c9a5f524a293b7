//! The left factor as pairs, in whichever order needs no transposition.

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use super::avx512;
use super::pair::Pair;
use super::{Cpu, portable};
use crate::kernel::product::Matrix;

/// Some rows of the left factor: pair `p` of row `i` at `i·row_step + p·pair_step`.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) data: Vec<Pair>,
    pub(super) rows: usize,
    pub(super) pairs: usize,
    pub(super) row_step: usize,
    pub(super) pair_step: usize,
}

impl Left {
    /// Takes `depth` columns of all rows of `view`; a missing partner in the last pair is 0.
    pub(super) fn pack(&mut self, cpu: Cpu, view: Matrix<'_>, depth: Range<usize>) {
        (self.rows, self.pairs) = (view.rows, depth.len().div_ceil(2));
        let down = view.row_stride == 1 && view.rows > 1;
        (self.row_step, self.pair_step) = if down {
            (1, self.rows)
        } else {
            (self.pairs, 1)
        };
        let room = self.rows * self.pairs;
        if self.data.len() < room {
            self.data.resize(room, 0);
        }
        let to = &mut self.data[..room];
        match cpu {
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 if down => avx512::pack_down(view, depth, self.rows, to),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 if view.column_stride == 1 => avx512::pack_along(view, depth, to),
            _ => portable::pack(view, depth, [self.row_step, self.pair_step], to),
        }
    }
}
