//! Canonical correlations of tables whose directions are known.

use dissensus_alignment::{Error, svcca};
use nalgebra::DMatrix;

/// Column `number` of a Hadamard matrix of eight rows: orthogonal to all others, centred but for 0.
fn pattern(number: usize) -> Vec<f64> {
    let sign = |row: usize| (row & number).count_ones() % 2;
    (0..8).map(|row| 1.0 - 2.0 * f64::from(sign(row))).collect()
}

/// Columns that are sums of patterns, each `(number, factor)`.
fn table(columns: &[&[(usize, f64)]]) -> DMatrix<f64> {
    DMatrix::from_fn(8, columns.len(), |row, column| {
        let parts = columns[column].iter();
        parts.map(|&(number, f)| f * pattern(number)[row]).sum()
    })
}

#[test]
fn correlations_their_means_and_ranks_are_those_of_the_design() {
    let x = table(&[&[(1, 4.0)], &[(2, 2.0)], &[(3, 1.0)]]);
    let y = table(&[&[(1, 0.6), (4, 0.8)], &[(5, 3.0)]]);
    let found = svcca(&x, &y, 1.0).unwrap();
    assert_eq!((found.first_rank, found.second_rank), (3, 2));
    assert_eq!(found.correlations.len(), 2);
    for (found, expected) in found.correlations.iter().zip([0.6, 0.0]) {
        assert!((found - expected).abs() < 1e-12, "{found}");
    }
    assert!((found.mean() - 0.3).abs() < 1e-12);
    assert!((found.mean_square() - 0.18).abs() < 1e-12);
    assert_eq!(found.chance_mean_square(8), 3.0 / 7.0);
    assert_eq!(found.chance_mean_square(3), 1.0);
}

#[test]
fn directions_are_kept_until_they_hold_the_variance() {
    // Variances 16, 4 and 1 of 21: the first holds 0.762 of it, two hold 0.952.
    let x = table(&[&[(1, 4.0)], &[(2, 2.0)], &[(3, 1.0)]]);
    let ranks = [
        (0.01, 1),
        (0.76, 1),
        (0.77, 2),
        (0.95, 2),
        (0.96, 3),
        (1.0, 3),
    ];
    for (variance, rank) in ranks {
        let found = svcca(&x, &x, variance).unwrap();
        assert_eq!(
            (found.first_rank, found.second_rank),
            (rank, rank),
            "{variance}"
        );
        assert!((found.mean() - 1.0).abs() < 1e-12, "{variance}");
    }
}

#[test]
fn a_column_that_others_give_is_no_direction() {
    let x = table(&[
        &[(1, 3.0)],
        &[(1, -1.0)],
        &[(2, 1.0), (1, 1.0)],
        &[(2, 5.0)],
    ]);
    let found = svcca(&x, &x, 1.0).unwrap();
    assert_eq!((found.first_rank, found.correlations.len()), (2, 2));
}

#[test]
fn a_fraction_that_is_none_and_too_few_rows_are_refused() {
    let x = table(&[&[(1, 1.0)], &[(2, 1.0)]]);
    for variance in [0.0, -0.1, 1.0 + 1e-9, f64::NAN, f64::INFINITY] {
        let refused = svcca(&x, &x, variance);
        assert!(
            matches!(refused, Err(Error::Parameter { .. })),
            "{variance}"
        );
    }
    let rows = |count: usize| x.rows(0, count).into_owned();
    let one = svcca(&rows(1), &rows(1), 1.0);
    assert!(matches!(
        one,
        Err(Error::TooFewRows {
            needed: 2,
            found: 1,
            ..
        })
    ));
    assert_eq!(svcca(&rows(2), &rows(2), 1.0).unwrap().first_rank, 1);
}
