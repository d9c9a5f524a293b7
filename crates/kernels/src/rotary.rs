//! Rotary positions: the two halves of a head are turned against each other by an angle that grows
//! with the position.

use rayon::prelude::*;

use crate::elementwise::rows_per_block;
use crate::simd::vectorize;

/// Cosines and sines of the angles `t·θ^(−2i/d)` of positions `t = 0, 1, …` and `i < d/2`, `d`
/// being the width of a head.
///
/// Frequencies, angles and functions are single precision, one after the other, as published models
/// compute them.
#[derive(Debug, Clone, PartialEq)]
pub struct Angles {
    half: usize,
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Angles {
    /// The angles of the positions below `positions`.
    ///
    /// # Panics
    /// If the width of a head is odd or zero.
    #[must_use]
    pub fn new(theta: f32, head: usize, positions: usize) -> Self {
        assert!(
            head > 0 && head.is_multiple_of(2),
            "rotary: a head of width {head} has no halves"
        );
        let half = head / 2;
        let frequency = |i: usize| 1.0 / theta.powf((2 * i) as f32 / head as f32);
        let frequencies: Vec<f32> = (0..half).map(frequency).collect();
        let angles: Vec<f32> = (0..positions)
            .flat_map(|t| frequencies.iter().map(move |f| t as f32 * f))
            .collect();
        Self {
            half,
            cosines: angles.iter().map(|angle| angle.cos()).collect(),
            sines: angles.iter().map(|angle| angle.sin()).collect(),
        }
    }

    /// Width of a head.
    #[must_use]
    pub fn head(&self) -> usize {
        2 * self.half
    }

    /// Cosines and sines of a position, `d/2` each.
    ///
    /// # Panics
    /// If the position has no angles.
    #[must_use]
    pub fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let from = position * self.half;
        (
            &self.cosines[from..][..self.half],
            &self.sines[from..][..self.half],
        )
    }
}

/// Which way a row is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// By the angle: the forward pass.
    Forth,
    /// By its negative: the backward pass.
    Back,
}

/// Turns every head of every row in place: `(x₁, x₂) := (x₁·cos − x₂·sin, x₂·cos + x₁·sin)` for the
/// halves of a head.
///
/// Row `r` is at position `positions[r mod positions.len()]`.
///
/// ```
/// use dissensus_kernels::rotary::{Angles, Turn, rotate};
/// let angles = Angles::new(10_000.0, 2, 2);
/// let mut rows = [1.0, 0.0, 1.0, 0.0];
/// rotate(&mut rows, 2, &angles, &[0, 1], Turn::Forth);
/// assert_eq!(rows, [1.0, 0.0, 1f32.cos(), 1f32.sin()]);
/// ```
///
/// # Panics
/// If `x` is not a whole number of times as many rows of `width` as there are positions, the width
/// is not one of whole heads, or a position has no angles.
pub fn rotate(x: &mut [f32], width: usize, angles: &Angles, positions: &[u32], turn: Turn) {
    let head = angles.head();
    assert!(
        width > 0 && width.is_multiple_of(head),
        "rotary: a width of {width} is not one of heads of {head}"
    );
    let plane = positions.len() * width;
    assert!(
        plane > 0 && x.len().is_multiple_of(plane),
        "rotary: {} elements are not rows of {width} for {} positions",
        x.len(),
        positions.len()
    );
    let rows = rows_per_block(width);
    x.par_chunks_mut(rows * width)
        .enumerate()
        .for_each(|(block, x)| {
            for (row, x) in x.chunks_exact_mut(width).enumerate() {
                let position = positions[(block * rows + row) % positions.len()];
                let (cosines, sines) = angles.at(position as usize);
                turn_row(x, cosines, sines, turn);
            }
        });
}

fn turn_row(x: &mut [f32], cosines: &[f32], sines: &[f32], turn: Turn) {
    let sign = match turn {
        Turn::Forth => 1.0f32,
        Turn::Back => -1.0,
    };
    let half = cosines.len();
    vectorize(
        #[inline(always)]
        || {
            for head in x.chunks_exact_mut(2 * half) {
                let (first, second) = head.split_at_mut(half);
                let pairs = first.iter_mut().zip(second);
                for ((x, y), (cos, sin)) in pairs.zip(cosines.iter().zip(sines)) {
                    let (a, b, sin) = (*x, *y, sin * sign);
                    *x = a * cos - b * sin;
                    *y = b * cos + a * sin;
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(len: usize) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * 0.71).sin()).collect()
    }

    #[test]
    fn turning_back_undoes_turning() {
        let (start, angles) = (wave(2 * 5 * 12), Angles::new(10_000.0, 6, 9));
        let mut x = start.clone();
        let positions = [0, 1, 8, 3, 4];
        rotate(&mut x, 12, &angles, &positions, Turn::Forth);
        assert!(x.iter().zip(&start).any(|(a, b)| (a - b).abs() > 0.1));
        rotate(&mut x, 12, &angles, &positions, Turn::Back);
        assert!(x.iter().zip(&start).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn products_of_rows_depend_on_their_distance_alone() {
        let angles = Angles::new(10_000.0, 8, 40);
        let product = |first: u32, second: u32| {
            let (mut q, mut k) = (wave(8), wave(16)[8..].to_vec());
            rotate(&mut q, 8, &angles, &[first], Turn::Forth);
            rotate(&mut k, 8, &angles, &[second], Turn::Forth);
            q.iter().zip(&k).map(|(q, k)| q * k).sum::<f32>()
        };
        assert!((product(3, 7) - product(30, 34)).abs() < 1e-5);
        assert!((product(3, 7) - product(3, 9)).abs() > 1e-3);
    }

    /// python -c "import torch; f = 1/10000**(torch.arange(0,8,2).float()/8);
    /// print((torch.tensor(2001.)*f).cos().tolist())"
    #[test]
    fn angles_are_those_of_torch() {
        let golden = [-0.981_140_5, 0.571_943_04, 0.398_932_16, -0.417_056_08];
        let angles = Angles::new(10_000.0, 8, 2002);
        for (ours, theirs) in angles.at(2001).0.iter().zip(golden) {
            assert!((ours - theirs).abs() < 2e-4, "{ours} {theirs}");
        }
    }

    #[test]
    #[should_panic(expected = "not one of heads of 6")]
    fn a_width_of_broken_heads_is_refused() {
        rotate(
            &mut wave(8),
            8,
            &Angles::new(10_000.0, 6, 1),
            &[0],
            Turn::Forth,
        );
    }
}
