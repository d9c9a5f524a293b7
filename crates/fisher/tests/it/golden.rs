//! Golden values: `tests/reference/fisher_autograd.py` at the root of the workspace wrote them.

use super::support::{Case, assert_close, with};
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use dissensus_bert::{Config, MaskedLm};
use dissensus_fisher::{Diagonal, LabelChoice, Sample, random_signs};
use dissensus_lm::Masked;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Golden {
    config: Config,
    sequences: Vec<Masked>,
    /// Seed of the signs over all labels.
    seed: u64,
    /// By sequence, masked token and label.
    signs: Vec<Vec<Vec<f32>>>,
    parameters: BTreeMap<String, Vec<f32>>,
    /// Sums of squares by sample and parameter.
    diagonals: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
    /// Squared norms of the word table's two sides and their cross term, summed over sequences.
    sides: [f64; 3],
}

/// PyTorch stores a linear weight `[outputs, inputs]`, this workspace `[inputs, outputs]`.
fn transposed<T: Copy>(name: &str, values: &[T], shape: &[usize]) -> Vec<T> {
    match shape {
        [inputs, outputs] if !name.contains("embeddings") && !name.contains("decoder") => (0
            ..values.len())
            .map(|at| values[at % outputs * inputs + at / outputs])
            .collect(),
        _ => values.to_vec(),
    }
}

struct Loader<'a> {
    path: Vec<String>,
    values: &'a BTreeMap<String, Vec<f32>>,
}

impl ModuleMapper for Loader<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (name, shape) = (self.path.join("."), parameter.val().dims());
        let values = transposed(&name, &self.values[&name], &shape);
        Param::from_data(TensorData::new(values, shape), &parameter.val().device())
    }
}

impl Golden {
    fn read() -> Self {
        serde_json::from_str(include_str!("../golden/autograd.json")).unwrap()
    }

    fn case(&self) -> Case {
        let model = MaskedLm::new(&self.config, 0, &Device::flex()).unwrap();
        let model = model.map(&mut Loader {
            path: Vec::new(),
            values: &self.parameters,
        });
        Case {
            name: "golden",
            model,
            sequences: self.sequences.clone(),
        }
    }

    fn assert_equal(&self, what: &str, name: &str, found: &Diagonal) {
        assert_eq!(found.parameters.len(), self.diagonals[name].len());
        for (parameter, squares) in &found.parameters {
            let expected = transposed(parameter, &self.diagonals[name][parameter], &squares.shape);
            if !parameter.ends_with("key.bias") {
                assert_close(
                    &format!("{what}, {name}: {parameter}"),
                    &squares.sums,
                    &expected,
                );
            }
        }
    }
}

#[test]
fn random_signs_over_all_labels_equal_pytorch() {
    let golden = Golden::read();
    let (case, seed) = (golden.case(), golden.seed);
    for (sequence, tokens) in golden.signs.iter().enumerate() {
        let found = random_signs(seed, sequence as u64, 64 * tokens.len());
        for (found, signs) in found.chunks(64).zip(tokens) {
            assert_eq!(&found[..signs.len()], signs);
        }
    }
    let how = with(Sample::Sequence, LabelChoice::Hutchinson { seed });
    for (name, how) in [
        ("hutchinson", how),
        ("hutchinson_pooled", how.with_pooled(true)),
    ] {
        for (route, how) in [("fast", how), ("general", how.by_the_general_route())] {
            let found = case.take(how).unwrap().diagonal;
            golden.assert_equal(route, name, &found);
        }
    }
}

#[test]
fn both_routes_equal_pytorch() {
    let golden = Golden::read();
    let case = golden.case();
    for (sample, name) in [
        (Sample::Sequence, "sequence"),
        (Sample::Token, "token"),
        (Sample::Batch(2), "batch_2"),
    ] {
        let fast = case.fast(sample, LabelChoice::Observed).unwrap();
        let general = case.general(sample, LabelChoice::Observed).unwrap();
        for (route, measured) in [("fast", &fast), ("general", &general)] {
            golden.assert_equal(route, name, &measured.diagonal);
        }
        if sample == Sample::Sequence {
            for (found, at) in [(&fast, "fast"), (&general, "general")] {
                let rows = found.sums.rows.as_ref().unwrap();
                let sides =
                    [&rows.input, &rows.output, &rows.cross].map(|side| side.iter().sum::<f64>());
                assert_close(&format!("{at}: sides"), &sides, &golden.sides);
            }
        }
    }
}
