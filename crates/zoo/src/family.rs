//! Which of the published models a folder holds.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use dissensus_kernels::files::is_git_lfs_pointer;
use dissensus_lm::tensor_shapes;
use serde_json::Value;

use crate::Error;

/// The published architectures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Family {
    /// ESM: Nucleotide Transformer v1 (learnt positions) and v2 (rotary positions, gated units).
    Esm,
    /// MosaicBERT with ALiBi: DNABERT-2.
    MosaicBert,
    /// BERT with norms in front of each half layer: GENA-LM.
    Gena,
    /// Caduceus: state-space layers in both directions, on one strand (Ph) or on both with shared
    /// parameters (PS).
    Caduceus,
    /// Long convolutions: HyenaDNA.
    HyenaDna,
    /// Attention that looks back, with shared keys: Mistral over characters.
    Mistral,
}

/// How a family is known.
struct Signs {
    /// The end of a key that only this family has.
    key: &'static str,
    /// Whether a configuration is one of this family.
    config: fn(&Value) -> bool,
}

impl Family {
    /// Every family, in the order in which they are tried.
    pub const ALL: [Self; 6] = [
        Self::Esm,
        Self::MosaicBert,
        Self::Gena,
        Self::Caduceus,
        Self::HyenaDna,
        Self::Mistral,
    ];

    /// Name of the models.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Esm => "Nucleotide Transformer (ESM)",
            Self::MosaicBert => "DNABERT-2 (MosaicBERT)",
            Self::Gena => "GENA-LM",
            Self::Caduceus => "Caduceus",
            Self::HyenaDna => "HyenaDNA",
            Self::Mistral => "Mistral",
        }
    }

    /// The cargo feature that brings the family.
    #[must_use]
    pub fn feature(self) -> &'static str {
        match self {
            Self::Esm => "esm",
            Self::MosaicBert => "mosaic-bert",
            Self::Gena => "gena",
            Self::Caduceus => "caduceus",
            Self::HyenaDna => "hyena",
            Self::Mistral => "mistral",
        }
    }

    fn signs(self) -> Signs {
        match self {
            Self::Esm => Signs {
                key: "encoder.emb_layer_norm_after.weight",
                config: |config| config["model_type"] == "esm" || class_starts(config, "Esm"),
            },
            Self::MosaicBert => Signs {
                key: "encoder.layer.0.attention.self.Wqkv.weight",
                config: |config| {
                    !config["alibi_starting_size"].is_null() || code_is(config, "bert_layers.")
                },
            },
            Self::Gena => Signs {
                key: "encoder.layer.0.pre_attention_ln.weight",
                config: |config| config["pre_layer_norm"] == true,
            },
            Self::Caduceus => Signs {
                key: "mamba_fwd.A_log",
                config: |config| {
                    config["model_type"] == "caduceus" || class_starts(config, "Caduceus")
                },
            },
            Self::HyenaDna => Signs {
                key: "filter_fn.bias",
                config: |config| {
                    config["model_type"] == "hyenadna" || class_starts(config, "HyenaDNA")
                },
            },
            // Its relative with a mixture of experts has the same attention; its configuration is
            // refused by name.
            Self::Mistral => Signs {
                key: "layers.0.self_attn.q_proj.weight",
                config: |config| {
                    let kinds = ["mistral", "mixtral"];
                    let kind = config["model_type"].as_str();
                    kind.is_some_and(|kind| kinds.contains(&kind))
                        || class_starts(config, "Mistral")
                        || class_starts(config, "Mixtral")
                },
            },
        }
    }

    /// The family of a configuration alone.
    ///
    /// # Errors
    /// [`Error::UnknownFamily`].
    pub fn of_config(config: &Value) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|f| (f.signs().config)(config));
        found.ok_or_else(|| Error::UnknownFamily {
            folder: "config.json".into(),
            looked_at: described(config, None),
        })
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn class_starts(config: &Value, prefix: &str) -> bool {
    let classes = config["architectures"].as_array().into_iter().flatten();
    let mut classes = classes.filter_map(Value::as_str);
    classes.any(|class| class.starts_with(prefix))
}

fn code_is(config: &Value, module: &str) -> bool {
    let classes = config["auto_map"].as_object().into_iter().flatten();
    let mut classes = classes.filter_map(|(_, class)| class.as_str());
    // Saved copies put the repository in front: `owner/name--module.Class`.
    classes.any(|class| {
        class
            .rsplit("--")
            .next()
            .is_some_and(|c| c.starts_with(module))
    })
}

/// What a folder says of itself.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub(crate) config: Value,
    /// Keys and shapes of the weights.
    pub(crate) shapes: BTreeMap<String, Vec<usize>>,
}

impl Evidence {
    pub(crate) fn of(folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            config: read_config(folder)?,
            shapes: tensor_shapes(folder)?,
        })
    }

    /// The shape of the tensor whose key ends so.
    pub(crate) fn shape(&self, ending: &str) -> Option<&[usize]> {
        let found = self.shapes.iter().find(|(key, _)| ends(key, ending));
        found.map(|(_, shape)| &shape[..])
    }

    /// The family whose key is among the tensors; the configuration must not say another one.
    pub(crate) fn family(&self, folder: &Path) -> Result<Family, Error> {
        let by_key = |family: &Family| self.shape(family.signs().key).is_some();
        let by_config = |family: &Family| (family.signs().config)(&self.config);
        let tensors = Family::ALL.into_iter().find(by_key);
        let config = Family::ALL.into_iter().find(by_config);
        let contradiction = |config, tensors| Error::Contradiction {
            folder: folder.to_path_buf(),
            config,
            tensors,
        };
        match (tensors, config) {
            (Some(tensors), Some(config)) if tensors != config => {
                Err(contradiction(config.name(), tensors.name()))
            }
            (Some(family), _) => Ok(family),
            (None, Some(config)) if self.is_stock_bert() => {
                Err(contradiction(config.name(), "BERT"))
            }
            // A model without layers has no keys of layers.
            (None, Some(family)) if self.config["num_hidden_layers"] == 0 => Ok(family),
            _ => Err(Error::UnknownFamily {
                folder: folder.to_path_buf(),
                looked_at: described(&self.config, Some(&self.shapes)),
            }),
        }
    }

    fn is_stock_bert(&self) -> bool {
        self.shape("encoder.layer.0.attention.output.LayerNorm.weight")
            .is_some()
            && self
                .shape("encoder.layer.0.attention.self.query.weight")
                .is_some()
    }
}

fn ends(key: &str, ending: &str) -> bool {
    key.strip_suffix(ending)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

pub(crate) fn read_config(folder: &Path) -> Result<Value, Error> {
    let path = folder.join("config.json");
    let bytes =
        dissensus_kernels::files::read(&path).map_err(|source| dissensus_lm::Error::Io {
            path: path.clone(),
            action: "read",
            source,
        })?;
    let config = if is_git_lfs_pointer(&bytes) {
        Err("this is a Git LFS pointer, not the file; fetch it with `git lfs pull`".to_owned())
    } else {
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())
    };
    Ok(config.map_err(|problem| dissensus_lm::Error::Malformed { path, problem })?)
}

/// What was looked at, for an error.
fn described(config: &Value, shapes: Option<&BTreeMap<String, Vec<usize>>>) -> String {
    let mut said: Vec<String> = ["model_type", "architectures", "auto_map"]
        .into_iter()
        .map(|key| format!("{key} {}", config[key]))
        .collect();
    if let Some(shapes) = shapes {
        let keys: Vec<&str> = shapes.keys().map(String::as_str).take(4).collect();
        said.push(format!("{} tensors, {} …", shapes.len(), keys.join(", ")));
    }
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn configurations_are_told_apart() {
        let cases = [
            (json!({"model_type": "esm"}), Family::Esm),
            (json!({"architectures": ["EsmForMaskedLM"]}), Family::Esm),
            (
                json!({"model_type": "bert", "alibi_starting_size": 512}),
                Family::MosaicBert,
            ),
            (
                json!({"auto_map": {"AutoModel": "zhihan1996/DNABERT-2-117M--bert_layers.BertModel"}}),
                Family::MosaicBert,
            ),
            (
                json!({"model_type": "bert", "pre_layer_norm": true}),
                Family::Gena,
            ),
            (json!({"model_type": "caduceus"}), Family::Caduceus),
            (
                json!({"architectures": ["CaduceusForMaskedLM"]}),
                Family::Caduceus,
            ),
            (json!({"model_type": "hyenadna"}), Family::HyenaDna),
            (json!({"architectures": ["MistralModel"]}), Family::Mistral),
        ];
        for (config, family) in cases {
            assert_eq!(Family::of_config(&config).unwrap(), family, "{config}");
        }
    }

    #[test]
    fn stock_bert_is_none_of_them() {
        let error = Family::of_config(&json!({"model_type": "bert"})).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("GENA-LM") && message.contains("model_type \"bert\""),
            "{message}"
        );
    }
}
