//! `fisher_map` takes the empirical information, or the model's own by random signs over all
//! labels.

use std::path::Path;

use crate::terminal::run;

/// `results.json` of a map of a fresh model.
fn map(folder: &Path, out: &str, more: &[&str]) -> serde_json::Value {
    let words = ["--sequences", "2", "--length", "16", "--batches", "2"];
    let arguments = [&words[..], &["--out", out], more].concat();
    let output = run("fisher_map", folder, &arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{error}");
    let text = std::fs::read(folder.join(out).join("results.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn the_models_own_information_is_another_and_is_called_that() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let empirical = map(at, "empirical", &[]);
    let one = map(at, "one", &["--hutchinson"]);
    let three = map(at, "three", &["--hutchinson", "3"]);
    assert_eq!(three, map(at, "again", &["--hutchinson", "3"]));
    let trace = |results: &serde_json::Value| {
        let text = results["ensembles"][0]["states"][0]["measures"].to_string();
        assert!(text.contains("fisher_trace"), "{text}");
        text
    };
    assert_ne!(trace(&empirical), trace(&one));
    assert_ne!(trace(&one), trace(&three));
    let text = three.to_string();
    assert!(text.contains("all by random signs with seed"), "{text}");
    assert!(!empirical.to_string().contains("random signs"));
}

#[test]
fn no_draw_and_two_kinds_of_labels_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["--hutchinson", "0"][..],
        &["--hutchinson", "1", "--sampled-labels", "1"],
    ] {
        let output = run("fisher_map", folder.path(), words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
    }
}
