//! The model part of a `tokenizer.json`.

use crate::Vocabulary;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::HashMap;

/// A vocabulary written in the order of its ids.
pub(crate) struct Ordered<'a>(pub &'a Vocabulary);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (id, token) in self.0.tokens().iter().enumerate() {
            map.serialize_entry(token, &id)?;
        }
        map.end()
    }
}

/// A model as it is written.
#[derive(Serialize)]
#[serde(tag = "type")]
pub(crate) enum Model<'a> {
    WordLevel {
        vocab: Ordered<'a>,
        unk_token: Option<&'a str>,
    },
    #[serde(rename = "BPE")]
    Bpe {
        dropout: Option<f32>,
        unk_token: Option<&'a str>,
        continuing_subword_prefix: Option<&'a str>,
        end_of_word_suffix: Option<&'a str>,
        fuse_unk: bool,
        byte_fallback: bool,
        ignore_merges: bool,
        vocab: Ordered<'a>,
        merges: Vec<(&'a str, &'a str)>,
    },
}

/// A BPE model as it stands in a file.
#[derive(Deserialize)]
pub(crate) struct BpeModel {
    pub unk_token: Option<String>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    #[serde(default)]
    fuse_unk: bool,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default)]
    ignore_merges: bool,
    pub vocab: HashMap<String, u32>,
    pub merges: Vec<Merge>,
}

/// A merge: two tokens, or in older files one string with a space between them.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Merge {
    Pair(String, String),
    Joined(String),
}

impl BpeModel {
    /// Whether the model is the plain one: characters merged by rank, unknown ones each to `unk`.
    /// Dropout of merges is a way to train; here encoding is a function, so it is off whatever the
    /// file says.
    pub fn is_plain(&self) -> bool {
        let empty = |affix: &Option<String>| affix.as_deref().unwrap_or_default().is_empty();
        self.unk_token.is_some()
            && empty(&self.continuing_subword_prefix)
            && empty(&self.end_of_word_suffix)
            && !(self.fuse_unk || self.byte_fallback || self.ignore_merges)
    }
}

impl Merge {
    /// The merge as older files write it.
    pub fn joined(&self) -> String {
        match self {
            Self::Pair(left, right) => format!("{left} {right}"),
            Self::Joined(both) => both.clone(),
        }
    }

    /// The two tokens, if there are two.
    pub fn parts(&self) -> Option<(&str, &str)> {
        match self {
            Self::Pair(left, right) => Some((left, right)),
            Self::Joined(both) => both
                .split_once(' ')
                .filter(|(_, right)| !right.contains(' ')),
        }
    }
}
