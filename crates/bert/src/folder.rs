//! Hugging Face folders: `config.json` and the weights.

mod file;
mod keys;
mod number;
mod pickle;
mod safetensors;
mod tensors;
mod weights;

use std::path::Path;

use burn::tensor::Device;

use crate::files::{create_folder, read, write_atomically};
use crate::{Config, Error, MaskedLm};
pub(crate) use file::{Format, TensorFile};
pub(crate) use tensors::Tensors;
pub(crate) use weights::Weights;

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
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        let folder = folder.as_ref();
        create_folder(folder)?;
        let path = folder.join("model.safetensors");
        write_atomically(&path, &self.to_safetensors(&path)?)?;
        write_atomically(
            &folder.join("config.json"),
            self.config().to_json().as_bytes(),
        )
    }

    pub(crate) fn to_safetensors(&self, path: &Path) -> Result<Vec<u8>, Error> {
        let mut tensors = Tensors::of_module(self, "");
        tensors.duplicate("cls.predictions.decoder.bias", "cls.predictions.bias");
        tensors.to_bytes(path)
    }
}
