//! How files are read and divided.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::file::{InputFile, intervals};
use crate::{Error, Modality};

/// How files become documents of three sets.
///
/// ```
/// use dissensus_input::{InputParams, Modality};
///
/// let params = InputParams::new(Modality::Dna).with_gap(5000);
/// assert_eq!((params.document, params.evaluation, params.gap), (8192, 0.05, 5000));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputParams {
    /// What the files hold.
    pub modality: Modality,
    /// The format of the files, as [`Format::named`](dissensus_corpus::Format::named) has it.
    /// Default: by the name of each.
    pub format: Option<String>,
    /// The field or column of the text, where the format has several. Default `text`.
    pub field: String,
    /// Fraction of each file that the evaluation set takes. Default 0.05.
    pub evaluation: f64,
    /// Fraction of each file that the analysis set takes. Default 0.05.
    pub analysis: f64,
    /// Symbols left out between neighbouring sets. Default 1000.
    pub gap: u64,
    /// Whether all of every file is the analysis set, and nothing is left to train on. Default
    /// false.
    pub whole: bool,
    /// Symbols of a document: long enough that cutting it into sequences wastes little.
    /// Default 8192.
    pub document: usize,
    /// Names of records, as of one chromosome, from which the evaluation and the analysis set are
    /// taken whole: in the ratio of their fractions, with a gap between them, and nothing of them
    /// is trained on. Default none: by place in each file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_out: Vec<String>,
    /// A file of BED: only these intervals of FASTA and GenBank are read, each a record of its own.
    /// Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<PathBuf>,
    /// Bytes that one record of a file may have; sequences of FASTA are streamed and have no limit.
    /// Default 512 MiB.
    pub record_limit: u64,
}

impl InputParams {
    /// The defaults for one modality.
    #[must_use]
    pub fn new(modality: Modality) -> Self {
        Self {
            modality,
            format: None,
            field: "text".to_owned(),
            evaluation: 0.05,
            analysis: 0.05,
            gap: 1000,
            whole: false,
            held_out: Vec::new(),
            regions: None,
            document: 8192,
            record_limit: dissensus_corpus::ByteStream::RECORD_LIMIT,
        }
    }

    /// Sets the format of all files.
    #[must_use]
    pub fn with_format(mut self, name: Option<String>) -> Self {
        self.format = name;
        self
    }

    /// Sets the field of the text.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = field.into();
        self
    }

    /// Sets the fractions of the evaluation and the analysis set.
    #[must_use]
    pub fn with_fractions(mut self, evaluation: f64, analysis: f64) -> Self {
        (self.evaluation, self.analysis) = (evaluation, analysis);
        self
    }

    /// Sets the gap between sets.
    #[must_use]
    pub fn with_gap(mut self, symbols: u64) -> Self {
        self.gap = symbols;
        self
    }

    /// Sets whether all of every file is the analysis set.
    #[must_use]
    pub fn with_whole(mut self, whole: bool) -> Self {
        self.whole = whole;
        self
    }

    /// Sets the records that evaluation and analysis are taken from; intervals are named as they
    /// are written, `chr5:1-1000`.
    #[must_use]
    pub fn with_held_out(mut self, records: Vec<String>) -> Self {
        self.held_out = records;
        self
    }

    /// Sets the file of intervals.
    #[must_use]
    pub fn with_regions(mut self, bed: Option<PathBuf>) -> Self {
        self.regions = bed;
        self
    }

    /// Sets the symbols of a document.
    #[must_use]
    pub fn with_document(mut self, symbols: usize) -> Self {
        self.document = symbols;
        self
    }

    /// Sets how many bytes one record may have.
    #[must_use]
    pub fn with_record_limit(mut self, bytes: u64) -> Self {
        self.record_limit = bytes;
        self
    }

    /// Checks all that can be checked before the first file is read.
    ///
    /// # Errors
    /// [`Error::Parameter`], [`Error::NoFiles`], [`Error::StandardInput`],
    /// [`Error::UnnamedFormat`], and [`Error::Corpus`] for a file that is not there or whose name
    /// says no format.
    pub fn validate(&self, files: &[PathBuf]) -> Result<(), Error> {
        self.check()?;
        intervals(self)?;
        InputFile::validate(files, self)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.document == 0 {
            return Err(Error::Parameter {
                parameter: "the length of a document",
                found: "0".to_owned(),
                expected: "at least 1",
            });
        }
        for fraction in [
            self.evaluation,
            self.analysis,
            self.evaluation + self.analysis,
        ] {
            if !(0.0..1.0).contains(&fraction) {
                return Err(Error::Parameter {
                    parameter: "the fraction of a set",
                    found: fraction.to_string(),
                    expected: "0 or more, and both sets together less than 1",
                });
            }
        }
        if !self.held_out.is_empty() && self.evaluation + self.analysis <= 0.0 {
            return Err(Error::Parameter {
                parameter: "the fraction of both sets, with records held out for them,",
                found: "0".to_owned(),
                expected: "more than 0",
            });
        }
        Ok(())
    }
}
