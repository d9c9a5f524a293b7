//! The keys of a MosaicBERT model's files.

use dissensus_lm::{TensorPart, WeightNames};

use crate::parts::needed_bert_key;

/// The names that the published code gives. Queries, keys and values are one tensor in files and
/// three in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names;

/// Parts of the joined projections, in their order.
const PARTS: [&str; 3] = ["query", "key", "value"];

impl WeightNames for Names {
    fn linear_maps(&self) -> &'static [&'static str] {
        &["query", "key", "value", "dense", "gated_layers", "wo"]
    }

    fn parameter(&self, key: &str) -> Option<String> {
        needed_bert_key(key)
    }

    fn repeated(&self) -> &'static [&'static str] {
        &["cls.predictions.decoder.weight"] // the word table of a tied model
    }

    fn part(&self, parameter: &str) -> Option<TensorPart> {
        let (module, which) = parameter.split_once(".Wqkv.")?;
        let (part, kind) = which.split_once('.')?;
        Some(TensorPart {
            tensor: format!("{module}.Wqkv.{kind}"),
            index: PARTS.iter().position(|name| *name == part)?,
            of: PARTS.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projections_are_parts_of_one_tensor() {
        let part = Names.part("bert.encoder.layer.1.attention.self.Wqkv.key.bias");
        let expected = TensorPart {
            tensor: "bert.encoder.layer.1.attention.self.Wqkv.bias".into(),
            index: 1,
            of: 3,
        };
        assert_eq!(part, Some(expected));
        assert_eq!(Names.part("bert.encoder.layer.1.mlp.wo.weight"), None);
    }

    #[test]
    fn missing_prefixes_are_understood_and_poolers_left_out() {
        let named = Names.parameter("encoder.layer.0.mlp.wo.bias");
        assert_eq!(named.as_deref(), Some("bert.encoder.layer.0.mlp.wo.bias"));
        assert_eq!(Names.parameter("pooler.dense.weight"), None);
    }
}
