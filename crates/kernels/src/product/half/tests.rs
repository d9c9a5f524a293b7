//! The CPU's way against plain loops: packing and blocks.

use std::ops::Range;

use super::left::Left;
use super::pair::{Pair, halves};
use super::pairs::{Destination, Pairs, run};
use super::right::{self, Panel, panels};
use super::*;

/// Plain loops.
#[derive(Debug, Clone, Copy)]
struct Portable;

impl Pairs for Portable {
    fn pack_left(self, view: Matrix<'_>, depth: Range<usize>, down: bool, to: &mut [Pair]) {
        portable::pack_left(view, depth, down, to);
    }

    fn pack_right(self, view: Matrix<'_>, depth: Range<usize>, width: usize, to: &mut [Pair]) {
        portable::pack_right(view, depth, width, to);
    }

    unsafe fn multiply(self, left: &Left, row: usize, panel: &Panel<'_>, to: Destination) {
        for i in 0..to.rows {
            let mut sums = [0f32; 64];
            let sums = &mut sums[..panel.width];
            let left = left.data[left.start(row + i)..].iter().step_by(left.step);
            for (&left, right) in left.zip(panel.data.chunks_exact(panel.width)) {
                let (low, high) = halves(left);
                for (sum, &right) in sums.iter_mut().zip(right) {
                    let (right_low, right_high) = halves(right);
                    *sum += high * right_high;
                    *sum += low * right_low;
                }
            }
            for (j, sum) in sums.iter().enumerate().take(to.columns) {
                // SAFETY: inside the block, as promised by the caller.
                unsafe {
                    let at = to.start.add(i * to.row_stride + j);
                    at.write(if to.add { *at + sum } else { *sum });
                }
            }
        }
    }
}

fn numbers(count: usize) -> Vec<f32> {
    let number = |i: u32| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0;
    (0..count as u32).map(number).collect()
}

/// `rows × columns` in both orders, with room between the lines.
fn views(data: &[f32], rows: usize, columns: usize) -> [Matrix<'_>; 2] {
    [
        Matrix::strided(data, rows, columns, columns + 3),
        Matrix::strided(data, columns, rows, rows + 2).transposed(),
    ]
}

/// What this CPU has for pairs; on one that has nothing there is nothing to compare.
#[cfg(target_arch = "x86_64")]
fn this_cpu() -> Option<impl Pairs> {
    avx512::Avx512::detect()
}

#[cfg(not(target_arch = "x86_64"))]
fn this_cpu() -> Option<impl Pairs> {
    None::<Portable>
}

#[test]
fn this_cpu_packs_as_the_portable_loops() {
    let Some(cpu) = this_cpu() else { return };
    let data = numbers(150 * 300);
    for (rows, columns) in [(1, 1), (5, 33), (96, 64), (64, 97), (70, 200), (13, 31)] {
        for view in views(&data, rows, columns) {
            for depth in [0..columns, 0..columns.min(30), columns / 2..columns] {
                let (mut ours, mut slow) = (Left::default(), Left::default());
                ours.pack(cpu, view, depth.clone());
                slow.pack(Portable, view, depth.clone());
                assert_eq!(ours.data, slow.data, "left {rows} x {columns}, {depth:?}");
                let (mut ours, mut slow) = (Vec::new(), Vec::new());
                let view = view.transposed();
                right::pack(cpu, view, depth.clone(), &mut ours);
                right::pack(Portable, view, depth.clone(), &mut slow);
                assert_eq!(ours, slow, "right {rows} x {columns}, {depth:?}");
            }
        }
    }
}

#[test]
fn this_cpu_multiplies_as_the_portable_loops_and_touches_nothing_else() {
    let Some(cpu) = this_cpu() else { return };
    let (data, other) = (numbers(40 * 120), numbers(90 * 140));
    for (rows, columns, depth) in [
        (6, 64, 74),
        (5, 33, 9),
        (1, 1, 1),
        (12, 32, 61),
        (30, 70, 80),
    ] {
        for a in views(&data, rows, depth) {
            for b in views(&other, depth, columns) {
                for add in [false, true] {
                    let mut ours = vec![0.5f32; rows * 90];
                    let mut slow = ours.clone();
                    multiply(cpu, &mut ours, a, b, add);
                    multiply(Portable, &mut slow, a, b, add);
                    assert_equal_inside(&ours, &slow, columns);
                }
            }
        }
    }
}

#[test]
fn rounding_beforehand_multiplies_as_the_portable_loops_and_touches_nothing_else() {
    let (data, other) = (numbers(40 * 120), numbers(90 * 140));
    for (rows, columns, depth) in [(6, 64, 74), (5, 33, 9), (1, 1, 1), (30, 70, 80)] {
        for a in views(&data, rows, depth) {
            for b in views(&other, depth, columns) {
                for update in [Update::Overwrite, Update::Add] {
                    let mut slow = vec![0.5f32; rows * 90];
                    multiply(Portable, &mut slow, a, b, update == Update::Add);
                    let mut ours = vec![0.5f32; rows * 90];
                    // SAFETY: the block is inside the array, which is initialised.
                    unsafe { rounded::block(ours.as_mut_ptr(), 90, a, b, update) };
                    assert_equal_inside(&ours, &slow, columns);
                }
            }
        }
    }
}

/// Two products with rows 90 apart in what was 0.5 everywhere.
fn assert_equal_inside(ours: &[f32], slow: &[f32], columns: usize) {
    for (at, (ours, slow)) in ours.iter().zip(slow).enumerate() {
        assert!((ours - slow).abs() <= 1e-4, "{at}: {ours} {slow}");
        assert!(at % 90 < columns || *ours == 0.5, "{at} was touched");
    }
}

/// One depth of a product with rows 90 apart.
fn multiply(cpu: impl Pairs, c: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, add: bool) {
    let (mut left, mut right) = (Left::default(), Vec::new());
    left.pack(cpu, a, 0..a.columns);
    right::pack(cpu, b, 0..a.columns, &mut right);
    for panel in panels(b.columns, a.columns, &right) {
        for row in (0..a.rows).step_by(panel.block_rows()) {
            let to = Destination {
                start: c[row * 90 + panel.from..].as_mut_ptr(),
                row_stride: 90,
                rows: panel.block_rows().min(a.rows - row),
                columns: panel.columns,
                add,
            };
            // SAFETY: the block is inside the array, which is initialised.
            unsafe { run(cpu, &left, row, &panel, to) };
        }
    }
}
