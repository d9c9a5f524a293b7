//! Child processes (this test program, started again with a folder in its environment) that are
//! killed, or lack something.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::*;

const FOLDER: &str = "DISSENSUS_TEST_RUN";
const KILLS: &str = "DISSENSUS_TEST_KILLS";
const CHILD: &str = "killed::a_long_run_finishes";

/// Long enough to be hit while it steps, saves and finishes.
fn long_run(folder: &Path) -> Result<Outcome, Error> {
    let tokenizer = tokenizer();
    let mut plan = plan(&tokenizer);
    plan.training.budget = Budget::Steps(40);
    plan.checkpoint_every = 2;
    let (data, devices) = (data(&tokenizer), Device::flex().into());
    train(
        folder,
        &plan,
        &data,
        &tokenizer,
        &devices,
        Existing::Resume,
        &mut (),
    )
}

#[test]
fn a_long_run_finishes() {
    let own = tempfile::tempdir().unwrap();
    let folder = std::env::var_os(FOLDER).map_or(own.path().to_path_buf(), Into::into);
    match long_run(&folder) {
        Ok(outcome) => assert!(matches!(outcome, Outcome::Finished(_))),
        Err(error) => panic!("{error}"),
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([CHILD, "--exact"])
        .env(FOLDER, folder)
        .env("RAYON_NUM_THREADS", "2");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn child(folder: &Path) -> Child {
    let mut command = command(folder);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What a child that failed says.
fn complaint(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "it ended well");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// `DISSENSUS_TEST_KILLS` says how many; 50 take about six seconds.
#[test]
fn a_run_killed_at_random_moments_ends_with_the_same_bytes() {
    let kills = std::env::var(KILLS).map_or(25, |count| count.parse::<u32>().unwrap());
    let unbroken = tempfile::tempdir().unwrap();
    let began = Instant::now();
    assert!(child(unbroken.path()).wait().unwrap().success());
    let longest = began.elapsed().as_micros() as u64;
    let expected = contents(unbroken.path());
    let (mut folder, mut random, mut killed) = (tempfile::tempdir().unwrap(), 1_u64, 0);
    while killed < kills {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mut process = child(folder.path());
        std::thread::sleep(Duration::from_micros((random >> 33) % longest));
        if process.try_wait().unwrap().is_some() {
            assert_eq!(contents(folder.path()), expected, "after {killed} kills");
            folder = tempfile::tempdir().unwrap();
        }
        process.kill().unwrap();
        process.wait().unwrap();
        killed += 1;
    }
    assert!(child(folder.path()).wait().unwrap().success());
    assert_eq!(contents(folder.path()), expected, "after {killed} kills");
}

/// A limit on the size of a file stands in for a full disk: the write fails half way, as it does
/// there.
#[cfg(unix)]
#[test]
fn a_full_disk_is_named_and_nothing_is_lost() {
    let unbroken = tempfile::tempdir().unwrap();
    long_run(unbroken.path()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut process = child(folder.path());
    let state = folder.path().join("member-0/state");
    while !fs::read_dir(&state).is_ok_and(|mut entries| {
        entries.any(|e| {
            e.unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with("checkpoint-")
        })
    }) {
        assert!(
            process.try_wait().unwrap().is_none(),
            "it ended before it was killed"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let whole = checkpoints(folder.path());
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
    let mut full = Command::new("/bin/sh");
    full.args(["-c", script])
        .arg(std::env::current_exe().unwrap());
    full.args([CHILD, "--exact"]).env(FOLDER, folder.path());
    let said = complaint(full);
    assert!(
        said.contains("cannot write") && said.contains("member-"),
        "{said}"
    );
    for (path, bytes) in whole {
        assert_eq!(
            fs::read(folder.path().join(&path)).unwrap(),
            bytes,
            "{path}"
        );
    }
    long_run(folder.path()).unwrap();
    assert_eq!(contents(unbroken.path()), contents(folder.path()));
}

/// The files of the newest checkpoint of each member.
fn checkpoints(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let all = contents(folder);
    let of = |name: &String| {
        name.split_once("/checkpoint-")
            .map(|(member, rest)| (member.to_owned(), rest[..12].to_owned()))
    };
    let mut newest = BTreeMap::new();
    for (member, step) in all.keys().filter_map(of) {
        newest.insert(member, step); // names come in order
    }
    let kept = |name: &String| of(name).is_some_and(|(member, step)| newest[&member] == step);
    all.into_iter().filter(|(name, _)| kept(name)).collect()
}

#[test]
fn a_folder_in_use_by_another_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    go(folder.path(), Existing::Refuse, &mut BreakAfter(1)).unwrap();
    let before = contents(folder.path());
    let lock = File::options()
        .write(true)
        .open(folder.path().join("lock"))
        .unwrap();
    lock.lock().unwrap();
    let said = complaint(command(folder.path()));
    assert!(
        said.contains("in use by another process; wait for it"),
        "{said}"
    );
    assert_eq!(contents(folder.path()), before);
}
