//! Clipping and AdamW over named parameters.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};

use crate::parameters::replace;
use crate::{MaskedLm, TrainingConfig};

/// Gradients by parameter name, each flat.
pub(crate) type NamedGradients = BTreeMap<String, Tensor<1>>;

/// Both moments of one parameter, flat.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    pub(crate) first: Tensor<1>,
    pub(crate) second: Tensor<1>,
}

/// AdamW (Loshchilov and Hutter 2019) behind a clip of the global norm.
///
/// With gradient `g` scaled to a norm of at most `max_norm`, at the `t`-th step:
/// `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`, `θ ← θ(1 − ηλ) − η·(m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε)`.
#[derive(Debug, Clone, Default)]
pub(crate) struct AdamW {
    pub(crate) moments: BTreeMap<String, Moments>,
}

impl AdamW {
    /// One step, the `t`-th, counted from 1.
    pub(crate) fn step(
        &mut self,
        model: MaskedLm,
        mut gradients: NamedGradients,
        norm: f64,
        rate: f64,
        t: u64,
        config: &TrainingConfig,
    ) -> MaskedLm {
        let scale = clip_factor(norm, config.max_norm);
        replace(model, &mut |name, values| match gradients.remove(name) {
            Some(gradient) => self.update(name, values, gradient * scale, rate, t, config),
            None => values,
        })
    }

    fn update(
        &mut self,
        name: &str,
        values: Tensor<1>,
        gradient: Tensor<1>,
        rate: f64,
        t: u64,
        config: &TrainingConfig,
    ) -> Tensor<1> {
        let (beta1, beta2) = (config.beta1, config.beta2);
        let old = self.moments.remove(name).unwrap_or_else(|| Moments {
            first: gradient.zeros_like(),
            second: gradient.zeros_like(),
        });
        let first = old.first * beta1 + gradient.clone() * (1.0 - beta1);
        let second = old.second * beta2 + gradient.square() * (1.0 - beta2);
        let correction = (1.0 - beta2.powf(t as f64)).sqrt();
        let denominator = second.clone().sqrt() / correction + config.epsilon;
        let step = first.clone() / denominator * (rate / (1.0 - beta1.powf(t as f64)));
        self.moments
            .insert(name.to_string(), Moments { first, second });
        match config.weight_decay * rate {
            0.0 => values - step,
            decay => values * (1.0 - decay) - step,
        }
    }
}

fn clip_factor(norm: f64, max_norm: f64) -> f64 {
    (max_norm / (norm + 1e-6)).min(1.0)
}

/// The Euclidean norm over all gradients.
pub(crate) fn global_norm(gradients: &NamedGradients) -> f64 {
    let squares = gradients
        .values()
        .map(|g| f64::from(g.clone().square().sum().into_scalar::<f32>()));
    squares.sum::<f64>().sqrt()
}

/// Takes the gradients of all parameters out of a backward pass and adds them to a sum.
pub(crate) fn add_gradients(model: &MaskedLm, gradients: &mut Gradients, sum: &mut NamedGradients) {
    model.visit(&mut Collector {
        path: Vec::new(),
        gradients,
        sum,
    });
}

struct Collector<'a> {
    path: Vec<String>,
    gradients: &'a mut Gradients,
    sum: &'a mut NamedGradients,
}

impl ModuleVisitor for Collector<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = param.val().grad_remove(self.gradients) else {
            return;
        };
        let count = gradient.shape().num_elements();
        let gradient = gradient.reshape([count]);
        let name = self.path.join(".");
        let total = match self.sum.remove(&name) {
            Some(sum) => sum + gradient,
            None => gradient,
        };
        self.sum.insert(name, total);
    }
}
