//! Convolutions along time, channel by channel.

use burn::tensor::Tensor;
use dissensus_kernels::convolution::{LongConvolution, ShortConvolution};
use dissensus_kernels::elementwise::column_sums;

use crate::fused::{Array, Fused, apply, fusable};
use crate::{Direction, Dropout, plain};

/// The parameters of a [`short_convolution`].
#[derive(Debug, Clone)]
pub struct Taps {
    /// `w`, `[channels, taps]`: the last tap is the present.
    pub weight: Tensor<2>,
    /// `b`, `[channels]`.
    pub bias: Option<Tensor<1>>,
}

/// `y[t] = b + Σ_j w[j]·x[t − K + 1 + j]` in every channel, with zeros before the sequence: a
/// position sees itself and the `K − 1` before it; read leftwards, those behind it:
/// `y[t] = b + Σ_j w[j]·x[t + K − 1 − j]`, with zeros behind the sequence.
///
/// # Shapes
/// `x` `[batch, time, channels]`, and so the result.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::{Direction, Taps, short_convolution};
/// let device = Device::flex();
/// let y = |direction| {
///     let x = Tensor::<3>::from_data([[[1.0], [2.0], [3.0]]], &device);
///     let taps = Taps { weight: Tensor::from_data([[10.0, 1.0]], &device), bias: None };
///     short_convolution(x, taps, direction).into_data().try_to_vec::<f32>().unwrap()
/// };
/// assert_eq!(y(Direction::Rightwards), [1.0, 12.0, 23.0]);
/// assert_eq!(y(Direction::Leftwards), [21.0, 32.0, 3.0]);
/// ```
///
/// # Panics
/// If the shapes do not fit, or `x` is empty.
pub fn short_convolution(x: Tensor<3>, taps: Taps, direction: Direction) -> Tensor<3> {
    let [_, time, width] = x.dims();
    let [rows, count] = taps.weight.dims();
    assert_eq!(rows, width, "short convolution: channels of the taps");
    let biased = taps.bias.as_ref();
    let fused = fusable(&x) && fusable(&taps.weight) && biased.is_none_or(fusable);
    if !fused {
        return plain::short_convolution(x, taps, direction);
    }
    let op = Convolution {
        short: ShortConvolution {
            time,
            width,
            taps: count,
        },
        direction,
    };
    let Taps { weight, bias } = taps;
    match bias {
        Some(bias) => apply(op, [x.into(), weight.into(), bias.into()]),
        None => apply(op, [x.into(), weight.into()]),
    }
}

/// The operator of Hyena: `y = x₀ ⊙ (k ∗ p + skip ⊙ p)` with `p = dropout(x₁ ⊙ v)` and
/// `(k ∗ p)[t] = Σ_{s ≤ t} k[s]·p[t − s]`, channel by channel. The sum is linear: nothing comes
/// round from the end.
///
/// Transforms are computed again in the backward pass. Dropout row `b·time + t`, column: the
/// channel.
///
/// # Shapes
/// `x` `[batch, time, 3·width]` (`x₀ | x₁ | v`), `taps` `[time, width]`, `skip` `[width]`, result
/// `[batch, time, width]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::long_convolution;
/// let device = Device::flex();
/// let x = Tensor::<3>::from_data([[[1.0, 1.0, 3.0], [2.0, 1.0, 5.0]]], &device);
/// let taps = Tensor::<2>::from_data([[1.0], [10.0]], &device);
/// let y = long_convolution(x, taps, Tensor::from_data([0.0], &device), None).into_data();
/// let y = y.try_to_vec::<f32>().unwrap();
/// assert!((y[0] - 3.0).abs() < 1e-5 && (y[1] - 2.0 * (5.0 + 30.0)).abs() < 1e-4);
/// ```
///
/// # Panics
/// If the shapes do not fit.
#[must_use]
pub fn long_convolution(
    x: Tensor<3>,
    taps: Tensor<2>,
    skip: Tensor<1>,
    dropout: Option<Dropout>,
) -> Tensor<3> {
    let [batch, time, whole] = x.dims();
    let [positions, width] = taps.dims();
    assert_eq!(
        [positions, 3 * width],
        [time, whole],
        "long convolution: expected a tap a position, and three parts a channel"
    );
    let dropout = dropout.filter(|d| !d.is_identity());
    if !(fusable(&x) && fusable(&taps) && fusable(&skip)) {
        return plain::long_convolution(x, taps, skip, dropout);
    }
    let op = Long(LongConvolution {
        batch,
        time,
        width,
        dropout,
    });
    apply(op, [x.into(), taps.into(), skip.into()])
}

/// A short convolution in a direction. Leftwards is the transpose of rightwards: what is one's
/// forward pass is the other's backward pass.
#[derive(Debug)]
struct Convolution {
    short: ShortConvolution,
    direction: Direction,
}

impl Convolution {
    fn output(&self, x: &Array, weight: &Array, bias: Option<&Array>) -> Array {
        let bias = bias.map(Array::slice);
        let y = match self.direction {
            Direction::Rightwards => self.short.forward(x.slice(), weight.slice(), bias),
            Direction::Leftwards => {
                let mut y = self.short.backward_input(weight.slice(), x.slice());
                if let Some(bias) = bias {
                    for row in y.chunks_exact_mut(self.short.width) {
                        row.iter_mut().zip(bias).for_each(|(y, b)| *y += b);
                    }
                }
                y
            }
        };
        Array::new(y, x.shape())
    }

    /// The gradients of input and taps.
    fn gradients(
        &self,
        [x, weight]: &[Array; 2],
        g: &Array,
        wanted: [bool; 2],
    ) -> [Option<Array>; 2] {
        let (x_values, g_values) = (x.slice(), g.slice());
        let input = wanted[0].then(|| match self.direction {
            Direction::Rightwards => self.short.backward_input(weight.slice(), g_values),
            Direction::Leftwards => self.short.forward(g_values, weight.slice(), None),
        });
        let taps = wanted[1].then(|| match self.direction {
            Direction::Rightwards => self.short.backward_parameters(x_values, g_values).taps,
            Direction::Leftwards => self.short.backward_parameters(g_values, x_values).taps,
        });
        [
            input.map(|input| Array::new(input, x.shape())),
            taps.map(|taps| Array::new(taps, weight.shape())),
        ]
    }
}

impl Fused<2> for Convolution {
    type Saved = [Array; 2];

    fn forward(&self, [x, weight]: [Array; 2]) -> Array {
        self.output(&x, &weight, None)
    }

    fn forward_saving(&self, inputs: [Array; 2]) -> (Array, [Array; 2]) {
        (Fused::<2>::forward(self, inputs.clone()), inputs)
    }

    fn backward(&self, saved: [Array; 2], g: Array, wanted: [bool; 2]) -> [Option<Array>; 2] {
        self.gradients(&saved, &g, wanted)
    }
}

impl Fused<3> for Convolution {
    type Saved = [Array; 2];

    fn forward(&self, [x, weight, bias]: [Array; 3]) -> Array {
        self.output(&x, &weight, Some(&bias))
    }

    fn forward_saving(&self, [x, weight, bias]: [Array; 3]) -> (Array, [Array; 2]) {
        (self.output(&x, &weight, Some(&bias)), [x, weight])
    }

    fn backward(&self, saved: [Array; 2], g: Array, wanted: [bool; 3]) -> [Option<Array>; 3] {
        let [input, taps] = self.gradients(&saved, &g, [wanted[0], wanted[1]]);
        let bias = wanted[2].then(|| {
            let width = self.short.width;
            Array::new(column_sums(g.slice(), width), [width])
        });
        [input, taps, bias]
    }
}

/// A long convolution.
#[derive(Debug)]
struct Long(LongConvolution);

impl Fused<3> for Long {
    type Saved = [Array; 3];

    fn forward(&self, [x, taps, skip]: [Array; 3]) -> Array {
        let y = self.0.forward(x.slice(), taps.slice(), skip.slice());
        Array::new(y, [self.0.batch, self.0.time, self.0.width])
    }

    fn forward_saving(&self, inputs: [Array; 3]) -> (Array, [Array; 3]) {
        (self.forward(inputs.clone()), inputs)
    }

    fn backward(&self, [x, taps, skip]: [Array; 3], g: Array, _: [bool; 3]) -> [Option<Array>; 3] {
        let (x_slice, taps_slice) = (x.slice(), taps.slice());
        let found = self
            .0
            .backward(x_slice, taps_slice, skip.slice(), g.slice());
        [
            Some(Array::new(found.x, x.shape())),
            Some(Array::new(found.taps, taps.shape())),
            Some(Array::new(found.skip, skip.shape())),
        ]
    }
}
