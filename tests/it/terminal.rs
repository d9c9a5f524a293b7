//! What every program has in common on a terminal: a file of options that repeats a run,
//! completions, few lines, exit statuses.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::program;

/// Runs a program in a folder.
pub fn run(name: &str, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program(name));
    command.current_dir(folder).args(arguments);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// Every program: one file of `examples` each.
pub fn programs() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut names: Vec<String> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// All files below a folder, by their names from there.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in next.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_path_buf());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_file_of_options_repeats_a_run_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let words = "--arm dna-char --preset no_transformer --max-length 24 --tokens 6000 --batch 4 --seed 5 --out first --quiet";
    let words: Vec<&str> = words.split(' ').collect();
    let first = run("train_mlm", folder.path(), &words);
    assert!(first.status.success(), "{}", said(&first));
    let again = ["--config", "first/run.toml", "--out", "again", "--quiet"];
    let again = run("train_mlm", folder.path(), &again);
    assert!(again.status.success(), "{}", said(&again));
    let [first, again] = ["first", "again"].map(|name| folder.path().join(name));
    let all = files(&first);
    assert_eq!(all, files(&again));
    assert!(all.contains(&PathBuf::from("member-0/trained/model.safetensors")));
    // The command, the time and the machine are in run.json alone.
    for file in all.iter().filter(|file| !file.ends_with("run.json")) {
        let read = |folder: &Path| std::fs::read(folder.join(file)).unwrap();
        assert!(read(&first) == read(&again), "{} differs", file.display());
    }
}

#[test]
fn what_a_program_writes_lies_below_runs_under_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let text = "the cat sat on the mat. ".repeat(400);
    std::fs::write(folder.path().join("a.txt"), text).unwrap();
    let train = "--arm dna-char --preset no_transformer --max-length 24 --tokens 3000 --batch 4";
    for (name, words) in [
        ("entropy_of_sequence", "a.txt"),
        ("compare_tokenizers", "--modality text a.txt"),
        ("train_mlm", train),
        ("fisher_map", "--sequences 2 --length 16"),
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        let output = run(name, folder.path(), &words);
        assert!(output.status.success(), "{name}: {}", said(&output));
        let written = files(folder.path());
        let below = Path::new("runs").join(name);
        assert!(written.contains(&below.join("run.json")), "{written:?}");
        let elsewhere = written
            .iter()
            .filter(|path| !path.starts_with("runs") && *path != Path::new("a.txt"));
        assert_eq!(elsewhere.count(), 0, "{name}: {written:?}");
    }
}

#[test]
fn a_wrong_file_of_options_ends_a_program_with_2() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("run.toml"), "learning_rate = 0.1\n").unwrap();
    for name in ["train_mlm", "entropy_study", "transfer_study"] {
        let output = run(name, folder.path(), &["--config", "run.toml"]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        let text = said(&output);
        let expected = format!("run.toml: learning_rate is no option of {name}");
        assert!(text.contains(&expected), "{text}");
    }
}

#[test]
fn every_program_has_completions_for_every_option_and_says_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let names = programs();
    assert!(names.len() >= 15, "{names:?}");
    for name in names {
        let output = run(&name, folder.path(), &["--completions", "bash"]);
        assert!(output.status.success(), "{}", said(&output));
        let text = said(&output);
        let shared = [
            "--config",
            "--out",
            "--threads",
            "--json",
            "--quiet",
            "--verbose",
        ];
        for option in shared.iter().chain(&[name.as_str()]) {
            assert!(text.contains(option), "{name}: {option}");
        }
        let output = run(&name, folder.path(), &["--version"]);
        let version = format!("{name} {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(said(&output), version);
    }
}

#[test]
fn a_study_ends_with_at_most_25_lines_and_with_json_alone_where_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let words = "--quick --arms dna-char --members 2 --tokens 4000 --out study";
    let words: Vec<&str> = words.split(' ').collect();
    let first = run("entropy_study", folder.path(), &words);
    assert!(first.status.success(), "{}", said(&first));
    let printed = String::from_utf8(first.stdout).unwrap();
    assert!((3..=25).contains(&printed.lines().count()), "{printed}");
    assert!(printed.contains("to read: study/report.html"), "{printed}");
    let resumed = [&words[..], &["--resume", "--json"]].concat();
    let resumed = run("entropy_study", folder.path(), &resumed);
    let results = std::fs::read(folder.path().join("study/results.json")).unwrap();
    assert!(resumed.stdout == results, "standard output is results.json");
    let quiet = [&words[..], &["--resume", "--quiet"]].concat();
    let quiet = run("entropy_study", folder.path(), &quiet);
    assert!(
        quiet.status.success() && said(&quiet).is_empty(),
        "{}",
        said(&quiet)
    );
}
