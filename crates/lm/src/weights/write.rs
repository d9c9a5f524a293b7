//! Writing a model over whatever a folder held.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use super::Tensors;
use super::file::Format;
use crate::files::{create_folder, remove_file, write_atomically};
use crate::{Error, ModelConfig};

/// A model on its way into a folder, over whatever the folder held.
///
/// Over an old model the folder opens as the old one or the new one at every moment, also after a
/// crash; over a model of another configuration, as either or not at all. Pickles stay: readers
/// take safetensors before them.
pub struct ModelFolder<'a, C> {
    folder: &'a Path,
    config: &'a C,
    tensors: Tensors,
}

const FILE: &str = Format::Safetensors.file_name();
const INDEX: &str = Format::Safetensors.index_name();

impl<'a, C: ModelConfig> ModelFolder<'a, C> {
    /// These tensors for this folder.
    pub(crate) fn new(folder: &'a Path, config: &'a C, tensors: Tensors) -> Self {
        Self {
            folder,
            config,
            tensors,
        }
    }

    /// Writes `config.json` and `model.safetensors`, each whole or not at all.
    ///
    /// The shards of an old model and their index are deleted once the new file is there, which
    /// readers take first.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn as_file(&self) -> Result<(), Error> {
        self.begin()?;
        self.put_file()?;
        self.remove(INDEX)?;
        self.remove_shards(&[])?;
        self.finish()
    }

    /// Writes `model-00001-of-0000N.safetensors` and so on, each with at most `max_bytes` of
    /// tensors (a tensor larger than that has a file of its own), and
    /// `model.safetensors.index.json`, as `transformers` writes them; what fits in one file is
    /// written by [`as_file`](Self::as_file).
    ///
    /// The shards come first and the index after them; an old `model.safetensors`, which readers
    /// take before an index, is deleted last. Where new shards have the names of those that an old
    /// index lists, the new model is written as one file first, which stands in until the new index
    /// is there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn as_shards(&self, max_bytes: u64) -> Result<(), Error> {
        let shards = self.tensors.split(max_bytes);
        let name = |at| format!("model-{:05}-of-{:05}.safetensors", at + 1, shards.len());
        let names: Vec<String> = (0..shards.len()).map(name).collect();
        if names.len() < 2 {
            return self.as_file();
        }
        self.begin()?;
        let has = |name: &str| self.folder.join(name).exists();
        if has(INDEX) && !has(FILE) && names.iter().any(|name| has(name)) {
            self.put_file()?;
        }
        for (name, keys) in names.iter().zip(&shards) {
            let path = self.folder.join(name);
            write_atomically(&path, &self.tensors.to_bytes_of(keys, &path)?)?;
        }
        self.put(INDEX, self.index(&names, &shards).as_bytes())?;
        self.remove(FILE)?;
        self.remove_shards(&names)?;
        self.finish()
    }

    /// Makes the folder; a configuration that is not the new one goes, so that it never meets the
    /// new weights.
    fn begin(&self) -> Result<(), Error> {
        create_folder(self.folder)?;
        match C::open(self.folder) {
            Ok(old) if old == *self.config => Ok(()),
            _ => self.remove(CONFIG),
        }
    }

    fn finish(&self) -> Result<(), Error> {
        self.put(CONFIG, self.config.to_json().as_bytes())
    }

    fn put_file(&self) -> Result<(), Error> {
        self.put(FILE, &self.tensors.to_bytes(&self.folder.join(FILE))?)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        write_atomically(&self.folder.join(name), bytes)
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        remove_file(&self.folder.join(name))
    }

    fn index(&self, names: &[String], shards: &[Vec<&str>]) -> String {
        let places = names
            .iter()
            .zip(shards)
            .flat_map(|(name, keys)| keys.iter().map(move |key| (*key, name)));
        let map: BTreeMap<&str, &String> = places.collect();
        let total = self.tensors.total_bytes();
        let index = json!({"metadata": {"total_size": total}, "weight_map": map});
        format!("{index:#}\n")
    }

    /// Deletes the shards that are not among `kept`.
    fn remove_shards(&self, kept: &[String]) -> Result<(), Error> {
        let io = |error| Error::io(self.folder, "read the folder", error);
        for entry in fs::read_dir(self.folder).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            let name = name.to_string_lossy();
            if is_shard(&name) && !kept.iter().any(|kept| *kept == name) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }
}

const CONFIG: &str = "config.json";

/// Whether a file has the name of a shard, `model-00001-of-00002.safetensors`.
fn is_shard(name: &str) -> bool {
    let numbers = name
        .strip_prefix("model-")
        .and_then(|rest| rest.strip_suffix(".safetensors"))
        .and_then(|numbers| numbers.split_once("-of-"));
    let digits = |text: &str| text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(at, of)| digits(at) && digits(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_shards_are_names_of_shards() {
        assert!(is_shard("model-00001-of-00002.safetensors"));
        for name in [
            "model.safetensors",
            "model-00001-of-00002.bin",
            "model-one-of-two.safetensors",
            "model-00001.safetensors",
            "my-model-00001-of-00002.safetensors",
        ] {
            assert!(!is_shard(name), "{name}");
        }
    }
}
