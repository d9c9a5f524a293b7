//! Folders of whatever architecture.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use dissensus_bert::MaskedLm;
use dissensus_lm::{CausalLanguageModel, MaskedLanguageModel};
use dissensus_measure::{Error, MeasuredCheckpoint, OpenedFolder, open_folder};
use dissensus_zoo::{FamilyVisitor, Published, PublishedTokenizer, ZooModel, visit_model};

/// Opens a folder to be measured: one of the published families of `dissensus-zoo`, or else BERT.
///
/// # Errors
/// [`Error::Open`] if it holds neither, or its files cannot be read.
pub fn open_checkpoint(folder: &Path, device: &Device) -> Result<OpenedFolder, Error> {
    match visit_model(folder, device, Measure { folder }) {
        Ok(found) => found,
        Err(dissensus_zoo::Error::UnknownFamily { .. }) => open_folder::<MaskedLm>(folder, device),
        Err(error) => Err(Error::open(folder, error)),
    }
}

/// The folders of checkpoints themselves, or in place of the folder of a run the trained members in
/// it.
///
/// # Errors
/// [`Option`](crate::Error::Option) for a folder that holds neither.
pub fn member_folders(folders: &[PathBuf]) -> Result<Vec<PathBuf>, crate::Error> {
    let holds_model = |folder: &PathBuf| folder.join("config.json").exists();
    let mut all = Vec::new();
    for folder in folders {
        let member = |number: usize| folder.join(format!("member-{number}/trained"));
        let mut found: Vec<PathBuf> = if holds_model(folder) {
            vec![folder.clone()]
        } else {
            (0..).map(member).take_while(holds_model).collect()
        };
        if found.is_empty() {
            return Err(crate::Error::Option {
                option: "model",
                found: folder.display().to_string(),
                expected: "a folder with config.json, or with member-0/trained",
            });
        }
        all.append(&mut found);
    }
    Ok(all)
}

struct Measure<'a> {
    folder: &'a Path,
}

impl FamilyVisitor for Measure<'_> {
    type Output = Result<OpenedFolder, Error>;

    fn masked<M: Published + MaskedLanguageModel>(self, model: M) -> Self::Output {
        if ZooModel::masked(&model).is_none() {
            return Ok(OpenedFolder::Unmeasured {
                reason: format!(
                    "{} without a head predicts no token, which every measure needs",
                    M::FAMILY
                ),
            });
        }
        let rows = model.sizes().vocabulary;
        let tokenizer = PublishedTokenizer::open(self.folder, M::FAMILY, rows)
            .map_err(|error| Error::open(self.folder, error))?;
        Ok(OpenedFolder::Measured(MeasuredCheckpoint {
            architecture: M::FAMILY.name(),
            model: Box::new(model),
            tokenizer: tokenizer.into_tokenizer(),
        }))
    }

    fn causal<M: Published + CausalLanguageModel>(self, _: M) -> Self::Output {
        Ok(OpenedFolder::Unmeasured {
            reason: format!(
                "{} predicts the next token, and the measures are of masked ones",
                M::FAMILY
            ),
        })
    }
}
