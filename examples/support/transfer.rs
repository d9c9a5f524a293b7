//! Tasks, and how models are tuned to them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::Device;
use dissensus_bert::Recipe;
use dissensus_finetune::FineTuneParams;
use dissensus_lm::Devices;
use dissensus_study::{Architecture, Arm, FolderModel, TransferInput, TransferOptions};
use dissensus_task::{FoldParams, OnLeak, Task, TaskFolds};
use dissensus_transfer::TransferArm;

use crate::{Computing, Job};

/// What models are asked.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Tasks")]
pub struct StudyTasks {
    /// A folder with a task in each file or folder (tables, FASTA, manifests, published
    /// benchmarks); without it, built-in tasks
    #[arg(long)]
    pub tasks: Option<PathBuf>,
    /// FASTA files to pretrain on (plain, gz, zst); without any, the source of the built-in tasks
    #[arg(long, num_args = 1..)]
    pub dna: Vec<PathBuf>,
    /// Rows of a task at most, drawn at random
    #[arg(long, default_value_t = 2000)]
    pub rows: usize,
    /// Folds of a task that has no split of its own
    #[arg(long, default_value_t = 3)]
    pub folds: usize,
}

impl StudyTasks {
    /// The same as the study knows it; `quick` makes what is built in small.
    #[must_use]
    pub fn input(&self, quick: bool) -> TransferInput {
        let mut input = TransferInput::default();
        if quick {
            input = input.quick();
        }
        input.dna.clone_from(&self.dna);
        input.tasks.clone_from(&self.tasks);
        (input.rows, input.folds) = (self.rows, self.folds);
        input
    }

    /// Every file that is read.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.dna.iter().chain(&self.tasks)
    }
}

/// Which models are asked; what is not given is as the study has it by default.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Models")]
pub struct AskedModels {
    /// Tokenizers of what is pretrained: dna-char, dna-kmer, dna-bpe; all by default, none where
    /// folders are given
    #[arg(long, num_args = 1..)]
    pub tokenizers: Option<Vec<Arm>>,
    /// Folders of models that are there already, published or trained here, each as FOLDER or
    /// NAME=FOLDER
    #[arg(long, num_args = 1..)]
    pub model: Vec<String>,
    /// What is pretrained: bert, whose positions are learnt, or rotary, as the Nucleotide
    /// Transformer v2 [default: bert, --quick: rotary]
    #[arg(long)]
    pub architecture: Option<Architecture>,
    /// What weights come from: pretrained, random, no-transformer, shuffled, task-sequences
    #[arg(long, num_args = 1..)]
    pub arms: Option<Vec<TransferArm>>,
    /// micro, tiny, 4m, 20m or 90m
    #[arg(long)]
    pub preset: Option<String>,
    /// How to pretrain: efficient, paper or learnt-positions
    #[arg(long, default_value_t = Recipe::default())]
    pub recipe: Recipe,
    /// Bases that each model is pretrained on
    #[arg(long)]
    pub bases: Option<u64>,
    /// Bases of a window; longer sequences of tasks are cut to their middle
    #[arg(long)]
    pub window: Option<usize>,
    /// Seeds of each cell, and random twins
    #[arg(long)]
    pub seeds: Option<u64>,
}

impl AskedModels {
    /// The devices that share the work: several if anything is pretrained, as only that is shared.
    ///
    /// # Errors
    /// As [`Job::devices`] and [`Job::device`].
    pub fn devices(&self, job: &mut Job, computing: &Computing) -> Result<Devices> {
        let is_drawn = |arm: &TransferArm| *arm == TransferArm::Random;
        let all_drawn = self
            .arms
            .as_deref()
            .is_some_and(|arms| arms.iter().all(is_drawn));
        let asked = self.tokenizers_or(TransferOptions::default().tokenizers);
        if all_drawn || asked.is_empty() {
            return Ok(job.device(computing)?.into());
        }
        job.devices(computing)
    }

    /// What is pretrained: by default `all`, nothing where folders are given.
    fn tokenizers_or(&self, all: Vec<Arm>) -> Vec<Arm> {
        let all = if self.model.is_empty() { all } else { vec![] };
        self.tokenizers.clone().unwrap_or(all)
    }

    /// Options in which stands what was given.
    ///
    /// # Errors
    /// If the folder of a model cannot be opened.
    pub fn apply(
        &self,
        mut options: TransferOptions,
        devices: &Devices,
    ) -> Result<TransferOptions> {
        let device = devices.first();
        let folders = self.model.iter().map(|given| folder(given, device));
        options.folders = folders.collect::<Result<_>>()?;
        options.tokenizers = self.tokenizers_or(options.tokenizers);
        options.recipe = self.recipe.clone();
        options.architecture = self.architecture.unwrap_or(options.architecture);
        options.arms = self.arms.clone().unwrap_or(options.arms);
        options.preset = self.preset.clone().unwrap_or(options.preset);
        options.pretrain_bases = self.bases.unwrap_or(options.pretrain_bases);
        options.window = self.window.unwrap_or(options.window);
        options.seeds = self.seeds.unwrap_or(options.seeds);
        Ok(options.shared_by(devices.count()))
    }
}

fn folder(given: &str, device: &Device) -> Result<FolderModel> {
    let folder = given.split_once('=').map_or(given, |(_, folder)| folder);
    FolderModel::parse(given, device).with_context(|| folder.to_owned())
}

/// How models are tuned; what is not given is as the study has it by default.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Fine-tuning")]
pub struct Tuned {
    /// Passes of fine-tuning over the training rows, at most
    #[arg(long)]
    pub epochs: Option<u64>,
    /// Learning rates of fine-tuning, of which validation chooses
    #[arg(long, num_args = 1..)]
    pub rates: Option<Vec<f64>>,
    /// Ask frozen features alone
    #[arg(long)]
    pub frozen: bool,
}

impl Tuned {
    /// Parameters in which stands what was given; none if nothing is to be tuned.
    #[must_use]
    pub fn apply(&self, params: Option<FineTuneParams>) -> Option<FineTuneParams> {
        let params = params.filter(|_| !self.frozen)?;
        let rates = self.rates.clone().unwrap_or(params.rates.clone());
        let epochs = self.epochs.unwrap_or(params.epochs);
        let patience = params.patience;
        Some(params.with_rates(rates).with_epochs(epochs, patience))
    }
}

/// Which rows of one task are asked for, and how they are parted.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Rows of the task")]
pub struct TaskSample {
    /// Rows drawn at random; all by default
    #[arg(long)]
    pub rows: Option<usize>,
    /// Folds, where the task has no split
    #[arg(long, default_value_t = 5)]
    pub folds: usize,
    /// Learn from rows that nearly equal tested ones too, as published scores do
    #[arg(long)]
    pub keep_leaks: bool,
}

impl TaskSample {
    /// Opens the task and parts its rows.
    ///
    /// # Errors
    /// What cannot be read, or not be parted so.
    pub fn open(&self, path: &Path, seed: u64) -> Result<(Task, TaskFolds)> {
        let mut task = Task::open(path)?;
        if let Some(rows) = self.rows {
            task = task.sample(rows, seed)?;
        }
        let mut params = FoldParams::default().with_folds(self.folds).with_seed(seed);
        if self.keep_leaks {
            params = params.with_on_leak(OnLeak::Keep);
        }
        let folds = task.folds(&params)?;
        Ok((task, folds))
    }
}
