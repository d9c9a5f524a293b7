//! What the parameters around the layers of BERT's relatives are for.

use dissensus_lm::{ParameterKind as Kind, ParameterRole, TiedTable};

/// The word table of BERT's relatives.
const WORDS: &str = "bert.embeddings.word_embeddings.weight";

/// The role of a parameter of `bert.embeddings` or `cls.predictions`, by the words of its name.
pub(crate) fn around_layers(words: &[&str], tied: bool) -> Option<ParameterRole> {
    match words {
        ["bert", "embeddings", table, ..] => {
            embedding_kind(table, tied).map(ParameterRole::embeddings)
        }
        ["cls", "predictions", rest @ ..] => {
            let kind = match rest {
                ["transform", "dense", ..] => Kind::HeadDense,
                ["transform", "LayerNorm", ..] => Kind::HeadNorm,
                ["decoder", "weight"] => Kind::Decoder,
                ["decoder", "bias"] => Kind::DecoderBias,
                _ => return None,
            };
            Some(ParameterRole::head(kind))
        }
        _ => None,
    }
}

/// What a module of the embeddings does.
pub(crate) fn embedding_kind(module: &str, tied: bool) -> Option<Kind> {
    match module {
        "word_embeddings" if tied => Some(Kind::WordTied),
        "word_embeddings" => Some(Kind::WordInput),
        "position_embeddings" => Some(Kind::Position),
        "token_type_embeddings" => Some(Kind::TokenType),
        "LayerNorm" | "layer_norm" => Some(Kind::EmbeddingNorm),
        _ => None,
    }
}

/// What a projection of the attention does.
pub(crate) fn projection_kind(module: &str) -> Option<Kind> {
    match module {
        "query" => Some(Kind::Query),
        "key" => Some(Kind::Key),
        "value" => Some(Kind::Value),
        _ => None,
    }
}

/// The two sides of the word table, where it decodes too.
pub(crate) fn tied_words(tied: bool) -> Option<TiedTable> {
    tied.then(|| TiedTable {
        input: WORDS.into(),
        output: "cls.predictions.decoder.weight".into(),
    })
}
