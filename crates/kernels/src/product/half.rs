//! Products whose factors are rounded to bf16 (8 bits of significand) and whose sums are single precision.
//!
//! Each way a CPU has for it is one file, and [`block`] chooses among them. Rounding is the same on all; the order of sums
//! differs, and `vdpbf16ps` takes numbers below 2⁻¹²⁶ for 0.

#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(test, target_arch = "x86_64"))]
mod left;
mod pair;
#[cfg(any(test, target_arch = "x86_64"))]
mod pairs;
#[cfg(any(test, target_arch = "x86_64"))]
mod portable;
#[cfg(any(test, target_arch = "x86_64"))]
mod right;
mod rounded;

use super::{Matrix, Update};

/// The product on the calling thread, the way of the CPU at hand.
///
/// The only place where a way is chosen: a further one (tiles of AMX, say) is a file with a `block` of its own and a
/// line here.
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
    #[cfg(target_arch = "x86_64")]
    if let Some(cpu) = avx512::Avx512::detect() {
        // SAFETY: as promised by the caller.
        return unsafe { pairs::block(cpu, c, row_stride, a, b, update) };
    }
    // SAFETY: as promised by the caller.
    unsafe { rounded::block(c, row_stride, a, b, update) }
}

#[cfg(test)]
mod tests;
