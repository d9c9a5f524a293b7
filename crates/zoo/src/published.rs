//! What every published architecture can do here.

use std::any::Any;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use dissensus_lm::{
    Batch, CausalLanguageModel, Encoder, MaskedLanguageModel, ModelConfig, Pass, parameter_shapes,
};

use crate::{DrawRule, Error, Family};

/// What the architectures of this crate tell its loader.
pub(crate) mod seal {
    use std::path::Path;

    use dissensus_lm::{CausalLanguageModel, MaskedLanguageModel, TrainableModel};

    use crate::Error;
    use crate::family::Evidence;

    /// An architecture of this crate.
    pub trait Sealed: TrainableModel {
        /// Corrects a configuration by what the file's tensors show, or says where it contradicts
        /// them.
        fn settle(
            config: &mut Self::Config,
            folder: &Path,
            evidence: &Evidence,
        ) -> Result<(), dissensus_lm::Error>;

        /// Checks what a folder holds beside the parameters.
        fn verify(_: &Self::Config, _: &Path, _: &Evidence) -> Result<(), Error> {
            Ok(())
        }

        /// Pairs of tensors that files may hold both, and that must not differ then.
        fn one_in_memory(_: &Self::Config) -> &'static [(&'static str, &'static str)] {
            &[]
        }

        /// More such pairs, of which the model has the first alone, where their names depend on the
        /// configuration.
        fn copies(_: &Self::Config) -> Vec<(String, String)> {
            Vec::new()
        }

        /// The model, if it predicts masked tokens.
        fn masked(&self) -> Option<&dyn MaskedLanguageModel>;

        /// The model, if it predicts next tokens.
        fn causal(&self) -> Option<&dyn CausalLanguageModel>;
    }
}

/// A published architecture, known at compile time: what training needs. Made in this crate alone.
pub trait Published: seal::Sealed {
    /// Which family.
    const FAMILY: Family;

    /// How a random twin's parameters are drawn; of the rules that fit a name the first counts.
    fn draws(config: &Self::Config) -> Vec<DrawRule>;

    /// The hidden states that the published code returns, which may be others than
    /// [`Encoder::hidden_states`].
    fn published_hidden_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        self.hidden_states(batch, pass)
    }
}

/// A published model of whatever family: what the analyses need.
pub trait ZooModel: Encoder {
    /// Which family.
    fn family(&self) -> Family;

    /// The model as one that predicts masked tokens; none for causal ones, and for encoders without
    /// a head.
    fn masked(&self) -> Option<&dyn MaskedLanguageModel>;

    /// The model as one that predicts next tokens; none for masked ones.
    fn causal(&self) -> Option<&dyn CausalLanguageModel>;

    /// The hidden states that the published code returns.
    fn published_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>>;

    /// Names and shapes of the parameters.
    fn parameters(&self) -> Vec<(String, Vec<usize>)>;

    /// The contents of `config.json`.
    fn config_json(&self) -> String;

    /// A model of the same configuration with fresh weights, drawn as the published code draws
    /// them.
    ///
    /// Every parameter draws from a stream of its own name, so twins of one seed agree wherever
    /// their parameters do.
    ///
    /// # Errors
    /// [`Error::NoDraw`].
    fn random_twin(&self, seed: u64, device: &Device) -> Result<Box<dyn ZooModel>, Error>;

    /// Writes `config.json` and `model.safetensors`, which [`load`](crate::load) and the published
    /// code read, each file whole or not at all.
    ///
    /// # Errors
    /// [`Error::Model`] if a file cannot be written.
    fn save(&self, folder: &Path) -> Result<(), Error>;

    /// Writes shards of at most `max_bytes` of tensors and their index instead of one file.
    ///
    /// # Errors
    /// [`Error::Model`] if a file cannot be written.
    fn save_sharded(&self, folder: &Path, max_bytes: u64) -> Result<(), Error>;

    /// The model as its own type, for `downcast`.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<M: Published> ZooModel for M {
    fn family(&self) -> Family {
        M::FAMILY
    }

    fn masked(&self) -> Option<&dyn MaskedLanguageModel> {
        seal::Sealed::masked(self)
    }

    fn causal(&self) -> Option<&dyn CausalLanguageModel> {
        seal::Sealed::causal(self)
    }

    fn published_states(&self, batch: &Batch, pass: &Pass) -> Vec<Tensor<3>> {
        self.published_hidden_states(batch, pass)
    }

    fn parameters(&self) -> Vec<(String, Vec<usize>)> {
        parameter_shapes(self)
    }

    fn config_json(&self) -> String {
        self.config().to_json()
    }

    fn random_twin(&self, seed: u64, device: &Device) -> Result<Box<dyn ZooModel>, Error> {
        Ok(Box::new(M::fresh(self.config(), seed, device)?))
    }

    fn save(&self, folder: &Path) -> Result<(), Error> {
        Ok(self.folder(folder).as_file()?)
    }

    fn save_sharded(&self, folder: &Path, max_bytes: u64) -> Result<(), Error> {
        Ok(self.folder(folder).as_shards(max_bytes)?)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
