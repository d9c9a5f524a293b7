//! Scores that need no model.

use std::collections::HashMap;

use dissensus_corpus::reverse_complement_bytes;
use dissensus_reference::{ContextTree, Predictor};

use crate::error::parameter;
use crate::variant::is_transition;
use crate::{Error, Genome, NamedScores, VariantWindow};

/// 0 for a transition, −1 for a transversion, in the sense of a log-likelihood ratio; none for what
/// is no substitution of one base.
///
/// ```
/// use dissensus_variant::{VariantWindow, transition_score};
///
/// let window = |to: u8| VariantWindow::new(b"CCACC".to_vec(), 2, 1, vec![to]);
/// assert_eq!(transition_score(&window(b'G')?), Some(0.0));
/// assert_eq!(transition_score(&window(b'C')?), Some(-1.0));
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
#[must_use]
pub fn transition_score(window: &VariantWindow) -> Option<f64> {
    let (from, to) = window.substitution()?;
    Some(if is_transition(from, to) { 0.0 } else { -1.0 })
}

/// How often each k-mer occurs in a sequence, on both strands.
///
/// ```
/// use dissensus_variant::{KmerCounts, VariantWindow};
///
/// let counts = KmerCounts::of(b"AAAAAAAACA", 1)?; // nine A and one C, and as many T and G
/// let window = VariantWindow::new(b"GAG".to_vec(), 1, 1, b"C".to_vec())?;
/// assert!((counts.ratio(&window) - (1.5_f64 / 9.5).ln()).abs() < 1e-12);
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KmerCounts {
    counts: HashMap<Vec<u8>, f64>,
    k: usize,
}

impl KmerCounts {
    /// Counts the k-mers of known bases.
    ///
    /// # Errors
    /// k outside 1 to 16.
    pub fn of(bases: &[u8], k: usize) -> Result<Self, Error> {
        parameter("k", "1 to 16", k as f64, (1..=16).contains(&k))?;
        let mut counts = HashMap::new();
        for strand in [
            bases.to_ascii_uppercase(),
            reverse_complement_bytes(&bases.to_ascii_uppercase()),
        ] {
            for word in strand.windows(k) {
                if word.iter().all(|base| b"ACGT".contains(base)) {
                    *counts.entry(word.to_vec()).or_default() += 1.0;
                }
            }
        }
        Ok(Self { counts, k })
    }

    /// Σ ln(n + ½) over the k-mers of the alternative that the edit touches, less that of the
    /// reference; for an edit that changes their number, the means.
    ///
    /// The sequence counted should not hold the window, or every reference has one count more than
    /// its due.
    #[must_use]
    pub fn ratio(&self, window: &VariantWindow) -> f64 {
        let alternative = self.sum(&window.alternative(), window.at, window.inserted.len());
        let reference = self.sum(&window.reference, window.at, window.removed);
        if window.removed == window.inserted.len() {
            return alternative.0 - reference.0;
        }
        alternative.0 / alternative.1.max(1.0) - reference.0 / reference.1.max(1.0)
    }

    /// The sum over the words that overlap `length` bases at `at` or span the cut there, and their
    /// number.
    fn sum(&self, bases: &[u8], at: usize, length: usize) -> (f64, f64) {
        let first = at.saturating_sub(self.k - 1);
        let last = (at + length).min((bases.len() + 1).saturating_sub(self.k));
        let words = (first..last.max(first)).filter_map(|start| bases.get(start..start + self.k));
        words.fold((0.0, 0.0), |(sum, number), word| {
            let count = self.counts.get(word).copied().unwrap_or(0.0);
            (sum + (count + 0.5).ln(), number + 1.0)
        })
    }
}

/// The code length of a context tree on each window, less that of the alternative, in nats: the
/// model-free twin of a causal model's ratio.
///
/// The tree learns `training` first and forgets each window afterwards, so scores do not depend on
/// the order of windows. The sequence should not hold the windows. `reach` bases on either side of
/// the edit are coded; `depth` is the longest context.
///
/// # Errors
/// A depth that the tree refuses.
///
/// ```
/// use dissensus_variant::{VariantWindow, context_tree_ratios};
///
/// let training = b"ACGT".repeat(500);
/// let window = VariantWindow::new(b"ACGTACGTACGTACGT".to_vec(), 8, 1, b"C".to_vec())?;
/// let swapped = window.swapped();
/// let found = context_tree_ratios(&training, &[window, swapped], 4, 8)?;
/// assert!(found[0] < -3.0); // the period is broken
/// assert!((found[0] + found[1]).abs() < 1e-9);
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
pub fn context_tree_ratios(
    training: &[u8],
    windows: &[VariantWindow],
    depth: usize,
    reach: usize,
) -> Result<Vec<f64>, Error> {
    let mut tree = ContextTree::new(4, depth)?;
    code(&mut tree, training);
    let cost = |bases: &[u8], at: usize, length: usize| {
        let (first, last) = (
            at.saturating_sub(reach),
            (at + length + reach).min(bases.len()),
        );
        let mut tree = tree.clone();
        tree.interrupt();
        code(&mut tree, &bases[first..last])
    };
    let ratio = |window: &VariantWindow| {
        let alternative = cost(&window.alternative(), window.at, window.inserted.len());
        let reference = cost(&window.reference, window.at, window.removed);
        (reference - alternative) * std::f64::consts::LN_2
    };
    Ok(windows.iter().map(ratio).collect())
}

/// Length of the words that [`baseline_scores`] counts.
const WORD: usize = 6;
/// Longest context of the tree of [`baseline_scores`], and the bases on either side of an edit that
/// it codes.
const DEPTH: usize = 8;
const REACH: usize = 12;

/// Scores that need no model: transition against transversion (0 for what is neither), counts of
/// 6-mers and a context tree of depth 8, both learned from the segments of `learned`.
///
/// Low is taken for positive, as for log-likelihood ratios. Where `learned` holds the windows
/// themselves, the reference allele of every variant was seen, in favour of neither label.
///
/// # Errors
/// Those of [`KmerCounts::of`] and [`context_tree_ratios`].
pub fn baseline_scores(
    learned: &Genome,
    windows: &[VariantWindow],
) -> Result<Vec<NamedScores>, Error> {
    // An unknown base between segments, so that no word and no context spans two of them.
    let segments: Vec<&[u8]> = learned.contigs().iter().map(|c| &c.bases[..]).collect();
    let bases = segments.join(&b'N');
    let counts = KmerCounts::of(&bases, WORD)?;
    let transition = |window| transition_score(window).unwrap_or(0.0);
    let kmers = windows.iter().map(|window| counts.ratio(window)).collect();
    let tree = context_tree_ratios(&bases, windows, DEPTH, REACH)?;
    Ok(vec![
        NamedScores::low(
            "transition or transversion",
            windows.iter().map(transition).collect(),
        ),
        NamedScores::low(format!("counts of {WORD}-mers"), kmers),
        NamedScores::low(format!("context tree of depth {DEPTH}"), tree),
    ])
}

/// Bits that the bases cost; an unknown one interrupts.
fn code(tree: &mut ContextTree, bases: &[u8]) -> f64 {
    let mut bits = 0.0;
    for base in bases {
        match b"ACGT"
            .iter()
            .position(|known| *known == base.to_ascii_uppercase())
        {
            Some(symbol) => bits += tree.push(symbol as u8),
            None => tree.interrupt(),
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_the_edit_touches_count() {
        let counts = KmerCounts::of(b"ACACACGTGTGTCCCC", 3).unwrap();
        let window = VariantWindow::new(b"ACACACGT".to_vec(), 3, 1, b"T".to_vec()).unwrap();
        let log = |word: &[u8]| (counts.counts.get(word).copied().unwrap_or(0.0) + 0.5).ln();
        let words = |words: [&[u8]; 3]| words.map(log).iter().sum::<f64>();
        let wanted = words([b"CAT", b"ATA", b"TAC"]) - words([b"CAC", b"ACA", b"CAC"]);
        assert!((counts.ratio(&window) - wanted).abs() < 1e-12);
    }

    #[test]
    fn an_edit_and_its_undoing_have_opposite_ratios() {
        let counts = KmerCounts::of(b"ACACACGTGTGTCCCC", 2).unwrap();
        for (removed, inserted) in [(1, &b"T"[..]), (0, b"GG"), (2, b""), (2, b"T")] {
            let window =
                VariantWindow::new(b"ACACACGT".to_vec(), 3, removed, inserted.to_vec()).unwrap();
            assert!((counts.ratio(&window) + counts.ratio(&window.swapped())).abs() < 1e-12);
            assert!(
                (counts.ratio(&window) - counts.ratio(&window.reverse_complement())).abs() < 1e-12
            );
        }
    }

    #[test]
    fn words_and_contexts_span_no_two_stretches() {
        let halves = [
            crate::Contig::new("1", 0, b"AAAAAAAAAAAA"),
            crate::Contig::new("1", 50, b"CCCCCCCCCCCC"),
        ];
        let window = VariantWindow::new(b"AAAAACCCCC".to_vec(), 5, 1, b"A".to_vec()).unwrap();
        let found = baseline_scores(&Genome::new(halves), &[window]).unwrap();
        assert_eq!(found[0].values, [-1.0]);
        // Of the five words on either side, AAAAAA alone occurs: seven times.
        let log = |count: f64| (count + 0.5).ln();
        assert!((found[1].values[0] - (log(7.0) - log(0.0))).abs() < 1e-9);
    }
}
