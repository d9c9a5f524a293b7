use serde::{Deserialize, Serialize};

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
    /// Layer norm of the attention, behind it or before it.
    AttentionNorm,
    /// First linear of the feed-forward network.
    FeedForwardIn,
    /// Second linear of the feed-forward network.
    FeedForwardOut,
    /// Layer norm of the feed-forward network, behind it or before it.
    FeedForwardNorm,
    /// Layer norm behind the last layer of an encoder whose norms stand before.
    EncoderNorm,
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
            Group::EncoderNorm => "encoder norm",
            Group::HeadDense => "head dense",
            Group::HeadNorm => "head norm",
            Group::Decoder => "decoder",
            Group::DecoderBias => "decoder bias",
        }
    }
}
