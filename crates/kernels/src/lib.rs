//! Loops over slices, vectorised at run time for the CPU at hand: how fast can the arithmetic of a
//! model and of its measures be, on slices, without a tensor library?
//!
//! Slices go in, slices and vectors come out. Blocks are fixed by the shape, never by the number of
//! threads, so results have the same bits on any number of them. This is the only crate of the
//! workspace with `unsafe` code.
//!
//! ```
//! # #[cfg(feature = "training")] {
//! use dissensus_kernels::product::{Matrix, Threads, product};
//! let a = Matrix::row_major(&[1.0, 2.0, 3.0, 4.0], 2, 2);
//! assert_eq!(product(a, a.transposed(), Threads::All), [5.0, 11.0, 11.0, 25.0]);
//! # }
//! ```
//!
//! | module | holds | feature |
//! |---|---|---|
//! | [`simd`] | the run-time choice of instruction set | `simd` |
//! | [`sums`] | sums and maxima side by side in lanes, in a fixed order | `simd` |
//! | [`math`] | exponentials, logarithms, the normal distribution, without branches | `simd` |
//! | [`few_outputs`] | products of many rows with a few outputs, in double precision | `simd` |
//! | [`compact`] | keeping some elements of a slice | `simd` |
//! | [`mod@product`] | matrix products of strided views, single precision or factors rounded to bf16 | `training` |
//! | [`affine`] | `x·W + b`, with GELU | `training` |
//! | [`attention`] | multi-head attention, forward and backward | `training` |
//! | [`mod@gated`], [`rotary`] | gated units; rotary positions | `training` |
//! | [`causal_attention`] | attention that looks back, with shared keys | `training` |
//! | [`convolution`] | causal convolutions, of a few taps and of as many as positions | `training` |
//! | [`scan`] | the selective scan of state-space models, forward and backward | `training` |
//! | [`norm`], [`rms`], [`loss`], [`elementwise`], [`activation`], [`scatter`] | layer norm, RMS norm, cross-entropy, softplus, SiLU, GELU and dropout, rows of tables | `training` |
//! | [`dropout`] | a counter-based mask | `training` |
//! | [`adamw`] | the global norm and the optimiser's step | `training` |
//! | [`files`], [`checked`] | files that are whole or absent; checksums of what is read back | `files` |
//! | [`names`] | long lists in messages | – |
//! | [`non_finite`] | how numbers that are not finite are stored | `serde` |
//!
//! No feature is on by default. What it does not do: no gradients graph, no shapes beyond rows and
//! columns. Sizes that do not fit panic, as each item says, and never reach memory outside the
//! slices given.
//!
//! References: Dao et al. 2022 (attention with recomputed probabilities); Hendrycks and Gimpel 2016
//! (GELU); Ba, Kiros, Hinton 2016 (layer norm); Loshchilov and Hutter 2019 (AdamW); Gu and Dao 2023
//! (Mamba).

#[cfg(feature = "training")]
pub mod activation;
#[cfg(feature = "training")]
pub mod adamw;
#[cfg(feature = "training")]
pub mod affine;
#[cfg(feature = "training")]
pub mod attention;
#[cfg(feature = "training")]
mod buffer;
#[cfg(feature = "training")]
pub mod causal_attention;
#[cfg(feature = "files")]
pub mod checked;
#[cfg(feature = "simd")]
pub mod compact;
#[cfg(feature = "training")]
pub mod convolution;
#[cfg(feature = "training")]
pub mod dropout;
#[cfg(feature = "training")]
pub mod elementwise;
#[cfg(feature = "simd")]
pub mod few_outputs;
#[cfg(feature = "files")]
pub mod files;
#[cfg(feature = "training")]
pub mod gated;
#[cfg(feature = "training")]
pub mod loss;
#[cfg(feature = "simd")]
pub mod math;
pub mod names;
#[cfg(feature = "serde")]
pub mod non_finite;
#[cfg(feature = "training")]
pub mod norm;
#[cfg(feature = "training")]
pub mod product;
#[cfg(feature = "training")]
pub mod rms;
#[cfg(feature = "training")]
pub mod rotary;
#[cfg(feature = "training")]
pub mod scan;
#[cfg(feature = "training")]
pub mod scatter;
#[cfg(feature = "simd")]
pub mod simd;
#[cfg(feature = "simd")]
pub mod sums;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
