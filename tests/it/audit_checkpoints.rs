//! The program `audit_checkpoints`, as a user runs it.

use std::process::Command;

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
    // 2 is a command line that is not understood; here the files are missing, and one of them is named.
    let said = String::from_utf8(found.stderr).unwrap();
    assert_eq!(found.status.code(), Some(1), "{said}");
    assert!(
        said.contains("genome.fa.gz") || said.contains("MODEL_A"),
        "{said}"
    );
}
