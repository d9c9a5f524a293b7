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
    /// The type it belongs to.
    owner: Option<String>,
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
        let own = line.starts_with(' ').then(|| owner.clone());
        let reached = own.as_ref().unwrap_or(&name);
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
        found.push(Function {
            owner: own,
            name,
            arguments,
        });
    }
    found
}

/// The name that a file of a crate has at its top: the module that `lib.rs` opens.
fn module(folder: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(folder.join("src")).unwrap();
    let first = inside.components().next().unwrap();
    let first = Path::new(first.as_os_str()).file_stem().unwrap();
    first.to_str().unwrap().to_owned()
}

/// The public functions of the plain tier's crates.
fn plain_functions() -> Vec<(String, Function)> {
    let mut found = Vec::new();
    for (package, folder) in crates() {
        if !plain().contains(&package) {
            continue;
        }
        let front = std::fs::read_to_string(folder.join("src/lib.rs")).unwrap();
        for file in sources(&folder.join("src")) {
            let module = module(&folder, &file);
            for function in functions(&code(&file), &module, &front) {
                let path = match &function.owner {
                    Some(owner) => format!("{package}::{owner}::{}", function.name),
                    None if words_after("pub mod ", &front).contains(&module[..]) => {
                        format!("{package}::{module}::{}", function.name)
                    }
                    None => format!("{package}::{}", function.name),
                };
                found.push((path, function));
            }
        }
    }
    found
}

/// Functions of slices of numbers that have no case of `hard`, with what holds them to the same.
const TRIED_ELSEWHERE: [(&str, &str); 1] = [
    // NaN, infinite, subnormal and the largest numbers through every product and its gradient.
    ("kernels::", "crates/kernels/tests/hard_numbers.rs"),
];

#[test]
fn every_function_of_numbers_is_tried_with_hard_ones() {
    let tried = crate::hard::tried();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let elsewhere = TRIED_ELSEWHERE.map(|(of, file)| {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        (of, text)
    });
    let (mut untried, mut count) = (Vec::new(), 0);
    for (path, function) in plain_functions() {
        let numbers = [
            "[f32]", "[f64]", "Vec<f32>", "Vec<f64>", "[f32;", "[f64;", "DMatrix<",
        ];
        let real = function.arguments.contains("[T]") && function.arguments.contains("Real");
        if !real && !numbers.iter().any(|kind| function.arguments.contains(kind)) {
            continue;
        }
        count += 1;
        let other = elsewhere
            .iter()
            .any(|(of, text)| path.starts_with(of) && words(text).contains(&function.name[..]));
        if !tried.contains(&path[..]) && !other {
            untried.push(path);
        }
    }
    assert!(count > 100, "{count} functions");
    assert!(untried.is_empty(), "{untried:#?}");
}

#[test]
fn every_merge_is_held_to_its_laws() {
    let held = crate::merges::held();
    let mut found = BTreeSet::new();
    for (package, folder) in crates() {
        let front = std::fs::read_to_string(folder.join("src/lib.rs")).unwrap();
        for file in sources(&folder.join("src")) {
            for function in functions(&code(&file), &module(&folder, &file), &front) {
                // What joins another of its kind to itself.
                let own = function.owner.as_deref().unwrap_or_default();
                let kinds = ["other: &Self", "other: Self", &format!("other: &{own}")]
                    .map(|kind| function.arguments.contains(kind));
                if function.arguments.contains("&mut self") && kinds.contains(&true) {
                    found.insert(format!("{package}::{own}"));
                }
            }
        }
    }
    assert!(found.len() > 10, "{found:?}");
    let unheld: Vec<&String> = found
        .iter()
        .filter(|name| !held.contains(&name[..]))
        .collect();
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
