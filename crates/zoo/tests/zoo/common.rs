//! Golden files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use dissensus_fisher::Gradient;
use dissensus_lm::{
    Batch, Budget, Data, Objective, Sizes, Trainer, TrainingConfig, WeightNames, parameter_values,
};
use dissensus_zoo::{Error, Published, load, load_as};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;

/// Every golden folder of a masked model with weights and outputs.
pub const CASES: [&str; 7] = [
    "nt_v1",
    "nt_v1_norm_before",
    "nt_v2",
    "dnabert2",
    "dnabert2_three_heads",
    "gena",
    "gena_last_norm",
];

pub fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(case)
}

/// A tensor of a golden file.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// The tensors of a safetensors file; whole numbers as singles.
pub fn tensors(path: &Path) -> BTreeMap<String, Stored> {
    let bytes = std::fs::read(path).expect("a file");
    let file = SafeTensors::deserialize(&bytes).expect("safetensors");
    let stored = |view: TensorView<'_>| Stored {
        shape: view.shape().to_vec(),
        values: match view.dtype() {
            Dtype::F32 => words(view.data(), f32::from_le_bytes),
            Dtype::I64 => words(view.data(), |b| i64::from_le_bytes(b) as f32),
            other => panic!("{other:?}"),
        },
    };
    let all = file.tensors().into_iter();
    all.map(|(key, view)| (key, stored(view))).collect()
}

fn words<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|&b| read(b)).collect()
}

/// Writes a safetensors file.
pub fn write(path: &Path, tensors: &BTreeMap<String, Stored>) {
    let bytes: BTreeMap<&str, Vec<u8>> = tensors
        .iter()
        .map(|(key, t)| {
            (
                &key[..],
                t.values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            )
        })
        .collect();
    let views = tensors.iter().map(|(key, t)| {
        let view = TensorView::new(Dtype::F32, t.shape.clone(), &bytes[&key[..]]);
        (key.clone(), view.expect("a tensor"))
    });
    let file = safetensors::serialize(views, None).expect("safetensors");
    std::fs::write(path, file).expect("a file");
}

/// What a case was asked and answered.
pub struct Golden {
    pub tensors: BTreeMap<String, Stored>,
}

impl Golden {
    pub fn of(case: &str) -> Self {
        let tensors = tensors(&folder(case).join("golden.safetensors"));
        Self { tensors }
    }

    pub fn values(&self, key: &str) -> &[f32] {
        &self.tensors[key].values
    }

    /// Rows as long as the longest, padding among the tokens.
    pub fn rows(&self) -> Vec<Vec<u32>> {
        let ids = &self.tensors["input_ids"];
        let rows = ids.values.chunks(ids.shape[1]);
        rows.map(|row| row.iter().map(|&id| id as u32).collect())
            .collect()
    }

    /// Rows without their padding.
    pub fn sequences(&self) -> Vec<Vec<u32>> {
        let lengths = self.values("attention_mask").chunks(self.rows()[0].len());
        let cut = |(mut row, mask): (Vec<u32>, &[f32])| {
            row.truncate(mask.iter().sum::<f32>() as usize);
            row
        };
        self.rows().into_iter().zip(lengths).map(cut).collect()
    }

    pub fn batch(&self, sizes: &Sizes) -> Batch {
        Batch::new(&self.sequences(), sizes).expect("a batch")
    }

    pub fn indices(&self, key: &str) -> Vec<usize> {
        self.values(key).iter().map(|&at| at as usize).collect()
    }
}

pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// The largest distance of two arrays of one length.
pub fn apart(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let pairs = ours.iter().zip(theirs);
    let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(ours.iter().all(|x| x.is_finite()));
    worst
}

/// The gradient of a tensor of a file, from those of the parameters that it holds.
pub fn as_stored(names: &dyn WeightNames, gradients: &[Gradient], key: &str) -> Vec<f32> {
    let parameter = names.parameter(key).expect("a parameter");
    let first = |second: &str| {
        names
            .second()
            .iter()
            .find(|(_, s)| *s == second)
            .map(|p| p.0)
    };
    let parameter = first(&parameter).unwrap_or(&parameter);
    let holds = |g: &&Gradient| {
        g.name == parameter
            || names
                .part(&g.name)
                .is_some_and(|part| part.tensor == parameter)
    };
    let stored = |g: &Gradient| -> Vec<f32> {
        let values = g.values.iter().map(|&v| v as f32);
        if !names.is_transposed(&g.name) {
            return values.collect();
        }
        let values: Vec<f32> = values.collect();
        let [rows, columns] = [g.shape[0], g.shape[1]];
        (0..columns)
            .flat_map(|c| (0..rows).map(move |r| r * columns + c))
            .map(|at| values[at])
            .collect()
    };
    gradients.iter().filter(holds).flat_map(stored).collect()
}

/// A copy of a golden folder, its configuration and its tensors changed.
pub fn changed(
    case: &str,
    config: impl Fn(&mut Value),
    change: impl Fn(&mut BTreeMap<String, Stored>),
) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    let text = std::fs::read(folder(case).join("config.json")).expect("a file");
    let mut value: Value = serde_json::from_slice(&text).expect("JSON");
    config(&mut value);
    std::fs::write(copy.path().join("config.json"), value.to_string()).expect("a file");
    let mut all = tensors(&folder(case).join("model.safetensors"));
    change(&mut all);
    write(&copy.path().join("model.safetensors"), &all);
    copy
}

/// Closer than `bound`. With `--nocapture` the lines make the table of parity in `docs/results`.
#[expect(clippy::print_stdout, reason = "the lines are the table")]
pub fn within(case: &str, what: &str, apart: f32, bound: f32) {
    println!("parity {case} {what} {apart:.1e} {bound:.0e}");
    assert!(apart < bound, "{case} {what}: {apart}");
}

/// Within five standard errors. With `--nocapture` the lines make the table of random twins.
#[expect(clippy::print_stdout, reason = "the lines are the table")]
pub fn near(case: &str, name: &str, found: f64, expected: f64, error: f64) {
    let apart = (found - expected).abs();
    println!(
        "twin {case} {name} {found:.6} {expected:.6} {:.2}",
        apart / error
    );
    assert!(
        apart < 5.0 * error,
        "{case} {name}: {found}, expected {expected}"
    );
}

/// The configuration of a golden folder.
pub fn config(case: &str) -> Value {
    let text = std::fs::read(folder(case).join("config.json")).expect(case);
    serde_json::from_slice(&text).expect(case)
}

/// Why a folder does not open.
pub fn refused(folder: &Path) -> Error {
    let opened = load(folder, &Device::flex()).err();
    opened.unwrap_or_else(|| panic!("{} opened", folder.display()))
}

/// Two letters take turns: one can be told from its neighbours, and from the one before it.
pub fn alternating<O>(letters: [u32; 2], objective: O) -> Data<O> {
    let sequence = |first: usize| (0..12).map(|at| letters[(first + at) % 2]).collect();
    let training: Vec<Vec<u32>> = (0..16).map(sequence).collect();
    Data::new(training.clone(), training, objective)
}

/// A golden model after 24 steps without a break, and one that was stopped after 12 of them and
/// resumed, whose parameters are the same to the bit.
pub fn whole_and_resumed<M: Published, O: Objective<M>>(
    case: &str,
    data: impl Fn() -> Data<O>,
) -> [Trainer<M, O>; 2] {
    let (out, steps) = (tempfile::tempdir().expect("a folder"), 24);
    let settings = TrainingConfig::default()
        .with_learning_rate(5e-3)
        .with_batch(8)
        .with_micro_batch(Some(3))
        .with_budget(Budget::Steps(steps));
    let begun = || {
        let model: M = load_as(folder(case), &Device::flex()).expect(case);
        Trainer::new(model, settings.clone(), data()).expect(case)
    };
    let [mut whole, mut half] = [begun(), begun()];
    for step in 0..steps {
        whole.step().expect(case);
        if step < steps / 2 {
            half.step().expect(case);
        }
    }
    half.save(out.path()).expect(case);
    let resumed = Trainer::resume(out.path(), half.config().clone(), data(), &Device::flex());
    let mut resumed: Trainer<M, O> = resumed.expect(case);
    for _ in steps / 2..steps {
        resumed.step().expect(case);
    }
    assert_eq!(
        parameter_values(&whole.model()),
        parameter_values(&resumed.model()),
        "{case}"
    );
    [whole, resumed]
}
