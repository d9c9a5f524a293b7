//! The examples of the crates' README files, in a project that only depends on them.
//! `cargo test --doc` runs them.

#[doc = include_str!("../../../crates/alignment/README.md")]
pub mod alignment {}
#[doc = include_str!("../../../crates/corpus/README.md")]
pub mod corpus {}
#[doc = include_str!("../../../crates/divergence/README.md")]
pub mod divergence {}
#[doc = include_str!("../../../crates/hub/README.md")]
pub mod hub {}
#[doc = include_str!("../../../crates/input/README.md")]
pub mod input {}
#[doc = include_str!("../../../crates/kernels/README.md")]
pub mod kernels {}
#[doc = include_str!("../../../crates/probe/README.md")]
pub mod probe {}
#[doc = include_str!("../../../crates/reference/README.md")]
pub mod reference {}
#[doc = include_str!("../../../crates/report/README.md")]
pub mod report {}
#[doc = include_str!("../../../crates/source/README.md")]
pub mod source {}
#[doc = include_str!("../../../crates/stats/README.md")]
pub mod stats {}
#[doc = include_str!("../../../crates/tokenize/README.md")]
pub mod tokenize {}
#[doc = include_str!("../../../crates/task/README.md")]
pub mod task {}
#[doc = include_str!("../../../crates/variant/README.md")]
pub mod variant {}
#[doc = include_str!("../../../crates/transfer/README.md")]
pub mod transfer {}

// With feature `tensors`.
#[cfg(feature = "tensors")]
#[doc = include_str!("../../../crates/bert/README.md")]
pub mod bert {}
#[cfg(feature = "tensors")]
#[doc = include_str!("../../../crates/ensemble/README.md")]
pub mod ensemble {}
#[cfg(feature = "tensors")]
#[doc = include_str!("../../../crates/fisher/README.md")]
pub mod fisher {}
#[cfg(feature = "tensors")]
#[doc = include_str!("../../../crates/layers/README.md")]
pub mod layers {}
#[cfg(feature = "tensors")]
#[doc = include_str!("../../../crates/lm/README.md")]
pub mod lm {}
#[cfg(feature = "tensors")]
#[doc = include_str!("../../../crates/measure/README.md")]
pub mod measure {}
#[cfg(feature = "tensors")]
#[doc = include_str!("../../../crates/study/README.md")]
pub mod study {}
#[cfg(feature = "tensors")]
#[doc = include_str!("../../../crates/zoo/README.md")]
pub mod zoo {}
#[cfg(feature = "tensors")]
#[doc = include_str!("../../../crates/finetune/README.md")]
pub mod finetune {}
