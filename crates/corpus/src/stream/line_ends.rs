//! Line ends that are a bare CR.

use std::io::{self, Read};

/// Bytes that are looked at to tell which line ends a stream has.
const SAMPLE: usize = 64 * 1024;

/// A stream whose CR become LF where its first 64 KiB have CR and no LF, as files of the classic
/// Mac OS and some exports have.
pub(super) struct LineEnds {
    inner: Box<dyn Read + Send>,
    sample: Vec<u8>,
    /// Bytes of the sample that were given out.
    given: usize,
    /// What the sample showed; nothing before it was taken.
    has_bare_cr: Option<bool>,
    /// What stopped the sample.
    failure: Option<io::Error>,
}

impl LineEnds {
    pub(super) fn new(inner: Box<dyn Read + Send>) -> Self {
        Self {
            inner,
            sample: Vec::new(),
            given: 0,
            has_bare_cr: None,
            failure: None,
        }
    }

    /// Takes the sample.
    fn look(&mut self) -> bool {
        let taken = self.fill(SAMPLE);
        // A CR that ends the sample may be half of a CRLF.
        let taken = taken.and_then(|()| match self.sample.last() {
            Some(b'\r') => self.fill(SAMPLE + 1),
            _ => Ok(()),
        });
        // What was read before a failure is given out first.
        self.failure = taken.err();
        let has = |byte| memchr::memchr(byte, &self.sample).is_some();
        let has_bare_cr = has(b'\r') && !has(b'\n');
        self.has_bare_cr = Some(has_bare_cr);
        has_bare_cr
    }

    fn fill(&mut self, length: usize) -> io::Result<()> {
        let missing = length.saturating_sub(self.sample.len());
        let mut missing = self.inner.by_ref().take(missing as u64);
        missing.read_to_end(&mut self.sample).map(drop)
    }
}

impl Read for LineEnds {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let has_bare_cr = match self.has_bare_cr {
            Some(known) => known,
            None => self.look(),
        };
        let read = if self.given < self.sample.len() {
            let read = (&self.sample[self.given..]).read(buffer)?;
            self.given += read;
            if self.given == self.sample.len() {
                (self.sample, self.given) = (Vec::new(), 0);
            }
            read
        } else if let Some(failure) = self.failure.take() {
            return Err(failure);
        } else {
            self.inner.read(buffer)?
        };
        if has_bare_cr {
            let bytes = buffer[..read].iter_mut();
            bytes
                .filter(|byte| **byte == b'\r')
                .for_each(|byte| *byte = b'\n');
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &[u8]) -> Vec<u8> {
        let mut found = Vec::new();
        let mut stream = LineEnds::new(Box::new(io::Cursor::new(data.to_vec())));
        stream.read_to_end(&mut found).expect("memory");
        found
    }

    #[test]
    fn a_bare_cr_ends_a_line_only_where_no_lf_does() {
        assert_eq!(read(b"a\rb\r"), b"a\nb\n");
        assert_eq!(read(b"a\r\nb\r"), b"a\r\nb\r");
        assert_eq!(read(b"ab"), b"ab");
    }

    #[test]
    fn a_crlf_across_the_end_of_the_sample_is_no_bare_cr() {
        for length in SAMPLE - 2..SAMPLE + 2 {
            let data = [vec![b'A'; length], b"\r\nC".to_vec()].concat();
            assert_eq!(read(&data), data, "{length}");
        }
    }
}
