//! What the filters read of time: constants, which files hold beside the parameters.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use dissensus_lm::{Constant, Error, ParameterSource};

use super::HyenaDnaConfig;

/// Time, its cosines and sines, and how fast each channel forgets.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Positions {
    /// `[M, e]`.
    features: Vec<f32>,
    /// `[M]`.
    time: Vec<f32>,
    /// `[H]`.
    deltas: Vec<f32>,
}

/// What stands at every distance and is never forgotten.
const FLOOR: f32 = 0.05;

/// So many arrays they are.
const PARTS: usize = 3;

impl Positions {
    /// Those of the file where it has them, else those of the formulas; those of the layer before
    /// where they are the same.
    pub(super) fn build(
        name: &str,
        config: &HyenaDnaConfig,
        source: &mut dyn ParameterSource,
        before: Option<&Arc<Self>>,
    ) -> Result<Arc<Self>, Error> {
        let mut stored = Vec::new();
        for (what, shape) in shapes(config) {
            if let Some(values) = source.constant(&format!("{name}.{what}"), &shape)? {
                stored.push((what, values));
            }
        }
        let mut found = match (stored.len(), before) {
            (0, Some(before)) => return Ok(Arc::clone(before)),
            (PARTS, _) => Self::default(),
            _ => Self::by_formula(config),
        };
        for (what, values) in stored {
            *found.part(what) = values;
        }
        Ok(match before {
            Some(before) if **before == found => Arc::clone(before),
            _ => Arc::new(found),
        })
    }

    fn part(&mut self, what: &str) -> &mut Vec<f32> {
        match what {
            "pos_emb.z" => &mut self.features,
            "pos_emb.t" => &mut self.time,
            _ => &mut self.deltas,
        }
    }

    /// `t = i/(M − 1)`; `z = (t, cos(−f·w), sin(−f·w))` with `w = 2π·i/M` and `f` from 1e-4 to
    /// `(e − 1)/2 − 1`; deltas from `ln(0.01)/1.5` to `ln(0.01)/0.3`: in single precision, as the
    /// published code computes them.
    fn by_formula(config: &HyenaDnaConfig) -> Self {
        let (length, bands) = (config.max_seq_len, (config.emb_dim - 1) / 2);
        let time = evenly(0.0, 1.0, length);
        let steps = evenly(0.0, (length - 1) as f32, length);
        let frequencies = evenly(1e-4, bands as f32 - 1.0, bands);
        let turn = std::f32::consts::TAU;
        let mut features = Vec::with_capacity(length * config.emb_dim);
        for (t, step) in time.iter().zip(steps) {
            let angle = turn * step / length as f32;
            features.push(*t);
            features.extend(frequencies.iter().map(|f| (-f * angle).cos()));
            features.extend(frequencies.iter().map(|f| (-f * angle).sin()));
        }
        let slowest = 0.01f64.ln();
        let deltas = evenly(
            (slowest / 1.5) as f32,
            (slowest / 0.3) as f32,
            config.d_model,
        );
        Self {
            features,
            time,
            deltas,
        }
    }

    /// What the filter network reads, `[T, e]`.
    pub(super) fn features(&self, time: usize, device: &Device) -> Tensor<2> {
        let inputs = self.features.len() / self.time.len();
        let values = self.features[..time * inputs].to_vec();
        Tensor::from_data(TensorData::new(values, [time, inputs]), device)
    }

    /// What its answer is multiplied with, `e^(−t·|δ|) + 0.05`, `[T, H]`.
    pub(super) fn windows(&self, time: usize, device: &Device) -> Tensor<2> {
        let row = |t: &f32| {
            let t = *t;
            let window = move |delta: &f32| (-t * delta.abs()).exp() + FLOOR;
            self.deltas.iter().map(window).collect::<Vec<f32>>()
        };
        let values: Vec<f32> = self.time[..time].iter().flat_map(row).collect();
        Tensor::from_data(TensorData::new(values, [time, self.deltas.len()]), device)
    }

    /// As files hold them.
    pub(super) fn constants(&self, name: &str, config: &HyenaDnaConfig) -> Vec<Constant> {
        let mut copy = self.clone();
        let constant = |(what, shape): (&str, [usize; 3])| Constant {
            name: format!("{name}.{what}"),
            shape: shape.to_vec(),
            values: std::mem::take(copy.part(what)),
        };
        shapes(config).into_iter().map(constant).collect()
    }
}

fn shapes(config: &HyenaDnaConfig) -> [(&'static str, [usize; 3]); PARTS] {
    let length = config.max_seq_len;
    [
        ("pos_emb.z", [1, length, config.emb_dim]),
        ("pos_emb.t", [1, length, 1]),
        ("modulation.deltas", [1, 1, config.d_model]),
    ]
}

/// `count` numbers from `start` to `end`, counted from the nearer end as PyTorch does.
fn evenly(start: f32, end: f32, count: usize) -> Vec<f32> {
    if count < 2 {
        return vec![start; count];
    }
    let step = (end - start) / (count - 1) as f32;
    let number = |i: usize| {
        if i < count / 2 {
            start + step * i as f32
        } else {
            end - step * (count - 1 - i) as f32
        }
    };
    (0..count).map(number).collect()
}
