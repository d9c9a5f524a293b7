//! Products whose factors are rounded to bf16 (8 bits of significand) and whose sums are single precision.
//!
//! Each way a CPU has for it is one file, and [`block`] chooses among them. Rounding is the same on all; the order of sums
//! differs, and tiles and `vdpbf16ps` take numbers below 2⁻¹²⁶ for 0.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(test, target_arch = "x86_64"))]
mod left;
#[cfg(target_arch = "x86_64")]
mod pack_tiles;
mod pair;
#[cfg(any(test, target_arch = "x86_64"))]
mod pairs;
#[cfg(any(test, target_arch = "x86_64"))]
mod portable;
#[cfg(any(test, target_arch = "x86_64"))]
mod right;
mod rounded;
#[cfg(any(test, target_arch = "x86_64"))]
mod tiles;

use super::{Matrix, Update};

/// The product on the calling thread, the way of the CPU at hand.
///
/// The only place where a way is chosen: a further one is a file with a `block` of its own and a line here.
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
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    if let Some(cpu) = amx::Amx::detect() {
        let (mut tiles, sizes) = (cpu.configured(), tiles::SIZES);
        // SAFETY: as promised by the caller.
        return unsafe { tiles::block(&mut tiles, sizes, c, row_stride, a, b, update) };
    }
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
