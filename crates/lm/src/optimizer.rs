//! Clipping, AdamW and Muon over named parameters.

mod host;
pub(crate) mod muon;

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use dissensus_layers as layers;

use crate::TrainingConfig;
use crate::parameters::replace;
use host::{HostStep, is_on_host, slice};

/// Gradients by parameter name, each flat.
pub(crate) type NamedGradients = BTreeMap<String, Tensor<1>>;

/// Both moments of one parameter, flat.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    pub(crate) first: Tensor<1>,
    pub(crate) second: Tensor<1>,
}

/// The optimiser of a model: Muon, if it is asked for, for the matrices between hidden states
/// ([`muon::is_hidden_matrix`]), and AdamW for the rest. The formulas are at [`layers::Muon`] and
/// [`layers::AdamW`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Optimizer {
    /// What AdamW remembers.
    pub(crate) moments: BTreeMap<String, Moments>,
    /// What Muon remembers.
    pub(crate) momenta: BTreeMap<String, Tensor<1>>,
}

/// One step, the `t`-th, counted from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Update {
    constants: layers::AdamW,
    rate: f64,
    /// What the gradient is multiplied with.
    factor: f64,
    t: u64,
    muon: Option<muon::Update>,
}

impl Update {
    /// `fraction` is that of the peak rate; Muon and AdamW have peaks of their own.
    pub(crate) fn new(config: &TrainingConfig, norm: f64, fraction: f64, t: u64) -> Self {
        let constants = layers::AdamW {
            beta1: config.beta1,
            beta2: config.beta2,
            epsilon: config.epsilon,
            weight_decay: config.weight_decay,
        };
        let factor = layers::clip_factor(norm, config.max_norm);
        let muon = config.muon.map(|config| muon::Update {
            constants: layers::Muon {
                momentum: config.momentum,
                weight_decay: config.weight_decay,
            },
            rate: config.learning_rate * fraction,
            factor,
        });
        Self {
            constants,
            rate: config.learning_rate * fraction,
            factor,
            t,
            muon,
        }
    }
}

impl Optimizer {
    /// Takes one step. A model that shares its tensors with no other is updated in place.
    pub(crate) fn step<M: Module>(
        &mut self,
        model: M,
        mut gradients: NamedGradients,
        update: Update,
    ) -> M {
        let mut host = HostStep::default();
        let model = replace(model, &mut |name, shape, values| {
            let Some(gradient) = gradients.remove(name) else {
                return Some(values);
            };
            if let (Some(muon), &[inputs, outputs]) = (update.muon, shape)
                && muon::is_hidden_matrix(name, shape)
            {
                let (shape, momentum) = ([inputs, outputs], self.momenta.remove(name));
                let momentum = momentum.unwrap_or_else(|| gradient.zeros_like());
                if is_on_host(&values) {
                    host.take_matrix(name, shape, [values, gradient, momentum]);
                    return None;
                }
                let (values, momentum) = muon::plain(values, gradient, momentum, shape, muon);
                self.momenta.insert(name.to_string(), momentum);
                return Some(values);
            }
            let moments = self.moments.remove(name).unwrap_or_else(|| Moments {
                first: gradient.zeros_like(),
                second: gradient.zeros_like(),
            });
            if is_on_host(&values) {
                host.take(name, [values, gradient], moments);
                return None;
            }
            let (values, moments) = plain(values, gradient, moments, update);
            self.moments.insert(name.to_string(), moments);
            Some(values)
        });
        host.update(update);
        host.put_back(model, self)
    }
}

/// With tensor operations, on any device.
fn plain(
    values: Tensor<1>,
    gradient: Tensor<1>,
    moments: Moments,
    update: Update,
) -> (Tensor<1>, Moments) {
    let Update {
        constants,
        rate,
        factor,
        t,
        ..
    } = update;
    let (beta1, beta2) = (constants.beta1, constants.beta2);
    let gradient = gradient * factor;
    let first = moments.first * beta1 + gradient.clone() * (1.0 - beta1);
    let second = moments.second * beta2 + gradient.square() * (1.0 - beta2);
    let correction = |beta: f64| 1.0 - beta.powf(t as f64);
    let root = second.clone().sqrt() / correction(beta2).sqrt() + constants.epsilon;
    let step = first.clone() / root * (rate / correction(beta1));
    (
        values * (1.0 - rate * constants.weight_decay) - step,
        Moments { first, second },
    )
}

/// The Euclidean norm over all gradients, which it gives back.
pub(crate) fn global_norm(gradients: NamedGradients) -> (f64, NamedGradients) {
    if !gradients.values().all(is_on_host) {
        let square = |g: &Tensor<1>| f64::from(g.clone().square().sum().into_scalar::<f32>());
        return (
            gradients.values().map(square).sum::<f64>().sqrt(),
            gradients,
        );
    }
    let data: Vec<(String, TensorData)> = gradients
        .into_iter()
        .map(|(name, g)| (name, g.into_data()))
        .collect();
    let slices: Vec<&[f32]> = data.iter().map(|(_, data)| slice(data)).collect();
    let norm = layers::global_norm(&slices);
    let back = |(name, data)| (name, Tensor::from_data(data, &Device::flex()));
    (norm, data.into_iter().map(back).collect())
}

/// Takes the gradients of all parameters out of a backward pass.
pub(crate) fn take_gradients<M: Module>(model: &M, gradients: &mut Gradients) -> NamedGradients {
    let mut collector = Collector {
        path: Vec::new(),
        gradients,
        found: NamedGradients::new(),
    };
    model.visit(&mut collector);
    collector.found
}

/// Adds gradients to a sum, on the sum's device.
pub(crate) fn add_gradients(sum: &mut NamedGradients, gradients: NamedGradients, device: &Device) {
    for (name, gradient) in gradients {
        let gradient = gradient.to_device(device);
        let total = match sum.remove(&name) {
            Some(sum) => sum + gradient,
            None => gradient,
        };
        sum.insert(name, total);
    }
}

struct Collector<'a> {
    path: Vec<String>,
    gradients: &'a mut Gradients,
    found: NamedGradients,
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
        self.found
            .insert(self.path.join("."), gradient.reshape([count]));
    }
}
