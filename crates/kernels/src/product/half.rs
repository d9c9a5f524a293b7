//! Products whose factors are rounded to bf16 (8 bits of significand) and whose sums are single
//! precision.
//!
//! Each way a CPU has for it is one file, and [`Way::of_this_cpu`] chooses among them. Rounding is
//! the same on all; the order of sums differs, and tiles and `vdpbf16ps` take numbers below 2⁻¹²⁶
//! for 0.

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
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod whole;

use std::fmt;
use std::sync::OnceLock;

use super::{Matrix, Update};
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(super) use whole::Whole;

/// How a CPU multiplies factors rounded to bf16, the best of the ways it has.
///
/// ```
/// use dissensus_kernels::product::Bf16Way;
/// let way = Bf16Way::of_this_cpu();
/// assert_eq!(way.beats_single(), way != Bf16Way::Rounded);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bf16Way {
    /// Tiles of 16 × 16 sums: `amx_bf16`, where the operating system gives a process its tiles
    /// (Linux).
    Tiles,
    /// Pairs side by side, 16 at a time: `avx512_bf16` on AMD's CPUs. Intel's take twice as long
    /// over a pair as over two numbers (85 against 168 GFLOP/s on a core of Sapphire Rapids), so
    /// that they never go this way.
    Pairs,
    /// Rounded beforehand, then multiplied as single precision, of which it takes the time and a
    /// tenth more.
    Rounded,
}

impl Bf16Way {
    /// That of the CPU at hand, the same as long as the process lives.
    #[must_use]
    pub fn of_this_cpu() -> Self {
        match Way::of_this_cpu() {
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Way::Tiles(_) => Self::Tiles,
            #[cfg(target_arch = "x86_64")]
            Way::Pairs(_) => Self::Pairs,
            Way::Rounded => Self::Rounded,
        }
    }

    /// Whether it is faster than factors of all 24 bits.
    #[must_use]
    pub fn beats_single(self) -> bool {
        self != Self::Rounded
    }
}

impl fmt::Display for Bf16Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tiles => "bf16 in tiles (AMX)",
            Self::Pairs => "bf16 in pairs (AVX-512)",
            Self::Rounded => "single precision after rounding",
        })
    }
}

/// [`Bf16Way`], with the proof that the CPU can go it.
#[derive(Debug, Clone, Copy)]
enum Way {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    Tiles(amx::Amx),
    #[cfg(target_arch = "x86_64")]
    Pairs(avx512::Avx512),
    Rounded,
}

impl Way {
    /// The only place where a way is chosen: a further one is a file with a `block` of its own, and
    /// a line here.
    fn of_this_cpu() -> Self {
        static CHOSEN: OnceLock<Way> = OnceLock::new();
        *CHOSEN.get_or_init(|| {
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            if let Some(cpu) = amx::Amx::detect() {
                return Self::Tiles(cpu);
            }
            #[cfg(target_arch = "x86_64")]
            if let Some(cpu) = avx512::Avx512::detect().filter(|cpu| cpu.multiplies_at_full_rate())
            {
                return Self::Pairs(cpu);
            }
            Self::Rounded
        })
    }
}

/// A factor packed once for all parts of a product: only tiles gain by it.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
#[derive(Debug)]
pub(super) enum Whole {}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
impl Whole {
    pub(super) fn pack(_: Matrix<'_>, _: Matrix<'_>, _: &super::Parts) -> Option<Self> {
        None
    }
}

/// The product on the calling thread, the way of the CPU at hand; `whole` is that of
/// [`Whole::pack`] for the product this one is a part of.
///
/// # Safety
/// As [`super::multiply`].
#[cfg_attr(
    not(all(target_arch = "x86_64", target_os = "linux")),
    allow(unused_variables, reason = "nothing is packed for all parts")
)]
pub(super) unsafe fn block(
    c: *mut f32,
    row_stride: usize,
    a: Matrix<'_>,
    b: Matrix<'_>,
    whole: Option<&Whole>,
    update: Update,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        match Way::of_this_cpu() {
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Way::Tiles(cpu) => {
                let mut tiles = cpu.configured();
                let before = Whole::before(whole);
                tiles::block(
                    &mut tiles,
                    tiles::SIZES,
                    c,
                    row_stride,
                    [a, b],
                    before,
                    update,
                );
            }
            #[cfg(target_arch = "x86_64")]
            Way::Pairs(cpu) => pairs::block(cpu, c, row_stride, a, b, update),
            Way::Rounded => rounded::block(c, row_stride, a, b, update),
        }
    }
}

#[cfg(test)]
mod tests;
