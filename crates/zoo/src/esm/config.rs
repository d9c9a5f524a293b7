//! `config.json` of an ESM model.

use dissensus_lm::{Error, ModelConfig, Sizes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Esm;
use crate::parts::{Common, Ignored, UNLIMITED, check, check_common, config_json};

/// The shape of an ESM masked-language model: names and defaults of `EsmConfig`, and `add_bias_fnn`
/// of the Nucleotide Transformer v2, whose presence makes the feed-forward network a gated one.
/// Keys that are not read are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EsmConfig {
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
    /// Dropout at the end of each half layer.
    pub hidden_dropout_prob: f64,
    /// Dropout of the attention's probabilities.
    pub attention_probs_dropout_prob: f64,
    /// Rows of the position table, padding's own and those before it included; rotary models do not
    /// use it.
    pub max_position_embeddings: usize,
    /// Standard deviation of the initial weights.
    pub initializer_range: f64,
    /// The `ε` of the layer norms.
    pub layer_norm_eps: f64,
    /// The padding token, which has the position of its own id.
    pub pad_token_id: Option<u32>,
    /// The masked token, whose embedding `token_dropout` leaves out.
    pub mask_token_id: Option<u32>,
    /// `absolute` or `rotary`.
    pub position_embedding_type: String,
    /// Whether a norm follows the embeddings.
    pub emb_layer_norm_before: bool,
    /// Whether embeddings are rescaled by the fraction of masked tokens, at inference too.
    pub token_dropout: bool,
    /// Only `false`: the decoder has a weight of its own.
    pub tie_word_embeddings: bool,
    /// Only `false`: no protein folding.
    pub is_folding_model: bool,
    /// Only `false`: no causal attention.
    pub is_decoder: bool,
    /// Present where the feed-forward network is gated; whether its maps have biases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub add_bias_fnn: Option<bool>,
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

impl Default for EsmConfig {
    fn default() -> Self {
        Self {
            vocab_size: 4105,
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            max_position_embeddings: 1026,
            initializer_range: 0.02,
            layer_norm_eps: 1e-12,
            pad_token_id: None,
            mask_token_id: None,
            position_embedding_type: "absolute".into(),
            emb_layer_norm_before: false,
            token_dropout: false,
            tie_word_embeddings: false,
            is_folding_model: false,
            is_decoder: false,
            add_bias_fnn: None,
            is_bare: false,
            dtype: Ignored,
            torch_dtype: Ignored,
            other: Map::new(),
        }
    }
}

impl EsmConfig {
    /// Whether positions are rotary.
    #[must_use]
    pub fn is_rotary(&self) -> bool {
        self.position_embedding_type == "rotary"
    }

    /// Whether the feed-forward network is gated.
    #[must_use]
    pub fn is_gated(&self) -> bool {
        self.add_bias_fnn.is_some()
    }

    /// The configuration of the untrained Nucleotide Transformer over characters in "Tokenization
    /// to Transfer" (Vishniakov et al. 2026): [twelve tokens][letters], everything else as it is.
    ///
    /// So the masked token stays 2, which is A there: where `token_dropout` is on, every A is left
    /// out and the rest scaled by `0.88/(1 − fraction of A)`. And the padding token stays 1, which
    /// is N: its row starts at 0 and its positions do not count. A right comparison has other ids.
    ///
    /// [letters]: crate::PublishedTokenizer::letters_of_tokenization_to_transfer
    ///
    /// ```
    /// use burn::tensor::Device;
    /// use dissensus_zoo::{Esm, EsmConfig, Published, ZooModel};
    /// use dissensus_lm::TrainableModel;
    /// let mut config = EsmConfig::default();
    /// (config.hidden_size, config.num_hidden_layers, config.intermediate_size) = (24, 1, 8);
    /// let config = config.over_letters_of_tokenization_to_transfer();
    /// let twin = Esm::fresh(&config, 7, &Device::flex())?;
    /// assert_eq!(twin.parameters()[0].1[0], 12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn over_letters_of_tokenization_to_transfer(&self) -> Self {
        Self {
            vocab_size: 12,
            ..self.clone()
        }
    }

    /// The padding token's id.
    pub(crate) fn padding(&self) -> u32 {
        self.pad_token_id.unwrap_or(1)
    }

    /// The most tokens of a sequence: a position is at least one above the padding token's.
    fn longest(&self) -> usize {
        if self.is_rotary() {
            UNLIMITED
        } else {
            self.max_position_embeddings
                .saturating_sub(self.padding() as usize + 1)
        }
    }
}

impl EsmConfig {
    fn check_positions(&self) -> Result<(), Error> {
        let head = self.hidden_size / self.num_attention_heads;
        check(
            !self.is_rotary() || head.is_multiple_of(2),
            "num_attention_heads",
            self.num_attention_heads,
            "heads of even width, which rotary positions cut in halves",
        )?;
        check(
            self.longest() > 0,
            "max_position_embeddings",
            self.max_position_embeddings,
            "more than pad_token_id + 1",
        )?;
        check(
            !self.token_dropout || self.mask_token_id.is_some(),
            "mask_token_id",
            "null",
            "an id, which token_dropout needs",
        )
    }
}

impl ModelConfig for EsmConfig {
    type Model = Esm;

    fn check(&self) -> Result<(), Error> {
        let folding = "false: folding models are not read";
        check(!self.is_folding_model, "is_folding_model", true, folding)?;
        check(!self.is_decoder, "is_decoder", true, "false")?;
        let tied = "false: the decoder has a weight of its own";
        check(!self.tie_word_embeddings, "tie_word_embeddings", true, tied)?;
        let positions = &self.position_embedding_type;
        let known = positions == "absolute" || positions == "rotary";
        check(
            known,
            "position_embedding_type",
            positions,
            "absolute or rotary",
        )?;
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
        })?;
        self.check_positions()
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            vocabulary: self.vocab_size,
            positions: self.longest(),
            width: self.hidden_size,
            layers: self.num_hidden_layers,
            padding: self.padding(),
        }
    }

    fn to_json(&self) -> String {
        config_json(self)
    }
}
