//! Inputs, and the comparison of two routes.

use burn::tensor::{Device, Tensor, TensorData};

/// Reproducible numbers in (−1, 1).
pub fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// A tracked leaf of reproducible numbers.
pub fn leaf<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
    constant(shape, seed, &Device::flex().autodiff()).require_grad()
}

/// Reproducible numbers on a device.
pub fn constant<const D: usize>(shape: [usize; D], seed: u64, device: &Device) -> Tensor<D> {
    let data = TensorData::new(numbers(shape.iter().product(), seed), shape);
    Tensor::from_data(data, device)
}

/// The value of `y`, and the gradients of `Σ weight·y` at the leaves, as plain vectors.
pub fn run<const D: usize>(y: Tensor<D>, leaves: &[Leaf]) -> Vec<Vec<f32>> {
    let weights = constant(y.dims(), 99, &y.device());
    let mut all = vec![values(y.clone())];
    let gradients = (y * weights).sum().backward();
    for leaf in leaves {
        all.push(match leaf {
            Leaf::One(t) => values(t.grad(&gradients).expect("a gradient")),
            Leaf::Two(t) => values(t.grad(&gradients).expect("a gradient")),
            Leaf::Three(t) => values(t.grad(&gradients).expect("a gradient")),
            Leaf::Four(t) => values(t.grad(&gradients).expect("a gradient")),
        });
    }
    all
}

/// A leaf of any rank.
pub enum Leaf {
    One(Tensor<1>),
    Two(Tensor<2>),
    Three(Tensor<3>),
    Four(Tensor<4>),
}

impl From<&Tensor<1>> for Leaf {
    fn from(t: &Tensor<1>) -> Self {
        Self::One(t.clone())
    }
}
impl From<&Tensor<2>> for Leaf {
    fn from(t: &Tensor<2>) -> Self {
        Self::Two(t.clone())
    }
}
impl From<&Tensor<3>> for Leaf {
    fn from(t: &Tensor<3>) -> Self {
        Self::Three(t.clone())
    }
}
impl From<&Tensor<4>> for Leaf {
    fn from(t: &Tensor<4>) -> Self {
        Self::Four(t.clone())
    }
}

pub fn values<const D: usize>(t: Tensor<D>) -> Vec<f32> {
    t.into_data().try_to_vec::<f32>().expect("f32")
}

/// Equal within `tolerance` of the largest element, array by array.
pub fn assert_close(ours: &[Vec<f32>], theirs: &[Vec<f32>], tolerance: f32, case: &str) {
    assert_eq!(ours.len(), theirs.len());
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert_eq!(a.len(), b.len(), "{case}: array {i}");
        let scale = b.iter().fold(1e-3f32, |m, x| m.max(x.abs()));
        for (j, (x, y)) in a.iter().zip(b).enumerate() {
            let apart = (x - y).abs();
            assert!(
                apart <= tolerance * scale,
                "{case}: array {i}, element {j}: {x} against {y}"
            );
        }
    }
}
