//! Files broken in every way.

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

/// The case `shallow` in shards.
pub(super) fn sharded(pickled: bool) -> TempDir {
    let folder = folder("shallow", &tensors("shallow"));
    if pickled {
        pickles::put_shards(&folder);
    } else {
        load(&folder)
            .unwrap()
            .save_sharded(folder.path(), 500)
            .unwrap();
    }
    folder
}

fn index(folder: &TempDir, pickled: bool) -> PathBuf {
    let name = if pickled {
        "pytorch_model.bin.index.json"
    } else {
        "model.safetensors.index.json"
    };
    folder.path().join(name)
}

#[test]
fn a_configuration_that_is_no_object_is_refused() {
    for written in ["[]", "null", "3", "\"{}\""] {
        let folder = folder("shallow", &tensors("shallow"));
        std::fs::write(folder.path().join("config.json"), written).unwrap();
        assert!(load(&folder).is_err(), "{written}");
    }
}

proptest! {
    #[test]
    fn a_cut_file_is_an_error(fraction in 0.0f64..1.0) {
        let folder = folder("shallow", &tensors("shallow"));
        let path = folder.path().join("model.safetensors");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..(fraction * bytes.len() as f64) as usize]).unwrap();
        let malformed = matches!(load(&folder), Err(Error::Malformed { .. }));
        prop_assert!(malformed);
    }

    #[test]
    fn damaged_weights_never_panic(at in 0usize..4000, with in any::<[u8; 8]>()) {
        let folder = folder("shallow", &tensors("shallow"));
        let path = folder.path().join("model.safetensors");
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at % (bytes.len() - 8);
        bytes[at..at + 8].copy_from_slice(&with);
        std::fs::write(&path, &bytes).unwrap();
        prop_assert!(opens_finite_or_not_at_all(&folder));
    }

    #[test]
    fn any_bytes_as_weights_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let folder = folder("shallow", &tensors("shallow"));
        std::fs::write(folder.path().join("model.safetensors"), bytes).unwrap();
        prop_assert!(load(&folder).is_err());
    }

    #[test]
    fn a_damaged_configuration_never_panics(at in 0usize..700, with in any::<u8>()) {
        let folder = folder("shallow", &tensors("shallow"));
        let path = folder.path().join("config.json");
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at % bytes.len();
        bytes[at] = with;
        std::fs::write(&path, bytes).unwrap();
        if let Ok(model) = load(&folder) {
            prop_assert_eq!(model.config(), &Config::load(folder.path()).unwrap());
        }
    }

    #[test]
    fn any_numbers_in_a_configuration_are_checked_before_memory_is_taken(
        vocabulary in any::<u64>(), width in any::<u64>(), heads in any::<u64>(), layers in any::<u64>(),
    ) {
        let folder = folder("shallow", &tensors("shallow"));
        let config = serde_json::json!({"vocab_size": vocabulary, "hidden_size": width,
            "num_attention_heads": heads, "num_hidden_layers": layers});
        std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        prop_assert!(load(&folder).is_err());
    }

    #[test]
    fn a_damaged_index_never_panics(pickled in any::<bool>(), at in 0usize..2000, with in any::<[u8; 2]>()) {
        let folder = sharded(pickled);
        let path = index(&folder, pickled);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at % (bytes.len() - 2);
        bytes[at..at + 2].copy_from_slice(&with);
        std::fs::write(path, bytes).unwrap();
        prop_assert!(opens_finite_or_not_at_all(&folder));
    }

    #[test]
    fn a_cut_index_never_panics(pickled in any::<bool>(), fraction in 0.0f64..1.0) {
        let folder = sharded(pickled);
        let path = index(&folder, pickled);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..(fraction * bytes.len() as f64) as usize]).unwrap();
        prop_assert!(opens_finite_or_not_at_all(&folder));
    }

    #[test]
    fn any_map_as_an_index_is_an_error(
        pickled in any::<bool>(), map in prop::collection::btree_map(".{0,9}", ".{0,9}", 0..5),
    ) {
        let folder = sharded(pickled);
        let text = serde_json::json!({"weight_map": map}).to_string();
        std::fs::write(index(&folder, pickled), text).unwrap();
        prop_assert!(load(&folder).is_err());
    }
}

pub(super) const TABLE: &str = "bert.embeddings.word_embeddings.weight";
const DECODER: &str = "cls.predictions.decoder.weight";

/// `weight_map` of an index.
type ShardList = serde_json::Map<String, serde_json::Value>;
type EditList = fn(&mut ShardList);

/// Rewrites the list of shards.
fn edit_index(folder: &TempDir, pickled: bool, edit: impl FnOnce(&mut ShardList)) {
    let path = index(folder, pickled);
    let mut json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    edit(json["weight_map"].as_object_mut().unwrap());
    std::fs::write(path, json.to_string()).unwrap();
}

#[test]
fn a_list_of_shards_that_lacks_a_tensor_names_none_or_moves_one_is_refused() {
    for pickled in [false, true] {
        let cases: [(&str, EditList); 3] = [
            ("no shard", |map| drop(map.remove(TABLE))),
            ("does not hold it", |map| {
                let shard = map[TABLE].clone();
                map.insert("extra".into(), shard);
            }),
            // Where the other shard is read first, it lacks it; else the tensor's own shard has one
            // that is not listed.
            ("hold", |map| {
                let own = map[TABLE].clone();
                let other = map.values().find(|shard| **shard != own).unwrap().clone();
                map.insert(TABLE.into(), other);
            }),
        ];
        for (words, edit) in cases {
            let folder = sharded(pickled);
            edit_index(&folder, pickled, edit);
            let error = load(&folder).unwrap_err();
            // A shard of which the list names nothing is not opened at all.
            let unlisted = matches!(&error, Error::MissingTensor { name, .. } if name == TABLE);
            assert!(matches!(error, Error::Index { .. }) || unlisted, "{error}");
            assert!(unlisted || error.to_string().contains(words), "{error}");
        }
    }
}

#[test]
fn a_tensor_in_two_shards_is_refused() {
    let folder = sharded(false);
    let path = index(&folder, false);
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let own = &json["weight_map"][TABLE];
    let shards = json["weight_map"].as_object().unwrap().values();
    let other = shards.into_iter().find(|shard| *shard != own).unwrap();
    let other = folder.path().join(other.as_str().unwrap());
    let bytes = std::fs::read(&other).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut held: Tensors = file
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            (
                name,
                (view.dtype(), view.shape().to_vec(), view.data().to_vec()),
            )
        })
        .collect();
    held.insert(TABLE.into(), tensors("shallow")[TABLE].clone());
    std::fs::write(&other, bytes_of(&held)).unwrap();
    let error = load(&folder).unwrap_err();
    assert!(
        matches!(&error, Error::Index { name, .. } if name == TABLE),
        "{error}"
    );
}

#[test]
fn two_keys_of_one_parameter_are_refused() {
    let mut both = tensors("shallow");
    let table = both[TABLE].clone();
    both.insert("embeddings.word_embeddings.weight".into(), table);
    let error = load(&folder("shallow", &both)).unwrap_err();
    assert!(matches!(error, Error::TensorTwice { .. }), "{error}");
}

#[test]
fn the_decoder_of_a_tied_model_repeats_the_word_table_or_is_refused() {
    let mut tied = tensors("shallow");
    let mut decoder = tied[TABLE].clone();
    tied.insert(DECODER.into(), decoder.clone());
    loads_like_the_original("shallow", &tied);
    decoder.2[4 * 5 + 2] ^= 1;
    tied.insert(DECODER.into(), decoder);
    let error = load(&folder("shallow", &tied)).unwrap_err();
    let named = matches!(&error, Error::Contradiction { name, index: 5, .. } if name == DECODER);
    assert!(named, "{error}");
}

#[test]
fn what_git_lfs_leaves_in_place_of_a_file_is_named_as_such() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    let files = [
        ("config.json", false),
        ("model.safetensors", false),
        ("pytorch_model.bin", true),
    ];
    for (name, pickled) in files {
        let folder = folder("shallow", &tensors("shallow"));
        if pickled {
            std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
        }
        let path = folder.path().join(name);
        std::fs::write(&path, pointer).unwrap();
        let error = load(&folder).unwrap_err().to_string();
        let named = format!("{}: this is a Git LFS pointer", path.display());
        assert!(error.starts_with(&named), "{error}");
    }
}

#[test]
#[cfg(unix)]
fn a_pipe_instead_of_a_file_is_refused_and_not_waited_for() {
    for name in ["config.json", "model.safetensors"] {
        let folder = sharded(false);
        let pipe = folder.path().join(name);
        let _ = std::fs::remove_file(&pipe);
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let error = MaskedLm::load(folder.path(), &Device::flex()).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}
