//! Ranks and their correlation.

use crate::Error;
use crate::error::{at_least, finite, same_length};

/// Ranks from 1, equal values sharing the mean of their ranks.
///
/// ```
/// assert_eq!(dissensus_stats::average_ranks(&[10.0, 20.0, 10.0, 30.0])?, [1.5, 3.0, 1.5, 4.0]);
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
///
/// # Errors
/// A value that is not finite.
pub fn average_ranks(values: &[f64]) -> Result<Vec<f64>, Error> {
    finite(values)?;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    // The two zeros compare as equal here, as everywhere but in `total_cmp`.
    for ties in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + (ties.len() + 1) as f64 / 2.0;
        ties.iter().for_each(|&i| ranks[i] = rank);
        before += ties.len();
    }
    Ok(ranks)
}

/// Spearman's rank correlation: Pearson's correlation of the [`average_ranks`], which is right with
/// ties too.
///
/// # Errors
/// Different lengths, fewer than two values, a value that is not finite, a constant input.
///
/// ```
/// let rho = dissensus_stats::spearman(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0])?;
/// assert!((rho - 0.8).abs() < 1e-12); // 1 - 6*2/(4*15)
/// # Ok::<(), dissensus_stats::Error>(())
/// ```
pub fn spearman(x: &[f64], y: &[f64]) -> Result<f64, Error> {
    same_length("second input of a correlation", x.len(), y.len())?;
    at_least("pairs of a rank correlation", 2, x.len())?;
    varied("first input of a rank correlation", x)?;
    varied("second input of a rank correlation", y)?;
    let (x, y) = (average_ranks(x)?, average_ranks(y)?);
    let middle = (x.len() + 1) as f64 / 2.0;
    let product = |a: &[f64], b: &[f64]| {
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - middle) * (b - middle))
            .sum::<f64>()
    };
    let scale = (product(&x, &x) * product(&y, &y)).sqrt();
    Ok((product(&x, &y) / scale).clamp(-1.0, 1.0))
}

/// Fails where values are not finite or all the same.
fn varied(what: &'static str, values: &[f64]) -> Result<(), Error> {
    finite(values)?;
    if values.iter().all(|v| *v == values[0]) {
        return Err(Error::Constant {
            what,
            value: values[0],
            count: values.len(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_input_is_named() {
        let error = spearman(&[1.0, 2.0, 3.0], &[4.0, 4.0, 4.0]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "second input of a rank correlation: expected values that differ, all 3 of them are 4"
        );
        assert!(spearman(&[0.0, -0.0], &[1.0, 2.0]).is_err());
    }

    #[test]
    fn a_correlation_needs_two_pairs() {
        assert!(matches!(
            spearman(&[1.0], &[2.0]),
            Err(Error::TooFew { .. })
        ));
        assert!(matches!(
            spearman(&[1.0, 2.0], &[2.0]),
            Err(Error::Length { .. })
        ));
        assert_eq!(spearman(&[1.0, 2.0], &[5.0, 3.0]), Ok(-1.0));
    }
}
