//! Which tokens a nucleus keeps.

use dissensus_kernels::simd::{LANES, vectorize};
use dissensus_kernels::sums::sum_f64;

use crate::Rule;
use crate::rule::reached;

/// A nucleus: the `kept` most probable tokens, whose probabilities sum to `mass`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cut {
    pub(crate) kept: usize,
    pub(crate) mass: f64,
}

/// The nucleus at every mass, from the sorted probabilities. `masses` ascend.
///
/// Sums of whole blocks lead to the block where a nucleus ends; only that one is walked token by
/// token.
pub(crate) fn cuts(sorted: &[f32], masses: &[f64], rule: Rule, out: &mut Vec<Cut>) {
    out.clear();
    let total: f64 = sorted.chunks(WALK).map(block_sum).sum();
    let (mut kept, mut mass) = (0, 0.0);
    for &wanted in masses {
        if wanted >= 1.0 {
            out.push(Cut {
                kept: sorted.len(),
                mass: total,
            });
            continue;
        }
        let wanted = wanted * total;
        while let Some(block) = sorted.get(kept..kept + WALK) {
            let next = block_sum(block);
            if mass + next >= reached(wanted) {
                break;
            }
            mass += next;
            kept += WALK;
        }
        while kept < sorted.len() && rule.keeps(kept, mass, f64::from(sorted[kept]), wanted) {
            mass += f64::from(sorted[kept]);
            kept += 1;
        }
        out.push(Cut { kept, mass });
    }
}

/// Tokens summed at once.
const WALK: usize = 4 * LANES;

fn block_sum(block: &[f32]) -> f64 {
    sum_f64(block, f64::from)
}

/// Writes for every token how many of the nuclei do not hold it; nuclei grow, so these are the
/// first ones.
///
/// Of tokens equally probable, those with a smaller index are kept.
pub(crate) fn levels(probabilities: &[f32], sorted: &[f32], cuts: &[Cut], out: &mut [u32]) {
    out.fill(0);
    for cut in cuts.iter().filter(|cut| cut.kept < sorted.len()) {
        let threshold = sorted[cut.kept - 1];
        count_below(probabilities, threshold, out);
        if sorted[cut.kept] == threshold {
            drop_ties(probabilities, sorted, *cut, threshold, out);
        }
    }
}

/// Adds 1 for every value below the threshold.
pub(crate) fn count_below(values: &[f32], threshold: f32, out: &mut [u32]) {
    vectorize(
        #[inline(always)]
        || count_below_body(values, threshold, out),
    )
}

#[inline(always)]
fn count_below_body(values: &[f32], threshold: f32, out: &mut [u32]) {
    out.iter_mut()
        .zip(values)
        .for_each(|(count, value)| *count += u32::from(*value < threshold));
}

/// Of the tokens as probable as the threshold, lifts those out of the nucleus that stand too late.
fn drop_ties(probabilities: &[f32], sorted: &[f32], cut: Cut, threshold: f32, out: &mut [u32]) {
    let above = sorted.partition_point(|&p| p > threshold);
    let allowed = cut.kept - above;
    let ties = probabilities
        .iter()
        .zip(out)
        .filter(|(p, _)| **p == threshold);
    for (_, level) in ties.skip(allowed) {
        *level += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels_of(p: &[f32], masses: &[f64], rule: Rule) -> Vec<u32> {
        let mut sorted = p.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let (mut found, mut out) = (Vec::new(), vec![0; p.len()]);
        cuts(&sorted, masses, rule, &mut found);
        levels(p, &sorted, &found, &mut out);
        out
    }

    #[test]
    fn the_crossing_token_is_kept_or_as_published_dropped() {
        let p = [0.2, 0.5, 0.3];
        assert_eq!(levels_of(&p, &[0.6, 1.0], Rule::Holtzman), [1, 0, 0]);
        assert_eq!(levels_of(&p, &[0.6, 1.0], Rule::AsPublished), [1, 0, 1]);
    }

    #[test]
    fn of_equally_probable_tokens_the_first_are_kept() {
        let p = [0.25; 4];
        assert_eq!(
            levels_of(&p, &[0.1, 0.5, 0.75, 1.0], Rule::Holtzman),
            [0, 1, 2, 3]
        );
        assert_eq!(
            levels_of(&p, &[0.1, 0.6, 0.8], Rule::AsPublished),
            [0, 1, 2, 3]
        );
        // Ties behind a likelier token.
        let p = [0.2, 0.4, 0.2, 0.2];
        assert_eq!(
            levels_of(&p, &[0.3, 0.5, 0.7, 1.0], Rule::Holtzman),
            [1, 0, 2, 3]
        );
    }
}
