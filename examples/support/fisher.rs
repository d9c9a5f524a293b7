//! Which Fisher information is taken.

use std::num::NonZeroUsize;

use clap::ValueEnum;
use dissensus_fisher::{FisherParams, LabelChoice, Sample, Tokens};
use dissensus_study::{FisherMapParams, FisherSubjects};

/// What stands beside trained models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Control {
    /// Fresh models of the same shape.
    Init,
    /// Nothing.
    None,
}

/// What an example is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Example {
    /// The summed log-likelihood of a sequence.
    Sequence,
    /// Each masked token, by one draw of random signs.
    Token,
}

/// What is squared and of what it is the gradient.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "What is taken")]
pub struct FisherExample {
    /// What stands beside them
    #[arg(long, value_enum, default_value = "init")]
    pub control: Control,
    /// What one example is
    #[arg(long, value_enum, default_value = "sequence")]
    pub sample: Example,
    /// Draw the labels from the model with this seed instead of taking the observed ones
    #[arg(long)]
    pub sampled_labels: Option<u64>,
    /// The model's own Fisher information instead of the empirical one: all labels, each with its
    /// probability, by the mean of so many draws of random signs (Hutchinson's estimator)
    #[arg(long, value_name = "DRAWS", conflicts_with = "sampled_labels",
          num_args = 0..=1, default_missing_value = "1")]
    pub hutchinson: Option<NonZeroUsize>,
    /// Batch sizes of the variant that squares mean gradients of batches
    #[arg(long, num_args = 0.., default_values_t = [1, 2, 4, 8, 16, 32])]
    pub batches: Vec<usize>,
}

impl FisherExample {
    /// On how many devices models can be that are there at once: so many trained ones and the fresh
    /// ones beside them, each on the device behind that of its own; or one that is fresh itself.
    #[must_use]
    pub fn models(&self, trained: usize) -> usize {
        match (trained, self.control) {
            (0, _) => 1,
            (_, Control::Init) => trained + 1,
            (_, Control::None) => trained,
        }
    }

    /// The same as the study knows it; the seed is that of all signs and of fresh models.
    #[must_use]
    pub fn params(&self, seed: u64) -> FisherMapParams {
        let sample = match self.sample {
            Example::Sequence => Sample::Sequence,
            Example::Token => Sample::Token,
        };
        let labels = match (self.hutchinson, self.sampled_labels) {
            (Some(_), _) => LabelChoice::Hutchinson { seed },
            (None, Some(seed)) => LabelChoice::Sampled { seed },
            (None, None) => LabelChoice::Observed,
        };
        let subjects = match self.control {
            Control::Init => FisherSubjects::Both,
            Control::None => FisherSubjects::Trained,
        };
        let fisher = FisherParams::default()
            .with_sample(sample)
            .with_labels(labels)
            .with_draws(self.hutchinson.map_or(1, NonZeroUsize::get))
            .with_tokens(Tokens::Signs { seed });
        FisherMapParams::default()
            .with_fisher(fisher)
            .with_batches(self.batches.clone())
            .with_subjects(subjects)
            .with_seed(seed)
    }
}
