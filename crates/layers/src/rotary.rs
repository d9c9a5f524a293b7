//! Rotary positions.

use std::sync::Arc;

use burn::tensor::Tensor;
pub use dissensus_kernels::rotary::Angles;
use dissensus_kernels::rotary::{Turn, rotate};

use crate::fused::{Array, Fused, apply, fusable};
use crate::plain;

/// Where the rows of heads stand, and by which angles each position turns them.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// Of every position that occurs.
    pub angles: Arc<Angles>,
    /// The position of each row of `[batch, time]`.
    pub positions: Arc<[u32]>,
}

impl Rotation {
    /// The angles of heads of this width at these positions: `t·θ^(−2i/d)`.
    #[must_use]
    pub fn new(theta: f32, head: usize, positions: Arc<[u32]>) -> Self {
        let longest = positions.iter().max().map_or(0, |&last| last as usize + 1);
        let angles = Arc::new(Angles::new(theta, head, longest));
        Self { angles, positions }
    }
}

/// Turns the heads of the first `planes` planes of `x`; the others stay as they are.
///
/// With halves `(x₁, x₂)` of a head of width `d` at position `t`:
/// `(x₁·cos − x₂·sin, x₂·cos + x₁·sin)` of the angles `t·θ^(−2i/d)`. Products of turned queries and
/// keys depend on the distance of their positions alone. Of [`qkv`](crate::qkv)'s result the first
/// two planes are turned.
///
/// # Shapes
/// `x` `[planes, batch, time, width]`, or `[batch, time, width]` for one plane; the result is as
/// large.
///
/// ```
/// use std::sync::Arc;
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::{Rotation, rotary};
/// let rotation = Rotation::new(10_000.0, 2, Arc::new([0, 1]));
/// let x = Tensor::<3>::from_data([[[1.0, 0.0], [1.0, 0.0]]], &Device::flex());
/// let y = rotary(x, 1, rotation).into_data();
/// assert_eq!(y.try_to_vec::<f32>().unwrap(), [1.0, 0.0, 1f32.cos(), 1f32.sin()]);
/// ```
///
/// # Panics
/// If there are no planes, `x` has fewer of as many rows as there are positions, its width is not
/// one of whole heads, or a position has no angles.
#[must_use]
pub fn rotary<const D: usize>(x: Tensor<D>, planes: usize, rotation: Rotation) -> Tensor<D> {
    let width = x.dims()[D - 1];
    let turned = planes * rotation.positions.len() * width;
    assert!(
        turned > 0 && turned <= x.dims().iter().product(),
        "rotary: {planes} planes of {} rows are none, or more than {:?}",
        rotation.positions.len(),
        x.dims()
    );
    if !fusable(&x) {
        return plain::rotary(x, planes, rotation);
    }
    let op = Rotary {
        rotation,
        turned,
        width,
    };
    apply(op, [x.into()])
}

/// The rotation of the first elements of an array.
#[derive(Debug)]
struct Rotary {
    rotation: Rotation,
    /// Elements that are turned.
    turned: usize,
    width: usize,
}

impl Rotary {
    fn turn(&self, mut x: Array, turn: Turn) -> Array {
        let Rotation { angles, positions } = &self.rotation;
        if x.unique().is_none() {
            x = Array::new(x.slice().to_vec(), x.shape());
        }
        if let Some(x) = x.unique() {
            rotate(&mut x[..self.turned], self.width, angles, positions, turn);
        }
        x
    }
}

impl Fused<1> for Rotary {
    type Saved = ();

    fn forward(&self, [x]: [Array; 1]) -> Array {
        self.turn(x, Turn::Forth)
    }

    fn forward_saving(&self, [x]: [Array; 1]) -> (Array, ()) {
        (self.turn(x, Turn::Forth), ())
    }

    fn backward(&self, (): (), g: Array, _: [bool; 1]) -> [Option<Array>; 1] {
        [Some(self.turn(g, Turn::Back))]
    }
}
