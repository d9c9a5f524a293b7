//! Hugging Face folders: `config.json` and the weights.

use std::path::Path;

use burn::tensor::Device;
use dissensus_lm::{ModelConfig, TrainableModel};

use crate::{Config, Error, MaskedLm};

impl Config {
    /// Reads and checks `config.json` in a folder.
    ///
    /// # Errors
    /// [`Error::Model`]: the file cannot be read, or a field is wrong.
    pub fn load(folder: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(<Self as ModelConfig>::open(folder.as_ref())?)
    }
}

impl MaskedLm {
    /// Opens a folder that `transformers` (or [`MaskedLm::save`]) wrote. No code of a pickle runs.
    ///
    /// | accepts | as |
    /// |---|---|
    /// | `model.safetensors`, or its shards with `model.safetensors.index.json` | f32, f16, bf16, f64 |
    /// | where there is neither: `pytorch_model.bin`, or its shards with `pytorch_model.bin.index.json` | the same |
    /// | a pickle with its state dictionary under `state_dict` or `model` | the same |
    /// | `LayerNorm.gamma`, `LayerNorm.beta` | `weight`, `bias` |
    /// | names with and without `bert.` in front | the same |
    /// | no `cls.predictions.decoder.weight` | the word table, if the configuration ties them |
    /// | `cls.predictions.bias` | `cls.predictions.decoder.bias` |
    /// | pooler, next-sentence head, `position_ids` | left out |
    ///
    /// # Errors
    /// [`Error::Model`]: a file cannot be read, is damaged, lacks a tensor, has one too many, one
    /// of another shape, or one that is not finite.
    pub fn load(folder: impl AsRef<Path>, device: &Device) -> Result<Self, Error> {
        Ok(<Self as TrainableModel>::open(folder.as_ref(), device)?)
    }

    /// Writes `config.json` and `model.safetensors` for `BertForMaskedLM.from_pretrained`, each
    /// file whole or not at all.
    ///
    /// Over an old model the folder opens as the old one or the new one at every moment, also after
    /// a crash; over a model of another configuration, as either or not at all. The old model's
    /// shards and their index are deleted once the new file is there. Pickles stay: readers take
    /// safetensors before them.
    ///
    /// # Errors
    /// [`Error::Model`] if a file cannot be written.
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        Ok(self.folder(folder.as_ref()).as_file()?)
    }

    /// Writes shards of at most `max_bytes` of tensors and `model.safetensors.index.json`, as
    /// `transformers` writes them:
    /// [`ModelFolder::as_shards`](dissensus_lm::ModelFolder::as_shards).
    ///
    /// # Errors
    /// [`Error::Model`] if a file cannot be written.
    pub fn save_sharded(&self, folder: impl AsRef<Path>, max_bytes: u64) -> Result<(), Error> {
        Ok(self.folder(folder.as_ref()).as_shards(max_bytes)?)
    }
}
