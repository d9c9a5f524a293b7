//! A file, or an interval of one.

use std::path::{Path, PathBuf};

use dissensus_corpus::{Format, GenomicInterval};

use crate::Error;

/// What a path among the inputs means: a file, or one sequence or interval of it, as in
/// `genome.fa:chr3:1000-2000`.
///
/// What is there under the whole path is a file; otherwise it ends at the first colon behind the
/// name of a file of sequences.
///
/// ```
/// use dissensus_input::InputPath;
///
/// let found = InputPath::of("folder/genome.fa:chr3:1001-2000")?;
/// assert_eq!(found.file.to_str(), Some("folder/genome.fa"));
/// assert_eq!(
///     found.interval.map(|interval| (interval.start, interval.end)),
///     Some((1000, Some(2000)))
/// );
/// assert!(InputPath::of("folder/genome.fa")?.interval.is_none());
/// assert!(InputPath::of("genome.fa:chr3:9-1").is_err());
/// # Ok::<(), dissensus_input::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InputPath {
    /// The file.
    pub file: PathBuf,
    /// What of it is meant; all if none.
    pub interval: Option<GenomicInterval>,
}

impl InputPath {
    /// Understands a path.
    ///
    /// # Errors
    /// [`Error::Corpus`] for what stands behind a file and names no bases.
    pub fn of(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = path.to_string_lossy();
        let colons = text.match_indices(':').map(|(at, _)| at);
        let is_sequences = |at: &usize| match Format::of_name(&text[..*at], "") {
            Ok(Format::Fasta) => true,
            #[cfg(feature = "genbank")]
            Ok(Format::GenBank) => true,
            _ => Path::new(&text[..*at]).is_file(),
        };
        match colons.into_iter().find(is_sequences) {
            Some(at) if !path.exists() => Ok(Self {
                file: PathBuf::from(&text[..at]),
                interval: Some(text[at + 1..].parse()?),
            }),
            _ => Ok(Self {
                file: path.to_path_buf(),
                interval: None,
            }),
        }
    }
}
