//! What the measures ask of a model.

use burn::tensor::Device;
use dissensus_fisher::{FisherParams, GroupSums};
use dissensus_lm::{Masked, MaskedLanguageModel, TrainableModel};

use crate::Error;

/// A masked-language model of any architecture that every measure can be taken of; object-safe.
///
/// Every [`TrainableModel`] that is a [`MaskedLanguageModel`] is one.
pub trait MeasuredModel: MaskedLanguageModel {
    /// Sums of its Fisher information by what the parameters do.
    ///
    /// # Errors
    /// [`Error::Fisher`] if a likelihood or gradient is not finite (it names the sequence), or if a sequence does not fit.
    fn fisher_sums(&self, how: &FisherParams, masked: &[Masked]) -> Result<GroupSums, Error>;

    /// A model of the same shape that nobody has trained.
    ///
    /// # Errors
    /// [`Error::Model`] if the model cannot be made on the device.
    fn random_twin(&self, seed: u64, device: &Device) -> Result<Box<dyn MeasuredModel>, Error>;
}

impl<M: TrainableModel + MaskedLanguageModel> MeasuredModel for M {
    fn fisher_sums(&self, how: &FisherParams, masked: &[Masked]) -> Result<GroupSums, Error> {
        Ok(how.group_sums(self, masked)?)
    }

    fn random_twin(&self, seed: u64, device: &Device) -> Result<Box<dyn MeasuredModel>, Error> {
        Ok(Box::new(M::fresh(self.config(), seed, device)?))
    }
}

impl MeasuredModel for Box<dyn MeasuredModel> {
    fn fisher_sums(&self, how: &FisherParams, masked: &[Masked]) -> Result<GroupSums, Error> {
        (**self).fisher_sums(how, masked)
    }

    fn random_twin(&self, seed: u64, device: &Device) -> Result<Box<dyn MeasuredModel>, Error> {
        (**self).random_twin(seed, device)
    }
}
