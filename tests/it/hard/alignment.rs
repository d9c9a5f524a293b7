//! Functions of `alignment`: tables of six rows and three columns beside another one.

use dissensus_alignment::{
    ComparisonParams, EmbeddingGeometry, EmbeddingTable, EmbeddingTables, Estimator, Kernel,
    MinibatchCka, Procrustes, RowMovements, Ties, cka, compare, local_spearman, match_units,
    nearest, retrieval, svcca, top_k_overlap,
};
use nalgebra::DMatrix;

use super::Kind::{Constant, Empty, Huge, Negative, Subnormal, Zero};
use super::{Answer, Case, Law, case, said, single};

fn matrix(x: &[f64]) -> DMatrix<f64> {
    DMatrix::from_row_slice(x.len() / 3, 3, x)
}

fn other(x: &[f64]) -> DMatrix<f64> {
    DMatrix::from_fn(x.len() / 3, 3, |i, j| {
        ((i * 3 + j + 1) as f64).powf(1.3).sin()
    })
}

fn tables(x: &[f32]) -> Result<(EmbeddingTable, EmbeddingTable), String> {
    let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    let one = said(EmbeddingTable::new(x.to_vec(), 3))?;
    Ok((one, said(EmbeddingTable::from_matrix(&other(&wide)))?))
}

pub fn cases() -> Vec<Case> {
    let matrices = matrices().into_iter().chain(fits());
    let matrices = matrices.map(|case| case.of_table(24));
    let tables = of_tables().into_iter().map(|case| case.of_table(24));
    matrices.chain(tables).collect()
}

/// Comparisons of two matrices: what has no spread is refused.
fn matrices() -> Vec<Case> {
    use Law::Same;
    let kernels = [
        (Kernel::Linear, Estimator::Biased),
        (Kernel::Linear, Estimator::Debiased),
        (Kernel::Rbf { fraction: 1.0 }, Estimator::Biased),
        (Kernel::Rbf { fraction: 1.0 }, Estimator::Debiased),
    ];
    let kernels = kernels.map(|(kernel, estimator)| {
        case("alignment::cka", Same, move |x| {
            Ok(vec![
                said(cka(&matrix(x), &other(x), kernel, estimator))?.value,
            ])
        })
    });
    let mut all = vec![
        case("alignment::svcca", Same, |x| {
            Ok(said(svcca(&matrix(x), &other(x), 1.0))?.correlations)
        }),
        case("alignment::MinibatchCka::push", Same, |x| {
            let mut sums = said(MinibatchCka::new(Kernel::Linear))?;
            said(sums.push(&matrix(x), &other(x)))?;
            Ok(vec![sums.value().ok_or("nothing")?])
        })
        .may_refuse(&[Huge, Subnormal]),
    ];
    all.extend(kernels);
    let units = case("alignment::match_units", Same, |x| {
        let found = said(match_units(&matrix(x), &other(x)))?;
        Ok(vec![found.max, found.mean_same_index])
    });
    let units = units.gives(Constant, &[0.0; 2]).gives(Zero, &[0.0; 2]);
    let refused = [Constant, Zero];
    let all = all.into_iter();
    let all = all.map(|case| case.within(-1.0, 1.0 + 1e-9).refuses(&refused));
    all.chain([units.within(0.0, 1.0 + 1e-9)]).collect()
}

fn fits() -> Vec<Case> {
    use Law::{Same, Scaled};
    let choice = Procrustes::default;
    let train = [0, 1, 2, 3, 4, 5];
    vec![
        case("alignment::Procrustes::fit", Same, move |x| {
            let fit = said(choice().fit(&other(x), &matrix(x)))?;
            Ok([vec![fit.disparity, fit.cosine], fit.residuals].concat())
        }),
        case("alignment::Procrustes::fit", Same, move |x| {
            let fit = said(choice().fit(&matrix(x), &other(x)))?;
            Ok(vec![fit.disparity, fit.cosine])
        }),
        case("alignment::Procrustes::held_out", Same, move |x| {
            let found = choice().held_out(&other(x), &matrix(x), &train, &[6, 7]);
            let found = said(found)?;
            Ok(vec![found.relative_error, found.cosine])
        }),
        case("alignment::Procrustes::consensus", Same, move |x| {
            let found = said(choice().consensus(&[matrix(x), other(x)], 3))?;
            Ok(vec![found.disparity])
        }),
        case("alignment::Fit::judge", Same, move |x| {
            let fit = said(choice().fit(&other(x), &matrix(x)))?;
            let found = said(fit.judge(&other(x), &matrix(x)))?;
            Ok(vec![found.relative_error, found.cosine])
        }),
        case("alignment::Fit::transform", Same, move |x| {
            let fit = said(choice().fit(&other(x), &matrix(x)))?;
            Ok(said(fit.transform(&matrix(x)))?.iter().copied().collect())
        }),
        case("alignment::EmbeddingTable::from_matrix", Scaled, |x| {
            Ok(said(EmbeddingTable::from_matrix(&matrix(x)))?
                .values()
                .iter()
                .map(|&v| f64::from(v))
                .collect())
        })
        .takes(&[Constant, Zero])
        .refuses(&[Huge])
        .gives(Empty, &[])
        // As it says: rounded to single precision.
        .gives(Subnormal, &[0.0; 24]),
    ]
    .into_iter()
    .map(|case| {
        if case.name.contains("EmbeddingTable") {
            case
        } else {
            case.refuses(&[Constant, Zero]).may_refuse(&[Subnormal])
        }
    })
    .collect()
}

fn compared(x: &[f32]) -> Answer {
    let (one, two) = tables(x)?;
    let both = said(EmbeddingTables::new(vec![one, two]))?;
    let params = ComparisonParams::for_rows(both.rows());
    let found = said(compare(&both, &params))?;
    let pair = &found.pairs[0];
    let aligned = pair.procrustes.as_ref().ok_or("no alignment")?;
    Ok(vec![
        aligned.cosine.value,
        aligned.disparity.value,
        pair.linear_cka.as_ref().ok_or("no alignment")?.biased.value,
        pair.gaussian_cka
            .as_ref()
            .ok_or("no alignment")?
            .biased
            .value,
    ])
}

fn of_tables() -> Vec<Case> {
    use Law::{Same, Scaled};
    vec![
        single("alignment::EmbeddingTable::new", Scaled, |x| {
            Ok(tables(x)?
                .0
                .values()
                .iter()
                .map(|&v| f64::from(v))
                .collect())
        })
        .gives(Empty, &[]),
        single("alignment::compare", Same, compared).refuses(&[Constant, Zero]),
        single("alignment::EmbeddingGeometry::of", Same, |x| {
            let found = said(EmbeddingGeometry::of(&tables(x)?.0))?;
            Ok(vec![
                found.average_cosine,
                found.anisotropy,
                found.uniformity,
                found.effective_rank,
                found.participation_ratio,
            ])
        })
        .refuses(&[Zero])
        .may_refuse(&[Constant]),
        single("alignment::top_k_overlap", Same, |x| {
            let (one, two) = tables(x)?;
            Ok(vec![said(top_k_overlap(&one, &two, &[3]))?[0].score.value])
        })
        .within(0.0, 1.0)
        .refuses(&[Zero]),
        single("alignment::local_spearman", Same, |x| {
            let (one, two) = tables(x)?;
            let found = said(local_spearman(&one, &two, &[4], Ties::Average))?;
            Ok(vec![found[0].value().ok_or("no rank correlation")?])
        })
        .within(-1.0, 1.0)
        .refuses(&[Constant, Zero]),
        single("alignment::retrieval", Same, |x| {
            let (one, two) = tables(x)?;
            let found = said(retrieval(&one, &two, 2))?;
            Ok(vec![found.accuracy.value, found.csls_accuracy.value])
        })
        .within(0.0, 1.0)
        .refuses(&[Zero]),
        single("alignment::nearest", Same, |x| {
            let found = said(nearest(&tables(x)?.0, 1, 3))?;
            Ok(found
                .iter()
                .flat_map(|n| [n.row as f64, n.cosine])
                .collect())
        })
        .refuses(&[Zero]),
        single("alignment::RowMovements::new", Same, |x| {
            let (one, two) = tables(x)?;
            Ok(said(RowMovements::new(&one, &two))?.residuals)
        })
        .refuses(&[Constant, Zero]),
    ]
    .into_iter()
    .map(|case| case.takes(&[Negative]))
    .collect()
}
