//! A folder of BERT with nothing but `vocab.txt`.

use serde_json::{Value, json};

use crate::specials::Names;
use crate::{Error, Role, Vocabulary};

/// The `tokenizer.json` that `BertTokenizer` makes of a vocabulary and its configuration.
#[expect(clippy::too_many_lines, reason = "one JSON literal")]
pub(super) fn tokenizer_json(
    vocabulary: &Vocabulary,
    config: &Value,
    named: &Names,
) -> Result<String, Error> {
    let name = |role: Role, default: &str| {
        let found = named.get(&role).cloned().flatten();
        found.unwrap_or_else(|| default.to_string())
    };
    let id = |token: &str| {
        vocabulary.id(token).ok_or_else(|| Error::MissingToken {
            token: token.to_string(),
            needed_by: "BertTokenizer".to_string(),
        })
    };
    let (unk, cls, sep) = (
        name(Role::Unk, "[UNK]"),
        name(Role::Cls, "[CLS]"),
        name(Role::Sep, "[SEP]"),
    );
    let lower = config["do_lower_case"].as_bool().unwrap_or(true);
    let others = [name(Role::Pad, "[PAD]"), name(Role::Mask, "[MASK]")];
    let added = [&unk, &cls, &sep].into_iter().chain(&others);
    let mut added: Vec<(u32, &String)> = added
        .filter_map(|token| Some((vocabulary.id(token)?, token)))
        .collect();
    added.sort_unstable();
    let added: Vec<Value> = added
        .into_iter()
        .map(|(id, token)| {
            json!({"id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true})
        })
        .collect();
    let chinese = config["tokenize_chinese_chars"].as_bool().unwrap_or(true);
    let vocab: serde_json::Map<String, Value> = vocabulary
        .tokens()
        .iter()
        .cloned()
        .zip(0..)
        .map(|(token, id)| (token, json!(id)))
        .collect();
    let whole = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": chinese,
            "strip_accents": config["strip_accents"], "lowercase": lower},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": [sep, id(&sep)?], "cls": [cls, id(&cls)?]},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": unk, "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocab},
    });
    Ok(whole.to_string())
}
