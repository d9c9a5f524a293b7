//! `config.json` of a HyenaDNA model.

use dissensus_lm::{Error, ModelConfig, Sizes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::HyenaDna;
use crate::parts::{
    Ignored, LARGEST, check, check_epsilon, check_padding, check_rate, check_sizes, config_json,
};

/// The shape of a HyenaDNA model: names and defaults of `HyenaConfig`. Keys that are not read are
/// kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct HyenaDnaConfig {
    /// Tokens of the vocabulary.
    pub vocab_size: usize,
    /// The word table has the next multiple of this many rows, `V`.
    pub pad_vocab_size_multiple: usize,
    /// Width of the model, `H`.
    pub d_model: usize,
    /// Width of the feed-forward network; by default four times `d_model`.
    pub d_inner: Option<usize>,
    /// Number of layers, `L`.
    pub n_layer: usize,
    /// Longest sequence, in tokens. It is the unit of time of the filters, and so cannot be changed
    /// after training.
    pub max_seq_len: usize,
    /// Inputs of the filter network: the time, cosines and sines; odd.
    pub emb_dim: usize,
    /// Width of the filter network.
    pub filter_order: usize,
    /// Layers of the filter network between its first and its last.
    pub num_inner_mlps: usize,
    /// The frequency at which the filter network's sines begin.
    pub activation_freq: f64,
    /// Whether the frequencies are trained, and so stored.
    pub train_freq: bool,
    /// Only 3: taps of the short filter, which the published padding lets see no later token.
    pub short_filter_order: usize,
    /// Only 2: gates and value of the operator.
    pub hyena_order: usize,
    /// The `ε` of the last norm; the others have 1e-5.
    pub layer_norm_epsilon: f64,
    /// Dropout of the operator's gated value.
    pub hyena_dropout: f64,
    /// The token that batches are padded with.
    pub pad_token_id: Option<u32>,
    /// Only `false` or absent: the head has a weight of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tie_word_embeddings: Option<bool>,
    /// Whether the head is left out, as in files of the backbone alone.
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

impl Default for HyenaDnaConfig {
    fn default() -> Self {
        Self {
            vocab_size: 12,
            pad_vocab_size_multiple: 8,
            d_model: 256,
            d_inner: None,
            n_layer: 12,
            max_seq_len: 1024,
            emb_dim: 3,
            filter_order: 64,
            num_inner_mlps: 2,
            activation_freq: 1.0,
            train_freq: true,
            short_filter_order: 3,
            hyena_order: 2,
            layer_norm_epsilon: 1e-5,
            hyena_dropout: 0.0,
            pad_token_id: Some(4),
            tie_word_embeddings: None,
            is_bare: false,
            dtype: Ignored,
            torch_dtype: Ignored,
            other: Map::new(),
        }
    }
}

impl HyenaDnaConfig {
    /// Rows of the word table, `V`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.vocab_size
            .next_multiple_of(self.pad_vocab_size_multiple.max(1))
    }

    /// Width of the feed-forward network.
    #[must_use]
    pub fn inner(&self) -> usize {
        self.d_inner.unwrap_or(4 * self.d_model)
    }

    fn check_refused(&self) -> Result<(), Error> {
        let other_code = "absent: its folder is one of other code, with other names";
        let has = self.other.contains_key("hidden_size");
        check(!has, "hidden_size", "a number", other_code)?;
        let order = "2: no other order is built here";
        check(
            self.hyena_order == 2,
            "hyena_order",
            self.hyena_order,
            order,
        )?;
        let taps = self.short_filter_order;
        check(taps == 3, "short_filter_order", taps, "3")?;
        check(
            self.tie_word_embeddings != Some(true),
            "tie_word_embeddings",
            true,
            "false: the head has a weight of its own",
        )
    }

    fn check_sizes(&self) -> Result<(), Error> {
        check_sizes(&[
            ("vocab_size", self.vocab_size),
            ("pad_vocab_size_multiple", self.pad_vocab_size_multiple),
            ("d_model", self.d_model),
            ("d_inner", self.inner()),
            ("max_seq_len", self.max_seq_len),
            ("filter_order", self.filter_order),
        ])?;
        let (layers, inner) = (self.n_layer, self.num_inner_mlps);
        check(layers <= 4096, "n_layer", layers, "at most 4096")?;
        check(inner <= 4096, "num_inner_mlps", inner, "at most 4096")?;
        let inputs = self.emb_dim;
        let holds = (3..=LARGEST).contains(&inputs) && !inputs.is_multiple_of(2);
        check(holds, "emb_dim", inputs, "odd and at least 3")
    }
}

impl ModelConfig for HyenaDnaConfig {
    type Model = HyenaDna;

    fn check(&self) -> Result<(), Error> {
        self.check_refused()?;
        self.check_sizes()?;
        check_rate("hyena_dropout", self.hyena_dropout)?;
        check_epsilon("layer_norm_epsilon", self.layer_norm_epsilon)?;
        let frequency = self.activation_freq;
        check(
            frequency.is_finite(),
            "activation_freq",
            frequency,
            "a number",
        )?;
        check_padding(self.pad_token_id, self.rows())
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            vocabulary: self.rows(),
            positions: self.max_seq_len,
            width: self.d_model,
            layers: self.n_layer,
            padding: self.pad_token_id.unwrap_or_default(),
        }
    }

    fn to_json(&self) -> String {
        config_json(self)
    }
}
