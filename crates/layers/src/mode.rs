//! How a linear map runs.

use crate::Hooked;
use crate::product::Precision;

/// Who watches a linear map, and what its products keep of their factors; by default nobody and
/// everything.
///
/// With [`Precision::Bf16`] inputs, weights and output gradients are rounded as they enter a
/// product, forward and backward; sums, biases, results and stored arrays stay single precision, as
/// do all operations without products. On devices that are not [fused](crate::is_fused) the
/// precision is the device's own.
#[derive(Debug, Clone, Default)]
pub struct Mode {
    /// Who watches.
    pub hook: Option<Hooked>,
    /// Of the factors of products.
    pub precision: Precision,
}

impl From<Option<Hooked>> for Mode {
    fn from(hook: Option<Hooked>) -> Self {
        Self {
            hook,
            ..Self::default()
        }
    }
}
