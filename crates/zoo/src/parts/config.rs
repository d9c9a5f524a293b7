//! What the families' configurations have in common.

use dissensus_lm::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// Positions of a model whose architecture does not limit them.
pub(crate) const UNLIMITED: usize = u32::MAX as usize;

/// Sizes beyond this are taken for damage rather than ambition.
pub(crate) const LARGEST: usize = 1 << 24;

/// A key of `config.json` that says nothing about the model: the type of the stored numbers, which
/// is written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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

/// Checks sizes that are at least 1.
pub(crate) fn check_sizes(sizes: &[(&'static str, usize)]) -> Result<(), Error> {
    sizes.iter().try_for_each(|&(field, size)| {
        let holds = (1..=LARGEST).contains(&size);
        check(holds, field, size, "at least 1 and at most 2^24")
    })
}

/// Checks a rate of dropout.
pub(crate) fn check_rate(field: &'static str, rate: f64) -> Result<(), Error> {
    check((0.0..1.0).contains(&rate), field, rate, "in [0, 1)")
}

/// Checks the `ε` of a norm.
pub(crate) fn check_epsilon(field: &'static str, epsilon: f64) -> Result<(), Error> {
    let holds = epsilon.is_finite() && epsilon > 0.0;
    check(holds, field, epsilon, "a small positive number")
}

/// Checks the standard deviation of initial weights.
pub(crate) fn check_deviation(field: &'static str, deviation: f64) -> Result<(), Error> {
    let holds = deviation.is_finite() && deviation >= 0.0;
    check(holds, field, deviation, "a standard deviation")
}

/// Checks that the padding token, where there is one, has a row.
pub(crate) fn check_padding(id: Option<u32>, rows: usize) -> Result<(), Error> {
    let holds = id.is_none_or(|id| (id as usize) < rows);
    let expected = format!("below the {rows} rows of the word table");
    check(holds, "pad_token_id", id.unwrap_or_default(), &expected)
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
    check_sizes(&[
        ("vocab_size", common.vocabulary),
        ("hidden_size", common.width),
        ("num_attention_heads", common.heads),
        ("intermediate_size", common.inner),
    ])?;
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
        check_rate(field, rate)?;
    }
    check_deviation("initializer_range", common.deviation)?;
    check_epsilon("layer_norm_eps", common.epsilon)?;
    check_padding(common.padding, common.vocabulary)
}
