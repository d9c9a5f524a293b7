//! What the measures ask of a model, and how a folder becomes one.

use std::fmt;
use std::path::Path;

use burn::tensor::Device;
use dissensus_fisher::{FisherParams, GroupSums};
use dissensus_lm::{Masked, MaskedLanguageModel, TrainableModel};
use dissensus_tokenize::{Tokenizer, load};

use crate::Error;

/// A masked-language model of any architecture that every measure can be taken of; object-safe.
///
/// Every [`TrainableModel`] that is a [`MaskedLanguageModel`] is one.
pub trait MeasuredModel: MaskedLanguageModel {
    /// Sums of its Fisher information by what the parameters do.
    ///
    /// # Errors
    /// [`Error::Fisher`] if a likelihood or gradient is not finite (it names the sequence), or if a
    /// sequence does not fit.
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

/// A model of which every measure can be taken, read from a folder.
pub struct MeasuredCheckpoint {
    /// Name of the architecture: models of one architecture and the same sizes must share their
    /// tokenizer.
    pub architecture: &'static str,
    /// The model.
    pub model: Box<dyn MeasuredModel>,
    /// What made tokens of its texts.
    pub tokenizer: Box<dyn Tokenizer>,
}

impl fmt::Debug for MeasuredCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct(self.architecture);
        shown.field("sizes", &self.model.sizes()).finish()
    }
}

/// What a folder holds.
#[derive(Debug)]
pub enum OpenedFolder {
    /// A model of which every measure can be taken.
    Measured(MeasuredCheckpoint),
    /// A model of which the measures cannot be taken.
    Unmeasured {
        /// Why, to stand behind the folder's name.
        reason: String,
    },
}

/// Opens a folder on a device: of one architecture [`open_folder`], or whatever its files name.
pub type OpenFolder<'a> = dyn Fn(&Path, &Device) -> Result<OpenedFolder, Error> + 'a;

/// Opens a folder of one architecture, known at compile time.
///
/// # Errors
/// [`Error::Model`] if the folder cannot be read or holds something else, [`Error::Tokenize`] for
/// its tokenizer.
pub fn open_folder<M>(folder: &Path, device: &Device) -> Result<OpenedFolder, Error>
where
    M: TrainableModel + MaskedLanguageModel,
{
    Ok(OpenedFolder::Measured(MeasuredCheckpoint {
        architecture: std::any::type_name::<M>(),
        model: Box::new(M::open(folder, device)?),
        tokenizer: load(folder)?,
    }))
}
