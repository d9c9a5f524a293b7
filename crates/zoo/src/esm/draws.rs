//! How a random twin of an ESM model is drawn: as `_init_weights` of the published port does.

use super::EsmConfig;
use crate::{Draw, DrawRule};

/// Maps and tables N(0, `initializer_range`), the padding row of tables 0; biases 0; norms 1 and 0;
/// the decoder by itself.
pub(super) fn rules(config: &EsmConfig) -> Vec<DrawRule> {
    let deviation = config.initializer_range;
    let normal = Draw::Normal { deviation };
    let table = Draw::table(deviation, config.pad_token_id);
    vec![
        DrawRule::new("word_embeddings.weight", table),
        DrawRule::new("position_embeddings.weight", table),
        DrawRule::new("LayerNorm.weight", Draw::Ones),
        DrawRule::new("layer_norm.weight", Draw::Ones),
        DrawRule::new("emb_layer_norm_after.weight", Draw::Ones),
        DrawRule::new(".weight", normal),
        DrawRule::new(".bias", Draw::Zeros),
    ]
}
