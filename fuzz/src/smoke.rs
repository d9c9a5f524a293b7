//! Every target over its corpus and over mutations of it, the same in every run: what a stable
//! toolchain can do.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A target and its name, which is that of its folder of inputs too.
pub type Target = (&'static str, fn(&[u8]));

/// Bytes that one insertion or repetition adds at most.
const ADDED: usize = 64;
/// Bytes that a mutated input has at most.
const LONGEST: usize = 1 << 16;
/// Numbers at which readers fail, as text and as eight bytes.
const NUMBERS: [&str; 9] = [
    "0",
    "-1",
    "1e999",
    "NaN",
    "255",
    "2147483648",
    "4294967295",
    "9223372036854775807",
    "18446744073709551615",
];

/// The folder of the workspace, whose own tests take these files too.
#[must_use]
pub fn root() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let above = folder
        .parent()
        .filter(|_| folder.join("fuzz_targets").is_dir());
    above.unwrap_or(folder).to_path_buf()
}

/// Runs targets over every input of their corpus, and so many times over a mutation of each;
/// `FUZZ_MUTATIONS` in the environment sets another number, where nobody waits.
///
/// # Panics
/// If a target does, with the input; if a target has no input.
pub fn smoke(targets: &[Target], mutations: usize) {
    let asked = std::env::var("FUZZ_MUTATIONS").ok();
    let mutations = asked
        .and_then(|text| text.parse().ok())
        .unwrap_or(mutations);
    for (name, target) in targets {
        let inputs = inputs(&root().join("fuzz/corpus").join(name));
        assert!(!inputs.is_empty(), "{name} has no input in the corpus");
        for (number, input) in inputs.iter().enumerate() {
            tried((name, *target), input);
            let mut random = ChaCha8Rng::seed_from_u64(number as u64);
            for _ in 0..mutations {
                let other = &inputs[random.random_range(0..inputs.len())];
                tried((name, *target), &mutated(input, other, &mut random));
            }
        }
    }
}

fn tried((name, target): Target, input: &[u8]) {
    let found = catch_unwind(AssertUnwindSafe(|| target(input)));
    assert!(
        found.is_ok(),
        "{name} fails on b\"{}\"",
        input.escape_ascii()
    );
}

/// The files of a folder, by their names.
fn inputs(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder);
    let mut paths: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    let read =
        |path: &PathBuf| fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    paths.iter().map(read).collect()
}

/// An input with one to four changes.
pub fn mutated(input: &[u8], other: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..random.random_range(1..=4) {
        change(&mut bytes, other, random);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        bytes.push(random.random());
    }
    let (from, to) = range(bytes.len(), random);
    match random.random_range(0..8) {
        0 => bytes[from] ^= 1 << random.random_range(0..8),
        1 => bytes[from] = random.random(),
        2 => bytes.truncate(from),
        3 => drop(bytes.drain(from..to)),
        4 => {
            let again = bytes[from..to].to_vec();
            bytes.splice(to..to, again);
        }
        5 => {
            let number = NUMBERS[random.random_range(0..NUMBERS.len())];
            bytes.splice(from..to.min(from + 4), number.bytes());
        }
        6 => {
            let number = u64::MAX >> random.random_range(0..64);
            bytes.splice(from..to, number.to_le_bytes());
        }
        _ => {
            let (begin, end) = range(other.len().max(1), random);
            let taken = other.get(begin..end).unwrap_or_default();
            bytes.splice(from..from, taken.iter().copied());
        }
    }
}

/// A short range of so many places.
fn range(length: usize, random: &mut ChaCha8Rng) -> (usize, usize) {
    let from = random.random_range(0..length);
    let most = (length - from).min(ADDED);
    (from, from + random.random_range(1..=most))
}
