//! Readers of text and DNA, cleaning, windows, splits, surrogates: how does a file become clean
//! text of a known place?
//!
//! Files are read one record at a time, or sequences in chunks, in constant memory: a chromosome
//! need not fit. gzip and zstd are recognised by their content. Nothing is skipped silently: an
//! [`Error`] names file, record and byte, a record without content is a blank [`Record`], and what
//! cleaning changes is counted.
//!
//! ```
//! use dissensus_corpus::{ByteStream, FastaReader, WindowParams, windows_of};
//!
//! let fasta = b">chr1\nACGTacgtNNNNNNNNNNNNNNNN\nACGTACGTA\n";
//! let mut reader = FastaReader::new(ByteStream::new("genome.fa", &fasta[..])?)?;
//! let chr1 = reader.next().unwrap()?;
//! let (windows, coverage) = windows_of(&chr1, &WindowParams::default().with_length(4))?;
//! assert_eq!(windows.len(), 4); // 2 before the N, 2 behind; the last base is a remainder
//! assert_eq!(
//!     (windows[1].start, windows[1].track().soft_masked, coverage.uncovered()),
//!     (4, 1.0, 1)
//! );
//! # Ok::<(), dissensus_corpus::Error>(())
//! ```
//!
//! | question | items |
//! |---|---|
//! | what is in this file? | [`records`] with a [`Format`], or a reader by name: [`TextReader`], [`JsonLinesReader`], [`CsvReader`], [`FastaReader`], with features `parquet` `ParquetReader`, `genbank` `GenBankReader`; [`ByteStream`] for standard input and memory |
//! | which intervals of a genome? | [`GenomicInterval`], [`IntervalSet`], [`IntervalReader`], [`FastaIndex`]; with feature `bed` `bed_file` |
//! | what does a tokenizer get? | [`clean_text`], [`clean_dna`]; the published variants [`clean_text_as_published`], [`clean_dna_as_published`] |
//! | what did cleaning change? | [`CharacterCounts`], [`BaseCounts`]; [`first_not_nucleotide`] for what is no DNA |
//! | how is a long sequence cut? | [`windows_of`], [`WindowCutter`], [`text_segments`] |
//! | what kind of sequence is it? | [`Track`], [`soft_masked_runs`], [`unknown_runs`], [`low_complexity_runs`], [`dust_score`] |
//! | which numbers stand for letters? | [`numbered_bases`], [`numbered_letters`] |
//! | what is trained on, what is measured on? | [`split`], [`split_by_record`], [`words_within`], [`Sets`]; [`shuffle`] for the order |
//! | what of it is order, what is composition? | surrogates: [`klet_shuffle_dna`], [`klet_shuffle`], [`markov_resample_dna`], [`markov_resample`], [`reverse`], [`complement`], [`reverse_complement`], [`reverse_complement_bytes`] |
//!
//! Places count from 0, records from 1. `Reader::open` takes a path; `Reader::new` takes a
//! [`ByteStream`], as above. Random functions take a seed or a generator and give the same result
//! on every machine.
//!
//! It does not download, tokenize, remove near-duplicates or look for sequences that occur in two
//! sets: a gap keeps sets apart in place, not in content.
//!
//! # References
//! - A. Morgulis, E. M. Gertz, A. A. Schäffer, R. Agarwala, "A fast and symmetric DUST
//!   implementation to mask low-complexity DNA sequences", J. Comput. Biol. 13 (2006).
//! - S. F. Altschul, B. W. Erickson, "Significance of nucleotide sequence alignments: a method for
//!   random sequence permutation that preserves dinucleotide and codon usage", Mol. Biol. Evol. 2
//!   (1985).
//! - D. B. Wilson, "Generating random spanning trees more quickly than the cover time", STOC
//!   (1996).
//! - M. Jiang, J. Anderson, J. Gillespie, M. Mayne, "uShuffle: a useful tool for shuffling
//!   biological sequences while preserving the k-let counts", BMC Bioinformatics 9 (2008).

mod clean;
mod complexity;
mod dna;
mod error;
mod fallible;
mod format;
mod interval;
mod order;
mod place;
mod read;
mod record;
mod region;
mod segments;
mod split;
mod stream;
mod surrogate;
mod symbols;
mod window;

pub use clean::{
    BaseCounts, CharacterCounts, SoftMasked, clean_dna, clean_dna_as_published, clean_text,
    clean_text_as_published,
};
pub use complexity::{dust_score, low_complexity_runs};
pub use dna::{first_not_nucleotide, soft_masked_runs, unknown_runs};
pub use error::Error;
pub use fallible::Fallible;
pub use format::{Format, Records, records, records_of};
pub use interval::GenomicInterval;
#[cfg(feature = "bed")]
pub use interval::bed::{bed_file, bed_intervals};
pub use interval::reader::IntervalReader;
pub use interval::set::IntervalSet;
pub use order::shuffle;
pub use place::Place;
pub use read::csv::CsvReader;
pub use read::fasta::{Chunk, Chunks, FastaIndex, FastaReader};
#[cfg(feature = "genbank")]
pub use read::genbank::GenBankReader;
pub use read::json_lines::JsonLinesReader;
#[cfg(feature = "parquet")]
pub use read::parquet::ParquetReader;
pub use read::text::{TextReader, TextUnit};
pub use record::Record;
pub use region::Region;
pub use segments::{TextSegment, text_segments};
pub use split::{Set, Sets, SplitParams, split, split_by_record, words_within};
pub use stream::ByteStream;
pub use stream::compression::Compression;
pub use surrogate::{
    complement, klet_shuffle, klet_shuffle_dna, markov_resample, markov_resample_dna, reverse,
    reverse_complement, reverse_complement_bytes,
};
pub use symbols::{Numbered, numbered_bases, numbered_letters};
pub use window::{Coverage, Track, UnknownRuns, Window, WindowCutter, WindowParams, windows_of};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
