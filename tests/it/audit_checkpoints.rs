//! The program `audit_checkpoints`, as a user runs it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm};
use dissensus_input::Modality;
use dissensus_measure::{AuditParams, Input, audit};
use dissensus_report::Results;
use dissensus_study::{headline, open_checkpoint};
use dissensus_tokenize::{Kmer, Layout, Tokenizer as _};
use dissensus_zoo::random_twin;
use safetensors::SafeTensors;
use serde_json::{Value, json};

use crate::program;

#[test]
fn files_and_folders_may_follow_an_option_as_the_readme_writes_them() {
    let readme = include_str!("../../README.md");
    let line = readme
        .lines()
        .find(|line| line.contains("--example audit_checkpoints"))
        .unwrap();
    let (_, arguments) = line.split_once(" -- ").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let found = Command::new(program("audit_checkpoints"))
        .args(arguments.split_whitespace())
        .current_dir(folder.path())
        .output()
        .unwrap();
    // 2 is a command line that is not understood; here the files are missing, and one of them is
    // named.
    let said = String::from_utf8(found.stderr).unwrap();
    assert_eq!(found.status.code(), Some(1), "{said}");
    assert!(
        said.contains("genome.fa.gz") || said.contains("MODEL_A"),
        "{said}"
    );
}

/// A random model of a published configuration with another vocabulary, without its tokenizer.
fn twin(golden: &str, vocabulary: usize, folder: &Path) {
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/zoo/tests/golden");
    let config = fs::read(zoo.join(golden).join("config.json")).unwrap();
    let mut config: Value = serde_json::from_slice(&config).unwrap();
    config["vocab_size"] = vocabulary.into();
    fs::create_dir_all(folder).unwrap();
    let twin = random_twin(&config, 7, &Device::flex()).unwrap();
    twin.save(folder).unwrap();
    let tokenizer = zoo.join(format!("{golden}_tokenizer/tokenizer.json"));
    if tokenizer.exists() {
        fs::copy(tokenizer, folder.join("tokenizer.json")).unwrap();
    }
}

/// The vocabulary that the Nucleotide Transformer publishes: four special tokens and two more,
/// 6-mers, bases.
fn six_mers(folder: &Path) {
    let word = |code: usize| -> String {
        let letter = |at: usize| ["A", "T", "C", "G"][code >> (2 * at) & 3];
        (0..6).rev().map(letter).collect()
    };
    let specials = ["<unk>", "<pad>", "<mask>", "<cls>", "<eos>", "<bos>"].map(String::from);
    let bases = ["A", "T", "C", "G", "N"].map(String::from);
    let tokens = specials.into_iter().chain((0..4096).map(word)).chain(bases);
    let tokens: Vec<String> = tokens.collect();
    fs::write(folder.join("vocab.txt"), tokens.join("\n")).unwrap();
    let config = json!({
        "tokenizer_class": "EsmTokenizer", "eos_token": null, "mask_token": "<mask>", "cls_token": "<cls>",
        "pad_token": "<pad>", "unk_token": "<unk>", "model_max_length": 1000
    });
    fs::write(folder.join("tokenizer_config.json"), config.to_string()).unwrap();
}

/// A fresh BERT of 3-mers.
fn bert(seed: u64, folder: &Path) {
    let tokenizer = Kmer::new(3, Layout::Standard).unwrap();
    let config = Config::preset("no_transformer").unwrap();
    let config = Config {
        num_hidden_layers: 1,
        ..config
    };
    let config = config.with_vocabulary(tokenizer.vocabulary().len(), 1);
    let model = MaskedLm::new(&config, seed, &Device::flex()).unwrap();
    fs::create_dir_all(folder).unwrap();
    model.save(folder).unwrap();
    tokenizer.save(folder).unwrap();
}

#[test]
fn bert_and_published_families_stand_in_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    bert(1, &at("bert-a"));
    bert(2, &at("bert-b"));
    twin("nt_v2", 4107, &at("nt"));
    six_mers(&at("nt"));
    twin("dnabert2", 40, &at("dnabert2"));
    twin("gena", 40, &at("gena"));
    let found = Command::new(program("audit_checkpoints"))
        .args(["--built-in", "dna", "--json", "--max-length", "20"])
        .args(["--analysis-sequences", "6", "--fisher-sequences", "3"])
        .args(["--context-sequences", "3", "--out", "out"])
        .args(["bert-a", "nt", "dnabert2", "bert-b", "gena"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(found.stderr).unwrap();
    assert!(found.status.success(), "{said}");
    let results: Results = serde_json::from_slice(&found.stdout).unwrap();
    let names: Vec<&str> = results.ensembles.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["bert-a, bert-b", "nt", "dnabert2", "gena"]);
    for ensemble in &results.ensembles {
        let trained = ensemble.state("trained").unwrap();
        let ids: BTreeSet<&str> = trained.measures.iter().map(|m| m.id.as_str()).collect();
        for id in [
            "loss",
            "entropy",
            "fisher/embeddings",
            "fisher/query",
            "context_loss/both",
        ] {
            assert!(ids.contains(id), "{}: {id} of {ids:?}", ensemble.name);
        }
        let disagree = ids.contains("js_distance");
        assert_eq!(disagree, ensemble.members == 2, "{}", ensemble.name);
        let alone = ensemble.notes.iter().any(|n| n.contains("is one model"));
        assert_eq!(alone, ensemble.members == 1, "{:?}", ensemble.notes);
    }
    let notes = &results.ensembles[1].notes;
    let apart = "the vocabulary is 4107, not 74 as in bert-a";
    assert!(notes.iter().any(|note| note.contains(apart)), "{notes:?}");
    let table = headline(&results).unwrap().to_string();
    let rows = |name: &str| table.lines().filter(|line| line.contains(name)).count();
    for name in names {
        assert!(rows(name) > 2, "{name} in {table}");
    }
}

#[test]
fn an_encoder_without_a_head_is_named_and_the_others_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    twin("gena", 40, &at("gena"));
    let (bare, whole) = (at("bare"), at("gena"));
    fs::create_dir_all(&bare).unwrap();
    for name in ["config.json", "tokenizer.json"] {
        fs::copy(whole.join(name), bare.join(name)).unwrap();
    }
    let bytes = fs::read(whole.join("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let encoder = file.tensors().into_iter();
    let encoder = encoder.filter(|(name, _)| !name.starts_with("cls."));
    safetensors::serialize_to_file(encoder, None, &bare.join("model.safetensors")).unwrap();
    let input = || Input::BuiltIn {
        symbols: 20_000,
        seed: 1,
    };
    let audited = |folders: Vec<PathBuf>| {
        let mut params = AuditParams::new(folders, Modality::Dna, input());
        params.max_length = Some(20);
        params.analysis = params.analysis.with_sequences(4);
        params.measures = params.measures.with_fisher_sequences(0);
        params.measures = params.measures.with_context_sequences(0);
        audit(&params, &open_checkpoint, &Device::flex().into(), &mut ())
    };
    let reason = "bare is not measured: GENA-LM without a head predicts no token";
    let found = audited(vec![bare.clone(), whole]).unwrap();
    assert_eq!((found.ensembles.len(), found.ensembles[0].members), (1, 1));
    let notes = &found.ensembles[0].notes;
    assert!(notes.iter().any(|note| note.contains(reason)), "{notes:?}");
    let error = audited(vec![bare]).unwrap_err();
    assert!(error.to_string().contains(reason), "{error}");
}
