//! What each parameter is for.

use dissensus_lm::{ParameterKind as Kind, ParameterRole};

/// The role of a parameter by its name; none for a name that BERT does not have.
pub(crate) fn role(name: &str, tied: bool) -> Option<ParameterRole> {
    let words: Vec<&str> = name.split('.').collect();
    match words.as_slice() {
        ["bert", "embeddings", table, ..] => embeddings(table, tied).map(ParameterRole::embeddings),
        ["bert", "encoder", "layer", number, rest @ ..] => {
            Some(ParameterRole::layer(number.parse().ok()?, layer(rest)?))
        }
        ["bert", "encoder", "ln", ..] => Some(ParameterRole::behind_layers(Kind::EncoderNorm)),
        ["cls", "predictions", rest @ ..] => head(rest).map(ParameterRole::head),
        _ => None,
    }
}

fn embeddings(table: &str, tied: bool) -> Option<Kind> {
    match table {
        "word_embeddings" if tied => Some(Kind::WordTied),
        "word_embeddings" => Some(Kind::WordInput),
        "position_embeddings" => Some(Kind::Position),
        "token_type_embeddings" => Some(Kind::TokenType),
        "LayerNorm" => Some(Kind::EmbeddingNorm),
        _ => None,
    }
}

fn layer(words: &[&str]) -> Option<Kind> {
    match words {
        ["attention", "self", "query", ..] => Some(Kind::Query),
        ["attention", "self", "key", ..] => Some(Kind::Key),
        ["attention", "self", "value", ..] => Some(Kind::Value),
        ["attention", "output", "dense", ..] => Some(Kind::AttentionOutput),
        ["attention", "output", "LayerNorm", ..] | ["attention", "ln", ..] => {
            Some(Kind::AttentionNorm)
        }
        ["intermediate", "dense", ..] => Some(Kind::FeedForwardIn),
        ["output", "dense", ..] => Some(Kind::FeedForwardOut),
        ["output", "LayerNorm", ..] | ["ln", ..] => Some(Kind::FeedForwardNorm),
        _ => None,
    }
}

fn head(words: &[&str]) -> Option<Kind> {
    match words {
        ["transform", "dense", ..] => Some(Kind::HeadDense),
        ["transform", "LayerNorm", ..] => Some(Kind::HeadNorm),
        ["decoder", "weight"] => Some(Kind::Decoder),
        ["decoder", "bias"] => Some(Kind::DecoderBias),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use dissensus_lm::{Encoder, ModelPart, parameter_shapes};

    use super::*;
    use crate::{Config, MaskedLm, NormPlacement};

    #[test]
    fn every_parameter_of_every_shape_has_a_role_of_its_own() {
        for placement in [NormPlacement::Behind, NormPlacement::Before] {
            for tied in [true, false] {
                let mut config = Config::preset("tiny").unwrap().with_norm(placement);
                config.tie_word_embeddings = tied;
                let model = MaskedLm::new(&config, 1, &Device::flex()).unwrap();
                for (name, _) in parameter_shapes(&model) {
                    let role = model.parameter_role(&name);
                    assert_eq!(role_of(&name, tied), role, "{name}");
                    assert!(!matches!(role.kind, Kind::Other(_)), "{name}: {role}");
                }
            }
        }
    }

    fn role_of(name: &str, tied: bool) -> ParameterRole {
        role(name, tied).unwrap()
    }

    #[test]
    fn names_have_the_roles_of_their_modules() {
        let cases = [
            (
                "bert.embeddings.word_embeddings.weight",
                ParameterRole::embeddings(Kind::WordTied),
            ),
            (
                "bert.encoder.layer.11.attention.self.value.bias",
                ParameterRole::layer(11, Kind::Value),
            ),
            (
                "bert.encoder.layer.1.attention.ln.weight",
                ParameterRole::layer(1, Kind::AttentionNorm),
            ),
            (
                "bert.encoder.layer.1.ln.bias",
                ParameterRole::layer(1, Kind::FeedForwardNorm),
            ),
            (
                "bert.encoder.ln.weight",
                ParameterRole::behind_layers(Kind::EncoderNorm),
            ),
            (
                "cls.predictions.transform.dense.weight",
                ParameterRole::head(Kind::HeadDense),
            ),
            (
                "cls.predictions.decoder.bias",
                ParameterRole::head(Kind::DecoderBias),
            ),
        ];
        for (name, expected) in cases {
            assert_eq!(role_of(name, true), expected, "{name}");
        }
        assert_eq!(role("lm_head.weight", true), None);
        assert_eq!(
            role_of("bert.encoder.ln.weight", true).part,
            ModelPart::Layers
        );
    }
}
