//! The selective scan of state-space models (Mamba): a linear recurrence whose coefficients depend
//! on the input.
//!
//! One task per (sequence, group of channels); in it time runs first to last, or last to first, and
//! [`LANES`] channels side by side. The forward pass keeps one state every [`CHUNK`] steps; the
//! backward pass computes those between again.
#![allow(
    unsafe_code,
    reason = "groups of channels write interleaved columns of one array, before it is initialised"
)]

mod backward;
mod forward;

pub use backward::{ScanGradients, backward};
pub use forward::{forward, forward_saving};

use crate::product::Shared;
use crate::simd::LANES;

/// Steps between two states that are kept.
pub const CHUNK: usize = 64;

/// Blocks of [`LANES`] channels of one task: they share the inputs that channels have in common,
/// and their states fit the first-level cache.
const BLOCKS: usize = 8;

/// Numbers of [`LANES`] channels.
type Lane = [f32; LANES];

/// Which way a sequence is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// First position to last: a position sees itself and those before.
    Rightwards,
    /// Last position to first: a position sees itself and those behind.
    Leftwards,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Rightwards => Self::Leftwards,
            Self::Leftwards => Self::Rightwards,
        }
    }

    /// The position read at a step.
    #[inline(always)]
    fn position(self, step: usize, time: usize) -> usize {
        match self {
            Self::Rightwards => step,
            Self::Leftwards => time - 1 - step,
        }
    }
}

/// Sizes and direction of one scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanShape {
    /// Sequences.
    pub batch: usize,
    /// Positions of each.
    pub time: usize,
    /// Channels, each with a state of its own.
    pub channels: usize,
    /// Numbers of one channel's state.
    pub states: usize,
    /// Which way.
    pub direction: Direction,
}

/// The inputs of a scan.
#[derive(Debug, Clone, Copy)]
pub struct ScanInputs<'a> {
    /// What is scanned, `[batch, time, channels]`.
    pub u: &'a [f32],
    /// Lengths of the steps `Δ`, as large.
    pub delta: &'a [f32],
    /// Rates `A`, `[channels, states]`.
    pub a: &'a [f32],
    /// Weights `B` on the way in, `[batch, time, states]`.
    pub b: &'a [f32],
    /// Weights `C` on the way out, as large.
    pub c: &'a [f32],
    /// Weights `D` past the state, `[channels]`.
    pub d: &'a [f32],
}

/// One state of every channel every [`CHUNK`] steps.
#[derive(Debug, Clone, Default)]
pub struct KeptStates(Vec<Vec<Lane>>);

impl ScanShape {
    fn groups(&self) -> usize {
        self.channels.div_ceil(BLOCKS * LANES)
    }

    fn tasks(&self) -> usize {
        self.batch * self.groups()
    }

    /// # Panics
    /// If an input is not as large as its shape says.
    fn check(&self, inputs: &ScanInputs<'_>) {
        let rows = self.batch * self.time;
        for (name, found, expected) in [
            ("u", inputs.u.len(), rows * self.channels),
            ("delta", inputs.delta.len(), rows * self.channels),
            ("a", inputs.a.len(), self.channels * self.states),
            ("b", inputs.b.len(), rows * self.states),
            ("c", inputs.c.len(), rows * self.states),
            ("d", inputs.d.len(), self.channels),
        ] {
            assert_eq!(
                found, expected,
                "scan: elements of {name} against those of its shape"
            );
        }
    }
}

/// The scan of a group of channels of one sequence.
struct Task<'a> {
    shape: ScanShape,
    inputs: ScanInputs<'a>,
    /// The row of the sequence's first position.
    first_row: usize,
    /// The first channel.
    from: usize,
    /// Channels of each block.
    widths: Vec<usize>,
    /// `A` by block and state.
    a: Vec<Lane>,
    /// `D` by block.
    d: Vec<Lane>,
}

impl<'a> Task<'a> {
    fn new(shape: &ScanShape, inputs: &ScanInputs<'a>, index: usize) -> Self {
        let (sequence, group) = (index / shape.groups(), index % shape.groups());
        let from = group * BLOCKS * LANES;
        let to = shape.channels.min(from + BLOCKS * LANES);
        let starts: Vec<usize> = (from..to).step_by(LANES).collect();
        let widths: Vec<usize> = starts.iter().map(|at| LANES.min(to - at)).collect();
        let n = shape.states;
        let mut a = vec![[0.0; LANES]; starts.len() * n];
        for (channel, rates) in inputs.a[from * n..to * n]
            .chunks_exact(n.max(1))
            .enumerate()
        {
            for (state, &rate) in rates.iter().enumerate() {
                a[channel / LANES * n + state][channel % LANES] = rate;
            }
        }
        let d = starts.iter().zip(&widths);
        let d = d.map(|(&at, &width)| lanes(inputs.d, at, width)).collect();
        Self {
            shape: *shape,
            inputs: *inputs,
            first_row: sequence * shape.time,
            from,
            widths,
            a,
            d,
        }
    }

    /// The row of the position that a step reads.
    #[inline(always)]
    fn row(&self, step: usize) -> usize {
        self.first_row + self.shape.direction.position(step, self.shape.time)
    }

    /// `B`, `C` or their gradients' places of a row.
    #[inline(always)]
    fn states_of<'b>(&self, all: &'b [f32], row: usize) -> &'b [f32] {
        &all[row * self.shape.states..][..self.shape.states]
    }

    /// Where a block begins in a row of channels.
    #[inline(always)]
    fn place(&self, row: usize, block: usize) -> usize {
        row * self.shape.channels + self.from + block * LANES
    }

    /// The numbers of a block's channels.
    #[inline(always)]
    fn load(&self, all: &[f32], row: usize, block: usize) -> Lane {
        lanes(all, self.place(row, block), self.widths[block])
    }

    /// Writes the numbers of a block's channels.
    ///
    /// # Safety
    /// `out` has room for `[batch, time, channels]`, and nobody else uses this task's channels of
    /// it.
    #[inline(always)]
    unsafe fn store(&self, out: Shared, row: usize, block: usize, values: &Lane) {
        let width = self.widths[block];
        // SAFETY: as promised by the caller; the block is inside its row.
        unsafe {
            let to = out.at(self.place(row, block));
            std::ptr::copy_nonoverlapping(values.as_ptr(), to, width);
        }
    }
}

/// `width` numbers from `at` on, and zeros.
#[inline(always)]
fn lanes(all: &[f32], at: usize, width: usize) -> Lane {
    let mut lane = [0.0; LANES];
    if width == LANES {
        lane.copy_from_slice(&all[at..at + LANES]);
    } else {
        lane[..width].copy_from_slice(&all[at..at + width]);
    }
    lane
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn scan(direction: Direction) -> ScanShape {
        ScanShape {
            batch: 2,
            time: 131,
            channels: 150,
            states: 3,
            direction,
        }
    }

    fn numbers(len: usize, seed: f32) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * seed).sin()).collect()
    }

    /// Inputs of a scan in the order of their fields.
    fn inputs(shape: &ScanShape) -> [Vec<f32>; 6] {
        let (rows, e, n) = (shape.batch * shape.time, shape.channels, shape.states);
        let steps = numbers(rows * e, 0.31);
        let rates = numbers(e * n, 0.17);
        [
            numbers(rows * e, 0.73),
            steps.iter().map(|x| 0.05 + 0.3 * x * x).collect(),
            rates.iter().map(|x| -0.1 - 2.0 * x * x).collect(),
            numbers(rows * n, 0.41),
            numbers(rows * n, 0.53),
            numbers(e, 0.91),
        ]
    }

    fn borrowed([u, delta, a, b, c, d]: &[Vec<f32>; 6]) -> ScanInputs<'_> {
        ScanInputs {
            u,
            delta,
            a,
            b,
            c,
            d,
        }
    }

    /// One channel after the other, in double precision.
    fn slow(shape: &ScanShape, inputs: &ScanInputs<'_>) -> Vec<f64> {
        let ScanShape {
            batch,
            time,
            channels,
            states,
            direction,
        } = *shape;
        let mut y = vec![0.0; batch * time * channels];
        for (sequence, e) in (0..batch).flat_map(|s| (0..channels).map(move |e| (s, e))) {
            let mut h = vec![0f64; states];
            for step in 0..time {
                let row = sequence * time + direction.position(step, time);
                let at = row * channels + e;
                let (u, delta) = (f64::from(inputs.u[at]), f64::from(inputs.delta[at]));
                y[at] = f64::from(inputs.d[e]) * u;
                for (n, h) in h.iter_mut().enumerate() {
                    let of = |all: &[f32], row: usize| f64::from(all[row * states + n]);
                    *h = (delta * of(inputs.a, e)).exp() * *h + delta * of(inputs.b, row) * u;
                    y[at] += of(inputs.c, row) * *h;
                }
            }
        }
        y
    }

    #[test]
    fn the_scan_is_its_recurrence_in_both_directions() {
        for direction in [Direction::Rightwards, Direction::Leftwards] {
            let shape = scan(direction);
            let owned = inputs(&shape);
            let exact = slow(&shape, &borrowed(&owned));
            let ours = forward(&shape, borrowed(&owned));
            let apart = ours.iter().zip(&exact);
            let worst = apart.map(|(a, b)| (f64::from(*a) - b).abs());
            assert!(worst.fold(0.0, f64::max) < 3e-6);
            assert_eq!(forward_saving(&shape, borrowed(&owned)).0, ours);
        }
    }

    #[test]
    fn gradients_follow_differences_of_the_recurrence() {
        for direction in [Direction::Rightwards, Direction::Leftwards] {
            let shape = ScanShape {
                time: 70,
                channels: 18,
                ..scan(direction)
            };
            let owned = inputs(&shape);
            let g = numbers(owned[0].len(), 0.29);
            let (_, kept) = forward_saving(&shape, borrowed(&owned));
            let gradients = backward(&shape, borrowed(&owned), &kept, &g);
            let gradients = [
                gradients.u,
                gradients.delta,
                gradients.a,
                gradients.b,
                gradients.c,
                gradients.d,
            ];
            let value = |owned: &[Vec<f32>; 6]| {
                let y = slow(&shape, &borrowed(owned));
                let pairs = y.iter().zip(&g);
                pairs.map(|(y, g)| y * f64::from(*g)).sum::<f64>()
            };
            for (which, gradient) in gradients.iter().enumerate() {
                assert_eq!(gradient.len(), owned[which].len());
                for at in (0..gradient.len()).step_by(gradient.len() / 5) {
                    let moved = |by: f32| {
                        let mut moved = owned.clone();
                        moved[which][at] += by;
                        (value(&moved), f64::from(moved[which][at]))
                    };
                    let (up, down) = (moved(1e-3), moved(-1e-3));
                    let difference = (up.0 - down.0) / (up.1 - down.1);
                    let apart = (difference - f64::from(gradient[at])).abs();
                    assert!(apart < 1e-3 * difference.abs().max(1.0), "{which} {at}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_scanned_to_nothing() {
        for (batch, time, channels) in [(0, 5, 3), (2, 0, 3), (2, 5, 0)] {
            let shape = ScanShape {
                batch,
                time,
                channels,
                ..scan(Direction::Rightwards)
            };
            let owned = inputs(&shape);
            let (y, kept) = forward_saving(&shape, borrowed(&owned));
            let gradients = backward(&shape, borrowed(&owned), &kept, &y);
            assert!(y.is_empty() && gradients.u.is_empty());
            assert_eq!(gradients.d, vec![0.0; channels]);
        }
    }

    #[test]
    #[should_panic(expected = "elements of b")]
    fn inputs_that_do_not_fit_are_named() {
        let shape = scan(Direction::Rightwards);
        let mut owned = inputs(&shape);
        owned[3].pop();
        let _ = forward(&shape, borrowed(&owned));
    }
}
