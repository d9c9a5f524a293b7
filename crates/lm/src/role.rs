//! What the parameters of a model are for.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What a parameter is for, and in which layer, so that numbers of parameters can be added up over
/// what they do.
///
/// Roles are in the order of a table: what has no layer before layer 0, within a layer by
/// [`ParameterKind`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ParameterRole {
    /// The numbered layer it stands in, from 0; none before and behind the layers.
    pub layer: Option<u32>,
    /// What it does.
    pub kind: ParameterKind,
    /// In which part of the model.
    pub part: ModelPart,
}

/// The parts of a model, from its input to its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelPart {
    /// From ids to vectors: tables of words, positions and types, and what follows them before the
    /// first layer.
    Embeddings,
    /// The layers, and what stands behind the last of them.
    Layers,
    /// From hidden states to logits.
    Head,
}

/// What a parameter does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ParameterKind {
    /// Word embeddings as they embed: rows of the tokens in the sequence.
    WordInput,
    /// Word embeddings as they decode: rows of every candidate token of a tied decoder.
    WordOutput,
    /// Twice the product of the two sides of the tied table, in sums of squares; may be negative.
    WordCross,
    /// A tied table whose two sides are not taken apart: input + output + cross.
    WordTied,
    /// Position embeddings.
    Position,
    /// Token-type embeddings.
    TokenType,
    /// Norm of the embeddings.
    EmbeddingNorm,
    /// Query projection.
    Query,
    /// Key projection.
    Key,
    /// Value projection.
    Value,
    /// Output projection of the attention.
    AttentionOutput,
    /// Norm of the attention, behind it or before it.
    AttentionNorm,
    /// First linear map of the feed-forward network.
    FeedForwardIn,
    /// Second linear map of the feed-forward network.
    FeedForwardOut,
    /// Norm of the feed-forward network, behind it or before it.
    FeedForwardNorm,
    /// Norm behind the last layer of an encoder whose norms stand before.
    EncoderNorm,
    /// Dense layer of the head.
    HeadDense,
    /// Norm of the head.
    HeadNorm,
    /// Weight of an untied decoder.
    Decoder,
    /// Bias of the decoder.
    DecoderBias,
    /// What only some architectures have, by the word used in tables.
    Other(Cow<'static, str>),
}

impl ParameterKind {
    /// The word used in tables and files.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::WordInput => "word input side",
            Self::WordOutput => "word output side",
            Self::WordCross => "word cross term",
            Self::WordTied => "word tied",
            Self::Position => "position",
            Self::TokenType => "token type",
            Self::EmbeddingNorm => "embedding norm",
            Self::Query => "query",
            Self::Key => "key",
            Self::Value => "value",
            Self::AttentionOutput => "attention output",
            Self::AttentionNorm => "attention norm",
            Self::FeedForwardIn => "ffn in",
            Self::FeedForwardOut => "ffn out",
            Self::FeedForwardNorm => "ffn norm",
            Self::EncoderNorm => "encoder norm",
            Self::HeadDense => "head dense",
            Self::HeadNorm => "head norm",
            Self::Decoder => "decoder",
            Self::DecoderBias => "decoder bias",
            Self::Other(name) => name,
        }
    }
}

impl ParameterRole {
    /// A role before the layers.
    #[must_use]
    pub fn embeddings(kind: ParameterKind) -> Self {
        Self {
            layer: None,
            kind,
            part: ModelPart::Embeddings,
        }
    }

    /// A role in a layer.
    #[must_use]
    pub fn layer(layer: u32, kind: ParameterKind) -> Self {
        Self {
            layer: Some(layer),
            kind,
            part: ModelPart::Layers,
        }
    }

    /// A role behind the last layer, before the head.
    #[must_use]
    pub fn behind_layers(kind: ParameterKind) -> Self {
        Self {
            layer: None,
            kind,
            part: ModelPart::Layers,
        }
    }

    /// A role in the head.
    #[must_use]
    pub fn head(kind: ParameterKind) -> Self {
        Self {
            layer: None,
            kind,
            part: ModelPart::Head,
        }
    }

    /// What the path of a parameter in its module says of it, where the model says nothing.
    ///
    /// The first number in the path is the layer, the names behind it but the last are the kind. A
    /// path without a number is of the embeddings if it speaks of them, of the head if it speaks of
    /// a head, a decoder or predictions, else of the layers.
    ///
    /// ```
    /// use dissensus_lm::{ModelPart, ParameterRole};
    /// let role = ParameterRole::of_path("blocks.3.convolution.weight");
    /// assert_eq!((role.layer, role.kind.name()), (Some(3), "convolution"));
    /// assert_eq!(ParameterRole::of_path("embedding.table").part, ModelPart::Embeddings);
    /// ```
    #[must_use]
    pub fn of_path(name: &str) -> Self {
        let words: Vec<&str> = name.split('.').collect();
        let number = words.iter().position(|word| word.parse::<u32>().is_ok());
        let layer = number.and_then(|at| words[at].parse().ok());
        let rest = &words[number.map_or(0, |at| at + 1)..];
        let kind = match rest {
            [.., _] if rest.len() > 1 => rest[..rest.len() - 1].join(" "),
            _ => words.join(" "),
        };
        let speaks_of = |word: &&str| name.to_ascii_lowercase().contains(*word);
        let part = match layer {
            Some(_) => ModelPart::Layers,
            None if speaks_of(&"embed") => ModelPart::Embeddings,
            None if ["head", "decoder", "prediction"].iter().any(speaks_of) => ModelPart::Head,
            None => ModelPart::Layers,
        };
        Self {
            layer,
            kind: ParameterKind::Other(kind.replace('_', " ").into()),
            part,
        }
    }
}

impl fmt::Display for ParameterRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layer {
            Some(layer) => write!(f, "layer {layer} {}", self.kind.name()),
            None => f.write_str(self.kind.name()),
        }
    }
}

/// Two parameters of an untied copy of a model that hold one tied table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TiedTable {
    /// The table as it embeds; what is added up over both keeps this name.
    pub input: String,
    /// The same table as it decodes.
    pub output: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_without_a_layer_come_first_and_layers_in_their_order() {
        let mut roles = [
            ParameterRole::layer(10, ParameterKind::Query),
            ParameterRole::layer(2, ParameterKind::FeedForwardIn),
            ParameterRole::head(ParameterKind::Decoder),
            ParameterRole::embeddings(ParameterKind::WordInput),
        ];
        roles.sort();
        let names = roles.map(|role| role.to_string());
        assert_eq!(
            names,
            [
                "word input side",
                "decoder",
                "layer 2 ffn in",
                "layer 10 query"
            ]
        );
    }

    #[test]
    fn a_path_tells_layer_kind_and_part() {
        let cases = [
            (
                "layers.0.mixer.in_proj.weight",
                Some(0),
                "mixer in proj",
                ModelPart::Layers,
            ),
            ("stem.1", Some(1), "stem 1", ModelPart::Layers),
            (
                "word_embeddings.weight",
                None,
                "word embeddings",
                ModelPart::Embeddings,
            ),
            ("lm_head.bias", None, "lm head", ModelPart::Head),
            ("scale", None, "scale", ModelPart::Layers),
        ];
        for (name, layer, kind, part) in cases {
            let role = ParameterRole::of_path(name);
            assert_eq!(
                (role.layer, role.kind.name(), role.part),
                (layer, kind, part),
                "{name}"
            );
        }
    }

    #[test]
    fn a_role_reads_back_from_json() {
        for role in [
            ParameterRole::of_path("blocks.1.gate.weight"),
            ParameterRole::embeddings(ParameterKind::Position),
        ] {
            let json = serde_json::to_string(&role).unwrap();
            assert_eq!(serde_json::from_str::<ParameterRole>(&json).unwrap(), role);
        }
    }
}
