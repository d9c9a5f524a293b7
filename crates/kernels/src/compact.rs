//! Keeping some elements of a slice, in order, sixteen at a time where the CPU has an instruction
//! for it.

use crate::simd::LANES;

/// Drops the numbers from `end` on.
///
/// ```
/// let mut numbers = vec![3, 9, 1];
/// dissensus_kernels::compact::keep_below(&mut numbers, 5);
/// assert_eq!(numbers, [3, 1]);
/// ```
#[inline(always)]
pub fn keep_below(numbers: &mut Vec<u32>, end: u32) {
    let (done, mut kept) = keep_whole_registers(numbers, end);
    for i in done..numbers.len() {
        let number = numbers[i];
        numbers[kept] = number;
        kept += usize::from(number < end);
    }
    numbers.truncate(kept);
}

/// As [`keep_below`], as far as whole registers go: how many numbers were looked at, and how many
/// kept.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn keep_whole_registers(numbers: &mut [u32], end: u32) -> (usize, usize) {
    let Some(cpu) = pulp::x86::V4::try_new() else {
        return (0, 0);
    };
    let cpu = cpu.avx512f;
    let end = cpu._mm512_set1_epi32(end.cast_signed());
    let whole = numbers.len() / LANES * LANES;
    let mut kept = 0;
    for from in (0..whole).step_by(LANES) {
        let mut lanes = [0; LANES];
        lanes.copy_from_slice(&numbers[from..from + LANES]);
        let lanes = pulp::cast(lanes);
        let below = cpu._mm512_cmplt_epu32_mask(lanes, end);
        let lanes: [u32; LANES] = pulp::cast(cpu._mm512_maskz_compress_epi32(below, lanes));
        // What stands behind those kept was read already.
        numbers[kept..kept + LANES].copy_from_slice(&lanes);
        kept += below.count_ones() as usize;
    }
    (whole, kept)
}

#[cfg(not(target_arch = "x86_64"))]
fn keep_whole_registers(_: &mut [u32], _: u32) -> (usize, usize) {
    (0, 0)
}

/// Calls `each` with the values in `low .. high`, none of them NaN.
#[inline(always)]
pub fn for_each_between(values: &[f32], low: f32, high: f32, mut each: impl FnMut(f32)) {
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        let mut inside = 0_u32;
        for (lane, &value) in chunk.iter().enumerate() {
            inside |= u32::from(value >= low && value < high) << lane;
        }
        while inside != 0 {
            each(chunk[inside.trailing_zeros() as usize]);
            inside &= inside - 1;
        }
    }
    let inside = |value: &&f32| **value >= low && **value < high;
    rest.iter().filter(inside).for_each(|&value| each(value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::vectorize;

    fn numbers(count: u32) -> Vec<u32> {
        (0..count)
            .map(|i| i.wrapping_mul(2_654_435_761) >> 20)
            .collect()
    }

    #[test]
    fn numbers_below_an_end_are_kept_in_order() {
        for count in [0, 1, 15, 16, 17, 100, 4095] {
            for end in [0, 1, 7, 2000, 4096, u32::MAX] {
                let wanted: Vec<u32> = numbers(count).into_iter().filter(|&n| n < end).collect();
                let mut found = numbers(count);
                vectorize(|| keep_below(&mut found, end));
                assert_eq!(found, wanted, "{count} {end}");
            }
        }
    }

    #[test]
    fn values_between_two_bounds_are_seen_in_order() {
        for count in [0, 3, 16, 333] {
            let values: Vec<f32> = numbers(count).iter().map(|&n| n as f32).collect();
            for (low, high) in [(0.0, 1e9), (5.0, 5.0), (1000.0, 1200.0)] {
                let inside = |v: &f32| (low..high).contains(v);
                let wanted: Vec<f32> = values.iter().copied().filter(inside).collect();
                let mut found = Vec::new();
                for_each_between(&values, low, high, |v| found.push(v));
                assert_eq!(found, wanted);
            }
        }
    }
}
