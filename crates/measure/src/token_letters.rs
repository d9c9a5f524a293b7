//! Which letters each token of a vocabulary stands for.

use dissensus_tokenize::Tokenizer;

use crate::Data;

/// How a vocabulary writes the letters of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// As they stand in the text.
    Plain,
    /// WordPiece: `##` before a token that continues a word.
    WordPiece,
    /// SentencePiece: `▁` for a space.
    SentencePiece,
    /// Byte-level: `Ġ` for a space, `Ċ` for the end of a line.
    ByteLevel,
}

impl Spelling {
    const ALL: [Self; 4] = [
        Self::Plain,
        Self::WordPiece,
        Self::SentencePiece,
        Self::ByteLevel,
    ];

    fn letters(self, token: &str) -> String {
        match self {
            Self::Plain => token.into(),
            Self::WordPiece => token.strip_prefix("##").unwrap_or(token).into(),
            Self::SentencePiece => token.replace('▁', " "),
            Self::ByteLevel => token.replace('Ġ', " ").replace('Ċ', "\n"),
        }
    }
}

/// The letters of every token by id, empty for special tokens; nothing where the vocabulary writes them in a way not known here.
///
/// `seen` are ids with the text that each covered where it stood: a spelling is taken only if it explains every one of them. Case is
/// that of DNA, upper; of text it is left out of the comparison, and lower if the tokenizer lowers it.
pub(crate) fn token_letters<'a>(
    tokenizer: &dyn Tokenizer,
    data: Data,
    seen: impl Iterator<Item = (u32, &'a str)> + Clone,
) -> Option<Vec<String>> {
    let tokens = tokenizer.vocabulary().tokens();
    let is_special = |id: u32| tokenizer.specials().contains(id);
    let explains = |spelling: &Spelling| {
        seen.clone()
            .filter(|(id, _)| !is_special(*id))
            .all(|(id, text)| {
                let token = tokens.get(id as usize);
                token.is_some_and(|token| spelling.letters(token).eq_ignore_ascii_case(text))
            })
    };
    let spelling = Spelling::ALL.into_iter().find(explains)?;
    let of_token = |(id, token): (u32, &String)| match (is_special(id), data) {
        (true, _) => String::new(),
        (false, Data::Dna) => spelling.letters(token).to_ascii_uppercase(),
        (false, Data::Text) => spelling.letters(token),
    };
    Some((0..).zip(tokens).map(of_token).collect())
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
        let letters = token_letters(tokenizer.as_ref(), Data::Dna, seen.into_iter()).unwrap();
        assert_eq!(letters[5..], ["A", "C", "A", "C", "AC"]);
        assert!(letters[..5].iter().all(String::is_empty));
    }

    #[test]
    fn a_spelling_that_does_not_explain_what_was_seen_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let tokenizer = word_piece(folder.path());
        // As if the tokenizer had turned one letter into another.
        let seen = [(5, "G"), (7, "A")];
        let letters = token_letters(tokenizer.as_ref(), Data::Dna, seen.into_iter());
        assert_eq!(letters, None);
    }
}
