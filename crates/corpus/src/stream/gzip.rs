//! gzip with several members.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

use super::failure::OwnFailure;

/// The first byte of a member.
const MAGIC: u8 = 0x1f;

/// Reads the members of a gzip file as one stream; zeros behind a member are padding (tapes, `dd`),
/// anything else is refused.
pub(super) struct GzipMembers<R> {
    /// The member that is being read; nothing at the end.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            member: Some(GzDecoder::new(stream)),
        }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.member = match self.member.take() {
                Some(ended) => next_member(ended.into_inner())?,
                None => None,
            };
        }
        Ok(0)
    }
}

/// The member behind zeros or at once, or nothing at the end of the file.
fn next_member<R: BufRead>(mut stream: R) -> io::Result<Option<GzDecoder<R>>> {
    loop {
        let bytes = stream.fill_buf()?;
        match bytes.first() {
            None => return Ok(None),
            Some(0) => {
                let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
                stream.consume(zeros);
            }
            Some(&MAGIC) => return Ok(Some(GzDecoder::new(stream))),
            Some(_) => return Err(OwnFailure::TrailingBytes.into()),
        }
    }
}
