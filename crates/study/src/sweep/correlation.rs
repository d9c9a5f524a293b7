//! Rank correlations over the cells of a sweep.

use dissensus_measure::{CATALOGUE, EXCESS, LOSS, MeasureKey};
use dissensus_report::Results;
use dissensus_stats::spearman;

use super::trained;
use crate::Error;

/// How a measure goes with the entropy that the data leave open, and with what was not learned of
/// them.
///
/// Both are correlated with each other over the cells, so each is also given with the other held
/// fixed: `r_xy·z = (r_xy - r_xz r_yz) / √((1 - r_xz²)(1 - r_yz²))`, of ranks.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    /// Which measure, and its argument.
    pub key: MeasureKey,
    /// Spearman's correlation with the members' own loss: what the data leave open and what was not
    /// learned, together.
    pub with_loss: f64,
    /// Spearman's correlation with the oracle's loss.
    pub with_entropy: f64,
    /// Spearman's correlation with the members' excess over the oracle.
    pub with_unlearned: f64,
    /// With the oracle's loss, the excess held fixed.
    pub with_entropy_alone: f64,
    /// With the excess, the oracle's loss held fixed.
    pub with_unlearned_alone: f64,
    /// Number of cells.
    pub cells: usize,
}

impl Correlation {
    /// The size from which a rank correlation of `n` cells with one other held fixed is clear of
    /// zero at 95 %: `tanh(1.96 √(1.06 / (n − 4)))`.
    ///
    /// Fisher's transform of Spearman's coefficient has variance `1.06 / (n − 3)` (Fieller, Hartley
    /// and Pearson, 1957), with one cell less for the one held fixed. Below five cells it is 1:
    /// nothing is clear.
    #[must_use]
    pub fn least_clear(&self) -> f64 {
        let free = self.cells as f64 - 4.0;
        if free < 1.0 {
            return 1.0;
        }
        (1.959_964 * (1.06 / free).sqrt()).tanh()
    }
}

/// The measures that are correlated.
pub(super) fn correlated() -> impl Iterator<Item = MeasureKey> {
    CATALOGUE.iter().flat_map(|row| row.sweep_keys())
}

/// The correlations of every measure of the study over all cells in which it, the oracle's loss and
/// the excess are known.
///
/// A measure that does not vary is left out.
///
/// # Errors
/// [`Error::Stats`] for a value that is not finite.
pub fn correlations(results: &Results) -> Result<Vec<Correlation>, Error> {
    let mut all = Vec::new();
    for key in correlated() {
        all.extend(of_measure(results, key)?);
    }
    Ok(all)
}

fn of_measure(results: &Results, key: MeasureKey) -> Result<Option<Correlation>, Error> {
    let mut columns: [Vec<f64>; 4] = Default::default();
    for cell in &results.ensembles {
        let value = trained(cell, &key).map(|m| m.value);
        let entropy = trained(cell, &(&LOSS).into()).and_then(|m| m.oracle);
        let excess = trained(cell, &(&EXCESS).into()).map(|m| m.value);
        if let (Some(value), Some(entropy), Some(excess)) = (value, entropy, excess) {
            let row = [value, entropy, excess, entropy + excess];
            columns.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
        }
    }
    let varies = |column: &Vec<f64>| column.windows(2).any(|pair| pair[0] != pair[1]);
    if !columns.iter().all(varies) {
        return Ok(None);
    }
    let [values, entropy, excess, loss] = &columns;
    let (by_entropy, by_excess) = (spearman(values, entropy)?, spearman(values, excess)?);
    let between = spearman(entropy, excess)?;
    Ok(Some(Correlation {
        key,
        with_loss: spearman(values, loss)?,
        with_entropy: by_entropy,
        with_unlearned: by_excess,
        with_entropy_alone: partial(by_entropy, by_excess, between),
        with_unlearned_alone: partial(by_excess, by_entropy, between),
        cells: values.len(),
    }))
}

/// `r_xy·z`; 0 where `z` fixes either.
fn partial(xy: f64, xz: f64, yz: f64) -> f64 {
    let left = (1.0 - xz * xz) * (1.0 - yz * yz);
    if left > 1e-12 {
        ((xy - xz * yz) / left.sqrt()).clamp(-1.0, 1.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_report::{Ensemble, Measure, State};

    #[test]
    fn a_partial_correlation_takes_out_what_the_third_explains() {
        // x and y only meet through z.
        assert!(partial(0.48, 0.6, 0.8).abs() < 1e-12);
        // pingouin.partial_corr gives 0.7559 for r_xy = 0.8, r_xz = 0.4, r_yz = 0.5.
        assert!((partial(0.8, 0.4, 0.5) - 0.6 / (0.84f64 * 0.75).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn few_cells_make_no_correlation_clear() {
        let of = |cells| Correlation {
            key: (&LOSS).into(),
            with_loss: 0.0,
            with_entropy: 0.0,
            with_unlearned: 0.0,
            with_entropy_alone: 0.0,
            with_unlearned_alone: 0.0,
            cells,
        };
        assert_eq!(of(4).least_clear(), 1.0);
        // math.tanh(1.959964 * math.sqrt(1.06 / 12))
        assert!((of(16).least_clear() - 0.524_506).abs() < 1e-3);
    }

    #[test]
    fn a_measure_that_is_the_entropy_follows_it_alone() {
        let cell = |entropy: f64, excess: f64| {
            let measures = vec![
                Measure::new("loss", "bits/token", entropy + excess)
                    .and_then(|m| m.with_oracle(entropy))
                    .unwrap(),
                Measure::new("excess", "bits/token", excess).unwrap(),
                Measure::new("kl_to_uniform", "bits", 6.0 - entropy).unwrap(),
            ];
            let state = State {
                name: "trained".into(),
                measures,
            };
            Ensemble {
                name: "cell".into(),
                members: 3,
                facts: vec![],
                notes: vec![],
                states: vec![state],
            }
        };
        let mut results = Results::new(vec![]);
        results.ensembles = [(1.0, 0.5), (2.0, 0.1), (3.0, 0.9), (4.0, 0.2), (5.0, 0.6)]
            .map(|(entropy, excess)| cell(entropy, excess))
            .to_vec();
        let found = correlations(&results).unwrap();
        assert_eq!(found.len(), 1, "only what was measured");
        assert_eq!((found[0].with_entropy, found[0].cells), (-1.0, 5));
        assert!(found[0].with_unlearned.abs() < 0.5);
    }
}
