//! This CPU against the portable loops: packing and blocks.

use super::*;

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

#[test]
fn this_cpu_packs_as_the_portable_loops() {
    let data = numbers(150 * 300);
    for (rows, columns) in [(1, 1), (5, 33), (96, 64), (64, 97), (70, 200), (13, 31)] {
        for view in views(&data, rows, columns) {
            for depth in [0..columns, 0..columns.min(30), columns / 2..columns] {
                let (mut ours, mut slow) = (Left::default(), Left::default());
                ours.pack(Cpu::this(), view, depth.clone());
                slow.pack(Cpu::Portable, view, depth.clone());
                assert_eq!(ours.data, slow.data, "left {rows} x {columns}, {depth:?}");
                let (mut ours, mut slow) = (Vec::new(), Vec::new());
                let view = view.transposed();
                right::pack(Cpu::this(), view, depth.clone(), &mut ours);
                right::pack(Cpu::Portable, view, depth.clone(), &mut slow);
                assert_eq!(ours, slow, "right {rows} x {columns}, {depth:?}");
            }
        }
    }
}

#[test]
fn this_cpu_multiplies_as_the_portable_loops_and_touches_nothing_else() {
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
                    let [ours, slow] = [Cpu::this(), Cpu::Portable].map(|cpu| {
                        let mut c = vec![0.5f32; rows * 90];
                        multiply(cpu, &mut c, a, b, add);
                        c
                    });
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
                    multiply(Cpu::Portable, &mut slow, a, b, update == Update::Add);
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
fn multiply(cpu: Cpu, c: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, add: bool) {
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
            unsafe { cpu.run(&left, row, &panel, to) };
        }
    }
}
