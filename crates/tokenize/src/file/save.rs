//! Writing tokenizer files and folders.

use std::fs;
use std::path::Path;

use dissensus_kernels::files::write_atomically;
use serde_json::{Map, Value, json};

use crate::{Error, Role, Specials, Vocabulary};

/// What a folder of a tokenizer says beside its tokens.
///
/// ```
/// use dissensus_tokenize::Exported;
///
/// assert_eq!(Exported::default().max_length, 512);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Positions that the model has: `model_max_length`, beyond which Python warns. Default 512.
    pub max_length: usize,
}

impl Default for Exported {
    fn default() -> Self {
        Self { max_length: 512 }
    }
}

impl Exported {
    /// Sets the positions that the model has.
    #[must_use]
    pub fn with_max_length(mut self, positions: usize) -> Self {
        self.max_length = positions;
        self
    }
}

/// Writes a `tokenizer.json`, alone or in a folder with the two files that `AutoTokenizer` needs
/// beside it.
pub(crate) fn save(
    json: &str,
    vocabulary: &Vocabulary,
    specials: &Specials,
    exported: Exported,
    path: &Path,
) -> Result<(), Error> {
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        return write(path, json);
    }
    fs::create_dir_all(path).map_err(|source| failure(path, source))?;
    let map = names_of(vocabulary, specials);
    let mut config = map.clone();
    config.insert(
        "tokenizer_class".to_string(),
        json!("PreTrainedTokenizerFast"),
    );
    config.insert("clean_up_tokenization_spaces".to_string(), json!(false));
    config.insert("model_max_length".to_string(), json!(exported.max_length));
    write(&path.join("tokenizer.json"), json)?;
    let files = [
        ("special_tokens_map.json", map),
        ("tokenizer_config.json", config),
    ];
    for (name, map) in files {
        write(&path.join(name), &format!("{:#}\n", Value::Object(map)))?;
    }
    Ok(())
}

fn names_of(vocabulary: &Vocabulary, specials: &Specials) -> Map<String, Value> {
    let entry = |role: Role| {
        let token = vocabulary.token(specials.id(role)?)?;
        Some((format!("{}_token", role.name()), json!(token)))
    };
    Role::ALL.into_iter().filter_map(entry).collect()
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    write_atomically(path, text.as_bytes()).map_err(|source| failure(path, source))
}

fn failure(path: &Path, source: std::io::Error) -> Error {
    Error::Write {
        path: path.to_path_buf(),
        source,
    }
}
