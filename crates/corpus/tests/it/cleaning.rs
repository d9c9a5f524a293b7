//! The published cleaning rules against the regular expressions they are stated in.

use dissensus_corpus::{clean_dna_as_published, clean_text, clean_text_as_published};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    text: Vec<Pair>,
    dna: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    raw: String,
    clean: String,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/clean.json"))
        .expect("made by tests/reference/corpus_clean.py")
}

#[test]
fn published_text_cleaning_equals_the_regular_expressions() {
    let pairs = golden().text;
    assert_eq!(pairs.len(), 200);
    for Pair { raw, clean } in pairs {
        assert_eq!(clean_text_as_published(&raw), clean, "{raw:?}");
    }
}

#[test]
fn default_text_cleaning_differs_in_runs_of_spaces_only() {
    let pairs = golden().text;
    let words = |text: &str| {
        text.split(' ')
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert!(pairs.iter().any(|pair| clean_text(&pair.raw) != pair.clean));
    for Pair { raw, clean } in pairs {
        assert_eq!(clean_text(&raw), words(&clean), "{raw:?}");
    }
}

#[test]
fn published_dna_cleaning_equals_the_regular_expression() {
    for Pair { raw, clean } in golden().dna {
        assert_eq!(clean_dna_as_published(raw.as_bytes()), clean, "{raw:?}");
    }
}
