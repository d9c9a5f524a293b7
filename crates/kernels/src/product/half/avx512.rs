//! Pairs with the instructions for them: `vcvtne2ps2bf16` rounds 32 numbers, `vdpbf16ps` multiplies
//! 16 pairs.
//!
//! Every function asks for the instructions by `target_feature`; [`Avx512::detect`] has found them
//! before any is called.

use std::arch::x86_64::*;
use std::mem::transmute;
use std::ops::Range;

use super::left::{GROUP, Left};
use super::pair::Pair;
use super::pairs::{Destination, Pairs};
use super::portable;
use super::right::Panel;
use crate::product::Matrix;

/// Proof that the CPU has the instructions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        let has = std::arch::is_x86_feature_detected!("avx512bf16")
            && std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512bw");
        has.then_some(Self(()))
    }

    /// Whether a pair takes the time of a number. AMD's CPUs have it so (Zen 4, Zen 5); Intel's
    /// take four times as long.
    pub(super) fn multiplies_at_full_rate(self) -> bool {
        let vendor = __cpuid(0);
        [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes) == [*b"Auth", *b"enti", *b"cAMD"]
    }
}

impl Pairs for Avx512 {
    fn pack_left(self, view: Matrix<'_>, depth: Range<usize>, down: bool, to: &mut [Pair]) {
        let pairs = depth.len().div_ceil(2);
        if down {
            pack_groups(view, depth, pairs, to);
        } else if view.column_stride == 1 {
            pack_along(view, depth, to);
        } else {
            portable::pack_left(view, depth, down, to);
        }
    }

    fn pack_right(self, view: Matrix<'_>, depth: Range<usize>, width: usize, to: &mut [Pair]) {
        if view.row_stride == 1 {
            pack_down(view, depth, width, to);
        } else if view.column_stride == 1 {
            pack_across(view, depth, width, to);
        } else {
            portable::pack_right(view, depth, width, to);
        }
    }

    unsafe fn multiply(self, left: &Left, row: usize, panel: &Panel<'_>, to: Destination) {
        // SAFETY: as promised by the caller; the panel's width is that of its block.
        unsafe {
            match panel.block_rows() {
                6 => block::<6, 4>(left, row, panel.data, to),
                _ => block::<12, 2>(left, row, panel.data, to),
            }
        }
    }
}

/// Numbers, or pairs, of a register.
const LANES: usize = 16;

/// Which of `LANES` elements from `from` on come before `end`.
fn mask(from: usize, end: usize) -> __mmask16 {
    ((1u32 << end.saturating_sub(from).min(LANES)) - 1) as __mmask16
}

/// Rows that lie along the depth: pairs of row `i` at `i·pairs ..`.
fn pack_along(view: Matrix<'_>, depth: Range<usize>, to: &mut [Pair]) {
    let pairs = depth.len().div_ceil(2);
    for (i, to) in to.chunks_exact_mut(pairs).enumerate() {
        let row = &view.data[i * view.row_stride..][depth.clone()];
        // SAFETY: the CPU has the instructions.
        unsafe { round_row(row, to) };
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn round_row(row: &[f32], to: &mut [Pair]) {
    let (whole, rest) = row.as_chunks::<{ 2 * LANES }>();
    let (to_whole, to_rest) = to.split_at_mut(whole.len() * LANES);
    for (row, to) in whole.iter().zip(to_whole.as_chunks_mut::<LANES>().0) {
        // SAFETY: both arrays are as long as what is loaded and stored.
        unsafe {
            let low = _mm512_loadu_ps(row.as_ptr());
            let high = _mm512_loadu_ps(row.as_ptr().add(LANES));
            let pairs: __m512i = transmute(_mm512_cvtne2ps_pbh(high, low));
            _mm512_storeu_si512(to.as_mut_ptr().cast(), pairs);
        }
    }
    if !rest.is_empty() {
        // SAFETY: the masks keep to both slices.
        unsafe {
            let pairs = round_at(rest, 0);
            let mask = mask(0, to_rest.len());
            _mm512_mask_storeu_epi32(to_rest.as_mut_ptr().cast(), mask, pairs);
        }
    }
}

/// Sixteen pairs from `row[from]` on; zeros behind its end.
///
/// # Safety
/// `from` is inside the row.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) unsafe fn round_at(row: &[f32], from: usize) -> __m512i {
    // SAFETY: the masks keep to the row; the second start is used only where there is something to
    // load.
    unsafe {
        let start = row.as_ptr().wrapping_add(from);
        let low = _mm512_maskz_loadu_ps(mask(from, row.len()), start);
        let behind = start.wrapping_add(LANES);
        let high = _mm512_maskz_loadu_ps(mask(from + LANES, row.len()), behind);
        transmute(_mm512_cvtne2ps_pbh(high, low))
    }
}

/// Rows that lie side by side, in groups of [`GROUP`]: see [`Left`].
fn pack_groups(view: Matrix<'_>, depth: Range<usize>, pairs: usize, to: &mut [Pair]) {
    let ahead = 4 * view.column_stride;
    for_pairs(view, depth, |p, first, second| {
        // SAFETY: the CPU has the instructions; `to` has `pairs` pairs of every group.
        unsafe { interleave(first, second, &mut to[p * GROUP..], pairs * GROUP, ahead) };
    });
}

/// Rows that lie side by side: pair `p` of row `i` at `p·width + i`, zeros from the last row to
/// `width`.
fn pack_down(view: Matrix<'_>, depth: Range<usize>, width: usize, to: &mut [Pair]) {
    let ahead = 4 * view.column_stride;
    for_pairs(view, depth, |p, first, second| {
        let to = &mut to[p * width..][..width];
        to[first.len()..].fill(0);
        // SAFETY: the CPU has the instructions; `to` has room for all rows and a multiple of a
        // register.
        unsafe { interleave(first, second, to, LANES, ahead) };
    });
}

/// Calls `each(p, first, second)` with the columns of every pair; zeros are the partner of a column
/// without one.
fn for_pairs(view: Matrix<'_>, depth: Range<usize>, mut each: impl FnMut(usize, &[f32], &[f32])) {
    let column = |k: usize| &view.data[k * view.column_stride..][..view.rows];
    let none = vec![0.0; if depth.len() % 2 == 1 { view.rows } else { 0 }];
    for (p, k) in depth.clone().step_by(2).enumerate() {
        let second = if k + 1 < depth.end {
            column(k + 1)
        } else {
            &none
        };
        each(p, column(k), second);
    }
}

/// The pairs of `first[i]` and `second[i]`, both equally long, a register every `stride` elements
/// of `to`; zeros behind them. What stands `ahead` elements further is asked for: columns are pages
/// apart, where the CPU does not foresee them.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn interleave(first: &[f32], second: &[f32], to: &mut [Pair], stride: usize, ahead: usize) {
    let mut at = 0;
    for i in (0..first.len()).step_by(LANES) {
        let to = &mut to[at..][..LANES];
        for start in [first, second] {
            _mm_prefetch::<_MM_HINT_T0>(start.as_ptr().wrapping_add(i + ahead).cast());
        }
        let pairs = pairs_of(&first[i..], &second[i..]);
        // SAFETY: `to` has as many elements as the register.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), pairs) };
        at += stride;
    }
}

/// The pairs of the first sixteen numbers of `first` and `second`, zeros behind the ends.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub(super) fn pairs_of(first: &[f32], second: &[f32]) -> __m512i {
    let lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    let [base, step] = [
        _mm512_set1_epi32(0x0010_0000),
        _mm512_set1_epi32(0x0001_0001),
    ];
    // Of the words [first …, second …]: 0, 16, 1, 17, …
    let order = _mm512_add_epi32(base, _mm512_mullo_epi32(lane, step));
    // SAFETY: the masks keep to the slices.
    unsafe {
        let first = _mm512_maskz_loadu_ps(mask(0, first.len()), first.as_ptr());
        let second = _mm512_maskz_loadu_ps(mask(0, second.len()), second.as_ptr());
        let both: __m512i = transmute(_mm512_cvtne2ps_pbh(second, first));
        _mm512_permutexvar_epi16(order, both)
    }
}

/// Rows that lie along the depth, turned: pair `p` of row `i` at `p·width + i`, zeros from the last
/// row to `width`.
fn pack_across(view: Matrix<'_>, depth: Range<usize>, width: usize, to: &mut [Pair]) {
    for from in (0..width).step_by(LANES) {
        let row = |i: usize| {
            let inside = (from + i < view.rows).then(|| (from + i) * view.row_stride);
            inside.map_or(&[][..], |start| &view.data[start..][depth.clone()])
        };
        let rows = std::array::from_fn(row);
        // SAFETY: the CPU has the instructions.
        unsafe { turn(&rows, width, &mut to[from..]) };
    }
}

/// `to[p·width + i]` = pair `p` of `rows[i]`, 0 of a shorter one.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn turn(rows: &[&[f32]; LANES], width: usize, to: &mut [Pair]) {
    let pairs = rows[0].len().max(rows[LANES - 1].len()).div_ceil(2);
    for first in (0..pairs).step_by(LANES) {
        let mut square = [_mm512_setzero_si512(); LANES];
        for (to, row) in square.iter_mut().zip(rows) {
            // SAFETY: the masks keep to the row.
            *to = unsafe { round_at(row, 2 * first) };
        }
        for (p, pairs) in (first..pairs).zip(transpose(square)) {
            let to = &mut to[p * width..][..LANES];
            // SAFETY: `to` has as many elements as the register.
            unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), pairs) };
        }
    }
}

/// The transpose of 16 × 16 words.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn transpose(rows: [__m512i; LANES]) -> [__m512i; LANES] {
    let (mut twos, mut fours, mut whole) = (rows, rows, rows);
    for i in (0..LANES).step_by(2) {
        twos[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
        twos[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    }
    for i in (0..LANES).step_by(4) {
        fours[i] = _mm512_unpacklo_epi64(twos[i], twos[i + 2]);
        fours[i + 1] = _mm512_unpackhi_epi64(twos[i], twos[i + 2]);
        fours[i + 2] = _mm512_unpacklo_epi64(twos[i + 1], twos[i + 3]);
        fours[i + 3] = _mm512_unpackhi_epi64(twos[i + 1], twos[i + 3]);
    }
    for i in 0..4 {
        // Lane l of `fours[4·g + i]`: column 4·l + i of rows 4·g ….
        let [a, b, c, d] = [fours[i], fours[4 + i], fours[8 + i], fours[12 + i]];
        let (even_first, odd_first) = (
            _mm512_shuffle_i32x4::<0x88>(a, b),
            _mm512_shuffle_i32x4::<0xdd>(a, b),
        );
        let (even_last, odd_last) = (
            _mm512_shuffle_i32x4::<0x88>(c, d),
            _mm512_shuffle_i32x4::<0xdd>(c, d),
        );
        whole[i] = _mm512_shuffle_i32x4::<0x88>(even_first, even_last);
        whole[4 + i] = _mm512_shuffle_i32x4::<0x88>(odd_first, odd_last);
        whole[8 + i] = _mm512_shuffle_i32x4::<0xdd>(even_first, even_last);
        whole[12 + i] = _mm512_shuffle_i32x4::<0xdd>(odd_first, odd_last);
    }
    whole
}

/// # Safety
/// As [`Pairs::multiply`], of a panel `V` registers wide.
#[target_feature(enable = "avx512f,avx512bf16")]
#[allow(
    clippy::needless_range_loop,
    reason = "registers are named by their numbers"
)]
#[expect(clippy::too_many_lines, reason = "one block of registers")]
unsafe fn block<const R: usize, const V: usize>(
    left: &Left,
    row: usize,
    right: &[Pair],
    to: Destination,
) {
    // Plain loops throughout: a closure would be compiled without the instructions.
    let mut sums = [[_mm512_setzero_ps(); V]; R];
    let pairs = right.len() / (V * LANES);
    let mut lefts = [left.data.as_ptr(); R];
    for i in 0..R {
        // Rows behind the last repeat it; what they give is not stored.
        lefts[i] = left.data[left.start(row + i.min(to.rows - 1))..].as_ptr();
    }
    let mut right = right.as_ptr();
    let mut from = 0;
    for _ in 0..pairs {
        // SAFETY: `left` has so many pairs in each of these rows, the panel so many rows of `V`
        // registers.
        unsafe {
            let mut columns = [_mm512_setzero_si512(); V];
            for v in 0..V {
                columns[v] = _mm512_loadu_si512(right.add(v * LANES).cast());
            }
            for i in 0..R {
                let left: __m512bh =
                    transmute(_mm512_set1_epi32((*lefts[i].add(from)).cast_signed()));
                for v in 0..V {
                    sums[i][v] = _mm512_dpbf16_ps(
                        sums[i][v],
                        left,
                        transmute::<__m512i, __m512bh>(columns[v]),
                    );
                }
            }
            right = right.add(V * LANES);
        }
        from += left.step;
    }
    for (i, sums) in sums.iter().enumerate().take(to.rows) {
        for (v, sum) in sums.iter().enumerate() {
            let mask = mask(v * LANES, to.columns);
            // SAFETY: only the block's own elements are touched.
            unsafe {
                let at = to.start.add(i * to.row_stride).wrapping_add(v * LANES);
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
