//! The selective scan of state-space models.

use std::sync::Arc;

use burn::tensor::Tensor;
pub use dissensus_kernels::scan::Direction;
use dissensus_kernels::scan::{
    KeptStates, ScanInputs, ScanShape, backward, forward, forward_saving,
};

use crate::fused::{Array, Fused, apply, fusable};
use crate::plain;

/// What a selective scan reads.
#[derive(Debug, Clone)]
pub struct Selection {
    /// What is scanned, `[batch, time, channels]`.
    pub u: Tensor<3>,
    /// Lengths of the steps `Δ`, `[batch, time, channels]`.
    pub delta: Tensor<3>,
    /// Rates `A`, `[channels, states]`; negative ones let states fade.
    pub a: Tensor<2>,
    /// Weights `B` on the way into the states, `[batch, time, states]`.
    pub b: Tensor<3>,
    /// Weights `C` on the way out of them, `[batch, time, states]`.
    pub c: Tensor<3>,
    /// Weights `D` past them, `[channels]`.
    pub d: Tensor<1>,
}

/// `y_t = C_t·h_t + D ⊙ u_t` with `h_t = exp(Δ_t·A) ⊙ h_{t−1} + Δ_t·u_t·B_t` in every channel,
/// states beginning at 0; read in either direction, no array turned round.
///
/// One state in [`dissensus_kernels::scan::CHUNK`] steps is kept for the backward pass, which
/// computes the others again: memory for states is `channels·states·time/64` numbers a sequence.
///
/// # Shapes
/// The result has the shape of `u`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::{Direction, Selection, selective_scan};
/// let device = Device::flex();
/// let ones = || Tensor::<3>::ones([1, 3, 1], &device);
/// let selection = || Selection {
///     u: Tensor::from_data([[[1.0], [2.0], [3.0]]], &device),
///     delta: ones(),
///     a: Tensor::zeros([1, 1], &device), // nothing fades: running sums
///     b: ones(),
///     c: ones(),
///     d: Tensor::zeros([1], &device),
/// };
/// let y =
///     |direction| selective_scan(selection(), direction).into_data().try_to_vec::<f32>().unwrap();
/// assert_eq!(y(Direction::Rightwards), [1.0, 3.0, 6.0]);
/// assert_eq!(y(Direction::Leftwards), [6.0, 5.0, 3.0]);
/// ```
///
/// # Panics
/// If the shapes do not fit.
#[expect(clippy::too_many_lines, reason = "one operation with its derivative")]
pub fn selective_scan(selection: Selection, direction: Direction) -> Tensor<3> {
    let Selection {
        u,
        delta,
        a,
        b,
        c,
        d,
    } = &selection;
    let [batch, time, channels] = u.dims();
    let [_, states] = a.dims();
    assert_eq!(delta.dims(), u.dims(), "scan: delta is not as large as u");
    assert_eq!(a.dims(), [channels, states], "scan: rows of a");
    assert_eq!(b.dims(), [batch, time, states], "scan: the shape of b");
    assert_eq!(c.dims(), [batch, time, states], "scan: the shape of c");
    assert_eq!(d.dims(), [channels], "scan: the width of d");
    let fused = [u, delta, b, c].into_iter().all(fusable) && fusable(a) && fusable(d);
    if !fused {
        return plain::selective_scan(selection, direction);
    }
    let scan = ScanShape {
        batch,
        time,
        channels,
        states,
        direction,
    };
    let Selection {
        u,
        delta,
        a,
        b,
        c,
        d,
    } = selection;
    let inputs = [
        u.into(),
        delta.into(),
        a.into(),
        b.into(),
        c.into(),
        d.into(),
    ];
    apply(scan, inputs)
}

fn borrowed([u, delta, a, b, c, d]: &[Array; 6]) -> ScanInputs<'_> {
    ScanInputs {
        u: u.slice(),
        delta: delta.slice(),
        a: a.slice(),
        b: b.slice(),
        c: c.slice(),
        d: d.slice(),
    }
}

impl Fused<6> for ScanShape {
    type Saved = ([Array; 6], Arc<KeptStates>);

    fn forward(&self, inputs: [Array; 6]) -> Array {
        Array::new(forward(self, borrowed(&inputs)), inputs[0].shape())
    }

    fn forward_saving(&self, inputs: [Array; 6]) -> (Array, Self::Saved) {
        let (y, kept) = forward_saving(self, borrowed(&inputs));
        (Array::new(y, inputs[0].shape()), (inputs, Arc::new(kept)))
    }

    fn backward(
        &self,
        (inputs, kept): Self::Saved,
        g: Array,
        wanted: [bool; 6],
    ) -> [Option<Array>; 6] {
        let gradients = backward(self, borrowed(&inputs), &kept, g.slice());
        let gradients = [
            gradients.u,
            gradients.delta,
            gradients.a,
            gradients.b,
            gradients.c,
            gradients.d,
        ];
        let mut out = [const { None }; 6];
        for (index, gradient) in gradients.into_iter().enumerate() {
            if wanted[index] {
                out[index] = Some(Array::new(gradient, inputs[index].shape()));
            }
        }
        out
    }
}
