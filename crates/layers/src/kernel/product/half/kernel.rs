//! The block of a product that stays in registers.

use super::pack::Pair;
use super::{COLUMNS, ROWS};

/// Where a block of a product goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Destination {
    pub(super) start: *mut f32,
    pub(super) row_stride: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Whether to add to what is there.
    pub(super) add: bool,
}

/// How this CPU multiplies pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    /// `vdpbf16ps` on 512-bit registers.
    #[cfg(target_arch = "x86_64")]
    Avx512Bf16,
    /// Single-precision multiply-adds.
    Portable,
}

impl Kernel {
    pub(super) fn of_this_cpu() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512bf16")
            && std::arch::is_x86_feature_detected!("avx512f")
        {
            return Self::Avx512Bf16;
        }
        Self::Portable
    }

    /// Writes, or adds, the product of two panels.
    ///
    /// # Safety
    /// The destination is valid for writes and, if added to, initialised. The CPU has what the kernel needs.
    pub(super) unsafe fn run(self, left: &[Pair], right: &[Pair], to: Destination) {
        assert_eq!(
            left.len() / ROWS,
            right.len() / COLUMNS,
            "product: unequal panels"
        );
        debug_assert!(to.rows <= ROWS && to.columns <= COLUMNS);
        // SAFETY: as promised by the caller; the panels are equally deep.
        unsafe {
            match self {
                #[cfg(target_arch = "x86_64")]
                Self::Avx512Bf16 => avx512(left, right, to),
                Self::Portable => portable(left, right, to),
            }
        }
    }
}

/// # Safety
/// As [`Kernel::run`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn avx512(left: &[Pair], right: &[Pair], to: Destination) {
    use std::arch::x86_64::*;
    const LANES: usize = 16;
    const VECTORS: usize = COLUMNS / LANES;
    let mut sums = [[_mm512_setzero_ps(); VECTORS]; ROWS];
    let pairs = left.len() / ROWS;
    let (mut l, mut r) = (left.as_ptr(), right.as_ptr());
    for _ in 0..pairs {
        // SAFETY: `pairs` steps of ROWS and COLUMNS pairs are the panels.
        unsafe {
            let right: [__m512bh; VECTORS] = std::array::from_fn(|v| {
                std::mem::transmute(_mm512_loadu_si512(r.add(v * LANES).cast()))
            });
            for (i, sums) in sums.iter_mut().enumerate() {
                let left = _mm512_set1_epi32((*l.add(i)).cast_signed());
                let left = std::mem::transmute::<__m512i, __m512bh>(left);
                for (sum, right) in sums.iter_mut().zip(right) {
                    *sum = _mm512_dpbf16_ps(*sum, left, right);
                }
            }
            (l, r) = (l.add(ROWS), r.add(COLUMNS));
        }
    }
    for (i, sums) in sums.iter().enumerate().take(to.rows) {
        for (v, sum) in sums.iter().enumerate() {
            let count = to.columns.saturating_sub(v * LANES).min(LANES);
            let mask = ((1u32 << count) - 1) as __mmask16;
            // SAFETY: only the block's own elements are touched.
            unsafe {
                let at = to.start.add(i * to.row_stride + v * LANES);
                let sum = if to.add {
                    _mm512_add_ps(*sum, _mm512_maskz_loadu_ps(mask, at))
                } else {
                    *sum
                };
                _mm512_mask_storeu_ps(at, mask, sum);
            }
        }
    }
}

/// # Safety
/// As [`Kernel::run`].
unsafe fn portable(left: &[Pair], right: &[Pair], to: Destination) {
    let halves = |pair: Pair| {
        (
            f32::from_bits(pair << 16),
            f32::from_bits(pair & 0xffff_0000),
        )
    };
    for i in 0..to.rows {
        let mut sums = [0f32; COLUMNS];
        for (left, right) in left.chunks_exact(ROWS).zip(right.chunks_exact(COLUMNS)) {
            let (low, high) = halves(left[i]);
            for (sum, &right) in sums.iter_mut().zip(right) {
                let (right_low, right_high) = halves(right);
                *sum += high * right_high;
                *sum += low * right_low;
            }
        }
        for (j, sum) in sums.iter().enumerate().take(to.columns) {
            // SAFETY: inside the block, as promised by the caller.
            unsafe {
                let at = to.start.add(i * to.row_stride + j);
                at.write(if to.add { *at + sum } else { *sum });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_cpu_agrees_with_the_portable_loop() {
        let pair = |i: usize| {
            let x = (i as u32).wrapping_mul(2_654_435_761);
            (x & 0x807f_807f) | 0x3f00_3f00 // both halves of size 0.5 to 2
        };
        let left: Vec<Pair> = (0..37 * ROWS).map(pair).collect();
        let right: Vec<Pair> = (0..37 * COLUMNS).map(|i| pair(i + 99)).collect();
        for ([rows, columns], add) in [
            ([6, 64], false),
            ([6, 64], true),
            ([1, 1], true),
            ([5, 33], false),
        ] {
            let (mut a, mut b) = (vec![0.5f32; 6 * 70], vec![0.5f32; 6 * 70]);
            for (kernel, c) in [(Kernel::of_this_cpu(), &mut a), (Kernel::Portable, &mut b)] {
                let to = Destination {
                    start: c.as_mut_ptr(),
                    row_stride: 70,
                    rows,
                    columns,
                    add,
                };
                // SAFETY: the block is inside the array, which is initialised.
                unsafe { kernel.run(&left, &right, to) };
            }
            for (at, (a, b)) in a.iter().zip(&b).enumerate() {
                assert!(
                    (a - b).abs() <= 1e-5 * 37.0,
                    "{rows} x {columns} {at}: {a} {b}"
                );
            }
            let touched = a.iter().filter(|&&x| x != 0.5).count();
            assert!(touched <= rows * columns);
        }
    }
}
