//! Which letters each token of a vocabulary stands for.

use dissensus_input::Modality;
use dissensus_tokenize::Tokenizer;

/// The letters of every token by id, empty for special tokens; nothing where the tokenizer does not
/// know them, or says what the texts contradict.
///
/// `seen` are ids with the text that each covered where it stood: the tokenizer is believed only if
/// it explains every one of them, case aside. Letters of DNA are in upper case.
pub(crate) fn token_letters<'a>(
    tokenizer: &dyn Tokenizer,
    modality: Modality,
    mut seen: impl Iterator<Item = (u32, &'a str)>,
) -> Option<Vec<String>> {
    let mut letters = tokenizer.letters()?;
    let is_explained = |(id, text): (u32, &str)| {
        let of_token = letters.get(id as usize);
        let is_special = tokenizer.specials().contains(id);
        is_special || of_token.is_some_and(|of_token| of_token.eq_ignore_ascii_case(text))
    };
    if !seen.all(is_explained) {
        return None;
    }
    if modality == Modality::Dna {
        letters
            .iter_mut()
            .for_each(|token| token.make_ascii_uppercase());
    }
    Some(letters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_tokenize::load;

    fn word_piece(folder: &std::path::Path) -> Box<dyn Tokenizer> {
        let json = r###"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
            "pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":{"type":"WordPiece","prefix":"##","cleanup":false},
            "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":10000,
            "vocab":{"[UNK]":0,"[PAD]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"A":5,"C":6,"##A":7,"##C":8,"##AC":9}}}"###;
        let path = folder.join("tokenizer.json");
        std::fs::write(&path, json).unwrap();
        load(path).unwrap()
    }

    fn seen<'a>(tokenizer: &dyn Tokenizer, text: &'a str) -> Vec<(u32, &'a str)> {
        let found = tokenizer.encode(text).unwrap();
        let texts = found.offsets.iter().map(|range| &text[range.clone()]);
        found.ids.iter().copied().zip(texts).collect()
    }

    #[test]
    fn a_prefix_of_word_pieces_is_no_letter() {
        let folder = tempfile::tempdir().unwrap();
        let tokenizer = word_piece(folder.path());
        let seen = seen(tokenizer.as_ref(), "ACACCA");
        let letters = token_letters(tokenizer.as_ref(), Modality::Dna, seen.into_iter()).unwrap();
        assert_eq!(letters[5..], ["A", "C", "A", "C", "AC"]);
        assert!(letters[..5].iter().all(String::is_empty));
    }

    #[test]
    fn letters_that_do_not_explain_what_was_seen_are_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let tokenizer = word_piece(folder.path());
        // As if the tokenizer had turned one letter into another.
        let seen = [(5, "G"), (7, "A")];
        let letters = token_letters(tokenizer.as_ref(), Modality::Dna, seen.into_iter());
        assert_eq!(letters, None);
    }
}
