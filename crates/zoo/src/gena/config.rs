//! `config.json` of a GENA-LM model.

use dissensus_lm::{Error, ModelConfig, Sizes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Gena;
use crate::parts::{Common, Ignored, check, check_common, config_json};

/// The shape of a GENA-LM masked-language model: names and defaults of its published configuration.
/// Keys that are not read are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct GenaConfig {
    /// Rows of the word table, `V`.
    pub vocab_size: usize,
    /// Width of the model, `H`.
    pub hidden_size: usize,
    /// Number of layers, `L`.
    pub num_hidden_layers: usize,
    /// Heads of each attention; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward network.
    pub intermediate_size: usize,
    /// Only `gelu`, the exact one.
    pub hidden_act: String,
    /// Dropout after the embeddings and at the end of each half layer.
    pub hidden_dropout_prob: f64,
    /// Dropout of the attention's probabilities.
    pub attention_probs_dropout_prob: f64,
    /// Longest sequence, in tokens.
    pub max_position_embeddings: usize,
    /// Rows of the type table; every token is of type 0.
    pub type_vocab_size: usize,
    /// Standard deviation of the initial weights.
    pub initializer_range: f64,
    /// The `ε` of the layer norms.
    pub layer_norm_eps: f64,
    /// The padding token, whose row starts at zero.
    pub pad_token_id: Option<u32>,
    /// Whether the decoder's weight is the word table itself.
    pub tie_word_embeddings: bool,
    /// Only `absolute`.
    pub position_embedding_type: String,
    /// Only `true`: norms stand in front of each half layer.
    pub pre_layer_norm: bool,
    /// Whether a norm follows the last layer; by default as `pre_layer_norm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_layer_norm: Option<bool>,
    /// Only `false`: no causal attention.
    pub is_decoder: bool,
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

impl Default for GenaConfig {
    fn default() -> Self {
        Self {
            vocab_size: 32_000,
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: "gelu".into(),
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            initializer_range: 0.02,
            layer_norm_eps: 1e-12,
            pad_token_id: Some(3),
            tie_word_embeddings: true,
            position_embedding_type: "absolute".into(),
            pre_layer_norm: true,
            last_layer_norm: None,
            is_decoder: false,
            is_bare: false,
            dtype: Ignored,
            torch_dtype: Ignored,
            other: Map::new(),
        }
    }
}

impl GenaConfig {
    /// Whether a norm follows the last layer.
    #[must_use]
    pub fn has_last_norm(&self) -> bool {
        self.last_layer_norm.unwrap_or(self.pre_layer_norm)
    }

    /// `config.json` of the model that "Tokenization to Transfer" (Vishniakov et al. 2026) takes
    /// for the random twin of GENA-LM: BERT of the same sizes, which `dissensus-bert` opens.
    ///
    /// It is another architecture: its norms stand behind each half layer, so that its last state
    /// is normalised, where that of GENA-LM is a sum of residuals. The twin of the same
    /// architecture is [`random_twin`](crate::random_twin).
    #[must_use]
    pub fn stock_bert(&self) -> Value {
        json!({
            "architectures": ["BertForMaskedLM"],
            "model_type": "bert",
            "vocab_size": self.vocab_size,
            "hidden_size": self.hidden_size,
            "num_hidden_layers": self.num_hidden_layers,
            "num_attention_heads": self.num_attention_heads,
            "intermediate_size": self.intermediate_size,
            "hidden_act": self.hidden_act,
            "hidden_dropout_prob": self.hidden_dropout_prob,
            "attention_probs_dropout_prob": self.attention_probs_dropout_prob,
            "max_position_embeddings": self.max_position_embeddings,
            "type_vocab_size": self.type_vocab_size,
            "initializer_range": self.initializer_range,
            "layer_norm_eps": self.layer_norm_eps,
            "pad_token_id": self.pad_token_id,
        })
    }

    /// Keys of sparse attention, which is not built here.
    fn check_dense(&self) -> Result<(), Error> {
        for field in ["sparse_attention", "sparse_config_cls"] {
            let value = &self.other.get(field).cloned().unwrap_or_default();
            let holds = value.is_null() || *value == false;
            check(
                holds,
                field,
                value,
                "absent: sparse attention is not built here",
            )?;
        }
        Ok(())
    }
}

impl ModelConfig for GenaConfig {
    type Model = Gena;

    fn check(&self) -> Result<(), Error> {
        self.check_dense()?;
        check(
            self.pre_layer_norm,
            "pre_layer_norm",
            false,
            "true; without it the model is a stock BERT",
        )?;
        let positions = &self.position_embedding_type;
        let holds = positions == "absolute";
        check(holds, "position_embedding_type", positions, "absolute")?;
        let act = &self.hidden_act;
        check(act == "gelu", "hidden_act", act, "gelu (the exact one)")?;
        check(!self.is_decoder, "is_decoder", true, "false")?;
        let (types, rows) = (self.type_vocab_size, self.max_position_embeddings);
        check(types > 0, "type_vocab_size", types, "at least 1")?;
        check(rows > 0, "max_position_embeddings", rows, "at least 1")?;
        check_common(&Common {
            vocabulary: self.vocab_size,
            width: self.hidden_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            inner: self.intermediate_size,
            dropout: [self.hidden_dropout_prob, self.attention_probs_dropout_prob],
            deviation: self.initializer_range,
            epsilon: self.layer_norm_eps,
            padding: self.pad_token_id,
        })
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            vocabulary: self.vocab_size,
            positions: self.max_position_embeddings,
            width: self.hidden_size,
            layers: self.num_hidden_layers,
            padding: self.pad_token_id.unwrap_or(0),
        }
    }

    fn to_json(&self) -> String {
        config_json(self)
    }
}
