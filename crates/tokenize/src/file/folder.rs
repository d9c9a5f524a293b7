//! Reading tokenizer files and folders.

use super::names::of_folder;
use super::read::{read, read_json};
use super::{BpeModel, TokenizerSettings, single_symbols, with_unk, word_piece};
use crate::dna::Normalizer;
use crate::specials::Names;
use crate::{Bpe, Character, Error, HuggingFace, Kmer, Tokenizer, Vocabulary};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// Opens a tokenizer as `AutoTokenizer` does: a folder of Hugging Face's layout with
/// `tokenizer.json`, or with `vocab.txt` alone of `BertTokenizer` or `EsmTokenizer`; or one file of
/// either name.
///
/// Plain BPE, k-mer and character files get this crate's own tokenizers; every other
/// `tokenizer.json` is left to the Hugging Face library ([`HuggingFace`]). The names of the special
/// tokens come from `tokenizer_config.json` and `special_tokens_map.json` where the folder has
/// them, else they are looked up among the names that published tokenizers use. Give the folder
/// where there is one: a file alone says less. Dropout of merges, which makes encoding random, is
/// switched off.
///
/// # Errors
/// [`Error::Read`], [`Error::GitLfsPointer`], [`Error::NoTokenizer`], [`Error::UnknownClass`] and
/// those of [`parse`].
pub fn load(path: impl AsRef<Path>) -> Result<Box<dyn Tokenizer>, Error> {
    let path = path.as_ref();
    if !path.is_dir() {
        if path.extension().is_some_and(|extension| extension == "txt") {
            return of_vocabulary(path, &Value::Null, &Names::new());
        }
        return parse_named(&read(path)?, &path.display().to_string(), &Names::new());
    }
    let named = of_folder(path)?;
    let json = path.join("tokenizer.json");
    if json.is_file() {
        return parse_named(&read(&json)?, &json.display().to_string(), &named);
    }
    let vocabulary = path.join("vocab.txt");
    if !vocabulary.is_file() {
        let path = path.to_path_buf();
        return Err(Error::NoTokenizer { path });
    }
    let config = path.join("tokenizer_config.json");
    let config = if config.is_file() {
        read_json(&config)?
    } else {
        Value::Null
    };
    of_vocabulary(&vocabulary, &config, &named)
}

/// Reads a tokenizer from the content of a `tokenizer.json`.
///
/// # Errors
/// [`Error::Json`] if it is malformed, [`Error::Field`], [`Error::MissingToken`],
/// [`Error::MissingId`], [`Error::DuplicateId`], [`Error::MissingSpecial`] or
/// [`Error::UnexpectedToken`] if it contradicts itself, [`Error::HuggingFace`] if the library
/// refuses it.
pub fn parse(json: &str) -> Result<Box<dyn Tokenizer>, Error> {
    parse_named(json, "tokenizer.json", &Names::new())
}

/// A tokenizer of a `vocab.txt`, one token a line: the class that the configuration names says of
/// which kind, else the tokens do.
fn of_vocabulary(path: &Path, config: &Value, named: &Names) -> Result<Box<dyn Tokenizer>, Error> {
    let text = read(path)?;
    let vocabulary = Vocabulary::new(text.lines().map(str::trim_end))?;
    let class = config["tokenizer_class"].as_str().unwrap_or_default();
    let is_bert = match class.trim_end_matches("Fast") {
        "BertTokenizer" => true,
        "EsmTokenizer" => false,
        "" | "PreTrainedTokenizer" => vocabulary.id("[UNK]").is_some(),
        other => {
            return Err(Error::UnknownClass {
                path: path.to_path_buf(),
                class: other.to_string(),
            });
        }
    };
    if is_bert {
        let json = word_piece::tokenizer_json(&vocabulary, config, named)?;
        return Ok(Box::new(HuggingFace::parse(&json, named)?));
    }
    let kmer = Kmer::from_vocabulary(vocabulary, named, Normalizer::None, None)?;
    Ok(Box::new(kmer))
}

#[derive(Deserialize)]
struct Whole {
    #[serde(flatten)]
    settings: TokenizerSettings,
    model: Value,
}

fn parse_named(json: &str, what: &str, named: &Names) -> Result<Box<dyn Tokenizer>, Error> {
    let malformed = |source| Error::Json {
        what: what.to_string(),
        source,
    };
    let whole: Whole = serde_json::from_str(json).map_err(malformed)?;
    let split = |k| whole.settings.pre_tokenizer == single_symbols(k);
    let kind = whole.model["type"]
        .as_str()
        .filter(|_| whole.settings.is_plain());
    match kind {
        Some("BPE") if Bpe::knows(&whole.settings) => {
            let model = BpeModel::deserialize(&whole.model).map_err(malformed)?;
            if model.is_plain() {
                return Ok(Box::new(Bpe::from_model(
                    model,
                    whole.settings.settled()?,
                    named,
                )?));
            }
        }
        Some("WordLevel") if split(1) || Kmer::LENGTHS.into_iter().any(split) => {
            let is_character = split(1);
            let (words, named) = word_level(&whole, named)?;
            let (normalizer, settings) =
                (whole.settings.dna_normalizer(), whole.settings.settled()?);
            let settings = Some(settings);
            let found: Box<dyn Tokenizer> = if is_character {
                let character = Character::from_vocabulary(words, &named, normalizer, settings)?;
                Box::new(character)
            } else {
                Box::new(Kmer::from_vocabulary(words, &named, normalizer, settings)?)
            };
            return Ok(found);
        }
        _ => {}
    }
    Ok(Box::new(HuggingFace::parse(json, named)?))
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
