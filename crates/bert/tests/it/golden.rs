//! The model against transformers: small random configurations, made by
//! `tests/reference/bert_goldens.py`.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor};
use dissensus_bert::{Batch, Encoder, MaskedLanguageModel, MaskedLm, Pass, TrainableModel as _};
use safetensors::SafeTensors;

const CASES: [&str; 8] = [
    "plain",
    "padded",
    "untied",
    "shallow",
    "before",
    "before_shallow",
    "rotary",
    "before_rotary",
];

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(case)
}

struct Expected(Vec<u8>);

impl Expected {
    fn of(case: &str) -> Self {
        Self(std::fs::read(folder(case).join("expected.safetensors")).unwrap())
    }

    fn floats(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let view = file.tensor(name).unwrap();
        let words = view.data().as_chunks::<4>().0;
        (
            view.shape().to_vec(),
            words.iter().map(|&w| f32::from_le_bytes(w)).collect(),
        )
    }

    fn ints(&self, name: &str) -> Vec<i32> {
        self.floats(name)
            .1
            .into_iter()
            .map(|x| x.to_bits() as i32)
            .collect()
    }

    /// The batch, and the flat positions with their targets.
    fn batch(&self, model: &MaskedLm) -> (Batch, Vec<usize>, Vec<i32>) {
        let rows = self.floats("ids").0[0];
        let (ids, mask, labels) = (self.ints("ids"), self.ints("mask"), self.ints("labels"));
        let time = ids.len() / rows;
        let sequence = |row: usize| -> Vec<u32> {
            let kept = (row * time..(row + 1) * time).filter(|&at| mask[at] == 1);
            kept.map(|at| ids[at] as u32).collect()
        };
        let sequences: Vec<_> = (0..rows).map(sequence).collect();
        let batch = Batch::new(&sequences, &model.sizes()).unwrap();
        let positions: Vec<usize> = (0..labels.len()).filter(|&at| labels[at] >= 0).collect();
        let targets = positions.iter().map(|&at| labels[at]).collect();
        (batch, positions, targets)
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Compares the rows of real tokens; what stands at padding does not matter.
fn assert_rows_close(found: &[f32], expected: &[f32], mask: &[i32], tolerance: f32) {
    let width = found.len() / mask.len();
    assert_eq!(found.len(), expected.len());
    for at in (0..mask.len()).filter(|&at| mask[at] == 1) {
        for (f, e) in found[at * width..][..width]
            .iter()
            .zip(&expected[at * width..])
        {
            assert!((f - e).abs() <= tolerance, "row {at}: {f} is not {e}");
        }
    }
}

#[test]
fn logits_agree_with_transformers_at_every_position() {
    for case in CASES {
        let (model, expected) = (
            MaskedLm::load(folder(case), &Device::flex()).unwrap(),
            Expected::of(case),
        );
        let (batch, _, _) = expected.batch(&model);
        let logits = values(model.logits(&batch, &Pass::default()));
        assert_rows_close(
            &logits,
            &expected.floats("logits").1,
            &expected.ints("mask"),
            1e-4,
        );
    }
}

#[test]
fn logits_at_chosen_positions_are_those_of_all_positions() {
    for case in CASES {
        let (model, expected) = (
            MaskedLm::load(folder(case), &Device::flex()).unwrap(),
            Expected::of(case),
        );
        let (batch, positions, _) = expected.batch(&model);
        let chosen = values(model.logits_at(&batch, &positions, &Pass::default()));
        let all = values(model.logits(&batch, &Pass::default()));
        let width = model.config().vocab_size;
        for (row, &position) in chosen.chunks(width).zip(&positions) {
            for (a, b) in row.iter().zip(&all[position * width..]) {
                assert!((a - b).abs() < 1e-5, "{case}: {a} is not {b}");
            }
        }
    }
}

#[test]
fn hidden_states_of_every_layer_agree_with_transformers() {
    for case in CASES.iter().filter(|case| !case.contains("shallow")) {
        // transformers returns no hidden states of a model without layers
        let (model, expected) = (
            MaskedLm::load(folder(case), &Device::flex()).unwrap(),
            Expected::of(case),
        );
        let (batch, _, _) = expected.batch(&model);
        let states = model.hidden_states(&batch, &Pass::default());
        assert_eq!(states.len(), model.config().num_hidden_layers + 1);
        for (index, state) in states.into_iter().enumerate() {
            let (_, golden) = expected.floats(&format!("hidden.{index}"));
            assert_rows_close(&values(state), &golden, &expected.ints("mask"), 1e-4);
        }
    }
}

#[test]
fn gradients_of_every_parameter_agree_with_torch() {
    for case in CASES {
        let model = MaskedLm::load(folder(case), &Device::flex())
            .unwrap()
            .train();
        let expected = Expected::of(case);
        let (batch, positions, targets) = expected.batch(&model);
        let logits = model.logits_at(&batch, &positions, &Pass::default());
        let targets = Tensor::from_data(&targets[..], &Device::flex());
        let loss = dissensus_layers::cross_entropy(logits, targets).mean();
        let golden = expected.floats("loss").1[0];
        let gradients = loss.backward();
        assert!(
            (loss.inner().into_scalar::<f32>() - golden).abs() < 1e-4,
            "{case}: loss"
        );
        let mut visitor = Compare {
            case,
            path: vec![],
            gradients,
            expected: &expected,
            seen: 0,
        };
        model.visit(&mut visitor);
        assert!(visitor.seen >= 10, "{case}: {} parameters", visitor.seen);
    }
}

struct Compare<'a> {
    case: &'a str,
    path: Vec<String>,
    gradients: Gradients,
    expected: &'a Expected,
    seen: usize,
}

impl ModuleVisitor for Compare<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name = self.path.join(".");
        let gradient = param
            .val()
            .grad(&self.gradients)
            .unwrap_or_else(|| panic!("{name}"));
        let (shape, golden) = self.expected.floats(&format!("gradient.{name}"));
        let transposed = ["query", "key", "value", "dense"]
            .iter()
            .any(|map| name.ends_with(&format!("{map}.weight")));
        let found = if transposed {
            values(gradient.swap_dims(0, 1))
        } else {
            values(gradient)
        };
        assert_eq!(found.len(), shape.iter().product::<usize>());
        let norm = |x: &[f32]| x.iter().map(|v| v * v).sum::<f32>().sqrt();
        let difference: Vec<f32> = found.iter().zip(&golden).map(|(f, g)| f - g).collect();
        // The key's bias has no effect, its gradient is rounding: an absolute floor of 1e-6.
        let (error, size) = (norm(&difference), norm(&golden));
        assert!(
            error <= 1e-3 * size + 1e-6,
            "{} {name}: off by {error} of {size}",
            self.case
        );
        self.seen += 1;
    }
}

#[test]
fn a_saved_model_loads_back_to_the_same_bits() {
    for case in CASES {
        let model = MaskedLm::load(folder(case), &Device::flex()).unwrap();
        let written = tempfile::tempdir().unwrap();
        model.save(written.path()).unwrap();
        let again = MaskedLm::load(written.path(), &Device::flex()).unwrap();
        assert_eq!(again.config(), model.config());
        assert_eq!(
            dissensus_bert::parameter_values(&again),
            dissensus_bert::parameter_values(&model)
        );
    }
}

/// transformers opens a file with its own keys; the bias's second name is one it knows too.
#[test]
fn a_saved_file_holds_what_transformers_saved() {
    for case in CASES {
        let model = MaskedLm::load(folder(case), &Device::flex()).unwrap();
        let written = tempfile::tempdir().unwrap();
        model.save(written.path()).unwrap();
        let [ours, theirs] = [written.path().to_path_buf(), folder(case)]
            .map(|folder| std::fs::read(folder.join("model.safetensors")).unwrap());
        let ours = SafeTensors::deserialize(&ours).unwrap();
        let theirs = SafeTensors::deserialize(&theirs).unwrap();
        for (name, view) in theirs.tensors() {
            if case == "untied" && name == "cls.predictions.bias" {
                continue; // without ties it is a parameter that nothing reads
            }
            assert!(ours.tensor(&name).unwrap() == view, "{case}: {name}");
        }
        for name in ours.names() {
            assert!(
                theirs.tensor(name).is_ok() || name == "cls.predictions.decoder.bias",
                "{case}: {name}"
            );
        }
    }
}

#[test]
fn tokens_in_any_order_at_their_positions_predict_the_same() {
    let model = MaskedLm::load(folder(CASES[0]), &Device::flex()).unwrap();
    let sizes = model.sizes();
    let ids = vec![2u32, 5, 4, 6, 7];
    let whole = Batch::new(std::slice::from_ref(&ids), &sizes).unwrap();
    let order = [3usize, 0, 4, 2, 1];
    let moved: Vec<u32> = order.iter().map(|&p| ids[p]).collect();
    let moved = Batch::new(&[moved], &sizes).unwrap();
    let moved = moved.at_positions(&[order], &sizes).unwrap();
    let a = values(model.logits_at(&whole, &[2], &Pass::default()));
    let b = values(model.logits_at(&moved, &[3], &Pass::default()));
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4));
    assert!(
        Batch::new(&[ids], &sizes)
            .unwrap()
            .at_positions(&[[0usize, 1, 2, 3, sizes.positions]], &sizes)
            .is_err()
    );
}

#[test]
fn an_untied_copy_predicts_the_same() {
    let model = MaskedLm::load(folder("padded"), &Device::flex()).unwrap();
    let (batch, _, _) = Expected::of("padded").batch(&model);
    let tied = values(model.logits(&batch, &Pass::default()));
    let untied = model.untied();
    assert!(!untied.config().tie_word_embeddings);
    assert_eq!(values(untied.logits(&batch, &Pass::default())), tied);
}
