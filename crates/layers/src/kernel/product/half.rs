//! Products whose factors are rounded to bf16 (8 bits of significand) and whose sums are single precision.
//!
//! Factors are packed into panels of pairs along the depth, as the CPU's `vdpbf16ps` takes them; a CPU without it runs the
//! same loops on the same pairs, unpacked, so that rounding is the same everywhere but for the order inside a pair.

mod kernel;
mod pack;

use super::{Matrix, Update};
use kernel::{Destination, Kernel};
use pack::pack;

/// Rows and columns of the block that stays in registers.
const ROWS: usize = 6;
const COLUMNS: usize = 64;
/// Depth of a panel: sums are formed over so many products, then added, whatever the shape.
const DEPTH: usize = 512;
/// Rows packed at once: with a depth of 512 a tenth of a second-level cache.
const BAND: usize = 96;

/// The product on the calling thread.
///
/// # Safety
/// As [`super::multiply`].
pub(super) unsafe fn block(
    c: *mut f32,
    row_stride: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    update: Update,
) {
    let kernel = Kernel::of_this_cpu();
    let b = b.transposed();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for from in (0..a.columns).step_by(DEPTH) {
        let depth = from..(from + DEPTH).min(a.columns);
        let pairs = depth.len().div_ceil(2);
        let add = update == Update::Add || from > 0;
        pack::<COLUMNS>(b, depth.clone(), &mut right);
        for first in (0..a.rows).step_by(BAND) {
            let band = first..(first + BAND).min(a.rows);
            pack::<ROWS>(a.rows(band.clone()), depth.clone(), &mut left);
            for (j, right) in right.chunks_exact(pairs * COLUMNS).enumerate() {
                let columns = COLUMNS.min(b.rows - j * COLUMNS);
                for (i, left) in left.chunks_exact(pairs * ROWS).enumerate() {
                    let row = first + i * ROWS;
                    // SAFETY: the block is inside the destination, which the caller gave us, initialised if added to.
                    unsafe {
                        let to = Destination {
                            start: c.add(row * row_stride + j * COLUMNS),
                            row_stride,
                            rows: ROWS.min(band.end - row),
                            columns,
                            add,
                        };
                        kernel.run(left, right, to);
                    }
                }
            }
        }
    }
}
