//! Checkpoints that were damaged: the last good one is used, and nothing is lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// Two checkpoints, after three steps and after four; the path of the second.
fn two_checkpoints(folder: &Path) -> PathBuf {
    let mut trainer = Trainer::new(model(1), settings(), data()).unwrap();
    let mut last = PathBuf::new();
    while trainer.steps_done() < 4 {
        trainer.step().unwrap();
        trainer.evaluate().unwrap();
        if trainer.steps_done() >= 3 {
            last = trainer.save(folder).unwrap();
        }
    }
    last
}

fn resume(folder: &Path) -> Result<Trainer, Error> {
    Trainer::resume(folder, settings(), data(), &Device::flex())
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut contents(&path))
        } else {
            drop(found.insert(path.clone(), fs::read(&path).unwrap()))
        }
    }
    found
}

/// A place in each kind of byte that a file has.
fn kinds_of_bytes(path: &Path, bytes: &[u8]) -> Vec<(&'static str, usize)> {
    let end = bytes.len();
    if path.extension().is_some_and(|e| e == "safetensors") {
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let kinds = [("header length", 0), ("header length", 7), ("header", 8)];
        let more = [("header", 7 + header), ("tensor", 8 + header)];
        kinds
            .into_iter()
            .chain(more)
            .chain([("tensor", end - 1)])
            .collect()
    } else if path.ends_with("MANIFEST") {
        let own = end - " MANIFEST\n".len() - 12;
        vec![
            ("checksum", 0),
            ("length", 10),
            ("name", 20),
            ("own checksum", own),
            ("end", end - 1),
        ]
    } else {
        vec![("first", 0), ("middle", end / 2), ("last", end - 1)]
    }
}

#[test]
fn a_flip_in_any_kind_of_byte_falls_back_to_the_last_good_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let newest = two_checkpoints(folder.path());
    let mut flipped = 0;
    for (path, bytes) in contents(&newest) {
        for (kind, at) in kinds_of_bytes(&path, &bytes) {
            let mut broken = bytes.clone();
            broken[at] ^= 4;
            fs::write(&path, broken).unwrap();
            let resumed = resume(folder.path()).unwrap();
            assert_eq!(resumed.steps_done(), 3, "{} {kind}", path.display());
            assert!(
                matches!(resumed.damaged(), [Error::Damaged { path: named, .. }] if named.starts_with(&newest)),
                "{:?}",
                resumed.damaged()
            );
            flipped += 1;
        }
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(flipped, 3 * 6 + 5 + 2 * 3);
    let whole = resume(folder.path()).unwrap();
    assert_eq!((whole.steps_done(), whole.damaged().len()), (4, 0));
}

#[test]
fn a_cut_or_missing_file_falls_back_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let newest = two_checkpoints(folder.path());
    for (path, bytes) in contents(&newest) {
        let named = |resumed: Trainer| {
            let [Error::Damaged { path: named, .. }] = resumed.damaged() else {
                panic!("{:?}", resumed.damaged());
            };
            assert_eq!((resumed.steps_done(), named), (3, &path));
        };
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        named(resume(folder.path()).unwrap());
        fs::remove_file(&path).unwrap();
        named(resume(folder.path()).unwrap());
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn a_run_resumed_past_damage_ends_with_the_same_bits() {
    let mut unbroken = Trainer::new(model(1), settings(), data()).unwrap();
    unbroken.run(&mut ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let newest = two_checkpoints(folder.path());
    let weights = newest.join("model.safetensors");
    fs::write(&weights, b"").unwrap();
    let mut resumed = resume(folder.path()).unwrap();
    resumed.save(folder.path()).unwrap();
    assert!(weights.exists(), "what was passed over is not deleted");
    resumed.step().unwrap();
    resumed.save(folder.path()).unwrap();
    assert_eq!(
        resume(folder.path()).unwrap().steps_done(),
        4,
        "its step came again"
    );
    resumed.run(&mut ()).unwrap();
    assert_eq!(
        parameter_values(&resumed.model()),
        parameter_values(&unbroken.model())
    );
}

#[test]
fn damage_in_every_checkpoint_is_an_error_that_says_what_to_do_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    two_checkpoints(folder.path());
    for path in contents(folder.path()).into_keys() {
        if path.ends_with("trainer.json") {
            fs::write(path, b"{}").unwrap();
        }
    }
    let before = contents(folder.path());
    let message = resume(folder.path()).unwrap_err().to_string();
    assert!(
        message.contains("trainer.json") && message.contains("another folder"),
        "{message}"
    );
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn saving_the_same_state_again_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let newest = two_checkpoints(folder.path());
    let written = |path: &Path| {
        fs::metadata(path.join("MANIFEST"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = written(&newest);
    assert_eq!(
        resume(folder.path()).unwrap().save(folder.path()).unwrap(),
        newest
    );
    assert_eq!(written(&newest), before);
}

#[test]
fn weights_that_are_not_numbers_are_not_saved() {
    let settings = settings().with_learning_rate(1e39).with_warmup(0.0);
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = Trainer::new(model(1), settings, data()).unwrap();
    let good = trainer.save(folder.path()).unwrap();
    let before = contents(folder.path());
    trainer.step().unwrap();
    let error = trainer.save(folder.path()).unwrap_err();
    assert!(matches!(error, Error::NonFiniteWeight { .. }), "{error}");
    assert_eq!(contents(folder.path()), before);
    assert!(good.exists());
}
