//! Functions of `divergence`.

use dissensus_divergence::{
    Distribution, EnsembleDivergence, Error, FlatnessMatched, LetterMap, Settings,
};

use super::Kind::{Constant, Huge, MinusInfinite, Negative, Zero};
use super::{Answer, Case, Law, case, said, single};

fn probabilities(found: Result<Distribution<'_>, Error>) -> Answer {
    let found = said(found)?;
    let mut all = found.probabilities().to_vec();
    all.push(all.iter().sum());
    Ok(all)
}

/// What two members say of one token among four.
fn measured(
    push: impl Fn(&mut EnsembleDivergence, &[&[f32]]) -> Result<(), Error>,
    x: &[f32],
) -> Answer {
    let mut ensemble = said(EnsembleDivergence::new(Settings::new(2, 4)))?;
    let (one, other) = x.split_at(x.len() / 2);
    said(push(&mut ensemble, &[one, other]))?;
    let found = said(ensemble.finish())?;
    let members = found.members.iter();
    let mut all: Vec<f64> = members
        .flat_map(|m| [m.entropy_bits, m.kl_to_uniform_bits, m.accuracy])
        .collect();
    all.extend([found.pairs[0].js_divergence_bits, found.pairs[0].hellinger]);
    Ok(all)
}

pub fn cases() -> Vec<Case> {
    let mut all = distributions();
    all.extend(ensembles());
    all
}

fn distributions() -> Vec<Case> {
    use Law::{Other, Same};
    vec![
        case("divergence::Distribution::new", Other, |x| {
            probabilities(Distribution::new(x))
        })
        .of_numbers(&[1, 3, 2, 2], 0.125)
        .within(0.0, 1.0)
        .refuses(&[Negative, Constant, Zero, Huge, super::Kind::Subnormal]),
        case("divergence::Distribution::from_weights", Same, |x| {
            probabilities(Distribution::from_weights(x))
        })
        .within(0.0, 1.0 + 1e-12)
        .refuses(&[Negative, Zero]),
        case("divergence::Distribution::from_logits", Other, |x| {
            probabilities(Distribution::from_logits(x))
        })
        .within(0.0, 1.0 + 1e-12)
        .takes(&[MinusInfinite]),
        case("divergence::Settings::masses", Other, |x| {
            let found = said(EnsembleDivergence::new(Settings::new(2, 3).masses(x)))?;
            Ok(found.settings().masses.clone())
        })
        .of_numbers(&[1, 2, 3, 4], 0.125)
        .within(0.0, 1.0)
        .refuses(&[Negative, Constant, Zero, Huge]),
    ]
}

fn ensembles() -> Vec<Case> {
    use Law::{Other, Same};
    vec![
        single("divergence::EnsembleDivergence::push", Other, |x| {
            measured(|ensemble, rows| ensemble.push(rows, &[1]), x)
        })
        .within(0.0, 2.0)
        .takes(&[MinusInfinite]),
        single(
            "divergence::EnsembleDivergence::push_probabilities",
            Same,
            |x| measured(|ensemble, rows| ensemble.push_probabilities(rows, &[1]), x),
        )
        .within(0.0, 2.0)
        .refuses(&[Negative, Zero]),
        single("divergence::LetterMap::expand", Other, |x| {
            let map = said(LetterMap::new(
                "ehot",
                ["the", "to", "he", "t", "o", "e", "h", ""],
            ))?;
            let found = said(map.expand(&[x], &[0]))?;
            Ok(found.probabilities[0]
                .iter()
                .map(|&p| f64::from(p))
                .collect())
        })
        .within(0.0, 1.0 + 1e-6)
        .takes(&[MinusInfinite]),
        single("divergence::FlatnessMatched::batch", Other, |x| {
            let (one, other) = x.split_at(x.len() / 2);
            let found = said(FlatnessMatched::default().batch(&[one, other], 4))?;
            if found.iter().all(Vec::is_empty) {
                return Err("nothing".into());
            }
            let copies: Vec<Vec<f32>> = found;
            Ok(copies.concat().into_iter().map(f64::from).collect())
        })
        .may_refuse(&[MinusInfinite])
        // Minus infinity: the logarithm of a probability of 0.
        .spreads(&[Huge]),
    ]
}
