//! What a post-processor puts around a text: read from one, and written as one.

use crate::hugging_face::guarded;
use crate::{Error, Framing};
use serde_json::{Map, Value, json};
use tokenizers::{Encoding, PostProcessor, PostProcessorWrapper, Token};

/// The id of the token that stands for the text.
const TEXT: u32 = u32::MAX;

/// The special tokens that a post-processor of a `tokenizer.json` puts around a text.
pub(crate) fn framing(post_processor: &Value) -> Result<Framing, Error> {
    if post_processor.is_null() {
        return Ok(Framing::default());
    }
    let parsed: PostProcessorWrapper =
        serde_json::from_value(post_processor.clone()).map_err(|source| Error::Json {
            what: "post_processor".to_string(),
            source,
        })?;
    framing_of(&parsed)
}

/// The special tokens that a post-processor puts around a text.
pub(crate) fn framing_of(post_processor: &PostProcessorWrapper) -> Result<Framing, Error> {
    let token = Token::new(TEXT, "A".to_string(), (0, 1));
    let text = Encoding::from_tokens(vec![token], 0);
    let framed = guarded(|| post_processor.process(text, None, true))?;
    let mut parts = framed.get_ids().split(|&id| id == TEXT);
    let mut next = || parts.next().unwrap_or_default().to_vec();
    Ok(Framing {
        before: next(),
        after: next(),
    })
}

impl Framing {
    /// The `TemplateProcessing` of a `tokenizer.json` that puts these special tokens, of the names
    /// that `name` gives, around a text. With `closes_pairs` a pair of texts is framed as BERT has
    /// it, the second text closed as the first is; without, the two stand bare one after the other.
    ///
    /// ```
    /// use dissensus_tokenize::Framing;
    /// let framing = Framing { before: vec![2], after: vec![] };
    /// let found = framing.post_processor(|_| "[CLS]", false);
    /// assert_eq!(found["single"][0]["SpecialToken"]["id"], "[CLS]");
    /// assert_eq!(found["pair"].as_array().map(Vec::len), Some(2));
    /// ```
    #[must_use]
    pub fn post_processor<'a>(&self, name: impl Fn(u32) -> &'a str, closes_pairs: bool) -> Value {
        let special =
            |id: &u32, kind: u32| json!({"SpecialToken": {"id": name(*id), "type_id": kind}});
        let text = |which: &str, kind: u32| json!({"Sequence": {"id": which, "type_id": kind}});
        let close = |kind: u32| self.after.iter().map(move |id| special(id, kind));
        let mut single: Vec<Value> = self.before.iter().map(|id| special(id, 0)).collect();
        single.push(text("A", 0));
        single.extend(close(0));
        let mut pair = vec![text("A", 0), text("B", 1)];
        if closes_pairs {
            pair.splice(..1, single.iter().cloned());
            pair.extend(close(1));
        }
        let used = self.before.iter().chain(&self.after);
        let named = |id: &u32| json!({"id": name(*id), "ids": [id], "tokens": [name(*id)]});
        let tokens: Map<String, Value> = used.map(|id| (name(*id).into(), named(id))).collect();
        json!({
            "type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": tokens
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_closed_or_bare() {
        let special =
            |name: &str, kind: u32| json!({"SpecialToken": {"id": name, "type_id": kind}});
        let text = |name: &str, kind: u32| json!({"Sequence": {"id": name, "type_id": kind}});
        let (cls, sep) = (special("<CLS>", 0), special("<SEP>", 0));
        let (first, second) = (text("A", 0), text("B", 1));
        let framing = Framing {
            before: vec![2],
            after: vec![3],
        };
        let name = |id| if id == 2 { "<CLS>" } else { "<SEP>" };
        let mut wanted = json!({
            "type": "TemplateProcessing",
            "single": [cls, first, sep],
            "pair": [cls, first, sep, second, special("<SEP>", 1)],
            "special_tokens": {
                "<CLS>": {"id": "<CLS>", "ids": [2], "tokens": ["<CLS>"]},
                "<SEP>": {"id": "<SEP>", "ids": [3], "tokens": ["<SEP>"]},
            },
        });
        assert_eq!(framing.post_processor(name, true), wanted);
        wanted["pair"] = json!([first, second]);
        assert_eq!(framing.post_processor(name, false), wanted);
    }
}
