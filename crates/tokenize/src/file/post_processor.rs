//! What a post-processor puts around a text.

use crate::hugging_face::guarded;
use crate::{Error, Framing, Specials, Vocabulary};
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

/// The post-processor that puts `<CLS>` and, where there is one, `<SEP>` around a text, as BERT has
/// them.
pub(crate) fn cls_sep(vocabulary: &Vocabulary, specials: &Specials) -> Value {
    let name = |id: u32| vocabulary.token(id).unwrap_or_default();
    let special = |id: u32, kind: u32| json!({"SpecialToken": {"id": name(id), "type_id": kind}});
    let text = |which: &str, kind: u32| json!({"Sequence": {"id": which, "type_id": kind}});
    let (cls, sep) = (specials.cls, specials.sep);
    let mut single: Vec<Value> = cls.map(|cls| special(cls, 0)).into_iter().collect();
    single.push(text("A", 0));
    single.extend(sep.map(|sep| special(sep, 0)));
    let mut pair = single.clone();
    pair.push(text("B", 1));
    pair.extend(sep.map(|sep| special(sep, 1)));
    let used = cls.into_iter().chain(sep);
    let tokens: Map<String, Value> = used
        .map(|id| {
            let token = json!({"id": name(id), "ids": [id], "tokens": [name(id)]});
            (name(id).to_string(), token)
        })
        .collect();
    json!({"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": tokens})
}
