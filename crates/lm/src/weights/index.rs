//! The list of a model's shards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::file::TensorFile;
use crate::Error;
use crate::files::read;

/// Which shard holds which tensor, as `*.index.json` says.
pub(super) struct Index {
    path: PathBuf,
    weight_map: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Stored {
    weight_map: BTreeMap<String, String>,
}

impl Index {
    /// Reads a list, whose shards must be files beside it.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let parsed: Stored =
            serde_json::from_slice(&read(path)?).map_err(|error| Error::malformed(path, error))?;
        let index = Self {
            path: path.to_path_buf(),
            weight_map: parsed.weight_map,
        };
        let plain =
            |name: &str| Path::new(name).components().count() == 1 && !name.starts_with('.');
        if let Some(name) = index.shards().find(|name| !plain(name)) {
            let problem = format!("shard `{name}` is not a file name");
            return Err(Error::malformed(path, problem));
        }
        Ok(index)
    }

    /// The names of the shards, each once, in alphabetical order.
    pub(super) fn shards(&self) -> impl Iterator<Item = &str> {
        let names: BTreeSet<&str> = self.weight_map.values().map(String::as_str).collect();
        names.into_iter()
    }

    /// Checks that the shards, in their order, hold what the list says and nothing else.
    pub(super) fn check(&self, shards: &[TensorFile]) -> Result<(), Error> {
        let mut unseen: BTreeMap<&str, &str> = self
            .weight_map
            .iter()
            .map(|(key, shard)| (key.as_str(), shard.as_str()))
            .collect();
        for (shard, file) in self.shards().zip(shards) {
            for key in file.keys() {
                match self.weight_map.get(&key) {
                    Some(listed) if listed == shard => unseen.remove(key.as_str()),
                    Some(listed) => {
                        return Err(self.wrong(&key, listed, format!("{shard} holds one as well")));
                    }
                    None => {
                        return Err(self.wrong(&key, "no shard", format!("{shard} holds it")));
                    }
                };
            }
        }
        match unseen.pop_first() {
            None => Ok(()),
            Some((key, shard)) => Err(self.wrong(key, shard, "which does not hold it".into())),
        }
    }

    fn wrong(&self, name: &str, listed: &str, found: String) -> Error {
        Error::Index {
            path: self.path.clone(),
            name: name.to_string(),
            listed: listed.to_string(),
            found,
        }
    }
}
