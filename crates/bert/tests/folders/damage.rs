//! Files broken in every way.

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

/// The case `shallow` in shards.
fn sharded(pickled: bool) -> TempDir {
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
    let name = match pickled {
        true => "pytorch_model.bin.index.json",
        false => "model.safetensors.index.json",
    };
    folder.path().join(name)
}

proptest! {
    #[test]
    fn a_cut_file_is_an_error(share in 0.0f64..1.0) {
        let folder = folder("shallow", &tensors("shallow"));
        let path = folder.path().join("model.safetensors");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..(share * bytes.len() as f64) as usize]).unwrap();
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
    fn a_cut_index_never_panics(pickled in any::<bool>(), share in 0.0f64..1.0) {
        let folder = sharded(pickled);
        let path = index(&folder, pickled);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..(share * bytes.len() as f64) as usize]).unwrap();
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
