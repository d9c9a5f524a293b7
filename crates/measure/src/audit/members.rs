//! The models of an audit.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use dissensus_bert::MaskedLm;
use dissensus_tokenize::{Tokenizer, load};

use crate::Error;

/// Models that can be compared, and their tokenizer.
pub(super) struct AuditedMembers {
    pub(super) models: Vec<MaskedLm>,
    /// A model without layers among others that have some.
    pub(super) control: Option<MaskedLm>,
    pub(super) tokenizer: Box<dyn Tokenizer>,
    /// Names of the members' folders, each with a checksum of its weights.
    names: Vec<String>,
    control_name: Option<String>,
}

impl AuditedMembers {
    pub(super) fn load(folders: &[PathBuf], device: &Device) -> Result<Self, Error> {
        let mut loaded = Vec::with_capacity(folders.len());
        for folder in folders {
            loaded.push((folder, MaskedLm::load(folder, device)?, load(folder)?));
        }
        check_alike(&loaded)?;
        let is_control = |model: &MaskedLm| model.config().num_hidden_layers == 0;
        let controls = loaded
            .iter()
            .filter(|(_, model, _)| is_control(model))
            .count();
        // Several without layers, or one alone, are what is audited.
        let place = match controls == 1 && loaded.len() > 1 {
            true => loaded.iter().position(|(_, model, _)| is_control(model)),
            false => None,
        };
        let (mut models, mut names, mut tokenizer) = (Vec::new(), Vec::new(), None);
        let (mut control, mut control_name) = (None, None);
        for (index, (folder, model, own)) in loaded.into_iter().enumerate() {
            let name = named(folder)?;
            if Some(index) == place {
                (control, control_name) = (Some(model), Some(name));
            } else {
                models.push(model);
                names.push(name);
            }
            tokenizer.get_or_insert(own);
        }
        let Some(tokenizer) = tokenizer else {
            return Err(Error::option("folders", "none", "at least one folder"));
        };
        Ok(Self {
            models,
            control,
            tokenizer,
            names,
            control_name,
        })
    }

    /// Rows of the models' output.
    pub(super) fn vocabulary(&self) -> usize {
        self.models.first().map_or(0, |m| m.config().vocab_size)
    }

    /// Positions that every model has, at most `longest`.
    pub(super) fn positions(&self, longest: usize) -> usize {
        let all = self.models.iter().chain(&self.control);
        let positions = all.map(|model| model.config().max_position_embeddings);
        positions
            .min()
            .map_or(longest, |fewest| fewest.min(longest))
    }

    /// Fresh models of the same configurations.
    pub(super) fn untrained(&self, seed: u64, device: &Device) -> Result<Vec<MaskedLm>, Error> {
        let fresh = |(model, member): (&MaskedLm, u64)| {
            MaskedLm::new(model.config(), seed.wrapping_add(member), device)
        };
        Ok(self
            .models
            .iter()
            .zip(1..)
            .map(fresh)
            .collect::<Result<_, _>>()?)
    }

    /// Who the members are.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        let numbered = |(index, name): (usize, &String)| (format!("member {index}"), name.clone());
        let control = self
            .control_name
            .iter()
            .map(|name| ("control".into(), name.clone()));
        self.names
            .iter()
            .enumerate()
            .map(numbered)
            .chain(control)
            .collect()
    }

    /// What a reader should know of the models.
    pub(super) fn notes(&self, asked: Option<usize>) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(asked) = asked.filter(|&asked| self.positions(asked) < asked) {
            let found = self.positions(asked);
            notes.push(format!("sequences have {found} positions, not the {asked} asked for: the models have no more"));
        }
        if let Some(name) = &self.control_name {
            notes.push(format!(
                "{name} has no layers: it is the others' control and no member"
            ));
        }
        notes
    }
}

/// Members can be compared only if the same id is the same token in all of them, and their tables have the same width.
fn check_alike(loaded: &[(&PathBuf, MaskedLm, Box<dyn Tokenizer>)]) -> Result<(), Error> {
    let Some(((first, model, tokenizer), others)) = loaded.split_first() else {
        return Ok(());
    };
    let json = tokenizer.to_json()?;
    for (folder, other, own) in others {
        let sizes = |model: &MaskedLm| (model.config().vocab_size, model.config().hidden_size);
        let ((rows, width), (found_rows, found_width)) = (sizes(model), sizes(other));
        let unmatched = |what, found: String, expected: String| Error::Unmatched {
            what,
            folder: folder.to_path_buf(),
            found,
            first: first.to_path_buf(),
            expected,
        };
        if found_rows != rows {
            return Err(unmatched(
                "the vocabulary",
                found_rows.to_string(),
                rows.to_string(),
            ));
        }
        // A control is compared by its loss alone.
        if found_width != width
            && other.config().num_hidden_layers > 0
            && model.config().num_hidden_layers > 0
        {
            return Err(unmatched(
                "the width",
                found_width.to_string(),
                width.to_string(),
            ));
        }
        if own.to_json()? != json {
            return Err(unmatched(
                "the tokenizer",
                "another".into(),
                "the same".into(),
            ));
        }
    }
    Ok(())
}

/// The name of a folder, with a checksum of the weights in it.
fn named(folder: &Path) -> Result<String, Error> {
    let failed = |source| Error::File {
        path: folder.to_path_buf(),
        source,
    };
    let is_weights = |path: &PathBuf| {
        path.extension()
            .is_some_and(|ending| ending == "safetensors" || ending == "bin")
    };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<Result<Vec<PathBuf>, _>>().map_err(failed)?;
    paths.retain(is_weights);
    paths.sort();
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    for path in paths {
        let mut file = std::fs::File::open(path).map_err(failed)?;
        loop {
            match std::io::Read::read(&mut file, &mut buffer).map_err(failed)? {
                0 => break,
                count => hasher.update(&buffer[..count]),
            }
        }
    }
    let folder = std::fs::canonicalize(folder).map_err(failed)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    Ok(format!("{name}, crc32 {:08x}", hasher.finalize()))
}
