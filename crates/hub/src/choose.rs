//! Which files of a repository are wanted.

use crate::{Error, HubName, RepositoryKind};

/// Endings of data that the workspace reads, plain or compressed.
const DATA: [&str; 9] = [
    "parquet", "jsonl", "csv", "tsv", "txt", "fa", "fasta", "fna", "fa.gz",
];

/// The files that a name means, of all files of its repository.
pub(crate) fn chosen(name: &HubName, all: &[String]) -> Result<Vec<String>, Error> {
    if let Some(path) = &name.path {
        return if all.contains(path) {
            Ok(vec![path.clone()])
        } else {
            Err(Error::Absent {
                name: name.to_string(),
            })
        };
    }
    let found = match name.kind {
        RepositoryKind::Model => model(all),
        RepositoryKind::Dataset => data(all),
    };
    found.map_err(|problem| Error::Choice {
        name: name.to_string(),
        problem,
        files: all.iter().take(20).cloned().collect(),
    })
}

/// Configuration, tokenizer and weights at the top of a repository: one format of weights, the safe
/// one where there is one.
fn model(all: &[String]) -> Result<Vec<String>, &'static str> {
    let top = || all.iter().filter(|file| !file.contains('/'));
    if !top().any(|file| file == "config.json") {
        return Err("has no config.json, so no model that can be opened");
    }
    let safe = |file: &&String| file.ends_with(".safetensors");
    let torch = |file: &&String| file.starts_with("pytorch_model") && file.ends_with(".bin");
    let mut weights: Vec<&String> = top().filter(safe).collect();
    if weights.is_empty() {
        weights = top().filter(torch).collect();
    }
    if weights.is_empty() {
        return Err("has neither *.safetensors nor pytorch_model*.bin");
    }
    let beside = |file: &&String| {
        [".json", ".txt", ".model"]
            .iter()
            .any(|end| file.ends_with(end))
    };
    Ok(weights
        .into_iter()
        .chain(top().filter(beside))
        .cloned()
        .collect())
}

/// The only file of data.
fn data(all: &[String]) -> Result<Vec<String>, &'static str> {
    let is_data = |file: &&String| {
        let plain = file.trim_end_matches(".gz").trim_end_matches(".zst");
        DATA.iter().any(|end| plain.ends_with(&format!(".{end}")))
    };
    let found: Vec<&String> = all.iter().filter(is_data).collect();
    match found[..] {
        [] => Err("has no file of a format that is read here"),
        [one] => Ok(vec![one.clone()]),
        _ => Err("has several files"),
    }
}
