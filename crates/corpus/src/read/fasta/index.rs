//! Where the sequences of a file lie.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use noodles_core::{Position, Region};
use noodles_fasta::fai::{self, Index};
use noodles_fasta::io::{IndexedReader, Indexer};

use crate::dna::first_not_nucleotide;
use crate::{Chunk, Error, GenomicInterval, IntervalSet, Place};

/// The index of a FASTA file that is not compressed: bases of any place are read without reading
/// what stands before them.
///
/// It is `FILE.fai`, as `samtools faidx` writes it, if that is not older than the file; otherwise
/// it is made anew and kept in memory.
///
/// ```
/// use dissensus_corpus::{FastaIndex, GenomicInterval, IntervalReader};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("genome.fa");
/// std::fs::write(&path, ">chr1\nACGT\nACGT\n>chr2\nTTTT\nGG\n")?;
/// let index = FastaIndex::of(&path)?.expect("even lines");
/// assert_eq!(
///     index.lengths().collect::<Vec<_>>(),
///     [("chr1".to_owned(), 8), ("chr2".to_owned(), 6)]
/// );
/// let wanted: GenomicInterval = "chr2:4-5".parse()?;
/// let mut reader = IntervalReader::indexed(&index, [wanted].into_iter().collect(), 100)?;
/// assert_eq!(reader.next().unwrap()?.bases, b"TG");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FastaIndex {
    file: Arc<Path>,
    index: Index,
}

impl FastaIndex {
    /// The index of a file; none for a file that cannot have one: compressed, with lines of unequal
    /// lengths, or no FASTA at all.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::Index`] for a `FILE.fai` that is damaged or reaches beyond its
    /// file.
    pub fn of(path: impl AsRef<Path>) -> Result<Option<Self>, Error> {
        let path = path.as_ref();
        let open = |source| Error::Open {
            file: path.to_path_buf(),
            source,
        };
        let mut file = File::open(path).map_err(open)?;
        let facts = file.metadata().map_err(open)?;
        let mut first = [0];
        let is_plain = file.read(&mut first).map_err(open)? == 1 && first == *b">";
        if !facts.is_file() || !is_plain {
            return Ok(None);
        }
        let beside = beside(path);
        let is_older = |index: &std::fs::Metadata| {
            let times = (index.modified(), facts.modified());
            matches!(times, (Ok(index), Ok(file)) if index < file)
        };
        let index = match std::fs::metadata(&beside) {
            Ok(found) if !is_older(&found) => Some(read(&beside, facts.len())?),
            _ => {
                file.seek(SeekFrom::Start(0)).map_err(open)?;
                made(BufReader::with_capacity(1 << 17, file))
            }
        };
        Ok(index.map(|index| Self {
            file: path.into(),
            index,
        }))
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Names and lengths in bases of all sequences, in the order of the file.
    pub fn lengths(&self) -> impl Iterator<Item = (String, u64)> {
        let all = self.index.as_ref().iter();
        all.map(|record| (record.name().to_string(), record.length()))
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".fai");
    name.into()
}

/// Reads an index, and checks that all of it lies within a file of some bytes.
fn read(path: &Path, bytes: u64) -> Result<Index, Error> {
    let failed = |source| Error::Index {
        file: path.to_path_buf(),
        source,
    };
    let index = fai::fs::read(path).map_err(failed)?;
    let outside = |record: &&fai::Record| {
        let (bases, width) = (record.line_base_count().get(), record.line_width().get());
        let lines = u128::from(record.length().saturating_sub(1) / bases);
        let rest = u128::from(record.length()) - lines * u128::from(bases);
        let end = u128::from(record.position()) + lines * u128::from(width) + rest;
        end > u128::from(bytes) || width < bases
    };
    match index.as_ref().iter().find(outside) {
        None => Ok(index),
        Some(record) => {
            let said = format!("{} reaches beyond the file that it is of", record.name());
            Err(failed(io::Error::new(io::ErrorKind::InvalidData, said)))
        }
    }
}

/// Makes an index; none where lines are of unequal lengths.
fn made(file: BufReader<File>) -> Option<Index> {
    let mut indexer = Indexer::new(file);
    let mut all = Vec::new();
    while let Some(record) = indexer.index_record().ok()? {
        all.push(record);
    }
    Some(all.into())
}

/// Intervals that are read by an index.
pub(crate) struct Queries {
    reader: IndexedReader<BufReader<File>>,
    file: Arc<Path>,
    /// Number in the file, and the interval with its end, in the order of the file.
    wanted: Vec<(u64, GenomicInterval, u64)>,
    pub(crate) found: BTreeSet<String>,
    length: u64,
    next: usize,
    at: u64,
}

impl Queries {
    pub(crate) fn new(index: &FastaIndex, set: &IntervalSet, length: usize) -> Result<Self, Error> {
        let open = |source| Error::Open {
            file: index.file.to_path_buf(),
            source,
        };
        let file = File::open(&index.file).map_err(open)?;
        let (mut wanted, mut found) = (Vec::new(), BTreeSet::new());
        for (number, (name, length)) in (1..).zip(index.lengths()) {
            if set.of(&name).is_empty() || !found.insert(name.clone()) {
                continue;
            }
            for interval in set.of(&name) {
                let end = interval.end.unwrap_or(length);
                if end > length || interval.start > length {
                    return Err(Error::BeyondEnd {
                        file: index.file.to_path_buf(),
                        interval: interval.clone(),
                        length,
                    });
                }
                wanted.push((number, interval.clone(), end));
            }
        }
        Ok(Self {
            reader: IndexedReader::new(BufReader::new(file), index.index.clone()),
            file: Arc::clone(&index.file),
            wanted,
            found,
            length: length.max(1) as u64,
            next: 0,
            at: 0,
        })
    }

    /// The next bases.
    pub(crate) fn try_next(&mut self) -> Result<Option<Chunk>, Error> {
        while let Some((number, interval, end)) = self.wanted.get(self.next) {
            let from = interval.start + self.at;
            let to = (*end).min(from.saturating_add(self.length));
            if from >= to {
                (self.next, self.at) = (self.next + 1, 0);
                continue;
            }
            let (name, start) = (interval.to_string(), self.at);
            let (sequence, number) = (interval.sequence.clone(), *number);
            self.at += to - from;
            let bases = self.bases(&sequence, number, from, to)?;
            return Ok(Some(Chunk {
                record: self.next as u64 + 1,
                name: name.into(),
                start,
                bases,
            }));
        }
        Ok(None)
    }

    fn bases(&mut self, sequence: &str, number: u64, from: u64, to: u64) -> Result<Vec<u8>, Error> {
        let place = |at| Place {
            file: Arc::clone(&self.file),
            record: number,
            byte: at,
        };
        let failed = |source| Error::Read {
            place: place(0),
            source,
        };
        let position = |at: u64| {
            Position::try_from(at as usize).map_err(|error| failed(io::Error::other(error)))
        };
        let region = Region::new(sequence, position(from + 1)?..=position(to)?);
        let record = self.reader.query(&region).map_err(failed)?;
        let bases: &[u8] = record.sequence().as_ref();
        let byte = self.reader.index().query(&region).unwrap_or_default();
        if let Some(at) = first_not_nucleotide(bases) {
            return Err(Error::NotANucleotide {
                place: place(byte + at as u64),
                found: bases[at],
            });
        }
        if bases.len() as u64 != to - from {
            let said =
                "there are fewer bases than its index says; delete the index or make it anew";
            return Err(failed(io::Error::new(io::ErrorKind::InvalidData, said)));
        }
        Ok(bases.to_vec())
    }
}
