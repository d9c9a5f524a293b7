//! What tokenizers of DNA share.

use crate::Error;

/// DNA is ASCII: a character outside it means the wrong file, not an unknown base.
pub(crate) fn require_ascii(text: &str) -> Result<(), Error> {
    if text.is_ascii() {
        return Ok(());
    }
    let found = text.char_indices().find(|(_, c)| !c.is_ascii());
    match found {
        Some((byte, character)) => Err(Error::NotAscii { byte, character }),
        None => Ok(()),
    }
}
