//! Losses and gradients.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Gradients, Int, TensorData};

use super::*;

/// Gradients by parameter name.
struct Collector {
    path: Vec<String>,
    gradients: Gradients,
    found: BTreeMap<String, Vec<f32>>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad(&self.gradients).unwrap();
        self.found.insert(self.path.join("."), floats(gradient));
    }
}

/// The mean loss, with dropout, and the gradient of every parameter.
fn loss_and_gradients(
    device: &Device,
    precision: Precision,
) -> (Vec<f32>, BTreeMap<String, Vec<f32>>) {
    let (model, masked) = (model(device).train(), masked());
    let pass = Pass::default().with_dropout(3).with_precision(precision);
    let logits = model.logits_at_masked(&masked, &pass).unwrap().unwrap();
    let targets: Vec<i64> = masked
        .iter()
        .flat_map(|m| m.targets.iter().map(|&t| i64::from(t)))
        .collect();
    let count = targets.len();
    let targets = Tensor::<1, Int>::from_data(TensorData::new(targets, [count]), device);
    let loss = dissensus_layers::cross_entropy(logits, targets).mean();
    let mut collector = Collector {
        path: Vec::new(),
        gradients: loss.backward(),
        found: BTreeMap::new(),
    };
    model.visit(&mut collector);
    (floats(loss.inner()), collector.found)
}

#[track_caller]
fn assert_gradients_close(
    a: &BTreeMap<String, Vec<f32>>,
    b: &BTreeMap<String, Vec<f32>>,
    device: &str,
) {
    assert!(a.keys().eq(b.keys()), "{device}");
    let whole = norm(a.values().flatten().copied());
    for (name, gradient) in a {
        // The keys' bias has gradient 0 but for rounding.
        let allowed = rounding(device) * (10.0 * norm(gradient.iter().copied()) + 0.1 * whole);
        let apart = distance(gradient, &b[name]);
        assert!(apart <= allowed, "{device}: {name}: {apart} of {allowed}");
    }
}

#[test]
fn losses_and_gradients_agree_under_dropout() {
    let (loss, gradients) = loss_and_gradients(&Device::flex(), Precision::Single);
    for (name, device) in OTHERS.iter() {
        let (others, found) = loss_and_gradients(device, Precision::Single);
        assert_close(&loss, &others, rounding(name), name);
        assert_gradients_close(&gradients, &found, name);
    }
}

#[test]
fn bf16_falls_back_to_single_precision() {
    for (name, device) in OTHERS.iter() {
        let (loss, gradients) = loss_and_gradients(device, Precision::Single);
        let (others, found) = loss_and_gradients(device, Precision::Bf16);
        assert_close(&loss, &others, 1e-6, name);
        assert_gradients_close(&gradients, &found, name);
    }
}
