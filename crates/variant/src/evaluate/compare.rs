//! Several scores of the same variants, side by side and less one another.

use std::fmt;

use dissensus_stats::{BootstrapParams, Estimate, auroc, bootstrap};
use serde::{Deserialize, Serialize};

use super::{
    CoveragePoint, Sign, VariantFigures, auroc_by_coverage, matched_pairs, pairs_in_order,
    variant_figures,
};
use crate::error::same_length;
use crate::{Error, Genome, Variant, VariantWindow, baseline_scores, column_scores};

/// Fractions kept at which the area is taken, where members disagree more or less.
const COVERAGES: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

/// One score of every variant.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NamedScores {
    /// What scored.
    pub name: String,
    /// Which end of the score is taken for positive.
    pub sign: Sign,
    /// The score of each variant.
    pub values: Vec<f64>,
    /// How much the members that gave it differ; none of one member.
    pub deviation: Option<Vec<f64>>,
}

impl NamedScores {
    /// Scores of which a low one is taken for positive, as log-likelihood ratios are.
    pub fn low(name: impl Into<String>, values: Vec<f64>) -> Self {
        Self {
            name: name.into(),
            sign: Sign::Low,
            values,
            deviation: None,
        }
    }

    /// Scores of which a high one is taken for positive, as a shift of an embedding is.
    pub fn high(name: impl Into<String>, values: Vec<f64>) -> Self {
        Self {
            sign: Sign::High,
            ..Self::low(name, values)
        }
    }

    /// Sets how much members differ.
    #[must_use]
    pub fn with_deviation(mut self, deviation: Vec<f64>) -> Self {
        self.deviation = Some(deviation);
        self
    }
}

/// The mean ratio of several members with what they differ by, low taken for positive.
///
/// # Errors
/// As [`join_members`](super::join_members).
pub fn joined(name: &str, members: &[Vec<f64>]) -> Result<NamedScores, Error> {
    let found = super::join_members(members)?;
    let mean = found.iter().map(|score| score.mean).collect();
    Ok(NamedScores {
        deviation: found.iter().map(|score| score.deviation).collect(),
        ..NamedScores::low(name, mean)
    })
}

/// Every score of a scan, from the ratios of members and of their random twins: the members' mean
/// first, that of the twins if there are any, those that need no model, learned from `learned`, and
/// the columns of these names that the table of the variants has.
///
/// # Errors
/// Those of [`joined`], [`baseline_scores`] and [`column_scores`].
///
/// ```
/// use dissensus_variant::{Contig, Genome, Variant, VariantWindow, scan_scores};
///
/// let genome = Genome::new([Contig::new("7", 0, b"ACGTTGCAACGGTACC")]);
/// let variants = [Variant::new("7", 5, "T", "C")];
/// let windows = [VariantWindow::around(&variants[0], &genome, 8)?];
/// let found = scan_scores(&[vec![-2.0], vec![-4.0]], &[], &genome, (&variants, &windows), &[])?;
/// assert_eq!((found[0].name.as_str(), found[0].values[0]), ("models", -3.0));
/// assert_eq!(found.len(), 4); // transition or transversion, counts of words, a context tree
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
pub fn scan_scores(
    members: &[Vec<f64>],
    twins: &[Vec<f64>],
    learned: &Genome,
    (variants, windows): (&[Variant], &[VariantWindow]),
    columns: &[String],
) -> Result<Vec<NamedScores>, Error> {
    let mut scores = vec![joined("models", members)?];
    if !twins.is_empty() {
        scores.push(joined("random twins", twins)?);
    }
    scores.extend(baseline_scores(learned, windows)?);
    for (index, name) in columns.iter().enumerate() {
        scores.push(column_scores(name, variants, index)?);
    }
    Ok(scores)
}

/// Pairs of a positive and a negative of one contig and class; variants of unknown class are in
/// none where classes are known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedFigures {
    /// How many.
    pub pairs: usize,
    /// The fraction in which the positive scores higher, once signed; chance is ½.
    pub in_order: Estimate,
}

/// How well one score tells variants apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreFigures {
    /// What scored.
    pub name: String,
    /// Areas of all variants and by class.
    pub figures: VariantFigures,
    /// Matched pairs; none where there are fewer than two.
    pub pairs: Option<PairedFigures>,
    /// Areas of those that the members agree on most; empty of one member.
    pub coverage: Vec<CoveragePoint>,
}

/// The area of the first score less that of another, on the same variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AreaDifference {
    /// The first score.
    pub name: String,
    /// The other.
    pub less: String,
    /// The class; none for all variants together.
    pub class: Option<String>,
    /// The difference, with an interval over variants drawn together for both.
    pub estimate: Estimate,
}

/// Several scores of the same variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanFigures {
    /// Variants scored.
    pub variants: usize,
    /// Each score, in the order given.
    pub scores: Vec<ScoreFigures>,
    /// The first score less each other, over all variants and in each class where both labels occur
    /// often enough.
    pub differences: Vec<AreaDifference>,
}

/// Labels in a class below which no difference is taken.
const MINIMUM: usize = 10;

/// Figures of several scores of the same variants, and the first less each other.
///
/// Intervals are over variants as if they were independent; those of one codon or gene are not, so
/// they are too narrow rather than too wide.
///
/// # Errors
/// Scores or deviations of another number than the variants; a score that is not finite.
///
/// ```
/// use dissensus_stats::BootstrapParams;
/// use dissensus_variant::{NamedScores, Variant, scan_figures};
///
/// let mut variants = vec![Variant::new("7", 1, "A", "G"); 24];
/// for (row, variant) in variants.iter_mut().enumerate() {
///     variant.label = Some(row % 2 == 0);
/// }
/// let good = NamedScores::low("model", (0..24).map(|row| f64::from(row % 2)).collect());
/// let blind = NamedScores::low("twin", vec![0.0; 24]);
/// let found = scan_figures(&variants, &[good, blind], &BootstrapParams::default())?;
/// assert_eq!(found.scores[0].figures.all.auroc.map(|area| area.value), Some(1.0));
/// assert_eq!(found.differences[0].estimate.value, 0.5);
/// assert_eq!(
///     found.scores[0].pairs.map(|pairs| (pairs.pairs, pairs.in_order.value)),
///     Some((12, 1.0))
/// );
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
pub fn scan_figures(
    variants: &[Variant],
    scores: &[NamedScores],
    params: &BootstrapParams,
) -> Result<ScanFigures, Error> {
    let labels: Vec<Option<bool>> = variants.iter().map(|variant| variant.label).collect();
    let classes: Vec<Option<&str>> = variants.iter().map(|v| v.class.as_deref()).collect();
    let strata: Vec<(&str, Option<&str>)> = variants
        .iter()
        .map(|variant| (&variant.contig[..], variant.class.as_deref()))
        .collect();
    // Variants of unknown class are of any class: where classes are known, they match nothing.
    let classed = classes.iter().any(Option::is_some);
    let matched: Vec<Option<bool>> = labels
        .iter()
        .zip(&classes)
        .map(|(label, class)| label.filter(|_| class.is_some() || !classed))
        .collect();
    let pairs = matched_pairs(&matched, &strata, params.seed);
    let one = |scored: &NamedScores| -> Result<ScoreFigures, Error> {
        Ok(ScoreFigures {
            name: scored.name.clone(),
            figures: variant_figures(&labels, &scored.values, &classes, scored.sign, params)?,
            pairs: paired(&pairs, scored, params)?,
            coverage: coverage(&labels, scored)?,
        })
    };
    Ok(ScanFigures {
        variants: variants.len(),
        scores: scores.iter().map(one).collect::<Result<_, _>>()?,
        differences: differences(&labels, &classes, scores, params)?,
    })
}

fn paired(
    pairs: &[(usize, usize)],
    scored: &NamedScores,
    params: &BootstrapParams,
) -> Result<Option<PairedFigures>, Error> {
    if pairs.len() < 2 {
        return Ok(None);
    }
    Ok(Some(PairedFigures {
        pairs: pairs.len(),
        in_order: pairs_in_order(pairs, &scored.values, scored.sign, params)?,
    }))
}

fn coverage(labels: &[Option<bool>], scored: &NamedScores) -> Result<Vec<CoveragePoint>, Error> {
    let Some(deviation) = &scored.deviation else {
        return Ok(Vec::new());
    };
    same_length("deviations", labels.len(), deviation.len())?;
    let labelled = |row: &usize| labels[*row].is_some();
    let rows: Vec<usize> = (0..labels.len()).filter(labelled).collect();
    let of = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row]).collect() };
    let truth: Vec<bool> = rows.iter().map(|&row| labels[row] == Some(true)).collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (values, unsure) = (of(&scored.values), of(deviation));
    auroc_by_coverage(&truth, &values, &unsure, scored.sign, &COVERAGES)
}

fn differences(
    labels: &[Option<bool>],
    classes: &[Option<&str>],
    scores: &[NamedScores],
    params: &BootstrapParams,
) -> Result<Vec<AreaDifference>, Error> {
    let Some((first, others)) = scores.split_first() else {
        return Ok(Vec::new());
    };
    let mut known: Vec<&str> = classes.iter().copied().flatten().collect();
    known.sort_unstable();
    known.dedup();
    let within = std::iter::once(None).chain(known.into_iter().map(Some));
    let mut found = Vec::new();
    for class in within {
        let inside = |row: &usize| class.is_none() || classes[*row] == class;
        let rows = (0..labels.len()).filter(inside);
        let rows: Vec<usize> = rows.filter(|&row| labels[row].is_some()).collect();
        let positives = rows
            .iter()
            .filter(|&&row| labels[row] == Some(true))
            .count();
        if positives < MINIMUM || rows.len() - positives < MINIMUM {
            continue;
        }
        for other in others {
            found.push(AreaDifference {
                name: first.name.clone(),
                less: other.name.clone(),
                class: class.map(str::to_owned),
                estimate: difference(labels, &rows, [first, other], params)?,
            });
        }
    }
    Ok(found)
}

/// The area of one score less that of another, over rows drawn with replacement.
fn difference(
    labels: &[Option<bool>],
    rows: &[usize],
    scores: [&NamedScores; 2],
    params: &BootstrapParams,
) -> Result<Estimate, Error> {
    let area = |drawn: &[usize], scored: &NamedScores| {
        let truth: Vec<bool> = drawn
            .iter()
            .map(|&i| labels[rows[i]] == Some(true))
            .collect();
        let signed = |&i: &usize| scored.sign.of(scored.values[rows[i]]);
        let values: Vec<f64> = drawn.iter().map(signed).collect();
        // A resample without positives or negatives has no area.
        auroc(&truth, &values).unwrap_or(f64::NAN)
    };
    let less = |drawn: &[usize]| area(drawn, scores[0]) - area(drawn, scores[1]);
    Ok(bootstrap(rows.len(), params, less)?.estimate)
}

impl fmt::Display for ScanFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for score in &self.scores {
            writeln!(f, "{}", score.name)?;
            write!(f, "{}", score.figures)?;
            if let Some(pairs) = &score.pairs {
                writeln!(
                    f,
                    "{} matched pairs (one contig and class), positive first in {:.3}",
                    pairs.pairs, pairs.in_order
                )?;
            }
            for point in &score.coverage {
                let area = point
                    .auroc
                    .map_or("–".to_owned(), |area| format!("{area:.3}"));
                writeln!(f, "surest {:3.0} %: AUROC {area}", 100.0 * point.coverage)?;
            }
            writeln!(f)?;
        }
        for less in &self.differences {
            let class = less.class.as_deref().unwrap_or("all");
            writeln!(
                f,
                "{} less {}, {class}: AUROC {:+.3}",
                less.name, less.less, less.estimate
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants() -> Vec<Variant> {
        let one = |row: usize| Variant {
            label: (row < 40).then_some(row.is_multiple_of(2)),
            class: Some(["missense", "synonymous"][row / 20 % 2].to_owned()),
            ..Variant::new("7", 1 + row as u64, "A", "G")
        };
        (0..50).map(one).collect()
    }

    #[test]
    fn a_score_less_itself_is_nothing_and_less_its_opposite_is_twice_its_edge() {
        let values: Vec<f64> = (0..50).map(|row| f64::from(row * 13 % 17)).collect();
        let scores = [
            NamedScores::low("one", values.clone()),
            NamedScores::low("same", values.clone()),
            NamedScores::high("opposite", values),
        ];
        let params = BootstrapParams::default().with_draws(100);
        let found = scan_figures(&variants(), &scores, &params).unwrap();
        let all = |less: &str| {
            let mut of = found.differences.iter();
            of.find(|found| found.less == less && found.class.is_none())
                .unwrap()
                .estimate
        };
        assert_eq!(
            (all("same").value, all("same").low, all("same").high),
            (0.0, 0.0, 0.0)
        );
        let area = found.scores[0].figures.all.auroc.unwrap().value;
        assert!((all("opposite").value - (2.0 * area - 1.0)).abs() < 1e-12);
        // Two classes of ten and ten, and all.
        assert_eq!(found.differences.len(), 2 * 3);
        assert!(
            found
                .to_string()
                .contains("one less opposite, missense: AUROC")
        );
    }

    #[test]
    fn variants_of_unknown_class_are_in_no_pair_where_classes_are_known() {
        let mut variants = variants();
        let scored = [NamedScores::low("one", vec![0.0; 50])];
        let params = BootstrapParams::default().with_draws(100);
        let pairs = |variants: &[Variant]| {
            let found = scan_figures(variants, &scored, &params).unwrap();
            found.scores[0].pairs.unwrap().pairs
        };
        assert_eq!(pairs(&variants), 20);
        variants[0].class = None;
        variants[1].class = None;
        assert_eq!(pairs(&variants), 19);
        variants.iter_mut().for_each(|variant| variant.class = None);
        assert_eq!(pairs(&variants), 20);
    }

    #[test]
    fn unlabelled_variants_count_in_no_coverage() {
        let values: Vec<f64> = (0..50).map(|row| f64::from(row % 2)).collect();
        let unsure = (0..50).map(f64::from).collect();
        let scored = [NamedScores::low("one", values).with_deviation(unsure)];
        let params = BootstrapParams::default().with_draws(100);
        let found = scan_figures(&variants(), &scored, &params).unwrap();
        let kept: Vec<usize> = found.scores[0]
            .coverage
            .iter()
            .map(|point| point.kept)
            .collect();
        assert_eq!(kept, [8, 16, 24, 32, 40]);
        assert!(
            found.scores[0]
                .coverage
                .iter()
                .all(|point| point.auroc == Some(1.0))
        );
    }
}
