//! Folders as they come: sharded, half precision, old names, and broken in every way.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod damage;
mod matrix;
mod pickles;
mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm, TrainableModel, parameter_values};
use dissensus_lm::{Error, StoredMatrix};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use tempfile::TempDir;

type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn golden(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(case)
}

fn tensors(case: &str) -> Tensors {
    let bytes = std::fs::read(golden(case).join("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let copy = |(name, view): (String, TensorView<'_>)| {
        (
            name,
            (view.dtype(), view.shape().to_vec(), view.data().to_vec()),
        )
    };
    file.tensors().into_iter().map(copy).collect()
}

fn bytes_of(tensors: &Tensors) -> Vec<u8> {
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize(views.collect::<Vec<_>>(), None).unwrap()
}

/// A folder with the case's configuration and these tensors.
fn folder(case: &str, tensors: &Tensors) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(
        golden(case).join("config.json"),
        folder.path().join("config.json"),
    )
    .unwrap();
    std::fs::write(folder.path().join("model.safetensors"), bytes_of(tensors)).unwrap();
    folder
}

fn load(folder: &TempDir) -> Result<MaskedLm, Error> {
    MaskedLm::open(folder.path(), &Device::flex())
}

fn loads_like_the_original(case: &str, tensors: &Tensors) {
    let original = MaskedLm::load(golden(case), &Device::flex()).unwrap();
    let model = load(&folder(case, tensors)).unwrap();
    assert_eq!(parameter_values(&model), parameter_values(&original));
}

/// Whether a folder opens as a model with finite weights, or as an error.
fn opens_finite_or_not_at_all(folder: &TempDir) -> bool {
    let finite = |model| {
        let values = parameter_values(&model);
        values.values().flatten().all(|v| v.is_finite())
    };
    load(folder).map_or(true, finite)
}

#[test]
fn old_names_of_norms_are_understood() {
    let rename = |name: String| {
        let name = name.replace("LayerNorm.weight", "LayerNorm.gamma");
        name.replace("LayerNorm.bias", "LayerNorm.beta")
    };
    let old = tensors("plain")
        .into_iter()
        .map(|(name, t)| (rename(name), t))
        .collect();
    loads_like_the_original("plain", &old);
}

#[test]
fn names_without_the_prefix_are_understood() {
    let strip = |name: String| {
        name.strip_prefix("bert.")
            .map_or(name.clone(), String::from)
    };
    let bare = tensors("plain")
        .into_iter()
        .map(|(name, t)| (strip(name), t))
        .collect();
    loads_like_the_original("plain", &bare);
}

#[test]
fn a_repeated_tied_decoder_and_other_heads_are_left_out() {
    let mut more = tensors("plain");
    let table = more["bert.embeddings.word_embeddings.weight"].clone();
    more.insert("cls.predictions.decoder.weight".into(), table);
    more.insert(
        "bert.pooler.dense.bias".into(),
        (Dtype::F32, vec![1], vec![0; 4]),
    );
    more.insert(
        "cls.seq_relationship.bias".into(),
        (Dtype::F32, vec![1], vec![0; 4]),
    );
    more.insert(
        "bert.embeddings.position_ids".into(),
        (Dtype::I64, vec![1], vec![0; 8]),
    );
    loads_like_the_original("plain", &more);
}

#[test]
fn shards_are_read_through_their_index() {
    let all = tensors("plain");
    let (mut first, mut second) = (all.clone(), all.clone());
    first.retain(|name, _| name.contains("embeddings"));
    second.retain(|name, _| !name.contains("embeddings"));
    let folder = folder("plain", &all);
    std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    let names = [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ];
    let mut map = BTreeMap::new();
    for (part, name) in [&first, &second].into_iter().zip(names) {
        std::fs::write(folder.path().join(name), bytes_of(part)).unwrap();
        map.extend(part.keys().map(|key| (key.clone(), name)));
    }
    let index = serde_json::json!({"metadata": {}, "weight_map": map}).to_string();
    std::fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
    let original = MaskedLm::load(golden("plain"), &Device::flex()).unwrap();
    assert_eq!(
        parameter_values(&load(&folder).unwrap()),
        parameter_values(&original)
    );
    std::fs::remove_file(folder.path().join(names[1])).unwrap();
    assert!(matches!(load(&folder), Err(Error::Io { path, .. }) if path.ends_with(names[1])));
}

#[test]
fn a_shard_outside_the_folder_is_refused() {
    let folder = folder("plain", &tensors("plain"));
    std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    for name in ["../secret", "/etc/passwd", "..", "a/b"] {
        let index = serde_json::json!({"weight_map": {"x": name}}).to_string();
        std::fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
        assert!(
            load(&folder)
                .unwrap_err()
                .to_string()
                .contains("not a file name"),
            "{name}"
        );
    }
}

#[test]
fn half_precision_is_read_as_single() {
    let bfloat = |bytes: &[u8]| -> Vec<u8> {
        bytes
            .as_chunks::<4>()
            .0
            .iter()
            .flat_map(|w| [w[2], w[3]])
            .collect()
    };
    let half: Tensors = tensors("plain")
        .into_iter()
        .map(|(name, (_, shape, bytes))| (name, (Dtype::BF16, shape, bfloat(&bytes))))
        .collect();
    let original = parameter_values(&MaskedLm::load(golden("plain"), &Device::flex()).unwrap());
    let read = parameter_values(&load(&folder("plain", &half)).unwrap());
    for (name, values) in read {
        for (half, single) in values.iter().zip(&original[&name]) {
            assert!(
                (half - single).abs() <= single.abs() / 128.0,
                "{name}: {half} is not {single}"
            );
        }
    }
}

#[test]
fn doubles_are_read_as_the_singles_they_are() {
    let double = |bytes: &[u8]| -> Vec<u8> {
        let singles = bytes.as_chunks::<4>().0.iter().copied();
        singles
            .flat_map(|single| f64::from(f32::from_le_bytes(single)).to_le_bytes())
            .collect()
    };
    let doubles: Tensors = tensors("plain")
        .into_iter()
        .map(|(name, (_, shape, bytes))| (name, (Dtype::F64, shape, double(&bytes))))
        .collect();
    loads_like_the_original("plain", &doubles);
}

#[test]
fn integers_as_weights_are_refused_with_the_types_that_are_read() {
    let mut wrong = tensors("plain");
    wrong.get_mut("cls.predictions.bias").unwrap().0 = Dtype::I32;
    let message = load(&folder("plain", &wrong)).unwrap_err().to_string();
    assert!(
        message.contains("`cls.predictions.bias` has type I32, expected F32, F16, BF16 or F64"),
        "{message}"
    );
}

#[test]
fn a_missing_tensor_is_named_with_its_shape() {
    let mut less = tensors("plain");
    less.remove("bert.encoder.layer.1.attention.self.key.bias");
    let message = load(&folder("plain", &less)).unwrap_err().to_string();
    let expected =
        "tensor `bert.encoder.layer.1.attention.self.key.bias` is missing, expected shape [12]";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn an_extra_tensor_is_named() {
    let mut more = tensors("plain");
    more.insert(
        "bert.encoder.layer.2.output.dense.bias".into(),
        (Dtype::F32, vec![1], vec![0; 4]),
    );
    let error = load(&folder("plain", &more)).unwrap_err();
    assert!(
        matches!(error, Error::ExtraTensors { names, .. } if names == ["bert.encoder.layer.2.output.dense.bias"])
    );
}

#[test]
fn a_misshapen_tensor_is_named_with_both_shapes() {
    let mut wrong = tensors("plain");
    let name = "bert.encoder.layer.0.intermediate.dense.weight";
    wrong.get_mut(name).unwrap().1.reverse();
    let error = load(&folder("plain", &wrong)).unwrap_err();
    assert!(
        matches!(&error, Error::Shape { name: n, expected, found, .. }
        if n == name && expected == &[20, 12] && found == &[12, 20]),
        "{error}"
    );
}

#[test]
fn a_vocabulary_of_another_size_is_a_shape_error() {
    let folder = folder("plain", &tensors("plain"));
    let path = folder.path().join("config.json");
    let text = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\"vocab_size\": 23", "\"vocab_size\": 24");
    std::fs::write(&path, text).unwrap();
    assert!(matches!(load(&folder), Err(Error::Shape { found, .. }) if found == [23, 12]));
}

#[test]
fn a_weight_that_is_not_a_number_is_named() {
    let mut wrong = tensors("plain");
    let bytes = &mut wrong.get_mut("cls.predictions.bias").unwrap().2;
    bytes[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
    let error = load(&folder("plain", &wrong)).unwrap_err();
    assert!(
        matches!(&error, Error::NonFiniteWeight { name, index: 2, .. } if name == "cls.predictions.bias")
    );
}

#[test]
fn a_configuration_of_another_architecture_is_refused() {
    let folder = folder("plain", &tensors("plain"));
    for text in [
        r#"{"model_type": "roberta"}"#,
        r#"{"hidden_act": "relu"}"#,
        r#"{"is_decoder": true}"#,
    ] {
        let file = folder.path().join("config.json");
        std::fs::write(&file, text).unwrap();
        let error = load(&folder).unwrap_err();
        assert!(matches!(error, Error::Config { .. }), "{text}");
        let named = format!("{}: field `", file.display());
        assert!(error.to_string().starts_with(&named), "{error}");
    }
}
