//! Functions of `stats`.

use dissensus_stats::{
    BootstrapEstimate, BootstrapParams, ClassPredictions, Estimate, Permutations, auprc,
    auprc_bootstrap, auroc, auroc_bootstrap, auroc_delong, average_ranks, benjamini_hochberg,
    bootstrap_nested, jackknife, jackknife_mean, jackknife_pairs, paired_permutation_test,
    permutation_test, risk_coverage, spearman, surest,
};

use super::Kind::{Constant, Empty, Huge, Negative, Subnormal, Zero};
use super::{Answer, Case, Law, case, said};

const LABELS: [bool; 8] = [true, false, true, true, false, false, true, false];
const OTHER: [f64; 8] = [0.5, 2.0, 1.5, 1.0, 4.0, 2.5, 3.0, 0.25];

fn params() -> BootstrapParams {
    BootstrapParams::default().with_draws(60)
}

fn labels(x: &[f64]) -> &'static [bool] {
    &LABELS[..x.len()]
}

fn bounds(estimate: Estimate) -> Answer {
    let Estimate {
        value,
        standard_error,
        low,
        high,
        ..
    } = estimate;
    Ok(vec![value, standard_error, low, high])
}

fn drawn(found: BootstrapEstimate) -> Answer {
    bounds(found.estimate)
}

pub fn cases() -> Vec<Case> {
    let mut all = areas();
    all.extend(resampled());
    all.extend(ranked());
    all
}

fn areas() -> Vec<Case> {
    use Law::Same;
    let area = |found: Result<f64, _>| Ok(vec![said::<_, dissensus_stats::Error>(found)?]);
    vec![
        case("stats::auroc", Same, move |x| area(auroc(labels(x), x))),
        case("stats::auprc", Same, move |x| area(auprc(labels(x), x))),
        case("stats::auroc_delong", Same, |x| {
            bounds(said(auroc_delong(labels(x), x, 0.95))?.estimate)
        }),
        case("stats::auroc_bootstrap", Same, |x| {
            drawn(said(auroc_bootstrap(labels(x), x, &params()))?)
        }),
        case("stats::auprc_bootstrap", Same, |x| {
            drawn(said(auprc_bootstrap(labels(x), x, &params()))?)
        }),
    ]
    .into_iter()
    .map(|case| case.within(0.0, 1.0))
    .collect()
}

fn resampled() -> Vec<Case> {
    use Law::{Same, Scaled};
    let halves = |x: &[f64]| {
        let (a, b) = x.split_at(x.len() / 2);
        said(permutation_test(a, b, Permutations::Exact))
    };
    let paired = |x: &[f64]| said(paired_permutation_test(x, Permutations::Exact));
    vec![
        case("stats::jackknife", Scaled, |x| {
            let value = x.first().copied().unwrap_or_default();
            bounds(said(jackknife(value, x, 0.95))?)
        }),
        case("stats::jackknife_mean", Scaled, |x| {
            bounds(said(jackknife_mean(x, 0.95))?)
        }),
        case("stats::jackknife_pairs", Scaled, |x| {
            bounds(said(jackknife_pairs(4, x, 0.95))?)
        })
        .of_numbers(&[3, 1, 4, 2, 6, 5], 1.0),
        case("stats::bootstrap_nested", Scaled, |x| {
            let units: Vec<[usize; 1]> = (0..x.len()).map(|i| [i]).collect();
            drawn(said(bootstrap_nested(&units, x, &params()))?)
        }),
        case("stats::permutation_test", Scaled, move |x| {
            Ok(vec![halves(x)?.difference])
        }),
        case("stats::permutation_test", Same, move |x| {
            Ok(vec![halves(x)?.p_value])
        })
        .within(1e-9, 1.0),
        case("stats::paired_permutation_test", Scaled, move |x| {
            Ok(vec![paired(x)?.difference])
        }),
        case("stats::paired_permutation_test", Same, move |x| {
            Ok(vec![paired(x)?.p_value])
        })
        .within(1e-9, 1.0),
    ]
}

fn ranked() -> Vec<Case> {
    use Law::{Other, Same, Scaled};
    let other = |x: &[f64]| &OTHER[..x.len()];
    vec![
        case("stats::average_ranks", Same, |x| said(average_ranks(x)))
            .within(1.0, 8.0)
            .gives(Empty, &[]),
        case("stats::spearman", Same, move |x| {
            Ok(vec![said(spearman(x, other(x)))?])
        })
        .within(-1.0, 1.0)
        .refuses(&[Constant, Zero]),
        case("stats::spearman", Same, move |x| {
            Ok(vec![said(spearman(other(x), x))?])
        })
        .within(-1.0, 1.0)
        .refuses(&[Constant, Zero]),
        case("stats::risk_coverage", Same, move |x| {
            Ok(vec![said(risk_coverage(x, other(x)))?.area])
        }),
        case("stats::risk_coverage", Scaled, move |x| {
            let found = said(risk_coverage(other(x), x))?;
            Ok(vec![found.area, found.mean_loss])
        }),
        case("stats::surest", Same, |x| {
            Ok(said(surest(x, 0.5))?
                .into_iter()
                .map(|row| row as f64)
                .collect())
        }),
        case("stats::benjamini_hochberg", Scaled, |x| {
            said(benjamini_hochberg(x))
        })
        .of_numbers(&[3, 1, 4, 2], 1.0 / 64.0)
        .refuses(&[Negative, Huge])
        .gives(Empty, &[])
        .gives(Zero, &[0.0; 4]),
        case("stats::ClassPredictions::new", Other, |x| {
            let truth = &[0, 1, 1, 0][..x.len() / 2];
            let found = said(ClassPredictions::new(2, truth, x))?;
            Ok(vec![
                found.accuracy(),
                found.brier_score(),
                found.log_loss_nats(),
            ])
        })
        .of_numbers(&[3, 1, 2, 2, 1, 3, 4, 0], 0.25)
        .within(0.0, 9.0)
        .refuses(&[Negative, Constant, Zero, Huge, Subnormal]),
    ]
}
