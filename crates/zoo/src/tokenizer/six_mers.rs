//! The 6-mers of the Nucleotide Transformer, as its `EsmTokenizer` cuts them.

use dissensus_tokenize::{Encoding, Error, Framing, Specials, Tokenizer, Vocabulary};

/// Greedy 6-mers in which a run of unknown letters is one token, white space separates, and there
/// is no separator.
///
/// Version 1 lists `<eos>` and `<bos>` behind the rows of its model: they are no tokens here.
#[derive(Debug)]
pub(super) struct SixMers {
    inner: Box<dyn Tokenizer>,
    vocabulary: Vocabulary,
    specials: Specials,
}

impl SixMers {
    pub(super) fn new(inner: Box<dyn Tokenizer>, rows: usize) -> Result<Self, Error> {
        let tokens = inner.vocabulary().tokens().iter().take(rows);
        let vocabulary = Vocabulary::new(tokens.cloned())?;
        let mut specials = inner.specials().clone();
        specials.others.extend(specials.sep.take());
        specials.others.retain(|&id| (id as usize) < rows);
        Ok(Self {
            inner,
            vocabulary,
            specials,
        })
    }

    /// Joins unknown letters that touch, and drops white space.
    fn joined(&self, text: &str, encoding: Encoding) -> Encoding {
        let mut joined = Encoding::default();
        for (id, range) in encoding.ids.into_iter().zip(encoding.offsets) {
            let is_unknown = Some(id) == self.specials.unk;
            if is_unknown && text[range.clone()].trim().is_empty() {
                continue;
            }
            let goes_on = is_unknown && joined.ids.last() == Some(&id);
            match joined.offsets.last_mut() {
                Some(last) if goes_on && last.end == range.start => last.end = range.end,
                _ => {
                    joined.ids.push(id);
                    joined.offsets.push(range);
                }
            }
        }
        joined
    }
}

impl Tokenizer for SixMers {
    fn encode(&self, text: &str) -> Result<Encoding, Error> {
        Ok(self.joined(text, self.inner.encode(text)?))
    }

    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        ids.extend(self.encode(text)?.ids);
        Ok(())
    }

    fn decode(&self, ids: &[u32]) -> Result<String, Error> {
        self.inner.decode(ids)
    }

    fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn specials(&self) -> &Specials {
        &self.specials
    }

    /// `<cls>` in front and nothing behind, whatever the file says.
    fn framing(&self) -> Framing {
        Framing {
            before: self.specials.cls.into_iter().collect(),
            after: Vec::new(),
        }
    }

    fn to_json(&self) -> Result<String, Error> {
        self.inner.to_json()
    }
}
