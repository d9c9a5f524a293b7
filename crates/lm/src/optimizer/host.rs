//! Parameters of the host, taken out of a model and updated side by side.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor, TensorData};
use dissensus_layers as layers;

use super::{Moments, Optimizer, Update};
use crate::parameters::put_back;

/// Whether a tensor is one that is updated here.
pub(super) fn is_on_host(tensor: &Tensor<1>) -> bool {
    tensor.device() == Device::flex() && tensor.dtype() == DType::F32
}

/// What one step updates, by name: a single pass over all parameters leaves no thread waiting
/// between small ones.
#[derive(Debug, Default)]
pub(super) struct HostStep {
    matrices: BTreeMap<String, HostMatrix>,
    others: BTreeMap<String, HostParameter>,
}

/// A matrix that Muon updates.
#[derive(Debug)]
struct HostMatrix {
    shape: [usize; 2],
    gradient: TensorData,
    values: TensorData,
    momentum: TensorData,
}

/// A parameter that AdamW updates.
#[derive(Debug)]
struct HostParameter {
    gradient: TensorData,
    values: TensorData,
    first: TensorData,
    second: TensorData,
}

impl HostStep {
    /// Takes a flat matrix until it is put back.
    pub(super) fn take_matrix(
        &mut self,
        name: &str,
        shape: [usize; 2],
        [values, gradient, momentum]: [Tensor<1>; 3],
    ) {
        let matrix = HostMatrix {
            shape,
            gradient: gradient.into_data(),
            values: values.into_data(),
            momentum: momentum.into_data(),
        };
        self.matrices.insert(name.to_string(), matrix);
    }

    /// Takes a parameter until it is put back.
    pub(super) fn take(
        &mut self,
        name: &str,
        [values, gradient]: [Tensor<1>; 2],
        moments: Moments,
    ) {
        let parameter = HostParameter {
            gradient: gradient.into_data(),
            values: values.into_data(),
            first: moments.first.into_data(),
            second: moments.second.into_data(),
        };
        self.others.insert(name.to_string(), parameter);
    }

    /// Updates everything that was taken.
    pub(super) fn update(&mut self, update: Update) {
        let others = self.others.values_mut().map(HostParameter::slices);
        let t = u32::try_from(update.t).unwrap_or(u32::MAX);
        update
            .constants
            .step(t, update.rate, update.factor, others.collect());
        if let Some(muon) = update.muon {
            let matrices = self.matrices.values_mut().map(HostMatrix::slices);
            muon.constants
                .step(muon.rate, muon.factor, matrices.collect());
        }
    }

    /// Puts everything back, what the optimiser remembers into the optimiser.
    pub(super) fn put_back<M: Module>(mut self, model: M, optimizer: &mut Optimizer) -> M {
        let tensor = |data| Tensor::from_data(data, &Device::flex());
        put_back(model, &mut |name| {
            if let Some(matrix) = self.matrices.remove(name) {
                let momentum = tensor(matrix.momentum);
                optimizer.momenta.insert(name.to_string(), momentum);
                return Some(tensor(matrix.values));
            }
            let parameter = self.others.remove(name)?;
            let moments = Moments {
                first: tensor(parameter.first),
                second: tensor(parameter.second),
            };
            optimizer.moments.insert(name.to_string(), moments);
            Some(tensor(parameter.values))
        })
    }
}

impl HostMatrix {
    fn slices(&mut self) -> layers::MatrixParameter<'_> {
        layers::MatrixParameter {
            values: slice_mut(&mut self.values),
            gradient: slice(&self.gradient),
            momentum: slice_mut(&mut self.momentum),
            inputs: self.shape[0],
            outputs: self.shape[1],
        }
    }
}

impl HostParameter {
    fn slices(&mut self) -> layers::Parameter<'_> {
        layers::Parameter {
            values: slice_mut(&mut self.values),
            gradient: slice(&self.gradient),
            first: slice_mut(&mut self.first),
            second: slice_mut(&mut self.second),
        }
    }
}

const SINGLE: &str = "the host's tensors are in single precision";

pub(super) fn slice(data: &TensorData) -> &[f32] {
    data.as_slice().expect(SINGLE)
}

fn slice_mut(data: &mut TensorData) -> &mut [f32] {
    data.as_mut_slice().expect(SINGLE)
}

#[cfg(test)]
mod tests {
    use super::super::{muon, plain};
    use super::*;
    use crate::{MuonConfig, TrainingConfig};

    fn draw(count: usize, seed: usize) -> Tensor<1> {
        let value = |i: usize| ((i * 37 + seed * 11) % 17) as f32 / 8.0 - 1.0;
        let values: Vec<f32> = (0..count).map(value).collect();
        Tensor::from_data(&values[..], &Device::flex())
    }

    fn update(t: u64) -> Update {
        let config = TrainingConfig::default()
            .with_weight_decay(0.1)
            .with_learning_rate(1e-2)
            .with_muon(Some(MuonConfig {
                weight_decay: 0.1,
                ..MuonConfig::default()
            }));
        Update::new(&config, 2.0, 1.0, t)
    }

    fn assert_near(left: Tensor<1>, right: Tensor<1>) {
        let (left, right) = (left.into_data(), right.into_data());
        for (l, r) in slice(&left).iter().zip(slice(&right)) {
            assert!((l - r).abs() < 1e-5, "{l} is not {r}");
        }
    }

    fn tensor(data: &TensorData) -> Tensor<1> {
        Tensor::from_data(data.clone(), &Device::flex())
    }

    fn moments() -> Moments {
        let zero = || draw(7, 0) * 0.0;
        Moments {
            first: zero(),
            second: zero(),
        }
    }

    #[test]
    fn parameters_side_by_side_take_the_plain_steps_of_each() {
        const SHAPES: [[usize; 2]; 3] = [[4, 6], [6, 4], [5, 5]];
        let count = |shape: [usize; 2]| shape[0] * shape[1];
        let mut plain_matrices = SHAPES.map(|s| (draw(count(s), 1), draw(count(s), 2) * 0.0));
        let mut host_matrices = plain_matrices.clone();
        let mut plain_other = (draw(7, 3), moments());
        let mut host_other = plain_other.clone();
        for t in 1..=4 {
            let (update, mut host) = (update(t), HostStep::default());
            let muon = update.muon.expect("asked for");
            for (i, shape) in SHAPES.into_iter().enumerate() {
                let gradient = draw(count(shape), 10 + t as usize + i);
                let (values, momentum) = plain_matrices[i].clone();
                plain_matrices[i] = muon::plain(values, gradient.clone(), momentum, shape, muon);
                let (values, momentum) = host_matrices[i].clone();
                host.take_matrix(&i.to_string(), shape, [values, gradient, momentum]);
            }
            let gradient = draw(7, 20 + t as usize);
            plain_other = plain(plain_other.0, gradient.clone(), plain_other.1, update);
            host.take("other", [host_other.0, gradient], host_other.1);
            host.update(update);
            for (i, pair) in host_matrices.iter_mut().enumerate() {
                let matrix = &host.matrices[&i.to_string()];
                *pair = (tensor(&matrix.values), tensor(&matrix.momentum));
            }
            let other = &host.others["other"];
            let moments = Moments {
                first: tensor(&other.first),
                second: tensor(&other.second),
            };
            host_other = (tensor(&other.values), moments);
        }
        for (left, right) in host_matrices.into_iter().zip(plain_matrices) {
            assert_near(left.0, right.0);
            assert_near(left.1, right.1);
        }
        assert_near(host_other.0, plain_other.0);
        assert_near(host_other.1.first, plain_other.1.first);
        assert_near(host_other.1.second, plain_other.1.second);
    }
}
