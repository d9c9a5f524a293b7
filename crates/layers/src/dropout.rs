//! Dropout from a counter-based stream.

use burn::tensor::Tensor;

use crate::fused::{Array, Fused, apply, fusable};
use crate::plain;
pub use dissensus_kernels::dropout::Dropout;
use dissensus_kernels::elementwise::drop_rows;

/// Drops elements: `y = x·m`, `m` being 0 with probability `p` and `1/(1−p)` otherwise.
///
/// # Shapes
/// `x` of any shape; a row of the stream is a row of the last axis.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::{Dropout, dropout};
/// let x = Tensor::<2>::ones([2, 3], &Device::flex());
/// let y = dropout(x, Dropout::new(0.0, 1)).into_data();
/// assert_eq!(y.try_to_vec::<f32>().unwrap(), vec![1.0; 6]);
/// ```
#[must_use]
pub fn dropout<const D: usize>(x: Tensor<D>, dropout: Dropout) -> Tensor<D> {
    if dropout.is_identity() || !fusable(&x) {
        return plain::dropout(x, dropout);
    }
    let width = x.dims()[D - 1];
    apply(Dropped { dropout, width }, [x.into()])
}

/// Dropout of rows of one width.
#[derive(Debug)]
struct Dropped {
    dropout: Dropout,
    width: usize,
}

impl Dropped {
    fn of(&self, x: &Array) -> Array {
        Array::new(drop_rows(x.slice(), self.width, self.dropout), x.shape())
    }
}

impl Fused<1> for Dropped {
    type Saved = ();

    fn forward(&self, [x]: [Array; 1]) -> Array {
        self.of(&x)
    }

    fn forward_saving(&self, [x]: [Array; 1]) -> (Array, ()) {
        (self.of(&x), ())
    }

    fn backward(&self, (): (), g: Array, _: [bool; 1]) -> [Option<Array>; 1] {
        [Some(self.of(&g))]
    }
}
