//! Tiles against their definition, and the loops over them against plain ones.

use proptest::prelude::*;

use super::super::pair::{halves, pair};
use super::super::portable;
use super::*;

/// The instructions as their manual has them, number by number; packing as this CPU or plain loops
/// do it.
struct Emulated {
    tiles: [[[u32; SIDE]; SIDE]; 8],
    portable: bool,
}

impl Emulated {
    /// What tiles hold before a product is of no account.
    fn new(portable: bool) -> Self {
        let tiles = [[[0x7fc0_0000; SIDE]; SIDE]; 8];
        Self { tiles, portable }
    }
}

impl Tiles for Emulated {
    fn pack(&self, view: Matrix<'_>, depth: Range<usize>, lines: Lines, to: &mut [Tile]) {
        #[cfg(target_arch = "x86_64")]
        if let (false, Some(cpu)) = (self.portable, super::super::avx512::Avx512::detect()) {
            return super::super::pack_tiles::pack(cpu, view, depth, lines, to);
        }
        portable::pack_tiles(view, depth, lines, to);
    }

    fn zero<const T: usize>(&mut self) {
        self.tiles[T] = [[0; SIDE]; SIDE];
    }

    fn load<const T: usize>(&mut self, from: &Tile) {
        self.tiles[T] = from.0;
    }

    unsafe fn load_sums<const T: usize>(&mut self, from: *const f32, row_stride: usize) {
        for (i, line) in self.tiles[T].iter_mut().enumerate() {
            for (j, word) in line.iter_mut().enumerate() {
                // SAFETY: as promised by the caller.
                *word = unsafe { *from.add(i * row_stride + j) }.to_bits();
            }
        }
    }

    unsafe fn store_sums<const T: usize>(&self, to: *mut f32, row_stride: usize) {
        for (i, line) in self.tiles[T].iter().enumerate() {
            for (j, word) in line.iter().enumerate() {
                // SAFETY: as promised by the caller.
                unsafe { *to.add(i * row_stride + j) = f32::from_bits(*word) };
            }
        }
    }

    fn multiply<const S: usize, const L: usize, const R: usize>(&mut self) {
        for i in 0..SIDE {
            for j in 0..SIDE {
                let (mut even, mut odd) = (0.0, 0.0);
                for k in 0..SIDE {
                    let [left, right] = [self.tiles[L][i][k], self.tiles[R][k][j]].map(halves);
                    even = fused(left.0, right.0, even);
                    odd = fused(left.1, right.1, odd);
                }
                let sum = f32::from_bits(self.tiles[S][i][j]);
                let sum = normal(normal(sum) + normal(even + odd));
                self.tiles[S][i][j] = sum.to_bits();
            }
        }
    }

    fn expect(&self, _at: *const f32) {}
}

/// 0, of its sign, for a number below 2⁻¹²⁶.
fn normal(x: f32) -> f32 {
    if x.is_subnormal() {
        0f32.copysign(x)
    } else {
        x
    }
}

fn fused(a: f32, b: f32, c: f32) -> f32 {
    normal(normal(a).mul_add(normal(b), c))
}

fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let number = |i: u32| {
        let bits = (i ^ seed.wrapping_mul(0x9e37_79b9)).wrapping_mul(2_654_435_761);
        (bits.wrapping_mul(bits | 1) >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count as u32).map(number).collect()
}

/// `rows × columns` in both orders and in none, with room between the lines.
fn views(data: &[f32], rows: usize, columns: usize) -> [Matrix<'_>; 3] {
    let along = Matrix::strided(data, rows, columns, columns + 3);
    let across = Matrix::strided(data, columns, rows, rows + 2).transposed();
    let sparse = Matrix {
        columns,
        column_stride: 2,
        ..Matrix::strided(data, rows, 2 * columns, 2 * columns + 1)
    };
    [along, across, sparse]
}

fn at(view: Matrix<'_>, row: usize, column: usize) -> f32 {
    view.data[row * view.row_stride + column * view.column_stride]
}

/// Small, so that small products have several blocks of everything.
const SMALL: Sizes = Sizes {
    rows: SIDE,
    columns: 2 * SIDE,
    depth: DEEP,
};

/// A destination with room behind its rows, full of 0.5.
struct Target {
    c: Vec<f32>,
    row_stride: usize,
}

impl Target {
    fn new(rows: usize, columns: usize) -> Self {
        let row_stride = columns + 5;
        Self {
            c: vec![0.5; rows * row_stride],
            row_stride,
        }
    }

    fn multiply(
        mut self,
        cpu: &mut impl Tiles,
        sizes: Sizes,
        a: Matrix<'_>,
        b: Matrix<'_>,
        update: Update,
    ) -> Self {
        // SAFETY: the array has the rows, and is initialised.
        unsafe {
            block(
                cpu,
                sizes,
                self.c.as_mut_ptr(),
                self.row_stride,
                [a, b],
                Before::Neither,
                update,
            )
        };
        self
    }

    /// Asserts the sums of products of rounded factors, each within what its additions may lose,
    /// and that nothing else was written.
    fn assert(&self, a: Matrix<'_>, b: Matrix<'_>, update: Update) {
        let rounded = |x| f64::from(halves(pair(x, 0.0)).0);
        for (place, &found) in self.c.iter().enumerate() {
            let (i, j) = (place / self.row_stride, place % self.row_stride);
            if j >= b.columns {
                assert_eq!(found, 0.5, "{i}, {j} was touched");
                continue;
            }
            let before = if update == Update::Add { 0.5 } else { 0.0 };
            let (mut sum, mut size) = (before, before);
            for k in 0..a.columns {
                let term = rounded(at(a, i, k)) * rounded(at(b, k, j));
                (sum, size) = (sum + term, size + term.abs());
            }
            let most = size * (a.columns + 2) as f64 * f64::from(f32::EPSILON) / 2.0;
            let apart = (f64::from(found) - sum).abs();
            assert!(apart <= most, "{i}, {j}: {found}, not {sum}");
        }
    }
}

const UPDATES: [Update; 2] = [Update::Overwrite, Update::Add];

#[test]
fn every_remainder_is_multiplied_and_nothing_else_is_touched() {
    let (data, other) = (numbers(120_000, 1), numbers(120_000, 2));
    let sizes = (1..=2 * SIDE + 1)
        .flat_map(|n| [[n, 5, 9], [5, n, 40], [20, 40, n], [n, n, 2 * n]])
        .chain([[65, 97, 131], [1, 1, 300], [130, 3, 64]]);
    for [rows, columns, depth] in sizes {
        for (number, update) in UPDATES.into_iter().enumerate() {
            let a = views(&data, rows, depth)[(rows + number) % 3];
            let b = views(&other, depth, columns)[(columns + depth) % 3];
            for portable in [false, true] {
                let mut cpu = Emulated::new(portable);
                let target = Target::new(rows, columns).multiply(&mut cpu, SMALL, a, b, update);
                target.assert(a, b, update);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whatever is packed at once, and wherever a part of the destination begins.
    #[test]
    fn no_bit_depends_on_pieces_or_parts(
        rows in 1usize..80, columns in 1usize..80, depth in 1usize..120, kinds in (0usize..3, 0usize..3),
        cut in (0usize..80, 0usize..80), seed in any::<u32>(), add in any::<bool>(),
    ) {
        let (data, other) = (numbers(40_000, seed), numbers(40_000, seed ^ 1));
        let (a, b) = (views(&data, rows, depth)[kinds.0], views(&other, depth, columns)[kinds.1]);
        let update = UPDATES[usize::from(add)];
        let mut cpu = Emulated::new(false);
        let whole = Target::new(rows, columns).multiply(&mut cpu, SIZES, a, b, update);
        whole.assert(a, b, update);
        let blocks = Target::new(rows, columns).multiply(&mut cpu, SMALL, a, b, update);
        prop_assert_eq!(&whole.c, &blocks.c);
        let mut parts = Target::new(rows, columns);
        let (down, along) = (cut.0 % rows, cut.1 % columns);
        for down in [0..down, down..rows] {
            for along in [0..along, along..columns] {
                let (a, b) = (a.rows(down.clone()), b.columns(along.clone()));
                let start = down.start * parts.row_stride + along.start;
                // SAFETY: a part of the array, which is initialised.
                unsafe {
                    let start = parts.c.as_mut_ptr().add(start);
                    block(
                        &mut cpu, SIZES, start, parts.row_stride, [a, b], Before::Neither, update,
                    );
                }
            }
        }
        prop_assert_eq!(&whole.c, &parts.c);
    }

    /// Nor on which factor is packed beforehand, nor on how much is packed at once then.
    #[test]
    fn no_bit_depends_on_what_is_packed_beforehand(
        rows in 1usize..80, columns in 1usize..80, depth in 1usize..120, kinds in (0usize..3, 0usize..3),
        seed in any::<u32>(), add in any::<bool>(),
    ) {
        let (data, other) = (numbers(40_000, seed), numbers(40_000, seed ^ 1));
        let (a, b) = (views(&data, rows, depth)[kinds.0], views(&other, depth, columns)[kinds.1]);
        let update = UPDATES[usize::from(add)];
        let mut cpu = Emulated::new(false);
        let neither = Target::new(rows, columns).multiply(&mut cpu, SIZES, a, b, update);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        packed(&cpu, a, 0..depth, Lines::Rows, &mut left);
        packed(&cpu, b.transposed(), 0..depth, Lines::Pairs, &mut right);
        for sizes in [SIZES, SMALL] {
            for before in [Before::Left(&left), Before::Right(&right)] {
                let mut found = Target::new(rows, columns);
                let (start, row_stride) = (found.c.as_mut_ptr(), found.row_stride);
                // SAFETY: the array has the rows, and is initialised.
                unsafe { block(&mut cpu, sizes, start, row_stride, [a, b], before, update) };
                prop_assert_eq!(&neither.c, &found.c);
            }
        }
    }
}

#[test]
fn this_cpu_packs_tiles_as_the_portable_loops() {
    let data = numbers(120_000, 3);
    let (ours, slow) = (Emulated::new(false), Emulated::new(true));
    for (rows, columns) in [(1, 1), (5, 33), (96, 64), (16, 32), (70, 200), (33, 31)] {
        for view in views(&data, rows, columns) {
            for depth in [0..columns, 0..columns.min(30), columns / 2..columns] {
                for lines in [Lines::Rows, Lines::Pairs] {
                    let (mut one, mut other) = (Vec::new(), Vec::new());
                    let one = packed(&ours, view, depth.clone(), lines, &mut one);
                    let other = packed(&slow, view, depth.clone(), lines, &mut other);
                    assert_eq!(
                        one.tiles, other.tiles,
                        "{rows} x {columns}, {depth:?}, {lines:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn numbers_that_are_not_normal_count_as_zero_and_others_are_not_lost() {
    let tiny = f32::MIN_POSITIVE;
    let a = [tiny / 2.0, 1.0, tiny, f32::INFINITY, f32::NAN, -tiny];
    let b = [1.0; 6];
    let cases = (0..6).map(|from| (Matrix::row_major(&a[from..=from], 1, 1), from));
    let found: Vec<f32> = cases
        .map(|(a, from)| {
            let b = Matrix::row_major(&b[from..=from], 1, 1);
            let mut cpu = Emulated::new(false);
            Target::new(1, 1)
                .multiply(&mut cpu, SIZES, a, b, Update::Overwrite)
                .c[0]
        })
        .collect();
    assert_eq!(found[..4], [0.0, 1.0, tiny, f32::INFINITY]);
    assert!(found[4].is_nan());
    assert_eq!(found[5], -tiny);
}

/// The real tiles, where there are any; where there are none the tests above hold the loops over
/// emulated ones.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[test]
#[allow(clippy::print_stderr, reason = "says what could not be tested")]
fn this_cpus_tiles_have_the_bits_of_the_manual() {
    let Some(amx) = super::super::amx::Amx::detect() else {
        return eprintln!("not tested: this CPU, or its operating system, offers no tiles");
    };
    let scale = |x: &mut f32| *x *= 2f32.powi((x.to_bits() % 60) as i32 - 80);
    for (seed, [rows, columns, depth]) in (1..).zip([
        [16, 16, 32],
        [32, 32, 64],
        [1, 1, 1],
        [97, 193, 1030],
        [300, 1100, 70],
        [33, 70, 513],
    ]) {
        let (mut data, other) = (numbers(900_000, seed), numbers(900_000, 100 + seed));
        if seed % 2 == 0 {
            data.iter_mut().for_each(scale);
        }
        for a in views(&data, rows, depth) {
            for b in views(&other, depth, columns) {
                for update in UPDATES {
                    let mut slow = Emulated::new(true);
                    let slow = Target::new(rows, columns).multiply(&mut slow, SIZES, a, b, update);
                    let mut ours = amx.configured();
                    let ours = Target::new(rows, columns).multiply(&mut ours, SIZES, a, b, update);
                    let bits = |target: Target| -> Vec<u32> {
                        target.c.iter().map(|x| x.to_bits()).collect()
                    };
                    assert_eq!(bits(ours), bits(slow), "{rows} x {columns} x {depth}");
                }
            }
        }
    }
}
