//! One path for input: every program reads the same files alike, and refuses the same ones in the
//! same words.

use std::path::{Path, PathBuf};
use std::process::Command;

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm};
use dissensus_report::Results;
use dissensus_tokenize::{Character, Exported, Kmer, Layout, Tokenizer};
use rand::{RngExt, SeedableRng};

use crate::program;

#[path = "../../crates/input/tests/it/cases/mod.rs"]
mod cases;

use self::cases::{READ, REFUSED};

/// A checkpoint with its tokenizer, as a run leaves it.
fn checkpoint(folder: &Path, tokenizer: &dyn Tokenizer) {
    let size = tokenizer.vocabulary().len();
    let config = Config {
        hidden_size: 16,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 32,
        initializer_range: 0.2,
        ..Config::preset("tiny").unwrap()
    };
    let config = config.with_vocabulary(size, tokenizer.specials().pad.unwrap());
    let model = MaskedLm::new(&config, 5, &Device::flex()).unwrap();
    model.save(folder).unwrap();
    let exported = Exported::default().with_max_length(config.max_position_embeddings);
    tokenizer.save_with(folder, exported).unwrap();
}

fn bases(count: usize) -> String {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(2);
    (0..count)
        .map(|_| ['A', 'C', 'G', 'T'][rng.random_range(0..4)])
        .collect()
}

fn fasta(folder: &Path, name: &str, bases: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, format!(">a\n{bases}\n")).unwrap();
    path
}

/// Runs a program in a folder of its own; what it said if it failed.
fn run(folder: &Path, name: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program(name));
    command
        .args(arguments)
        .current_dir(folder)
        .env("RAYON_NUM_THREADS", "1");
    let found = command.output().unwrap();
    let said = [found.stdout, found.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    match found.status.code() {
        Some(0) => Ok(said),
        Some(1) => Err(said),
        code => panic!("{name} {arguments:?} ended with {code:?}: {said}"),
    }
}

fn trained(out: &Path) -> Results {
    serde_json::from_slice(&std::fs::read(out.join("results.json")).unwrap()).unwrap()
}

/// The trace and the number of masked positions that a program found.
fn trace(out: &Path) -> (u64, f64) {
    let results = trained(out);
    let state = results.ensembles[0].state("trained").unwrap();
    let trace = state.find("fisher_trace", None).unwrap().value;
    let facts = &results.ensembles[0].facts;
    let positions = facts
        .iter()
        .find(|(name, _)| name == "masked positions")
        .unwrap()
        .1;
    (trace.to_bits(), positions)
}

#[test]
fn case_changes_no_program_s_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    checkpoint(&model, &Kmer::new(3, Layout::Standard).unwrap());
    let upper = bases(6000);
    let mixed: String = upper
        .char_indices()
        .map(|(at, base)| {
            if at / 300 % 2 == 0 {
                base
            } else {
                base.to_ascii_lowercase()
            }
        })
        .collect();
    let mut found = Vec::new();
    for (name, bases) in [
        ("upper.fa", &upper),
        ("mixed.fa", &mixed),
        ("lower.fa", &upper.to_lowercase()),
    ] {
        let data = fasta(folder.path(), name, bases);
        let (data, model) = (data.to_str().unwrap(), model.to_str().unwrap());
        let fisher = folder.path().join(format!("{name}-fisher"));
        let out = fisher.to_str().unwrap();
        let arguments = [
            "--model",
            model,
            "--data",
            data,
            "--sequences",
            "16",
            "--control",
            "none",
            "--out",
            out,
        ];
        run(folder.path(), "fisher_map", &arguments).unwrap();
        let audit = folder.path().join(format!("{name}-audit"));
        let out = audit.to_str().unwrap();
        let mut arguments = vec!["--dna", data, "--whole", "--analysis-sequences", "16"];
        arguments.extend([
            "--fisher-sequences",
            "16",
            "--context-sequences",
            "0",
            "--max-length",
            "128",
            "--out",
            out,
            model,
        ]);
        run(folder.path(), "audit_checkpoints", &arguments).unwrap();
        assert_eq!(trace(&fisher), trace(&audit), "{name}");
        found.push(trace(&audit));
    }
    assert!(
        f64::from_bits(found[0].0) > 0.0 && found[0].1 > 100.0,
        "{found:?}"
    );
    assert!(
        found.iter().all(|of_file| *of_file == found[0]),
        "{found:?}"
    );
}

#[test]
fn a_fisher_map_of_several_files_is_of_the_documents_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    checkpoint(&model, &Kmer::new(3, Layout::Standard).unwrap());
    let bases = bases(6000);
    let (one, other) = bases.split_at(3600);
    fasta(folder.path(), "one.fa", one);
    fasta(folder.path(), "other.fa", other);
    let fisher = |name: &str, files: &[&str]| {
        let mut arguments = vec!["--model", "model", "--sequences", "64", "--control", "none"];
        arguments.extend(["--out", name, "--data"]);
        arguments.extend(files);
        run(folder.path(), "fisher_map", &arguments).unwrap();
        trace(&folder.path().join(name))
    };
    let both = fisher("both", &["one.fa", "other.fa"]);
    let apart = [fisher("one", &["one.fa"]), fisher("other", &["other.fa"])];
    assert!(
        apart.iter().all(|of_one| both.1 > of_one.1),
        "{both:?} {apart:?}"
    );
    let mut arguments = vec!["--dna", "one.fa", "--dna", "other.fa", "--whole"];
    arguments.extend(["--analysis-sequences", "64", "--fisher-sequences", "64"]);
    arguments.extend(["--context-sequences", "0", "--max-length", "128"]);
    arguments.extend(["--out", "audit", "model"]);
    run(folder.path(), "audit_checkpoints", &arguments).unwrap();
    assert_eq!(both, trace(&folder.path().join("audit")));
}

#[test]
fn files_of_text_and_of_dna_are_refused_together_unless_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    checkpoint(
        &folder.path().join("model"),
        &Character::dna(Layout::Standard).unwrap(),
    );
    fasta(folder.path(), "a.fa", &bases(3000));
    std::fs::write(folder.path().join("b.txt"), bases(3000)).unwrap();
    let mut arguments = vec!["--model", "model", "--sequences", "4", "--data", "a.fa"];
    arguments.push("b.txt");
    let said = run(folder.path(), "fisher_map", &arguments).unwrap_err();
    let expected = "a.fa is dna by its name, b.txt is text: expected one of them";
    assert!(said.contains(expected), "{said}");
    arguments.extend(["--modality", "dna"]);
    run(folder.path(), "fisher_map", &arguments).unwrap();
}

#[test]
fn members_with_other_tokenizers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    checkpoint(
        &one,
        &Character::new("ACGTN".chars(), Layout::Standard).unwrap(),
    );
    checkpoint(
        &other,
        &Character::new("TGCAN".chars(), Layout::Standard).unwrap(),
    );
    let data = fasta(folder.path(), "a.fa", &bases(6000));
    let (one, other, data) = (
        one.to_str().unwrap(),
        other.to_str().unwrap(),
        data.to_str().unwrap(),
    );
    let expected = "the tokenizer is another (the tokenizers differ: id 5 is \"A\" in one, \"T\" in the other), expected the same";
    for (name, arguments) in [
        ("fisher_map", vec!["--model", one, other, "--data", data]),
        (
            "audit_checkpoints",
            vec!["--dna", data, "--whole", one, other],
        ),
    ] {
        let said = run(folder.path(), name, &arguments).unwrap_err();
        assert!(said.contains(expected), "{name}: {said}");
    }
}

#[test]
fn every_program_refuses_a_bad_file_in_the_same_words() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    checkpoint(&model, &Character::dna(Layout::Standard).unwrap());
    let model = model.to_str().unwrap();
    for &(name, modality, content, expected) in REFUSED {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let data = path.to_str().unwrap();
        let flag = format!("--{modality}");
        let arm = if modality == "dna" {
            "dna-char"
        } else {
            "text-bpe"
        };
        let mut words = Vec::new();
        for (name, arguments) in [
            ("entropy_of_sequence", vec!["--modality", modality, data]),
            ("compare_tokenizers", vec!["--modality", modality, data]),
            ("train_mlm", vec!["--arm", arm, data]),
            ("entropy_study", vec!["--quick", "--arms", arm, &flag, data]),
            (
                "fisher_map",
                vec!["--modality", modality, "--model", model, "--data", data],
            ),
            ("audit_checkpoints", vec![&flag, data, model]),
        ] {
            let said = run(folder.path(), name, &arguments).unwrap_err();
            assert!(said.contains(expected), "{name}: {said}");
            assert!(
                said.contains(path.file_name().unwrap().to_str().unwrap()),
                "{name}: {said}"
            );
            words.push(
                said.lines()
                    .find(|line| line.starts_with("error: ") && line.contains(expected))
                    .unwrap()
                    .trim()
                    .to_owned(),
            );
        }
        let of_first = words[0].rsplit("error: ").next().unwrap().to_owned();
        for said in &words {
            assert!(
                said.ends_with(of_first.rsplit(": ").next().unwrap()),
                "{said} against {of_first}"
            );
        }
    }
}

#[test]
fn a_flaw_that_costs_little_is_read_over_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let bases = bases(4000);
    for &(name, content, expected) in READ {
        let content = String::from_utf8(content.to_vec())
            .unwrap()
            .replace('%', &bases);
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let arguments = ["--modality", "dna", path.to_str().unwrap()];
        for program in ["entropy_of_sequence", "compare_tokenizers"] {
            let said = run(folder.path(), program, &arguments).unwrap();
            assert!(said.contains(expected), "{program} {name}: {said}");
            assert!(!said.contains("NaN"), "{program} {name}: {said}");
        }
    }
}

#[test]
fn a_sequence_too_short_is_told_what_it_has_what_is_needed_and_why() {
    let folder = tempfile::tempdir().unwrap();
    for (bases, given, longest) in [("ACGT", 4, 4), ("A", 1, 1), ("ACGTACGNACGTACG", 14, 7)] {
        fasta(folder.path(), "short.fa", bases);
        let said = run(folder.path(), "entropy_of_sequence", &["short.fa"]).unwrap_err();
        let expected = format!(
            "error: short.fa: conditional entropy of order 7: expected a run of at least 8 symbols, \
             the words that it counts; {given} symbols were given, the longest run has {longest}"
        );
        assert!(said.contains(&expected), "{said}");
    }
    fasta(folder.path(), "enough.fa", "ACGTACGT");
    run(folder.path(), "entropy_of_sequence", &["enough.fa"]).unwrap();
}
