//! Tiles with the instructions for them, of Intel's AMX.
//!
//! The instructions are written out, as their intrinsics are not stable. No compiler keeps anything
//! in a tile unless it is asked for AMX, so what one instruction leaves there the next one finds.

use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
use std::marker::PhantomData;
use std::ops::Range;

use super::avx512::Avx512;
use super::pack_tiles;
use super::tiles::{Lines, SIDE, Tile, Tiles};
use crate::product::Matrix;

/// Proof that the CPU has the instructions and the operating system lets this process use them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amx(Avx512);

impl Amx {
    /// Asks the CPU and, where that can, the operating system for the process's permission.
    pub(super) fn detect() -> Option<Self> {
        let packs = Avx512::detect()?;
        (has_instructions() && keeps_state() && is_permitted()).then_some(Self(packs))
    }

    /// What packs without tiles of its own.
    pub(super) fn packs(self) -> Avx512 {
        self.0
    }

    /// Eight tiles of 16 lines of 64 bytes, on this thread until the result is dropped.
    pub(super) fn configured(self) -> Configured {
        let shape = Shape {
            palette: 1,
            first_line: 0,
            unused: [0; 14],
            line_bytes: std::array::from_fn(|tile| if tile < TILES { 64 } else { 0 }),
            lines: std::array::from_fn(|tile| if tile < TILES { SIDE as u8 } else { 0 }),
        };
        // SAFETY: the CPU has the instruction, the process may use it, and the shape is one that it
        // has.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const shape, options(nostack, readonly)) };
        Configured {
            packs: self.0,
            thread: PhantomData,
        }
    }
}

const TILES: usize = 8;

/// What `ldtilecfg` reads.
#[repr(C, align(64))]
struct Shape {
    palette: u8,
    first_line: u8,
    unused: [u8; 14],
    line_bytes: [u16; 16],
    lines: [u8; 16],
}

/// `amx-bf16` and `amx-tile`.
fn has_instructions() -> bool {
    const LEAF: u32 = 7;
    let both = (1 << 22) | (1 << 24);
    __cpuid(0).eax >= LEAF && __cpuid_count(LEAF, 0).edx & both == both
}

/// Whether the operating system saves the tiles and their shape when it turns to another thread.
fn keeps_state() -> bool {
    let both = (1 << 17) | (1 << 18);
    let can_tell = __cpuid(1).ecx & (1 << 27) != 0 && std::arch::is_x86_feature_detected!("xsave");
    // SAFETY: the CPU has the instruction, and the operating system has turned it on.
    can_tell && unsafe { _xgetbv(0) } & both == both
}

/// Linux gives a process the memory that tiles are saved to when it asks for it, and all its
/// threads with it.
fn is_permitted() -> bool {
    const REQUEST_PERMISSION: libc::c_long = 0x1023;
    const TILE_DATA: libc::c_long = 18;
    // SAFETY: the call touches no memory of ours.
    let answer = unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) };
    answer == 0
}

/// Tiles of this thread, which has shaped them.
#[derive(Debug)]
pub(super) struct Configured {
    packs: Avx512,
    /// Tiles are a thread's own.
    thread: PhantomData<*mut ()>,
}

impl Drop for Configured {
    fn drop(&mut self) {
        // SAFETY: the CPU has the instruction. Tiles in their first state need not be saved.
        unsafe { asm!("tilerelease", options(nomem, nostack, preserves_flags)) };
    }
}

impl Tiles for Configured {
    fn pack(&self, view: Matrix<'_>, depth: Range<usize>, lines: Lines, to: &mut [Tile]) {
        pack_tiles::pack(self.packs, view, depth, lines, to);
    }

    #[inline(always)]
    fn zero<const T: usize>(&mut self) {
        // SAFETY: the tiles are shaped.
        unsafe { asm!("tilezero tmm{t}", t = const T, options(nomem, nostack, preserves_flags)) };
    }

    #[inline(always)]
    fn load<const T: usize>(&mut self, from: &Tile) {
        // SAFETY: a tile has as many lines, one behind the other.
        unsafe { load::<T>(std::ptr::from_ref(from).cast(), size_of::<Tile>() / SIDE) };
    }

    #[inline(always)]
    unsafe fn load_sums<const T: usize>(&mut self, from: *const f32, row_stride: usize) {
        // SAFETY: as promised by the caller.
        unsafe { load::<T>(from.cast(), row_stride * size_of::<f32>()) };
    }

    #[inline(always)]
    unsafe fn store_sums<const T: usize>(&self, to: *mut f32, row_stride: usize) {
        // SAFETY: as promised by the caller; the tiles are shaped.
        unsafe {
            asm!(
                "tilestored [{to} + {stride}*1], tmm{t}",
                to = in(reg) to,
                stride = in(reg) row_stride * size_of::<f32>(),
                t = const T,
                options(nostack, preserves_flags),
            );
        }
    }

    #[inline(always)]
    fn multiply<const S: usize, const L: usize, const R: usize>(&mut self) {
        // SAFETY: the tiles are shaped, and as the instruction wants them.
        unsafe {
            asm!(
                "tdpbf16ps tmm{s}, tmm{l}, tmm{r}",
                s = const S,
                l = const L,
                r = const R,
                options(nomem, nostack, preserves_flags),
            );
        }
    }

    #[inline(always)]
    fn expect(&self, at: *const f32) {
        // SAFETY: the CPU has the instruction, which does nothing where there is no memory.
        unsafe {
            asm!(
                "prefetchw [{at}]",
                at = in(reg) at,
                options(nostack, readonly, preserves_flags),
            );
        }
    }
}

/// Tile `T` = 16 lines of 64 bytes that start every `stride` bytes.
///
/// # Safety
/// They are initialised and nobody writes them; the tiles are shaped.
#[inline(always)]
unsafe fn load<const T: usize>(from: *const u8, stride: usize) {
    // SAFETY: as promised by the caller.
    unsafe {
        asm!(
            "tileloadd tmm{t}, [{from} + {stride}*1]",
            t = const T,
            from = in(reg) from,
            stride = in(reg) stride,
            options(nostack, readonly, preserves_flags),
        );
    }
}
