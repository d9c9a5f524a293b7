//! What each parameter is for.

use dissensus_lm::{ParameterKind as Kind, ParameterRole};

/// The role of a parameter by its name; none for a name that HyenaDNA does not have.
pub(super) fn role(name: &str) -> Option<ParameterRole> {
    let words: Vec<&str> = name.split('.').collect();
    match words.as_slice() {
        ["hyena", "backbone", "embeddings", ..] => Some(ParameterRole::embeddings(Kind::WordInput)),
        ["hyena", "backbone", "layers", number, rest @ ..] => {
            Some(ParameterRole::layer(number.parse().ok()?, layer(rest)?))
        }
        ["hyena", "backbone", "ln_f", ..] => Some(ParameterRole::behind_layers(Kind::EncoderNorm)),
        ["lm_head", ..] => Some(ParameterRole::head(Kind::Decoder)),
        _ => None,
    }
}

fn layer(words: &[&str]) -> Option<Kind> {
    let other = |name: &'static str| Some(Kind::Other(name.into()));
    match words {
        ["norm1", ..] => other("operator norm"),
        ["mixer", "in_proj", ..] => other("operator in"),
        ["mixer", "short_filter", ..] => other("short filter"),
        ["mixer", "filter_fn", ..] => other("long filter"),
        ["mixer", "out_proj", ..] => other("operator out"),
        ["norm2", ..] => Some(Kind::FeedForwardNorm),
        ["mlp", "fc1", ..] => Some(Kind::FeedForwardIn),
        ["mlp", "fc2", ..] => Some(Kind::FeedForwardOut),
        _ => None,
    }
}
