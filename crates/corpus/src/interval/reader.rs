//! The bases of intervals, read one after another.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use crate::fallible::Fallible;
use crate::read::fasta::index::Queries;
use crate::{Chunk, Error, FastaIndex, GenomicInterval, IntervalSet};

/// Iterator over the [`Chunk`]s of intervals, in the order of the file: every interval is a record
/// of its own, named as it is written, and its bases count from 0.
///
/// ```
/// use dissensus_corpus::{ByteStream, FastaReader, GenomicInterval, IntervalReader};
///
/// let fasta = b">chr1\nACGT\nACGT\n>chr2\nTTTT\n";
/// let chunks = FastaReader::new(ByteStream::new("genome.fa", &fasta[..])?)?.chunks(100)?;
/// let wanted: GenomicInterval = "chr1:3-6".parse()?;
/// let mut reader = IntervalReader::scan("genome.fa", chunks, [wanted].into_iter().collect());
/// let chunk = reader.next().unwrap()?;
/// assert_eq!((&*chunk.name, &chunk.bases[..]), ("chr1:3-6", &b"GTAC"[..]));
/// assert!(reader.next().is_none());
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct IntervalReader {
    file: PathBuf,
    set: IntervalSet,
    source: Source,
    found: BTreeSet<String>,
    may_lack: bool,
    ready: VecDeque<Chunk>,
    /// Intervals that are done.
    done: u64,
    current: Option<Current>,
    ended: bool,
}

enum Source {
    Scan(Box<dyn Iterator<Item = Result<Chunk, Error>> + Send>),
    Queries(Queries),
}

/// The sequence that is scanned.
struct Current {
    record: u64,
    length: u64,
    wanted: VecDeque<GenomicInterval>,
}

impl IntervalReader {
    /// Looks for intervals among the chunks of whole sequences.
    pub fn scan(
        file: impl Into<PathBuf>,
        chunks: impl Iterator<Item = Result<Chunk, Error>> + Send + 'static,
        set: IntervalSet,
    ) -> Self {
        Self::new(file.into(), Source::Scan(Box::new(chunks)), set)
    }

    /// Goes to intervals by an index, and reads at most `length` bases at a time.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::BeyondEnd`].
    pub fn indexed(index: &FastaIndex, set: IntervalSet, length: usize) -> Result<Self, Error> {
        let queries = Queries::new(index, &set, length)?;
        let found = queries.found.clone();
        let mut reader = Self::new(index.file().to_path_buf(), Source::Queries(queries), set);
        reader.found = found;
        Ok(reader)
    }

    fn new(file: PathBuf, source: Source, set: IntervalSet) -> Self {
        Self {
            file,
            set,
            source,
            found: BTreeSet::new(),
            may_lack: false,
            ready: VecDeque::new(),
            done: 0,
            current: None,
            ended: false,
        }
    }

    /// Sets whether the file may lack sequences of the intervals, as one of several files. By
    /// default it may not.
    #[must_use]
    pub fn with_lacking(mut self, may_lack: bool) -> Self {
        self.may_lack = may_lack;
        self
    }

    /// Sequences of the intervals that were met so far; at the end, all that the file has.
    #[must_use]
    pub fn found(&self) -> &BTreeSet<String> {
        &self.found
    }

    fn scanned(&mut self, chunk: Chunk) -> Result<(), Error> {
        if self
            .current
            .as_ref()
            .is_none_or(|current| current.record != chunk.record)
        {
            self.finish_sequence()?;
            let wanted = self.set.of(&chunk.name);
            // Of sequences of one name the first counts.
            let is_first = !wanted.is_empty() && self.found.insert(chunk.name.to_string());
            self.current = Some(Current {
                record: chunk.record,
                length: 0,
                wanted: wanted.iter().filter(|_| is_first).cloned().collect(),
            });
        }
        if let Some(current) = &mut self.current {
            current.length += chunk.bases.len() as u64;
            cut(&chunk, current, &mut self.done, &mut self.ready);
        }
        Ok(())
    }

    /// What is left of the intervals of a sequence reaches to its end, or beyond it.
    fn finish_sequence(&mut self) -> Result<(), Error> {
        let Some(current) = self.current.take() else {
            return Ok(());
        };
        self.done += current.wanted.len() as u64;
        for interval in current.wanted {
            if interval.end.is_some() || interval.start > current.length {
                return Err(Error::BeyondEnd {
                    file: self.file.clone(),
                    interval,
                    length: current.length,
                });
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<Chunk>, Error> {
        self.finish_sequence()?;
        let mut missing = self
            .set
            .sequences()
            .filter(|name| !self.found.contains(*name));
        match missing.next() {
            Some(name) if !self.may_lack => Err(Error::UnknownSequence {
                file: self.file.clone(),
                sequence: name.to_owned(),
            }),
            _ => Ok(None),
        }
    }
}

/// The parts of a chunk that are wanted.
fn cut(chunk: &Chunk, current: &mut Current, done: &mut u64, ready: &mut VecDeque<Chunk>) {
    let behind = chunk.start + chunk.bases.len() as u64;
    while let Some(interval) = current.wanted.front() {
        let end = interval.end.unwrap_or(u64::MAX);
        let (from, to) = (interval.start.max(chunk.start), end.min(behind));
        if from < to {
            let bases = &chunk.bases[(from - chunk.start) as usize..(to - chunk.start) as usize];
            ready.push_back(Chunk {
                record: *done + 1,
                name: interval.to_string().into(),
                start: from - interval.start,
                bases: bases.to_vec(),
            });
        }
        if end > behind {
            return;
        }
        current.wanted.pop_front();
        *done += 1;
    }
}

impl Fallible for IntervalReader {
    type Item = Chunk;
    type Error = Error;

    fn try_next(&mut self) -> Result<Option<Chunk>, Error> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Ok(Some(chunk));
            }
            let next = match &mut self.source {
                Source::Queries(queries) => match queries.try_next()? {
                    None => return self.finish(),
                    found => return Ok(found),
                },
                Source::Scan(chunks) => chunks.next().transpose()?,
            };
            match next {
                Some(chunk) => self.scanned(chunk)?,
                None => return self.finish(),
            }
        }
    }

    fn ended(&mut self) -> &mut bool {
        &mut self.ended
    }
}

impl Iterator for IntervalReader {
    type Item = Result<Chunk, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_or_end()
    }
}

impl Chunk {
    /// All bases of a record that was read whole.
    #[must_use]
    pub fn of_record(record: crate::Record) -> Self {
        Self {
            record: record.number,
            name: Arc::from(record.name),
            start: 0,
            bases: record.text.into_bytes(),
        }
    }
}
