//! The page of a study while it goes on: there from the first step, readable after a kill, and in
//! the end the same as any other.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::program;

const QUICK: &str =
    "--quick --quiet --arms dna-char dna-kmer --members 2 --preset no_transformer --threads 1";

fn command(name: &str, folder: &Path, words: &str) -> Command {
    let mut command = Command::new(program(name));
    command.args(words.split_whitespace()).current_dir(folder);
    command.stdout(Stdio::null());
    command
}

fn done(mut command: Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_default()
}

/// Waits until the page of a run says something.
fn until(child: &mut Child, page: impl Fn() -> String, said: &str) -> String {
    let began = Instant::now();
    loop {
        let html = page();
        if html.contains(said) {
            return html;
        }
        let ended = child.try_wait().unwrap();
        assert!(
            ended.is_none() && began.elapsed() < Duration::from_secs(60),
            "no {said:?} in {html}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_study_has_a_page_while_it_trains_and_the_same_page_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let words = format!("{QUICK} --out study --tokens 400000");
    let mut child = command("entropy_study", folder, &words).spawn().unwrap();
    let page = || read(folder, "study/report.html");
    let html = until(&mut child, page, ": step ");
    child.kill().unwrap();
    child.wait().unwrap();
    for part in [
        "http-equiv=\"refresh\"",
        "Unfinished, running since",
        "Arm 1 of 2, dna-char: training",
        ">to come<",
        "frequencies",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(html.ends_with("</html>"), "the page is whole");
    assert!(page().contains("Unfinished"), "the page stays");
    done(command(
        "entropy_study",
        folder,
        &format!("{words} --resume"),
    ));
    let whole = page();
    assert!(!whole.contains("refresh") && !whole.contains("Unfinished"));
    assert!(!folder.join("study/results-so-far.json").exists());
    // What makes pages of finished runs has nothing to do with their growing.
    done(command(
        "render_report",
        folder,
        "study --out again --quiet",
    ));
    assert!(whole == read(folder, "again/report.html"), "another page");
    done(command(
        "entropy_study",
        folder,
        &words.replace("study", "unbroken"),
    ));
    let results = |run: &str| read(folder, &format!("{run}/results.json"));
    assert!(results("study") == results("unbroken"), "other results");
}

#[test]
fn a_sweep_that_was_stopped_says_so_on_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let words = "--quiet --entropies 1.5 --distances 1 4 --members 1 --preset no_transformer --steps 100000 --out sweep";
    let mut child = command("entropy_sweep", folder, words).spawn().unwrap();
    let page = || read(folder, "sweep/report.html");
    until(&mut child, page, ": step ");
    let id = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let html = page();
    assert!(!html.contains("http-equiv=\"refresh\""));
    assert!(
        html.contains("Cell 1 of 2, entropy-1.5-distance-1: training"),
        "{html}"
    );
    assert!(html.contains("It continues with --resume"));
}
