//! How roles are put together in one figure.

use dissensus_lm::{ModelPart, ParameterRole};
use serde::{Deserialize, Serialize};

/// How the roles of parameters are put together in one figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleGrouping {
    /// Every kind of every layer by itself.
    Roles,
    /// Kinds, summed over layers.
    Kinds,
    /// The three of "Entropy, Disagreement, and the Limits of Foundation Models in Genomics" (arXiv
    /// 2026): `embeddings` (of BERT word, position, type, their norm, and with the tied table the
    /// decoder's weight too), `transformer`, `head`.
    Three,
    /// `embeddings`, `layer 0`, `layer 1`, …, `head`; what stands behind the last layer counts to
    /// the head.
    Layers,
}

impl RoleGrouping {
    /// The label under which a role is counted.
    #[must_use]
    pub fn label(self, role: &ParameterRole) -> String {
        match (self, role.layer, role.part) {
            (Self::Roles, ..) => role.to_string(),
            (Self::Kinds, ..) => role.kind.name().into(),
            (Self::Layers, Some(layer), _) => format!("layer {layer}"),
            (_, _, ModelPart::Embeddings) => "embeddings".into(),
            (Self::Three, _, ModelPart::Layers) => "transformer".into(),
            (_, _, ModelPart::Layers | ModelPart::Head) => "head".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_lm::ParameterKind as Kind;

    #[test]
    fn the_three_of_the_paper_put_the_tied_decoder_into_the_embeddings() {
        let three = |role: ParameterRole| RoleGrouping::Three.label(&role);
        for kind in [Kind::WordInput, Kind::WordOutput, Kind::WordCross] {
            assert_eq!(three(ParameterRole::embeddings(kind)), "embeddings");
        }
        assert_eq!(
            three(ParameterRole::behind_layers(Kind::EncoderNorm)),
            "transformer"
        );
        assert_eq!(three(ParameterRole::layer(0, Kind::Query)), "transformer");
        assert_eq!(three(ParameterRole::head(Kind::Decoder)), "head");
    }

    #[test]
    fn what_stands_behind_the_last_layer_has_no_depth_of_its_own() {
        let layers = |role: ParameterRole| RoleGrouping::Layers.label(&role);
        assert_eq!(
            layers(ParameterRole::behind_layers(Kind::EncoderNorm)),
            "head"
        );
        assert_eq!(layers(ParameterRole::layer(3, Kind::Query)), "layer 3");
    }
}
