//! How files are read, in the same words in every program.

use std::path::{Path, PathBuf};

use anyhow::Result;
use dissensus_corpus::ByteStream;
use dissensus_input::{InputParams, Modality};
use dissensus_measure::Input;

/// How files are read and divided.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "How files are read")]
pub struct Reading {
    /// Format of all files: txt, paragraphs, lines, jsonl, csv, tsv, fasta or parquet; by default the name of each says it. The file
    /// name - is standard input, whose format must be named
    #[arg(long)]
    pub format: Option<String>,
    /// The field of a table or of JSON lines that holds the text
    #[arg(long, default_value = "text")]
    pub field: String,
    /// Symbols left out between the training, the evaluation and the analysis set
    #[arg(long, default_value_t = 1000)]
    pub gap: u64,
    /// Bytes that one record may have; sequences of FASTA may have any number
    #[arg(long, default_value_t = ByteStream::RECORD_LIMIT)]
    pub record_limit: u64,
}

impl Reading {
    /// The same as parameters.
    #[must_use]
    pub fn params(&self, modality: Modality) -> InputParams {
        InputParams::new(modality)
            .with_format(self.format.clone())
            .with_field(&self.field)
            .with_gap(self.gap)
            .with_record_limit(self.record_limit)
    }

    /// Files to be read so.
    #[must_use]
    pub fn input(&self, paths: &[PathBuf], modality: Modality) -> Input {
        Input::Files {
            paths: paths.to_vec(),
            params: self.params(modality),
        }
    }

    /// What a file holds: as named, or as its format says.
    ///
    /// # Errors
    /// If the format is not known.
    pub fn modality(&self, named: Option<Modality>, file: &Path) -> Result<Modality> {
        let by_format = || Modality::of_file(file, self.format.as_deref());
        Ok(named.map_or_else(by_format, Ok)?)
    }
}
