//! Tokenizers of other kinds, by the Hugging Face library.

use crate::file::{framing_of, with_unk};
use crate::specials::Names;
use crate::{Encoding, Error, Framing, Specials, Tokenizer, Vocabulary, letters};
use serde_json::Value;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A tokenizer that only the Hugging Face library knows: WordPiece, Unigram, byte-level BPE, or one
/// with a normaliser.
///
/// It opens like any other through [`load`](crate::load); truncation, padding and dropout set in
/// the file are switched off, and no special tokens are added. A file that opens but could not be
/// read back once saved is refused. Offsets are what the library reports; those of a byte-level
/// model may overlap. Where the library panics over a file that contradicts itself, the call is an
/// [`Error::HuggingFace`] with the panic's message.
pub struct HuggingFace {
    inner: tokenizers::Tokenizer,
    vocabulary: Vocabulary,
    specials: Specials,
    framing: Framing,
    letters: Option<Vec<String>>,
}

impl HuggingFace {
    pub(crate) fn parse(json: &str, named: &Names) -> Result<Self, Error> {
        let mut json: Value = serde_json::from_str(json).map_err(|source| Error::Json {
            what: "tokenizer.json".to_string(),
            source,
        })?;
        let off = ["/truncation", "/padding", "/model/dropout"];
        for pointer in off {
            if let Some(value) = json.pointer_mut(pointer) {
                *value = Value::Null;
            }
        }
        let inner = guarded(|| tokenizers::Tokenizer::from_bytes(json.to_string()))?;
        survives_saving(&inner)?;
        let vocabulary = Vocabulary::from_ids(inner.get_vocab(true))?;
        let named = with_unk(named, json["model"]["unk_token"].as_str());
        let mut specials = Specials::find(&vocabulary, &named)?;
        let added = inner.get_added_tokens_decoder();
        let others = added
            .iter()
            .filter(|(id, token)| token.special && !specials.contains(**id));
        let mut others: Vec<u32> = others.map(|(id, _)| *id).collect();
        others.sort_unstable();
        specials.others = others;
        let framing = match inner.get_post_processor() {
            Some(post_processor) => framing_of(post_processor)?,
            None => Framing::default(),
        };
        let mut found = Self {
            inner,
            vocabulary,
            specials,
            framing,
            letters: None,
        };
        found.letters = letters::of_file(&json, &found);
        Ok(found)
    }
}

impl fmt::Debug for HuggingFace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.vocabulary.len();
        f.debug_struct("HuggingFace")
            .field("size", &size)
            .field("specials", &self.specials)
            .finish()
    }
}

impl Tokenizer for HuggingFace {
    fn encode(&self, text: &str) -> Result<Encoding, Error> {
        let encoding = guarded(|| self.inner.encode(text, false))?;
        let offsets = encoding
            .get_offsets()
            .iter()
            .map(|&(start, end)| start..end)
            .collect();
        Ok(Encoding {
            ids: encoding.get_ids().to_vec(),
            offsets,
        })
    }

    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        let encoding = guarded(|| self.inner.encode_fast(text, false))?;
        ids.extend_from_slice(encoding.get_ids());
        Ok(())
    }

    fn decode(&self, ids: &[u32]) -> Result<String, Error> {
        let size = self.vocabulary.len();
        match ids.iter().find(|id| **id as usize >= size) {
            Some(&id) => Err(Error::UnknownId { id, size }),
            None => guarded(|| self.inner.decode(ids, false)),
        }
    }

    fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn specials(&self) -> &Specials {
        &self.specials
    }

    fn framing(&self) -> Framing {
        self.framing.clone()
    }

    fn letters(&self) -> Option<Vec<String>> {
        self.letters.clone()
    }

    fn to_json(&self) -> Result<String, Error> {
        guarded(|| self.inner.to_string(true))
    }
}

/// Some files open whose written form the library refuses: found when they are opened, not when a
/// trained model is saved.
fn survives_saving(inner: &tokenizers::Tokenizer) -> Result<(), Error> {
    let written = guarded(|| inner.to_string(false))?;
    guarded(|| tokenizers::Tokenizer::from_bytes(&written)).map_err(|error| {
        Error::HuggingFace {
            reason: format!("the file opens, yet it could not be read back once saved: {error}"),
        }
    })?;
    Ok(())
}

/// Calls the library. Its decoders and models index, slice and unwrap by what the file says, in
/// more places than could be checked before: a `Strip` decoder that takes more than a token has
/// panics on that token only. A call changes nothing that outlives it but caches, which the library
/// takes for empty when a panic left them locked.
pub(crate) fn guarded<T>(call: impl FnOnce() -> tokenizers::Result<T>) -> Result<T, Error> {
    let reason = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            format!("the library panicked: {}", text.unwrap_or("no message"))
        }
    };
    Err(Error::HuggingFace { reason })
}
