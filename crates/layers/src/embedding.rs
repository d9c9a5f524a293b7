//! Table look-ups.

use burn::tensor::{Int, Tensor};

use crate::{Tapped, plain};

/// A table, the ids to look up in it and, if wanted, the observer of the operation.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// `[entries, width]`.
    pub table: Tensor<2>,
    /// `[batch, time]`, each below `entries`.
    pub ids: Tensor<2, Int>,
    /// Who watches.
    pub tap: Option<Tapped>,
}

/// `y[b, t] = Σ_k table_k[ids_k[b, t]]`: one table, or words, positions and types at once.
///
/// The gradient of a table is summed in the order of the rows, whatever the number of threads.
///
/// # Shapes
/// `[batch, time, width]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::{Lookup, embedding};
/// let device = Device::flex();
/// let table = Tensor::<2>::from_data([[1.0], [10.0]], &device);
/// let lookup = |ids: [[i32; 2]; 1]| Lookup {
///     table: table.clone(),
///     ids: Tensor::from_data(ids, &device),
///     tap: None,
/// };
/// let y = embedding(vec![lookup([[0, 1]]), lookup([[1, 1]])]).into_data();
/// assert_eq!(y.to_vec::<f32>().unwrap(), [11.0, 20.0]);
/// ```
///
/// # Panics
/// If there is no look-up, the shapes do not fit, or an id is not in its table.
pub fn embedding(lookups: Vec<Lookup>) -> Tensor<3> {
    plain::embedding(lookups)
}

/// Row `index` of `x` seen as `[batch·time, width]`, for each index: what the head needs of the masked positions.
///
/// # Shapes
/// `x` `[batch, time, width]`, `indices` `[m]` (`b·time + t`), result `[m, width]`.
///
/// # Panics
/// If an index is out of range.
pub fn gather_rows(x: Tensor<3>, indices: Tensor<1, Int>) -> Tensor<2> {
    plain::gather_rows(x, indices)
}
