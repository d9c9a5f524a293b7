//! The published models against golden outputs, their files, twins, tokenizers and training.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]

/// Does Caduceus open, answer, read both strands, learn and draw as published?
mod caduceus;
/// What does HyenaDNA answer, and everything else that is asked of the masked models?
mod causal;
/// What several modules need.
mod common;
/// Where does the Fisher information of every family sit?
mod fisher;
/// Which folders open, and what is said of the others.
mod folders;
/// Do hidden states, logits and gradients have the values of the published formulas?
mod golden;
/// Does padding, the batch, the number of threads or the place of a sequence change anything?
mod invariance;
/// What does Mistral answer, and everything else that is asked of the others?
mod mistral;
/// Do the tokenizers give the published ids and bases?
mod tokenizers;
/// Does every family train, stop and resume?
mod training;
/// Are random twins drawn as the published code draws them?
mod twins;
