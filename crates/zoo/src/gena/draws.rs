//! How a random twin of a GENA-LM model is drawn: as `_init_weights` of the published code does.

use super::GenaConfig;
use crate::{Draw, DrawRule};

/// Maps and tables N(0, `initializer_range`), the padding token's word 0; biases 0; norms 1 and 0.
///
/// The published code also means to shrink the last map of each half layer by `√(2L)`; that branch
/// is never taken.
pub(super) fn rules(config: &GenaConfig) -> Vec<DrawRule> {
    let deviation = config.initializer_range;
    let normal = Draw::Normal { deviation };
    let words = Draw::table(deviation, config.pad_token_id);
    vec![
        DrawRule::new("word_embeddings.weight", words),
        DrawRule::new("LayerNorm.weight", Draw::Ones),
        DrawRule::new("_ln.weight", Draw::Ones),
        DrawRule::new(".weight", normal),
        DrawRule::new(".bias", Draw::Zeros),
    ]
}
