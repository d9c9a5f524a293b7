//! `config.json` of a MosaicBERT model.

use dissensus_lm::{Error, ModelConfig, Sizes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::MosaicBert;
use crate::parts::{Common, Ignored, UNLIMITED, check, check_common, config_json};

/// The shape of a MosaicBERT masked-language model: names and defaults of its published
/// configuration. Keys that are not read are kept: `max_position_embeddings`,
/// `position_embedding_type` and `alibi_starting_size` change nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MosaicBertConfig {
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
    /// Dropout after the embeddings, behind the attention, and inside the feed-forward network.
    pub hidden_dropout_prob: f64,
    /// Dropout of the attention's probabilities.
    pub attention_probs_dropout_prob: f64,
    /// Rows of the type table; every token is of type 0.
    pub type_vocab_size: usize,
    /// Standard deviation of the initial weights.
    pub initializer_range: f64,
    /// The `ε` of the layer norms; the head's is 1e-12 whatever stands here.
    pub layer_norm_eps: f64,
    /// The padding token of the configuration, which need not be the tokenizer's.
    pub pad_token_id: Option<u32>,
    /// Whether the decoder's weight is the word table itself.
    pub tie_word_embeddings: bool,
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

impl Default for MosaicBertConfig {
    fn default() -> Self {
        Self {
            vocab_size: 4096,
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: "gelu".into(),
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            type_vocab_size: 2,
            initializer_range: 0.02,
            layer_norm_eps: 1e-12,
            pad_token_id: None,
            tie_word_embeddings: true,
            is_decoder: false,
            is_bare: false,
            dtype: Ignored,
            torch_dtype: Ignored,
            other: Map::new(),
        }
    }
}

impl ModelConfig for MosaicBertConfig {
    type Model = MosaicBert;

    fn check(&self) -> Result<(), Error> {
        let act = &self.hidden_act;
        check(act == "gelu", "hidden_act", act, "gelu (the exact one)")?;
        check(!self.is_decoder, "is_decoder", true, "false")?;
        let types = self.type_vocab_size;
        check(types > 0, "type_vocab_size", types, "at least 1")?;
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
            positions: UNLIMITED,
            width: self.hidden_size,
            layers: self.num_hidden_layers,
            padding: self.pad_token_id.unwrap_or(0),
        }
    }

    fn to_json(&self) -> String {
        config_json(self)
    }
}
