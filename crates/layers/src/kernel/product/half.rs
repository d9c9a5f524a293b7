//! Products whose factors are rounded to bf16 (8 bits of significand) and whose sums are single precision.
//!
//! Factors are packed as pairs along the depth, as the CPU's `vdpbf16ps` takes them; a CPU without it multiplies the rounded
//! factors in single precision. Rounding is then the same everywhere but for the order of sums and numbers below 2⁻¹²⁶, which
//! the instruction takes for 0.

#[cfg(target_arch = "x86_64")]
mod avx512;
mod left;
mod pair;
mod portable;
mod right;
mod rounded;

use super::{Matrix, Update};
use left::Left;
use right::{Panel, panels};

/// Depth of a panel: sums are formed over so many products, then added, whatever the shape. A panel of 64 columns then has
/// 32 KiB and stays in a first-level cache.
const DEPTH: usize = 256;
/// Rows packed at once; a multiple of the rows of every block that stays in registers.
const BAND: usize = 480;

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
    let cpu = Cpu::this();
    if cpu == Cpu::Portable {
        // SAFETY: as promised by the caller.
        return unsafe { rounded::block(c, row_stride, a, b, update) };
    }
    let (mut left, mut right) = (Left::default(), Vec::new());
    for from in (0..a.columns).step_by(DEPTH) {
        let depth = from..(from + DEPTH).min(a.columns);
        let add = update == Update::Add || from > 0;
        right::pack(cpu, b, depth.clone(), &mut right);
        for first in (0..a.rows).step_by(BAND) {
            let rows = first..(first + BAND).min(a.rows);
            left.pack(cpu, a.rows(rows.clone()), depth.clone());
            for panel in panels(b.columns, depth.len(), &right) {
                for row in rows.clone().step_by(panel.block_rows()) {
                    // SAFETY: the block is inside the destination, which the caller gave us, initialised if added to.
                    unsafe {
                        let to = Destination {
                            start: c.add(row * row_stride + panel.from),
                            row_stride,
                            rows: panel.block_rows().min(rows.end - row),
                            columns: panel.columns,
                            add,
                        };
                        cpu.run(&left, row - first, &panel, to);
                    }
                }
            }
        }
    }
}

/// Where a block of a product goes.
#[derive(Debug, Clone, Copy)]
struct Destination {
    start: *mut f32,
    row_stride: usize,
    rows: usize,
    columns: usize,
    /// Whether to add to what is there.
    add: bool,
}

/// How this CPU multiplies pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cpu {
    /// `vdpbf16ps` on 512-bit registers.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// Plain loops: what tests hold the others against.
    Portable,
}

impl Cpu {
    fn this() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512bf16")
            && std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512bw")
        {
            return Self::Avx512;
        }
        Self::Portable
    }

    /// Writes, or adds, the product of rows `row ..` of `left` and a panel.
    ///
    /// # Safety
    /// The destination is valid for writes and, if added to, initialised; `left` has its rows.
    unsafe fn run(self, left: &Left, row: usize, panel: &Panel<'_>, to: Destination) {
        assert!(
            left.pairs == panel.pairs() && row + to.rows <= left.rows && to.rows > 0,
            "product: unequal panels"
        );
        debug_assert!(to.rows <= panel.block_rows() && to.columns <= panel.width);
        // SAFETY: as promised by the caller; the panels are equally deep.
        unsafe {
            match self {
                #[cfg(target_arch = "x86_64")]
                Self::Avx512 => avx512::run(left, row, panel, to),
                Self::Portable => portable::run(left, row, panel, to),
            }
        }
    }
}

#[cfg(test)]
mod tests;
