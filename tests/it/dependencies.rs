//! Licences and duplicates of everything that is depended on, held against `deny.toml` without a
//! network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use spdx::{Expression, ParseMode};

/// `(name, version, licence)` of all dependencies: with every feature, or with the default ones
/// where the others were not downloaded.
fn dependencies() -> BTreeSet<(String, String, String)> {
    let tree = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        let words = "tree --offline --locked --quiet --workspace --edges normal,build,dev --prefix none --format {p}|{l}";
        command.args(words.split(' ')).args(more).output().unwrap()
    };
    let mut found = tree(&["--all-features"]);
    if !found.status.success() {
        eprintln!("not every feature is downloaded: the default ones are looked at");
        found = tree(&[]);
    }
    let said = String::from_utf8_lossy(&found.stderr);
    assert!(found.status.success(), "{said}");
    let text = String::from_utf8(found.stdout).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once('|'));
    let all = lines.filter_map(|(package, licence)| {
        let (name, rest) = package.split_once(" v")?;
        let version = rest.split(' ').next()?;
        let licence = licence.trim_end_matches(" (*)");
        Some((name.into(), version.into(), licence.into()))
    });
    all.collect()
}

fn rules() -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

/// A list of strings in a section of `deny.toml`.
fn list<'a>(rules: &'a toml::Table, section: &str, key: &str) -> Vec<&'a str> {
    let values = rules[section][key].as_array().unwrap();
    values.iter().map(|value| value.as_str().unwrap()).collect()
}

fn is_allowed(licence: &str, allowed: &[&str]) -> bool {
    let expression = Expression::parse_mode(licence, ParseMode::LAX);
    expression.is_ok_and(|found| found.evaluate(|one| allowed.contains(&one.to_string().as_str())))
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let rules = rules();
    let allowed = list(&rules, "licenses", "allow");
    assert!(is_allowed(
        "(MIT OR GPL-3.0-only) AND Unicode-3.0",
        &allowed
    ));
    assert!(is_allowed("MIT/Apache-2.0", &allowed));
    for refused in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "", "nothing known"] {
        assert!(!is_allowed(refused, &allowed), "{refused}");
    }
    let all = dependencies();
    assert!(all.len() > 300, "{} packages", all.len());
    let others: Vec<_> = all
        .iter()
        .filter(|(.., licence)| !is_allowed(licence, &allowed))
        .collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn what_is_there_in_several_versions_is_listed() {
    let rules = rules();
    let listed = list(&rules, "bans", "skip");
    let is_listed = |name: &str, version: &str| {
        let mut of_name = listed.iter().filter_map(|entry| entry.split_once('@'));
        of_name.any(|(known, own)| {
            let rest = version.strip_prefix(own);
            known == name && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version, _) in dependencies() {
        if !is_listed(&name, &version) {
            versions.entry(name).or_default().insert(version);
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    assert!(
        versions.is_empty(),
        "in several versions, not listed in deny.toml: {versions:#?}"
    );
}
