use super::cutter::Cutter;
use super::{Tally, Window, WindowParams};
use crate::read::fasta::Chunks;
use crate::{Error, FastaReader};

/// Bases read at a time.
const CHUNK: usize = 64 * 1024;

/// Iterator over the windows of every sequence of a FASTA file, in constant memory.
///
/// ```
/// use dissensus_corpus::{FastaReader, Input, WindowParams, Windows};
///
/// let reader = FastaReader::new(Input::new("a.fa", &b">a\nACGTAC\n>b\nGGGCC\n"[..])?)?;
/// let mut windows = Windows::new(reader, &WindowParams::default().length(3))?;
/// let bases: Result<Vec<_>, _> = windows.by_ref().map(|window| window.map(|window| window.bases)).collect();
/// assert_eq!(bases?, ["ACG", "TAC", "GGG"]);
/// assert_eq!(windows.tally().uncovered(), 2);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
pub struct Windows {
    chunks: Chunks,
    cutter: Cutter,
    /// The record that the cutter is in; 0 before the first.
    record: u64,
    /// A chunk of the next record, which waits until the cutter is done with this one.
    next: Option<crate::Chunk>,
    finished: bool,
    failed: bool,
}

impl Windows {
    /// Cuts the sequences of `reader` into windows.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn new(reader: FastaReader, params: &WindowParams) -> Result<Self, Error> {
        Ok(Self {
            chunks: reader.chunks(CHUNK)?,
            cutter: Cutter::new(params)?,
            record: 0,
            next: None,
            finished: false,
            failed: false,
        })
    }

    /// What became of the bases read so far.
    pub fn tally(&self) -> Tally {
        self.cutter.tally()
    }

    fn next_window(&mut self) -> Result<Option<Window>, Error> {
        loop {
            if let Some(window) = self.cutter.take() {
                return Ok(Some(window));
            }
            if let Some(chunk) = self.next.take() {
                self.begin(chunk);
                continue;
            }
            match self.chunks.next().transpose()? {
                Some(chunk) if chunk.record == self.record => self.cutter.push(&chunk.bases),
                Some(chunk) => {
                    self.cutter.end();
                    self.next = Some(chunk);
                }
                None if self.finished => return Ok(None),
                None => {
                    self.finished = true;
                    self.cutter.end();
                }
            }
        }
    }

    fn begin(&mut self, chunk: crate::Chunk) {
        self.record = chunk.record;
        self.cutter.begin(chunk.record, chunk.name, chunk.start);
        self.cutter.push(&chunk.bases);
    }
}

impl Iterator for Windows {
    type Item = Result<Window, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_window();
        self.failed = next
            .as_ref()
            .is_err_and(|error| !matches!(error, Error::EmptyRecord { .. }));
        next.transpose()
    }
}
