//! Tokenizer files broken in every way: each opens as a tokenizer that works, or as an error.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]
#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dissensus_tokenize::{Tokenizer, load, parse};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use tempfile::TempDir;

const FILES: [&str; 3] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The golden folders.
fn folders() -> Vec<PathBuf> {
    let entries = |of: &str| fs::read_dir(golden().join(of)).unwrap();
    let all = entries("ours").chain(entries("theirs"));
    let mut folders: Vec<PathBuf> = all.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// A copy of a golden folder that may be broken.
fn copy(of: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in FILES {
        if of.join(name).exists() {
            fs::copy(of.join(name), copy.path().join(name)).unwrap();
        }
    }
    copy
}

/// Small files of the models that only the library knows, each with what can go wrong in it.
fn foreign() -> Vec<Value> {
    let added = json!([{"id": 0, "content": "<unk>", "single_word": false, "lstrip": true, "rstrip": false,
        "normalized": true, "special": true}]);
    let whole = |model: Value, shell: Value| {
        let mut whole = json!({"version": "1.0", "added_tokens": added, "model": model});
        let (into, from) = (whole.as_object_mut().unwrap(), shell.as_object().unwrap());
        into.extend(from.clone());
        whole
    };
    let tokens = [
        "<unk>", "<pad>", "<cls>", "<sep>", "<mask>", "A", "##C", "AC", "T", "<0x41>",
    ];
    let ids: BTreeMap<_, _> = tokens.iter().zip(0..).collect();
    let scores: Vec<_> = tokens.iter().map(|token| (token, -1.5)).collect();
    let unigram = json!({"type": "Unigram", "unk_id": 0, "byte_fallback": false, "vocab": scores});
    let bytes = json!({"type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": "##",
        "end_of_word_suffix": "@", "fuse_unk": true, "byte_fallback": true, "ignore_merges": true, "vocab": ids,
        "merges": [["A", "##C"]]});
    let pieces = json!({"type": "WordPiece", "unk_token": "<unk>", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 4, "vocab": ids});
    let words = json!({"type": "WordLevel", "unk_token": "<unk>", "vocab": ids});
    vec![
        whole(
            unigram,
            json!({"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Prepend", "prepend": "_"},
                {"type": "Replace", "pattern": {"String": " "}, "content": "_"}]},
                "pre_tokenizer": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "always", "split": true},
                "decoder": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "always", "split": true}}),
        ),
        whole(
            bytes,
            json!({"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
                "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 1}]}}),
        ),
        whole(
            pieces,
            json!({"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                "strip_accents": null, "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"},
                "post_processor": {"type": "BertProcessing", "sep": ["<sep>", 3], "cls": ["<cls>", 2]},
                "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true}}),
        ),
        whole(
            words,
            json!({"truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 1},
                "padding": {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": 8, "pad_id": 1,
                "pad_type_id": 0, "pad_token": "<pad>"},
                "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "A|."}, "behavior": "Isolated", "invert": false},
                "decoder": {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": true}}),
        ),
    ]
}

/// Puts a tokenizer to every use; errors are answers too.
fn works(tokenizer: &dyn Tokenizer) {
    let size = tokenizer.vocabulary().len() as u32;
    for text in [
        "",
        " ",
        "ACGTNACCGA",
        "it was the best of times, <unk>A",
        "é\u{0}漢字\n\u{1F9EC}",
    ] {
        let mut ids = Vec::new();
        let _ = tokenizer.encode_ids(text, &mut ids);
        if let Ok(encoding) = tokenizer.encode(text) {
            let _ = tokenizer.decode(&encoding.ids);
        }
    }
    let _ = tokenizer.decode(&(0..size.min(50)).collect::<Vec<_>>());
    let _ = tokenizer.decode(&[size, u32::MAX]);
    let _ = tokenizer.to_json();
}

fn opens_and_works_or_not_at_all(folder: &TempDir) {
    if let Ok(tokenizer) = load(folder.path()) {
        works(tokenizer.as_ref());
    }
}

/// The places of a value and of all that is in it.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_string());
    match value {
        Value::Array(items) => {
            let places_of = |(i, item)| places(item, &format!("{at}/{i}"), found);
            items.iter().enumerate().for_each(places_of);
        }
        Value::Object(map) => {
            let escaped = |key: &String| key.replace('~', "~0").replace('/', "~1");
            let places_of = |(key, item)| places(item, &format!("{at}/{}", escaped(key)), found);
            map.iter().for_each(places_of);
        }
        _ => {}
    }
}

/// Puts a value, or another part of the file, into a place.
fn replace(whole: &mut Value, at: Index, with: &Replacement) {
    let mut found = Vec::new();
    places(whole, "", &mut found);
    let with = match with {
        Replacement::Value(value) => value.clone(),
        Replacement::Part(index) => whole.pointer(index.get::<String>(&found)).unwrap().clone(),
    };
    *whole.pointer_mut(at.get::<String>(&found)).unwrap() = with;
}

#[derive(Debug, Clone)]
enum Replacement {
    Value(Value),
    Part(Index),
}

fn replacement() -> impl Strategy<Value = Replacement> {
    let values = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(7),
        json!(u32::MAX),
        json!(u64::MAX),
        json!(-1e300),
        json!(0.5),
        json!(""),
        json!("A"),
        json!("漢"),
        json!("<unk>"),
        json!("(?<=["),
        json!("#"),
        json!("Removed"),
        json!("MergedWithPrevious"),
        json!([]),
        json!({}),
        json!([[]]),
        json!({"type": "Fuse"}),
        json!({"type": "ByteLevel"}),
        json!({"type": "Precompiled", "precompiled_charsmap": "AAAA"}),
        json!({"type": "Sequence", "normalizers": [], "pretokenizers": [], "decoders": [], "processors": []}),
    ];
    prop_oneof![
        prop::sample::select(values).prop_map(Replacement::Value),
        any::<Index>().prop_map(Replacement::Part),
    ]
}

proptest! {
    #[test]
    fn a_damaged_file_never_panics(
        of in prop::sample::select(folders()), name in prop::sample::select(&FILES[..]), at in any::<Index>(),
        with in prop_oneof![prop::sample::select(br#"0123456789{}[]",:ACGTN e-"#.to_vec()), any::<u8>()],
    ) {
        let folder = copy(&of);
        let path = folder.path().join(name);
        if let Ok(mut bytes) = fs::read(&path) {
            let at = at.index(bytes.len());
            bytes[at] = with;
            fs::write(path, bytes).unwrap();
        }
        opens_and_works_or_not_at_all(&folder);
    }

    #[test]
    fn a_cut_file_is_an_error(
        of in prop::sample::select(folders()), name in prop::sample::select(&FILES[..2]), at in any::<Index>(),
    ) {
        let folder = copy(&of);
        let path = folder.path().join(name);
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(path, &whole.as_bytes()[..at.index(whole.trim_end().len())]).unwrap();
        prop_assert!(load(folder.path()).is_err());
    }

    #[test]
    fn any_bytes_as_a_tokenizer_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = copy(&golden().join("theirs/kmer"));
        fs::write(folder.path().join("tokenizer.json"), bytes).unwrap();
        prop_assert!(load(folder.path()).is_err());
    }

    #[test]
    fn any_values_in_a_configuration_never_panic(
        of in prop::sample::select(folders()), name in prop::sample::select(&FILES[..]),
        changes in prop::collection::vec((any::<Index>(), replacement()), 1..4),
    ) {
        let folder = copy(&of);
        let path = folder.path().join(name);
        if let Ok(text) = fs::read_to_string(&path) {
            let mut whole: Value = serde_json::from_str(&text).unwrap();
            changes.iter().for_each(|(at, with)| replace(&mut whole, *at, with));
            fs::write(path, whole.to_string()).unwrap();
        }
        opens_and_works_or_not_at_all(&folder);
    }

    #[test]
    fn any_values_in_a_foreign_tokenizer_never_panic(
        whole in prop::sample::select(foreign()),
        changes in prop::collection::vec((any::<Index>(), replacement()), 0..4),
    ) {
        let mut whole = whole;
        changes.iter().for_each(|(at, with)| replace(&mut whole, *at, with));
        if let Ok(tokenizer) = parse(&whole.to_string()) {
            works(tokenizer.as_ref());
            // What opens can be saved, and what was saved opens again.
            let saved = tokenizer.to_json().unwrap();
            match parse(&saved) {
                Ok(again) => prop_assert_eq!(again.vocabulary(), tokenizer.vocabulary()),
                Err(error) => prop_assert!(false, "{}: {}", whole, error),
            }
        }
    }
}

#[test]
fn the_foreign_tokenizers_open_when_they_are_whole() {
    for whole in foreign() {
        let tokenizer = parse(&whole.to_string()).unwrap();
        assert!(tokenizer.encode("ACG").is_ok(), "{whole}");
        works(tokenizer.as_ref());
    }
}

#[test]
fn a_panic_of_the_library_is_an_error() {
    let strips_after_fusing = &foreign()[1];
    let tokenizer = parse(&strips_after_fusing.to_string()).unwrap();
    let error = tokenizer.decode(&[]).unwrap_err();
    assert!(error.to_string().contains("panicked"), "{error}");
    assert!(tokenizer.encode("ACG").is_ok());
}
