//! An observer that sees what an operation saw, while the gradient flows back.

use std::fmt;
use std::sync::Arc;

/// How the rows of an operation group into examples.
///
/// A `[batch, time, width]` tensor has `batch` examples of `time` consecutive rows each. A
/// `[rows, width]` tensor does not know its examples: it comes as `batch = rows`, `time = 1`, and
/// the observer groups the rows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// Number of examples.
    pub batch: usize,
    /// Consecutive rows of one example.
    pub time: usize,
}

impl Rows {
    /// All rows: `batch · time`.
    #[must_use]
    pub fn count(&self) -> usize {
        self.batch * self.time
    }

    /// The grouping of a tensor of this shape, its last axis being the width.
    pub(crate) fn of<const D: usize>(shape: [usize; D]) -> Self {
        match D {
            0 | 1 => Self { batch: 1, time: 1 },
            2 => Self {
                batch: shape[0],
                time: 1,
            },
            _ => Self {
                batch: shape[..D - 2].iter().product(),
                time: shape[D - 2],
            },
        }
    }
}

/// How a linear operation stores its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightLayout {
    /// `[inputs, outputs]`, as [`crate::linear`] takes it.
    InputsByOutputs,
    /// `[outputs, inputs]`, as [`crate::decoder`] takes it: a (tied) table with one row per output.
    OutputsByInputs,
}

/// What one operation saw: its inputs from the forward pass, its output gradients from the backward
/// pass.
///
/// All slices are row-major and borrowed for the length of the call. The gradient is that of the
/// scalar on which `backward` was called, with respect to the operation's output.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Seen<'a> {
    /// `y = x·W + b`: the weight's gradient is `Σ_r x_r ⊗ g_r`, the bias's, if there is one,
    /// `Σ_r g_r`.
    Linear {
        /// `x`, `[rows, fan_in]`.
        inputs: &'a [f32],
        /// `g = ∂/∂y`, `[rows, fan_out]`.
        output_gradients: &'a [f32],
        /// How the rows group into examples.
        rows: Rows,
        /// Width of `x`.
        fan_in: usize,
        /// Width of `y`.
        fan_out: usize,
        /// How the weight is stored.
        layout: WeightLayout,
        /// Whether there is a bias.
        has_bias: bool,
    },
    /// `y = γ·x̂ + β`: the gradient of `γ` is `Σ_r x̂_r·g_r`, that of `β` is `Σ_r g_r`.
    LayerNorm {
        /// `x̂`, the normalised input before `γ` and `β`, `[rows, width]`.
        normalized: &'a [f32],
        /// `g = ∂/∂y`, `[rows, width]`.
        output_gradients: &'a [f32],
        /// How the rows group into examples.
        rows: Rows,
        /// Width of `y`.
        width: usize,
    },
    /// `y_r = E[id_r]`: the gradient of row `v` of the table is `Σ_{r: id_r = v} g_r`.
    Embedding {
        /// The ids, one per row.
        ids: &'a [u32],
        /// `g = ∂/∂y`, `[rows, width]`.
        output_gradients: &'a [f32],
        /// How the rows group into examples.
        rows: Rows,
        /// Width of the table.
        width: usize,
        /// Rows of the table.
        entries: usize,
    },
}

/// An observer of operations during the backward pass.
///
/// Calls arrive one at a time, on the thread that called `backward`, in the order in which the
/// gradient flows (the last operation first). The observer may use threads of its own.
pub trait Hook: Send + Sync {
    /// Called once for each hooked operation that the gradient reaches.
    fn seen(&self, name: &str, seen: Seen<'_>);

    /// Whether the operation should also compute the gradients of its parameters (the default).
    ///
    /// An observer that forms its own products from what it sees saves a third of the backward pass
    /// by answering `false`: the parameters then get no gradient from this operation.
    fn wants_parameter_gradients(&self) -> bool {
        true
    }
}

/// A [`Hook`] and the name under which an operation reports to it.
#[derive(Clone)]
pub struct Hooked {
    /// The name, for instance the prefix of the parameters in the model.
    pub name: Arc<str>,
    /// The observer.
    pub hook: Arc<dyn Hook>,
}

impl Hooked {
    /// Lets `hook` observe an operation under `name`.
    pub fn new(name: impl Into<Arc<str>>, hook: Arc<dyn Hook>) -> Self {
        Self {
            name: name.into(),
            hook,
        }
    }
}

impl fmt::Debug for Hooked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooked")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
