//! Files between this crate and Python's `transformers`, both ways;
//! `tests/reference/tokenize_golden.py` made the golden answers.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use dissensus_tokenize::{Bpe, BpeParams, Character, Kmer, Layout, Tokenizer, load};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Answers {
    mask: u32,
    pad: u32,
    size: usize,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    ids: Vec<u32>,
    #[serde(default)]
    offsets: Vec<(usize, usize)>,
    #[serde(default)]
    decoded: String,
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn answers(name: &str) -> BTreeMap<String, Answers> {
    serde_json::from_str(&std::fs::read_to_string(golden().join(name)).unwrap()).unwrap()
}

fn assert_gives(name: &str, tokenizer: &dyn Tokenizer, answers: &Answers) {
    assert_eq!(tokenizer.vocabulary().len(), answers.size, "{name}");
    assert_eq!(tokenizer.specials().mask, Some(answers.mask), "{name}");
    assert_eq!(tokenizer.specials().pad, Some(answers.pad), "{name}");
    for row in &answers.rows {
        let encoding = tokenizer.encode(&row.text).unwrap();
        let offsets: Vec<Range<usize>> =
            row.offsets.iter().map(|&(start, end)| start..end).collect();
        assert_eq!(encoding.ids, row.ids, "{name}: {:?}", row.text);
        assert_eq!(encoding.offsets, offsets, "{name}: {:?}", row.text);
        assert_eq!(
            tokenizer.decode(&row.ids).unwrap(),
            row.decoded,
            "{name}: {:?}",
            row.text
        );
    }
}

/// One tokenizer of each kind, small enough to commit.
fn ours() -> Vec<(&'static str, Box<dyn Tokenizer>)> {
    let text = "it was the best of times, it was the worst of times — naïve café, (kept apart) 3½";
    let dna = "GATTACAGATTACACCCTAAACCCTAAACCCTAAACCTCTGAATCCTTAATCCCTAAANACACACACAAAAAAAAA";
    let params = |vocabulary_size| BpeParams::default().with_vocabulary_size(vocabulary_size);
    vec![
        (
            "bpe_text",
            Box::new(Bpe::train([text], params(60)).unwrap()),
        ),
        ("bpe_dna", Box::new(Bpe::train([dna], params(40)).unwrap())),
        ("kmer", Box::new(Kmer::new(3, Layout::Standard).unwrap())),
        (
            "kmer_nucleotide_transformer",
            Box::new(Kmer::new(3, Layout::NucleotideTransformer).unwrap()),
        ),
        ("char", Box::new(Character::dna(Layout::Standard).unwrap())),
        (
            "char_text",
            Box::new(Character::train([text], Layout::Standard).unwrap()),
        ),
    ]
}

/// With `DISSENSUS_WRITE_GOLDEN` set, the folders are written first, as input of
/// `tests/reference/tokenize_golden.py`.
#[test]
fn the_folders_that_python_opened_are_those_we_write() {
    if std::env::var_os("DISSENSUS_WRITE_GOLDEN").is_some() {
        for (name, tokenizer) in ours() {
            tokenizer.save(&golden().join("ours").join(name)).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, tokenizer) in ours() {
        tokenizer.save(folder.path()).unwrap();
        for file in [
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
        ] {
            let read = |folder: &Path| std::fs::read_to_string(folder.join(file)).unwrap();
            assert_eq!(
                read(folder.path()),
                read(&golden().join("ours").join(name)),
                "{name}/{file}"
            );
        }
    }
}

#[test]
fn python_gives_our_ids_from_our_folders() {
    let answers = answers("ours.json");
    let ours = ours();
    assert_eq!(answers.len(), ours.len());
    for (name, tokenizer) in ours {
        assert_gives(name, tokenizer.as_ref(), &answers[name]);
    }
}

#[test]
fn we_give_pythons_ids_from_its_folders() {
    let answers = answers("theirs.json");
    assert_eq!(answers.len(), 6);
    for (name, answers) in answers {
        let tokenizer = load(golden().join("theirs").join(&name)).unwrap();
        assert_gives(&name, tokenizer.as_ref(), &answers);
    }
}

#[test]
fn pythons_plain_files_get_our_own_tokenizers() {
    let kind = |name: &str| {
        let loaded = load(golden().join("theirs").join(name)).unwrap();
        format!("{loaded:?}")
            .split(' ')
            .next()
            .map(str::to_string)
            .unwrap()
    };
    let kinds = [
        "bpe_text",
        "bpe_dna",
        "bpe_framed",
        "kmer",
        "char",
        "wordpiece",
    ]
    .map(kind);
    assert_eq!(
        kinds,
        ["Bpe", "Bpe", "Bpe", "Kmer", "Character", "HuggingFace"]
    );
}

#[test]
fn saving_keeps_a_files_post_processor() {
    let path = golden().join("theirs/bpe_framed");
    let json: serde_json::Value =
        serde_json::from_str(&load(path).unwrap().to_json().unwrap()).unwrap();
    assert_eq!(json["post_processor"]["type"], "TemplateProcessing");
}

#[test]
fn nucleotide_transformer_ids_are_those_of_its_published_tokenizer_class() {
    let text = std::fs::read_to_string(golden().join("nucleotide_transformer.json")).unwrap();
    let answers: Answers = serde_json::from_str(&text).unwrap();
    let tokenizer = Kmer::new(6, Layout::NucleotideTransformer).unwrap();
    assert_eq!(answers.size, 4105);
    assert_eq!(
        (tokenizer.vocabulary().len(), tokenizer.specials().mask),
        (4105, Some(answers.mask))
    );
    for row in &answers.rows {
        assert_eq!(
            tokenizer.encode(&row.text).unwrap().ids,
            row.ids,
            "{:?}",
            row.text
        );
    }
}

#[test]
fn a_published_vocabulary_file_opens() {
    let folder = tempfile::tempdir().unwrap();
    let published = Kmer::new(6, Layout::NucleotideTransformer).unwrap();
    let mut lines = published.vocabulary().tokens().to_vec();
    lines.extend(["<eos>".to_string(), "<bos>".to_string()]);
    std::fs::write(folder.path().join("vocab.txt"), lines.join("\n")).unwrap();
    let loaded = load(folder.path()).unwrap();
    assert_eq!(loaded.vocabulary().len(), 4107);
    assert_eq!(loaded.specials().sep, Some(4105));
    let text = "ATTCCGATTCCGATTCCGN";
    assert_eq!(
        loaded.encode(text).unwrap(),
        published.encode(text).unwrap()
    );
}
