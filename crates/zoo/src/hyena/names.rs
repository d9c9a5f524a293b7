//! The keys of a HyenaDNA model's files.

use dissensus_lm::WeightNames;

/// The names of the published code; memory has `filter_fn.maps.N` for `implicit_filter.2N`, and one
/// `filter_fn.freq`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names;

const BACKBONE: &str = "hyena.backbone.";
const FILTER: &str = "filter_fn.implicit_filter.";
const MAPS: &str = "filter_fn.maps.";

/// Which module of the filter network a key names, and what of it: `7`, `weight`.
pub(super) fn filter_part(key: &str) -> Option<(usize, &str)> {
    let (number, what) = key.split_once(FILTER)?.1.split_once('.')?;
    Some((number.parse().ok()?, what))
}

/// Whether a key repeats the frequencies, which all sines of a filter share: pickles have them once
/// a sine.
pub(super) fn repeats_frequencies(key: &str) -> bool {
    matches!(filter_part(key), Some((at, "freq")) if at > 1)
}

/// The key with the prefixes of the newest files.
fn whole(key: &str) -> String {
    let key = key
        .replace(".mixer.layer.", ".mixer.")
        .replace(".mlp.layer.", ".mlp.");
    let key = key.strip_prefix("model.").unwrap_or(&key);
    let key = key.strip_prefix("hyena.").unwrap_or(key);
    let key = key.strip_prefix("backbone.").unwrap_or(key);
    match key.split('.').next() {
        Some("embeddings" | "layers" | "ln_f") => format!("{BACKBONE}{key}"),
        _ => key.to_string(),
    }
}

impl WeightNames for Names {
    fn linear_maps(&self) -> &'static [&'static str] {
        &["in_proj", "out_proj", "fc1", "fc2", "lm_head"]
    }

    fn is_transposed(&self, parameter: &str) -> bool {
        let map = parameter.strip_suffix(".weight");
        let last = map.and_then(|map| map.rsplit('.').next());
        last.is_some_and(|last| self.linear_maps().contains(&last) || parameter.contains(MAPS))
    }

    fn parameter(&self, key: &str) -> Option<String> {
        if key.starts_with("score.") || repeats_frequencies(key) {
            return None;
        }
        let whole = whole(key);
        Some(match filter_part(&whole) {
            Some((1, "freq")) => whole.replace("implicit_filter.1.freq", "freq"),
            Some((at, what)) if at.is_multiple_of(2) => {
                let (before, _) = whole.split_once(FILTER)?;
                format!("{before}{MAPS}{}.{what}", at / 2)
            }
            _ => whole,
        })
    }

    fn key(&self, parameter: &str) -> String {
        if let Some(before) = parameter.strip_suffix("filter_fn.freq") {
            return format!("{before}{FILTER}1.freq");
        }
        let part = parameter.split_once(MAPS);
        let part = part.and_then(|(before, rest)| Some((before, rest.split_once('.')?)));
        match part {
            Some((before, (number, what))) => match number.parse::<usize>() {
                Ok(number) => format!("{before}{FILTER}{}.{what}", 2 * number),
                Err(_) => parameter.to_string(),
            },
            None => parameter.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_is_written_reads_back() {
        for (parameter, key) in [
            (
                "hyena.backbone.layers.3.mixer.filter_fn.maps.2.bias",
                "hyena.backbone.layers.3.mixer.filter_fn.implicit_filter.4.bias",
            ),
            (
                "hyena.backbone.layers.0.mixer.filter_fn.freq",
                "hyena.backbone.layers.0.mixer.filter_fn.implicit_filter.1.freq",
            ),
            (
                "hyena.backbone.layers.0.mixer.filter_fn.pos_emb.z",
                "hyena.backbone.layers.0.mixer.filter_fn.pos_emb.z",
            ),
            ("lm_head.weight", "lm_head.weight"),
        ] {
            assert_eq!(Names.key(parameter), key);
            assert_eq!(Names.parameter(key).as_deref(), Some(parameter));
        }
    }

    #[test]
    fn older_files_read_alike() {
        for (key, parameter) in [
            (
                "model.backbone.layers.1.mixer.layer.in_proj.weight",
                "hyena.backbone.layers.1.mixer.in_proj.weight",
            ),
            ("model.lm_head.weight", "lm_head.weight"),
            ("backbone.ln_f.bias", "hyena.backbone.ln_f.bias"),
            (
                "layers.0.mlp.layer.fc1.bias",
                "hyena.backbone.layers.0.mlp.fc1.bias",
            ),
        ] {
            assert_eq!(Names.parameter(key).as_deref(), Some(parameter));
        }
        assert_eq!(Names.parameter("score.weight"), None);
        assert_eq!(
            Names.parameter("backbone.layers.0.mixer.filter_fn.implicit_filter.3.freq"),
            None
        );
    }

    #[test]
    fn maps_of_the_filter_are_stored_transposed() {
        assert!(Names.is_transposed("hyena.backbone.layers.0.mixer.filter_fn.maps.1.weight"));
        assert!(Names.is_transposed("lm_head.weight"));
        assert!(!Names.is_transposed("hyena.backbone.embeddings.word_embeddings.weight"));
    }
}
