//! What `torch.save` writes, and what it does not.

use proptest::prelude::*;

use super::*;

const FILE: &str = "pytorch_model.bin";

fn pickle(name: &str) -> Vec<u8> {
    std::fs::read(golden("pickles").join(name)).unwrap()
}

/// A folder with the configuration of `shallow` and these bytes as its weights.
fn with_pickle(bytes: &[u8]) -> TempDir {
    let folder = folder("shallow", &tensors("shallow"));
    std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    std::fs::write(folder.path().join(FILE), bytes).unwrap();
    folder
}

/// Puts shards where a folder has `model.safetensors`.
pub(super) fn put_shards(folder: &TempDir) {
    std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    for entry in std::fs::read_dir(golden("pickles/sharded")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
}

fn shallow() -> BTreeMap<String, Vec<f32>> {
    parameter_values(&MaskedLm::load(golden("shallow"), &Device::flex()).unwrap())
}

fn problem(bytes: &[u8]) -> String {
    match load(&with_pickle(bytes)).unwrap_err() {
        Error::Malformed { path, problem } if path.ends_with(FILE) => problem,
        other => panic!("{other}"),
    }
}

#[test]
fn pickles_give_the_same_model_to_the_bit() {
    for name in ["zip.bin", "legacy.bin", "nested.bin", "whole.bin"] {
        let model = load(&with_pickle(&pickle(name))).unwrap();
        assert_eq!(parameter_values(&model), shallow(), "{name}");
    }
}

#[test]
fn pickles_in_shards_give_the_same_model_to_the_bit() {
    let folder = folder("shallow", &tensors("shallow"));
    put_shards(&folder);
    assert_eq!(parameter_values(&load(&folder).unwrap()), shallow());
    let second = "pytorch_model-00002-of-00002.bin";
    std::fs::remove_file(folder.path().join(second)).unwrap();
    assert!(matches!(load(&folder), Err(Error::Io { path, .. }) if path.ends_with(second)));
}

#[test]
fn safetensors_are_taken_before_a_pickle() {
    let folder = folder("shallow", &tensors("shallow"));
    std::fs::write(folder.path().join(FILE), "no pickle").unwrap();
    assert_eq!(parameter_values(&load(&folder).unwrap()), shallow());
}

#[test]
fn other_precisions_in_a_pickle_are_read_as_single() {
    let expected = shallow();
    for (name, values) in parameter_values(&load(&with_pickle(&pickle("mixed.bin"))).unwrap()) {
        for (read, single) in values.iter().zip(&expected[&name]) {
            let close = (read - single).abs() <= single.abs() / 128.0;
            assert!(close, "{name}: {read} is not {single}");
        }
    }
}

#[test]
fn integers_in_a_pickle_are_refused_with_the_types_that_are_read() {
    let expected =
        "`cls.predictions.transform.dense.bias` has type I32, expected F32, F16, BF16 or F64";
    let problem = problem(&pickle("integers.bin"));
    assert!(problem.contains(expected), "{problem}");
}

#[test]
fn a_number_repeated_without_end_takes_no_memory() {
    let problem = problem(&pickle("repeated.bin"));
    let expected = "its tensors stand for 4294967296 bytes, the file has ";
    assert!(problem.starts_with(expected), "{problem}");
}

#[test]
fn a_pickle_of_another_shape_is_named_with_both_shapes() {
    let folder = with_pickle(&pickle("zip.bin"));
    let path = folder.path().join("config.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        path,
        text.replace("\"vocab_size\": 19", "\"vocab_size\": 20"),
    )
    .unwrap();
    assert!(matches!(load(&folder), Err(Error::Shape { found, .. }) if found == [19, 6]));
}

#[test]
fn a_weight_of_a_pickle_that_is_not_a_number_is_named() {
    let mut bytes = pickle("legacy.bin");
    let bias = &tensors("shallow")["cls.predictions.bias"].2;
    let at = bytes.windows(bias.len()).position(|w| w == bias).unwrap();
    bytes[at + 8..at + 12].copy_from_slice(&f32::NAN.to_le_bytes());
    let error = load(&with_pickle(&bytes)).unwrap_err();
    assert!(
        matches!(&error, Error::NonFiniteWeight { name, index: 2, .. } if name.starts_with("cls.predictions.")),
        "{error}"
    );
}

#[test]
fn a_pickle_runs_no_code() {
    let made = tempfile::tempdir().unwrap();
    let target = made.path().join("made");
    let code = format!("cos\nmkdir\n(S'{}'\ntR.", target.display());
    assert!(load(&with_pickle(code.as_bytes())).is_err());
    assert!(!target.exists());
}

#[test]
fn a_pickle_without_tensors_says_what_was_expected() {
    let problem = problem(b"}.");
    assert!(
        problem.contains("expected the weights by name"),
        "{problem}"
    );
}

#[test]
fn other_files_called_pickles_are_refused() {
    let safe = std::fs::read(golden("shallow").join("model.safetensors")).unwrap();
    for bytes in [&safe[..], b""] {
        let problem = problem(bytes);
        assert!(problem.contains("torch.save"), "{problem}");
    }
}

const PICKLES: [&str; 5] = [
    "zip.bin",
    "legacy.bin",
    "nested.bin",
    "mixed.bin",
    "whole.bin",
];

/// What files of `torch.save` begin with.
const BEGINNINGS: [&[u8]; 4] = [
    b"",
    b"PK\x03\x04",
    b"\x80\x02",
    b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.",
];

/// Instructions of the language of pickles, with operands where they need some.
const INSTRUCTIONS: [&[u8]; 24] = [
    b"}",
    b"]",
    b")",
    b"(",
    b"t",
    b"d",
    b"l",
    b"s",
    b"u",
    b"a",
    b"e",
    b"2",
    b"0",
    b"q\x00",
    b"h\x00",
    b"K\x07",
    b"N",
    b"X\x01\x00\x00\x00k",
    b"ccollections\nOrderedDict\n",
    b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"ctorch\nFloatStorage\n",
    b"R",
    b"b",
    b"Q",
];

proptest! {
    #[test]
    fn a_cut_pickle_is_an_error(name in prop::sample::select(&PICKLES[..]), fraction in 0.0f64..1.0) {
        let bytes = pickle(name);
        let folder = with_pickle(&bytes[..(fraction * bytes.len() as f64) as usize]);
        let malformed = matches!(load(&folder), Err(Error::Malformed { .. }));
        prop_assert!(malformed);
    }

    #[test]
    fn damaged_pickles_never_panic(
        name in prop::sample::select(&PICKLES[..]), at in 0usize..13000, with in any::<[u8; 8]>(), length in 1usize..8,
    ) {
        let mut bytes = pickle(name);
        let at = at % (bytes.len() - 8);
        bytes[at..at + length].copy_from_slice(&with[..length]);
        prop_assert!(opens_finite_or_not_at_all(&with_pickle(&bytes)));
    }

    #[test]
    fn any_bytes_as_a_pickle_are_an_error(
        beginning in prop::sample::select(&BEGINNINGS[..]), rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assert!(load(&with_pickle(&[beginning, &rest].concat())).is_err());
    }

    #[test]
    fn any_instructions_as_a_pickle_are_an_error(
        beginning in prop::sample::select(&BEGINNINGS[2..]),
        rest in prop::collection::vec(prop::sample::select(&INSTRUCTIONS[..]), 0..60),
    ) {
        prop_assert!(load(&with_pickle(&[beginning, &rest.concat(), b"."].concat())).is_err());
    }
}
