//! What goes wrong around a program: files that unpack to more than memory, a pipe that closes, a
//! model that waits for ever, mistakes of users, output that is no terminal.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::program;

/// A file of gzip members: one of `first`, `times` of a megabyte of one letter, one of `last`.
fn bomb(folder: &Path, name: &str, first: &str, times: usize, last: &str) -> PathBuf {
    let packed = |bytes: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    };
    let middle = packed(&vec![b'A'; 1 << 20]);
    let parts = [
        packed(first.as_bytes()),
        middle.repeat(times),
        packed(last.as_bytes()),
    ];
    let path = folder.join(name);
    std::fs::write(&path, parts.concat()).unwrap();
    path
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn one_record_that_unpacks_to_six_gigabytes_is_refused_within_four() {
    let folder = tempfile::tempdir().unwrap();
    let text = "{\"text\": \"";
    let bombs = [
        bomb(folder.path(), "a.txt.gz", "A", 6144, "\n"),
        bomb(folder.path(), "a.jsonl.gz", text, 6144, "\"}\n"),
        bomb(folder.path(), "a.csv.gz", "text\n\"", 6144, "\"\n"),
        bomb(folder.path(), "a.fa.gz", ">", 6144, "\nACGT\n"),
    ];
    for path in bombs {
        assert!(path.metadata().unwrap().len() < 8_000_000);
        let modality = if path.ends_with("a.fa.gz") {
            "dna"
        } else {
            "text"
        };
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -v 4194304; exec \"$@\"", "sh"]);
        command.arg(program("entropy_of_sequence"));
        command
            .args(["--modality", modality, "--threads", "1"])
            .arg(&path);
        let output = command.current_dir(folder.path()).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{}: {said}", path.display());
        assert!(said.contains("has more than 536870912 bytes"), "{said}");
        assert!(
            said.contains(path.file_name().unwrap().to_str().unwrap()),
            "{said}"
        );
    }
}

#[test]
fn a_limit_of_a_record_that_is_given_holds_in_every_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = bomb(folder.path(), "a.jsonl.gz", "{\"text\": \"", 2, "\"}\n");
    let data = path.to_str().unwrap();
    let limit = ["--record-limit", "1000000"];
    for (name, arguments) in [
        ("entropy_of_sequence", vec!["--modality", "text", data]),
        ("compare_tokenizers", vec!["--modality", "text", data]),
        ("train_mlm", vec!["--arm", "text-bpe", data]),
        (
            "entropy_study",
            vec!["--quick", "--arms", "text-bpe", "--text", data],
        ),
    ] {
        let mut command = Command::new(program(name));
        let output = command
            .args(&arguments)
            .args(limit)
            .current_dir(folder.path())
            .output();
        let output = output.unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(
            said.contains("the record has more than 1000000 bytes"),
            "{name}: {said}"
        );
    }
}

#[test]
fn a_pipe_that_closes_costs_no_results() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("a.txt"),
        "the cat sat on the mat. ".repeat(400),
    )
    .unwrap();
    let train = "--arm dna-char --preset no_transformer --max-length 24 --tokens 3000 --batch 4";
    let study = "--quick --arms dna-char --members 2 --tokens 2000";
    for (name, arguments, written) in [
        ("entropy_of_sequence", "a.txt", "results.json"),
        (
            "compare_tokenizers",
            "--modality text a.txt",
            "results.json",
        ),
        ("train_mlm", train, "member-0/trained/model.safetensors"),
        ("entropy_study", study, "results.json"),
    ] {
        for more in ["--verbose", "--json"] {
            let out = format!("{name}{more}");
            let mut command = Command::new(program(name));
            command
                .args(arguments.split(' '))
                .arg(more)
                .args(["--out", &out]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.current_dir(folder.path()).spawn().unwrap();
            // Nobody reads: the first line that is printed breaks the pipe.
            drop(child.stdout.take());
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{name}: {}", said(&output));
            assert!(
                !said(&output).contains("panicked"),
                "{name}: {}",
                said(&output)
            );
            let path = folder.path().join(&out).join(written);
            assert!(
                path.exists(),
                "{} is missing: {}",
                path.display(),
                said(&output)
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_program_that_reads_with_the_status_of_the_signal() {
    let folder = tempfile::tempdir().unwrap();
    let reads = |name: &str, words: &str| {
        let mut command = Command::new(program(name));
        command.args(words.split(' ')).current_dir(folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        command.stderr(Stdio::piped()).spawn().unwrap()
    };
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        for (name, words) in [
            ("entropy_of_sequence", "--format txt -"),
            ("compare_tokenizers", "--modality text --format txt -"),
            ("train_mlm", "--arm text-bpe --format txt -"),
        ] {
            let mut child = reads(name, words);
            // What comes in never ends; the first line says that the program has begun to wait.
            let input = child.stdin.take().unwrap();
            let mut log = BufReader::new(child.stderr.take().unwrap());
            let mut said = String::new();
            log.read_line(&mut said).unwrap();
            let number = child.id().to_string();
            let sent = Command::new("kill").args([signal, &number]).status();
            assert!(sent.unwrap().success());
            log.read_to_string(&mut said).unwrap();
            let ended = child.wait().unwrap();
            assert_eq!(ended.code(), Some(status), "{name} {signal}: {said}");
            assert!(said.contains("interrupted"), "{name}: {said}");
            drop(input);
        }
    }
}

#[test]
fn a_mistake_of_the_user_is_one_line_that_says_each_thing_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    for (name, arguments, expected) in [
        ("entropy_of_sequence", vec!["none.fa"], "none.fa"),
        ("compare_tokenizers", vec!["none.fa"], "none.fa"),
        ("train_mlm", vec!["--arm", "dna-char", "none.fa"], "none.fa"),
        (
            "entropy_study",
            vec!["--quick", "--dna", "none.fa"],
            "none.fa",
        ),
        (
            "fisher_map",
            vec!["--model", "none", "--data", "none.fa"],
            "none",
        ),
        (
            "audit_checkpoints",
            vec!["--built-in", "dna", "none"],
            "none",
        ),
        ("check_model", vec!["none"], "none"),
        ("align_embeddings", vec!["none", "empty"], "none"),
    ] {
        let mut command = Command::new(program(name));
        command.args(&arguments).current_dir(folder.path());
        command.env("RUST_BACKTRACE", "full");
        let output = command.output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("error: "))
            .collect();
        assert_eq!(lines.len(), 1, "{name}: {said}");
        assert!(lines[0].contains(expected), "{name}: {said}");
        assert!(said.matches("os error").count() <= 1, "{name}: {said}");
        assert!(
            !said.contains("stack backtrace") && !said.contains("   0: "),
            "{name}: {said}"
        );
    }
}

/// A NumPy file of zeros.
fn npy(path: &Path, rows: usize, columns: usize) {
    let header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}\n");
    let length = (header.len() as u16).to_le_bytes();
    let values = vec![0; 4 * rows * columns];
    let parts = [
        b"\x93NUMPY\x01\x00",
        &length[..],
        header.as_bytes(),
        &values,
    ];
    std::fs::write(path, parts.concat()).unwrap();
}

#[test]
fn tables_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    npy(&folder.path().join("one.npy"), 30, 8);
    npy(&folder.path().join("other.npy"), 29, 8);
    let mut command = Command::new(program("align_embeddings"));
    command
        .args(["one.npy", "other.npy"])
        .current_dir(folder.path());
    let output = command.output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let expected = "one.npy and other.npy: expected (30, 8) (rows, columns), found (29, 8)";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn without_a_terminal_progress_is_plain_lines_in_bits_under_the_arm_s_name() {
    let folder = tempfile::tempdir().unwrap();
    let words = "--quick --arms dna-char --members 2 --tokens 3000 --out study";
    let mut command = Command::new(program("entropy_study"));
    command.args(words.split(' ')).current_dir(folder.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(!log.contains('\r') && !log.contains('\x1b'), "{log}");
    let ended: Vec<&str> = log
        .lines()
        .filter(|line| line.contains(" steps, "))
        .collect();
    assert!(ended.len() >= 2, "{log}");
    for line in ended {
        assert!(line.starts_with("dna-char"), "{line}");
    }
    let controls = log.lines().filter(|line| line.contains("control"));
    assert!(controls.count() > 0, "controls are named as such: {log}");
    assert!(!log.contains("nats"), "{log}");
}
