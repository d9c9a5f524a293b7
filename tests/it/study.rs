//! A study is the same bytes with any number of threads and however often it was killed.
//!
//! The studies run in child processes (this test program, started again with a folder in its
//! environment), so that a kill is a kill and a number of threads is that of a whole process.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dissensus_bert::{Budget, devices};
use dissensus_ensemble::Existing;
use dissensus_measure::Input;
use dissensus_report::{Results, State};
use dissensus_study::{
    Arm, Options, StudyOutcome, collect, measure_arms, run, run_card, train_study_members, write,
};

use crate::program;

const FOLDER: &str = "DISSENSUS_TEST_STUDY";
const CHILD: &str = "study::a_small_study_has_every_measure_in_its_range";

fn options() -> Options {
    let mut options = Options::default().quick();
    let input = Input::BuiltIn {
        symbols: 30_000,
        seed: 1,
    };
    (options.text, options.dna) = (input.clone(), input);
    options.arms = vec![Arm::TextBpe, Arm::DnaKmer];
    options.members = 3;
    options.max_length = 32;
    (options.vocabulary, options.dna_vocabulary, options.kmer) = (200, 64, 3);
    options.along = vec![0.5];
    options.training.budget = Budget::Steps(12);
    options.training.batch = 4;
    options.checkpoint_every = 2;
    (options.analysis_sequences, options.fisher_sequences) = (8, 3);
    options.fisher_every = 5;
    options
}

fn study(folder: &Path) -> Results {
    let cpu = devices("cpu").unwrap();
    let outcome = run(&options(), folder, &cpu, Existing::Resume, &mut ()).unwrap();
    let StudyOutcome::Finished(found) = outcome else {
        panic!("nobody interrupted it")
    };
    let card = run_card(&found.results, None);
    write(&found.results, &found.losses, card, folder).unwrap();
    found.results
}

fn child(folder: &Path, threads: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([CHILD, "--exact"])
        .env(FOLDER, folder)
        .env("RAYON_NUM_THREADS", threads)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn result(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("results.json")).unwrap()
}

#[test]
fn a_small_study_has_every_measure_in_its_range() {
    let own = tempfile::tempdir().unwrap();
    let folder = std::env::var_os(FOLDER).map_or(own.path().to_path_buf(), Into::into);
    let results = study(&folder);
    for ensemble in &results.ensembles {
        let facts: std::collections::BTreeMap<_, _> = ensemble.facts.iter().cloned().collect();
        let flat = facts["vocabulary"].log2();
        for state in &ensemble.states {
            let find = |id: &str| state.find(id, None).unwrap().value;
            assert!((0.0..=flat).contains(&find("entropy")));
            assert!((find("entropy") + find("kl_to_uniform") - flat).abs() < 1e-6);
            assert!(
                state
                    .curve("js_distance")
                    .all(|(_, m)| (0.0..=1.0).contains(&m.value))
            );
            assert_eq!(state.curve("js_distance").count(), 11);
            let three: f64 = ["embeddings", "transformer", "head"]
                .iter()
                .filter_map(|group| state.find(&format!("fisher/{group}"), None))
                .map(|m| m.value)
                .sum();
            assert!((three - 1.0).abs() < 1e-6, "shares sum to {three}");
            fisher_is_whole(state);
            if state.name == "trained" {
                fisher_was_followed(ensemble.state("init").unwrap(), state);
            }
            let overlap = state.find("overlap", Some(10.0)).unwrap();
            assert!(overlap.value >= 0.0 && overlap.chance.unwrap() > 0.0);
            let learned = state.find("learned_fraction", None).unwrap();
            assert!(learned.value < 0.5 && learned.per_member.len() == 3);
        }
        let states: Vec<&str> = ensemble.states.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(states, ["init", "at 0.5", "trained"]);
        let init = ensemble.state("init").unwrap().find("loss", None).unwrap();
        assert!(
            (init.value - flat).abs() < 0.5,
            "an untrained model knows nothing: {}",
            init.value
        );
    }
}

/// The two sides and the cross term make up the table, whose deciles sum to one; every share states
/// its errors.
fn fisher_is_whole(state: &State) {
    let find = |id: &str| state.find(id, None).unwrap();
    let side = |name: &str| find(&format!("fisher/word {name}")).value;
    let table = side("input side") + side("output side") + side("cross term");
    assert!(table > 0.0 && table <= find("fisher/embeddings").value + 1e-9);
    let deciles: f64 = state
        .curve("fisher_decile/table")
        .map(|(_, m)| m.value)
        .sum();
    assert!((deciles - 1.0).abs() < 1e-6, "deciles sum to {deciles}");
    assert!(find("fisher_trace").value > 0.0);
    let shares = state
        .measures
        .iter()
        .filter(|m| m.id.starts_with("fisher/"));
    assert!(shares.clone().count() > 10);
    for share in shares {
        let errors = (share.member_error, share.example_error);
        assert!(
            matches!(errors, (Some(a), Some(b)) if a >= 0.0 && b >= 0.0),
            "{}",
            share.id
        );
    }
}

/// Of twelve steps it was taken at 0, 5 and 10, and the first taking is that of the untrained
/// members.
fn fisher_was_followed(init: &State, trained: &State) {
    let id = "fisher_training/embeddings";
    let steps: Vec<f64> = trained.curve(id).map(|(step, _)| step).collect();
    assert_eq!(steps, [0.0, 5.0, 10.0]);
    let first = trained.find(id, Some(0.0)).unwrap();
    let untrained = init.find("fisher/embeddings", None).unwrap();
    assert_eq!(first.per_member, untrained.per_member);
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let folders = ["1", "2"].map(|threads| {
        let folder = tempfile::tempdir().unwrap();
        assert!(child(folder.path(), threads).wait().unwrap().success());
        folder
    });
    assert_eq!(result(folders[0].path()), result(folders[1].path()));
}

#[test]
fn a_study_killed_again_and_again_ends_with_the_same_bytes() {
    let unbroken = tempfile::tempdir().unwrap();
    assert!(child(unbroken.path(), "2").wait().unwrap().success());
    let killed = tempfile::tempdir().unwrap();
    for pause in [150, 250, 400, 600] {
        let mut process = child(killed.path(), "2");
        std::thread::sleep(Duration::from_millis(pause));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    assert!(child(killed.path(), "2").wait().unwrap().success());
    assert_eq!(result(unbroken.path()), result(killed.path()));
}

#[test]
fn the_quick_program_trains_the_small_models_unless_told_otherwise() {
    let preset = |more: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        let mut command = Command::new(program("entropy_study"));
        let words = "--quick --quiet --arms dna-char --members 1 --tokens 3000";
        command
            .args(words.split(' '))
            .args(more)
            .arg("--out")
            .arg(&out);
        assert!(command.stdout(Stdio::null()).status().unwrap().success());
        let text = std::fs::read_to_string(out.join("results.json")).unwrap();
        let settings = Results::from_json(&text).unwrap().settings;
        settings
            .into_iter()
            .find(|(name, _)| name == "preset")
            .unwrap()
            .1
    };
    assert_eq!(preset(&[]), "micro");
    assert_eq!(preset(&["--preset", "no_transformer"]), "no_transformer");
}

#[test]
fn members_trained_and_measured_by_several_processes_give_the_bytes_of_one() {
    let [whole, parts] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    study(whole.path());
    let (options, cpu, folder) = (options(), devices("cpu").unwrap(), parts.path());
    let missing = collect(&options, folder, &cpu, &mut ()).unwrap_err();
    assert!(missing.to_string().contains("no run"), "{missing}");
    let train = |members: &'static [usize]| {
        let (options, cpu) = (options.clone(), cpu.clone());
        let folder = folder.to_path_buf();
        std::thread::spawn(move || {
            train_study_members(&options, members, &folder, &cpu, &mut ()).unwrap()
        })
    };
    // Locks are those of open files, so threads stand for processes.
    let [first, second] = [&[2][..], &[0]].map(train).map(|one| one.join().unwrap());
    assert!(first && second);
    let missing = measure_arms(&options, folder, &cpu, &mut ()).unwrap_err();
    assert!(
        missing.to_string().contains("member 1 is not trained"),
        "{missing}"
    );
    let none = train_study_members(&options, &[3], folder, &cpu, &mut ()).unwrap_err();
    assert!(none.to_string().contains("numbers from 0 to 2"), "{none}");
    assert!(train(&[1, 2]).join().unwrap());
    let mut one = options.clone();
    one.arms = vec![Arm::DnaKmer];
    measure_arms(&one, folder, &cpu, &mut ()).unwrap();
    assert!(folder.join("dna-kmer/measured.json").exists());
    let StudyOutcome::Finished(found) = collect(&options, folder, &cpu, &mut ()).unwrap() else {
        panic!("nobody interrupted it")
    };
    let card = run_card(&found.results, None);
    write(&found.results, &found.losses, card, folder).unwrap();
    for file in ["results.json", "measures.csv", "report.html", "loss.svg"] {
        let read = |folder: &Path| std::fs::read(folder.join(file)).unwrap();
        assert!(read(whole.path()) == read(folder), "{file} differs");
    }
}
