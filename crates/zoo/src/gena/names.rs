//! The keys of a GENA-LM model's files.

use dissensus_lm::WeightNames;

/// The names that the published code gives, and those that older files have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names;

impl WeightNames for Names {
    fn is_transposed(&self, parameter: &str) -> bool {
        ["query", "key", "value", "dense"]
            .iter()
            .any(|map| parameter.ends_with(&format!(".{map}.weight")))
    }

    fn parameter(&self, key: &str) -> Option<String> {
        let old = [(".gamma", ".weight"), (".beta", ".bias")];
        let renamed = old
            .iter()
            .find_map(|(old, new)| Some(format!("{}{new}", key.strip_suffix(old)?)));
        let key = renamed.unwrap_or_else(|| key.to_string());
        let key = match key.split('.').next() {
            Some("embeddings" | "encoder" | "pooler") => format!("bert.{key}"),
            _ => key,
        };
        let unneeded = ["bert.pooler.", "classifier.", "cls.seq_relationship."];
        let is_needed =
            !unneeded.iter().any(|other| key.starts_with(other)) && !key.ends_with("position_ids");
        is_needed.then_some(key)
    }

    fn second(&self) -> &'static [(&'static str, &'static str)] {
        &[("cls.predictions.decoder.bias", "cls.predictions.bias")]
    }

    fn repeated(&self) -> &'static [&'static str] {
        &["cls.predictions.decoder.weight"] // the word table of a tied model
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_and_missing_prefixes_are_understood() {
        let cases = [
            (
                "encoder.layer.0.pre_attention_ln.gamma",
                "bert.encoder.layer.0.pre_attention_ln.weight",
            ),
            (
                "bert.embeddings.LayerNorm.beta",
                "bert.embeddings.LayerNorm.bias",
            ),
            ("cls.predictions.bias", "cls.predictions.bias"),
        ];
        for (key, expected) in cases {
            assert_eq!(Names.parameter(key).as_deref(), Some(expected));
        }
        assert_eq!(Names.parameter("cls.seq_relationship.weight"), None);
    }
}
