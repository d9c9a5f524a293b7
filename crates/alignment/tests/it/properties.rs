//! What must hold for any tables: recovery, invariance, agreement with naive twins, equal bits for
//! any number of threads.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use dissensus_alignment::{
    ComparisonParams, EmbeddingTable, EmbeddingTables, Estimator, Kernel, MinibatchCka, Procrustes,
    Ties, cka, compare, local_spearman, null, svcca, top_k_overlap,
};
use nalgebra::DMatrix;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

fn gaussian(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    DMatrix::from_fn(rows, columns, |_, _| StandardNormal.sample(&mut rng))
}

fn orthogonal(d: usize, seed: u64) -> DMatrix<f64> {
    gaussian(d, d, seed).qr().q()
}

fn table(matrix: &DMatrix<f64>) -> EmbeddingTable {
    EmbeddingTable::from_matrix(matrix).unwrap()
}

/// Two tables with a common part.
fn related(rows: usize, columns: usize, seed: u64) -> (DMatrix<f64>, DMatrix<f64>) {
    let shared = gaussian(rows, columns, seed);
    let noisy = |s| &shared + gaussian(rows, columns, seed + s) * 0.5;
    (noisy(1000), noisy(2000))
}

fn cosines(matrix: &DMatrix<f64>, row: usize) -> Vec<f64> {
    let cosine = |other: usize| {
        let (a, b) = (matrix.row(row), matrix.row(other));
        a.dot(&b) / (a.norm() * b.norm())
    };
    (0..matrix.nrows()).map(cosine).collect()
}

fn nearest(cosines: &[f64], row: usize, k: usize) -> Vec<usize> {
    let mut others: Vec<usize> = (0..cosines.len()).filter(|&i| i != row).collect();
    others.sort_by(|&i, &j| cosines[j].total_cmp(&cosines[i]));
    others.truncate(k);
    others
}

fn naive_overlap(a: &DMatrix<f64>, b: &DMatrix<f64>, k: usize) -> f64 {
    let one = |row: usize| {
        let (na, nb) = (
            nearest(&cosines(a, row), row, k),
            nearest(&cosines(b, row), row, k),
        );
        let shared = na.iter().filter(|i| nb.contains(i)).count();
        shared as f64 / (2 * k - shared) as f64
    };
    (0..a.nrows()).map(one).sum::<f64>() / a.nrows() as f64
}

fn naive_spearman(a: &DMatrix<f64>, b: &DMatrix<f64>, k: usize) -> f64 {
    let one = |row: usize| {
        let (ca, cb) = (cosines(a, row), cosines(b, row));
        let near = nearest(&ca, row, k);
        let rank = |c: &[f64], i: usize| near.iter().filter(|&&j| c[j] > c[i]).count() as f64;
        let squares: f64 = near
            .iter()
            .map(|&i| (rank(&ca, i) - rank(&cb, i)).powi(2))
            .sum();
        1.0 - 6.0 * squares / (k as f64 * (k * k - 1) as f64)
    };
    (0..a.nrows()).map(one).sum::<f64>() / a.nrows() as f64
}

#[test]
fn overlap_and_spearman_equal_their_naive_twins_near_and_far() {
    // With 500 rows, small k are selected and sorted; with k near 500 the whole row is ranked.
    let (a, b) = related(500, 12, 5);
    for ks in [vec![2, 7, 40], vec![2, 7, 40, 499]] {
        let overlap = top_k_overlap(&table(&a), &table(&b), &ks).unwrap();
        let spearman = local_spearman(&table(&a), &table(&b), &ks, Ties::Average).unwrap();
        for (i, &k) in ks.iter().enumerate() {
            assert!(
                (overlap[i].score.value - naive_overlap(&a, &b, k)).abs() < 2e-4,
                "overlap at {k}"
            );
            assert!(
                (spearman[i].forward.unwrap() - naive_spearman(&a, &b, k)).abs() < 2e-3,
                "forward at {k}"
            );
            assert!(
                (spearman[i].backward.unwrap() - naive_spearman(&b, &a, k)).abs() < 2e-3,
                "backward at {k}"
            );
        }
    }
}

#[test]
fn a_planted_motion_is_recovered_to_ten_digits() {
    let y = gaussian(80, 9, 1);
    let shift = gaussian(1, 9, 2);
    for reflect in [false, true] {
        let mut q = orthogonal(9, 3);
        if (q.determinant() < 0.0) != reflect {
            q.column_mut(0).neg_mut();
        }
        let x = DMatrix::from_fn(80, 9, |i, j| 2.5 * (y.row(i) * &q)[j] + 100.0 * shift[j]);
        for choice in [
            Procrustes::default(),
            Procrustes {
                unit_norm: false,
                ..Procrustes::default()
            },
        ] {
            let fit = choice.fit(&x, &y).unwrap();
            assert!((&fit.map - &q).amax() < 1e-10);
            assert!((fit.scale - 2.5).abs() < 1e-10);
            assert!((fit.transform(&y).unwrap() - &x).amax() < 1e-10);
            assert!(fit.disparity < 1e-20);
            assert!(fit.judge(&x, &y).unwrap().relative_error < 1e-20);
        }
        let rotation = Procrustes {
            reflection: false,
            ..Procrustes::default()
        }
        .fit(&x, &y)
        .unwrap();
        assert!((rotation.map.determinant() - 1.0).abs() < 1e-10);
        assert_eq!(rotation.disparity > 1e-3, reflect);
    }
}

#[test]
fn held_out_rows_tell_a_relation_from_a_good_fit() {
    let (x, y) = (gaussian(60, 20, 1), gaussian(60, 20, 2));
    let rows: Vec<usize> = (0..60).collect();
    let choice = Procrustes::default();
    let (inside, outside) = (
        choice.fit(&x, &y).unwrap().cosine,
        choice.held_out(&x, &y, &rows[..40], &rows[40..]).unwrap(),
    );
    assert!(inside > 0.4);
    assert!(outside.cosine.abs() < 0.2);
    let related = choice
        .held_out(&x, &(&x * orthogonal(20, 3)), &rows[..40], &rows[40..])
        .unwrap();
    assert!((related.cosine - 1.0).abs() < 1e-10 && related.relative_error < 1e-20);
}

#[test]
fn the_consensus_of_turned_copies_is_the_table() {
    let x = gaussian(30, 5, 1);
    let copies: Vec<DMatrix<f64>> = (0..4).map(|seed| &x * orthogonal(5, seed) * 3.0).collect();
    let found = Procrustes::default().consensus(&copies, 50).unwrap();
    assert!(found.disparity < 1e-20);
    assert!(
        Procrustes::default()
            .fit(&x, &found.consensus)
            .unwrap()
            .disparity
            < 1e-20
    );
}

#[test]
fn the_consensus_of_two_is_pairwise_procrustes() {
    let (x, y) = related(50, 6, 9);
    let consensus = Procrustes::default()
        .consensus(&[x.clone(), y.clone()], 500)
        .unwrap();
    let fit = Procrustes {
        scale: false,
        ..Procrustes::default()
    }
    .fit(&x, &y)
    .unwrap();
    // Both lie half way: the mean squared distance to the mean is a quarter of that between them.
    assert!((consensus.disparity - fit.disparity / 4.0).abs() < 1e-8);
}

#[test]
fn chance_levels_are_what_unrelated_tables_give() {
    let shape = (600, 60);
    let mean = |measure: &dyn Fn(&EmbeddingTable, &EmbeddingTable) -> f64| {
        null::gaussian(shape, 6, 1, |a, b| Ok(measure(a, b)))
            .unwrap()
            .mean()
    };
    let overlap = mean(&|a, b| top_k_overlap(a, b, &[5]).unwrap()[0].score.value);
    assert!((overlap - dissensus_alignment::chance::jaccard(5, 599)).abs() < 1e-3);
    let cosine = mean(&|a, b| {
        Procrustes::default()
            .fit(&a.matrix(), &b.matrix())
            .unwrap()
            .cosine
    });
    assert!((cosine - dissensus_alignment::chance::procrustes_cosine(600, 60)).abs() < 0.01);
    let (a, b) = (gaussian(600, 60, 3), gaussian(600, 60, 4));
    let biased = cka(&a, &b, Kernel::Linear, Estimator::Biased).unwrap();
    assert!((biased.value - biased.chance.unwrap()).abs() < 0.01);
    assert!((biased.chance.unwrap() - 60.0 / 660.0).abs() < 0.002);
    let rbf = cka(&a, &b, Kernel::Rbf { fraction: 1.0 }, Estimator::Biased).unwrap();
    assert!((rbf.value - rbf.chance.unwrap()).abs() < 0.01);
    assert!(
        cka(&a, &b, Kernel::Rbf { fraction: 1.0 }, Estimator::Debiased)
            .unwrap()
            .value
            .abs()
            < 0.02
    );
    let cca = svcca(&a, &b, 1.0).unwrap();
    assert!((cca.mean_square() - cca.chance_mean_square(600)).abs() < 0.01);
}

#[test]
fn the_chance_of_a_biased_alignment_is_its_mean_over_all_permutations() {
    let (x, y) = related(5, 3, 8);
    for (kernel, error) in [
        (Kernel::Linear, 1e-12),
        (Kernel::Rbf { fraction: 1.0 }, 1e-5),
    ] {
        let (mut sum, mut count) = (0.0, 0.0);
        let chance = cka(&x, &y, kernel, Estimator::Biased).unwrap().chance;
        for code in 0..5_usize.pow(5) {
            let p: Vec<usize> = (0..5).map(|i| code / 5_usize.pow(i) % 5).collect();
            if (0..5).all(|row| p.contains(&row)) {
                let turned = DMatrix::from_fn(5, 3, |i, j| y[(p[i], j)]);
                sum += cka(&x, &turned, kernel, Estimator::Biased).unwrap().value;
                count += 1.0;
            }
        }
        assert_eq!(count, 120.0);
        assert!((sum / count - chance.unwrap()).abs() < error, "{kernel:?}");
    }
    assert!(cka(&x, &y, Kernel::Rbf { fraction: 0.0 }, Estimator::Biased).is_err());
}

/// Song et al.'s U-statistic of the linear kernels of two tables.
fn naive_criterion(x: &DMatrix<f64>, y: &DMatrix<f64>) -> f64 {
    let [k, l] = [x, y].map(|x| {
        let mut kernel = x * x.transpose();
        kernel.fill_diagonal(0.0);
        kernel
    });
    let n = x.nrows() as f64;
    let sums = k.sum() * l.sum() / ((n - 1.0) * (n - 2.0)) - 2.0 / (n - 2.0) * (&k * &l).sum();
    (k.dot(&l) + sums) / (n * (n - 3.0))
}

#[test]
fn batches_of_unequal_sizes_weigh_by_their_unbiased_criteria() {
    let mut found = MinibatchCka::new(Kernel::Linear).unwrap();
    let mut sums = [0.0; 3];
    for (batch, rows) in [4, 5, 9, 30].into_iter().enumerate() {
        let (x, y) = related(rows, 3, 70 + batch as u64);
        let (x, y) = (x * (1.0 + batch as f64), y);
        found.push(&x, &y).unwrap();
        for (sum, (a, b)) in sums.iter_mut().zip([(&x, &y), (&x, &x), (&y, &y)]) {
            *sum += naive_criterion(a, b);
        }
    }
    let expected = sums[0] / (sums[1] * sums[2]).sqrt();
    assert!((found.value().unwrap() / expected - 1.0).abs() < 1e-10);
}

#[test]
fn one_thread_and_three_give_equal_bits() {
    let members = (0..3)
        .map(|seed| table(&related(700, 24, 7 * seed).0))
        .collect();
    let tables = EmbeddingTables::new(members).unwrap();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| compare(&tables, &ComparisonParams::for_rows(700)).unwrap())
    };
    assert_eq!(on(1), on(3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn disparity_ignores_motions_and_scales(seed in 0_u64..1000, scale in 0.01..100.0_f64) {
        let (x, y) = related(40, 5, seed);
        let moved = DMatrix::from_fn(40, 5, |i, j| scale * (y.row(i) * orthogonal(5, seed))[j] + 3.0 * j as f64);
        let choice = Procrustes::default();
        let (before, after) = (choice.fit(&x, &y).unwrap(), choice.fit(&x, &moved).unwrap());
        prop_assert!((before.disparity - after.disparity).abs() < 1e-12);
        prop_assert!((before.cosine - after.cosine).abs() < 1e-12);
        // The role of the tables does not matter either.
        prop_assert!((choice.fit(&y, &x).unwrap().disparity - before.disparity).abs() < 1e-12);
    }

    #[test]
    fn kernel_alignment_ignores_orthogonal_maps_and_isotropic_scale(seed in 0_u64..1000, scale in 0.01..100.0_f64) {
        let (x, y) = related(40, 5, seed);
        let moved = &y * orthogonal(5, seed) * scale;
        for estimator in [Estimator::Biased, Estimator::Debiased] {
            for (kernel, tolerance) in [(Kernel::Linear, 1e-12), (Kernel::Rbf { fraction: 0.8 }, 5e-6)] {
                let before = cka(&x, &y, kernel, estimator).unwrap();
                let after = cka(&x, &moved, kernel, estimator).unwrap();
                prop_assert!((before.value - after.value).abs() < tolerance);
                prop_assert!((cka(&x, &x, kernel, estimator).unwrap().value - 1.0).abs() < tolerance);
                prop_assert!(before.value <= 1.0 + tolerance);
            }
        }
    }

    #[test]
    fn overlap_and_spearman_ignore_a_permutation_of_both_tables(seed in 0_u64..1000) {
        let (x, y) = related(60, 5, seed);
        let mut order: Vec<usize> = (0..60).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let both = |x: &EmbeddingTable, y: &EmbeddingTable| {
            (top_k_overlap(x, y, &[1, 5, 30]).unwrap(), local_spearman(x, y, &[3, 5, 30], Ties::Average).unwrap())
        };
        let (overlap, spearman) = both(&table(&x), &table(&y));
        let permuted = both(&table(&x).select(&order).unwrap(), &table(&y).select(&order).unwrap());
        for (a, b) in overlap.iter().zip(&permuted.0) {
            prop_assert!((a.score.value - b.score.value).abs() < 1e-12);
        }
        for (a, b) in spearman.iter().zip(&permuted.1) {
            prop_assert!((a.value().unwrap() - b.value().unwrap()).abs() < 1e-12);
        }
    }

    #[test]
    fn a_table_agrees_fully_with_itself(seed in 0_u64..1000, rows in 8_usize..60, columns in 2_usize..20) {
        let x = table(&gaussian(rows, columns, seed));
        let found = compare(&EmbeddingTables::new(vec![x.clone(), x]).unwrap(), &ComparisonParams::for_rows(rows)).unwrap();
        let pair = &found.pairs[0];
        prop_assert!(pair.overlap.iter().all(|o| o.score.value == 1.0));
        prop_assert!(pair.spearman.iter().all(|s| s.value() == Some(1.0)));
        prop_assert!(pair.procrustes.unwrap().disparity.value < 1e-5);
        prop_assert!((pair.procrustes.unwrap().cosine.value - 1.0).abs() < 1e-5);
        prop_assert!((pair.linear_cka.unwrap().debiased.unwrap().value - 1.0).abs() < 1e-6);
        prop_assert!((pair.gaussian_cka.unwrap().debiased.unwrap().value - 1.0).abs() < 1e-6);
    }
}
