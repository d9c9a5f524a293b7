//! What each parameter is for.

use dissensus_lm::{ParameterKind as Kind, ParameterRole};

use crate::parts::{around_layers, projection_kind};

/// The role of a parameter by its name; none for a name that GENA-LM does not have.
pub(super) fn role(name: &str, tied: bool) -> Option<ParameterRole> {
    let words: Vec<&str> = name.split('.').collect();
    match words.as_slice() {
        ["bert", "encoder", "layer", number, rest @ ..] => {
            Some(ParameterRole::layer(number.parse().ok()?, layer(rest)?))
        }
        ["bert", "encoder", "last_layer_ln", ..] => {
            Some(ParameterRole::behind_layers(Kind::EncoderNorm))
        }
        words => around_layers(words, tied),
    }
}

fn layer(words: &[&str]) -> Option<Kind> {
    match words {
        ["attention", "self", projection, ..] => projection_kind(projection),
        ["attention", "output", "dense", ..] => Some(Kind::AttentionOutput),
        ["pre_attention_ln", ..] => Some(Kind::AttentionNorm),
        ["intermediate", "dense", ..] => Some(Kind::FeedForwardIn),
        ["output", "dense", ..] => Some(Kind::FeedForwardOut),
        ["post_attention_ln", ..] => Some(Kind::FeedForwardNorm),
        _ => None,
    }
}
