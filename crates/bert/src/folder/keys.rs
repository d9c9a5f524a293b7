//! The many names of a parameter.

/// Whether a weight is stored `[outputs, inputs]` in files and `[inputs, outputs]` in memory.
pub(crate) fn is_transposed(name: &str) -> bool {
    ["query", "key", "value", "dense"]
        .iter()
        .any(|map| name.ends_with(&format!(".{map}.weight")))
}

/// The name this crate uses for a key of a file; `None` for what a masked-language model does not need.
pub(crate) fn canonical(key: &str) -> Option<String> {
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
            assert_eq!(canonical(key).as_deref(), Some(expected));
        }
    }

    #[test]
    fn other_heads_are_left_out() {
        for key in [
            "pooler.dense.weight",
            "bert.embeddings.position_ids",
            "cls.seq_relationship.bias",
        ] {
            assert_eq!(canonical(key), None, "{key}");
        }
    }

    #[test]
    fn only_linear_maps_are_transposed() {
        assert!(is_transposed(
            "bert.encoder.layer.3.attention.self.query.weight"
        ));
        assert!(is_transposed("cls.predictions.transform.dense.weight"));
        for name in [
            "bert.embeddings.word_embeddings.weight",
            "cls.predictions.decoder.weight",
            "bert.embeddings.LayerNorm.weight",
            "bert.encoder.layer.3.attention.self.query.bias",
        ] {
            assert!(!is_transposed(name), "{name}");
        }
    }
}
