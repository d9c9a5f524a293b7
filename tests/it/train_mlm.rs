//! The program `train_mlm`, as a user runs it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rand::{RngExt, SeedableRng};

use crate::program;

fn genome(folder: &Path) -> PathBuf {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let mut text = String::new();
    for record in 0..4 {
        let bases: String = (0..12_000)
            .map(|_| ['A', 'C', 'G', 'T'][rng.random_range(0..4)])
            .collect();
        writeln!(text, ">{record}\n{bases}").unwrap();
    }
    let path = folder.join("genome.fa");
    std::fs::write(&path, text).unwrap();
    path
}

fn start(genome: &Path, out: &Path, more: &[&str]) -> Child {
    let mut command = Command::new(program("train_mlm"));
    command.args([
        "--arm",
        "dna-char",
        "--preset",
        "no_transformer",
        "--max-length",
        "32",
    ]);
    command
        .args([
            "--tokens",
            "60000",
            "--batch",
            "4",
            "--save-every",
            "20",
            "--out",
        ])
        .arg(out);
    command
        .args(more)
        .arg(genome)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn said(child: Child) -> (bool, String) {
    let (status, text) = said_with_status(child);
    (status == Some(0), text)
}

fn said_with_status(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (output.status.code(), text)
}

#[test]
fn a_run_stopped_by_a_signal_and_resumed_gives_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let genome = genome(folder.path());
    let [whole, stopped] = ["whole", "stopped"].map(|name| folder.path().join(name));
    let (ended, text) = said(start(&genome, &whole, &[]));
    assert!(ended && text.contains("best model (after step "), "{text}");
    for file in [
        "loss.svg",
        "member-0/history.csv",
        "member-0/trained/tokenizer.json",
    ] {
        assert!(whole.join(file).exists(), "{file}");
    }
    let child = start(&genome, &stopped, &[]);
    let began = stopped.join("member-0/state/checkpoint-000000000020");
    while !began.exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    let (status, text) = said_with_status(child);
    assert_eq!(status, Some(128 + 15), "{text}");
    assert!(text.contains("continue with --resume"), "{text}");
    let (ended, text) = said(start(&genome, &stopped, &[]));
    assert!(
        !ended && text.contains("already holds a run; resume it"),
        "{text}"
    );
    assert!(
        !text.contains("reading"),
        "refused before a file is read: {text}"
    );
    let (ended, text) = said(start(&genome, &stopped, &["--resume"]));
    assert!(ended, "{text}");
    for file in [
        "member-0/trained/model.safetensors",
        "member-0/history.csv",
        "loss.svg",
    ] {
        let read = |out: &Path| std::fs::read(out.join(file)).unwrap();
        assert!(read(&whole) == read(&stopped), "{file} differs");
    }
}

#[test]
fn sequences_may_be_longer_than_what_the_preset_has() {
    let folder = tempfile::tempdir().unwrap();
    let genome = genome(folder.path());
    let mut command = Command::new(program("train_mlm"));
    let words = "--arm dna-char --preset no_transformer --max-length 600 --tokens 3000 --batch 2";
    command.args(words.split(' ')).arg("--out");
    command.arg(folder.path().join("run")).arg(&genome);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    let trained = folder.path().join("run/member-0/trained");
    let config = std::fs::read(trained.join("config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(config["max_position_embeddings"], 600);
}

#[test]
fn settings_that_are_none_are_refused_before_a_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let genome = genome(folder.path());
    for (option, value, said) in [
        ("--preset", "huge", "preset `huge` is unknown"),
        ("--batch", "0", "`batch` is 0"),
        ("--learning-rate", "nan", "`learning_rate` is NaN"),
    ] {
        let mut command = Command::new(program("train_mlm"));
        command.args([option, value, "--arm", "dna-char", "--out"]);
        command.arg(folder.path().join("run")).arg(&genome);
        let output = command.output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(said) && !text.contains("reading"), "{text}");
    }
    assert!(!folder.path().join("run").exists());
}

#[cfg(not(feature = "cuda"))]
#[test]
fn a_device_that_was_left_out_says_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let genome = genome(folder.path());
    let (ended, text) = said(start(&genome, folder.path(), &["--device", "cuda"]));
    assert!(!ended && text.contains("--features cuda"), "{text}");
}
