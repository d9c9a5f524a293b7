//! Readers of weights, configurations and runs.

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use dissensus_bert::Config;
use dissensus_ensemble::Run;
use dissensus_fisher::Diagonal;
use dissensus_kernels::checked;
use dissensus_lm::{StoredMatrix, tensor_shapes};
use dissensus_report::Results;
use dissensus_study::{FinishedRun, LossCurve, RunFacts, figures, page, run_card, side_by_side};

use super::plain::{in_folder, parted, written};
use super::smoke::{Target, root};

/// Every target of this file by its name.
pub const TARGETS: &[Target] = &[
    ("safetensors", safetensors),
    ("pickle", pickle),
    ("shards", shards),
    ("config", config),
    ("bert_config", bert_config),
    ("run", run),
    ("history", history),
    ("facts", facts),
    ("diagonal", diagonal),
    ("report", report),
];

/// A file of weights in safetensors.
pub fn safetensors(data: &[u8]) {
    weights("model.safetensors", data);
}

/// A file of weights as a pickle.
pub fn pickle(data: &[u8]) {
    weights("pytorch_model.bin", data);
}

fn weights(name: &str, data: &[u8]) {
    in_folder(|folder| {
        let path = written(folder, name, data);
        let _ = StoredMatrix::read(&path, None);
        for name in tensor_shapes(folder).unwrap_or_default().keys() {
            let _ = StoredMatrix::read(folder, Some(name));
        }
    });
}

/// The list of the shards of a model, beside one that is whole.
pub fn shards(data: &[u8]) {
    in_folder(|folder| {
        let tensors = golden("bert/tests/golden/plain/model.safetensors");
        written(folder, "model-00001-of-00001.safetensors", &tensors);
        written(folder, "model.safetensors.index.json", data);
        let _ = tensor_shapes(folder);
    });
}

/// Folders of published models of every family and of their variants, whose weights are small.
const FAMILIES: [&str; 12] = [
    "nt_v1",
    "nt_v2",
    "nt_v1_norm_before",
    "gena",
    "gena_last_norm",
    "dnabert2",
    "dnabert2_three_heads",
    "hyena",
    "hyena_full",
    "caduceus_ph",
    "caduceus_ps",
    "mistral",
];

/// The `config.json` of a published model, behind a letter that says whose weights stand beside it.
pub fn config(data: &[u8]) {
    let Some((&letter, config)) = data.split_first() else {
        return;
    };
    let family = FAMILIES[usize::from(letter.wrapping_sub(b'a')) % FAMILIES.len()];
    opened(
        &format!("zoo/tests/golden/{family}/model.safetensors"),
        config,
        |folder| {
            let _ = dissensus_zoo::load(folder, &Device::flex());
        },
    );
}

/// The `config.json` of a BERT beside its weights.
pub fn bert_config(data: &[u8]) {
    opened(
        "bert/tests/golden/plain/model.safetensors",
        data,
        |folder| {
            let _ = dissensus_bert::MaskedLm::load(folder, &Device::flex());
        },
    );
}

fn opened(weights: &str, config: &[u8], open: impl FnOnce(&Path)) {
    in_folder(|folder| {
        written(folder, "config.json", config);
        written(folder, "model.safetensors", &golden(weights));
        open(folder);
    });
}

/// The `config.toml` of a run, whose checksum is right.
pub fn run(data: &[u8]) {
    in_run(data, |_, run| drop(run));
}

/// The history and the evaluations of a member, parted by a line of two hyphens.
pub fn history(data: &[u8]) {
    let (steps, evaluations) = parted(data);
    in_run(
        &read(&root().join("fuzz/corpus/run/plan")),
        |folder, run| {
            let Some(run) = run else { return };
            let member = folder.join("member-0");
            fs::create_dir(&member).expect("a folder");
            written(&member, "history.csv", steps);
            written(&member, "evaluations.csv", evaluations);
            let _ = (run.steps(0), run.evaluations(0), run.best_evaluation(0));
        },
    );
}

fn in_run(plan: &[u8], act: impl FnOnce(&Path, Option<Run<Config>>)) {
    in_folder(|folder| {
        written(folder, "config.toml", plan);
        checked::seal(folder, &["config.toml".into()]).expect("sealed");
        act(folder, Run::open_unfinished(folder).ok());
    });
}

/// `run.json`.
pub fn facts(data: &[u8]) {
    in_folder(|folder| {
        written(folder, "run.json", data);
        if let Ok(Some(facts)) = RunFacts::read(folder) {
            let _ = run_card(&Results::new(Vec::new()), Some(&facts));
        }
    });
}

/// A file of the diagonal of the Fisher information.
pub fn diagonal(data: &[u8]) {
    in_folder(|folder| {
        drop(Diagonal::load(written(
            folder,
            "diagonal.safetensors",
            data,
        )))
    });
}

/// `results.json` of a run, its page, and its page beside another run.
pub fn report(data: &[u8]) {
    in_folder(|folder| {
        written(folder, "results.json", data);
        let Ok(run) = FinishedRun::read(folder, None) else {
            return;
        };
        let curve = |ensemble: &dissensus_report::Ensemble| LossCurve {
            ensemble: ensemble.name.clone(),
            member: 0,
            points: vec![(0.0, 12.0), (1.0, 9.0)],
        };
        let losses: Vec<LossCurve> = run.results.ensembles.iter().map(curve).collect();
        let figures = figures(&run.results, &losses);
        let made = page(&run.results, &figures, vec![run.card.clone()]).expect("a page");
        let html = made.to_html().expect("its text");
        assert!(!html.contains(">NaN<"), "a number that is none");
        side_by_side(&[run.clone(), run]).expect("a section");
    });
}

fn golden(path: &str) -> Vec<u8> {
    read(&root().join("crates").join(path))
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
