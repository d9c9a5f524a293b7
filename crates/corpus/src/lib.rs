//! How do I read text and DNA, clean it, cut it into windows, split it and shuffle it?
//!
//! Files are read one record at a time, or sequences in windows, in constant memory: a chromosome need not fit. gzip and
//! zstd are recognised by their content. Nothing is skipped silently: an [`Error`] names file, record and byte.
//!
//! ```
//! use dissensus_corpus::{FastaReader, Input, WindowParams, Windows};
//!
//! let fasta = b">chr1\nACGTacgtNNNNNNNNNNNNNNNN\nACGTACGTA\n";
//! let reader = FastaReader::new(Input::new("genome.fa", &fasta[..])?)?;
//! let windows: Result<Vec<_>, _> = Windows::new(reader, &WindowParams::default().length(4))?.collect();
//! let windows = windows?;
//! assert_eq!(windows.len(), 4); // 2 before the N, 2 behind; the last base is a remainder
//! assert_eq!((windows[1].start, windows[1].track.soft_masked), (4, 1.0));
//! # Ok::<(), dissensus_corpus::Error>(())
//! ```
//!
//! | question | items |
//! |---|---|
//! | what is in this file? | [`records`] with a [`Format`], or a reader by name: [`TextReader`], [`JsonLinesReader`], [`CsvReader`], [`FastaReader`], with feature `parquet` `ParquetReader`; [`Input`] for standard input and memory |
//! | what does a tokenizer get? | [`clean_text`], [`clean_dna`]; the published variants [`clean_text_as_published`], [`clean_dna_as_published`] |
//! | how is a long sequence cut? | [`Windows`], [`windows_of`], [`text_pieces`] |
//! | what kind of sequence is it? | [`Track`], [`soft_masked_runs`], [`unknown_runs`], [`low_complexity_runs`], [`dust_score`] |
//! | which numbers stand for letters? | [`numbered_bases`], [`numbered_letters`] |
//! | what is trained on, what is measured on? | [`split`], [`split_records`], [`Sets`]; [`shuffle`] for the order |
//! | what of it is order, what is composition? | surrogates: [`klet_shuffle_dna`], [`klet_shuffle`], [`markov_resample_dna`], [`markov_resample`], [`reverse`], [`complement`], [`reverse_complement`], [`reverse_complement_bytes`] |
//!
//! Places count from 0, records from 1. `Reader::open` takes a path; `Reader::new` takes an [`Input`], as above.
//! Random functions take a seed or a generator and give the same result on every machine.
//!
//! It does not download, tokenize, remove near-duplicates or look for sequences that occur in two sets: a gap keeps sets
//! apart in place, not in content.
//!
//! # References
//! - A. Morgulis, E. M. Gertz, A. A. Schäffer, R. Agarwala, "A fast and symmetric DUST implementation to mask low-complexity
//!   DNA sequences", J. Comput. Biol. 13 (2006).
//! - S. F. Altschul, B. W. Erickson, "Significance of nucleotide sequence alignments: a method for random sequence
//!   permutation that preserves dinucleotide and codon usage", Mol. Biol. Evol. 2 (1985).
//! - D. B. Wilson, "Generating random spanning trees more quickly than the cover time", STOC (1996).
//! - M. Jiang, J. Anderson, J. Gillespie, M. Mayne, "uShuffle: a useful tool for shuffling biological sequences while
//!   preserving the k-let counts", BMC Bioinformatics 9 (2008).

mod clean;
mod complexity;
mod dna;
mod error;
mod format;
mod input;
mod order;
mod pieces;
mod place;
mod read;
mod record;
mod region;
mod split;
mod surrogate;
mod symbols;
mod window;

pub use clean::{
    SoftMasked, clean_dna, clean_dna_as_published, clean_text, clean_text_as_published,
};
pub use complexity::{dust_score, low_complexity_runs};
pub use dna::{soft_masked_runs, unknown_runs};
pub use error::Error;
pub use format::{Format, Records, records, records_of};
pub use input::Input;
pub use input::compression::Compression;
pub use order::shuffle;
pub use pieces::{Piece, text_pieces};
pub use place::Place;
pub use read::csv::CsvReader;
pub use read::fasta::{Chunk, Chunks, FastaReader};
pub use read::json_lines::JsonLinesReader;
#[cfg(feature = "parquet")]
pub use read::parquet::ParquetReader;
pub use read::text::{TextReader, TextUnit};
pub use record::Record;
pub use region::Region;
pub use split::{Set, Sets, SplitParams, Symbol, split, split_records};
pub use surrogate::{
    complement, klet_shuffle, klet_shuffle_dna, markov_resample, markov_resample_dna, reverse,
    reverse_complement, reverse_complement_bytes,
};
pub use symbols::{Numbered, numbered_bases, numbered_letters};
pub use window::{Tally, Track, UnknownRuns, Window, WindowParams, Windows, windows_of};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
