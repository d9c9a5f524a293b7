//! One sort per distribution.

/// Buffers of [`sort_descending`].
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    keys: Vec<u32>,
    other: Vec<u32>,
}

/// Below this length a comparison sort is faster.
const RADIX_FROM: usize = 512;
const DIGIT: u32 = 10;
const BUCKETS: usize = 1 << DIGIT;

/// Writes `probabilities`, each in [0, 1], to `sorted` from the largest to the smallest.
///
/// The bits of floats ≥ 0 order as the floats do, and those of 1.0 fit 30 bits: three passes of ten
/// bits sort them.
pub(crate) fn sort_descending(probabilities: &[f32], sorted: &mut [f32], scratch: &mut Scratch) {
    if probabilities.len() < RADIX_FROM {
        sorted.copy_from_slice(probabilities);
        sorted.sort_unstable_by(|a, b| b.total_cmp(a));
        return;
    }
    let Scratch { keys, other } = scratch;
    keys.clear();
    keys.extend(probabilities.iter().map(|p| ONE - p.to_bits().min(ONE)));
    other.resize(keys.len(), 0);
    let mut counts = histograms(keys);
    for (pass, count) in counts.iter_mut().enumerate() {
        scatter(keys, other, DIGIT * pass as u32, count);
        std::mem::swap(keys, other);
    }
    for (value, key) in sorted.iter_mut().zip(keys.iter()) {
        *value = f32::from_bits(ONE - key);
    }
}

/// The bits of 1.0: a key is their distance, so that ascending keys are descending probabilities.
const ONE: u32 = 0x3F80_0000;

fn digit(key: u32, shift: u32) -> usize {
    (key >> shift) as usize & (BUCKETS - 1)
}

/// How often each digit occurs, for the three passes at once.
fn histograms(keys: &[u32]) -> [[u32; BUCKETS]; 3] {
    let mut counts = [[0; BUCKETS]; 3];
    for &key in keys {
        for (pass, count) in counts.iter_mut().enumerate() {
            count[digit(key, DIGIT * pass as u32)] += 1;
        }
    }
    counts
}

/// One stable pass from `from` to `to` by the digit at `shift`.
fn scatter(from: &[u32], to: &mut [u32], shift: u32, counts: &mut [u32; BUCKETS]) {
    let mut start = 0;
    for count in counts.iter_mut() {
        start += std::mem::replace(count, start);
    }
    for &key in from {
        let slot = &mut counts[digit(key, shift)];
        to[*slot as usize] = key;
        *slot += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_radix_sort_is_a_sort(values in prop::collection::vec(0.0_f32..=1.0, 512..700), tiny in 0..40_u32) {
            let mut values = values;
            values[3] = f32::from_bits(tiny); // zero or subnormal
            values[4] = 1.0;
            let mut expected = values.clone();
            expected.sort_unstable_by(|a, b| b.total_cmp(a));
            let mut sorted = vec![0.0; values.len()];
            sort_descending(&values, &mut sorted, &mut Scratch::default());
            prop_assert_eq!(sorted, expected);
        }
    }
}
