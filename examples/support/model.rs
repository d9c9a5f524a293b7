//! A model of whatever architecture, its tokenizer and its random twins.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm};
use dissensus_lm::{CausalLanguageModel, Encoder, MaskedLanguageModel};
use dissensus_probe::FeatureKey;
use dissensus_tokenize::Tokenizer;
use dissensus_zoo::{PublishedTokenizer, ZooModel};

/// A model that was trained here, or a published one.
pub enum OpenedModel {
    /// Trained here.
    Bert(Box<MaskedLm>),
    /// Published.
    Zoo(Box<dyn ZooModel>),
}

impl OpenedModel {
    /// Opens a folder with weights, configuration and tokenizer.
    ///
    /// # Errors
    /// If the folder holds no model that is known, or no tokenizer.
    pub fn open(folder: &Path, device: &Device) -> Result<(Self, Box<dyn Tokenizer>)> {
        match dissensus_zoo::load(folder, device) {
            Ok(model) => {
                let (family, rows) = (model.family(), model.sizes().vocabulary);
                let tokenizer = PublishedTokenizer::open(folder, family, rows)?;
                Ok((Self::Zoo(model), tokenizer.into_tokenizer()))
            }
            Err(dissensus_zoo::Error::UnknownFamily { .. }) => {
                let model = MaskedLm::load(folder, device)?;
                let tokenizer = dissensus_tokenize::load(folder)?;
                Ok((Self::Bert(Box::new(model)), tokenizer))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The same architecture at random weights.
    ///
    /// # Errors
    /// If a parameter has no rule by which it is drawn.
    pub fn twin(&self, seed: u64, device: &Device) -> Result<Self> {
        Ok(match self {
            Self::Bert(model) => {
                let config: &Config = model.config();
                Self::Bert(Box::new(MaskedLm::new(config, seed, device)?))
            }
            Self::Zoo(model) => Self::Zoo(model.random_twin(seed, device)?),
        })
    }

    /// The model as an encoder.
    #[must_use]
    pub fn encoder(&self) -> &dyn Encoder {
        match self {
            Self::Bert(model) => &**model,
            Self::Zoo(model) => &**model,
        }
    }

    /// The model as one that predicts masked tokens.
    #[must_use]
    pub fn masked(&self) -> Option<&dyn MaskedLanguageModel> {
        match self {
            Self::Bert(model) => Some(&**model),
            Self::Zoo(model) => model.masked(),
        }
    }

    /// The model as one that predicts next tokens.
    #[must_use]
    pub fn causal(&self) -> Option<&dyn CausalLanguageModel> {
        match self {
            Self::Bert(_) => None,
            Self::Zoo(model) => model.causal(),
        }
    }
}

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
