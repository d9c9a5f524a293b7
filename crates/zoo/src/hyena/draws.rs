//! How a random twin of a HyenaDNA model is drawn.

use super::HyenaDnaConfig;
use crate::{Draw, DrawRule};

/// Every map and table is drawn so, whatever `initializer_range` says: the published code does not
/// hand it on.
const DEVIATION: f64 = 0.02;

/// As the code beside the published weights does: maps and tables N(0, 0.02), biases 0, norms 1 and
/// 0; the short filter as PyTorch draws a convolution of three taps; the operator's skip N(0, 1);
/// the frequencies all alike.
///
/// It looks for the maps that end a half layer, to draw them narrower, under names that none has,
/// and so does not.
pub(super) fn rules(config: &HyenaDnaConfig) -> Vec<DrawRule> {
    let deviation = DEVIATION;
    let taps = Draw::Uniform {
        bound: 3f64.sqrt().recip(),
    };
    let frequency = Draw::Constant(config.activation_freq);
    vec![
        DrawRule::new("norm1.weight", Draw::Ones),
        DrawRule::new("norm2.weight", Draw::Ones),
        DrawRule::new("ln_f.weight", Draw::Ones),
        DrawRule::new("short_filter.weight", taps),
        DrawRule::new("short_filter.bias", taps),
        DrawRule::new("filter_fn.bias", Draw::Normal { deviation: 1.0 }),
        DrawRule::new("filter_fn.freq", frequency),
        DrawRule::new(".weight", Draw::Normal { deviation }),
        DrawRule::new(".bias", Draw::Zeros),
    ]
}

/// As the code does that the models were pretrained with: [`rules`], but for the maps that end a
/// half layer, N(0, 0.02/√(2L)).
pub(super) fn rules_of_pretraining(config: &HyenaDnaConfig) -> Vec<DrawRule> {
    let deviation = DEVIATION / (2.0 * config.n_layer.max(1) as f64).sqrt();
    let narrow = Draw::Normal { deviation };
    let ends = ["out_proj.weight", "fc2.weight"].map(|name| DrawRule::new(name, narrow));
    ends.into_iter().chain(rules(config)).collect()
}
