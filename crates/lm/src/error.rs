//! What can go wrong.

use std::path::{Path, PathBuf};

use dissensus_kernels::names::few;

/// Everything this crate reports instead of panicking.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field of a configuration has a value that it cannot have.
    #[error("{}: field `{field}` is {value}, expected {expected}", path.as_ref().map_or("config".into(), |path| path.display().to_string()))]
    Config {
        /// The file that it was read from, if any.
        path: Option<PathBuf>,
        /// Name of the field, as in `config.json`.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        expected: String,
    },
    /// There is no device of this name.
    #[error("device `{name}` is unknown, expected {}", crate::device::NAMES)]
    UnknownDevice {
        /// The name asked for.
        name: String,
    },
    /// A list of devices is empty.
    #[error(
        "the list of devices is empty, expected at least one of {}",
        crate::device::NAMES
    )]
    NoDevice,
    /// A list of devices names a card twice.
    #[error("device `{name}` is listed twice; a card computes one thing after the other")]
    DeviceTwice {
        /// The name as it stands the second time.
        name: String,
    },
    /// The device exists but cannot be used here.
    #[error("device `{name}` cannot be used: {missing}")]
    DeviceUnavailable {
        /// The name asked for.
        name: String,
        /// What is missing, and where it comes from.
        missing: String,
    },
    /// A token id is not in the vocabulary.
    #[error(
        "sequence {sequence}, position {position}: token id {id} is not below the vocabulary size {vocabulary}"
    )]
    TokenOutOfRange {
        /// Index of the sequence.
        sequence: usize,
        /// Position in it.
        position: usize,
        /// The id.
        id: u32,
        /// The vocabulary size.
        vocabulary: usize,
    },
    /// A sequence is longer than the model has positions.
    #[error("sequence {sequence} has {length} tokens, the model has {limit} positions")]
    SequenceTooLong {
        /// Index of the sequence.
        sequence: usize,
        /// Its number of tokens.
        length: usize,
        /// The model's number of positions.
        limit: usize,
    },
    /// The positions given for a batch do not fit it.
    #[error("sequence {sequence}: got {found}, expected {expected}")]
    Positions {
        /// Index of the sequence.
        sequence: usize,
        /// How many there are, or the one that is wrong.
        found: usize,
        /// What was expected.
        expected: String,
    },
    /// A set of sequences is empty, or a sequence in it is.
    #[error("{what} is empty")]
    Empty {
        /// What is empty.
        what: String,
    },
    /// A file or folder could not be read or written.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A sequence to learn from could not be read from where it is kept.
    #[error("training sequence {index}: cannot be read: {source}")]
    Sequence {
        /// Its number, from 0.
        index: usize,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what its name says.
    #[error("{}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// A parameter is not in the file.
    #[error("{}: tensor `{name}` is missing, expected shape {expected:?}", path.display())]
    MissingTensor {
        /// The file or folder.
        path: PathBuf,
        /// The parameter's name.
        name: String,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// The file has tensors the model has no place for.
    #[error("{}: tensors the configuration has no place for: {}", path.display(), few(names))]
    ExtraTensors {
        /// The file or folder.
        path: PathBuf,
        /// Their names.
        names: Vec<String>,
    },
    /// Two tensors of the files stand for one parameter.
    #[error(
        "{}: tensor `{second}` stands for the parameter that `{first}` of {} gives already",
        path.display(), other.display()
    )]
    TensorTwice {
        /// The file of the second.
        path: PathBuf,
        /// Its key.
        second: String,
        /// The file of the first.
        other: PathBuf,
        /// Its key.
        first: String,
    },
    /// A file holds a tensor that should repeat another one, with other values.
    #[error(
        "{}: tensor `{name}` differs from `{original}`, which it repeats when the configuration ties them, at element {index}: \
         {found} and {expected}; set `tie_word_embeddings` to false if both are meant",
        path.display()
    )]
    Contradiction {
        /// The file or folder.
        path: PathBuf,
        /// Key of the copy.
        name: String,
        /// The parameter it should repeat.
        original: String,
        /// First element where they differ, row-major.
        index: usize,
        /// The parameter's value there.
        expected: f32,
        /// The copy's.
        found: f32,
    },
    /// The list of a model's shards does not say what the shards hold.
    #[error("{}: lists tensor `{name}` in {listed}, {found}", path.display())]
    Index {
        /// The list.
        path: PathBuf,
        /// The tensor's key.
        name: String,
        /// Where it should be.
        listed: String,
        /// Where it is.
        found: String,
    },
    /// A tensor does not have the shape that the configuration asks for.
    #[error("{}: tensor `{name}` has shape {found:?}, the configuration asks for {expected:?}", path.display())]
    Shape {
        /// The file or folder.
        path: PathBuf,
        /// The parameter's name.
        name: String,
        /// The shape it should have.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A tensor holds NaN or an infinity.
    #[error("{}: tensor `{name}` holds {value} at element {index}, expected finite weights", path.display())]
    NonFiniteWeight {
        /// The file or folder.
        path: PathBuf,
        /// The parameter's name.
        name: String,
        /// Index of the first such element, row-major.
        index: usize,
        /// NaN or an infinity.
        value: f32,
    },
    /// A file of a checkpoint is not the one that was written.
    #[error("{}: {problem}; {advice}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How it differs.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// The loss or the gradient stopped being a number.
    #[error("step {step}: {what} is {value}; the batch has sequences {sequences:?}")]
    NonFinite {
        /// The step that was not taken.
        step: u64,
        /// Loss or gradient norm.
        what: &'static str,
        /// Its value.
        value: f64,
        /// Indices of the batch's sequences in the training set.
        sequences: Vec<usize>,
    },
    /// A checkpoint was made from other data or settings than those given to resume it.
    #[error("{}: cannot resume: {what} was {saved}, now {given}", path.display())]
    ResumeMismatch {
        /// The checkpoint.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// As saved.
        saved: String,
        /// As given.
        given: String,
    },
    /// What only one architecture can say.
    #[error(transparent)]
    Architecture(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// An error that only one architecture can have.
    pub fn architecture(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Architecture(Box::new(error))
    }

    /// Says what a field of a configuration may be where it is not: [`Error::Config`] unless it
    /// `holds`.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn check_field(
        holds: bool,
        field: &'static str,
        value: impl ToString,
        expected: &str,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self::Config {
            path: None,
            field,
            value: value.to_string(),
            expected: expected.to_string(),
        })
    }

    /// The same of a configuration that was read from a file: [`Error::Config`] names it then,
    /// other errors stay as they are.
    #[must_use]
    pub fn in_file(self, file: &Path) -> Self {
        match self {
            Self::Config {
                field,
                value,
                expected,
                ..
            } => Self::Config {
                path: Some(file.to_path_buf()),
                field,
                value,
                expected,
            },
            other => other,
        }
    }

    pub(crate) fn io(
        path: impl Into<PathBuf>,
        action: &'static str,
        source: std::io::Error,
    ) -> Self {
        Self::Io {
            path: path.into(),
            action,
            source,
        }
    }

    pub(crate) fn malformed(path: impl Into<PathBuf>, problem: impl ToString) -> Self {
        Self::Malformed {
            path: path.into(),
            problem: problem.to_string(),
        }
    }

    pub(crate) fn empty(what: impl Into<String>) -> Self {
        Self::Empty { what: what.into() }
    }
}
