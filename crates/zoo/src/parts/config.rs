//! What the families' configurations have in common.

use dissensus_lm::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// Positions of a model whose architecture does not limit them.
pub(crate) const UNLIMITED: usize = u32::MAX as usize;

/// Sizes beyond this are taken for damage rather than ambition.
const LARGEST: usize = 1 << 24;

/// A key of `config.json` that says nothing about the model: the type of the stored numbers, which is written anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// `config.json`, with the type of the numbers under its old and its new key.
pub(crate) fn config_json(config: &impl Serialize) -> String {
    let mut value = serde_json::json!(config);
    for key in ["dtype", "torch_dtype"] {
        value[key] = "float32".into();
    }
    format!("{value:#}\n")
}

/// Says what a field of `config.json` may be where it is not.
pub(crate) fn check(
    holds: bool,
    field: &'static str,
    value: impl ToString,
    expected: &str,
) -> Result<(), Error> {
    Error::check_field(holds, field, value, expected)
}

/// Sizes, rates and small numbers that every family has.
pub(crate) struct Common {
    pub(crate) vocabulary: usize,
    pub(crate) width: usize,
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) inner: usize,
    pub(crate) dropout: [f64; 2],
    pub(crate) deviation: f64,
    pub(crate) epsilon: f64,
    pub(crate) padding: Option<u32>,
}

/// Checks them.
pub(crate) fn check_common(common: &Common) -> Result<(), Error> {
    let sizes = [
        ("vocab_size", common.vocabulary),
        ("hidden_size", common.width),
        ("num_attention_heads", common.heads),
        ("intermediate_size", common.inner),
    ];
    for (field, size) in sizes {
        let holds = (1..=LARGEST).contains(&size);
        check(holds, field, size, "at least 1 and at most 2^24")?;
    }
    let layers = common.layers;
    check(layers <= 4096, "num_hidden_layers", layers, "at most 4096")?;
    check(
        common.width.is_multiple_of(common.heads),
        "num_attention_heads",
        common.heads,
        &format!("a divisor of hidden_size {}", common.width),
    )?;
    let rates = ["hidden_dropout_prob", "attention_probs_dropout_prob"];
    for (field, rate) in rates.into_iter().zip(common.dropout) {
        check((0.0..1.0).contains(&rate), field, rate, "in [0, 1)")?;
    }
    let (sigma, epsilon) = (common.deviation, common.epsilon);
    let holds = sigma.is_finite() && sigma >= 0.0;
    check(holds, "initializer_range", sigma, "a standard deviation")?;
    let holds = epsilon.is_finite() && epsilon > 0.0;
    check(holds, "layer_norm_eps", epsilon, "a small positive number")?;
    check(
        common
            .padding
            .is_none_or(|id| (id as usize) < common.vocabulary),
        "pad_token_id",
        common.padding.unwrap_or_default(),
        &format!("below vocab_size {}", common.vocabulary),
    )
}
