//! Tables with equal distances, tied neighbours, symmetries and too many columns, and sums that do
//! not belong together.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use dissensus_alignment::{
    CkaScores, ComparisonParams, EmbeddingGeometry, EmbeddingTable, EmbeddingTables, Error,
    Estimator, Kernel, MinibatchCka, Procrustes, Score, chance, cka, compare, match_units, null,
    retrieval, top_k_overlap,
};
use nalgebra::{DMatrix, dmatrix};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn table(matrix: &DMatrix<f64>) -> EmbeddingTable {
    EmbeddingTable::from_matrix(matrix).unwrap()
}

fn pair(a: &DMatrix<f64>, b: &DMatrix<f64>) -> EmbeddingTables {
    EmbeddingTables::new(vec![table(a), table(b)]).unwrap()
}

fn random(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    DMatrix::from_fn(rows, columns, |_, _| rng.random_range(-1.0..1.0))
}

fn signs(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
    random(rows, columns, seed).map(f64::signum)
}

fn one_hot(n: usize) -> DMatrix<f64> {
    DMatrix::identity(n, n)
}

/// The corners of a regular simplex in n − 1 dimensions.
fn simplex(n: usize) -> DMatrix<f64> {
    DMatrix::from_fn(n, n - 1, |i, j| {
        let step = (j + 1) as f64;
        match i.cmp(&(j + 1)) {
            std::cmp::Ordering::Less => -1.0 / (step * (step + 1.0)).sqrt(),
            std::cmp::Ordering::Equal => (step / (step + 1.0)).sqrt(),
            std::cmp::Ordering::Greater => 0.0,
        }
    })
}

fn polygon(n: usize) -> DMatrix<f64> {
    let angle = |i: usize| std::f64::consts::TAU * i as f64 / n as f64;
    DMatrix::from_fn(n, 2, |i, j| match j {
        0 => angle(i).cos(),
        _ => angle(i).sin(),
    })
}

#[test]
fn rows_that_are_equally_far_from_each_other_have_no_debiased_alignment() {
    for n in 4..20 {
        for equidistant in [one_hot(n), simplex(n), one_hot(n) * 1e100] {
            for kernel in [Kernel::Linear, Kernel::Rbf { fraction: 1.0 }] {
                let other = random(n, 3, n as u64);
                for (x, y, table) in [
                    (&equidistant, &equidistant, 0),
                    (&equidistant, &other, 0),
                    (&other, &equidistant, 1),
                ] {
                    let found = cka(x, y, kernel, Estimator::Debiased).unwrap_err();
                    let named = matches!(found, Error::Undefined { table: t, .. } if t == table);
                    assert!(named, "{n} {kernel:?}: {found}");
                }
                let own = cka(&equidistant, &equidistant, kernel, Estimator::Biased).unwrap();
                assert!((own.value - 1.0).abs() < 1e-6, "{n} {kernel:?} {own}");
            }
        }
    }
}

#[test]
fn a_comparison_of_equidistant_rows_lacks_the_debiased_scores_only() {
    let tables = pair(&one_hot(8), &one_hot(8));
    let found = compare(&tables, &ComparisonParams::for_rows(8)).unwrap();
    for scores in [found.pairs[0].linear_cka, found.pairs[0].gaussian_cka] {
        let CkaScores { biased, debiased } = scores.unwrap();
        assert!((biased.value - 1.0).abs() < 1e-6);
        assert_eq!(debiased, None);
    }
}

#[test]
fn batches_of_equidistant_rows_add_no_value_and_others_keep_theirs() {
    let mut cka = MinibatchCka::new(Kernel::Linear).unwrap();
    cka.push(&one_hot(7), &one_hot(7)).unwrap();
    assert_eq!((cka.value(), cka.batches()), (None, 1));
    for kernel in [Kernel::Linear, Kernel::Rbf { fraction: 1.0 }] {
        let mut sides = [MinibatchCka::new(kernel).unwrap(); 2];
        for n in 4..40 {
            let rows = if n % 2 == 0 { one_hot(n) } else { simplex(n) };
            let other = random(n, 3, n as u64);
            sides[0].push(&rows, &other).unwrap();
            sides[1].push(&other, &rows).unwrap();
            assert_eq!(sides.map(|s| s.value()), [None; 2], "{n} {kernel:?}");
        }
    }
    cka.push(&random(20, 3, 1), &random(20, 3, 1)).unwrap();
    assert!((cka.value().unwrap() - 1.0).abs() < 1e-9);
    assert_eq!(cka.batches(), 2);
}

#[test]
fn few_rows_of_many_columns_align_as_their_n_by_n_kernels_say() {
    let (x, y) = (random(6, 40, 1), random(6, 40, 2));
    let centre = DMatrix::identity(6, 6) - DMatrix::from_element(6, 6, 1.0 / 6.0);
    let [k, l] = [&x, &y].map(|x| &centre * x * x.transpose() * &centre);
    let wanted = k.dot(&l) / (k.norm() * l.norm());
    let found = cka(&x, &y, Kernel::Linear, Estimator::Biased).unwrap();
    assert!((found.value - wanted).abs() < 1e-12);
    let found = compare(&pair(&x, &y), &ComparisonParams::for_rows(6)).unwrap();
    let linear = found.pairs[0].linear_cka.unwrap();
    assert!((linear.biased.value - wanted).abs() < 1e-6);
    // A narrow table beside a wide one.
    let narrow = random(6, 2, 3);
    let m = &centre * &narrow * narrow.transpose() * &centre;
    let found = cka(&x, &narrow, Kernel::Linear, Estimator::Biased).unwrap();
    assert!((found.value - k.dot(&m) / (k.norm() * m.norm())).abs() < 1e-12);
}

#[test]
fn twelve_rows_of_six_thousand_columns_need_no_matrix_of_six_thousand() {
    // A square of 6000 × 6000 numbers in f64, three times: minutes in this profile, and 288 MB
    // each.
    let (x, y) = (random(12, 6000, 1), random(12, 6000, 2));
    let found = cka(&x, &y, Kernel::Linear, Estimator::Debiased).unwrap();
    assert!(found.value.abs() < 0.3);
    let own = cka(&x, &x, Kernel::Linear, Estimator::Debiased).unwrap();
    assert!((own.value - 1.0).abs() < 1e-9);
}

#[test]
fn unrelated_tables_with_tied_neighbours_overlap_by_chance() {
    for k in [1, 10] {
        let overlap = |seed: u64| {
            let (a, b) = (signs(300, 4, 2 * seed), signs(300, 4, 2 * seed + 1));
            top_k_overlap(&table(&a), &table(&b), &[k]).unwrap()[0].score
        };
        let found: Vec<f64> = (0..12).map(|seed| overlap(seed).value).collect();
        let mean = found.iter().sum::<f64>() / 12.0;
        let chance = chance::jaccard(k, 299);
        assert!(
            (mean - chance).abs() < 0.05 * chance,
            "{k}: {mean} {chance}"
        );
    }
}

#[test]
fn neighbours_of_one_distance_are_shared_evenly_near_and_far() {
    // Every other row is as near: 40 rows are ranked whole, of 400 only the nearest are.
    for n in [40, 400] {
        let (a, b) = (table(&one_hot(n)), table(&one_hot(n)));
        for found in top_k_overlap(&a, &b, &[1, 5, 20]).unwrap() {
            let wanted = chance::jaccard(found.k, n - 1);
            assert!(
                (found.score.value - wanted).abs() < 1e-4 * wanted,
                "{n} {found:?}"
            );
        }
    }
}

#[test]
fn a_partner_among_equals_counts_as_the_lot_it_is() {
    // Rows 1 and 2 are one point.
    let twins = EmbeddingTable::new(vec![1.0, 0.0, 0.0, 1.0, 0.0, 1.0], 2).unwrap();
    let found = retrieval(&twins, &twins, 1).unwrap();
    assert!((found.accuracy.value - 2.0 / 3.0).abs() < 1e-15);
    let same = EmbeddingTable::new(vec![1.0; 10], 2).unwrap();
    let found = retrieval(&same, &same, 1).unwrap();
    assert!((found.accuracy.value - found.accuracy.chance.unwrap()).abs() < 1e-15);
}

#[test]
fn a_regular_pentagon_is_matched_by_its_ten_symmetries_among_the_120_permutations() {
    let five = table(&polygon(5));
    let cosine = |a: &EmbeddingTable, b: &EmbeddingTable| {
        let fit = Procrustes::default().fit(&a.matrix(), &b.matrix())?;
        Ok(fit.cosine)
    };
    let draws = 4000;
    let null = null::permutation(&five, &five, draws, 1, cosine).unwrap();
    let p = null.p_at_least(cosine(&five, &five).unwrap()).unwrap();
    let error = (10.0_f64 / 120.0 * 110.0 / 120.0 / f64::from(draws as u32)).sqrt();
    assert!((p - 10.0 / 120.0).abs() < 3.0 * error, "{p}");
}

#[test]
fn an_observation_that_is_no_number_has_no_p_value() {
    let null = null::Null {
        values: vec![0.1; 99],
    };
    assert_eq!(
        null.p_at_least(f64::NAN),
        Err(Error::ObservedNaN { draws: 99 })
    );
    assert_eq!(
        null.p_at_most(f64::NAN),
        Err(Error::ObservedNaN { draws: 99 })
    );
    assert_eq!(null.p_at_least(f64::INFINITY), Ok(0.01));
    assert_eq!(null.p_at_least(0.1), Ok(1.0));
    // A draw that is not a number is never as large.
    let broken = null::Null {
        values: vec![f64::NAN; 99],
    };
    assert_eq!(broken.p_at_least(0.1), Ok(0.01));
}

#[test]
fn a_rotation_of_the_line_cannot_turn_it_round() {
    let x = dmatrix![1.0; 2.0; 4.0; 8.0];
    let rotations = Procrustes {
        reflection: false,
        ..Procrustes::default()
    };
    let fit = rotations.fit(&x, &-&x).unwrap();
    assert_eq!((fit.scale, fit.map[(0, 0)]), (0.0, 1.0));
    assert!((fit.cosine + 1.0).abs() < 1e-15 && (fit.disparity - 1.0).abs() < 1e-15);
    let judged = fit.judge(&x, &-&x).unwrap();
    assert!((judged.cosine + 1.0).abs() < 1e-15 && (judged.relative_error - 1.0).abs() < 1e-15);
    let moved = fit.transform(&-&x).unwrap();
    assert!(
        moved.iter().all(|&v| (v - 3.75).abs() < 1e-14),
        "the mean is the best guess"
    );
    let params = ComparisonParams::nothing().with_procrustes(Some(rotations));
    let aligned = compare(&pair(&x, &-&x), &params).unwrap().pairs[0].procrustes;
    let aligned = aligned.unwrap();
    assert!((aligned.cosine.value + 1.0).abs() < 1e-6);
    assert!((aligned.disparity.value - 1.0).abs() < 1e-6);
}

#[test]
fn rows_at_the_mean_of_those_fitted_cannot_be_judged() {
    let x = dmatrix![1.0, 0.0; -1.0, 0.0; 0.0, 2.0; 0.0, -2.0; 0.0, 0.0];
    let found = Procrustes::default().held_out(&x, &x, &[0, 1, 2, 3], &[4]);
    assert_eq!(found, Err(Error::NoSpread { table: 0 }));
}

#[test]
fn tables_without_columns_have_no_units_to_match() {
    let found = match_units(&DMatrix::zeros(5, 0), &DMatrix::zeros(5, 0));
    assert!(matches!(found, Err(Error::Ragged { .. })), "{found:?}");
}

#[test]
fn a_comparison_computes_no_more_than_asked_for() {
    let flat = DMatrix::from_element(6, 2, 1.0);
    let (flat, fine) = (pair(&flat, &flat), pair(&random(6, 2, 1), &random(6, 2, 2)));
    let few = pair(&random(3, 2, 1), &random(3, 2, 2));
    let nothing = ComparisonParams::nothing;
    // Neither does geometry that nobody asked for fail on tables that have none.
    let neighbours = nothing().with_overlap([1]);
    assert!(compare(&flat, &neighbours).is_ok());
    let linear = nothing().with_linear_cka(true);
    let gaussian = nothing().with_gaussian_cka(Some(1.0));
    let aligned = nothing().with_procrustes(Some(Procrustes::default()));
    for (params, has) in [
        (&neighbours, [false; 3]),
        (&linear, [true, false, false]),
        (&gaussian, [false, true, false]),
        (&aligned, [false, false, true]),
    ] {
        let found = compare(&fine, params).unwrap();
        let pair = &found.pairs[0];
        let found = [
            pair.linear_cka.is_some(),
            pair.gaussian_cka.is_some(),
            pair.procrustes.is_some(),
        ];
        assert_eq!(found, has);
    }
    let too_few = Err(Error::TooFewRows {
        needed: 4,
        found: 3,
        dropped: 0,
    });
    assert_eq!(compare(&few, &linear), too_few);
    assert_eq!(compare(&few, &gaussian), too_few);
    assert!(compare(&few, &aligned).is_ok());
}

#[test]
fn too_few_rows_says_how_many_were_dropped_before() {
    let mut values = vec![0.0; 30 * 2];
    values[..6].copy_from_slice(&[1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    let table = EmbeddingTable::new(values, 2).unwrap();
    let tables = EmbeddingTables::new(vec![table.clone(), table]).unwrap();
    let linear = ComparisonParams::nothing().with_linear_cka(true);
    let said = compare(&tables, &linear).unwrap_err().to_string();
    assert_eq!(
        said,
        "expected at least 4 rows, found 3; 27 more were dropped, which are zero in a table, special or never seen"
    );
    let mut values = vec![0.0; 5 * 2];
    values[0] = 1.0;
    let table = EmbeddingTable::new(values, 2).unwrap();
    let said = EmbeddingGeometry::of(&table).unwrap_err().to_string();
    assert!(said.starts_with("expected at least 2 rows, found 1; 4 more were dropped"));
}

#[test]
fn a_zero_row_stays_zero_when_rows_are_made_unit() {
    let choice = Procrustes {
        unit_rows: true,
        ..Procrustes::default()
    };
    let x = dmatrix![0.0, 0.0; 3.0, 4.0; 0.0, -2.0; 1.0, 0.0];
    let unit = dmatrix![0.0, 0.0; 0.6, 0.8; 0.0, -1.0; 1.0, 0.0];
    let [of_raw, of_unit] = [&x, &unit].map(|x| choice.fit(x, x).unwrap());
    assert!((of_raw.reference_norm - of_unit.reference_norm).abs() < 1e-15);
    assert!(of_raw.disparity < 1e-24);
}

#[test]
fn chance_by_permutation_is_that_of_the_tables_themselves() {
    // A few directions hold most of the variance, as in trained tables: less is left to turn than
    // Gaussian tables have.
    let falling = |seed| {
        let mut x = random(400, 24, seed);
        for (j, mut column) in x.column_iter_mut().enumerate() {
            column *= 0.7_f64.powi(j as i32);
        }
        x
    };
    let (x, y) = (falling(1), falling(2));
    let aligned = |params: &ComparisonParams, y: &DMatrix<f64>| {
        let found = compare(&pair(&x, y), params).unwrap();
        found.pairs[0].procrustes.unwrap()
    };
    let params = ComparisonParams::nothing().with_procrustes(Some(Procrustes::default()));
    let gaussian = aligned(&params, &y);
    assert!((gaussian.cosine.chance.unwrap() - chance::procrustes_cosine(400, 24)).abs() < 1e-15);
    assert_eq!(gaussian.cosine_null, None);
    let drawn = aligned(&params.clone().with_null(39, 7), &y);
    let null = drawn.cosine_null.unwrap();
    assert_eq!((null.draws, drawn.cosine.chance), (39, Some(null.mean)));
    assert!(null.standard_error > 0.0 && null.standard_error < 0.01);
    // Unrelated tables lie where their permutations do, which Gaussian tables do not.
    assert!((drawn.cosine.value - null.mean).abs() < 8.0 * null.standard_error * 39_f64.sqrt());
    assert!((null.mean - gaussian.cosine.chance.unwrap()).abs() > 20.0 * null.standard_error);
    // The same by a fit for every permutation.
    let naive = null::permutation(&table(&x), &table(&y), 39, 3, |a, b| {
        let fit = Procrustes::default().fit(&a.matrix(), &b.matrix())?;
        Ok(fit.cosine)
    })
    .unwrap();
    let error = null.standard_error.hypot(naive.standard_error());
    assert!(
        (naive.mean() - null.mean).abs() < 4.0 * error,
        "{} {null}",
        naive.mean()
    );
    // A related table is beyond all of them.
    let related = aligned(&params.with_null(39, 7), &(&x + falling(3) * 0.3));
    assert!((related.cosine_null.unwrap().p - 0.025).abs() < 1e-12);
    assert!((related.disparity_null.unwrap().p - 0.025).abs() < 1e-12);
}

#[test]
fn choices_that_kernels_do_not_share_have_a_null_as_well() {
    let choice = Procrustes {
        scale: false,
        ..Procrustes::default()
    };
    let (x, y) = (random(60, 3, 1), random(60, 3, 2));
    let params = ComparisonParams::nothing()
        .with_procrustes(Some(choice))
        .with_null(19, 1);
    let found = compare(&pair(&x, &y), &params).unwrap().pairs[0]
        .procrustes
        .unwrap();
    let null = found.cosine_null.unwrap();
    assert_eq!((null.draws, found.cosine.chance), (19, Some(null.mean)));
    assert!(null.p > 0.05);
}

#[test]
fn kernels_of_two_kinds_do_not_add_up() {
    let full = |kernel| {
        let mut cka = MinibatchCka::new(kernel).unwrap();
        cka.push(&random(20, 3, 1), &random(20, 3, 2)).unwrap();
        cka
    };
    let mut linear = full(Kernel::Linear);
    let before = linear;
    let gaussian = |fraction| full(Kernel::Rbf { fraction });
    for other in [
        gaussian(1.0),
        MinibatchCka::new(Kernel::Rbf { fraction: 1.0 }).unwrap(),
    ] {
        assert!(matches!(linear.merge(&other), Err(Error::Unlike { .. })));
    }
    let mut half = gaussian(0.5);
    assert!(matches!(
        half.merge(&gaussian(1.0)),
        Err(Error::Unlike { .. })
    ));
    assert_eq!((linear, half), (before, gaussian(0.5)));
}

#[test]
fn a_batch_that_fails_adds_nothing() {
    let mut cka = MinibatchCka::new(Kernel::Linear).unwrap();
    cka.push(&random(20, 3, 1), &random(20, 3, 2)).unwrap();
    let before = cka;
    let huge = random(20, 3, 3) * 1e200;
    for (x, y) in [
        (random(20, 3, 1), DMatrix::from_element(20, 3, 1.0)),
        (random(20, 3, 1), random(19, 3, 1)),
        (random(20, 3, 1).map(|_| f64::NAN), random(20, 3, 1)),
        (huge.clone(), huge),
    ] {
        assert!(cka.push(&x, &y).is_err());
        assert_eq!(cka, before);
    }
}

#[test]
fn sums_that_cannot_be_are_not_read() {
    let read = |text: &str| serde_json::from_str::<MinibatchCka>(text);
    let fine = r#"{"kernel":"Linear","sums":[1.0,2.0,3.0],"rounding":[0.0,0.0],"batches":2}"#;
    assert!(read(fine).is_ok());
    for (from, to) in [
        ("\"batches\":2", "\"batches\":0"),
        ("[0.0,0.0]", "[-1.0,0.0]"),
        ("\"Linear\"", r#"{"Rbf":{"fraction":-1.0}}"#),
    ] {
        assert!(read(&fine.replace(from, to)).is_err(), "{to}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn both_routes_of_procrustes_agree_with_and_without_reflections(
        seed in 0_u64..1000, columns in 1_usize..6, reflection: bool, opposed: bool,
    ) {
        let x = random(12, columns, seed);
        let y = if opposed { -&x } else { random(12, columns, seed + 5000) };
        let choice = Procrustes { reflection, ..Procrustes::default() };
        let fit = choice.fit(&x, &y).unwrap();
        prop_assert!(fit.scale >= 0.0);
        let params = ComparisonParams::nothing().with_procrustes(Some(choice));
        let aligned = compare(&pair(&x, &y), &params).unwrap().pairs[0].procrustes.unwrap();
        prop_assert!((aligned.disparity.value - fit.disparity).abs() < 1e-5);
        prop_assert!((aligned.cosine.value - fit.cosine).abs() < 1e-4);
    }

    #[test]
    fn sums_over_batches_are_a_monoid_and_read_back(seeds in prop::collection::vec(0_u64..1000, 0..5)) {
        let of = |seeds: &[u64]| {
            let mut cka = MinibatchCka::new(Kernel::Linear).unwrap();
            for &seed in seeds {
                cka.push(&random(9, 3, seed), &random(9, 3, seed + 1)).unwrap();
            }
            cka
        };
        let whole = of(&seeds);
        let (mut first, second) = (of(&seeds[..seeds.len() / 2]), of(&seeds[seeds.len() / 2..]));
        first.merge(&second).unwrap();
        prop_assert_eq!(first.batches(), whole.batches());
        if let (Some(a), Some(b)) = (first.value(), whole.value()) {
            prop_assert!((a - b).abs() < 1e-12);
        }
        let mut same = whole;
        same.merge(&of(&[])).unwrap();
        prop_assert_eq!(same, whole);
        let mut empty = of(&[]);
        empty.merge(&whole).unwrap();
        prop_assert_eq!(empty, whole);
        let read: MinibatchCka = serde_json::from_str(&serde_json::to_string(&whole).unwrap()).unwrap();
        prop_assert_eq!(read, whole);
    }

    #[test]
    fn scores_read_back_what_they_are(value in prop::num::f64::ANY, chance in prop::option::of(prop::num::f64::ANY)) {
        let score = Score { value, chance, perfect: 1.0 };
        let read: Score = serde_json::from_str(&serde_json::to_string(&score).unwrap()).unwrap();
        let bits = |score: &Score| (score.value.to_bits() | u64::from(score.value.is_nan()), score.chance.map(f64::is_nan));
        prop_assert_eq!(bits(&read).1, bits(&score).1);
        prop_assert!(read.value == value || read.value.is_nan() && value.is_nan());
    }

    #[test]
    fn raw_tables_give_a_value_in_range_or_a_typed_error(
        values in prop::collection::vec(
            prop_oneof![
                Just(f32::NAN), Just(f32::INFINITY), Just(-1.0_f32), Just(0.0), Just(1.0),
                Just(f32::MAX), Just(f32::MIN_POSITIVE), Just(1e-45), -10.0_f32..10.0,
            ], 0..40),
        dimension in 0_usize..4,
    ) {
        let Ok(table) = EmbeddingTable::new(values, dimension) else { return Ok(()); };
        let Ok(tables) = EmbeddingTables::new(vec![table.clone(), table]) else { return Ok(()); };
        let Ok(found) = compare(&tables, &ComparisonParams::for_rows(tables.rows())) else { return Ok(()); };
        let pair = &found.pairs[0];
        for overlap in &pair.overlap {
            prop_assert!((0.0..=1.0).contains(&overlap.score.value));
        }
        for rho in pair.spearman.iter().filter_map(|s| s.value()) {
            prop_assert!((-1.0..=1.0).contains(&rho));
        }
        let aligned = pair.procrustes.unwrap();
        prop_assert!((aligned.cosine.value - 1.0).abs() < 1e-3, "{:?}", aligned);
        prop_assert!(aligned.disparity.value < 1e-3);
        prop_assert!((pair.linear_cka.unwrap().biased.value - 1.0).abs() < 1e-3);
    }
}
