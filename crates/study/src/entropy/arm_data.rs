//! What one model is trained on, from files to masked sequences.

use std::fmt;
use std::path::Path;

use dissensus_bert::{Config, Data, MaskedLm, Masking, Recipe, TrainingConfig};
use dissensus_ensemble::{EnsembleObserver, Existing, Outcome, Plan, Run, train};
use dissensus_input::{Documents, SequenceParams, TokenCounts};
use dissensus_lm::Devices;
use dissensus_report::write_atomically;
use dissensus_tokenize::{Role, Tokenizer};

use super::{Arm, StoredSequences, loss_chart};
use crate::Error;

/// How documents become what a model of an arm is trained on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ArmParams {
    /// Positions of a sequence, special tokens included. Default 64.
    pub max_length: usize,
    /// Tokens that byte-pair encoding may have, special tokens included. Default 1024.
    pub vocabulary: usize,
    /// Bases of a k-mer. Default 4.
    pub kmer: usize,
    /// Sequences that the best checkpoint is chosen by. Default 256.
    pub evaluation: usize,
    /// What is masked. Default: the efficient recipe.
    pub recipe: Recipe,
}

impl Default for ArmParams {
    fn default() -> Self {
        Self {
            max_length: 64,
            vocabulary: 1024,
            kmer: 4,
            evaluation: 256,
            recipe: Recipe::default(),
        }
    }
}

impl ArmParams {
    /// Sets the positions of a sequence.
    #[must_use]
    pub fn with_max_length(self, max_length: usize) -> Self {
        Self { max_length, ..self }
    }

    /// Sets the tokens of byte-pair encoding.
    #[must_use]
    pub fn with_vocabulary(self, vocabulary: usize) -> Self {
        Self { vocabulary, ..self }
    }

    /// Sets the bases of a k-mer.
    #[must_use]
    pub fn with_kmer(self, kmer: usize) -> Self {
        Self { kmer, ..self }
    }

    /// Sets how many sequences the best checkpoint is chosen by.
    #[must_use]
    pub fn with_evaluation(self, evaluation: usize) -> Self {
        Self { evaluation, ..self }
    }

    /// Sets the recipe, which says what is masked.
    #[must_use]
    pub fn with_recipe(self, recipe: Recipe) -> Self {
        Self { recipe, ..self }
    }
}

/// What a model is trained on: masked sequences under a tokenizer.
///
/// ```
/// use dissensus_input::Modality;
/// use dissensus_measure::Input;
/// use dissensus_study::{Arm, ArmData, ArmParams};
/// let documents = Input::BuiltIn { symbols: 40_000, seed: 1 }.documents(Modality::Dna)?;
/// let params = ArmParams::default().with_kmer(3).with_max_length(32);
/// let found = ArmData::new(Arm::DnaKmer, &documents, &params)?;
/// // special tokens, words of three, single bases and N
/// assert_eq!(found.tokenizer.vocabulary().len(), 5 + 64 + 5);
/// assert!(found.data.sequence(0)?.len() <= 32);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ArmData {
    /// Sequences to learn from and to choose by, and what is masked.
    pub data: Data,
    /// What cut them.
    pub tokenizer: Box<dyn Tokenizer>,
    /// What became of the training documents.
    pub counts: TokenCounts,
    /// Positions of a sequence at most.
    pub positions: usize,
}

impl ArmData {
    /// Trains the tokenizer of an arm, where it is one that learns, and encodes every document
    /// once.
    ///
    /// # Errors
    /// [`Error::Tokenize`] for a tokenizer that cannot be made or has no token for masks,
    /// [`Error::Input`] for documents that cannot be read.
    pub fn new(arm: Arm, documents: &Documents, params: &ArmParams) -> Result<Self, Error> {
        let tokenizer = arm.tokenizer(documents, params.vocabulary, params.kmer)?;
        let sequences = SequenceParams::default()
            .with_max_length(params.max_length)
            .with_held_out(params.evaluation)
            .with_windows(0);
        let sets = documents.encode(tokenizer.as_ref(), &sequences)?;
        let masking = masking(&params.recipe, tokenizer.as_ref())?;
        let training = StoredSequences::new(sets.training);
        Ok(Self {
            data: Data::new(training, sets.evaluation.ids, masking),
            tokenizer,
            counts: sets.training_counts,
            positions: params.max_length,
        })
    }

    /// The plan of one model that is trained on it: a preset under a recipe, with the tokenizer's
    /// vocabulary and as many positions as the sequences need, at least those of the preset.
    ///
    /// # Errors
    /// [`Error::Bert`] for a preset that is not known, [`Error::Tokenize`] without a token for
    /// padding.
    pub fn plan_of_one(
        &self,
        preset: &str,
        recipe: &Recipe,
        training: TrainingConfig,
    ) -> Result<Plan<Config>, Error> {
        let pad = self.tokenizer.specials().require(Role::Pad)?;
        let size = self.tokenizer.vocabulary().len();
        let mut model = recipe.config(Config::preset(preset)?.with_vocabulary(size, pad));
        model.max_position_embeddings = model.max_position_embeddings.max(self.positions);
        Ok(Plan {
            members: 1,
            model,
            training,
            ..Plan::default()
        })
    }

    /// Trains the members of a plan on it in a folder and draws the loss of the first into
    /// `loss.svg`, also where it was interrupted.
    ///
    /// # Errors
    /// Those of [`train`]; [`Error::DivergedAt`] for a loss that is no number, with the batch's
    /// records in `batch.txt`.
    pub fn train(
        &self,
        folder: &Path,
        plan: &Plan<Config>,
        devices: &Devices,
        existing: Existing,
        observer: &mut dyn EnsembleObserver<MaskedLm>,
    ) -> Result<Outcome<Config>, Error> {
        let tokenizer = self.tokenizer.as_ref();
        let trained = train(
            folder, plan, &self.data, tokenizer, devices, existing, observer,
        );
        let outcome = trained.map_err(|error| self.with_batch(error, folder))?;
        let chart = loss_chart(&Run::open_unfinished(folder)?)?;
        write_atomically(&folder.join("loss.svg"), chart.to_svg()?.as_bytes())?;
        Ok(outcome)
    }

    /// An error of training, with the batch's records where it diverged.
    fn with_batch(&self, error: dissensus_ensemble::Error, folder: &Path) -> Error {
        let dissensus_ensemble::Error::Diverged { source, .. } = &error else {
            return error.into();
        };
        let dissensus_lm::Error::NonFinite { sequences, .. } = &**source else {
            return error.into();
        };
        let path = folder.join("batch.txt");
        let written = self.lines(sequences);
        let written = written.and_then(|text| Ok(write_atomically(&path, text.as_bytes())?));
        match written {
            Ok(()) => Error::DivergedAt {
                records: path,
                source: Box::new(error),
            },
            Err(error) => error,
        }
    }

    /// The text of training sequences, each on a line behind its number: what to look at where a
    /// batch gave no number.
    ///
    /// # Errors
    /// [`Error::Lm`] and [`Error::Tokenize`] for a sequence that cannot be read or decoded.
    pub fn lines(&self, sequences: &[usize]) -> Result<String, Error> {
        let line = |&index: &usize| {
            let text = self.tokenizer.decode(&self.data.sequence(index)?)?;
            Ok(format!("{index}\t{text}\n"))
        };
        sequences.iter().map(line).collect()
    }
}

impl fmt::Display for ArmData {
    /// How many sequences of how many tokens there are to learn from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, counts) = (self.data.training.len(), self.counts);
        let size = self.tokenizer.vocabulary().len();
        write!(f, "{count} sequences, {counts}, vocabulary {size}")
    }
}

/// The masks of a recipe, which leave special tokens alone.
pub(crate) fn masking(recipe: &Recipe, tokenizer: &dyn Tokenizer) -> Result<Masking, Error> {
    let specials = tokenizer.specials();
    let keep: Vec<u32> = specials.ids().collect();
    let size = tokenizer.vocabulary().len();
    Ok(recipe.masking(size, specials.require(Role::Mask)?, &keep))
}
