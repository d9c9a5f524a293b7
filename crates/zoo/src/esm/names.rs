//! The keys of an ESM model's files.

use dissensus_lm::WeightNames;

/// The names that `transformers` and the published port give.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names;

const BIAS: &str = "lm_head.decoder.bias";
const STORED_BIAS: &str = "lm_head.bias";

impl WeightNames for Names {
    fn linear_maps(&self) -> &'static [&'static str] {
        &["query", "key", "value", "dense"]
    }

    fn parameter(&self, key: &str) -> Option<String> {
        let unneeded = key.ends_with("position_ids")
            || key.ends_with("inv_freq")
            || ["contact_head.", "pooler.", "classifier."]
                .iter()
                .any(|part| key.strip_prefix("esm.").unwrap_or(key).starts_with(part));
        if unneeded {
            return None;
        }
        Some(match key.split('.').next() {
            Some("embeddings" | "encoder") => format!("esm.{key}"),
            _ if key == STORED_BIAS => BIAS.to_string(),
            _ => key.to_string(),
        })
    }

    fn key(&self, parameter: &str) -> String {
        match parameter {
            BIAS => STORED_BIAS.to_string(),
            other => other.to_string(),
        }
    }

    fn repeated(&self) -> &'static [&'static str] {
        &["esm.embeddings.position_embeddings.weight"] // rotary models store a table that nobody reads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_is_written_reads_back() {
        for parameter in [
            BIAS,
            "lm_head.decoder.weight",
            "esm.encoder.layer.0.LayerNorm.bias",
        ] {
            assert_eq!(
                Names.parameter(&Names.key(parameter)).as_deref(),
                Some(parameter)
            );
        }
    }

    #[test]
    fn buffers_and_other_heads_are_left_out() {
        for key in [
            "esm.embeddings.position_ids",
            "esm.rotary_embeddings.inv_freq",
            "esm.contact_head.regression.weight",
            "pooler.dense.bias",
            "classifier.dense.weight",
        ] {
            assert_eq!(Names.parameter(key), None, "{key}");
        }
        let bare = Names.parameter("encoder.layer.3.attention.self.key.bias");
        assert_eq!(
            bare.as_deref(),
            Some("esm.encoder.layer.3.attention.self.key.bias")
        );
    }
}
