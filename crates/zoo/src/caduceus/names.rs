//! The keys of a Caduceus model's files.

use dissensus_lm::WeightNames;

/// The names that the published code gives. Levels that only some models have (`submodule`,
/// `embedding`) are levels of the module, so names differ from keys in a missing prefix alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names;

impl WeightNames for Names {
    fn linear_maps(&self) -> &'static [&'static str] {
        &["in_proj", "x_proj", "dt_proj", "out_proj"]
    }

    fn parameter(&self, key: &str) -> Option<String> {
        if key.ends_with("complement_map") || key.starts_with("score.") {
            return None;
        }
        match key.split('.').next() {
            Some("backbone") => Some(format!("caduceus.{key}")),
            _ => Some(key.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_prefixes_are_understood_and_buffers_left_out() {
        let named = Names.parameter("backbone.layers.0.mixer.mamba_fwd.D");
        let expected = "caduceus.backbone.layers.0.mixer.mamba_fwd.D";
        assert_eq!(named.as_deref(), Some(expected));
        for key in ["lm_head.complement_map", "score.weight"] {
            assert_eq!(Names.parameter(key), None);
        }
        assert!(Names.is_transposed("a.mamba_rev.dt_proj.weight"));
        assert!(!Names.is_transposed("a.conv1d.weight") && !Names.is_transposed("lm_head.weight"));
    }
}
