//! The character tokenizers of models that come without a file of one.

use std::ops::Range;

use dissensus_tokenize::{Encoding, Error, Framing, Specials, Tokenizer, Vocabulary};
use serde_json::{Value, json};

/// One base a token; anything else is `[UNK]`.
#[derive(Debug)]
pub(super) struct Bases {
    alphabet: &'static Alphabet,
    vocabulary: Vocabulary,
    specials: Specials,
    /// Whether lower case is read as upper case.
    raises_case: bool,
}

/// The tokens of a character tokenizer.
#[derive(Debug)]
pub(super) struct Alphabet {
    tokens: [&'static str; 12],
    /// Which of them are special.
    special: Range<u32>,
    /// Whether `[CLS]` stands in front of a sequence.
    is_classified: bool,
}

/// That of HyenaDNA and Caduceus: seven special tokens, then A C G T N.
pub(super) static HYENA: Alphabet = Alphabet {
    tokens: [
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
    ],
    special: 0..7,
    is_classified: false,
};

/// That of the untrained models over characters in "Tokenization to Transfer" (Vishniakov et al.
/// 2026): D N A T G C, then six special tokens and no mask among them.
pub(super) static TOKENIZATION_TO_TRANSFER: Alphabet = Alphabet {
    tokens: [
        "D", "N", "A", "T", "G", "C", "[CLS]", "[SEP]", "[UNK]", "[PAD]", "[EOS]", "[BOS]",
    ],
    special: 6..12,
    is_classified: true,
};

impl Alphabet {
    /// Ids and names of the special tokens.
    fn named(&self) -> impl Iterator<Item = (u32, &'static str)> + '_ {
        let numbered = (0..).zip(self.tokens);
        numbered.filter(|(id, _)| self.special.contains(id))
    }

    /// The special tokens, each in the role that its name says.
    fn specials(&self) -> Specials {
        let id = |name: &str| {
            self.named()
                .find(|named| named.1 == name)
                .map(|named| named.0)
        };
        let mut specials = Specials {
            unk: id("[UNK]"),
            pad: id("[PAD]"),
            cls: id("[CLS]"),
            sep: id("[SEP]"),
            mask: id("[MASK]"),
            others: Vec::new(),
        };
        let others = self.special.clone().filter(|&id| !specials.contains(id));
        specials.others = others.collect();
        specials
    }
}

impl Bases {
    pub(super) fn new(alphabet: &'static Alphabet, raises_case: bool) -> Result<Self, Error> {
        Ok(Self {
            alphabet,
            vocabulary: Vocabulary::new(alphabet.tokens)?,
            specials: alphabet.specials(),
            raises_case,
        })
    }

    /// The first token of a text, and its bytes.
    fn first(&self, text: &str) -> Option<(u32, usize)> {
        let letter = text.chars().next()?;
        let mut special = self.alphabet.named();
        if let Some((id, token)) = special.find(|(_, token)| text.starts_with(token)) {
            return Some((id, token.len()));
        }
        let raised = if self.raises_case {
            letter.to_ascii_uppercase()
        } else {
            letter
        };
        let base = self.vocabulary.id(raised.encode_utf8(&mut [0; 4]));
        Some((base.or(self.specials.unk)?, letter.len_utf8()))
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

    /// `[SEP]` behind, and in front nothing or `[CLS]`.
    fn framing(&self) -> Framing {
        let front = self.specials.cls.filter(|_| self.alphabet.is_classified);
        Framing {
            before: front.into_iter().collect(),
            after: self.specials.sep.into_iter().collect(),
        }
    }

    fn to_json(&self) -> Result<String, Error> {
        let alphabet = self.alphabet;
        let name = |id: u32| alphabet.tokens[id as usize];
        let numbered = alphabet.tokens.iter().enumerate();
        let vocabulary: serde_json::Map<String, Value> = numbered
            .map(|(id, token)| (token.to_string(), id.into()))
            .collect();
        let added: Vec<Value> = alphabet
            .named()
            .map(|(id, token)| {
                json!({
                    "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false, "special": true
                })
            })
            .collect();
        let file = json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
            "normalizer": self.normalizer(),
            "pre_tokenizer": {
                "type": "Split", "pattern": {"Regex": "[\\s\\S]"}, "behavior": "Isolated", "invert": false
            },
            "post_processor": self.framing().post_processor(name, false),
            "decoder": null,
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
        });
        Ok(format!("{file:#}\n"))
    }
}

impl Bases {
    /// Lower case to upper case, where it is read so.
    fn normalizer(&self) -> Value {
        if !self.raises_case {
            return Value::Null;
        }
        let letters = self.alphabet.tokens.iter().filter(|token| token.len() == 1);
        let raised = letters.map(|base| {
            let lower = json!({"String": base.to_lowercase()});
            json!({"type": "Replace", "pattern": lower, "content": base})
        });
        json!({"type": "Sequence", "normalizers": raised.collect::<Vec<Value>>()})
    }
}
