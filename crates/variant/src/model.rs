//! What a model must say so that its variants can be scored.

use std::ops::Range;

use crate::ModelError;

/// A sequence of token ids, special tokens included, with the mask token at one place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MaskedTokens {
    /// The ids as the model takes them.
    pub ids: Vec<u32>,
    /// The place that is masked.
    pub at: usize,
}

/// A model that says which token stands under a mask.
pub trait MaskedPredictor {
    /// The natural logarithms of the probabilities of all tokens at the masked place, one list per
    /// sequence.
    ///
    /// # Errors
    /// Whatever the model says.
    fn log_probabilities(&self, sequences: &[MaskedTokens]) -> Result<Vec<Vec<f32>>, ModelError>;
}

/// A model that says how likely a sequence is, token after token.
pub trait CausalPredictor {
    /// Σₜ ln p(xₜ | x₍<t₎) of each sequence, from its second token on.
    ///
    /// # Errors
    /// Whatever the model says.
    fn log_likelihoods(&self, sequences: &[Vec<u32>]) -> Result<Vec<f64>, ModelError>;
}

/// A model that turns a sequence of bases into one vector.
pub trait Embedder {
    /// One vector per sequence, all of one length.
    ///
    /// # Errors
    /// Whatever the model says.
    fn embed(&self, sequences: &[Vec<u8>]) -> Result<Vec<Vec<f32>>, ModelError>;
}

/// A model that turns a segment of a sequence, seen with what stands around it, into one vector.
pub trait LocalEmbedder {
    /// One vector per sequence and range of bases in it, all of one length: the states of the
    /// tokens that overlap the range.
    ///
    /// # Errors
    /// Whatever the model says.
    fn embed_at(&self, places: &[(Vec<u8>, Range<usize>)]) -> Result<Vec<Vec<f32>>, ModelError>;
}
