//! Differentiable operations of sequence models: how fast can they be, forward and backward?
//!
//! Each operation is a function over burn tensors. On the `flex` backend (the CPU) it runs as one
//! fused pass with a hand-written backward; on every other backend as its [`plain`] twin. Values
//! and gradients are the same within rounding, and the same to the bit for any number of threads.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use dissensus_layers::linear;
//!
//! let device = Device::flex().autodiff();
//! let x = Tensor::<2>::from_data([[1.0, 2.0], [3.0, 4.0]], &device);
//! let weight = Tensor::<2>::from_data([[1.0], [1.0]], &device).require_grad();
//! let bias = Tensor::<1>::zeros([1], &device);
//! let gradients = linear(x, weight.clone(), bias, None).sum().backward();
//! let gradient = weight.grad(&gradients).unwrap().into_data();
//! assert_eq!(gradient.try_to_vec::<f32>().unwrap(), [4.0, 6.0]); // column sums of x
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`linear`], [`linear_gelu`], [`linear_without_bias`], [`decoder`], [`gelu`] | `x·W + b`, with GELU, without `b`; `x·Eᵀ + b` over a tied table |
//! | [`gated()`], [`Gate`] | gated units with GELU or SiLU |
//! | [`qkv`], [`attention`] | three projections in one pass; heads, key mask, dropout, recomputed probabilities |
//! | [`attention_with_distances`], [`Distances`] | attention whose scores fall with distance (ALiBi) |
//! | [`causal_attention`], [`Causal`] | attention that sees no later position, in a window or not, with shared keys |
//! | [`long_convolution`] | the operator of Hyena: as many taps as positions, between two gates |
//! | [`gelu_tanh`], [`sine`] | the approximation of GELU; sines with a frequency a column |
//! | [`rotary()`], [`Rotation`], [`Angles`] | rotary positions |
//! | [`short_convolution`], [`Taps`] | a few taps a channel, in either direction |
//! | [`selective_scan`], [`Selection`], [`Direction`] | the scan of state-space models, in either direction |
//! | [`softplus`], [`silu`], [`silu_gate`] | functions of one element, and a gate of two tensors |
//! | [`rms_norm`] | a norm without a mean |
//! | [`layer_norm`], [`residual_layer_norm`], [`residual_sum`] | with dropout and residual in the same pass, and that sum alone |
//! | [`embedding`], [`gather_rows`] | sums of table look-ups; rows by index |
//! | [`cross_entropy`] | negative log-likelihood per row |
//! | [`dropout()`], [`Dropout`] | a counter-based mask, the same everywhere |
//! | [`Hook`], [`Hooked`], [`Seen`], [`Rows`] | an observer sees inputs and output gradients during the backward pass |
//! | [`global_norm`], [`clip_factor`], [`AdamW`], [`Parameter`] | clipping and the optimiser's step over slices, in one pass |
//! | [`Muon`], [`MatrixParameter`], [`orthogonalized`] | the step of a matrix along every direction alike |
//! | [`Mode`], [`product::Precision`] | observer and precision of an operation: single, or factors of products rounded to bf16 |
//! | [`is_fused`] | whether a device runs the fused passes |
//! | [`mod@product`] | the matrix products beneath, on slices: for observers that form their own |
//! | [`plain`] | every operation with burn's own, the twin of the tests |
//!
//! What it does not do: no parameters, no initialisation, no model (that is `dissensus-bert`); no
//! second derivatives.
//!
//! References: Devlin et al. 2019 (BERT); Dao et al. 2022 (attention with recomputed
//! probabilities); Hendrycks and Gimpel 2016 (GELU); Ba, Kiros, Hinton 2016 (layer norm);
//! Srivastava et al. 2014 (dropout); Su et al. 2021 (rotary positions); Press, Smith, Lewis 2022
//! (ALiBi); Shazeer 2020 (gated units); Poli et al. 2023 (Hyena).

mod activation;
mod attention;
mod causal_attention;
mod convolution;
mod dropout;
mod embedding;
mod fused;
mod gated;
mod hook;
mod linear;
mod loss;
mod mode;
mod muon;
mod norm;
pub mod plain;
mod rms;
mod rotary;
mod scan;
mod silu;

pub use activation::{gelu_tanh, sine};
pub use attention::{Distances, attention, attention_with_distances};
pub use causal_attention::{Causal, causal_attention};
pub use convolution::{Taps, long_convolution, short_convolution};
pub use dissensus_kernels::adamw::{AdamW, Parameter, clip_factor, global_norm};
pub use dissensus_kernels::product;
pub use dropout::{Dropout, dropout};
pub use embedding::{Lookup, embedding, gather_rows};
pub use fused::{beside, is_fused};
pub use gated::{Gate, gated};
pub use hook::{Hook, Hooked, Rows, Seen, WeightLayout};
pub use linear::{Affine, decoder, gelu, linear, linear_gelu, linear_without_bias, qkv};
pub use loss::cross_entropy;
pub use mode::Mode;
pub use muon::{MatrixParameter, Muon, orthogonalized};
pub use norm::{Norm, layer_norm, residual_layer_norm, residual_sum};
pub use rms::rms_norm;
pub use rotary::{Angles, Rotation, rotary};
pub use scan::{Direction, Selection, selective_scan};
pub use silu::{silu, silu_gate, softplus};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
