//! Loops over row-major slices: vectorised at run time for the CPU at hand, threaded over independent outputs.
//!
//! Blocks are fixed by the shape, never by the number of threads, so that results do not depend on it.

pub(crate) mod affine;
pub(crate) mod attention;
pub(crate) mod buffer;
pub(crate) mod elementwise;
pub(crate) mod loss;
pub(crate) mod math;
pub(crate) mod norm;
pub mod product;
pub(crate) mod scatter;
pub(crate) mod simd;
