use crate::Error;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a parameter of a BERT masked-language model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Word embeddings as they embed: rows of the tokens in the sequence.
    WordInput,
    /// Word embeddings as they decode: rows of every candidate token of a tied decoder.
    WordOutput,
    /// Twice the product of the two sides of the tied table; may be negative.
    WordCross,
    /// A tied table whose two sides were not taken apart: input + output + cross.
    WordTied,
    /// Position embeddings.
    Position,
    /// Token-type embeddings.
    TokenType,
    /// Layer norm of the embeddings.
    EmbeddingNorm,
    /// Query projection.
    Query,
    /// Key projection.
    Key,
    /// Value projection.
    Value,
    /// Output projection of the attention.
    AttentionOutput,
    /// Layer norm after the attention.
    AttentionNorm,
    /// First linear of the feed-forward network.
    FeedForwardIn,
    /// Second linear of the feed-forward network.
    FeedForwardOut,
    /// Layer norm after the feed-forward network.
    FeedForwardNorm,
    /// Dense layer of the head.
    HeadDense,
    /// Layer norm of the head.
    HeadNorm,
    /// Weight of an untied decoder.
    Decoder,
    /// Bias of the decoder.
    DecoderBias,
}

impl Group {
    /// The word used in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Group::WordInput => "word input side",
            Group::WordOutput => "word output side",
            Group::WordCross => "word cross term",
            Group::WordTied => "word tied",
            Group::Position => "position",
            Group::TokenType => "token type",
            Group::EmbeddingNorm => "embedding norm",
            Group::Query => "query",
            Group::Key => "key",
            Group::Value => "value",
            Group::AttentionOutput => "attention output",
            Group::AttentionNorm => "attention norm",
            Group::FeedForwardIn => "ffn in",
            Group::FeedForwardOut => "ffn out",
            Group::FeedForwardNorm => "ffn norm",
            Group::HeadDense => "head dense",
            Group::HeadNorm => "head norm",
            Group::Decoder => "decoder",
            Group::DecoderBias => "decoder bias",
        }
    }
}

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
    let group = match after("embeddings") {
        Some(rest) => of_embeddings(rest)?,
        None => of_head(after("predictions")?)?,
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
        ["attention", "self" | "selfattention", "query", ..] => Some(Group::Query),
        ["attention", "self" | "selfattention", "key", ..] => Some(Group::Key),
        ["attention", "self" | "selfattention", "value", ..] => Some(Group::Value),
        ["attention", "output", "dense", ..] => Some(Group::AttentionOutput),
        ["attention", "output", "layernorm", ..] => Some(Group::AttentionNorm),
        ["intermediate", "dense", ..] => Some(Group::FeedForwardIn),
        ["output", "dense", ..] => Some(Group::FeedForwardOut),
        ["output", "layernorm", ..] => Some(Group::FeedForwardNorm),
        _ => None,
    }
}

fn of_head(words: &[&str]) -> Option<Group> {
    match words {
        ["transform", "dense", ..] => Some(Group::HeadDense),
        ["transform", "layernorm", ..] => Some(Group::HeadNorm),
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

/// How places are put together in one figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Every group of every layer by itself.
    Places,
    /// Groups, summed over layers.
    Groups,
    /// The three of arXiv:2604: `embeddings` (word, position, type, their norm, and with the tied
    /// table the decoder's weight too), `transformer`, `head`.
    Three,
    /// `embeddings`, `layer 0`, `layer 1`, …, `head`.
    Layers,
}

impl Figure {
    /// The label under which a place is counted.
    pub fn label(self, place: Place) -> String {
        match (self, place.layer) {
            (Figure::Places, _) => place.to_string(),
            (Figure::Groups, _) => place.group.name().into(),
            (Figure::Three, Some(_)) => "transformer".into(),
            (Figure::Layers, Some(layer)) => format!("layer {layer}"),
            (Figure::Three | Figure::Layers, None) => match place.group {
                Group::HeadDense | Group::HeadNorm | Group::Decoder | Group::DecoderBias => {
                    "head".into()
                }
                _ => "embeddings".into(),
            },
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

    #[test]
    fn the_papers_three_put_the_tied_decoder_into_the_embeddings() {
        let three = |name| Place::of(name).map(|place| Figure::Three.label(place)).ok();
        assert_eq!(
            three("bert.embeddings.word_embeddings.weight").as_deref(),
            Some("embeddings")
        );
        assert_eq!(three("cls.predictions.bias").as_deref(), Some("head"));
        assert_eq!(
            three("cls.predictions.decoder.weight").as_deref(),
            Some("head")
        );
        assert_eq!(
            three("bert.encoder.layer.0.output.LayerNorm.bias").as_deref(),
            Some("transformer")
        );
    }
}
