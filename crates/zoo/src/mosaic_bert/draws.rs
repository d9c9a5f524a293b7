//! How a random twin of a MosaicBERT model is drawn: as the published code ends up doing.

use super::MosaicBertConfig;
use crate::{Draw, DrawRule};

/// Maps and tables N(0, `initializer_range`), biases 0, norms 1 and 0.
///
/// No row of the word table is 0: the published code zeroes the row of token 0 and then draws the
/// table anew, as the decoder's.
pub(super) fn rules(config: &MosaicBertConfig) -> Vec<DrawRule> {
    let normal = Draw::Normal {
        deviation: config.initializer_range,
    };
    vec![
        DrawRule::new("LayerNorm.weight", Draw::Ones),
        DrawRule::new("layernorm.weight", Draw::Ones),
        DrawRule::new(".weight", normal),
        DrawRule::new(".bias", Draw::Zeros),
    ]
}
