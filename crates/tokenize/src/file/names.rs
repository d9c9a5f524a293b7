//! What the files of a folder call the special tokens.

use std::path::Path;

use serde_json::Value;

use super::read::read_json;
use crate::specials::Names;
use crate::{Error, Role};

/// Files that name special tokens, the one that transformers asks first coming first.
const FILES: [&str; 2] = ["tokenizer_config.json", "special_tokens_map.json"];

/// The names that a folder gives, as `AutoTokenizer` reads them.
pub(super) fn of_folder(folder: &Path) -> Result<Names, Error> {
    let mut named = Names::new();
    for name in FILES {
        let file = folder.join(name);
        if file.is_file() {
            add(&read_json(&file)?, &mut named);
        }
    }
    Ok(named)
}

/// The names, with the model's own unknown token unless the folder names one.
pub(crate) fn with_unk(named: &Names, unk: Option<&str>) -> Names {
    let mut named = named.clone();
    if let Some(unk) = unk {
        let slot = named.entry(Role::Unk).or_default();
        slot.get_or_insert_with(|| unk.to_string());
    }
    named
}

/// Adds what one file says: a field that is `null` says that there is no such token; a name beats a
/// `null`, and an earlier file a later one.
fn add(map: &Value, named: &mut Names) {
    for role in Role::ALL {
        for key in keys(role) {
            let Some(value) = map.get(key) else { continue };
            let name = value.as_str().or_else(|| value["content"].as_str());
            let slot = named.entry(role).or_default();
            if slot.is_none() {
                *slot = name.map(str::to_string);
            }
        }
    }
}

/// The fields that name a token: models with `bos` and `eos` have these in place of `cls` and
/// `sep`.
fn keys(role: Role) -> &'static [&'static str] {
    match role {
        Role::Unk => &["unk_token"],
        Role::Pad => &["pad_token"],
        Role::Cls => &["cls_token", "bos_token"],
        Role::Sep => &["sep_token", "eos_token"],
        Role::Mask => &["mask_token"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of_json(json: &Value) -> Names {
        let mut named = Names::new();
        add(json, &mut named);
        named
    }

    #[test]
    fn null_says_that_there_is_no_such_token() {
        let named = of_json(
            &json!({"cls_token": "<cls>", "eos_token": null, "mask_token": {"content": "<mask>"}}),
        );
        assert_eq!(named[&Role::Sep], None);
        assert_eq!(named[&Role::Mask].as_deref(), Some("<mask>"));
        assert!(!named.contains_key(&Role::Pad));
    }

    #[test]
    fn a_name_beats_null_wherever_it_stands() {
        let named = of_json(&json!({"sep_token": null, "eos_token": "</s>", "bos_token": "<s>"}));
        assert_eq!(named[&Role::Sep].as_deref(), Some("</s>"));
        assert_eq!(named[&Role::Cls].as_deref(), Some("<s>"));
    }
}
