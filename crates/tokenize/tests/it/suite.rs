//! One data-driven suite, `suite.toml`, over all tokenizers.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use dissensus_tokenize::{
    Bpe, BpeParams, Character, Error, Exported, Kmer, Layout, Tokenizer, Vocabulary, load, parse,
};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Suite {
    bpe: Merges,
    case: Vec<Case>,
    file: Vec<File>,
}

#[derive(Deserialize)]
struct Merges {
    alphabet: String,
    merges: Vec<String>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    text: String,
    tokens: Option<Vec<String>>,
    kmer: Option<Vec<String>>,
    char: Option<Vec<String>>,
    bpe: Option<Vec<String>>,
    decoded: Option<String>,
    #[serde(default)]
    any_decoding: bool,
    /// Whether tokens are other letters than they cover.
    #[serde(default)]
    normalized: bool,
    error: Option<String>,
}

#[derive(Deserialize)]
struct File {
    name: String,
    text: Option<String>,
    with: Option<BTreeMap<String, serde_json::Value>>,
    error: Option<String>,
}

fn suite() -> Suite {
    toml::from_str(include_str!("../suite.toml")).unwrap()
}

fn bpe(suite: &Suite) -> Bpe {
    let specials = Layout::Standard
        .tokens()
        .iter()
        .map(|(_, token)| token.to_string());
    let characters = suite.bpe.alphabet.chars().map(String::from);
    let merged = suite.bpe.merges.iter().map(|merge| merge.replace(' ', ""));
    // The last merge makes a token that another merge makes too.
    let mut tokens: Vec<String> = specials.chain(characters).collect();
    for token in merged {
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    let merges = suite
        .bpe
        .merges
        .iter()
        .map(|merge| merge.split_once(' ').unwrap());
    Bpe::new(Vocabulary::new(tokens).unwrap(), merges).unwrap()
}

fn tokenizers(suite: &Suite) -> [(&'static str, Box<dyn Tokenizer>); 3] {
    [
        ("kmer", Box::new(Kmer::new(6, Layout::Standard).unwrap())),
        ("char", Box::new(Character::dna(Layout::Standard).unwrap())),
        ("bpe", Box::new(bpe(suite))),
    ]
}

impl Case {
    fn expected(&self, tokenizer: &str) -> Option<&Vec<String>> {
        let own = match tokenizer {
            "kmer" => &self.kmer,
            "char" => &self.char,
            _ => &self.bpe,
        };
        own.as_ref().or(self.tokens.as_ref())
    }

    fn check(&self, name: &str, tokenizer: &dyn Tokenizer) {
        let what = format!("{}: {name}", self.name);
        let Some(expected) = self.expected(name) else {
            let error = tokenizer.encode(&self.text).unwrap_err();
            return assert_eq!(Some(format!("{error:?}")), self.error, "{what}");
        };
        let encoding = tokenizer.encode(&self.text).unwrap();
        let vocabulary = tokenizer.vocabulary();
        let tokens: Vec<_> = encoding
            .ids
            .iter()
            .map(|id| vocabulary.token(*id).unwrap())
            .collect();
        assert_eq!(tokens, *expected, "{what}");
        for (token, range) in tokens.iter().zip(&encoding.offsets) {
            let covered = &self.text[range.clone()];
            assert!(
                covered == *token || *token == "<UNK>" || self.normalized,
                "{what}: {token} covers {covered}"
            );
        }
        assert!(
            encoding
                .offsets
                .windows(2)
                .all(|pair| pair[0].end <= pair[1].start),
            "{what}"
        );
        if !self.any_decoding {
            let decoded = self.decoded.as_ref().unwrap_or(&self.text);
            assert_eq!(tokenizer.decode(&encoding.ids).unwrap(), *decoded, "{what}");
        }
    }
}

#[test]
fn every_case_gives_its_tokens() {
    let suite = suite();
    for (name, tokenizer) in tokenizers(&suite) {
        for case in &suite.case {
            case.check(name, tokenizer.as_ref());
        }
    }
}

#[test]
fn ids_alone_are_those_of_the_encoding() {
    let suite = suite();
    for (_, tokenizer) in tokenizers(&suite) {
        for case in &suite.case {
            let mut ids = vec![77];
            match (
                tokenizer.encode(&case.text),
                tokenizer.encode_ids(&case.text, &mut ids),
            ) {
                (Ok(encoding), Ok(())) => assert_eq!(ids[1..], encoding.ids),
                (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
                (a, b) => panic!("{}: {a:?} against {b:?}", case.name),
            }
        }
    }
}

#[test]
fn the_stock_library_gives_the_same_ids_and_offsets_from_our_files() {
    let suite = suite();
    for (name, tokenizer) in tokenizers(&suite) {
        let stock = tokenizers::Tokenizer::from_bytes(tokenizer.to_json().unwrap()).unwrap();
        for case in suite
            .case
            .iter()
            .filter(|case| case.expected(name).is_some())
        {
            let (ours, theirs) = (
                tokenizer.encode(&case.text).unwrap(),
                stock.encode(case.text.as_str(), false).unwrap(),
            );
            assert_eq!(ours.ids, theirs.get_ids(), "{}: {name}", case.name);
            let offsets: Vec<_> = theirs
                .get_offsets()
                .iter()
                .map(|&(start, end)| start..end)
                .collect();
            assert_eq!(ours.offsets, offsets, "{}: {name}", case.name);
            assert_eq!(
                tokenizer.decode(&ours.ids).unwrap(),
                stock.decode(&ours.ids, false).unwrap()
            );
        }
    }
}

#[test]
fn in_python_a_soft_masked_sequence_has_the_tokens_of_training_between_its_special_ones() {
    let folder = tempfile::tempdir().unwrap();
    let params = BpeParams::default().with_vocabulary_size(20);
    let bpe = Bpe::train(["ACGTTGCAACGGTATTACG"; 9], params);
    let tokenizers: [(&str, Box<dyn Tokenizer>); 3] = [
        ("kmer", Box::new(Kmer::new(3, Layout::Standard).unwrap())),
        ("char", Box::new(Character::dna(Layout::Standard).unwrap())),
        ("bpe", Box::new(bpe.unwrap())),
    ];
    for (name, tokenizer) in tokenizers {
        let path = folder.path().join(name);
        let exported = Exported::default().with_max_length(64);
        tokenizer.save_with(&path, exported).unwrap();
        let stock = tokenizers::Tokenizer::from_file(path.join("tokenizer.json")).unwrap();
        let trained = tokenizer.encode("ACGTTGCAACGGTATTACG").unwrap().ids;
        let specials = tokenizer.specials();
        let (cls, sep) = (specials.cls.unwrap(), specials.sep.unwrap());
        let framed = [vec![cls], trained, vec![sep]].concat();
        for text in [
            "ACGTTGCAACGGTATTACG",
            "acgttgcaacggtattacg",
            "ACGTTgcaacggTATTACG",
        ] {
            let found = stock.encode(text, true).unwrap();
            assert_eq!(found.get_ids(), framed, "{name}: {text}");
        }
        let config = std::fs::read_to_string(path.join("tokenizer_config.json")).unwrap();
        let config: serde_json::Value = serde_json::from_str(&config).unwrap();
        assert_eq!(config["model_max_length"], 64, "{name}");
    }
}

#[test]
fn a_saved_tokenizer_loads_as_itself() {
    let (suite, folder) = (suite(), tempfile::tempdir().unwrap());
    for (name, tokenizer) in tokenizers(&suite) {
        for path in [
            folder.path().join(name),
            folder.path().join(format!("{name}.json")),
        ] {
            tokenizer.save(&path).unwrap();
            let loaded = load(&path).unwrap();
            assert_eq!(
                format!("{loaded:?}").split(' ').next(),
                format!("{tokenizer:?}").split(' ').next()
            );
            assert_eq!(loaded.vocabulary(), tokenizer.vocabulary());
            assert_eq!(loaded.specials(), tokenizer.specials());
            assert_eq!(loaded.to_json().unwrap(), tokenizer.to_json().unwrap());
            for case in &suite.case {
                assert_eq!(
                    loaded.encode(&case.text).ok(),
                    tokenizer.encode(&case.text).ok()
                );
            }
        }
    }
}

#[test]
fn letters_are_empty_for_special_tokens_alone() {
    for (_, tokenizer) in tokenizers(&suite()) {
        let letters = tokenizer.letters().unwrap();
        assert_eq!(letters.len(), tokenizer.vocabulary().len());
        assert!(letters[..5].iter().all(String::is_empty));
        assert!(letters[5..].iter().all(|letters| !letters.is_empty()));
    }
}

#[test]
fn an_id_outside_the_vocabulary_is_refused() {
    for (_, tokenizer) in tokenizers(&suite()) {
        let size = tokenizer.vocabulary().len();
        let error = tokenizer.decode(&[0, size as u32]).unwrap_err();
        assert!(
            matches!(error, Error::UnknownId { id, size: found } if id as usize == size && found == size)
        );
    }
}

fn sound_file() -> serde_json::Value {
    let tokens = ["<UNK>", "<PAD>", "<CLS>", "<SEP>", "<MASK>", "A", "C", "AC"];
    let bpe = Bpe::new(Vocabulary::new(tokens).unwrap(), [("A", "C")]).unwrap();
    serde_json::from_str(&bpe.to_json().unwrap()).unwrap()
}

#[test]
fn bad_files_give_their_typed_errors() {
    for file in suite().file {
        let text = file.text.clone().unwrap_or_else(|| {
            let mut json = sound_file();
            for (pointer, value) in file.with.clone().unwrap() {
                *json.pointer_mut(&pointer).unwrap() = value;
            }
            json.to_string()
        });
        let found = parse(&text).err().map(|error| format!("{error:?}"));
        let kind = found
            .as_ref()
            .map(|debug| debug.split([' ', '{', '(']).next().unwrap_or_default());
        assert_eq!(kind, file.error.as_deref(), "{}: {found:?}", file.name);
    }
}

#[test]
fn files_that_cannot_be_read_or_written_are_named() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        load(folder.path()),
        Err(Error::NoTokenizer { .. })
    ));
    let missing = folder.path().join("none.json");
    assert!(
        load(&missing)
            .unwrap_err()
            .to_string()
            .contains("none.json")
    );
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let kmer = Kmer::new(2, Layout::Standard).unwrap();
    assert!(matches!(kmer.save(&blocked), Err(Error::Write { .. })));
}

#[test]
fn training_needs_words_and_room_for_their_characters() {
    use dissensus_tokenize::BpeParams;
    assert!(matches!(
        Bpe::train([" \n"], BpeParams::default()),
        Err(Error::NoText)
    ));
    let params = BpeParams::default().with_vocabulary_size(8);
    let error = Bpe::train(["ACGT"], params).unwrap_err();
    assert!(matches!(
        error,
        Error::VocabularyTooSmall {
            requested: 8,
            needed: 9
        }
    ));
}
