//! What is written over what.

use std::fs;

use proptest::prelude::*;

use super::*;

type Values = BTreeMap<String, Vec<f32>>;

const INDEX: &str = "model.safetensors.index.json";

fn model(case: &str) -> MaskedLm {
    MaskedLm::load(golden(case), &Device::flex()).unwrap()
}

/// The case `shallow` with every weight negated.
fn negated() -> MaskedLm {
    let mut tensors = tensors("shallow");
    for (_, _, bytes) in tensors.values_mut() {
        bytes
            .iter_mut()
            .skip(3)
            .step_by(4)
            .for_each(|byte| *byte ^= 0x80);
    }
    load(&folder("shallow", &tensors)).unwrap()
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Writes in files of at most so many bytes, or in one.
fn write(
    model: &MaskedLm,
    folder: &TempDir,
    limit: Option<u64>,
) -> Result<(), dissensus_bert::Error> {
    match limit {
        Some(limit) => model.save_sharded(folder.path(), limit),
        None => model.save(folder.path()),
    }
}

fn written(model: &MaskedLm, limit: Option<u64>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(model, &folder, limit).unwrap();
    folder
}

/// One file; few shards; as many as there are tensors.
const LIMITS: [Option<u64>; 3] = [None, Some(500), Some(1)];

#[test]
fn the_index_lists_every_tensor_in_its_shard() {
    let folder = written(&model("plain"), Some(2000));
    let index: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join(INDEX)).unwrap()).unwrap();
    let (mut total, mut listed) = (0, 0);
    let shards = names(&folder)
        .into_iter()
        .filter(|name| name.starts_with("model-"));
    for (at, name) in shards.clone().enumerate() {
        let expected = format!(
            "model-{:05}-of-{:05}.safetensors",
            at + 1,
            shards.clone().count()
        );
        assert_eq!(name, expected);
        let bytes = fs::read(folder.path().join(&name)).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let size: usize = file.iter().map(|(_, view)| view.data().len()).sum();
        assert!(size <= 2000 || file.len() == 1, "{name} has {size} bytes");
        assert!(
            file.names()
                .iter()
                .all(|key| index["weight_map"][key] == name.as_str())
        );
        (total, listed) = (total + size, listed + file.len());
    }
    assert!(shards.count() > 2);
    assert_eq!(index["metadata"]["total_size"], total);
    assert_eq!(index["weight_map"].as_object().unwrap().len(), listed);
}

#[test]
fn what_fits_in_one_file_is_written_as_one() {
    let folder = written(&model("plain"), Some(1 << 20));
    assert_eq!(names(&folder), ["config.json", "model.safetensors"]);
}

#[test]
fn a_model_written_over_another_leaves_nothing_of_it() {
    for old in [model("shallow"), model("padded")] {
        for (before, after) in LIMITS.iter().flat_map(|old| LIMITS.map(|new| (*old, new))) {
            let folder = written(&old, before);
            write(&negated(), &folder, after).unwrap();
            assert_eq!(
                parameter_values(&load(&folder).unwrap()),
                parameter_values(&negated())
            );
            assert_eq!(
                names(&folder),
                names(&written(&negated(), after)),
                "{before:?} {after:?}"
            );
        }
    }
}

/// Writes the new model over the old one while one file cannot be written, and gives what then
/// opens.
fn interrupted(
    old: &MaskedLm,
    before: Option<u64>,
    after: Option<u64>,
    name: &str,
) -> Option<Values> {
    let folder = written(old, before);
    let blocked = folder.path().join(format!(".{name}.tmp"));
    fs::create_dir(&blocked).unwrap();
    assert!(write(&negated(), &folder, after).is_err(), "{name}");
    load(&folder).ok().map(|model| parameter_values(&model))
}

#[test]
fn a_model_half_written_over_another_is_never_a_mixture() {
    let (shallow, padded) = (model("shallow"), model("padded"));
    let new = parameter_values(&negated());
    for (before, after) in LIMITS.iter().flat_map(|old| LIMITS.map(|new| (*old, new))) {
        for name in names(&written(&negated(), after)) {
            let found = interrupted(&shallow, before, after, &name);
            let whole =
                found.is_some_and(|found| found == parameter_values(&shallow) || found == new);
            assert!(whole, "{before:?} {after:?} {name}");
            let found = interrupted(&padded, before, after, &name);
            let whole =
                found.is_none_or(|found| found == parameter_values(&padded) || found == new);
            assert!(whole, "{before:?} {after:?} {name}, another configuration");
        }
    }
}

proptest! {
    #[test]
    fn shards_come_back_to_the_bit(limit in 0u64..20_000) {
        let (model, folder) = (model("untied"), tempfile::tempdir().unwrap());
        model.save_sharded(folder.path(), limit).unwrap();
        let read = load(&folder).unwrap();
        prop_assert_eq!(parameter_values(&read), parameter_values(&model));
        prop_assert_eq!(read.config(), model.config());
    }
}
