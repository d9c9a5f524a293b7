//! Sequences of a set that may be larger than memory.

use std::fmt;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use tempfile::SpooledTempFile;

/// Bytes that are kept in memory; what is more goes to a temporary file. Some 16 to 64 million
/// tokens, which is what a run of hours reads.
const IN_MEMORY: usize = 64 << 20;
/// Bytes read at a time: sequences are read in order by whoever checks them, and at random by
/// whoever trains.
const BLOCK: usize = 32 << 10;

/// Framed sequences of ids, packed, in memory or, if there are more than 64 MB of them, in a
/// temporary file that nobody else sees. It lies in the folder for temporary files, which the
/// environment names (`TMPDIR`).
pub struct SequenceStore {
    blocks: Mutex<Blocks>,
    records: Records,
    count: usize,
}

impl SequenceStore {
    /// How many sequences there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The ids of a sequence, special tokens included.
    ///
    /// # Errors
    /// If the temporary file cannot be read; [`io::ErrorKind::InvalidInput`] for a sequence that is
    /// not there.
    pub fn get(&self, index: usize) -> io::Result<Vec<u32>> {
        if index >= self.count {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("sequence {index}, expected less than {}", self.count),
            ));
        }
        let bytes = self.records.bytes();
        // What a thread that panicked left is a block that was read whole, or none.
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let record = blocks.record(index, bytes, self.count)?;
        Ok(self.records.unpacked(record))
    }

    /// Every sequence, in order.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<Vec<u32>>> + '_ {
        (0..self.count).map(|index| self.get(index))
    }
}

impl fmt::Debug for SequenceStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SequenceStore")
            .field("count", &self.count)
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}

/// The shape of a record: a length, then so many ids and no more, all of one width.
#[derive(Debug, Clone, Copy)]
struct Records {
    /// Ids that a record has room for.
    room: usize,
    /// Whether two bytes are enough for every id and every length.
    is_narrow: bool,
}

impl Records {
    fn bytes(self) -> usize {
        (self.room + 1) * if self.is_narrow { 2 } else { 4 }
    }

    fn packed(self, ids: &[u32], bytes: &mut Vec<u8>) {
        bytes.clear();
        for number in std::iter::once(ids.len() as u32).chain(ids.iter().copied()) {
            if self.is_narrow {
                bytes.extend((number as u16).to_le_bytes());
            } else {
                bytes.extend(number.to_le_bytes());
            }
        }
        bytes.resize(self.bytes(), 0);
    }

    fn unpacked(self, bytes: &[u8]) -> Vec<u32> {
        let width = if self.is_narrow { 2 } else { 4 };
        let mut numbers = bytes.chunks_exact(width).map(|number| match *number {
            [a, b] => u32::from(u16::from_le_bytes([a, b])),
            [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
            _ => 0,
        });
        let length = numbers.next().unwrap_or(0) as usize;
        numbers.take(length).collect()
    }
}

/// A file and what was last read of it.
struct Blocks {
    file: SpooledTempFile,
    /// Number of the first record of the block.
    first: usize,
    block: Vec<u8>,
}

impl Blocks {
    fn record(&mut self, index: usize, bytes: usize, count: usize) -> io::Result<&[u8]> {
        let held = self.block.len() / bytes;
        if !(self.first..self.first + held).contains(&index) {
            let some = (BLOCK / bytes).max(1).min(count - index);
            self.block.clear();
            self.file.seek(SeekFrom::Start((index * bytes) as u64))?;
            let mut block = std::mem::take(&mut self.block);
            block.resize(some * bytes, 0);
            self.file.read_exact(&mut block)?;
            (self.first, self.block) = (index, block);
        }
        Ok(&self.block[(index - self.first) * bytes..][..bytes])
    }
}

/// A store that is being filled.
pub(crate) struct StoreWriter {
    file: BufWriter<SpooledTempFile>,
    records: Records,
    count: usize,
    packed: Vec<u8>,
}

impl StoreWriter {
    /// For sequences of at most so many ids below `vocabulary`.
    pub(crate) fn new(room: usize, vocabulary: usize) -> Self {
        Self::in_memory(room, vocabulary, IN_MEMORY)
    }

    fn in_memory(room: usize, vocabulary: usize, bytes: usize) -> Self {
        let narrow = usize::from(u16::MAX);
        Self {
            file: BufWriter::with_capacity(BLOCK, SpooledTempFile::new(bytes)),
            records: Records {
                room,
                is_narrow: room <= narrow && vocabulary <= narrow,
            },
            count: 0,
            packed: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, ids: &[u32]) -> io::Result<()> {
        self.records.packed(ids, &mut self.packed);
        self.count += 1;
        self.file.write_all(&self.packed)
    }

    pub(crate) fn finish(self) -> io::Result<SequenceStore> {
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        Ok(SequenceStore {
            blocks: Mutex::new(Blocks {
                file,
                first: 0,
                block: Vec::new(),
            }),
            records: self.records,
            count: self.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths from nothing to all of the room.
    fn sequences(count: usize, room: usize, vocabulary: u32) -> Vec<Vec<u32>> {
        let id = |at: usize| (at as u32).wrapping_mul(2_654_435_761) % vocabulary;
        let sequence = |index: usize| {
            (0..index * 7 % (room + 1))
                .map(|at| id(index + at))
                .collect()
        };
        (0..count).map(sequence).collect()
    }

    #[test]
    fn what_was_stored_is_read_in_any_order_from_memory_and_from_a_file() {
        for (room, vocabulary, memory) in [(33, 300, 1 << 20), (33, 300, 100), (5, 1 << 20, 100)] {
            let expected = sequences(4000, room, vocabulary);
            let mut writer = StoreWriter::in_memory(room, vocabulary as usize, memory);
            expected.iter().for_each(|ids| writer.push(ids).unwrap());
            let store = writer.finish().unwrap();
            let read: Vec<Vec<u32>> = store.iter().collect::<io::Result<_>>().unwrap();
            assert_eq!(read, expected);
            for index in (0..4000).map(|i| i * 1237 % 4000) {
                assert_eq!(store.get(index).unwrap(), expected[index]);
            }
            assert_eq!((store.len(), store.is_empty()), (4000, false));
            assert!(store.get(4000).is_err());
        }
    }

    #[test]
    fn a_store_of_nothing_is_empty() {
        let store = StoreWriter::new(8, 8).finish().unwrap();
        assert!(store.is_empty() && store.iter().next().is_none());
    }
}
