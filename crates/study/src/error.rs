//! What can go wrong in a study.

use std::path::PathBuf;

/// Why a study could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name that is no arm.
    #[error(
        "no arm is called {name:?}, expected text-bpe, text-bpe-spaces, dna-bpe, dna-kmer or dna-char"
    )]
    UnknownArm {
        /// The name.
        name: String,
    },
    /// An option outside its range.
    #[error("{option} is {found}, expected {expected}")]
    Option {
        /// Which option.
        option: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Reading, cleaning, splitting or tokenizing failed.
    #[error(transparent)]
    Input(#[from] dissensus_input::Error),
    /// Training or using a tokenizer failed.
    #[error(transparent)]
    Tokenize(#[from] dissensus_tokenize::Error),
    /// A model could not be built, read or run.
    #[error(transparent)]
    Bert(#[from] dissensus_bert::Error),
    /// A published model or its tokenizer could not be opened, or drawn anew.
    #[error(transparent)]
    Zoo(#[from] dissensus_zoo::Error),
    /// Sequences, masks, files or training of a model were refused.
    #[error(transparent)]
    Lm(#[from] dissensus_lm::Error),
    /// An ensemble could not be trained or read back.
    #[error(transparent)]
    Ensemble(#[from] dissensus_ensemble::Error),
    /// A loss that is no number.
    #[error("{source}; the batch's records are in {}", records.display())]
    DivergedAt {
        /// Where the texts of the batch stand.
        records: PathBuf,
        /// Of which member, after how many steps.
        source: Box<dissensus_ensemble::Error>,
    },
    /// Something could not be measured, or the documents not be read.
    #[error(transparent)]
    Measure(#[from] dissensus_measure::Error),
    /// A sequence could not be shuffled or resampled.
    #[error(transparent)]
    Corpus(#[from] dissensus_corpus::Error),
    /// The entropy of a sequence could not be estimated.
    #[error(transparent)]
    Reference(#[from] dissensus_reference::Error),
    /// The source behind the data could not answer.
    #[error(transparent)]
    Source(#[from] dissensus_source::Error),
    /// An interval could not be taken.
    #[error(transparent)]
    Stats(#[from] dissensus_stats::Error),
    /// A model could not be fine-tuned.
    #[error(transparent)]
    Finetune(#[from] dissensus_finetune::Error),
    /// A probe of frozen features was refused.
    #[error(transparent)]
    Probe(#[from] dissensus_probe::Error),
    /// A task could not be opened or folded.
    #[error(transparent)]
    Task(#[from] dissensus_task::Error),
    /// The cells of a transfer study could not be planned, kept or compared.
    #[error(transparent)]
    Transfer(#[from] dissensus_transfer::Error),
    /// A result could not be shown or written.
    #[error(transparent)]
    Report(#[from] dissensus_report::Error),
    /// A folder or file could not be used.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is not the one that was written.
    #[error("{}: {problem}; {advice}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// How it differs.
        problem: String,
        /// What to do.
        advice: &'static str,
    },
    /// A file whose results cannot be shown.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: dissensus_report::Error,
    },
    /// A file that is not valid JSON.
    #[error("{}: {source}", path.display())]
    Json {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}
