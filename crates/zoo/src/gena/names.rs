//! The keys of a GENA-LM model's files.

use dissensus_lm::WeightNames;

use crate::parts::needed_bert_key;

/// The names that the published code gives, and those that older files have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names;

impl WeightNames for Names {
    fn linear_maps(&self) -> &'static [&'static str] {
        &["query", "key", "value", "dense"]
    }

    fn parameter(&self, key: &str) -> Option<String> {
        let old = [(".gamma", ".weight"), (".beta", ".bias")];
        let renamed = old
            .iter()
            .find_map(|(old, new)| Some(format!("{}{new}", key.strip_suffix(old)?)));
        needed_bert_key(renamed.as_deref().unwrap_or(key))
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
