//! How models are trained and texts are cut into tokens, in the same words in every program.

use std::path::Path;

use anyhow::Result;
use clap::Arg;
use dissensus_bert::{Budget, Config, Recipe, TrainingConfig};
use dissensus_ensemble::Existing;
use dissensus_lm::Bf16Way;
use dissensus_study::ArmParams;

use crate::{Bars, Products};

/// How models are trained; what is not given is as the program has it by default.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "How models are trained")]
pub struct Training {
    /// micro, tiny, 4m, 20m, 90m or no_transformer; tiny by default, micro with --quick
    #[arg(long)]
    pub preset: Option<String>,
    /// How to train: efficient, paper or learnt-positions
    #[arg(long, default_value_t = Recipe::default())]
    pub recipe: Recipe,
    /// Tokens that each model reads
    #[arg(long, conflicts_with = "epochs")]
    pub tokens: Option<u64>,
    /// Passes over the training set instead
    #[arg(long)]
    pub epochs: Option<u64>,
    /// Sequences a step; the recipe's by default
    #[arg(long)]
    pub batch: Option<usize>,
    /// Sequences a backward pass, to save memory; with several devices, a fraction of the batch for
    /// each by default
    #[arg(long)]
    pub micro_batch: Option<usize>,
    /// AdamW's peak learning rate; the recipe's by default
    #[arg(long)]
    pub learning_rate: Option<f64>,
    /// The precision of products.
    #[command(flatten)]
    pub products: Products,
}

/// The defaults of a program that trains one model, as its help shows them.
#[must_use]
pub fn one_model_defaults(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "preset" => arg.default_value("tiny"),
        "tokens" => arg.default_value("1000000"),
        "max_length" => arg.default_value("64"),
        "vocabulary" => arg.default_value("1024"),
        "kmer" => arg.default_value("4"),
        _ => arg,
    }
}

impl Training {
    /// The preset that was given, or another.
    #[must_use]
    pub fn preset_or<'a>(&'a self, other: &'a str) -> &'a str {
        self.preset.as_deref().unwrap_or(other)
    }

    /// The same, when it was said beside the bars what was chosen for this CPU.
    #[allow(
        clippy::must_use_candidate,
        reason = "it may be called for what it says"
    )]
    pub fn announced(&self, bars: &Bars) -> &Self {
        let way = Bf16Way::of_this_cpu();
        if let Some(said) = self.products.said(way) {
            bars.say(&said);
        }
        self
    }

    /// Checks, before anything is read, what would otherwise be refused after all was read and cut
    /// into tokens.
    ///
    /// # Errors
    /// A folder that already holds a run, where none is resumed; a preset that is not known;
    /// settings that are none.
    pub fn check(
        &self,
        preset: &str,
        training: &TrainingConfig,
        existing: Existing,
        folder: &Path,
    ) -> Result<()> {
        existing.check(folder)?;
        Config::preset(self.preset_or(preset))?;
        Ok(training.validate()?)
    }

    /// Settings in which stands what was given.
    #[must_use]
    pub fn apply(&self, mut config: TrainingConfig) -> TrainingConfig {
        let epochs = self.epochs.map(Budget::Epochs);
        let budget = epochs.or(self.tokens.map(Budget::Tokens));
        config.budget = budget.unwrap_or(config.budget);
        config.batch = self.batch.unwrap_or(config.batch);
        config.micro_batch = self.micro_batch.or(config.micro_batch);
        if self.products.bf16.is_some() {
            config.precision = self.products.precision(Bf16Way::of_this_cpu());
        }
        config.learning_rate = self.learning_rate.unwrap_or(config.learning_rate);
        config
    }
}

/// How texts are cut; what is not given is as the program has it by default.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "How texts are cut")]
pub struct Cutting {
    /// Positions of a sequence
    #[arg(long)]
    pub max_length: Option<usize>,
    /// Tokens that byte-pair encoding may learn, in entropy_study of text
    #[arg(long)]
    pub vocabulary: Option<usize>,
    /// Bases of a k-mer
    #[arg(long)]
    pub kmer: Option<usize>,
}

impl Cutting {
    /// Parameters in which stands what was given, under a recipe.
    #[must_use]
    pub fn params(&self, recipe: &Recipe) -> ArmParams {
        let mut params = ArmParams::default().with_recipe(recipe.clone());
        params.max_length = self.max_length.unwrap_or(params.max_length);
        params.vocabulary = self.vocabulary.unwrap_or(params.vocabulary);
        params.kmer = self.kmer.unwrap_or(params.kmer);
        params
    }
}
