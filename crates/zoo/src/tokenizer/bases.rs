//! The character tokenizer of models that come without a file of one.

use dissensus_tokenize::{Encoding, Error, Framing, Specials, Tokenizer, Vocabulary};
use serde_json::{Value, json};

/// One base a token: seven special tokens, then A C G T N. Anything else is `[UNK]`.
#[derive(Debug)]
pub(super) struct Bases {
    vocabulary: Vocabulary,
    specials: Specials,
    /// Whether lower case is read as upper case.
    raises_case: bool,
}

const TOKENS: [&str; 12] = [
    "[CLS]",
    "[SEP]",
    "[BOS]",
    "[MASK]",
    "[PAD]",
    "[RESERVED]",
    "[UNK]",
    "A",
    "C",
    "G",
    "T",
    "N",
];

/// How many of them are special.
const SPECIAL: usize = 7;

/// The id of `[UNK]`.
const UNKNOWN: u32 = 6;

impl Bases {
    pub(super) fn new(raises_case: bool) -> Result<Self, Error> {
        Ok(Self {
            vocabulary: Vocabulary::new(TOKENS)?,
            specials: Specials {
                unk: Some(UNKNOWN),
                pad: Some(4),
                cls: Some(0),
                sep: Some(1),
                mask: Some(3),
                others: vec![2, 5],
            },
            raises_case,
        })
    }

    /// The first token of a text, and its bytes.
    fn first(&self, text: &str) -> Option<(u32, usize)> {
        let letter = text.chars().next()?;
        let special = (0..).zip(&TOKENS[..SPECIAL]);
        let mut special = special.filter(|(_, token)| text.starts_with(**token));
        if let Some((id, token)) = special.next() {
            return Some((id, token.len()));
        }
        let raised = if self.raises_case {
            letter.to_ascii_uppercase()
        } else {
            letter
        };
        let base = self.vocabulary.id(raised.encode_utf8(&mut [0; 4]));
        Some((base.unwrap_or(UNKNOWN), letter.len_utf8()))
    }
}

impl Tokenizer for Bases {
    fn encode(&self, text: &str) -> Result<Encoding, Error> {
        let (mut encoding, mut at) = (Encoding::default(), 0);
        while let Some((id, bytes)) = self.first(&text[at..]) {
            encoding.ids.push(id);
            encoding.offsets.push(at..at + bytes);
            at += bytes;
        }
        Ok(encoding)
    }

    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), Error> {
        ids.extend(self.encode(text)?.ids);
        Ok(())
    }

    fn decode(&self, ids: &[u32]) -> Result<String, Error> {
        let size = self.vocabulary.len();
        let token = |&id: &u32| {
            self.vocabulary
                .token(id)
                .ok_or(Error::UnknownId { id, size })
        };
        ids.iter().map(token).collect()
    }

    fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn specials(&self) -> &Specials {
        &self.specials
    }

    /// `[SEP]` behind and nothing in front.
    fn framing(&self) -> Framing {
        Framing {
            before: Vec::new(),
            after: self.specials.sep.into_iter().collect(),
        }
    }

    fn to_json(&self) -> Result<String, Error> {
        let numbered = || TOKENS.iter().enumerate();
        let vocabulary: serde_json::Map<String, Value> = numbered()
            .map(|(id, token)| (token.to_string(), id.into()))
            .collect();
        let added: Vec<Value> = numbered()
            .take(SPECIAL)
            .map(|(id, token)| {
                json!({
                    "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false, "special": true
                })
            })
            .collect();
        let raised = |base: &str| {
            let lower = json!({"String": base.to_lowercase()});
            json!({"type": "Replace", "pattern": lower, "content": base})
        };
        let raised: Vec<Value> = TOKENS[SPECIAL..].iter().map(|base| raised(base)).collect();
        let raise = json!({"type": "Sequence", "normalizers": raised});
        let file = json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
            "normalizer": if self.raises_case { raise } else { Value::Null },
            "pre_tokenizer": {
                "type": "Split", "pattern": {"Regex": "[\\s\\S]"}, "behavior": "Isolated", "invert": false
            },
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {"[SEP]": {"id": "[SEP]", "ids": [1], "tokens": ["[SEP]"]}}
            },
            "decoder": null,
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
        });
        Ok(format!("{file:#}\n"))
    }
}
