//! All metrics of weighted rows, fast enough to be resampled.

use nalgebra::DMatrix;

use super::Scores;
use crate::error::{parameter, same_length};
use crate::{Error, Labels, ProbeOutcome};

/// Bins of the calibration error.
const BINS: usize = 15;

/// What does not change between resamples: what was predicted, and the order of the scores.
pub(crate) struct Scorer {
    classes: usize,
    truth: Vec<usize>,
    predicted: Vec<usize>,
    /// Of each class that has a curve: its rows from the smallest score to the largest.
    curves: Vec<Curve>,
    believed: Option<Vec<RowPrediction>>,
}

struct Curve {
    class: usize,
    order: Vec<Ranked>,
}

struct Ranked {
    row: usize,
    /// Whether the next row of the order has the same score.
    tied: bool,
}

/// How far the probabilities of a row may be from a sum of one: models give them in single
/// precision.
const SUM: f64 = 1e-4;

/// Fails unless every row holds probabilities.
fn check_probabilities(found: &DMatrix<f64>) -> Result<(), Error> {
    for row in found.row_iter() {
        for &p in &row {
            let holds = (0.0..=1.0).contains(&p);
            parameter("probability of a class", "a number from 0 to 1", p, holds)?;
        }
        let sum = row.sum();
        let holds = (sum - 1.0).abs() <= SUM;
        parameter("sum of the probabilities of a row", "1", sum, holds)?;
    }
    Ok(())
}

/// What probabilities say of one row.
struct RowPrediction {
    brier: f64,
    loss: f64,
    confidence: f64,
    bin: usize,
}

impl Scorer {
    pub fn new(labels: &Labels, outcome: &ProbeOutcome) -> Result<Self, Error> {
        let found = &outcome.scores;
        same_length("rows of scores", labels.rows(), found.nrows())?;
        same_length("columns of scores", labels.classes(), found.ncols())?;
        if let Some(at) = found.iter().position(|v| !v.is_finite()) {
            return Err(Error::NotFinite {
                what: "scores",
                row: at % found.nrows(),
                column: at / found.nrows(),
                value: found.as_slice()[at],
            });
        }
        if outcome.probabilities {
            check_probabilities(found)?;
        }
        let classes = labels.classes();
        let curves = if classes == 2 { 1..2 } else { 0..classes };
        let truth = labels.values().to_vec();
        let predicted = outcome.classes();
        let believed = outcome.probabilities.then(|| {
            let rows = truth.iter().zip(&predicted).enumerate();
            rows.map(|(row, (&truth, &predicted))| believed(outcome, row, truth, predicted))
                .collect()
        });
        Ok(Self {
            classes,
            curves: curves.map(|class| curve(outcome, class)).collect(),
            truth,
            predicted,
            believed,
        })
    }

    /// The metrics where row i counts `weights[i]` times; NaN where all weights are 0.
    pub fn scores(&self, weights: &[f64]) -> Scores {
        let total: f64 = weights.iter().sum();
        let counts = self.counts(weights);
        let over_curves = |area: fn(&Self, &Curve, &[f64]) -> Option<f64>| {
            let areas = self.curves.iter().filter_map(|c| area(self, c, weights));
            mean(areas)
        };
        let mut scores = Scores {
            auroc: over_curves(Self::area),
            auprc: over_curves(Self::average_precision),
            ..counts.scores()
        };
        if let Some(believed) = &self.believed {
            let mean = |value: fn(&RowPrediction) -> f64| {
                let sum: f64 = believed
                    .iter()
                    .zip(weights)
                    .map(|(b, w)| w * value(b))
                    .sum();
                Some(sum / total)
            };
            scores.brier = mean(|b| b.brier);
            scores.log_loss = mean(|b| b.loss);
            scores.calibration_error = Some(self.calibration_error(believed, weights) / total);
        }
        scores
    }

    fn counts(&self, weights: &[f64]) -> Counts {
        let mut counts = Counts {
            right: vec![0.0; self.classes],
            truth: vec![0.0; self.classes],
            predicted: vec![0.0; self.classes],
        };
        for ((&truth, &predicted), weight) in self.truth.iter().zip(&self.predicted).zip(weights) {
            counts.truth[truth] += weight;
            counts.predicted[predicted] += weight;
            if truth == predicted {
                counts.right[truth] += weight;
            }
        }
        counts
    }

    /// P(a row of the class scores higher than one of the rest), ties ½.
    fn area(&self, curve: &Curve, weights: &[f64]) -> Option<f64> {
        let (mut below, mut own, mut area) = (0.0, 0.0, 0.0);
        let (mut tied_own, mut tied_rest) = (0.0, 0.0);
        for ranked in &curve.order {
            if self.truth[ranked.row] == curve.class {
                tied_own += weights[ranked.row];
            } else {
                tied_rest += weights[ranked.row];
            }
            if !ranked.tied {
                area += tied_own * (below + 0.5 * tied_rest);
                own += tied_own;
                below += tied_rest;
                (tied_own, tied_rest) = (0.0, 0.0);
            }
        }
        (own > 0.0 && below > 0.0).then(|| area / (own * below))
    }

    /// Σ over falling thresholds of the recall gained there times the precision there.
    fn average_precision(&self, curve: &Curve, weights: &[f64]) -> Option<f64> {
        let (mut all, mut own, mut tied_own, mut area) = (0.0, 0.0, 0.0, 0.0);
        for (at, ranked) in curve.order.iter().enumerate().rev() {
            all += weights[ranked.row];
            if self.truth[ranked.row] == curve.class {
                tied_own += weights[ranked.row];
            }
            let same_below = at > 0 && curve.order[at - 1].tied;
            if !same_below && tied_own > 0.0 {
                own += tied_own;
                area += tied_own * own / all;
                tied_own = 0.0;
            }
        }
        (own > 0.0 && own < all).then(|| area / own)
    }

    /// The mean of the average precision over all ways to deal out the scores: Σ_g (s_g/N)(1 + (c_g
    /// − 1)(n − 1)/(N − 1))/c_g, s_g the rows of one score and c_g those of it or higher, n of the
    /// N rows of the class.
    fn chance_precision(&self, curve: &Curve) -> Option<f64> {
        let rows = self.truth.len() as f64;
        let own = self
            .truth
            .iter()
            .filter(|&&truth| truth == curve.class)
            .count() as f64;
        let (mut passed, mut tied, mut area) = (0.0, 0.0, 0.0);
        for at in (0..curve.order.len()).rev() {
            (passed, tied) = (passed + 1.0, tied + 1.0);
            if at == 0 || !curve.order[at - 1].tied {
                area += tied / rows * (1.0 + (passed - 1.0) * (own - 1.0) / (rows - 1.0)) / passed;
                tied = 0.0;
            }
        }
        (own > 0.0 && own < rows).then_some(area)
    }

    fn calibration_error(&self, believed: &[RowPrediction], weights: &[f64]) -> f64 {
        let mut gaps = [0.0; BINS];
        for ((row, believed), weight) in believed.iter().enumerate().zip(weights) {
            let right = f64::from(u8::from(self.truth[row] == self.predicted[row]));
            gaps[believed.bin] += weight * (right - believed.confidence);
        }
        gaps.iter().map(|gap| gap.abs()).sum()
    }

    /// What each metric would be on average if predictions kept their counts but not their rows;
    /// see `ProbeReport`.
    pub fn chance(&self) -> Chance {
        let counts = self.counts(&vec![1.0; self.truth.len()]);
        let total = self.truth.len() as f64;
        let met = |k: usize| counts.truth[k] * counts.predicted[k] / total;
        let by_chance = Counts {
            right: (0..self.classes).map(met).collect(),
            ..counts
        };
        let scores = by_chance.scores();
        Chance {
            auprc: mean(
                self.curves
                    .iter()
                    .filter_map(|curve| self.chance_precision(curve)),
            ),
            accuracy: scores.accuracy,
            f1_macro: scores.f1_macro,
            f1_weighted: scores.f1_weighted,
        }
    }
}

/// Expected metrics of predictions that know nothing of the rows.
pub(crate) struct Chance {
    pub accuracy: f64,
    pub f1_macro: f64,
    pub f1_weighted: f64,
    /// Averaged over the classes that have a curve.
    pub auprc: Option<f64>,
}

/// The mean of the values; none of none.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_usize);
    for value in values {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / count as f64)
}

/// Weighted counts of right, true and predicted examples of each class.
struct Counts {
    right: Vec<f64>,
    truth: Vec<f64>,
    predicted: Vec<f64>,
}

impl Counts {
    fn scores(&self) -> Scores {
        let total: f64 = self.truth.iter().sum();
        let right: f64 = self.right.iter().sum();
        let f1: Vec<Option<f64>> = (0..self.truth.len())
            .map(|k| {
                let both = self.truth[k] + self.predicted[k];
                (both > 0.0).then(|| 2.0 * self.right[k] / both)
            })
            .collect();
        let seen: Vec<f64> = f1.iter().flatten().copied().collect();
        let weighted = f1
            .iter()
            .zip(&self.truth)
            .map(|(f1, t)| f1.unwrap_or(0.0) * t);
        Scores {
            mcc: self.mcc(total, right),
            accuracy: right / total,
            f1_macro: seen.iter().sum::<f64>() / seen.len() as f64,
            f1_weighted: weighted.sum::<f64>() / total,
            ..Scores::default()
        }
    }

    fn mcc(&self, total: f64, right: f64) -> f64 {
        let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (t, p) = (&self.truth, &self.predicted);
        let scale = ((total * total - sum(p, p)) * (total * total - sum(t, t))).sqrt();
        if scale == 0.0 {
            0.0
        } else {
            (right * total - sum(p, t)) / scale
        }
    }
}

fn curve(outcome: &ProbeOutcome, class: usize) -> Curve {
    let scores = outcome.scores.column(class);
    let mut rows: Vec<usize> = (0..scores.len()).collect();
    rows.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let tied = |at: usize| {
        rows.get(at + 1)
            .is_some_and(|&next| scores[next] == scores[rows[at]])
    };
    let ranked = |at: usize| Ranked {
        row: rows[at],
        tied: tied(at),
    };
    Curve {
        class,
        order: (0..rows.len()).map(ranked).collect(),
    }
}

fn believed(outcome: &ProbeOutcome, row: usize, truth: usize, predicted: usize) -> RowPrediction {
    let p = outcome.scores.row(row);
    let off = |k: usize| (p[k] - f64::from(u8::from(k == truth))).powi(2);
    let brier = if p.len() == 2 {
        off(1)
    } else {
        (0..p.len()).map(off).sum()
    };
    let confidence = p[predicted];
    let bin = (confidence * BINS as f64).ceil() as usize;
    RowPrediction {
        brier,
        loss: -p[truth].max(f64::EPSILON).ln(),
        confidence,
        bin: bin.clamp(1, BINS) - 1,
    }
}

#[cfg(test)]
mod tests {
    use dissensus_stats::{Confusion, auprc, auroc};
    use nalgebra::DMatrix;

    use super::*;

    fn example(classes: usize) -> (Labels, ProbeOutcome) {
        let truth = (0..40).map(|i| i * 7 % 11 % classes).collect();
        let scores = DMatrix::from_fn(40, classes, |i, k| ((i * 13 + k * 5) % 9) as f64 / 9.0);
        (
            Labels::new(truth, classes).unwrap(),
            ProbeOutcome::scores(scores),
        )
    }

    /// The slow twin: the rows written out as often as they count.
    #[test]
    fn weights_are_repetitions() {
        for classes in [2, 3, 5] {
            let (labels, outcome) = example(classes);
            let weights: Vec<f64> = (0..40).map(|i| (i * 3 % 4) as f64).collect();
            let rows: Vec<usize> = (0..40)
                .flat_map(|i| std::iter::repeat_n(i, weights[i] as usize))
                .collect();
            let truth: Vec<usize> = rows.iter().map(|&i| labels.values()[i]).collect();
            let classes_of = outcome.classes();
            let predicted: Vec<usize> = rows.iter().map(|&i| classes_of[i]).collect();
            let confusion = Confusion::new(classes, &truth, &predicted).unwrap();
            let found = Scorer::new(&labels, &outcome).unwrap().scores(&weights);
            assert!((found.mcc - confusion.mcc()).abs() < 1e-12);
            assert!((found.accuracy - confusion.accuracy()).abs() < 1e-12);
            assert!((found.f1_macro - confusion.f1_macro()).abs() < 1e-12);
            assert!((found.f1_weighted - confusion.f1_weighted()).abs() < 1e-12);
            let twin = |area: fn(&[bool], &[f64]) -> Result<f64, dissensus_stats::Error>| {
                let one = |k: usize| {
                    let own: Vec<bool> = truth.iter().map(|&t| t == k).collect();
                    let scores: Vec<f64> = rows.iter().map(|&i| outcome.scores[(i, k)]).collect();
                    area(&own, &scores).unwrap()
                };
                let curves = if classes == 2 { 1..2 } else { 0..classes };
                mean(curves.map(one)).unwrap()
            };
            assert!((found.auroc.unwrap() - twin(auroc)).abs() < 1e-12);
            assert!((found.auprc.unwrap() - twin(auprc)).abs() < 1e-12);
        }
    }

    /// The slow twin deals the labels out in every order.
    #[test]
    fn chance_is_the_mean_over_all_orders() {
        let scores = DMatrix::from_fn(6, 2, |i, k| [0.1, 0.4, 0.4, 0.5, 0.9, 0.9][i] * k as f64);
        let (mut sum, mut orders) = ([0.0; 2], 0.0);
        let mut chance = None;
        for bits in 0..64_usize {
            let truth: Vec<usize> = (0..6).map(|i| bits >> i & 1).collect();
            if truth.iter().sum::<usize>() == 2 {
                let labels = Labels::new(truth, 2).unwrap();
                let scorer = Scorer::new(&labels, &ProbeOutcome::scores(scores.clone())).unwrap();
                let found = scorer.scores(&[1.0; 6]);
                sum[0] += found.auprc.unwrap();
                sum[1] += found.accuracy;
                orders += 1.0;
                chance = Some(scorer.chance());
            }
        }
        let chance = chance.unwrap();
        assert!((chance.auprc.unwrap() - sum[0] / orders).abs() < 1e-12);
        assert!((chance.accuracy - sum[1] / orders).abs() < 1e-12);
    }

    #[test]
    fn scores_that_are_no_probabilities_have_no_brier_score() {
        let (labels, outcome) = example(3);
        let found = Scorer::new(&labels, &outcome).unwrap().scores(&[1.0; 40]);
        assert_eq!(
            (found.brier, found.log_loss, found.calibration_error),
            (None, None, None)
        );
    }

    #[test]
    fn one_class_has_no_area() {
        let labels = Labels::new(vec![1, 1], 2).unwrap();
        let outcome = ProbeOutcome::scores(DMatrix::from_element(2, 2, 0.5));
        let found = Scorer::new(&labels, &outcome).unwrap().scores(&[1.0; 2]);
        assert_eq!((found.auroc, found.auprc, found.mcc), (None, None, 0.0));
    }

    #[test]
    fn a_score_that_is_not_finite_is_named() {
        let labels = Labels::new(vec![1, 0], 2).unwrap();
        let outcome =
            ProbeOutcome::scores(DMatrix::from_row_slice(2, 2, &[0.0, 1.0, f64::NAN, 0.0]));
        assert!(matches!(
            Scorer::new(&labels, &outcome),
            Err(Error::NotFinite {
                row: 1,
                column: 0,
                ..
            })
        ));
    }
}
