//! Rank-deficient, one-row, flat, huge, tiny and broken tables: a defined answer or a typed error.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]

use dissensus_alignment::{
    ComparisonParams, EmbeddingGeometry, EmbeddingTable, EmbeddingTables, Error, Estimator, Kernel,
    Procrustes, Reason, Ties, cka, compare, local_spearman, nearest, retrieval, svcca,
    top_k_overlap,
};
use nalgebra::{DMatrix, dmatrix};

fn wave(rows: usize, columns: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |i, j| {
        ((i * columns + j + 1) as f64).powf(1.3).sin()
    })
}

#[test]
fn broken_values_are_named() {
    assert_eq!(
        EmbeddingTable::new(vec![0.0; 5], 2),
        Err(Error::Ragged {
            values: 5,
            dimension: 2
        })
    );
    assert_eq!(
        EmbeddingTable::new(vec![], 0),
        Err(Error::Ragged {
            values: 0,
            dimension: 0
        })
    );
    let found = EmbeddingTable::new(vec![1.0, 2.0, 3.0, f32::INFINITY], 2).unwrap_err();
    assert_eq!(
        found,
        Error::NotFinite {
            row: 1,
            column: 1,
            value: f64::INFINITY
        }
    );
    let mut x = wave(5, 2);
    x[(3, 1)] = f64::NAN;
    assert!(matches!(
        Procrustes::default().fit(&wave(5, 2), &x),
        Err(Error::NotFinite {
            row: 3,
            column: 1,
            ..
        })
    ));
    assert!(matches!(
        cka(&x, &x, Kernel::Linear, Estimator::Biased),
        Err(Error::NotFinite { .. })
    ));
    assert!(matches!(svcca(&x, &x, 1.0), Err(Error::NotFinite { .. })));
    assert!(matches!(
        EmbeddingTable::from_matrix(&dmatrix![1e300]),
        Err(Error::NotFinite { .. })
    ));
}

#[test]
fn zero_special_and_unseen_rows_are_dropped_by_name() {
    let mut values: Vec<f32> = (0..24).map(|i| (i as f32).sin() + 0.1).collect();
    values[6..8].fill(0.0);
    let other: Vec<f32> = (0..24).map(|i| (i as f32).cos() + 2.0).collect();
    let tables = EmbeddingTables::new(vec![
        EmbeddingTable::new(values, 2).unwrap(),
        EmbeddingTable::new(other, 2).unwrap(),
    ])
    .unwrap();
    let tables = tables
        .without(&[0, 3], Reason::Special)
        .unwrap()
        .without(&[11], Reason::Unseen)
        .unwrap();
    let dropped: Vec<(usize, Reason)> =
        tables.dropped().iter().map(|d| (d.row, d.reason)).collect();
    assert_eq!(
        dropped,
        [
            (3, Reason::Zero),
            (0, Reason::Special),
            (11, Reason::Unseen)
        ]
    );
    assert_eq!(tables.ids(), [1, 2, 4, 5, 6, 7, 8, 9, 10]);
    let found = compare(&tables, &ComparisonParams::for_rows(tables.rows())).unwrap();
    assert!(
        found.pairs[0]
            .overlap
            .iter()
            .all(|o| o.score.value.is_finite())
    );
    assert_eq!(
        tables.without(&[12], Reason::Special),
        Err(Error::Row { row: 12, rows: 12 })
    );
}

#[test]
fn neighbourhoods_the_table_cannot_have_are_refused() {
    let x = EmbeddingTable::from_matrix(&wave(6, 2)).unwrap();
    assert_eq!(
        top_k_overlap(&x, &x, &[6]),
        Err(Error::Neighbours {
            k: 6,
            minimum: 1,
            maximum: 5
        })
    );
    assert_eq!(
        top_k_overlap(&x, &x, &[0]),
        Err(Error::Neighbours {
            k: 0,
            minimum: 1,
            maximum: 5
        })
    );
    assert_eq!(
        local_spearman(&x, &x, &[1], Ties::Average),
        Err(Error::Neighbours {
            k: 1,
            minimum: 2,
            maximum: 5
        })
    );
    let one = EmbeddingTable::from_matrix(&wave(1, 2)).unwrap();
    assert_eq!(
        top_k_overlap(&one, &one, &[1]),
        Err(Error::Neighbours {
            k: 1,
            minimum: 1,
            maximum: 0
        })
    );
    let shapes = Error::Shape {
        expected: (6, 2),
        found: (1, 2),
    };
    assert_eq!(top_k_overlap(&x, &one, &[1]), Err(shapes));
}

#[test]
fn a_table_without_spread_is_refused_and_named() {
    let flat = DMatrix::from_element(6, 3, 0.7);
    for which in [0, 1] {
        let (a, b) = if which == 0 {
            (flat.clone(), wave(6, 3))
        } else {
            (wave(6, 3), flat.clone())
        };
        assert_eq!(
            Procrustes::default().fit(&a, &b).unwrap_err(),
            Error::NoSpread { table: which }
        );
        assert_eq!(
            cka(&a, &b, Kernel::Linear, Estimator::Debiased).unwrap_err(),
            Error::NoSpread { table: which }
        );
        assert_eq!(
            svcca(&a, &b, 1.0).unwrap_err(),
            Error::NoSpread { table: which }
        );
        let tables = [&a, &b]
            .map(|m| EmbeddingTable::from_matrix(m).unwrap())
            .to_vec();
        let found = compare(
            &EmbeddingTables::new(tables).unwrap(),
            &ComparisonParams::for_rows(6),
        );
        assert_eq!(found.unwrap_err(), Error::NoSpread { table: which });
    }
    let one = wave(1, 3);
    assert_eq!(
        Procrustes::default().fit(&one, &one).unwrap_err(),
        Error::NoSpread { table: 0 }
    );
    assert_eq!(
        EmbeddingGeometry::of(&EmbeddingTable::from_matrix(&one).unwrap()),
        Err(Error::TooFewRows {
            needed: 2,
            found: 1,
            dropped: 0,
        })
    );
}

#[test]
fn identical_rows_tie_and_have_no_rank_correlation() {
    let flat = EmbeddingTable::from_matrix(&DMatrix::from_element(6, 3, 0.5)).unwrap();
    let other = EmbeddingTable::from_matrix(&wave(6, 3)).unwrap();
    let found = local_spearman(&flat, &other, &[3], Ties::Average).unwrap();
    assert_eq!(found[0].value(), None);
    // Each side draws its two nearest of five by lot.
    let overlap = top_k_overlap(&flat, &flat, &[2]).unwrap()[0].score;
    assert!((overlap.value - overlap.chance.unwrap()).abs() < 1e-15);
    assert!((overlap.value - 0.3 / 3.0 * 2.0 - 0.1).abs() < 1e-15);
}

#[test]
fn most_pairs_coinciding_leaves_the_gaussian_kernel_without_a_bandwidth() {
    let mut x = DMatrix::zeros(20, 2);
    x[(0, 0)] = 1.0;
    let kernel = Kernel::Rbf { fraction: 1.0 };
    assert_eq!(
        cka(&x, &wave(20, 2), kernel, Estimator::Biased).unwrap_err(),
        Error::NoSpread { table: 0 }
    );
    let negative = cka(
        &wave(20, 2),
        &wave(20, 2),
        Kernel::Rbf { fraction: -1.0 },
        Estimator::Biased,
    );
    assert!(matches!(
        negative,
        Err(Error::Parameter {
            name: "fraction",
            ..
        })
    ));
}

#[test]
fn deficient_ranks_and_more_columns_than_rows_align_with_themselves() {
    let line = &wave(12, 1) * &wave(1, 5);
    let wide = wave(4, 9);
    for x in [line, wide] {
        let fit = Procrustes::default().fit(&x, &x).unwrap();
        assert!(fit.disparity < 1e-20);
        assert!(
            (&fit.map.transpose() * &fit.map - DMatrix::identity(x.ncols(), x.ncols())).amax()
                < 1e-12
        );
        assert!(
            (cka(&x, &x, Kernel::Linear, Estimator::Biased)
                .unwrap()
                .value
                - 1.0)
                .abs()
                < 1e-12
        );
        assert!((svcca(&x, &x, 1.0).unwrap().mean() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn scales_at_the_ends_of_the_range_change_nothing() {
    let x = wave(30, 4);
    let y = &x * 0.5 + wave(30, 4).map(|v| v * v);
    let choice = Procrustes::default();
    let wanted = (
        choice.fit(&x, &y).unwrap().disparity,
        cka(&x, &y, Kernel::Linear, Estimator::Debiased)
            .unwrap()
            .value,
    );
    for scale in [1e-150, 1e150] {
        let found = choice.fit(&(&x * scale), &y).unwrap();
        assert!((found.disparity - wanted.0).abs() < 1e-12);
        let found = cka(&(&x * scale), &y, Kernel::Linear, Estimator::Debiased).unwrap();
        assert!((found.value - wanted.1).abs() < 1e-12);
    }
    let wanted = top_k_overlap(
        &EmbeddingTable::from_matrix(&x).unwrap(),
        &EmbeddingTable::from_matrix(&y).unwrap(),
        &[5],
    )
    .unwrap();
    for scale in [1e-30, 1e30] {
        let scaled = EmbeddingTable::from_matrix(&(&x * scale)).unwrap();
        let found =
            top_k_overlap(&scaled, &EmbeddingTable::from_matrix(&y).unwrap(), &[5]).unwrap();
        assert_eq!(found, wanted);
    }
}

#[test]
fn nearest_leaves_out_self_and_zero_rows() {
    let table =
        EmbeddingTable::new(vec![0.0, 0.0, 1.0, 0.0, 2.0, 0.1, 0.0, 0.0, -1.0, 0.0], 2).unwrap();
    let rows: Vec<usize> = nearest(&table, 1, 10)
        .unwrap()
        .iter()
        .map(|n| n.row)
        .collect();
    assert_eq!(rows, [2, 4]);
    assert_eq!(nearest(&table, 0, 1), Err(Error::ZeroRow { row: 0 }));
    assert_eq!(nearest(&table, 9, 1), Err(Error::Row { row: 9, rows: 5 }));
    assert_eq!(retrieval(&table, &table, 1), Err(Error::ZeroRow { row: 0 }));
}
