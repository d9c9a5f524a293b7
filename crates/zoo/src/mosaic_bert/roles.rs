//! What each parameter is for.

use dissensus_lm::{ParameterKind as Kind, ParameterRole};

use crate::parts::{around_layers, projection_kind};

/// The role of a parameter by its name; none for a name that MosaicBERT does not have.
pub(super) fn role(name: &str, tied: bool) -> Option<ParameterRole> {
    let words: Vec<&str> = name.split('.').collect();
    match words.as_slice() {
        ["bert", "encoder", "layer", number, rest @ ..] => {
            Some(ParameterRole::layer(number.parse().ok()?, layer(rest)?))
        }
        words => around_layers(words, tied),
    }
}

fn layer(words: &[&str]) -> Option<Kind> {
    match words {
        ["attention", "self", "Wqkv", projection, ..] => projection_kind(projection),
        ["attention", "output", "dense", ..] => Some(Kind::AttentionOutput),
        ["attention", "output", "LayerNorm", ..] => Some(Kind::AttentionNorm),
        ["mlp", "gated_layers", ..] => Some(Kind::FeedForwardIn),
        ["mlp", "wo", ..] => Some(Kind::FeedForwardOut),
        ["mlp", "layernorm", ..] => Some(Kind::FeedForwardNorm),
        _ => None,
    }
}
