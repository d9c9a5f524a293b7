//! What the parameters of Caduceus are for.

use dissensus_lm::{ParameterKind, ParameterRole};

/// The role of a parameter by its name; none for a name that Caduceus does not have. Both
/// directions of a layer have the same roles.
#[expect(clippy::too_many_lines, reason = "a list of names")]
pub(super) fn role(name: &str, tied: bool) -> Option<ParameterRole> {
    let name = name.replace(".submodule", "").replace(".embedding.", ".");
    let words: Vec<&str> = name.split('.').collect();
    let other = |kind: &'static str| ParameterKind::Other(kind.into());
    match words[..] {
        ["caduceus", "backbone", "layers", layer, "norm", _] => Some(ParameterRole::layer(
            layer.parse().ok()?,
            other("mixer norm"),
        )),
        [
            "caduceus",
            "backbone",
            "layers",
            layer,
            "mixer",
            _,
            what,
            ..,
        ] => {
            let kind = match what {
                "in_proj" => "mixer in",
                "conv1d" => "convolution",
                "x_proj" => "scan selection",
                "dt_proj" => "scan steps",
                "A_log" => "scan rates",
                "D" => "scan skip",
                "out_proj" => "mixer out",
                _ => return None,
            };
            Some(ParameterRole::layer(layer.parse().ok()?, other(kind)))
        }
        ["caduceus", "backbone", "norm_f", _] => {
            Some(ParameterRole::behind_layers(ParameterKind::EncoderNorm))
        }
        ["caduceus", "backbone", "embeddings", ..] => Some(ParameterRole::embeddings(if tied {
            ParameterKind::WordTied
        } else {
            ParameterKind::WordInput
        })),
        ["lm_head", "weight"] => Some(ParameterRole::head(ParameterKind::Decoder)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_one_strand_and_of_both_have_the_same_roles() {
        for (one, both, expected) in [
            (
                "caduceus.backbone.layers.3.mixer.mamba_rev.conv1d.bias",
                "caduceus.backbone.layers.3.mixer.submodule.mamba_fwd.conv1d.weight",
                "layer 3 convolution",
            ),
            (
                "caduceus.backbone.layers.0.norm.weight",
                "caduceus.backbone.layers.0.norm.submodule.weight",
                "layer 0 mixer norm",
            ),
            (
                "caduceus.backbone.norm_f.bias",
                "caduceus.backbone.norm_f.submodule.weight",
                "encoder norm",
            ),
            (
                "caduceus.backbone.embeddings.word_embeddings.weight",
                "caduceus.backbone.embeddings.word_embeddings.embedding.weight",
                "word tied",
            ),
        ] {
            let found = [one, both].map(|name| role(name, true).map(|role| role.to_string()));
            assert_eq!(
                found,
                [Some(expected.to_string()), Some(expected.to_string())]
            );
        }
        assert_eq!(
            role("caduceus.backbone.layers.0.mixer.mamba_fwd.odd", true),
            None
        );
    }
}
