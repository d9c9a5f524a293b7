//! The measures as their definitions read, in double precision.

use dissensus_alignment::Kernel;
use nalgebra::{DMatrix, DVector};

/// Overlap by k, then rank correlation by k (the mean of both directions), of every pair.
pub fn neighbours(tables: &[DMatrix<f64>], overlap: &[usize], spearman: &[usize]) -> Vec<f64> {
    let cosines: Vec<_> = tables.iter().map(cosines).collect();
    let mut found = Vec::new();
    for i in 0..tables.len() {
        for j in i + 1..tables.len() {
            let (a, b) = (&cosines[i], &cosines[j]);
            let rows = || 0..a.nrows();
            let mean = |f: &dyn Fn(usize) -> f64| rows().map(f).sum::<f64>() / a.nrows() as f64;
            for &k in overlap {
                found.push(mean(&|row| {
                    jaccard(&nearest(a, row, k), &nearest(b, row, k))
                }));
            }
            for &k in spearman {
                let rho = |row, side| correlation(a, b, row, &nearest(side, row, k));
                found.push(mean(&|row| (rho(row, a) + rho(row, b)) / 2.0));
            }
        }
    }
    found
}

fn cosines(table: &DMatrix<f64>) -> DMatrix<f64> {
    let mut unit = table.clone();
    unit.row_iter_mut().for_each(|mut row| row /= row.norm());
    &unit * unit.transpose()
}

fn nearest(cosines: &DMatrix<f64>, row: usize, k: usize) -> Vec<usize> {
    let mut others: Vec<usize> = (0..cosines.ncols()).filter(|&j| j != row).collect();
    others.sort_by(|&i, &j| cosines[(row, j)].total_cmp(&cosines[(row, i)]));
    others.truncate(k);
    others
}

fn jaccard(a: &[usize], b: &[usize]) -> f64 {
    let shared = a.iter().filter(|row| b.contains(row)).count();
    shared as f64 / (2 * a.len() - shared) as f64
}

fn correlation(a: &DMatrix<f64>, b: &DMatrix<f64>, row: usize, near: &[usize]) -> f64 {
    let [x, y] = [a, b].map(|cosines| ranks(cosines, row, near));
    (x.dot(&y)) / (x.norm() * y.norm())
}

/// Centred ranks; these cosines do not tie.
fn ranks(cosines: &DMatrix<f64>, row: usize, near: &[usize]) -> DVector<f64> {
    let of = |&i: &usize| {
        let below = near
            .iter()
            .filter(|&&j| cosines[(row, j)] < cosines[(row, i)]);
        below.count() as f64
    };
    let ranks = DVector::from_iterator(near.len(), near.iter().map(of));
    ranks.add_scalar(-ranks.mean())
}

/// Biased alignment from both whole kernel matrices.
pub fn alignment(x: &DMatrix<f64>, y: &DMatrix<f64>, kernel: Kernel) -> f64 {
    let n = x.nrows();
    let centre = DMatrix::identity(n, n) - DMatrix::from_element(n, n, 1.0 / n as f64);
    let [k, l] = [x, y].map(|x| &centre * whole(x, kernel) * &centre);
    k.dot(&l) / (k.norm() * l.norm())
}

fn whole(x: &DMatrix<f64>, kernel: Kernel) -> DMatrix<f64> {
    let gram = x * x.transpose();
    let Kernel::Rbf { fraction } = kernel else {
        return gram;
    };
    let distances = DMatrix::from_fn(x.nrows(), x.nrows(), |i, j| {
        gram[(i, i)] + gram[(j, j)] - 2.0 * gram[(i, j)]
    });
    let mut sorted: Vec<f64> = distances.iter().copied().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = sorted[(sorted.len() - 1) / 2];
    distances.map(|d| (-d / (2.0 * fraction * fraction * median)).exp())
}
