//! Fourier transforms of several series side by side, for their convolutions.
//!
//! Series lie as the channels of rows do, one beside the other: a step of a transform is a vector
//! operation over channels, and nothing is transposed. Spectra are in the order in which the steps
//! leave them, which products of spectra do not ask about.

use crate::simd::{LANES, vectorize};

/// A complex number of each of [`LANES`] series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    pub(super) re: [f32; LANES],
    pub(super) im: [f32; LANES],
}

impl Numbers {
    pub(super) const ZERO: Self = Self {
        re: [0.0; LANES],
        im: [0.0; LANES],
    };

    #[inline(always)]
    fn map(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let mut result = self;
        for lane in 0..LANES {
            result.re[lane] = f(self.re[lane], other.re[lane]);
            result.im[lane] = f(self.im[lane], other.im[lane]);
        }
        result
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.map(other, |a, b| a + b)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.map(other, |a, b| a - b)
    }

    /// Times one complex number.
    #[inline(always)]
    fn turned(self, (re, im): (f32, f32)) -> Self {
        let mut result = self;
        for lane in 0..LANES {
            result.re[lane] = self.re[lane] * re - self.im[lane] * im;
            result.im[lane] = self.re[lane] * im + self.im[lane] * re;
        }
        result
    }

    /// Times `i`, or `−i`.
    #[inline(always)]
    fn quarter_turned(self, sign: f32) -> Self {
        Self {
            re: self.im.map(|x| -sign * x),
            im: self.re.map(|x| sign * x),
        }
    }

    /// `self·other`, series by series.
    #[inline(always)]
    pub(super) fn times(self, other: Self) -> Self {
        let mut result = self;
        for lane in 0..LANES {
            let [a, b] = [self.re[lane], self.im[lane]];
            let [c, d] = [other.re[lane], other.im[lane]];
            result.re[lane] = a * c - b * d;
            result.im[lane] = a * d + b * c;
        }
        result
    }

    /// `self·conj(other)`, series by series.
    #[inline(always)]
    pub(super) fn times_conjugate(self, other: Self) -> Self {
        let conjugate = Self {
            re: other.re,
            im: other.im.map(|x| -x),
        };
        self.times(conjugate)
    }

    #[inline(always)]
    pub(super) fn add(&mut self, other: Self) {
        *self = self.plus(other);
    }
}

/// The transform of one length, `2^a` or `3·2^a`.
pub(super) struct Fourier {
    /// `e^(−2πi·j/n)`.
    circle: Vec<(f32, f32)>,
}

/// Up to this length all steps of a transform are taken one after the other; a longer one is cut
/// into parts, which then fit a cache close by.
const WHOLE: usize = 256;

/// Which way a transform goes.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Forth,
    Back,
}

impl Fourier {
    /// For series of `time` numbers, padded so that their convolutions do not wrap.
    pub(super) fn new(time: usize) -> Self {
        let length = padded_length(time);
        let angle = |j: usize| std::f64::consts::TAU * j as f64 / length as f64;
        let circle = (0..length).map(|j| (angle(j).cos() as f32, -angle(j).sin() as f32));
        Self {
            circle: circle.collect(),
        }
    }

    /// Numbers of a series with its padding, `n`.
    pub(super) fn length(&self) -> usize {
        self.circle.len()
    }

    /// The spectra of series.
    pub(super) fn forth(&self, x: &mut [Numbers]) {
        if x.len().is_multiple_of(3) {
            self.thirds(x, Way::Forth);
            x.chunks_exact_mut(x.len() / 3)
                .for_each(|part| self.parts(part, Way::Forth));
        } else {
            self.parts(x, Way::Forth);
        }
    }

    /// The series of spectra, times `n`.
    pub(super) fn back(&self, x: &mut [Numbers]) {
        if x.len().is_multiple_of(3) {
            x.chunks_exact_mut(x.len() / 3)
                .for_each(|part| self.parts(part, Way::Back));
            self.thirds(x, Way::Back);
        } else {
            self.parts(x, Way::Back);
        }
    }

    /// A power of two, part by part.
    fn parts(&self, x: &mut [Numbers], way: Way) {
        if x.len() <= WHOLE {
            return vectorize(
                #[inline(always)]
                || self.steps(x, way),
            );
        }
        let quarter = x.len() / 4;
        if way == Way::Forth {
            vectorize(
                #[inline(always)]
                || self.quarters(x, way),
            );
        }
        x.chunks_exact_mut(quarter)
            .for_each(|part| self.parts(part, way));
        if way == Way::Back {
            vectorize(
                #[inline(always)]
                || self.quarters(x, way),
            );
        }
    }

    /// A power of two, step by step.
    #[inline(always)]
    fn steps(&self, x: &mut [Numbers], way: Way) {
        let n = x.len();
        let odd = n.trailing_zeros() % 2 == 1;
        let smallest = if odd { 2 } else { 1 };
        match way {
            Way::Forth => {
                let mut size = n;
                while size > smallest {
                    x.chunks_exact_mut(size)
                        .for_each(|part| self.quarters(part, way));
                    size /= 4;
                }
                if odd {
                    halves(x);
                }
            }
            Way::Back => {
                if odd {
                    halves(x);
                }
                let mut size = smallest;
                while size < n {
                    size *= 4;
                    x.chunks_exact_mut(size)
                        .for_each(|part| self.quarters(part, way));
                }
            }
        }
    }

    /// One step over four parts of `x`.
    #[inline(always)]
    fn quarters(&self, x: &mut [Numbers], way: Way) {
        let step = self.circle.len() / x.len();
        let (front, rear) = x.split_at_mut(x.len() / 2);
        let quarter = front.len() / 2;
        let (a, b) = front.split_at_mut(quarter);
        let (c, d) = rear.split_at_mut(quarter);
        for i in 0..quarter {
            let turn = [1, 2, 3].map(|k| self.circle[k * i * step]);
            let four = [a[i], b[i], c[i], d[i]];
            [a[i], b[i], c[i], d[i]] = match way {
                Way::Forth => quarters_forth(four, turn),
                Way::Back => quarters_back(four, turn),
            };
        }
    }

    /// One step over three parts of `x`.
    fn thirds(&self, x: &mut [Numbers], way: Way) {
        let step = self.circle.len() / x.len();
        let third = x.len() / 3;
        let (a, rest) = x.split_at_mut(third);
        let (b, c) = rest.split_at_mut(third);
        vectorize(
            #[inline(always)]
            || {
                for i in 0..third {
                    let turn = [1, 2].map(|k| self.circle[k * i * step]);
                    let three = [a[i], b[i], c[i]];
                    [a[i], b[i], c[i]] = match way {
                        Way::Forth => {
                            let [p, q, r] = thirds_of(three, -1.0);
                            [p, q.turned(turn[0]), r.turned(turn[1])]
                        }
                        Way::Back => {
                            let [p, q, r] = three;
                            let [q, r] = [q.turned(back(turn[0])), r.turned(back(turn[1]))];
                            thirds_of([p, q, r], 1.0)
                        }
                    };
                }
            },
        );
    }
}

#[inline(always)]
fn back((re, im): (f32, f32)) -> (f32, f32) {
    (re, -im)
}

#[inline(always)]
fn quarters_forth([a, b, c, d]: [Numbers; 4], turn: [(f32, f32); 3]) -> [Numbers; 4] {
    let (sum, difference) = (a.plus(c), a.minus(c));
    let (other, turned) = (b.plus(d), b.minus(d).quarter_turned(-1.0));
    [
        sum.plus(other),
        difference.plus(turned).turned(turn[0]),
        sum.minus(other).turned(turn[1]),
        difference.minus(turned).turned(turn[2]),
    ]
}

#[inline(always)]
fn quarters_back([a, b, c, d]: [Numbers; 4], turn: [(f32, f32); 3]) -> [Numbers; 4] {
    let (b, c, d) = (
        b.turned(back(turn[0])),
        c.turned(back(turn[1])),
        d.turned(back(turn[2])),
    );
    let (sum, difference) = (a.plus(c), a.minus(c));
    let (other, turned) = (b.plus(d), b.minus(d).quarter_turned(1.0));
    [
        sum.plus(other),
        difference.plus(turned),
        sum.minus(other),
        difference.minus(turned),
    ]
}

/// `a + b + c`, `a + ω·b + ω²·c` and `a + ω²·b + ω·c` with `ω = −½ + sign·i·√¾`.
#[inline(always)]
fn thirds_of([a, b, c]: [Numbers; 3], sign: f32) -> [Numbers; 3] {
    const ROOT: f32 = 0.866_025_4;
    let (sum, difference) = (b.plus(c), b.minus(c));
    let middle = a.map(sum, |a, s| a - 0.5 * s);
    let aside = difference.quarter_turned(sign * ROOT);
    [a.plus(sum), middle.plus(aside), middle.minus(aside)]
}

/// Sums and differences of neighbours.
#[inline(always)]
fn halves(x: &mut [Numbers]) {
    for pair in x.chunks_exact_mut(2) {
        let [a, b] = [pair[0], pair[1]];
        (pair[0], pair[1]) = (a.plus(b), a.minus(b));
    }
}

/// The smallest `2^a` or `3·2^a` that holds a linear convolution of `time` numbers, `2·time − 1` of
/// them.
fn padded_length(time: usize) -> usize {
    let needed = (2 * time).saturating_sub(1).max(1);
    let threes = 3 * needed.div_ceil(3).next_power_of_two();
    needed.next_power_of_two().min(threes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_hold_a_linear_convolution_and_little_more() {
        for (time, length) in [
            (1, 1),
            (2, 3),
            (3, 6),
            (5, 12),
            (512, 1024),
            (1000, 2048),
            (1026, 3072),
        ] {
            assert_eq!(padded_length(time), length, "{time}");
        }
    }

    #[test]
    fn a_transform_there_and_back_is_the_length_times_the_series() {
        for time in [1, 2, 3, 4, 6, 9, 16, 40, 65, 128, 129, 513, 700, 2000] {
            let fourier = Fourier::new(time);
            let n = fourier.length();
            let number = |i: usize| {
                let mut numbers = Numbers::ZERO;
                for lane in 0..LANES {
                    numbers.re[lane] = ((i * 37 + lane * 11) % 101) as f32 / 50.0 - 1.0;
                    numbers.im[lane] = ((i * 53 + lane * 7) % 89) as f32 / 44.0 - 1.0;
                }
                numbers
            };
            let before: Vec<Numbers> = (0..n).map(number).collect();
            let mut x = before.clone();
            fourier.forth(&mut x);
            let total: f32 = before.iter().map(|x| x.re[3]).sum();
            assert!((x[0].re[3] - total).abs() < 1e-3, "{time}");
            fourier.back(&mut x);
            for (x, y) in x.iter().zip(&before) {
                let near = |a: f32, b: f32| (a / n as f32 - b).abs() < 2e-6;
                assert!(
                    (0..LANES)
                        .all(|lane| near(x.re[lane], y.re[lane]) && near(x.im[lane], y.im[lane])),
                    "{time}"
                );
            }
        }
    }
}
