use crate::{Group, Place};
use serde::{Deserialize, Serialize};

/// How places are put together in one figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Every group of every layer by itself.
    Places,
    /// Groups, summed over layers.
    Groups,
    /// The three of arXiv:2604: `embeddings` (word, position, type, their norm, and with the tied
    /// table the decoder's weight too), `transformer`, `head`.
    Three,
    /// `embeddings`, `layer 0`, `layer 1`, …, `head`.
    Layers,
}

impl Figure {
    /// The label under which a place is counted.
    pub fn label(self, place: Place) -> String {
        match (self, place.layer) {
            (Figure::Places, _) => place.to_string(),
            (Figure::Groups, _) => place.group.name().into(),
            (Figure::Three, Some(_)) => "transformer".into(),
            (Figure::Layers, Some(layer)) => format!("layer {layer}"),
            (Figure::Three, None) if place.group == Group::EncoderNorm => "transformer".into(),
            (Figure::Three | Figure::Layers, None) => match place.group {
                Group::EncoderNorm
                | Group::HeadDense
                | Group::HeadNorm
                | Group::Decoder
                | Group::DecoderBias => "head".into(),
                _ => "embeddings".into(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_three_put_the_tied_decoder_into_the_embeddings() {
        let three = |name| Place::of(name).map(|place| Figure::Three.label(place)).ok();
        assert_eq!(
            three("bert.embeddings.word_embeddings.weight").as_deref(),
            Some("embeddings")
        );
        assert_eq!(
            three("bert.encoder.ln.weight").as_deref(),
            Some("transformer")
        );
        assert_eq!(three("cls.predictions.bias").as_deref(), Some("head"));
        assert_eq!(
            three("cls.predictions.decoder.weight").as_deref(),
            Some("head")
        );
        assert_eq!(
            three("bert.encoder.layer.0.output.LayerNorm.bias").as_deref(),
            Some("transformer")
        );
    }
}
