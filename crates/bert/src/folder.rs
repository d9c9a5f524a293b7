//! Hugging Face folders: `config.json` and the weights.

mod file;
mod keys;
mod number;
mod pickle;
mod safetensors;
mod tensors;
mod weights;
mod write;

use std::path::Path;

use burn::tensor::Device;

use crate::files::read;
use crate::{Config, Error, MaskedLm};
pub(crate) use file::{Format, TensorFile};
pub(crate) use tensors::Tensors;
pub(crate) use weights::Weights;
use write::Written;

impl Config {
    /// Reads and checks `config.json` in a folder.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Malformed`], [`Error::Config`].
    pub fn load(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let path = folder.as_ref().join("config.json");
        let config: Self = serde_json::from_slice(&read(&path)?)
            .map_err(|error| Error::malformed(&path, error))?;
        config.validate()?;
        Ok(config)
    }

    pub(crate) fn to_json(&self) -> String {
        let mut value = serde_json::json!(self);
        value["dtype"] = "float32".into();
        format!("{value:#}\n")
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
    /// [`Error::Io`], [`Error::Malformed`], [`Error::Config`], [`Error::MissingTensor`], [`Error::ExtraTensors`],
    /// [`Error::Shape`], [`Error::NonFiniteWeight`].
    pub fn load(folder: impl AsRef<Path>, device: &Device) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let config = Config::load(folder)?;
        let mut weights = Weights::open(folder)?;
        let model = Self::build(&config, &mut weights, device)?;
        weights.finish()?;
        Ok(model)
    }

    /// Writes `config.json` and `model.safetensors` for `BertForMaskedLM.from_pretrained`, each file whole or not at
    /// all.
    ///
    /// Over an old model the folder opens as the old one or the new one at every moment, also after a crash; over a model
    /// of another configuration, as either or not at all. The old model's shards and their index are deleted once the
    /// new file is there. Pickles stay: readers take safetensors before them.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        self.written(folder.as_ref()).as_file()
    }

    /// Writes `model-00001-of-0000N.safetensors` and so on, each with at most `max_bytes` of tensors (a tensor larger than
    /// that has a file of its own), and `model.safetensors.index.json`, as `transformers` writes them; what fits in one
    /// file is written by [`MaskedLm::save`].
    ///
    /// What `save` promises holds here too. The shards come first and the index after them; an old `model.safetensors`,
    /// which readers take before an index, is deleted last. Where new shards have the names of those that an old index
    /// lists, the new model is written as one file first, which stands in until the new index is there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save_sharded(&self, folder: impl AsRef<Path>, max_bytes: u64) -> Result<(), Error> {
        self.written(folder.as_ref()).as_shards(max_bytes)
    }

    fn written<'a>(&'a self, folder: &'a Path) -> Written<'a> {
        Written {
            folder,
            config: self.config(),
            tensors: self.to_tensors(),
        }
    }

    fn to_tensors(&self) -> Tensors {
        let mut tensors = Tensors::of_module(self, "");
        tensors.duplicate("cls.predictions.decoder.bias", "cls.predictions.bias");
        tensors
    }

    pub(crate) fn to_safetensors(&self, path: &Path) -> Result<Vec<u8>, Error> {
        self.to_tensors().to_bytes(path)
    }
}
