//! A stream that counts.

use std::io::{self, BufRead, Read};

use super::failure::OwnFailure;

/// Counts the bytes consumed of a stream, and refuses to read on when a record has too many.
pub(super) struct Counted<R> {
    inner: R,
    position: u64,
    last_byte: Option<u8>,
    /// Bytes that a record may have.
    limit: u64,
    /// Where the record ends at the latest.
    end: u64,
}

impl<R: BufRead> Counted<R> {
    pub(super) fn new(inner: R, limit: u64) -> Self {
        Self {
            inner,
            position: 0,
            last_byte: None,
            limit,
            end: limit,
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The byte before the position.
    pub(super) fn last_byte(&self) -> Option<u8> {
        self.last_byte
    }

    pub(super) fn limit(&mut self, bytes: u64) {
        self.limit = bytes;
        self.begin_record();
    }

    pub(super) fn begin_record(&mut self) {
        self.end = self.position.saturating_add(self.limit);
    }

    fn check(&self) -> io::Result<()> {
        if self.position > self.end {
            return Err(OwnFailure::TooLarge { limit: self.limit }.into());
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        let amount = self.inner.read(buffer)?;
        self.position += amount as u64;
        if let Some(last) = amount.checked_sub(1) {
            self.last_byte = Some(buffer[last]);
        }
        Ok(amount)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        // One byte more than the record may have, so that what is too long is seen to be.
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        let bytes = self.inner.fill_buf()?;
        Ok(&bytes[..bytes.len().min(left.saturating_add(1))])
    }

    fn consume(&mut self, amount: usize) {
        self.position += amount as u64;
        // What is consumed stands in the buffer, so this reads nothing.
        if let (Some(last), Ok(buffer)) = (amount.checked_sub(1), self.inner.fill_buf()) {
            self.last_byte = buffer.get(last).copied();
        }
        self.inner.consume(amount);
    }
}
