use std::io::{self, BufRead, Read};

/// Counts the bytes consumed of a stream.
pub(super) struct Counted<R> {
    inner: R,
    position: u64,
    last_byte: Option<u8>,
}

impl<R: BufRead> Counted<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            position: 0,
            last_byte: None,
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn last_byte(&self) -> Option<u8> {
        self.last_byte
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.inner.read(buffer)?;
        self.position += amount as u64;
        if amount > 0 {
            self.last_byte = Some(buffer[amount - 1]);
        }
        Ok(amount)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if amount == 0 {
            return;
        }
        // A filled buffer is handed out again without reading, so this costs nothing and cannot fail.
        if let Ok(buffer) = self.inner.fill_buf() {
            self.last_byte = buffer.get(amount - 1).copied();
        }
        self.position += amount as u64;
        self.inner.consume(amount);
    }
}
