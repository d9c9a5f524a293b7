//! How files are read, in the same words in every program.

use std::path::PathBuf;

use anyhow::{Result, bail};
use dissensus_corpus::ByteStream;
use dissensus_input::{InputParams, Modality};
use dissensus_measure::Input;

/// How files are read and divided.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "How files are read")]
pub struct Reading {
    /// Format of all files: txt, paragraphs, lines, jsonl, csv, tsv, fasta, genbank or parquet; by
    /// default the name of each says it. The file name - is standard input, whose format must be
    /// named
    #[arg(long)]
    pub format: Option<String>,
    /// The field of a table or of JSON lines that holds the text
    #[arg(long, default_value = "text")]
    pub field: String,
    /// Symbols left out between the training, the evaluation and the analysis set
    #[arg(long, default_value_t = 1000)]
    pub gap: u64,
    /// A file of BED: only these intervals of FASTA and GenBank are read. One interval may also
    /// stand behind the name of a file, as in genome.fa:chr3:1000-2000, first and last base counted
    /// from 1
    #[arg(long, value_name = "BED")]
    pub regions: Option<PathBuf>,
    /// Take the evaluation and the analysis set from the record of this name, as one chromosome,
    /// and train on all others; may be repeated
    #[arg(long, value_name = "NAME")]
    pub eval_record: Vec<String>,
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
            .with_regions(self.regions.clone())
            .with_held_out(self.eval_record.clone())
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

    /// Files to be read so, or else something built in.
    #[must_use]
    pub fn input_or(&self, paths: &[PathBuf], modality: Modality, built_in: Input) -> Input {
        match paths {
            [] => built_in,
            paths => self.input(paths, modality),
        }
    }

    /// What files hold: as named, or as their formats say.
    ///
    /// # Errors
    /// If a format is not known, or some files hold text and others DNA.
    pub fn modality(&self, named: Option<Modality>, files: &[PathBuf]) -> Result<Modality> {
        if let Some(modality) = named {
            return Ok(modality);
        }
        let of = |file: &PathBuf| Modality::of_file(file, self.format.as_deref());
        let [first, others @ ..] = files else {
            bail!("no files were given, expected one or more");
        };
        let modality = of(first)?;
        for file in others {
            let (found, one, other) = (of(file)?, first.display(), file.display());
            if found != modality {
                bail!("{one} is {modality} by its name, {other} is {found}: expected one of them");
            }
        }
        Ok(modality)
    }
}

/// What models are measured on.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "What is measured on")]
pub struct MeasuredOn {
    /// A text file to measure on; once for each file
    #[arg(long, value_name = "FILE", conflicts_with = "dna")]
    pub text: Vec<PathBuf>,
    /// A FASTA file to measure on; once for each file
    #[arg(long, value_name = "FILE")]
    pub dna: Vec<PathBuf>,
    /// Measure on the built-in source of this kind instead: text or dna
    #[arg(long)]
    pub built_in: Option<Modality>,
    /// Measure on all of the files, not only on the end that the split of a study keeps for it
    #[arg(long)]
    pub whole: bool,
}

impl MeasuredOn {
    /// Every file that is read.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.text.iter().chain(&self.dna)
    }

    /// What it is, and where it comes from.
    ///
    /// # Errors
    /// If there is nothing, or both files and the built-in source.
    pub fn input(&self, reading: &Reading, built_in: Input) -> Result<(Modality, Input)> {
        let files = |paths: &[PathBuf], modality| {
            let params = reading.params(modality).with_whole(self.whole);
            let paths = paths.to_vec();
            (modality, Input::Files { paths, params })
        };
        Ok(match (&self.text[..], &self.dna[..], self.built_in) {
            ([], [], Some(modality)) => (modality, built_in),
            ([], [], None) => {
                bail!("nothing to measure on: give --text FILE, --dna FILE or --built-in text|dna")
            }
            (text, [], None) => files(text, Modality::Text),
            ([], dna, None) => files(dna, Modality::Dna),
            _ => bail!("--built-in cannot be combined with files"),
        })
    }
}
