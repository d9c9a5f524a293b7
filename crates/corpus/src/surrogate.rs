//! Sequences that keep some statistics of a real one and lose all others.

mod alphabet;
mod chain;
mod contexts;
mod klet;
mod resample;
mod strand;
mod tree;

pub use self::klet::{klet_shuffle, klet_shuffle_dna};
pub use self::resample::{markov_resample, markov_resample_dna};
pub use self::strand::{complement, reverse, reverse_complement, reverse_complement_bytes};
