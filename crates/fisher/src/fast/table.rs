//! Rows of an embedding table.

use super::kernel::squared_norm;
use std::ops::Range;

/// Row `id` of an embedding table's gradient in one example.
pub(super) struct Row {
    pub id: usize,
    pub gradient: Vec<f32>,
}

/// The non-zero rows of the table's gradient in one segment, ascending by id, summed in the order
/// of the rows.
pub(super) fn scattered(
    ids: &[u32],
    gradients: &[f32],
    width: usize,
    segment: &Range<usize>,
) -> Vec<Row> {
    let mut order: Vec<usize> = segment.clone().collect();
    order.sort_by_key(|&row| ids[row]);
    let mut rows: Vec<Row> = Vec::new();
    for row in order {
        let (id, gradient) = (ids[row] as usize, &gradients[row * width..][..width]);
        match rows.last_mut().filter(|last| last.id == id) {
            Some(last) => last
                .gradient
                .iter_mut()
                .zip(gradient)
                .for_each(|(sum, g)| *sum += g),
            None => rows.push(Row {
                id,
                gradient: gradient.to_vec(),
            }),
        }
    }
    rows
}

/// `Σ` of the squared norms of rows.
pub(super) fn norm(rows: &[Row]) -> f64 {
    rows.iter().map(|row| squared_norm(&row.gradient)).sum()
}
