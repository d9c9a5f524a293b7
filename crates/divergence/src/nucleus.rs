//! Distributions cut to their likely part, or reshaped.

use crate::{Distribution, Error, Real, Rule};

/// The nucleus of a distribution: its most probable tokens up to a mass, renormalised.
///
/// Of equally probable tokens those with a smaller index are kept. At mass 1 every token is kept.
///
/// # Errors
/// A mass outside (0, 1].
///
/// Source: Holtzman et al. 2020; see [`Rule`] for the cut.
///
/// ```
/// use dissensus_divergence::{Distribution, Rule, nucleus};
///
/// let p = Distribution::new(&[0.5, 0.25, 0.25])?;
/// assert_eq!(nucleus(&p, 0.6, Rule::Holtzman)?.probabilities(), [2.0 / 3.0, 1.0 / 3.0, 0.0]);
/// assert_eq!(nucleus(&p, 0.6, Rule::AsPublished)?.probabilities(), [1.0, 0.0, 0.0]);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn nucleus<T: Real>(
    p: &Distribution<'_, T>,
    mass: f64,
    rule: Rule,
) -> Result<Distribution<'static>, Error> {
    if !(mass > 0.0 && mass <= 1.0) {
        return Err(Error::Parameter {
            name: "nucleus mass",
            expected: "a number in (0, 1]",
            value: mass,
        });
    }
    let tokens = nucleus_tokens(p, mass, rule);
    Ok(keep(p, &tokens))
}

/// The k most probable tokens, renormalised; of equals the first. k beyond the vocabulary keeps
/// everything.
///
/// # Errors
/// k = 0.
///
/// ```
/// use dissensus_divergence::{Distribution, top_k};
///
/// let p = Distribution::new(&[0.25, 0.5, 0.25])?;
/// assert_eq!(top_k(&p, 2)?.probabilities(), [1.0 / 3.0, 2.0 / 3.0, 0.0]);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn top_k<T: Real>(p: &Distribution<'_, T>, k: usize) -> Result<Distribution<'static>, Error> {
    if k == 0 {
        return Err(Error::Parameter {
            name: "k",
            expected: "a number of at least 1",
            value: 0.0,
        });
    }
    let order = by_probability(p);
    Ok(keep(p, &order[..k.min(order.len())]))
}

/// pᵢ^(1/t), renormalised: t < 1 sharpens, t > 1 flattens, 1 changes nothing. Impossible tokens
/// stay impossible.
///
/// # Errors
/// A temperature that is not above 0 and finite.
///
/// ```
/// use dissensus_divergence::{Distribution, temperature};
///
/// let cold = temperature(&Distribution::new(&[0.75, 0.25])?, 0.5)?;
/// assert!((cold.probabilities()[0] - 0.9).abs() < 1e-12); // 9 : 1
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
pub fn temperature<T: Real>(
    p: &Distribution<'_, T>,
    temperature: f64,
) -> Result<Distribution<'static>, Error> {
    if !(temperature > 0.0 && temperature.is_finite()) {
        let expected = "a finite number above 0";
        return Err(Error::Parameter {
            name: "temperature",
            expected,
            value: temperature,
        });
    }
    let logs: Vec<f64> = p.iter().map(f64::ln).collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Ok(Distribution::normalised(
        logs.iter()
            .map(|log| ((log - largest) / temperature).exp())
            .collect(),
    ))
}

/// The tokens of the nucleus, from the most probable on.
pub(crate) fn nucleus_tokens<T: Real>(
    p: &Distribution<'_, T>,
    mass: f64,
    rule: Rule,
) -> Vec<usize> {
    let mut order = by_probability(p);
    if mass >= 1.0 {
        return order;
    }
    let wanted = mass * p.iter().sum::<f64>();
    let (mut sum, mut kept) = (0.0, 0);
    for &token in &order {
        let next: f64 = p.probabilities()[token].into();
        if !rule.keeps(kept, sum, next, wanted) {
            break;
        }
        sum += next;
        kept += 1;
    }
    order.truncate(kept);
    order
}

/// Tokens from the most probable on, of equals the first.
fn by_probability<T: Real>(p: &Distribution<'_, T>) -> Vec<usize> {
    let values: Vec<f64> = p.iter().collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    order
}

fn keep<T: Real>(p: &Distribution<'_, T>, tokens: &[usize]) -> Distribution<'static> {
    if tokens.len() == p.len() {
        // Everything is kept: nothing changes, not even by the rounding of a division.
        return Distribution::owned(p.iter().collect());
    }
    let mut weights = vec![0.0; p.len()];
    tokens
        .iter()
        .for_each(|&token| weights[token] = p.probabilities()[token].into());
    Distribution::normalised(weights)
}
