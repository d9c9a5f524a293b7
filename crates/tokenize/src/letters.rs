//! The letters behind the names of tokens.

use serde_json::Value;

use crate::Tokenizer;

/// How a vocabulary writes the letters of a token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Spelling {
    /// Before a token that continues a word: `##` of WordPiece.
    prefix: String,
    /// After a token that ends a word: `</w>` of the first BPE.
    suffix: String,
    /// Stands for a space: `▁` of SentencePiece.
    space: String,
    /// Whether letters are bytes, each written as a printable character.
    bytes: bool,
}

/// The letters of every token of a tokenizer read from a `tokenizer.json`, if they are known.
///
/// What the file says of its spelling is believed only where it explains the text under every token
/// of a probe, case aside.
pub(crate) fn of_file(json: &Value, tokenizer: &dyn Tokenizer) -> Option<Vec<String>> {
    let spelling = Spelling::of_file(json);
    let tokens = tokenizer.vocabulary().tokens();
    let letters: Vec<String> = (0..)
        .zip(tokens)
        .map(|(id, token)| {
            if tokenizer.specials().contains(id) {
                Some(String::new())
            } else {
                spelling.letters(token)
            }
        })
        .collect::<Option<_>>()?;
    explains(&letters, tokenizer).then_some(letters)
}

impl Spelling {
    fn of_file(json: &Value) -> Self {
        let model = &json["model"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let written = json.to_string();
        let has = |kind: &str| written.contains(&format!("\"type\":\"{kind}\""));
        let space = if has("Metaspace") { "\u{2581}" } else { "" };
        Self {
            prefix: text(&model["continuing_subword_prefix"]),
            suffix: text(&model["end_of_word_suffix"]),
            space: space.to_string(),
            bytes: has("ByteLevel"),
        }
    }

    /// The letters of a token; nothing where they are bytes that are no text by themselves.
    fn letters(&self, token: &str) -> Option<String> {
        let strip = |token: &str| -> String {
            let token = token.strip_prefix(self.prefix.as_str()).unwrap_or(token);
            token
                .strip_suffix(self.suffix.as_str())
                .unwrap_or(token)
                .to_string()
        };
        let token = strip(token);
        if self.bytes {
            // A token within a character of several bytes stands for no letter.
            return Some(from_bytes(&token).unwrap_or_default());
        }
        Some(match self.space.as_str() {
            "" => token,
            space => token.replace(space, " "),
        })
    }
}

/// The text of a byte-level token: printable bytes stand for themselves, the others for characters
/// from U+0100 on.
fn from_bytes(token: &str) -> Option<String> {
    let is_printable = |byte: u32| matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let byte = |c: char| {
        let code = u32::from(c);
        if is_printable(code) {
            return u8::try_from(code).ok();
        }
        let mut others = (0..=255_u32).filter(|&byte| !is_printable(byte));
        others
            .nth(code.checked_sub(0x100)? as usize)
            .and_then(|byte| u8::try_from(byte).ok())
    };
    String::from_utf8(token.chars().map(byte).collect::<Option<_>>()?).ok()
}

/// Whether the letters are those under each token of texts that are made of the letters themselves.
fn explains(letters: &[String], tokenizer: &dyn Tokenizer) -> bool {
    let tokens: Vec<&str> = letters.iter().map(|token| token.trim()).collect();
    let of_some: Vec<&str> = tokens
        .iter()
        .copied()
        .filter(|token| !token.is_empty())
        .collect();
    let step = of_some.len().div_ceil(64).max(1);
    let probes = of_some
        .chunks(step)
        .map(|some| some[..some.len().min(16)].concat());
    probes.into_iter().all(|text| {
        let Ok(encoding) = tokenizer.encode(&text) else {
            return false;
        };
        let mut under = encoding.ids.iter().zip(&encoding.offsets);
        under.all(|(&id, range)| {
            let is_known = !tokenizer.specials().contains(id);
            let covered = text.get(range.clone()).unwrap_or_default();
            let letters = letters
                .get(id as usize)
                .map_or("", |letters| letters.trim());
            !is_known || letters.eq_ignore_ascii_case(covered.trim()) || letters.is_empty()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_itself_or_a_character_beyond_latin() {
        assert_eq!(from_bytes("ĠAC").as_deref(), Some(" AC"));
        assert_eq!(from_bytes("Ċ").as_deref(), Some("\n"));
        assert_eq!(from_bytes("Ã©").as_deref(), Some("é"));
        assert_eq!(from_bytes("Ã"), None);
    }
}
