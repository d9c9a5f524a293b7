//! A run that Ctrl-C stops, once or twice: how it ends, and that what is resumed is what was never
//! interrupted.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::program;
use crate::terminal::files;

fn start(out: &Path, more: &[&str]) -> Child {
    let words = "--arm dna-char --preset no_transformer --max-length 32 --batch 4 --seed 3";
    let mut command = Command::new(program("train_mlm"));
    command.args(words.split(' ')).args(more);
    command.args(["--tokens", "60000", "--save-every", "10", "--out"]);
    command.arg(out).stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for its end; what it said after what was read of it already.
fn ended(mut child: Child) -> (ExitStatus, String) {
    let mut said = String::new();
    let mut log = child.stderr.take().unwrap();
    log.read_to_string(&mut said).unwrap();
    (child.wait().unwrap(), said)
}

fn finished(child: Child) {
    let (status, said) = ended(child);
    assert!(status.success(), "{status}: {said}");
}

fn send(child: &Child, signal: Signal) {
    // One that has ended is not gone before it was waited for.
    kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
}

/// A run that has saved at least once and goes on.
fn training(out: &Path) -> Child {
    let mut child = start(out, &[]);
    let saved = out.join("member-0/state/checkpoint-000000000010");
    while !saved.exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

/// When a signal comes a second time.
#[derive(Debug, Clone, Copy)]
enum Second {
    Never,
    /// Both are there before the program can look at one.
    AtOnce(Signal),
    /// Once the program has said that it heard the first, while it saves.
    WhileItSaves(Signal),
}

/// Interrupts a run; its status, and the last of what it said.
fn interrupt(out: &Path, first: Signal, second: Second) -> (ExitStatus, String) {
    let mut child = training(out);
    send(&child, first);
    if let Second::AtOnce(second) = second {
        send(&child, second);
    }
    if let Second::WhileItSaves(second) = second {
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("once more to end at once") {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "it heard nothing");
        }
        send(&child, second);
        log.read_to_string(&mut line).unwrap();
        return (child.wait().unwrap(), line);
    }
    ended(child)
}

/// What two runs left is the same, but for how they were started and when.
fn assert_same(one: &Path, other: &Path, case: &str) {
    let all = files(one);
    assert_eq!(all, files(other), "{case}");
    assert!(all.iter().any(|file| file.ends_with("model.safetensors")));
    let of_the_call = |file: &Path| file.starts_with("run.json") || file.starts_with("run.toml");
    for file in all.iter().filter(|file| !of_the_call(file)) {
        let read = |folder: &Path| std::fs::read(folder.join(file)).unwrap();
        let same = read(one) == read(other);
        assert!(same, "{case}: {} differs", file.display());
    }
}

#[test]
fn a_signal_while_it_trains_saves_and_a_second_ends_it_and_resumed_it_gives_the_same_bytes() {
    use Second::{AtOnce, Never, WhileItSaves};
    use Signal::{SIGINT, SIGTERM};
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    finished(start(&whole, &[]));
    for (at, (first, second)) in [
        (SIGINT, Never),
        (SIGTERM, Never),
        // The same signal twice may reach a program as one.
        (SIGINT, AtOnce(SIGINT)),
        (SIGINT, AtOnce(SIGTERM)),
        (SIGTERM, AtOnce(SIGINT)),
        (SIGINT, WhileItSaves(SIGINT)),
        (SIGTERM, WhileItSaves(SIGINT)),
    ]
    .into_iter()
    .enumerate()
    {
        let case = format!("{first} and then {second:?}");
        let out = folder.path().join(at.to_string());
        let (status, said) = interrupt(&out, first, second);
        let sent = match second {
            Never => vec![first],
            AtOnce(second) | WhileItSaves(second) => vec![first, second],
        };
        let code = status.code().or(status.signal().map(|number| 128 + number));
        let of_a_signal = sent.iter().any(|signal| code == Some(128 + *signal as i32));
        assert!(of_a_signal, "{case}: {status}: {said}");
        if matches!(second, Never) {
            assert_eq!(status.code(), Some(128 + first as i32), "{case}: {said}");
            assert!(said.contains("continue with --resume"), "{case}: {said}");
        }
        finished(start(&out, &["--resume"]));
        assert_same(&whole, &out, &case);
    }
}
