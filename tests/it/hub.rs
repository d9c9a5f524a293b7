//! Programs that take their models and data from the hub, here a server of this machine that speaks
//! its protocol and has moods.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm};
use dissensus_report::Results;
use dissensus_tokenize::{Kmer, Layout, Tokenizer as _};

use self::server::{COMMIT, Mood, Repositories, Server};
use crate::program;

#[expect(dead_code, reason = "the tests of the crate itself know more moods")]
#[path = "../../crates/hub/tests/hub/server.rs"]
mod server;

/// A small model as files of a repository, its weights large enough for the second address.
fn model() -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let tokenizer = Kmer::new(3, Layout::Standard).unwrap();
    let config = Config {
        hidden_size: 64,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 128,
        ..Config::preset("tiny").unwrap()
    };
    let config = config.with_vocabulary(tokenizer.vocabulary().len(), 1);
    let model = MaskedLm::new(&config, 1, &Device::flex()).unwrap();
    model.save(folder.path()).unwrap();
    tokenizer.save(folder.path()).unwrap();
    let entries = folder.path().read_dir().unwrap().map(Result::unwrap);
    let file = |path: &Path| fs::read(path).unwrap();
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, file(&entry.path()))
        })
        .collect()
}

fn text() -> Vec<u8> {
    let line = |at: usize| {
        let words = ["river", "stone", "answers", "the", "slowly", "green"];
        let words: Vec<&str> = (0..40)
            .map(|word| words[(at * 7 + word * word) % 6])
            .collect();
        format!("{{\"text\": \"{at} {}.\"}}\n", words.join(" "))
    };
    (0..400).map(line).collect::<String>().into_bytes()
}

fn repositories() -> Repositories {
    let words = vec![("data/words.jsonl".to_string(), text())];
    vec![("models/org/model", model()), ("datasets/org/words", words)]
}

fn run(name: &str, server: &Server, folder: &Path, arguments: &str) -> Output {
    Command::new(program(name))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .env("HF_ENDPOINT", server.address())
        .env("DISSENSUS_CACHE", folder.join("cache"))
        .env_remove("HF_TOKEN")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const AUDIT: &str = "hub:org/model --built-in dna --json --max-length 20 --analysis-sequences 4 --fisher-sequences 0 \
                     --context-sequences 0 --out audit";

#[test]
fn a_model_is_audited_by_its_name_and_the_run_records_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Mood::BreaksOff, repositories());
    let found = run("audit_checkpoints", &server, folder.path(), AUDIT);
    assert!(found.status.success(), "{}", said(&found));
    assert!(server.continued() > 0, "the transfer was interrupted");
    let results: Results = serde_json::from_slice(&found.stdout).unwrap();
    let trained = results.ensembles[0].state("trained").unwrap();
    assert!(trained.measures.iter().any(|measure| measure.id == "loss"));
    let options = fs::read_to_string(folder.path().join("audit/run.toml")).unwrap();
    let pinned = format!("hub:org/model@{COMMIT}");
    assert!(options.contains(&pinned), "{options}");
    // What the file names lies here already.
    let asked = server.requests();
    let again = "--config audit/run.toml --json --out again";
    let again = run("audit_checkpoints", &server, folder.path(), again);
    assert!(again.status.success(), "{}", said(&again));
    assert!(again.stdout == found.stdout, "the same results");
    assert_eq!(server.requests(), asked);
}

#[test]
fn a_study_trains_on_a_data_set_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Mood::Well, repositories());
    let words = "--text hub:org/words --arms text-bpe --preset micro --members 2 --tokens 4000 --batch 4 --max-length 24 \
                 --vocabulary 200 --analysis-sequences 4 --along --out study --quiet";
    let found = run("entropy_study", &server, folder.path(), words);
    assert!(found.status.success(), "{}", said(&found));
    let study = folder.path().join("study");
    let options = fs::read_to_string(study.join("run.toml")).unwrap();
    let pinned = format!("hub:datasets/org/words@{COMMIT}");
    assert!(options.contains(&pinned), "{options}");
    assert!(study.join("report.html").exists());
}

#[test]
fn what_the_hub_does_not_give_ends_a_program_in_a_sentence() {
    let cases = [
        (Mood::Gated, "hub:org/model", "HF_TOKEN"),
        (Mood::Well, "hub:org/absent", "the hub does not have it"),
        (
            Mood::WrongBytes,
            "hub:org/model",
            "received bytes with checksum",
        ),
        (Mood::Portal, "hub:org/model", "expected the API of the hub"),
        (Mood::Well, "hub:org", "is no name of the hub"),
    ];
    for (mood, name, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(mood, repositories());
        let arguments = AUDIT.replace("hub:org/model", name);
        let found = run("audit_checkpoints", &server, folder.path(), &arguments);
        let said = said(&found);
        assert_eq!(found.status.code(), Some(1), "{mood:?}: {said}");
        assert!(said.contains(expected), "{mood:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
        assert!(!folder.path().join("audit/results.json").exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_a_program_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Mood::Well, repositories());
    let below = format!("cache/models--org--model/{COMMIT}");
    let below = folder.path().join(below);
    fs::create_dir_all(&below).unwrap();
    // Every write to it fails as on a full disk.
    std::os::unix::fs::symlink("/dev/full", below.join("model.safetensors.part")).unwrap();
    let found = run("audit_checkpoints", &server, folder.path(), AUDIT);
    let said = said(&found);
    assert_eq!(found.status.code(), Some(1), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
}
