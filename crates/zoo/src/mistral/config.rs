//! `config.json` of a Mistral model.

use dissensus_lm::{Error, ModelConfig, Sizes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Mistral;
use crate::parts::{
    Ignored, check, check_deviation, check_epsilon, check_padding, check_rate, check_sizes,
    config_json,
};

/// The shape of a Mistral model: names and defaults of `MistralConfig`. Keys that are not read are
/// kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MistralConfig {
    /// Only `mistral`.
    pub model_type: String,
    /// Rows of the word table, `V`.
    pub vocab_size: usize,
    /// Width of the model, `H`.
    pub hidden_size: usize,
    /// Width of the feed-forward network.
    pub intermediate_size: usize,
    /// Number of layers, `L`.
    pub num_hidden_layers: usize,
    /// Heads of the queries.
    pub num_attention_heads: usize,
    /// Heads of keys and values, which divide those of the queries; as many where there is `null`.
    pub num_key_value_heads: Option<usize>,
    /// Width of a head; by default `hidden_size/num_attention_heads`.
    pub head_dim: Option<usize>,
    /// Only `silu`.
    pub hidden_act: String,
    /// Longest sequence, in tokens.
    pub max_position_embeddings: usize,
    /// Standard deviation of the initial weights.
    pub initializer_range: f64,
    /// The `ε` of the norms.
    pub rms_norm_eps: f64,
    /// The padding token, whose row starts at zero.
    pub pad_token_id: Option<u32>,
    /// Whether the head's weight is the word table itself.
    pub tie_word_embeddings: bool,
    /// The base by which rotary frequencies fall, as older files have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rope_theta: Option<f64>,
    /// The same, as newer files have it: `rope_theta`, and `rope_type`, which can only be
    /// `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rope_parameters: Option<Map<String, Value>>,
    /// A token sees itself and so many less one before it; all where there is `null`.
    pub sliding_window: Option<usize>,
    /// Dropout of the attention's probabilities.
    pub attention_dropout: f64,
    /// Whether the head is left out, as in files of the encoder alone.
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

impl Default for MistralConfig {
    fn default() -> Self {
        Self {
            model_type: "mistral".into(),
            vocab_size: 32_000,
            hidden_size: 4096,
            intermediate_size: 14_336,
            num_hidden_layers: 32,
            num_attention_heads: 32,
            num_key_value_heads: Some(8),
            head_dim: None,
            hidden_act: "silu".into(),
            max_position_embeddings: 131_072,
            initializer_range: 0.02,
            rms_norm_eps: 1e-6,
            pad_token_id: None,
            tie_word_embeddings: false,
            rope_theta: None,
            rope_parameters: None,
            sliding_window: Some(4096),
            attention_dropout: 0.0,
            is_bare: false,
            dtype: Ignored,
            torch_dtype: Ignored,
            other: Map::new(),
        }
    }
}

impl MistralConfig {
    /// Heads of keys and values.
    #[must_use]
    pub fn key_heads(&self) -> usize {
        self.num_key_value_heads.unwrap_or(self.num_attention_heads)
    }

    /// Width of a head.
    #[must_use]
    pub fn head(&self) -> usize {
        let even = self.hidden_size / self.num_attention_heads.max(1);
        self.head_dim.unwrap_or(even)
    }

    /// The base by which rotary frequencies fall.
    #[must_use]
    pub fn theta(&self) -> f64 {
        let newer = self.rope_parameters.as_ref();
        let newer = newer.and_then(|rope| rope.get("rope_theta")?.as_f64());
        newer.or(self.rope_theta).unwrap_or(10_000.0)
    }

    fn check_refused(&self) -> Result<(), Error> {
        let experts = self.other.get("num_local_experts");
        let experts = experts.filter(|count| !count.is_null());
        check(
            experts.is_none(),
            "num_local_experts",
            experts.unwrap_or(&Value::Null),
            "absent: a mixture of experts is not built here",
        )?;
        let kind = &self.model_type;
        let mistral = "mistral: a mixture of experts, or another architecture, is not built here";
        check(kind == "mistral", "model_type", kind, mistral)?;
        let act = &self.hidden_act;
        check(act == "silu", "hidden_act", act, "silu")?;
        let rope = self.rope_parameters.as_ref();
        let rope = rope.and_then(|rope| rope.get("rope_type")?.as_str());
        let rope = rope.unwrap_or("default");
        check(rope == "default", "rope_type", rope, "default")?;
        let scaled = self.other.get("rope_scaling");
        let scaled = scaled.filter(|scaling| !scaling.is_null());
        check(
            scaled.is_none(),
            "rope_scaling",
            scaled.unwrap_or(&Value::Null),
            "null: scaled positions are not built here",
        )
    }

    fn check_sizes(&self) -> Result<(), Error> {
        check_sizes(&[
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("num_attention_heads", self.num_attention_heads),
            ("num_key_value_heads", self.key_heads()),
            ("head_dim", self.head()),
            ("max_position_embeddings", self.max_position_embeddings),
            ("sliding_window", self.sliding_window.unwrap_or(1)),
        ])?;
        let layers = self.num_hidden_layers;
        check(layers <= 4096, "num_hidden_layers", layers, "at most 4096")?;
        let (heads, keys) = (self.num_attention_heads, self.key_heads());
        let divisor = format!("a divisor of the {heads} heads of the queries");
        check(
            heads.is_multiple_of(keys),
            "num_key_value_heads",
            keys,
            &divisor,
        )?;
        let even = "a divisor of hidden_size where there is no head_dim";
        let holds = self.head_dim.is_some() || self.hidden_size.is_multiple_of(heads);
        check(holds, "num_attention_heads", heads, even)?;
        let halves = "even: rotary positions cut it in halves";
        check(
            self.head().is_multiple_of(2),
            "head_dim",
            self.head(),
            halves,
        )
    }
}

impl ModelConfig for MistralConfig {
    type Model = Mistral;

    fn check(&self) -> Result<(), Error> {
        self.check_refused()?;
        self.check_sizes()?;
        check_rate("attention_dropout", self.attention_dropout)?;
        let theta = self.theta();
        let holds = theta.is_finite() && theta > 0.0;
        check(holds, "rope_theta", theta, "a positive number")?;
        check_epsilon("rms_norm_eps", self.rms_norm_eps)?;
        check_deviation("initializer_range", self.initializer_range)?;
        check_padding(self.pad_token_id, self.vocab_size)
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            vocabulary: self.vocab_size,
            positions: self.max_position_embeddings,
            width: self.hidden_size,
            layers: self.num_hidden_layers,
            padding: self.pad_token_id.unwrap_or_default(),
        }
    }

    fn to_json(&self) -> String {
        config_json(self)
    }
}
