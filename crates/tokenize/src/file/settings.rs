//! A `tokenizer.json` without its model.

use super::post_processor::framing;
use crate::dna::Normalizer;
use crate::{Error, Framing, Specials, Vocabulary};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Everything in a `tokenizer.json` but the model. Kept as read, so that saving loses nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TokenizerSettings {
    #[serde(default)]
    version: Value,
    #[serde(default)]
    truncation: Value,
    #[serde(default)]
    padding: Value,
    #[serde(default)]
    pub added_tokens: Vec<AddedToken>,
    #[serde(default)]
    pub normalizer: Value,
    #[serde(default)]
    pub pre_tokenizer: Value,
    #[serde(default)]
    post_processor: Value,
    #[serde(default)]
    pub decoder: Value,
    /// What the post-processor puts around a text.
    #[serde(skip)]
    framing: Framing,
}

/// A token recognised in the text before anything else happens to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AddedToken {
    pub id: u32,
    pub content: String,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
    special: bool,
}

#[derive(Serialize)]
struct Whole<'a, M> {
    #[serde(flatten)]
    settings: &'a TokenizerSettings,
    model: M,
}

impl TokenizerSettings {
    /// The settings of a new tokenizer: `<CLS>` and `<SEP>` around a text where there are such, all
    /// special tokens added, tokens concatenated by the decoder.
    pub fn new(
        vocabulary: &Vocabulary,
        specials: &Specials,
        pre_tokenizer: Value,
        normalizer: Normalizer,
    ) -> Self {
        let mut ids: Vec<u32> = specials.ids().collect();
        ids.sort_unstable();
        let token = |id: u32| AddedToken {
            id,
            content: vocabulary.token(id).unwrap_or_default().to_string(),
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: true,
        };
        let around = Framing::cls_sep(specials).ok();
        Self {
            version: json!("1.0"),
            truncation: Value::Null,
            padding: Value::Null,
            added_tokens: ids.into_iter().map(token).collect(),
            normalizer: normalizer.to_json(),
            pre_tokenizer,
            post_processor: around.as_ref().map_or(Value::Null, |around| {
                around.post_processor(|id| vocabulary.token(id).unwrap_or_default(), true)
            }),
            decoder: json!({"type": "Fuse"}),
            framing: around.unwrap_or_default(),
        }
    }

    /// Reads what stands in a file as text: what the post-processor puts around a sequence.
    pub fn settled(mut self) -> Result<Self, Error> {
        self.framing = framing(&self.post_processor)?;
        Ok(self)
    }

    /// What the post-processor puts around a text.
    pub fn framing(&self) -> &Framing {
        &self.framing
    }

    /// What happens to a text first.
    pub fn dna_normalizer(&self) -> Normalizer {
        Normalizer::of_json(&self.normalizer).unwrap_or(Normalizer::None)
    }

    /// Whether the tokenizers of this crate do all that the settings asks for between text and ids.
    pub fn is_plain(&self) -> bool {
        let decoder = &self.decoder;
        Normalizer::of_json(&self.normalizer).is_some()
            && (decoder.is_null() || decoder["type"] == "Fuse")
            && self.added_tokens.iter().all(AddedToken::is_plain)
    }

    /// What stands between two tokens when they are decoded.
    pub fn joint(&self) -> &'static str {
        if self.decoder.is_null() { " " } else { "" }
    }

    /// The added tokens with their ids.
    pub fn literals(&self) -> impl Iterator<Item = (String, u32)> + '_ {
        self.added_tokens
            .iter()
            .map(|token| (token.content.clone(), token.id))
    }

    /// The file: settings and model.
    pub fn to_json(&self, model: impl Serialize) -> Result<String, Error> {
        let written = serde_json::to_string_pretty(&Whole {
            settings: self,
            model,
        });
        written.map_err(|source| Error::Json {
            what: "the tokenizer".to_string(),
            source,
        })
    }
}

impl AddedToken {
    fn is_plain(&self) -> bool {
        !(self.single_word || self.lstrip || self.rstrip || self.normalized)
    }
}

/// The pre-tokenizer that cuts DNA into k-mers and single symbols, for k = 1 into single symbols
/// only: a regular expression tries k bases at each position, and else takes one symbol, which is
/// the greedy longest match.
pub(crate) fn single_symbols(k: usize) -> Value {
    isolated(&match k {
        1 => r"[\s\S]".to_string(),
        k => format!(r"[ACGT]{{{k}}}|[\s\S]"),
    })
}

/// The pre-tokenizer that makes every match of a regular expression a word, and what lies between
/// two matches too.
pub(crate) fn isolated(pattern: &str) -> Value {
    json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false})
}
