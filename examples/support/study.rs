//! What a study is asked to do, beside what it reads.

use dissensus_ensemble::Coupling;
use dissensus_study::{Arm, Options};

use crate::{Cutting, Training};

/// Which ensembles are trained, and what they are asked; what is not given is as the study has it
/// by default.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "What is trained and measured")]
pub struct StudySettings {
    /// Ensembles to train: text-bpe, text-bpe-spaces, dna-bpe, dna-kmer, dna-char
    #[arg(long, num_args = 1.., default_values_t = Arm::PUBLISHED)]
    pub arms: Vec<Arm>,
    /// Members of each ensemble
    #[arg(long)]
    pub members: Option<usize>,
    /// Let the members' masks differ too, as the published code does
    #[arg(long)]
    pub as_published: bool,
    /// Fractions of the training at which the members are measured too
    #[arg(long, num_args = 0..)]
    pub along: Option<Vec<f64>>,
    /// Sequences that predictions are measured on
    #[arg(long)]
    pub analysis_sequences: Option<usize>,
    /// Steps between two looks at the Fisher information during training; none by default
    #[arg(long, default_value_t = 0)]
    pub fisher_every: u64,
    /// Tokens that byte-pair encoding of DNA may have
    #[arg(long)]
    pub dna_vocabulary: Option<usize>,
    #[command(flatten)]
    pub cutting: Cutting,
    #[command(flatten)]
    pub training: Training,
}

impl StudySettings {
    /// Options in which stands what was given.
    #[must_use]
    pub fn apply(&self, mut options: Options) -> Options {
        options = options.with_recipe(self.training.recipe.clone());
        options.training = self.training.apply(options.training);
        options.preset = self.training.preset_or(&options.preset).into();
        options.arms.clone_from(&self.arms);
        options.members = self.members.unwrap_or(options.members);
        if self.as_published {
            options.coupling = Coupling::AsPublished;
        }
        options.along = self.along.clone().unwrap_or(options.along);
        let sequences = self.analysis_sequences;
        options.analysis_sequences = sequences.unwrap_or(options.analysis_sequences);
        options.fisher_every = self.fisher_every;
        let Cutting {
            max_length,
            vocabulary,
            kmer,
        } = self.cutting;
        options.max_length = max_length.unwrap_or(options.max_length);
        options.vocabulary = vocabulary.unwrap_or(options.vocabulary);
        options.dna_vocabulary = self.dna_vocabulary.unwrap_or(options.dna_vocabulary);
        options.kmer = kmer.unwrap_or(options.kmer);
        options
    }
}
