//! The keys of a Mistral model's files.

use dissensus_lm::WeightNames;

/// The names of the published port.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names;

impl WeightNames for Names {
    fn linear_maps(&self) -> &'static [&'static str] {
        &[
            "q_proj",
            "k_proj",
            "v_proj",
            "o_proj",
            "gate_proj",
            "up_proj",
            "down_proj",
        ]
    }

    fn parameter(&self, key: &str) -> Option<String> {
        if key.ends_with("rotary_emb.inv_freq") || key.starts_with("score.") {
            return None;
        }
        Some(match key.split('.').next() {
            Some("embed_tokens" | "layers" | "norm") => format!("model.{key}"),
            _ => key.to_string(),
        })
    }

    fn repeated(&self) -> &'static [&'static str] {
        &["lm_head.weight"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_encoder_alone_have_no_prefix() {
        for (key, parameter) in [
            ("norm.weight", Some("model.norm.weight")),
            (
                "layers.0.mlp.up_proj.weight",
                Some("model.layers.0.mlp.up_proj.weight"),
            ),
            (
                "model.embed_tokens.weight",
                Some("model.embed_tokens.weight"),
            ),
            ("lm_head.weight", Some("lm_head.weight")),
            ("model.layers.0.self_attn.rotary_emb.inv_freq", None),
            ("score.weight", None),
        ] {
            assert_eq!(Names.parameter(key).as_deref(), parameter, "{key}");
        }
    }
}
