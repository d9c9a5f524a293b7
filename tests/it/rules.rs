//! Rules by which kinds of fault cannot come back: what takes numbers is tried with hard ones, what
//! merges is held to its laws, what is stored can be read back.

#![allow(clippy::too_many_lines, reason = "a small parser, line by line")]

use std::collections::BTreeSet;
use std::path::Path;

use crate::house::{crates, sources, words_after};

/// The source of a file without its tests.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    text.split("#[cfg(test)]\nmod ").next().unwrap().to_owned()
}

fn words(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).collect()
}

/// The crates of the plain tier, by `.ci/layering`.
fn plain() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join(".ci/layering")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("plain=\""));
    let names = line.unwrap().trim_end_matches('"').split(' ');
    names.map(str::to_owned).collect()
}

/// A public function that can be called from outside its crate.
struct Function {
    name: String,
    arguments: String,
}

/// The public functions of a file that `front`, the crate's first page, leads to.
fn functions(text: &str, module: &str, front: &str) -> Vec<Function> {
    let (named, open) = (
        words_after("pub use ", front),
        words_after("pub mod ", front),
    );
    let (mut found, mut owner) = (Vec::new(), String::new());
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        if let Some(rest) = line.strip_prefix("impl") {
            // `impl<T> Trait for Type<T> {`: past the parameters, the type is what stands last.
            let rest = rest
                .strip_prefix('<')
                .and_then(|rest| rest.split_once("> "));
            let rest = rest.map_or(*line, |(_, rest)| rest);
            let rest = rest
                .rsplit(" for ")
                .next()
                .unwrap()
                .trim_start_matches("impl ");
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            rest[..end.unwrap_or(rest.len())].clone_into(&mut owner);
        }
        let declared = line.trim_start().strip_prefix("pub ");
        let declared = declared.map(|rest| rest.trim_start_matches("const "));
        let Some(rest) = declared.and_then(|rest| rest.strip_prefix("fn ")) else {
            continue;
        };
        let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_');
        let name = name.into_iter().next().unwrap().to_owned();
        let reached = if line.starts_with(' ') { &owner } else { &name };
        if !named.contains(reached) && !open.contains(module) {
            continue;
        }
        let mut arguments = String::new();
        for line in &lines[at..] {
            arguments.push_str(line);
            if line.contains('{') {
                break;
            }
        }
        let arguments = arguments.split("->").next().unwrap().to_owned();
        found.push(Function { name, arguments });
    }
    found
}

#[test]
fn every_function_of_numbers_is_tried_with_hard_ones() {
    let mut untried = Vec::new();
    let mut count = 0;
    for (package, folder) in crates() {
        if !plain().contains(&package) {
            continue;
        }
        let front = std::fs::read_to_string(folder.join("src/lib.rs")).unwrap();
        let tests = folder.join("tests");
        let tests = if tests.exists() {
            sources(&tests)
        } else {
            Vec::new()
        };
        let tests = tests.into_iter().filter(|file| {
            let name = file.file_name().unwrap().to_str().unwrap();
            ["hard_", "properties", "degenerate"]
                .iter()
                .any(|begin| name.starts_with(begin))
        });
        let tests: String = tests
            .map(|file| std::fs::read_to_string(file).unwrap())
            .collect();
        let tried = words(&tests);
        for file in sources(&folder.join("src")) {
            let text = code(&file);
            let module = file.strip_prefix(folder.join("src")).unwrap();
            let module = module.components().next().unwrap();
            let module = Path::new(module.as_os_str())
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap();
            for function in functions(&text, module, &front) {
                let numbers = ["[f32]", "[f64]", "Vec<f32>", "Vec<f64>"];
                let real =
                    function.arguments.contains("[T]") && function.arguments.contains("Real");
                if numbers.iter().any(|kind| function.arguments.contains(kind)) || real {
                    count += 1;
                    if !tried.contains(&function.name[..]) {
                        untried.push(format!("{package}: {}", function.name));
                    }
                }
            }
        }
    }
    assert!(count > 80, "{count} functions");
    assert!(untried.is_empty(), "{untried:#?}");
}

#[test]
fn every_merge_is_held_to_its_laws() {
    let mut unheld = Vec::new();
    for (package, folder) in crates() {
        let files = ["src", "tests"].map(|name| folder.join(name));
        let files = files.iter().filter(|folder| folder.exists());
        let all: Vec<(std::path::PathBuf, String)> = files
            .flat_map(|folder| sources(folder))
            .map(|file| (file.clone(), std::fs::read_to_string(file).unwrap()))
            .collect();
        let laws = all.iter().flat_map(|(_, text)| text.lines()).any(|line| {
            let name = line.trim_start().strip_prefix("fn ").unwrap_or_default();
            let name = name.split('(').next().unwrap();
            ["monoid", "merg", "shards"]
                .iter()
                .any(|word| name.contains(word))
                && name.matches('_').count() > 2
        });
        for (file, text) in &all {
            if text.contains("    pub fn merge(&mut self, other: ") && !laws {
                unheld.push(format!("{package}: {}", file.display()));
            }
        }
    }
    assert!(unheld.is_empty(), "{unheld:#?}");
}

/// Types whose numbers are finite: they are checked where they are made or read.
const FINITE: [&str; 6] = [
    "MinibatchCka",
    "Track",
    "Masking",
    "Standardizer",
    "Classification",
    "Model",
];

/// The fields with numbers of public structs that serialise, that are stored as serde stores
/// numbers.
fn plainly_stored(text: &str) -> Vec<String> {
    let (mut found, mut attributes, mut inside) = (Vec::new(), String::new(), None::<String>);
    for line in text.lines() {
        let trimmed = line.trim();
        if line == "}" {
            inside = None;
        } else if trimmed.starts_with("///") || trimmed.is_empty() {
            continue;
        } else if let Some(name) = &inside {
            let number = [": f64", ": f32", "<f64>", "<f32>", "[f64", "[f32"];
            let field =
                trimmed.ends_with(',') && trimmed.contains(": ") && !trimmed.contains(" = ");
            if field
                && number.iter().any(|kind| trimmed.contains(kind))
                && !attributes.contains("with = ")
            {
                found.push(format!("{name}: {trimmed}"));
            }
            let part = trimmed.starts_with("#[") || !field;
            attributes = if part {
                attributes + trimmed
            } else {
                String::new()
            };
        } else if let Some(rest) = line.strip_prefix("pub struct ") {
            let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            let checked = ["Config", "Params", "Settings"]
                .iter()
                .any(|end| name.ends_with(end));
            if attributes.contains("Serialize")
                && line.ends_with('{')
                && !checked
                && !FINITE.contains(&name)
            {
                inside = Some(name.to_owned());
            }
            attributes.clear();
        } else if trimmed.starts_with("#[") || trimmed.starts_with(')') || line.starts_with(' ') {
            attributes += trimmed;
        } else {
            attributes.clear();
        }
    }
    found
}

#[test]
fn numbers_of_results_are_stored_so_that_those_that_are_not_finite_come_back() {
    let text = "#[derive(Serialize)]\npub struct A {\n    /// A.\n    pub a: f64,\n    #[serde(\n        with = \"x::non_finite\",\n    )]\n    pub b: Option<f64>,\n}\n";
    assert_eq!(plainly_stored(text), ["A: pub a: f64,"]);
    let mut plainly = Vec::new();
    for (package, folder) in crates() {
        for file in sources(&folder.join("src")) {
            let fields = plainly_stored(&code(&file));
            plainly.extend(
                fields
                    .into_iter()
                    .map(|field| format!("{package}: {field}")),
            );
        }
    }
    assert!(plainly.is_empty(), "{plainly:#?}");
}
