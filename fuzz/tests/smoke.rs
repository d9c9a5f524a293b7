//! Every target over its corpus and mutations of it.

use dissensus_fuzz::{plain, smoke};

#[test]
fn readers_of_plain_crates_refuse_what_they_cannot_read() {
    smoke::smoke(plain::TARGETS, 60);
}

#[cfg(feature = "models")]
#[test]
fn readers_of_models_and_runs_refuse_what_they_cannot_read() {
    smoke::smoke(dissensus_fuzz::models::TARGETS, 60);
}

#[test]
fn every_target_is_a_program_and_has_a_corpus() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = |folder: &str| -> Vec<String> {
        let entries = root.join(folder).read_dir().expect(folder);
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let names = paths.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    let programs = listed("fuzz_targets");
    assert_eq!(programs, listed("corpus"));
    for (name, _) in plain::TARGETS {
        assert!(programs.iter().any(|program| program == name), "{name}");
    }
}
