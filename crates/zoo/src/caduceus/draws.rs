//! How a random twin of a Caduceus model is drawn: as the published constructors and
//! `_init_weights` do.

use super::CaduceusConfig;
use crate::{Draw, DrawRule};

/// The table N(0, `initializer_range`); maps and convolutions uniform by their inputs, output
/// projections shrunk with depth; the rates `ln 1 … ln N`; the steps' bias such that steps are
/// log-uniform; norms and `D` 1; other biases 0.
#[expect(clippy::too_many_lines, reason = "a list of rules")]
pub(super) fn rules(config: &CaduceusConfig) -> Vec<DrawRule> {
    let (mixers, initial) = (&config.ssm_cfg, &config.initializer_cfg);
    let deviation = initial.initializer_range;
    let uniform = |inputs: usize| Draw::Uniform {
        bound: (inputs as f64).powf(-0.5),
    };
    let rank_bound = (config.rank() as f64).powf(-0.5) * mixers.dt_scale;
    let steps = match &mixers.dt_init[..] {
        "constant" => Draw::Constant(rank_bound),
        _ => Draw::Uniform { bound: rank_bound },
    };
    let branches = (config.n_layer * initial.n_residuals_per_layer.max(1)) as f64;
    let shrunk = if initial.rescale_prenorm_residual {
        branches.sqrt()
    } else {
        1.0
    };
    let convolution = uniform(mixers.d_conv);
    vec![
        DrawRule::new("word_embeddings.weight", Draw::Normal { deviation }),
        DrawRule::new(
            "word_embeddings.embedding.weight",
            Draw::Normal { deviation },
        ),
        DrawRule::new("lm_head.weight", uniform(config.d_model)),
        DrawRule::new("A_log", Draw::LogOfCount),
        DrawRule::new("mamba_fwd.D", Draw::Ones),
        DrawRule::new("mamba_rev.D", Draw::Ones),
        DrawRule::new("conv1d.weight", convolution),
        DrawRule::new("conv1d.bias", convolution),
        DrawRule::new("x_proj.weight", uniform(config.inner())),
        DrawRule::new("dt_proj.weight", steps),
        DrawRule::new(
            "dt_proj.bias",
            Draw::InverseSoftplus {
                low: mixers.dt_min,
                high: mixers.dt_max,
                floor: mixers.dt_init_floor,
            },
        ),
        DrawRule::new("in_proj.weight", uniform(config.d_model)),
        DrawRule::new(
            "out_proj.weight",
            Draw::Uniform {
                bound: (config.inner() as f64).powf(-0.5) / shrunk,
            },
        ),
        DrawRule::new("norm.weight", Draw::Ones),
        DrawRule::new("norm_f.weight", Draw::Ones),
        DrawRule::new("norm.submodule.weight", Draw::Ones),
        DrawRule::new("norm_f.submodule.weight", Draw::Ones),
        DrawRule::new(".bias", Draw::Zeros),
    ]
}
