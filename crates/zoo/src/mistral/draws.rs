//! How a random twin of a Mistral model is drawn: as `_init_weights` of the published port does.

use super::MistralConfig;
use crate::{Draw, DrawRule};

/// Maps and the table N(0, `initializer_range`), the padding row of the table 0; norms 1.
pub(super) fn rules(config: &MistralConfig) -> Vec<DrawRule> {
    let deviation = config.initializer_range;
    let table = Draw::table(deviation, config.pad_token_id);
    vec![
        DrawRule::new("embed_tokens.weight", table),
        DrawRule::new("norm.weight", Draw::Ones),
        DrawRule::new(".weight", Draw::Normal { deviation }),
    ]
}
