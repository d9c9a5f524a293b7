//! The gaps of GENA-LM: ten or more N become one token.

use dissensus_tokenize::{Encoding, Error, Framing, Specials, Tokenizer, Vocabulary};

/// A tokenizer whose `-` stands for a run of N. The library behind it says that the token covers
/// the last N; here it covers the run.
#[derive(Debug)]
pub(super) struct WholeGaps {
    inner: Box<dyn Tokenizer>,
    gap: Option<u32>,
}

impl WholeGaps {
    pub(super) fn new(inner: Box<dyn Tokenizer>) -> Self {
        let gap = inner.vocabulary().id("-");
        Self { inner, gap }
    }
}

impl Tokenizer for WholeGaps {
    fn encode(&self, text: &str) -> Result<Encoding, Error> {
        let mut encoding = self.inner.encode(text)?;
        let mut end = text.len() - text.trim_start().len();
        for (id, range) in encoding.ids.iter().zip(&mut encoding.offsets) {
            if Some(*id) == self.gap {
                range.start = end.min(range.start);
            }
            end = range.end;
        }
        Ok(encoding)
    }

    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        self.inner.encode_ids(text, ids)
    }

    fn decode(&self, ids: &[u32]) -> Result<String, Error> {
        self.inner.decode(ids)
    }

    fn vocabulary(&self) -> &Vocabulary {
        self.inner.vocabulary()
    }

    fn specials(&self) -> &Specials {
        self.inner.specials()
    }

    fn framing(&self) -> Framing {
        self.inner.framing()
    }

    fn letters(&self) -> Option<Vec<String>> {
        self.inner.letters()
    }

    fn to_json(&self) -> Result<String, Error> {
        self.inner.to_json()
    }
}
