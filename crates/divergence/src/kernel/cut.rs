//! Which tokens a nucleus keeps.

use crate::Rule;

/// A nucleus: the `kept` most probable tokens, whose probabilities sum to `mass`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cut {
    pub(crate) kept: usize,
    pub(crate) mass: f64,
}

/// The nucleus at every mass, from one pass over the sorted probabilities. `masses` ascend.
pub(crate) fn cuts(sorted: &[f32], masses: &[f64], rule: Rule, out: &mut Vec<Cut>) {
    out.clear();
    let total: f64 = sorted.iter().map(|&p| f64::from(p)).sum();
    let (mut kept, mut mass) = (0, 0.0);
    for &wanted in masses {
        if wanted >= 1.0 {
            out.push(Cut {
                kept: sorted.len(),
                mass: total,
            });
            continue;
        }
        while kept < sorted.len()
            && keeps_next(rule, mass, f64::from(sorted[kept]), wanted * total, kept)
        {
            mass += f64::from(sorted[kept]);
            kept += 1;
        }
        out.push(Cut { kept, mass });
    }
}

/// Whether the next token belongs to the nucleus of mass `wanted`, of which `kept` tokens have `mass` so far.
fn keeps_next(rule: Rule, mass: f64, next: f64, wanted: f64, kept: usize) -> bool {
    match rule {
        Rule::Holtzman => mass < wanted,
        Rule::AsPublished => kept == 0 || mass + next <= wanted,
    }
}

/// Writes for every token how many of the nuclei do not hold it; nuclei grow, so these are the first ones.
///
/// Of tokens equally probable, those with a smaller index are kept.
pub(crate) fn levels(probabilities: &[f32], sorted: &[f32], cuts: &[Cut], out: &mut [u8]) {
    let thresholds: Vec<f32> = cuts.iter().map(|cut| sorted[cut.kept - 1]).collect();
    for (level, &p) in out.iter_mut().zip(probabilities) {
        *level = thresholds.iter().map(|&t| u8::from(p < t)).sum();
    }
    for (cut, &threshold) in cuts.iter().zip(&thresholds) {
        if sorted.get(cut.kept) == Some(&threshold) {
            drop_ties(probabilities, sorted, *cut, threshold, out);
        }
    }
}

/// Of the tokens as probable as the threshold, lifts those out of the nucleus that stand too late.
fn drop_ties(probabilities: &[f32], sorted: &[f32], cut: Cut, threshold: f32, out: &mut [u8]) {
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

    fn levels_of(p: &[f32], masses: &[f64], rule: Rule) -> Vec<u8> {
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
    }
}
