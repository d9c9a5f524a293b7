//! Ids and bases against those of the published tokenizers.

use std::fs;
use std::ops::Range;

use dissensus_zoo::{Error, Family, PublishedTokenizer, alibi_slopes};
use serde_json::{Value, json};

use crate::common::folder;

fn examples() -> Value {
    let text = fs::read(folder("tokens.json")).expect("a file");
    serde_json::from_slice(&text).expect("JSON")
}

fn numbers(value: &Value) -> Vec<u32> {
    let numbers = value.as_array().into_iter().flatten();
    numbers.filter_map(|n| Some(n.as_u64()? as u32)).collect()
}

fn ranges(value: &Value) -> Vec<Range<usize>> {
    let ranges = value.as_array().into_iter().flatten().map(numbers);
    ranges
        .map(|pair| pair[0] as usize..pair[1] as usize)
        .collect()
}

/// A folder with the vocabulary that the Nucleotide Transformer publishes.
fn six_mers(version: usize) -> tempfile::TempDir {
    let letters = ["A", "T", "C", "G"];
    let word = |code: usize| -> String {
        (0..6)
            .rev()
            .map(|at| letters[code >> (2 * at) & 3])
            .collect()
    };
    let mut tokens: Vec<String> = ["<unk>", "<pad>", "<mask>", "<cls>"]
        .map(String::from)
        .to_vec();
    let ends = ["<eos>", "<bos>"].map(String::from);
    if version == 2 {
        tokens.extend(ends.clone());
    }
    tokens.extend((0..4096).map(word));
    tokens.extend(["A", "T", "C", "G", "N"].map(String::from));
    if version == 1 {
        tokens.extend(ends);
    }
    let out = tempfile::tempdir().expect("a folder");
    fs::write(out.path().join("vocab.txt"), tokens.join("\n")).expect("a file");
    let config = json!({
        "tokenizer_class": "EsmTokenizer", "eos_token": null, "mask_token": "<mask>", "cls_token": "<cls>",
        "pad_token": "<pad>", "unk_token": "<unk>", "model_max_length": 1000
    });
    fs::write(out.path().join("tokenizer_config.json"), config.to_string()).expect("a file");
    out
}

#[test]
fn six_mers_have_the_published_ids_and_cover_their_bases() {
    for (version, rows) in [(1, 4105), (2, 4107)] {
        let files = six_mers(version);
        let tokenizer =
            PublishedTokenizer::open(files.path(), Family::Esm, rows).expect("a tokenizer");
        assert_eq!(tokenizer.tokenizer().vocabulary().len(), rows);
        assert_eq!(tokenizer.tokenizer().specials().sep, None);
        let all = examples();
        let all = all[format!("nt_v{version}")].as_array().expect("examples");
        assert!(all.len() > 10);
        for example in all {
            let text = example["text"].as_str().expect("a text");
            let found = tokenizer.encode(text).expect(text);
            assert_eq!(found.ids, numbers(&example["ids"]), "v{version} {text:?}");
            assert_eq!(
                found.covered[1..],
                ranges(&example["covered"])[1..],
                "v{version} {text:?}"
            );
        }
    }
}

#[test]
fn a_token_without_a_row_is_named() {
    let files = six_mers(1);
    let tokenizer = PublishedTokenizer::open(files.path(), Family::Esm, 4105).expect("a tokenizer");
    let error = tokenizer.encode("ACGTAC<eos>").expect_err("an error");
    assert!(
        matches!(
            &error,
            Error::IdWithoutRow {
                id: 4105,
                rows: 4105,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn bpe_has_the_ids_of_the_library_and_gaps_cover_their_run() {
    for (name, family) in [("dnabert2", Family::MosaicBert), ("gena", Family::Gena)] {
        let files = folder(&format!("{name}_tokenizer"));
        let tokenizer = PublishedTokenizer::open(files, family, 40).expect("a tokenizer");
        let all = examples();
        for example in all[name].as_array().expect("examples") {
            let text = example["text"].as_str().expect("a text");
            let found = tokenizer.encode(text).expect(text);
            assert_eq!(found.ids, numbers(&example["ids"]), "{name} {text:?}");
            let theirs = ranges(&example["covered"]);
            let inner = 1..found.ids.len() - 1;
            let pairs = found.covered[inner.clone()]
                .iter()
                .zip(&theirs[inner.clone()]);
            for ((ours, theirs), id) in pairs.zip(&found.ids[inner]) {
                match (name, id) {
                    // The library gives a gap its last N alone.
                    ("gena", 5) => {
                        assert_eq!(ours.end, theirs.end, "{text:?}");
                        assert!(ours.len() >= 10 && text[ours.clone()].bytes().all(|b| b == b'N'));
                    }
                    _ => assert_eq!(ours, theirs, "{name} {text:?}"),
                }
            }
        }
    }
}

#[test]
fn slopes_are_the_published_ones() {
    for example in examples()["alibi_slopes"].as_array().expect("examples") {
        let heads = example["heads"].as_u64().expect("a number") as usize;
        let slopes = example["slopes"].as_array().expect("slopes").iter();
        let slopes: Vec<f32> = slopes.filter_map(|s| Some(s.as_f64()? as f32)).collect();
        assert_eq!(alibi_slopes(heads), slopes, "{heads} heads");
    }
}
