//! What can go wrong with a measure.

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An input of files without a file.
    #[error("no file was given, expected at least one")]
    NoFiles,
    /// Documents that give no sequence.
    #[error("{documents} documents give no sequence of {shortest} tokens or more")]
    NoSequences {
        /// Number of documents.
        documents: usize,
        /// Tokens that a sequence needs.
        shortest: usize,
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
    /// Models that cannot be compared with each other.
    #[error("{what} of member {member} is {found}, expected {expected} as in the first member")]
    Unmatched {
        /// What differs.
        what: &'static str,
        /// Index of the member.
        member: usize,
        /// Its value.
        found: String,
        /// The first member's.
        expected: String,
    },
    /// Reading, cleaning or splitting failed.
    #[error(transparent)]
    Corpus(#[from] dissensus_corpus::Error),
    /// Training or using a tokenizer failed.
    #[error(transparent)]
    Tokenize(#[from] dissensus_tokenize::Error),
    /// A model could not be built, read or run.
    #[error(transparent)]
    Bert(#[from] dissensus_bert::Error),
    /// Sequences, masks, files or training of a model were refused.
    #[error(transparent)]
    Lm(#[from] dissensus_lm::Error),
    /// The source behind the data could not answer.
    #[error(transparent)]
    Source(#[from] dissensus_source::Error),
    /// Distributions could not be compared.
    #[error(transparent)]
    Divergence(#[from] dissensus_divergence::Error),
    /// Embedding tables could not be compared.
    #[error(transparent)]
    Alignment(#[from] dissensus_alignment::Error),
    /// Fisher information could not be taken.
    #[error(transparent)]
    Fisher(#[from] dissensus_fisher::Error),
    /// An interval could not be taken.
    #[error(transparent)]
    Stats(#[from] dissensus_stats::Error),
    /// A result could not be shown or written.
    #[error(transparent)]
    Report(#[from] dissensus_report::Error),
}
