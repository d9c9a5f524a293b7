//! Every fused operation against its plain twin, value and gradient; finite differences; threads;
//! hooks.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]

mod attention;
mod causal;
mod common;
mod convolution;
mod differences;
mod embedding;
mod gated;
mod hooks;
mod linear;
mod loss;
mod norm;
mod positions;
mod scan;
mod threads;
