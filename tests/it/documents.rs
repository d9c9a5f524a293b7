//! The documents: commands that the programs take, links that lead somewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program;
use crate::terminal::programs;

/// README, docs and the READMEs of crates, without results, which belong to the commit that they
/// were measured at.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["", "docs"].map(|folder| root.join(folder));
    let crates = root.join("crates").read_dir().unwrap();
    let folders = folders
        .into_iter()
        .chain(crates.map(|entry| entry.unwrap().path()));
    let mut found: Vec<PathBuf> = folders
        .flat_map(|folder| {
            folder
                .read_dir()
                .unwrap()
                .map(|entry| entry.unwrap().path())
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    found.sort();
    found
}

/// Every command of a document that runs an example: its name and arguments.
fn commands(text: &str) -> Vec<(String, Vec<String>)> {
    text.lines()
        .map(|line| line.trim_start().replacen("--features hub ", "", 1))
        .filter_map(|line| {
            line.strip_prefix("cargo run --release --example ")
                .map(str::to_owned)
        })
        .map(|rest| rest.split('#').next().unwrap_or_default().to_owned())
        .map(|rest| {
            let mut words = rest.split_whitespace().map(str::to_owned);
            let name = words.next().unwrap();
            (name, words.skip_while(|word| word == "--").collect())
        })
        .collect()
}

/// In an empty folder a command either names the file that it lacks, which is an error (1), or its
/// arguments are wrong (2).
#[test]
fn every_command_of_the_documents_is_one_that_its_program_takes() {
    let mut tried = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for (name, arguments) in commands(&text) {
            let folder = tempfile::tempdir().unwrap();
            let mut command = Command::new(program(&name));
            command.current_dir(folder.path()).args(&arguments);
            let is_file = |word: &&String| word.contains(".gz") || word.starts_with("MODEL");
            let asks_for_files = arguments.iter().any(|word| is_file(&word));
            if !asks_for_files {
                command.arg("--help");
            }
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let of = format!("{}: {name} {arguments:?}: {said}", document.display());
            assert_eq!(
                output.status.code(),
                Some(i32::from(asks_for_files)),
                "{of}"
            );
            let named = arguments
                .iter()
                .filter(is_file)
                .map(|word| word.split(':').next().unwrap_or(word))
                .any(|file| said.contains(file));
            assert_eq!(named, asks_for_files, "{of}");
            tried += 1;
        }
    }
    assert!(tried >= 8, "{tried}");
}

/// Words that begin with two hyphens, as a reader takes them for options.
fn options(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    let named = words.filter(|word| {
        let name = word.strip_prefix("--").unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_lowercase())
    });
    named.map(str::to_owned).collect()
}

#[test]
fn every_option_that_the_documents_name_is_one_of_a_program() {
    let folder = tempfile::tempdir().unwrap();
    // Those of cargo, which runs the programs, and of its command `mutants`.
    let cargo =
        "--bench --example --features --in-diff --locked --release --timeout --timings --workspace";
    let mut known = options(cargo);
    for name in programs() {
        let mut command = Command::new(program(&name));
        let output = command.arg("--help").current_dir(folder.path()).output();
        known.extend(options(&String::from_utf8(output.unwrap().stdout).unwrap()));
    }
    assert!(known.len() > 80, "{known:?}");
    let mut named = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for option in options(&text) {
            assert!(known.contains(&option), "{}: {option}", document.display());
            named += 1;
        }
    }
    assert!(named > 40, "{named}");
}

#[test]
fn every_link_between_files_leads_to_one() {
    let mut tried = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let path = link.split('#').next().unwrap_or(link);
            if path.is_empty() || path.contains("://") {
                continue;
            }
            let target = document.parent().unwrap().join(path);
            assert!(target.exists(), "{}: {link}", document.display());
            tried += 1;
        }
    }
    assert!(tried >= 20, "{tried}");
}
