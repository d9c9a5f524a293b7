//! What each parameter is for.

use dissensus_lm::{ParameterKind as Kind, ParameterRole};

/// The role of a parameter by its name; none for a name that Mistral does not have.
pub(super) fn role(name: &str, tied: bool) -> Option<ParameterRole> {
    let words: Vec<&str> = name.split('.').collect();
    match words.as_slice() {
        ["model", "embed_tokens", ..] if tied => Some(ParameterRole::embeddings(Kind::WordTied)),
        ["model", "embed_tokens", ..] => Some(ParameterRole::embeddings(Kind::WordInput)),
        ["model", "layers", number, rest @ ..] => {
            Some(ParameterRole::layer(number.parse().ok()?, layer(rest)?))
        }
        ["model", "norm", ..] => Some(ParameterRole::behind_layers(Kind::EncoderNorm)),
        ["lm_head", ..] => Some(ParameterRole::head(Kind::Decoder)),
        _ => None,
    }
}

fn layer(words: &[&str]) -> Option<Kind> {
    match words {
        ["self_attn", "q_proj", ..] => Some(Kind::Query),
        ["self_attn", "k_proj", ..] => Some(Kind::Key),
        ["self_attn", "v_proj", ..] => Some(Kind::Value),
        ["self_attn", "o_proj", ..] => Some(Kind::AttentionOutput),
        ["input_layernorm", ..] => Some(Kind::AttentionNorm),
        ["mlp", "gate_proj" | "up_proj", ..] => Some(Kind::FeedForwardIn),
        ["mlp", "down_proj", ..] => Some(Kind::FeedForwardOut),
        ["post_attention_layernorm", ..] => Some(Kind::FeedForwardNorm),
        _ => None,
    }
}
