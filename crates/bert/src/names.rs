//! The many names of a parameter.

use dissensus_lm::WeightNames;

/// The names that `transformers` gives, and those that older files have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names;

const BIAS: &str = "cls.predictions.decoder.bias";

impl WeightNames for Names {
    fn linear_maps(&self) -> &'static [&'static str] {
        &["query", "key", "value", "dense"]
    }

    fn parameter(&self, key: &str) -> Option<String> {
        let key = key
            .strip_suffix(".gamma")
            .map_or(key.to_string(), |k| format!("{k}.weight"));
        let key = key
            .strip_suffix(".beta")
            .map_or(key.clone(), |k| format!("{k}.bias"));
        let key = match key.split('.').next() {
            Some("embeddings" | "encoder" | "pooler") => format!("bert.{key}"),
            _ => key,
        };
        let unneeded = key.starts_with("bert.pooler.")
            || key.starts_with("cls.seq_relationship.")
            || key == "bert.embeddings.position_ids";
        (!unneeded).then_some(key)
    }

    fn second(&self) -> &'static [(&'static str, &'static str)] {
        &[(BIAS, "cls.predictions.bias")]
    }

    fn copies(&self) -> &'static [(&'static str, &'static str)] {
        // A tied model's decoder is the word table.
        &[(
            "cls.predictions.decoder.weight",
            "bert.embeddings.word_embeddings.weight",
        )]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_and_missing_prefixes_are_understood() {
        let cases = [
            (
                "bert.embeddings.LayerNorm.gamma",
                "bert.embeddings.LayerNorm.weight",
            ),
            (
                "embeddings.LayerNorm.beta",
                "bert.embeddings.LayerNorm.bias",
            ),
            (
                "encoder.layer.0.output.dense.weight",
                "bert.encoder.layer.0.output.dense.weight",
            ),
            ("cls.predictions.bias", "cls.predictions.bias"),
        ];
        for (key, expected) in cases {
            assert_eq!(Names.parameter(key).as_deref(), Some(expected));
        }
    }

    #[test]
    fn other_heads_are_left_out() {
        for key in [
            "pooler.dense.weight",
            "bert.embeddings.position_ids",
            "cls.seq_relationship.bias",
        ] {
            assert_eq!(Names.parameter(key), None, "{key}");
        }
    }

    #[test]
    fn only_linear_maps_are_transposed() {
        assert!(Names.is_transposed("bert.encoder.layer.3.attention.self.query.weight"));
        assert!(Names.is_transposed("cls.predictions.transform.dense.weight"));
        for name in [
            "bert.embeddings.word_embeddings.weight",
            "cls.predictions.decoder.weight",
            "bert.embeddings.LayerNorm.weight",
            "bert.encoder.layer.3.attention.self.query.bias",
        ] {
            assert!(!Names.is_transposed(name), "{name}");
        }
    }
}
