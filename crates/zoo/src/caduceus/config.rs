//! `config.json` of a Caduceus model.

use std::collections::BTreeMap;

use dissensus_lm::{Error, ModelConfig, Sizes};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::Caduceus;
use super::complement::Complement;
use crate::parts::{
    Ignored, UNLIMITED, check, check_deviation, check_epsilon, check_padding, check_sizes,
    config_json,
};

/// The shape of a Caduceus masked-language model: names and defaults of the published
/// `CaduceusConfig`. Keys that are not read are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CaduceusConfig {
    /// Width of a strand, `D`; the hidden states of a pair have `2·D`.
    pub d_model: usize,
    /// Number of layers, `L`.
    pub n_layer: usize,
    /// Tokens; rows of the word table are as many, rounded up to `pad_vocab_size_multiple`.
    pub vocab_size: usize,
    /// What the rows of the word table are a multiple of.
    pub pad_vocab_size_multiple: usize,
    /// Whether norms leave the mean and have no bias.
    pub rms_norm: bool,
    /// The `ε` of the norms.
    pub norm_epsilon: f64,
    /// With `rcps`: whether the strands change places before every layer. Published files were
    /// trained with it; it also names their norms. Without `rcps` it changes the published list of
    /// hidden states and nothing else.
    pub fused_add_norm: bool,
    /// Whether a layer reads leftwards too.
    pub bidirectional: bool,
    /// How the directions meet: `add` or `ew_multiply`.
    #[serde(deserialize_with = "or_default")]
    pub bidirectional_strategy: Option<String>,
    /// Whether both directions have the projections of the first.
    pub bidirectional_weight_tie: bool,
    /// Whether the model reads both strands with the same parameters (PS).
    pub rcps: bool,
    /// The complement of each id, by its number; ids that are not there are their own.
    pub complement_map: Option<BTreeMap<String, u32>>,
    /// The state-space mixers.
    #[serde(deserialize_with = "or_default")]
    pub ssm_cfg: StateSpaceConfig,
    /// How a random twin is drawn.
    #[serde(deserialize_with = "or_default")]
    pub initializer_cfg: InitializerConfig,
    /// Whether the decoder is the word table: always with `rcps`, and by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tie_word_embeddings: Option<bool>,
    /// The padding token. These models read it as a letter.
    pub pad_token_id: Option<u32>,
    /// Whether an untied decoder is left out, as in files of the encoder alone.
    #[serde(skip)]
    pub(crate) is_bare: bool,
    #[serde(skip_serializing)]
    dtype: Ignored,
    #[serde(skip_serializing)]
    torch_dtype: Ignored,
    /// Every other key.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The state-space mixers of a model: names and defaults of Mamba.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct StateSpaceConfig {
    /// Numbers of one channel's state, `N`.
    pub d_state: usize,
    /// Taps of the convolution, `K`.
    pub d_conv: usize,
    /// Channels for each of the model's: `E = expand·D`.
    pub expand: usize,
    /// Rank of the steps' projection; `auto` is `⌈D/16⌉`.
    pub dt_rank: Rank,
    /// The smallest step of a random twin.
    pub dt_min: f64,
    /// Its largest.
    pub dt_max: f64,
    /// `random`, or `constant` for steps' projections that are all alike.
    pub dt_init: String,
    /// Of the steps' projections of a random twin.
    pub dt_scale: f64,
    /// Steps below it are raised to it.
    pub dt_init_floor: f64,
    /// Whether the convolution has a bias.
    pub conv_bias: bool,
    /// Whether the projections have one.
    pub bias: bool,
    /// Every other key.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A rank, or `auto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Rank {
    /// So many.
    Of(usize),
    /// `auto`.
    Named(String),
}

/// How a random twin is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct InitializerConfig {
    /// Standard deviation of the word table.
    pub initializer_range: f64,
    /// Whether output projections shrink with depth.
    pub rescale_prenorm_residual: bool,
    /// Residual branches of a layer.
    pub n_residuals_per_layer: usize,
    /// Every other key.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A null is the default.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Default for CaduceusConfig {
    fn default() -> Self {
        Self {
            d_model: 2560,
            n_layer: 64,
            vocab_size: 50_277,
            pad_vocab_size_multiple: 8,
            rms_norm: true,
            norm_epsilon: 1e-5,
            fused_add_norm: true,
            bidirectional: true,
            bidirectional_strategy: None,
            bidirectional_weight_tie: true,
            rcps: false,
            complement_map: None,
            ssm_cfg: StateSpaceConfig::default(),
            initializer_cfg: InitializerConfig::default(),
            tie_word_embeddings: None,
            pad_token_id: None,
            is_bare: false,
            dtype: Ignored,
            torch_dtype: Ignored,
            other: Map::new(),
        }
    }
}

impl Default for StateSpaceConfig {
    fn default() -> Self {
        Self {
            d_state: 16,
            d_conv: 4,
            expand: 2,
            dt_rank: Rank::Named("auto".into()),
            dt_min: 0.001,
            dt_max: 0.1,
            dt_init: "random".into(),
            dt_scale: 1.0,
            dt_init_floor: 1e-4,
            conv_bias: true,
            bias: false,
            other: Map::new(),
        }
    }
}

impl Default for InitializerConfig {
    fn default() -> Self {
        Self {
            initializer_range: 0.02,
            rescale_prenorm_residual: true,
            n_residuals_per_layer: 1,
            other: Map::new(),
        }
    }
}

/// The id that pads short rows where the configuration names none: `[PAD]`.
const PADDING: u32 = 4;

impl CaduceusConfig {
    /// Rows of the word table, `V`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.vocab_size
            .next_multiple_of(self.pad_vocab_size_multiple.max(1))
    }

    /// Channels of the mixers, `E`.
    #[must_use]
    pub fn inner(&self) -> usize {
        self.ssm_cfg.expand * self.d_model
    }

    /// Rank of the steps' projection, `R`.
    #[must_use]
    pub fn rank(&self) -> usize {
        match self.ssm_cfg.dt_rank {
            Rank::Of(rank) => rank,
            Rank::Named(_) => self.d_model.div_ceil(16),
        }
    }

    /// Whether the decoder is the word table.
    #[must_use]
    pub fn is_tied(&self) -> bool {
        self.rcps || self.tie_word_embeddings.unwrap_or(true)
    }

    /// Whether the directions are multiplied and not added.
    pub(super) fn multiplies(&self) -> bool {
        self.bidirectional_strategy.as_deref() == Some("ew_multiply")
    }

    /// Whether the strands change places before every layer.
    pub(super) fn exchanges(&self) -> bool {
        self.rcps && self.fused_add_norm
    }

    /// Of a model that reads both strands.
    pub(super) fn complement(&self) -> Result<Option<Complement>, Error> {
        let entries = self.complement_map.clone().unwrap_or_default();
        let map = || Complement::of_entries(&entries, self.rows());
        self.rcps.then(map).transpose()
    }

    fn check_mixers(&self) -> Result<(), Error> {
        let mixers = &self.ssm_cfg;
        let sizes = [
            ("ssm_cfg.d_state", mixers.d_state),
            ("ssm_cfg.d_conv", mixers.d_conv),
            ("ssm_cfg.expand", mixers.expand),
            ("ssm_cfg.dt_rank", self.rank()),
        ];
        for (field, size) in sizes {
            let holds = (1..=1 << 16).contains(&size);
            check(holds, field, size, "at least 1 and at most 2^16")?;
        }
        if let Rank::Named(name) = &mixers.dt_rank {
            check(name == "auto", "ssm_cfg.dt_rank", name, "a number or auto")?;
        }
        let layer = mixers.other.get("layer").unwrap_or(&Value::Null);
        let mamba = layer.is_null() || layer == "Mamba1";
        check(mamba, "ssm_cfg.layer", layer, "absent or Mamba1")?;
        let init = &mixers.dt_init;
        let known = init == "random" || init == "constant";
        check(known, "ssm_cfg.dt_init", init, "random or constant")?;
        let ordered = 0.0 < mixers.dt_min && mixers.dt_min <= mixers.dt_max;
        let ordered = ordered && mixers.dt_max.is_finite();
        check(ordered, "ssm_cfg.dt_min", mixers.dt_min, "in (0, dt_max]")?;
        let floor = mixers.dt_init_floor;
        let holds = floor.is_finite() && floor >= 0.0;
        check(holds, "ssm_cfg.dt_init_floor", floor, "a length of a step")?;
        let scale = mixers.dt_scale;
        check(scale.is_finite(), "ssm_cfg.dt_scale", scale, "a number")
    }
}

impl ModelConfig for CaduceusConfig {
    type Model = Caduceus;

    fn check(&self) -> Result<(), Error> {
        check_sizes(&[
            ("d_model", self.d_model),
            ("vocab_size", self.vocab_size),
            ("pad_vocab_size_multiple", self.pad_vocab_size_multiple),
        ])?;
        let layers = self.n_layer;
        let expected = "at least 1 and at most 4096";
        check((1..=4096).contains(&layers), "n_layer", layers, expected)?;
        check_epsilon("norm_epsilon", self.norm_epsilon)?;
        let strategy = self.bidirectional_strategy.as_deref().unwrap_or("add");
        let known = strategy == "add" || strategy == "ew_multiply";
        let expected = "add or ew_multiply";
        check(known, "bidirectional_strategy", strategy, expected)?;
        let has_map = !self.rcps || self.complement_map.is_some();
        let expected = "the complement of each id, which rcps needs";
        check(has_map, "complement_map", "null", expected)?;
        self.complement()?;
        let deviation = self.initializer_cfg.initializer_range;
        check_deviation("initializer_cfg.initializer_range", deviation)?;
        check_padding(self.pad_token_id, self.rows())?;
        self.check_mixers()
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            vocabulary: self.rows(),
            positions: UNLIMITED,
            width: self.d_model * (1 + usize::from(self.rcps)),
            layers: self.n_layer,
            padding: match self.pad_token_id {
                Some(id) => id,
                None => PADDING.min(self.rows().saturating_sub(1) as u32),
            },
        }
    }

    fn to_json(&self) -> String {
        config_json(self)
    }
}
