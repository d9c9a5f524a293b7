//! What can go wrong with a run.

use std::path::{Path, PathBuf};

use dissensus_kernels::checked::{Damage, Problem};

/// Why a run could not be started, continued or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A plan that cannot be carried out.
    #[error("plan: {field} is {found}, expected {expected}")]
    Plan {
        /// Which field.
        field: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// A folder that already holds a run.
    #[error("{}: already holds a run; resume it, or name another folder", folder.display())]
    AlreadyThere {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder that another process works in.
    #[error("{}: in use by another process; wait for it, or name another folder", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder that holds a run with another plan or other data.
    #[error(
        "{}: holds a run with {field} = {saved}, asked for was {given}; nothing was changed; name another folder",
        folder.display()
    )]
    OtherPlan {
        /// The folder.
        folder: PathBuf,
        /// The first field that differs.
        field: String,
        /// Its value in the folder.
        saved: String,
        /// Its value in the plan given.
        given: String,
    },
    /// A folder without a run, or with a member that is not finished.
    #[error("{}: {problem}", folder.display())]
    NoRun {
        /// The folder.
        folder: PathBuf,
        /// What is missing.
        problem: String,
    },
    /// A model whose vocabulary is not the tokenizer's.
    #[error("the model has {model} tokens, the tokenizer {tokenizer}; they must be the same")]
    Vocabulary {
        /// Rows of the model's table.
        model: usize,
        /// Size of the tokenizer's vocabulary.
        tokenizer: usize,
    },
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that does not hold what it should.
    #[error("{}: {problem}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file of a run is not the one that was written.
    #[error("{}: {problem}; {advice}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// How it differs.
        problem: String,
        /// What to do.
        advice: &'static str,
    },
    /// The model or its training failed.
    #[error("member {member}: {source}")]
    Member {
        /// Index of the member.
        member: usize,
        /// What happened.
        source: dissensus_lm::Error,
    },
    /// A member's loss, gradient or weights stopped being numbers.
    #[error(
        "member {member}: {source}; {}; a smaller learning rate in another folder may help",
        last_good(checkpoint.as_deref())
    )]
    Diverged {
        /// Index of the member.
        member: usize,
        /// The step, and the batch's sequences.
        source: Box<dissensus_lm::Error>,
        /// The last good checkpoint, if one was written.
        checkpoint: Option<PathBuf>,
    },
    /// Threads for members side by side could not be started.
    #[error("cannot start threads: {0}")]
    Threads(rayon::ThreadPoolBuildError),
    /// The tokenizer could not be written or read.
    #[error(transparent)]
    Tokenizer(#[from] dissensus_tokenize::Error),
}

impl Error {
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_path_buf(),
            source,
        }
    }

    pub(crate) fn damaged(damage: Damage, advice: &'static str) -> Self {
        match damage.problem {
            Problem::Unreadable(source) => Self::file(&damage.path, source),
            problem => Self::Damaged {
                path: damage.path,
                problem: problem.to_string(),
                advice,
            },
        }
    }

    pub(crate) fn malformed(path: &Path, problem: impl ToString) -> Self {
        Self::Malformed {
            path: path.to_path_buf(),
            problem: problem.to_string(),
        }
    }

    pub(crate) fn member(member: usize) -> impl Fn(dissensus_lm::Error) -> Self {
        move |source| Self::Member { member, source }
    }
}

fn last_good(checkpoint: Option<&Path>) -> String {
    match checkpoint {
        Some(path) => format!("the last good checkpoint is {}", path.display()),
        None => "no checkpoint was written yet".into(),
    }
}
