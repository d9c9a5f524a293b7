//! The shape of a model, with the field names of `config.json`.

use dissensus_lm::{ModelConfig, Sizes};
use serde::{Deserialize, Serialize};

use crate::{Error, MaskedLm};

/// The names [`Config::preset`] knows.
pub const PRESETS: [&str; 6] = ["micro", "tiny", "4m", "20m", "90m", "no_transformer"];

/// The shape of a BERT masked-language model: names and defaults of Hugging Face's `BertConfig`.
///
/// ```
/// use dissensus_bert::Config;
/// let tiny = Config::preset("tiny")?;
/// assert_eq!((tiny.num_hidden_layers, tiny.hidden_size, tiny.vocab_size), (2, 128, 4096));
/// let config: Config =
///     serde_json::from_str(r#"{"hidden_size": 24, "num_attention_heads": 3}"#).unwrap();
/// assert_eq!(config.intermediate_size, 3072);
/// # Ok::<(), dissensus_bert::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// `bert`, whose layer norms stand behind each residual sum, or `megatron-bert`, whose stand
    /// before each half layer and behind the last, with none after the embeddings; `rotary-bert`
    /// and `rotary-megatron-bert` likewise, with rotary positions.
    pub model_type: String,
    /// The classes of `transformers` that open the folder; none for rotary positions.
    #[serde(default)] // a plan is stored as TOML, which leaves out what is none
    pub architectures: Option<Vec<String>>,
    /// Rows of the word table, `V`.
    pub vocab_size: usize,
    /// Width of the model, `H`.
    pub hidden_size: usize,
    /// Number of encoder layers.
    pub num_hidden_layers: usize,
    /// Heads of each attention; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward network.
    pub intermediate_size: usize,
    /// The activation; only `gelu`, the exact one.
    pub hidden_act: String,
    /// Dropout after the embeddings and at the end of each half layer.
    pub hidden_dropout_prob: f64,
    /// Dropout of the attention's probabilities.
    pub attention_probs_dropout_prob: f64,
    /// Longest sequence, in tokens; rows of the position table, where there is one.
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
    /// How positions enter: `absolute` or `rotary`.
    pub position_embedding_type: String,
    /// Whether attention is causal; only `false`.
    pub is_decoder: bool,
}

/// Where the layer norms of an encoder stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormPlacement {
    /// Behind the sum of each half layer with its residual, and after the embeddings: BERT (Devlin
    /// et al. 2019).
    Behind,
    /// Before each half layer, on the branch alone, and behind the last: the residual stream runs
    /// through untouched (Xiong et al. 2020; `transformers` calls it `megatron-bert`, after Shoeybi
    /// et al. 2019).
    Before,
}

/// How a model knows where its tokens stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionEncoding {
    /// A learnt vector of each position, added to the word's: BERT (Devlin et al. 2019).
    Absolute,
    /// Queries and keys turned by angles `t·10000^(−2i/d)` of their position `t`, so that attention
    /// sees distances alone; no table (Su et al. 2021, "RoFormer"). `transformers` has no class for
    /// it with the parameters named as here, and does not open the folder.
    Rotary,
}

impl PositionEncoding {
    /// The `position_embedding_type`.
    fn name(self) -> &'static str {
        match self {
            Self::Absolute => "absolute",
            Self::Rotary => "rotary",
        }
    }
}

/// The `model_type` and the class of `transformers`, where it has one.
fn names(norm: NormPlacement, positions: PositionEncoding) -> (&'static str, Option<&'static str>) {
    use NormPlacement::{Before, Behind};
    use PositionEncoding::{Absolute, Rotary};
    match (norm, positions) {
        (Behind, Absolute) => ("bert", Some("BertForMaskedLM")),
        (Before, Absolute) => ("megatron-bert", Some("MegatronBertForMaskedLM")),
        (Behind, Rotary) => ("rotary-bert", None),
        (Before, Rotary) => ("rotary-megatron-bert", None),
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            model_type: "bert".into(),
            architectures: Some(vec!["BertForMaskedLM".into()]),
            vocab_size: 30522,
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
            pad_token_id: Some(0),
            tie_word_embeddings: true,
            position_embedding_type: "absolute".into(),
            is_decoder: false,
        }
    }
}

impl Config {
    /// A named model, with a vocabulary of 4096.
    ///
    /// | name | layers | width | heads | feed-forward |
    /// |---|---|---|---|---|
    /// | `micro` | 2 | 64 | 2 | 256 |
    /// | `tiny` | 2 | 128 | 2 | 512 |
    /// | `4m` | 6 | 256 | 8 | 512 |
    /// | `20m` | 8 | 512 | 8 | 1024 |
    /// | `90m` | 12 | 768 | 12 | 3072 |
    /// | `no_transformer` | 0 | 128 | 2 | 512 |
    ///
    /// # Errors
    /// [`Error::UnknownPreset`].
    pub fn preset(name: &str) -> Result<Self, Error> {
        let (layers, width, heads, feed_forward) = match name {
            "micro" => (2, 64, 2, 256),
            "tiny" => (2, 128, 2, 512),
            "4m" => (6, 256, 8, 512),
            "20m" => (8, 512, 8, 1024),
            "90m" => (12, 768, 12, 3072),
            "no_transformer" => (0, 128, 2, 512),
            _ => return Err(Error::UnknownPreset { name: name.into() }),
        };
        Ok(Self {
            vocab_size: 4096,
            num_hidden_layers: layers,
            hidden_size: width,
            num_attention_heads: heads,
            intermediate_size: feed_forward,
            ..Self::default()
        })
    }

    /// The same model for a vocabulary of this size and this padding token.
    #[must_use]
    pub fn with_vocabulary(mut self, size: usize, pad: u32) -> Self {
        self.vocab_size = size;
        self.pad_token_id = Some(pad);
        self
    }

    /// The same model with its layer norms placed so.
    ///
    /// ```
    /// use dissensus_bert::{Config, NormPlacement};
    /// let config = Config::preset("tiny")?.with_norm(NormPlacement::Before);
    /// assert_eq!(config.model_type, "megatron-bert");
    /// assert_eq!(config.norm(), NormPlacement::Before);
    /// # Ok::<(), dissensus_bert::Error>(())
    /// ```
    #[must_use]
    pub fn with_norm(self, norm: NormPlacement) -> Self {
        let positions = self.positions();
        self.named(norm, positions)
    }

    /// The same model with its positions entering so.
    ///
    /// ```
    /// use dissensus_bert::{Config, PositionEncoding};
    /// let config = Config::preset("tiny")?.with_positions(PositionEncoding::Rotary);
    /// assert_eq!(config.model_type, "rotary-bert");
    /// assert_eq!(config.positions(), PositionEncoding::Rotary);
    /// # Ok::<(), dissensus_bert::Error>(())
    /// ```
    #[must_use]
    pub fn with_positions(self, positions: PositionEncoding) -> Self {
        let norm = self.norm();
        self.named(norm, positions)
    }

    fn named(mut self, norm: NormPlacement, positions: PositionEncoding) -> Self {
        let (model_type, class) = names(norm, positions);
        self.model_type = model_type.into();
        self.architectures = class.map(|class| vec![class.into()]);
        self.position_embedding_type = positions.name().into();
        self
    }

    /// Where its layer norms stand.
    #[must_use]
    pub fn norm(&self) -> NormPlacement {
        if self.model_type.ends_with("megatron-bert") {
            NormPlacement::Before
        } else {
            NormPlacement::Behind
        }
    }

    /// How its positions enter.
    #[must_use]
    pub fn positions(&self) -> PositionEncoding {
        if self.model_type.starts_with("rotary-") {
            PositionEncoding::Rotary
        } else {
            PositionEncoding::Absolute
        }
    }

    /// Width of one head.
    #[must_use]
    pub fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    /// The id that fills short rows of a batch. What it is does not matter, the attention never
    /// sees it.
    #[must_use]
    pub fn padding(&self) -> u32 {
        self.pad_token_id.unwrap_or(0)
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Model`], naming the first field that is wrong.
    pub fn validate(&self) -> Result<(), Error> {
        self.validate_kind()?;
        self.validate_sizes()?;
        let rates = [
            ("hidden_dropout_prob", self.hidden_dropout_prob),
            (
                "attention_probs_dropout_prob",
                self.attention_probs_dropout_prob,
            ),
        ];
        for (field, value) in rates {
            check(
                (0.0..1.0).contains(&value),
                field,
                value,
                "a probability in [0, 1)",
            )?;
        }
        let sigma = self.initializer_range;
        check(
            sigma.is_finite() && sigma >= 0.0,
            "initializer_range",
            sigma,
            "a standard deviation",
        )?;
        let eps = self.layer_norm_eps;
        check(
            eps.is_finite() && eps > 0.0,
            "layer_norm_eps",
            eps,
            "a small positive number",
        )
    }

    fn validate_kind(&self) -> Result<(), Error> {
        check(
            names(self.norm(), self.positions()).0 == self.model_type,
            "model_type",
            &self.model_type,
            "bert, megatron-bert, rotary-bert or rotary-megatron-bert",
        )?;
        check(
            self.hidden_act == "gelu",
            "hidden_act",
            &self.hidden_act,
            "gelu (the exact one)",
        )?;
        let (found, expected) = (&self.position_embedding_type, self.positions().name());
        check(
            found == expected,
            "position_embedding_type",
            found,
            expected,
        )?;
        check(!self.is_decoder, "is_decoder", self.is_decoder, "false")
    }

    fn validate_sizes(&self) -> Result<(), Error> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ];
        for (field, size) in sizes {
            check(
                (1..=LARGEST).contains(&size),
                field,
                size,
                "at least 1 and at most 2^24",
            )?;
        }
        let layers = self.num_hidden_layers;
        check(layers <= 4096, "num_hidden_layers", layers, "at most 4096")?;
        let heads = self.num_attention_heads;
        check(
            self.hidden_size.is_multiple_of(heads),
            "num_attention_heads",
            heads,
            &format!("a divisor of hidden_size {}", self.hidden_size),
        )?;
        let cut_in_halves =
            self.positions() == PositionEncoding::Absolute || self.head_size().is_multiple_of(2);
        check(
            cut_in_halves,
            "num_attention_heads",
            heads,
            "heads of even width, which rotary positions cut in halves",
        )?;
        let pad = self.pad_token_id;
        check(
            pad.is_none_or(|pad| (pad as usize) < self.vocab_size),
            "pad_token_id",
            self.padding(),
            &format!("below vocab_size {}", self.vocab_size),
        )
    }
}

/// Sizes beyond this are taken for damage rather than ambition.
const LARGEST: usize = 1 << 24;

fn check(
    holds: bool,
    field: &'static str,
    value: impl ToString,
    expected: &str,
) -> Result<(), Error> {
    Ok(dissensus_lm::Error::check_field(
        holds, field, value, expected,
    )?)
}

impl ModelConfig for Config {
    type Model = MaskedLm;

    fn check(&self) -> Result<(), dissensus_lm::Error> {
        Ok(self.validate()?)
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            vocabulary: self.vocab_size,
            positions: self.max_position_embeddings,
            width: self.hidden_size,
            layers: self.num_hidden_layers,
            padding: self.padding(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid() {
        for name in PRESETS {
            Config::preset(name).unwrap().validate().unwrap();
        }
    }

    #[test]
    fn an_unknown_preset_lists_the_known_ones() {
        let message = Config::preset("huge").unwrap_err().to_string();
        assert!(
            message.contains("huge") && message.contains("no_transformer"),
            "{message}"
        );
    }

    #[test]
    fn heads_must_divide_the_width() {
        let config = Config {
            num_attention_heads: 7,
            ..Config::default()
        };
        let message = config.validate().unwrap_err().to_string();
        assert_eq!(
            message,
            "config: field `num_attention_heads` is 7, expected a divisor of hidden_size 768"
        );
    }

    #[test]
    fn positions_and_norms_are_chosen_apart_and_named_alike() {
        use NormPlacement::{Before, Behind};
        use PositionEncoding::{Absolute, Rotary};
        for (norm, positions) in [
            (Behind, Absolute),
            (Before, Absolute),
            (Behind, Rotary),
            (Before, Rotary),
        ] {
            let config = Config::default().with_positions(positions).with_norm(norm);
            assert_eq!((config.norm(), config.positions()), (norm, positions));
            config.validate().unwrap();
            let stored = toml::to_string(&config).unwrap();
            assert_eq!(toml::from_str::<Config>(&stored).unwrap(), config);
            let other = Config {
                position_embedding_type: "relative_key".into(),
                ..config
            };
            assert!(other.validate().is_err());
        }
    }

    #[test]
    fn rotary_heads_have_even_width() {
        let config = Config {
            hidden_size: 15,
            num_attention_heads: 5,
            ..Config::default()
        };
        config.validate().unwrap();
        let message = config
            .with_positions(PositionEncoding::Rotary)
            .validate()
            .unwrap_err()
            .to_string();
        assert!(message.contains("even width"), "{message}");
    }

    #[test]
    fn another_activation_is_refused() {
        let config = Config {
            hidden_act: "relu".into(),
            ..Config::default()
        };
        assert!(matches!(
            config.validate(),
            Err(Error::Model(dissensus_lm::Error::Config {
                field: "hidden_act",
                ..
            }))
        ));
    }
}
