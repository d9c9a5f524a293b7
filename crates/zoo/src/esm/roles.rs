//! What each parameter is for.

use dissensus_lm::{ParameterKind as Kind, ParameterRole};

use crate::parts::{embedding_kind, projection_kind};

/// The role of a parameter by its name; none for a name that ESM does not have.
pub(super) fn role(name: &str) -> Option<ParameterRole> {
    let words: Vec<&str> = name.split('.').collect();
    match words.as_slice() {
        ["esm", "embeddings", module, ..] => {
            embedding_kind(module, false).map(ParameterRole::embeddings)
        }
        ["esm", "encoder", "layer", number, rest @ ..] => {
            Some(ParameterRole::layer(number.parse().ok()?, layer(rest)?))
        }
        ["esm", "encoder", "emb_layer_norm_after", ..] => {
            Some(ParameterRole::behind_layers(Kind::EncoderNorm))
        }
        ["lm_head", rest @ ..] => head(rest).map(ParameterRole::head),
        _ => None,
    }
}

fn layer(words: &[&str]) -> Option<Kind> {
    match words {
        ["attention", "self", projection, ..] => projection_kind(projection),
        ["attention", "output", "dense", ..] => Some(Kind::AttentionOutput),
        ["attention", "LayerNorm", ..] => Some(Kind::AttentionNorm),
        ["intermediate", "dense", ..] => Some(Kind::FeedForwardIn),
        ["output", "dense", ..] => Some(Kind::FeedForwardOut),
        ["LayerNorm", ..] => Some(Kind::FeedForwardNorm),
        _ => None,
    }
}

fn head(words: &[&str]) -> Option<Kind> {
    match words {
        ["dense", ..] => Some(Kind::HeadDense),
        ["layer_norm", ..] => Some(Kind::HeadNorm),
        ["decoder", "weight"] => Some(Kind::Decoder),
        ["decoder", "bias"] => Some(Kind::DecoderBias),
        _ => None,
    }
}
