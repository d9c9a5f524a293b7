//! The whole study of entropy and disagreement: ensembles trained on text and DNA, every measure on
//! them, tables, figures and a page.
//!
//! For each [`Arm`] (data under a tokenizer) an ensemble is trained in a folder; then the output
//! distributions, the static embeddings and the Fisher information of its members are measured,
//! untrained and trained, against chance, with intervals over members.
//!
//! ```
//! use dissensus_study::{Arm, Options};
//! let options = Options::default();
//! assert_eq!(options.arms, Arm::PUBLISHED);
//! assert_eq!((options.members, options.max_length), (3, 32));
//! assert!(options.validate().is_ok());
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`run`], [`Options`], [`StudyOutcome`], [`StudyResults`] | the whole study, resumable |
//! | [`train_study_members`], [`measure_arms`], [`collect`], [`run_part`], [`StudyPart`] | the same by several processes |
//! | [`Arm`], [`ArmData`], [`ArmParams`], [`comparable_tokenizers`] | what is trained on, under which tokenizer |
//! | [`open_checkpoint`], [`member_folders`] | a folder of whatever architecture, to be measured; those of the members of a run |
//! | [`fisher_map`](fisher_map()), [`FisherMapParams`], [`FisherSubjects`], [`fisher_lines`], [`uniform_sequences`] | where the Fisher information of models sits |
//! | [`SurveyedSequence`], [`write_sequences`], [`sequences_json`] | the entropy of sequences without a model, beside their surrogates |
//! | [`StoredSequences`] | training sequences of files, as a trainer reads them |
//! | [`Follow`] | the Fisher information every so many steps of training |
//! | [`write()`], [`page`], [`findings`], [`figures`], [`headline`], [`of_ensemble`] | what was found: files, page, sentences, figures, tables |
//! | [`run_card`], [`RunFacts`], [`LossCurve`], [`loss_curves`], [`loss_chart`], [`FinishedRun`], [`results_text`], [`seal_results`] | what they need beside the results, and all of it read back |
//! | [`side_by_side`], [`page_of_runs`], [`run_names`] | several runs on one page |
//! | [`sweep()`], [`Grid`], [`SweepOutcome`] | ensembles on a grid of sources: entropy against distance |
//! | [`Correlation`], [`correlations`], [`sweep_findings`], [`sweep_tables`], [`write_sweep`] | what each measure follows over the grid |
//! | [`recipe_sweep`], [`RecipeSweep`], [`RecipeVariant`], [`RecipeCell`], [`recipe_table`], [`write_recipes`] | what each part of the recipe is worth in equal time |
//! | [`open_model`], [`AnyModel`], [`ModelWithTokenizer`], [`Tuning`], [`TuneSummary`] | a model of whatever architecture with its tokenizer: its random twins, its fine-tuned copies |
//! | [`StudyObserver`], [`StudyProgress`] | follows a study; the page of one that goes on |
//! | [`transfer`], [`TransferOptions`], [`TransferInput`], [`TransferData`], [`TransferTask`], [`TaskRows`] | pretrained models against random twins, frozen and fine-tuned, task by task |
//! | [`Architecture`], [`FolderModel`] | what is pretrained, and what is there already in folders |
//! | [`transfer_cells`], [`Share`], [`transfer_results`], [`TransferObserver`], [`TransferProgress`] | the same by several processes, cell by cell |
//! | [`TransferResults`], [`Pretraining`], [`TaskFacts`], [`write_transfer`], [`transfer_tables`], [`transfer_findings`] | what it found |
//!
//! What it does not do: print, look at a clock, or download anything.

mod any_model;
mod checkpoints;
mod entropy;
mod error;
mod fisher_map;
mod json;
mod observer;
mod present;
mod recipes;
mod sequence;
mod sweep;
mod transfer;

pub use any_model::{AnyModel, ModelWithTokenizer, TuneSummary, Tuning, open_model};
pub use checkpoints::{member_folders, open_checkpoint};
pub use entropy::{
    Arm, ArmData, ArmParams, Follow, Options, StoredSequences, StudyOutcome, StudyPart,
    StudyResults, collect, comparable_tokenizers, loss_chart, loss_curves, measure_arms, run,
    run_part, train_study_members,
};
pub use error::Error;
pub use fisher_map::{
    FisherMapParams, FisherSubjects, fisher_lines, fisher_map, uniform_sequences,
};
pub use observer::StudyObserver;
pub use present::{
    FileFacts, FinishedRun, LossCurve, RunFacts, StudyProgress, figures, findings, headline,
    long_table, of_ensemble, page, page_of_runs, results_text, run_card, run_names, seal_results,
    side_by_side, write,
};
pub use recipes::{
    RecipeCell, RecipeSweep, RecipeVariant, recipe_sweep, recipe_table, write_recipes,
};
pub use sequence::{SurveyedSequence, sequences_json, write_sequences};
pub use sweep::{
    Correlation, Grid, SweepOutcome, correlations, sweep, sweep_findings, sweep_tables, write_sweep,
};

pub use dissensus_transfer::CellKey;
pub use transfer::{
    Architecture, FolderModel, Pretraining, Share, TaskFacts, TaskRows, TransferData,
    TransferInput, TransferObserver, TransferOptions, TransferProgress, TransferResults,
    TransferTask, transfer, transfer_cells, transfer_findings, transfer_results, transfer_tables,
    write_transfer,
};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
