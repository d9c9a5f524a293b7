//! Table look-ups.

use burn::tensor::{Int, Tensor};

use std::sync::Arc;

use crate::fused::{Array, Fused, Input, apply, fusable};
use crate::{Hooked, Rows, Seen, plain};
use dissensus_kernels::scatter::{gather, scatter};

/// A table, the ids to look up in it and, if wanted, the observer of the operation.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// `[entries, width]`.
    pub table: Tensor<2>,
    /// `[batch, time]`, each below `entries`.
    pub ids: Tensor<2, Int>,
    /// Who watches.
    pub hook: Option<Hooked>,
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
///     hook: None,
/// };
/// let y = embedding(vec![lookup([[0, 1]]), lookup([[1, 1]])]).into_data();
/// assert_eq!(y.try_to_vec::<f32>().unwrap(), [11.0, 20.0]);
/// ```
///
/// # Panics
/// If there is no look-up, the shapes do not fit, or an id is not in its table.
pub fn embedding(lookups: Vec<Lookup>) -> Tensor<3> {
    if !lookups.iter().all(|lookup| fusable(&lookup.table)) {
        return plain::embedding(lookups);
    }
    match <[Lookup; 1]>::try_from(lookups).map_err(<[Lookup; 2]>::try_from) {
        Ok(one) => sum_of(one),
        Err(Ok(two)) => sum_of(two),
        Err(Err(more)) => match <[Lookup; 3]>::try_from(more) {
            Ok(three) => sum_of(three),
            Err(more) => plain::embedding(more),
        },
    }
}

fn sum_of<const N: usize>(lookups: [Lookup; N]) -> Tensor<3> {
    let [batch, time] = lookups[0].ids.dims();
    let [_, width] = lookups[0].table.dims();
    let tables = lookups
        .each_ref()
        .map(|lookup| Table::new(lookup, [batch, time], width));
    let op = Embedding {
        tables,
        batch,
        time,
        width,
    };
    apply(op, lookups.map(|lookup| Input::from(lookup.table)))
}

/// Row `index` of `x` seen as `[batch·time, width]`, for each index: what the head needs of the
/// masked positions.
///
/// # Shapes
/// `x` `[batch, time, width]`, `indices` `[m]` (`b·time + t`), result `[m, width]`.
///
/// # Panics
/// If an index is out of range.
#[must_use]
pub fn gather_rows(x: Tensor<3>, indices: Tensor<1, Int>) -> Tensor<2> {
    if !fusable(&x) {
        return plain::gather_rows(x, indices);
    }
    let [batch, time, width] = x.dims();
    let ids = checked_ids(indices, batch * time);
    let op = Gather {
        ids,
        shape: [batch, time, width],
    };
    apply(op, [x.into()])
}

/// The ids on the host, each below `entries`.
pub(crate) fn checked_ids<const D: usize>(ids: Tensor<D, Int>, entries: usize) -> Arc<[u32]> {
    let ids = ids.into_data();
    let checked = ids.iter::<i64>().map(|id| match usize::try_from(id) {
        Ok(small) if small < entries => small as u32,
        _ => panic!(
            "embedding: expected ids from 0 to {}, got {id}",
            entries.saturating_sub(1)
        ),
    });
    checked.collect()
}

/// One table of a sum of look-ups.
#[derive(Debug)]
struct Table {
    ids: Arc<[u32]>,
    entries: usize,
    hook: Option<Hooked>,
}

impl Table {
    fn new(lookup: &Lookup, shape: [usize; 2], width: usize) -> Self {
        let [entries, columns] = lookup.table.dims();
        assert_eq!(columns, width, "embedding: the tables differ in width");
        assert_eq!(
            lookup.ids.dims(),
            shape,
            "embedding: the ids differ in shape"
        );
        Self {
            ids: checked_ids(lookup.ids.clone(), entries),
            entries,
            hook: lookup.hook.clone(),
        }
    }
}

/// A sum of `N` look-ups.
#[derive(Debug)]
struct Embedding<const N: usize> {
    tables: [Table; N],
    batch: usize,
    time: usize,
    width: usize,
}

impl<const N: usize> Embedding<N> {
    /// Shows the observer what a table saw; whether it wants a gradient of its own.
    fn report(&self, table: &Table, output_gradients: &[f32]) -> bool {
        let Some(Hooked { name, hook }) = &table.hook else {
            return true;
        };
        let seen = Seen::Embedding {
            ids: &table.ids,
            output_gradients,
            rows: Rows {
                batch: self.batch,
                time: self.time,
            },
            width: self.width,
            entries: table.entries,
        };
        hook.seen(name, seen);
        hook.wants_parameter_gradients()
    }
}

impl<const N: usize> Fused<N> for Embedding<N> {
    type Saved = ();

    fn forward(&self, tables: [Array; N]) -> Array {
        let pairs = tables.iter().zip(&self.tables);
        let pairs: Vec<_> = pairs
            .map(|(array, table)| (array.slice(), &*table.ids))
            .collect();
        Array::new(
            gather(&pairs, self.width),
            [self.batch, self.time, self.width],
        )
    }

    fn forward_saving(&self, tables: [Array; N]) -> (Array, ()) {
        (self.forward(tables), ())
    }

    fn backward(&self, (): (), g: Array, wanted: [bool; N]) -> [Option<Array>; N] {
        std::array::from_fn(|i| {
            let table = &self.tables[i];
            let own = self.report(table, g.slice());
            (own && wanted[i]).then(|| {
                let data = scatter(&table.ids, g.slice(), table.entries, self.width);
                Array::new(data, [table.entries, self.width])
            })
        })
    }
}

/// Rows by index.
#[derive(Debug)]
struct Gather {
    ids: Arc<[u32]>,
    shape: [usize; 3],
}

impl Fused<1> for Gather {
    type Saved = ();

    fn forward(&self, [x]: [Array; 1]) -> Array {
        let width = self.shape[2];
        Array::new(
            gather(&[(x.slice(), &self.ids)], width),
            [self.ids.len(), width],
        )
    }

    fn forward_saving(&self, [x]: [Array; 1]) -> (Array, ()) {
        (self.forward([x]), ())
    }

    fn backward(&self, (): (), g: Array, _: [bool; 1]) -> [Option<Array>; 1] {
        let [batch, time, width] = self.shape;
        let data = scatter(&self.ids, g.slice(), batch * time, width);
        [Some(Array::new(data, self.shape))]
    }
}
