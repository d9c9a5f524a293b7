//! Layer norm, with dropout and residual in the same pass, and that sum alone.

use burn::tensor::Tensor;

use std::sync::Arc;

use crate::fused::{Array, Fused, apply, fusable};
use crate::{Dropout, Hooked, Rows, Seen, plain};
use dissensus_kernels::elementwise::drop_rows;
use dissensus_kernels::norm::{
    NormInput, Normalized, backward_input, backward_parameters, forward, forward_saving, sum_rows,
};

/// The parameters of a layer norm: `y = γ·(x − mean)/√(variance + ε) + β` over the last axis,
/// variance divided by `n`.
#[derive(Debug, Clone)]
pub struct Norm {
    /// `γ`, `[width]`.
    pub gamma: Tensor<1>,
    /// `β`, `[width]`.
    pub beta: Tensor<1>,
    /// `ε`.
    pub epsilon: f64,
    /// Who watches.
    pub hook: Option<Hooked>,
}

/// `y = γ·(x − mean)/√(variance + ε) + β` over the last axis.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::{Norm, layer_norm};
/// let device = Device::flex();
/// let norm = Norm {
///     gamma: Tensor::ones([2], &device),
///     beta: Tensor::zeros([2], &device),
///     epsilon: 0.0,
///     hook: None,
/// };
/// let y = layer_norm(Tensor::<2>::from_data([[1.0, 3.0]], &device), norm).into_data();
/// assert_eq!(y.try_to_vec::<f32>().unwrap(), [-1.0, 1.0]);
/// ```
///
/// # Panics
/// If the width of `x` is not that of the norm.
#[must_use]
pub fn layer_norm<const D: usize>(x: Tensor<D>, norm: Norm) -> Tensor<D> {
    if !(fusable(&x) && fusable(&norm.gamma) && fusable(&norm.beta)) {
        return plain::layer_norm(x, norm);
    }
    let op = LayerNorm::new(&x, None, &norm);
    apply(op, [x.into(), norm.gamma.into(), norm.beta.into()])
}

/// `layer_norm(residual + dropout(x))`, the end of each half of a post-norm encoder layer.
///
/// # Panics
/// If the shapes do not fit.
#[must_use]
pub fn residual_layer_norm<const D: usize>(
    x: Tensor<D>,
    dropout: Option<Dropout>,
    residual: Tensor<D>,
    norm: Norm,
) -> Tensor<D> {
    if !(fusable(&x) && fusable(&residual) && fusable(&norm.gamma) && fusable(&norm.beta)) {
        return plain::residual_layer_norm(x, dropout, residual, norm);
    }
    assert_eq!(
        x.dims(),
        residual.dims(),
        "layer norm: input and residual differ in shape"
    );
    let op = LayerNorm::new(&x, dropout.filter(|d| !d.is_identity()), &norm);
    apply(
        op,
        [
            x.into(),
            norm.gamma.into(),
            norm.beta.into(),
            residual.into(),
        ],
    )
}

/// `residual + dropout(x)`, the end of each half of an encoder layer whose norms stand before.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::residual_sum;
/// let device = Device::flex();
/// let (x, residual) =
///     (Tensor::<1>::from_data([1.0, 2.0], &device), Tensor::from_data([0.5, -2.0], &device));
/// assert_eq!(
///     residual_sum(x, None, residual).into_data().try_to_vec::<f32>().unwrap(),
///     [1.5, 0.0]
/// );
/// ```
///
/// # Panics
/// If the shapes differ.
#[must_use]
pub fn residual_sum<const D: usize>(
    x: Tensor<D>,
    dropout: Option<Dropout>,
    residual: Tensor<D>,
) -> Tensor<D> {
    if !(fusable(&x) && fusable(&residual)) {
        return plain::residual_sum(x, dropout, residual);
    }
    assert_eq!(
        x.dims(),
        residual.dims(),
        "residual sum: input and residual differ in shape"
    );
    let op = ResidualSum {
        width: x.dims()[D - 1],
        dropout: dropout.filter(|d| !d.is_identity()),
    };
    apply(op, [x.into(), residual.into()])
}

/// A sum over rows of one width.
#[derive(Debug)]
struct ResidualSum {
    width: usize,
    dropout: Option<Dropout>,
}

impl ResidualSum {
    fn of(&self, x: &Array, residual: &Array) -> Array {
        let input = NormInput {
            x: x.slice(),
            residual: Some(residual.slice()),
            dropout: self.dropout,
            width: self.width,
        };
        Array::new(sum_rows(input), x.shape())
    }
}

impl Fused<2> for ResidualSum {
    type Saved = ();

    fn forward(&self, [x, residual]: [Array; 2]) -> Array {
        self.of(&x, &residual)
    }

    fn forward_saving(&self, [x, residual]: [Array; 2]) -> (Array, ()) {
        (self.of(&x, &residual), ())
    }

    fn backward(&self, (): (), g: Array, wanted: [bool; 2]) -> [Option<Array>; 2] {
        let x = wanted[0].then(|| match self.dropout {
            Some(dropout) => Array::new(drop_rows(g.slice(), self.width, dropout), g.shape()),
            None => g.clone(),
        });
        [x, wanted[1].then_some(g)]
    }
}

/// A layer norm of one width.
#[derive(Debug)]
struct LayerNorm {
    rows: Rows,
    width: usize,
    epsilon: f32,
    dropout: Option<Dropout>,
    hook: Option<Hooked>,
}

impl LayerNorm {
    fn new<const D: usize>(x: &Tensor<D>, dropout: Option<Dropout>, norm: &Norm) -> Self {
        let width = x.dims()[D - 1];
        assert_eq!(
            norm.gamma.dims(),
            [width],
            "layer norm: the width of the input is not that of gamma"
        );
        assert_eq!(
            norm.beta.dims(),
            [width],
            "layer norm: the width of the input is not that of beta"
        );
        Self {
            rows: Rows::of(x.dims()),
            width,
            epsilon: norm.epsilon as f32,
            dropout,
            hook: norm.hook.clone(),
        }
    }

    fn input<'a>(&self, x: &'a Array, residual: Option<&'a Array>) -> NormInput<'a> {
        NormInput {
            x: x.slice(),
            residual: residual.map(Array::slice),
            dropout: self.dropout,
            width: self.width,
        }
    }

    fn output(&self, x: &Array, gamma: &Array, beta: &Array, residual: Option<&Array>) -> Array {
        let input = self.input(x, residual);
        Array::new(
            forward(input, gamma.slice(), beta.slice(), self.epsilon),
            x.shape(),
        )
    }

    fn output_saving(
        &self,
        x: &Array,
        gamma: Array,
        beta: &Array,
        residual: Option<&Array>,
    ) -> (Array, NormSaved) {
        let input = self.input(x, residual);
        let (y, normalized) = forward_saving(input, gamma.slice(), beta.slice(), self.epsilon);
        let normalized = Arc::new(normalized);
        (Array::new(y, x.shape()), NormSaved { normalized, gamma })
    }

    /// Shows the observer what this norm saw; whether the parameters want gradients of their own.
    fn report(&self, normalized: &[f32], output_gradients: &[f32]) -> bool {
        let Some(Hooked { name, hook }) = &self.hook else {
            return true;
        };
        let seen = Seen::LayerNorm {
            normalized,
            output_gradients,
            rows: self.rows,
            width: self.width,
        };
        hook.seen(name, seen);
        hook.wants_parameter_gradients()
    }

    /// The gradients of the sum that was normalised, of `γ` and of `β`.
    fn gradients(&self, saved: &NormSaved, g: &Array, wanted: [bool; 3]) -> [Option<Array>; 3] {
        let normalized = &saved.normalized;
        let mut gradients = [const { None }; 3];
        if self.report(&normalized.rows, g.slice()) && (wanted[1] || wanted[2]) {
            let (gamma, beta) = backward_parameters(&normalized.rows, g.slice(), self.width);
            gradients[1] = wanted[1].then(|| Array::new(gamma, [self.width]));
            gradients[2] = wanted[2].then(|| Array::new(beta, [self.width]));
        }
        gradients[0] = wanted[0].then(|| {
            let input = backward_input(normalized, saved.gamma.slice(), g.slice());
            Array::new(input, g.shape())
        });
        gradients
    }
}

/// The normalised rows, their scales, and `γ`.
#[derive(Debug, Clone)]
struct NormSaved {
    normalized: Arc<Normalized>,
    gamma: Array,
}

impl Fused<3> for LayerNorm {
    type Saved = NormSaved;

    fn forward(&self, [x, gamma, beta]: [Array; 3]) -> Array {
        self.output(&x, &gamma, &beta, None)
    }

    fn forward_saving(&self, [x, gamma, beta]: [Array; 3]) -> (Array, NormSaved) {
        self.output_saving(&x, gamma, &beta, None)
    }

    fn backward(&self, saved: NormSaved, g: Array, wanted: [bool; 3]) -> [Option<Array>; 3] {
        self.gradients(&saved, &g, wanted)
    }
}

impl Fused<4> for LayerNorm {
    type Saved = NormSaved;

    fn forward(&self, [x, gamma, beta, residual]: [Array; 4]) -> Array {
        self.output(&x, &gamma, &beta, Some(&residual))
    }

    fn forward_saving(&self, [x, gamma, beta, residual]: [Array; 4]) -> (Array, NormSaved) {
        self.output_saving(&x, gamma, &beta, Some(&residual))
    }

    fn backward(&self, saved: NormSaved, g: Array, wanted: [bool; 4]) -> [Option<Array>; 4] {
        let [sum, gamma, beta] =
            self.gradients(&saved, &g, [wanted[0] || wanted[3], wanted[1], wanted[2]]);
        let x = match (&sum, self.dropout) {
            (Some(sum), Some(dropout)) if wanted[0] => Some(Array::new(
                drop_rows(sum.slice(), self.width, dropout),
                sum.shape(),
            )),
            (sum, _) => sum.clone().filter(|_| wanted[0]),
        };
        [x, gamma, beta, sum.filter(|_| wanted[3])]
    }
}
