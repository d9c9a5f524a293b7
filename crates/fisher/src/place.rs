use crate::{Error, Group};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A group, and the layer of the encoder where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Layer of the encoder, from 0; none for embeddings and head.
    pub layer: Option<u32>,
    /// What the parameter does.
    pub group: Group,
}

impl Place {
    /// Where the parameter with this transformers name sits. Layer norms may be spelled
    /// `LayerNorm` or `layer_norm`, and a prefix before `bert.` or `cls.` is ignored.
    ///
    /// ```
    /// use dissensus_fisher::{Group, Place};
    /// let place = Place::of("bert.encoder.layer.3.attention.self.query.weight")?;
    /// assert_eq!((place.layer, place.group), (Some(3), Group::Query));
    /// # Ok::<(), dissensus_fisher::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownParameter`] for any other name.
    pub fn of(name: &str) -> Result<Self, Error> {
        let lowered = name.to_ascii_lowercase().replace('_', "");
        let words: Vec<&str> = lowered.split('.').collect();
        classify(&words).ok_or_else(|| Error::UnknownParameter { name: name.into() })
    }
}

fn classify(words: &[&str]) -> Option<Place> {
    let after = |word: &str| {
        words
            .iter()
            .position(|w| *w == word)
            .map(|at| &words[at + 1..])
    };
    if let Some(rest) = after("layer") {
        let layer = rest.first()?.parse().ok()?;
        return Some(Place {
            layer: Some(layer),
            group: of_layer(rest.get(1..)?)?,
        });
    }
    if let Some(["ln", ..]) = after("encoder") {
        return Some(Place {
            layer: None,
            group: Group::EncoderNorm,
        });
    }
    let group = match (after("embeddings"), after("encoder")) {
        (Some(rest), _) => of_embeddings(rest)?,
        (None, Some(["emblayernormafter" | "lastlayerln", ..])) => Group::EncoderNorm,
        _ => of_head(after("predictions").or_else(|| after("lmhead"))?)?,
    };
    Some(Place { layer: None, group })
}

fn of_embeddings(words: &[&str]) -> Option<Group> {
    match words.first().copied()? {
        "wordembeddings" => Some(Group::WordTied),
        "positionembeddings" => Some(Group::Position),
        "tokentypeembeddings" => Some(Group::TokenType),
        "layernorm" => Some(Group::EmbeddingNorm),
        _ => None,
    }
}

fn of_layer(words: &[&str]) -> Option<Group> {
    match words {
        ["attention", "self" | "selfattention", "query", ..]
        | ["attention", "self", "wqkv", "query", ..] => Some(Group::Query),
        ["attention", "self" | "selfattention", "key", ..]
        | ["attention", "self", "wqkv", "key", ..] => Some(Group::Key),
        ["attention", "self" | "selfattention", "value", ..]
        | ["attention", "self", "wqkv", "value", ..] => Some(Group::Value),
        ["attention", "output", "dense", ..] => Some(Group::AttentionOutput),
        ["attention", "output", "layernorm", ..]
        | ["attention", "ln" | "layernorm", ..]
        | ["preattentionln", ..] => Some(Group::AttentionNorm),
        ["intermediate", "dense", ..] | ["mlp", "gatedlayers", ..] => Some(Group::FeedForwardIn),
        ["output", "dense", ..] | ["mlp", "wo", ..] => Some(Group::FeedForwardOut),
        ["output" | "mlp", "layernorm", ..] | ["ln" | "layernorm" | "postattentionln", ..] => {
            Some(Group::FeedForwardNorm)
        }
        _ => None,
    }
}

fn of_head(words: &[&str]) -> Option<Group> {
    match words {
        ["transform", "dense", ..] | ["dense", ..] => Some(Group::HeadDense),
        ["transform", "layernorm", ..] | ["layernorm", ..] => Some(Group::HeadNorm),
        ["decoder", "weight"] => Some(Group::Decoder),
        ["decoder", "bias"] | ["bias"] => Some(Group::DecoderBias),
        _ => None,
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layer {
            Some(layer) => write!(f, "layer {layer} {}", self.group.name()),
            None => f.write_str(self.group.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transformers_name_has_its_place() {
        let cases = [
            (
                "bert.embeddings.word_embeddings.weight",
                None,
                Group::WordTied,
            ),
            (
                "bert.embeddings.position_embeddings.weight",
                None,
                Group::Position,
            ),
            (
                "bert.embeddings.token_type_embeddings.weight",
                None,
                Group::TokenType,
            ),
            ("bert.embeddings.LayerNorm.bias", None, Group::EmbeddingNorm),
            (
                "bert.encoder.layer.0.attention.self.query.weight",
                Some(0),
                Group::Query,
            ),
            (
                "bert.encoder.layer.0.attention.self.key.bias",
                Some(0),
                Group::Key,
            ),
            (
                "bert.encoder.layer.11.attention.self.value.bias",
                Some(11),
                Group::Value,
            ),
            (
                "bert.encoder.layer.1.attention.output.dense.weight",
                Some(1),
                Group::AttentionOutput,
            ),
            (
                "bert.encoder.layer.1.attention.output.layer_norm.weight",
                Some(1),
                Group::AttentionNorm,
            ),
            (
                "bert.encoder.layer.1.attention.ln.weight",
                Some(1),
                Group::AttentionNorm,
            ),
            (
                "bert.encoder.layer.1.ln.bias",
                Some(1),
                Group::FeedForwardNorm,
            ),
            ("bert.encoder.ln.weight", None, Group::EncoderNorm),
            (
                "bert.encoder.layer.1.intermediate.dense.weight",
                Some(1),
                Group::FeedForwardIn,
            ),
            (
                "bert.encoder.layer.1.output.dense.bias",
                Some(1),
                Group::FeedForwardOut,
            ),
            (
                "bert.encoder.layer.1.output.LayerNorm.weight",
                Some(1),
                Group::FeedForwardNorm,
            ),
            (
                "cls.predictions.transform.dense.weight",
                None,
                Group::HeadDense,
            ),
            (
                "cls.predictions.transform.LayerNorm.weight",
                None,
                Group::HeadNorm,
            ),
            ("cls.predictions.decoder.weight", None, Group::Decoder),
            (
                "esm.encoder.layer.2.attention.LayerNorm.weight",
                Some(2),
                Group::AttentionNorm,
            ),
            (
                "esm.encoder.layer.2.LayerNorm.bias",
                Some(2),
                Group::FeedForwardNorm,
            ),
            (
                "esm.encoder.emb_layer_norm_after.weight",
                None,
                Group::EncoderNorm,
            ),
            ("lm_head.decoder.bias", None, Group::DecoderBias),
            ("lm_head.layer_norm.weight", None, Group::HeadNorm),
            (
                "bert.encoder.layer.1.attention.self.Wqkv.key.bias",
                Some(1),
                Group::Key,
            ),
            (
                "bert.encoder.layer.1.mlp.gated_layers.weight",
                Some(1),
                Group::FeedForwardIn,
            ),
            (
                "bert.encoder.layer.1.mlp.layernorm.bias",
                Some(1),
                Group::FeedForwardNorm,
            ),
            (
                "bert.encoder.layer.1.pre_attention_ln.weight",
                Some(1),
                Group::AttentionNorm,
            ),
            ("cls.predictions.bias", None, Group::DecoderBias),
            ("cls.predictions.decoder.bias", None, Group::DecoderBias),
        ];
        for (name, layer, group) in cases {
            assert_eq!(Place::of(name).ok(), Some(Place { layer, group }), "{name}");
        }
        assert!(matches!(
            Place::of("lm_head.weight"),
            Err(Error::UnknownParameter { .. })
        ));
    }
}
