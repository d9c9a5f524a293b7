//! Folders as they are published: names in their configuration, `vocab.txt` alone, files that
//! differ in what does not matter.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use std::path::Path;

use dissensus_tokenize::{Bpe, Error, Tokenizer, Vocabulary, load, parse, require_alike};
use serde_json::{Value, json};

/// The file of a byte-pair tokenizer in which the order of the two merges decides.
fn file(merges: [(&str, &str); 2]) -> Value {
    let tokens = [
        "<UNK>", "<PAD>", "<CLS>", "<SEP>", "<MASK>", "A", "C", "G", "AC", "CG",
    ];
    let bpe = Bpe::new(Vocabulary::new(tokens).unwrap(), merges).unwrap();
    serde_json::from_str(&bpe.to_json().unwrap()).unwrap()
}

fn opened(file: &Value) -> Box<dyn Tokenizer> {
    parse(&file.to_string()).unwrap()
}

#[test]
fn what_a_file_says_beside_its_tokens_and_merges_makes_no_other_tokenizer() {
    let plain = file([("A", "C"), ("C", "G")]);
    let with = |pointer: &str, value: Value| {
        let mut changed = plain.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed
    };
    let truncation =
        json!({"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0});
    let padding = json!({"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null,
        "pad_id": 1, "pad_type_id": 0, "pad_token": "<PAD>"});
    let same = [
        with("/truncation", truncation),
        with("/padding", padding),
        with("/post_processor", Value::Null),
        with("/model/dropout", json!(0.5)),
        with("/model/merges", json!(["A C", "C G"])),
    ];
    for other in same {
        assert_ne!(other, plain);
        require_alike(&*opened(&plain), &*opened(&other)).unwrap();
        let ids = opened(&other).encode("ACGACGA").unwrap().ids;
        assert_eq!(ids, [8, 7, 8, 7, 5], "{other}");
    }
    let turned = opened(&file([("C", "G"), ("A", "C")]));
    assert_eq!(turned.encode("ACGACGA").unwrap().ids, [5, 9, 5, 9, 5]);
    let error = require_alike(&*opened(&plain), &*turned).unwrap_err();
    assert!(matches!(error, Error::Unlike { .. }), "{error}");
    assert!(error.to_string().contains("into other tokens"), "{error}");
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[test]
fn a_mask_that_only_the_configuration_names_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let json = file([("A", "C"), ("C", "G")]).to_string();
    write(
        folder.path(),
        "tokenizer.json",
        &json.replace("<MASK>", "<blank>"),
    );
    assert_eq!(load(folder.path()).unwrap().specials().mask, None);
    for value in [json!("<blank>"), json!({"content": "<blank>"})] {
        let config = json!({"mask_token": value}).to_string();
        write(folder.path(), "tokenizer_config.json", &config);
        let loaded = load(folder.path()).unwrap();
        assert_eq!(loaded.specials().mask, Some(4), "{config}");
    }
}

#[test]
fn a_folder_of_bert_with_vocab_txt_alone_opens_as_python_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n##s\nThe\n";
    write(folder.path(), "vocab.txt", tokens);
    let ids = |text: &str| load(folder.path()).unwrap().encode(text).unwrap().ids;
    assert_eq!(ids("The cats"), [5, 6, 7], "lower case by default");
    let cased = json!({"tokenizer_class": "BertTokenizer", "do_lower_case": false}).to_string();
    write(folder.path(), "tokenizer_config.json", &cased);
    assert_eq!(ids("The cats"), [8, 6, 7]);
    assert_eq!(ids("[MASK] dog"), [4, 1]);
    let loaded = load(folder.path()).unwrap();
    assert_eq!(loaded.framing().before, [2]);
    assert_eq!(loaded.framing().after, [3]);
    let other = json!({"tokenizer_class": "RobertaTokenizer"}).to_string();
    write(folder.path(), "tokenizer_config.json", &other);
    let error = load(folder.path()).unwrap_err();
    assert!(matches!(error, Error::UnknownClass { .. }), "{error}");
    assert!(error.to_string().contains("vocab.txt"), "{error}");
}
