//! What is in the folder of a model.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use dissensus_probe::FeatureKey;

/// A hash of what is in the folder of a model.
///
/// # Errors
/// If the folder or a file in it cannot be read.
pub fn model_key(folder: &Path) -> Result<FeatureKey> {
    let read = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in read {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.is_file());
    paths.sort();
    if paths.is_empty() {
        bail!(
            "{}: expected the files of a model, found none",
            folder.display()
        );
    }
    let mut key = FeatureKey::new();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        key = key.with_file(&name, &path)?;
    }
    Ok(key)
}
