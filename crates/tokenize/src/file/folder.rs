//! Reading and writing tokenizer files and folders.

use super::{BpeModel, Shell, single_symbols};
use crate::{Bpe, Character, Error, HuggingFace, Kmer, Role, Specials, Tokenizer, Vocabulary};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// Opens a tokenizer: a folder of Hugging Face's layout, a `tokenizer.json`, or a `vocab.txt` of k-mers (one token a line).
///
/// Plain BPE, k-mer and character files get this crate's own tokenizers; every other `tokenizer.json` is left to the Hugging Face
/// library ([`HuggingFace`]). The names of the special tokens come from `special_tokens_map.json` or `tokenizer_config.json` where
/// the folder has them, else they are looked up among the names that published tokenizers use.
///
/// # Errors
/// [`Error::Read`], [`Error::NoTokenizer`] and those of [`parse`].
pub fn load(path: impl AsRef<Path>) -> Result<Box<dyn Tokenizer>, Error> {
    let path = path.as_ref();
    if !path.is_dir() {
        return open(path, &HashMap::new());
    }
    let mut named = HashMap::new();
    for name in ["special_tokens_map.json", "tokenizer_config.json"] {
        let file = path.join(name);
        if file.is_file() {
            read_names(&read_json(&file)?, &mut named);
        }
    }
    let files = ["tokenizer.json", "vocab.txt"].map(|name| path.join(name));
    match files.iter().find(|file| file.is_file()) {
        Some(file) => open(file, &named),
        None => Err(Error::NoTokenizer {
            path: path.to_path_buf(),
        }),
    }
}

/// Reads a tokenizer from the content of a `tokenizer.json`.
///
/// # Errors
/// [`Error::Json`] if it is malformed, [`Error::Field`], [`Error::MissingToken`], [`Error::MissingId`], [`Error::DuplicateId`],
/// [`Error::MissingSpecial`] or [`Error::UnexpectedToken`] if it contradicts itself, [`Error::HuggingFace`] if the library refuses it.
pub fn parse(json: &str) -> Result<Box<dyn Tokenizer>, Error> {
    parse_named(json, "tokenizer.json", &HashMap::new())
}

/// What a file calls its special tokens.
type Names = HashMap<Role, String>;

fn open(path: &Path, named: &Names) -> Result<Box<dyn Tokenizer>, Error> {
    let text = read(path)?;
    match path.extension().is_some_and(|extension| extension == "txt") {
        true => Ok(Box::new(Kmer::from_vocabulary(
            Vocabulary::new(text.lines())?,
            named,
        )?)),
        false => parse_named(&text, &path.display().to_string(), named),
    }
}

#[derive(Deserialize)]
struct Whole {
    #[serde(flatten)]
    shell: Shell,
    model: Value,
}

fn parse_named(json: &str, what: &str, named: &Names) -> Result<Box<dyn Tokenizer>, Error> {
    let malformed = |source| Error::Json {
        what: what.to_string(),
        source,
    };
    let whole: Whole = serde_json::from_str(json).map_err(malformed)?;
    let split = |k| whole.shell.pre_tokenizer == single_symbols(k);
    match whole.model["type"].as_str() {
        Some("BPE") if whole.shell.is_plain() && Bpe::knows(&whole.shell) => {
            let model = BpeModel::deserialize(&whole.model).map_err(malformed)?;
            match model.is_plain() {
                true => Ok(Box::new(Bpe::from_model(model, whole.shell, named)?)),
                false => Ok(Box::new(HuggingFace::parse(json, named)?)),
            }
        }
        Some("WordLevel") if whole.shell.is_plain() && split(1) => {
            let (vocabulary, named) = word_level(&whole, named)?;
            Ok(Box::new(Character::from_vocabulary(vocabulary, &named)?))
        }
        Some("WordLevel") if whole.shell.is_plain() && Kmer::LENGTHS.into_iter().any(split) => {
            let (vocabulary, named) = word_level(&whole, named)?;
            Ok(Box::new(Kmer::from_vocabulary(vocabulary, &named)?))
        }
        _ => Ok(Box::new(HuggingFace::parse(json, named)?)),
    }
}

fn word_level(whole: &Whole, named: &Names) -> Result<(Vocabulary, Names), Error> {
    let malformed = |source| Error::Json {
        what: "model.vocab".to_string(),
        source,
    };
    let ids = HashMap::deserialize(&whole.model["vocab"]).map_err(malformed)?;
    let unk = whole.model["unk_token"].as_str();
    Ok((Vocabulary::from_ids(ids)?, with_unk(named, unk)))
}

/// The names, with the model's own unknown token unless the folder names one.
pub(crate) fn with_unk(named: &Names, unk: Option<&str>) -> Names {
    let mut named = named.clone();
    if let Some(unk) = unk {
        named.entry(Role::Unk).or_insert_with(|| unk.to_string());
    }
    named
}

fn read_names(map: &Value, named: &mut Names) {
    for role in Role::ALL {
        let value = &map[format!("{}_token", role.name())];
        let name = value.as_str().or_else(|| value["content"].as_str());
        if let Some(name) = name {
            named.entry(role).or_insert_with(|| name.to_string());
        }
    }
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_path_buf(),
        source,
    })
}

fn read_json(path: &Path) -> Result<Value, Error> {
    let what = path.display().to_string();
    serde_json::from_str(&read(path)?).map_err(|source| Error::Json { what, source })
}

/// Writes a `tokenizer.json`, alone or in a folder with the two files that `AutoTokenizer` needs beside it.
pub(crate) fn save(
    json: &str,
    vocabulary: &Vocabulary,
    specials: &Specials,
    path: &Path,
) -> Result<(), Error> {
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        return write(path, json);
    }
    fs::create_dir_all(path).map_err(|source| Error::Write {
        path: path.to_path_buf(),
        source,
    })?;
    let map = names_of(vocabulary, specials);
    let mut config = map.clone();
    config.insert(
        "tokenizer_class".to_string(),
        json!("PreTrainedTokenizerFast"),
    );
    config.insert("clean_up_tokenization_spaces".to_string(), json!(false));
    config.insert("model_max_length".to_string(), json!(512));
    write(&path.join("tokenizer.json"), json)?;
    write(
        &path.join("special_tokens_map.json"),
        &format!("{:#}\n", Value::Object(map)),
    )?;
    write(
        &path.join("tokenizer_config.json"),
        &format!("{:#}\n", Value::Object(config)),
    )
}

fn names_of(vocabulary: &Vocabulary, specials: &Specials) -> Map<String, Value> {
    let entry = |role: Role| {
        let token = vocabulary.token(specials.id(role)?)?;
        Some((format!("{}_token", role.name()), json!(token)))
    };
    Role::ALL.into_iter().filter_map(entry).collect()
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|source| Error::Write {
        path: path.to_path_buf(),
        source,
    })
}
