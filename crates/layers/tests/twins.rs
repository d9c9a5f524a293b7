//! Every fused operation against its plain twin, value and gradient; finite differences; threads; hooks.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]

#[path = "twins/attention.rs"]
mod attention;
#[path = "twins/causal.rs"]
mod causal;
#[path = "twins/common.rs"]
mod common;
#[path = "twins/convolution.rs"]
mod convolution;
#[path = "twins/differences.rs"]
mod differences;
#[path = "twins/embedding.rs"]
mod embedding;
#[path = "twins/gated.rs"]
mod gated;
#[path = "twins/hooks.rs"]
mod hooks;
#[path = "twins/linear.rs"]
mod linear;
#[path = "twins/loss.rs"]
mod loss;
#[path = "twins/norm.rs"]
mod norm;
#[path = "twins/positions.rs"]
mod positions;
#[path = "twins/scan.rs"]
mod scan;
#[path = "twins/threads.rs"]
mod threads;
