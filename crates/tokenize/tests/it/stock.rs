//! Training and encoding against the Hugging Face library itself.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use dissensus_tokenize::{Bpe, BpeParams, Layout, Tokenizer, WhiteSpace, parse};
use proptest::prelude::*;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::pre_tokenizers::whitespace::Whitespace;
use tokenizers::{AddedToken, SplitDelimiterBehavior, Tokenizer as Stock};

fn stock(texts: &[String], size: usize, min_frequency: u64) -> Stock {
    stock_over(Whitespace, texts, size, min_frequency)
}

fn stock_over(
    words: impl Into<PreTokenizerWrapper>,
    texts: &[String],
    size: usize,
    min_frequency: u64,
) -> Stock {
    let model = BPE::builder().unk_token("<UNK>".into()).build().unwrap();
    let mut stock = Stock::new(model);
    stock.with_pre_tokenizer(Some(words));
    let specials = Layout::Standard
        .tokens()
        .iter()
        .map(|(_, token)| AddedToken::from(*token, true));
    let trainer = BpeTrainer::builder()
        .vocab_size(size)
        .min_frequency(min_frequency)
        .special_tokens(specials.collect())
        .show_progress(false)
        .build();
    stock
        .train(&mut TrainerWrapper::from(trainer), texts.iter().cloned())
        .unwrap();
    stock
}

fn ours(texts: &[String], size: usize, min_frequency: u64) -> Bpe {
    let params = BpeParams::default()
        .with_vocabulary_size(size)
        .with_min_frequency(min_frequency);
    Bpe::train(texts, params).unwrap()
}

/// Vocabulary and merges as the stock library writes them.
fn learnt(stock: &Stock) -> (Vec<String>, Vec<(String, String)>) {
    let json: serde_json::Value = serde_json::from_str(&stock.to_string(false).unwrap()).unwrap();
    let merges = serde_json::from_value(json["model"]["merges"].clone()).unwrap();
    let vocab = json["model"]["vocab"].as_object().unwrap();
    let mut tokens: Vec<_> = vocab
        .iter()
        .map(|(token, id)| (id.as_u64(), token.clone()))
        .collect();
    tokens.sort();
    (tokens.into_iter().map(|(_, token)| token).collect(), merges)
}

fn assert_same(texts: &[String], size: usize, min_frequency: u64, probe: &[String]) {
    let stock = stock(texts, size, min_frequency);
    assert_equal(&stock, &ours(texts, size, min_frequency), texts, probe);
}

fn assert_equal(stock: &Stock, ours: &Bpe, texts: &[String], probe: &[String]) {
    let (tokens, merges) = learnt(stock);
    let own: Vec<_> = ours
        .merges()
        .map(|(l, r)| (l.to_string(), r.to_string()))
        .collect();
    assert_eq!(own, merges, "merges of {texts:?}");
    assert_eq!(
        ours.vocabulary().tokens(),
        tokens,
        "vocabulary of {texts:?}"
    );
    for text in probe.iter().chain(texts) {
        let (a, b) = (
            ours.encode(text).unwrap(),
            stock.encode(text.as_str(), false).unwrap(),
        );
        assert_eq!(a.ids, b.get_ids(), "ids of {text:?}");
        let offsets: Vec<_> = b
            .get_offsets()
            .iter()
            .map(|&(start, end)| start..end)
            .collect();
        assert_eq!(a.offsets, offsets, "offsets of {text:?}");
        let mut ids = Vec::new();
        ours.encode_ids(text, &mut ids).unwrap();
        assert_eq!(ids, a.ids);
    }
}

/// DNA with many repeats of one or two bases: the same token arises from different pairs, and
/// counts tie.
fn repetitive() -> impl Strategy<Value = String> {
    let unit = prop::sample::select(vec![
        "A", "AA", "AT", "TA", "ACA", "CG", "GATTACA", "AAAAAAA", "ATATAT", "N",
    ]);
    prop::collection::vec(unit, 1..60).prop_map(|units| units.concat())
}

proptest! {
    #[test]
    fn one_word_of_dna_gives_the_stock_merges(word in "[ACGT]{1,200}", probe in "[ACGTN]{0,60}", size in 10usize..120) {
        assert_same(&[word], size, 0, &[probe]);
    }

    #[test]
    fn repeats_and_ties_give_the_stock_merges(word in repetitive(), probe in repetitive(), size in 12usize..90) {
        assert_same(&[word], size, 0, &[probe]);
    }

    #[test]
    fn two_letters_give_the_stock_merges(word in "[AB]{1,150}", probe in "[AB]{1,80}", size in 7usize..60) {
        assert_same(&[word], size, 0, &[probe]);
    }

    #[test]
    fn text_gives_the_stock_merges(
        texts in prop::collection::vec("([a-dé]{1,6}[ ,.]{1,2}){0,12}[a-d]", 1..5),
        probe in "[a-fé<>MASK,. ]{0,30}",
        size in 20usize..80,
        min_frequency in 0u64..4,
    ) {
        assert_same(&texts, size, min_frequency, &[probe, "a<MASK>b <PAD>".to_string()]);
    }

    #[test]
    fn text_with_its_spaces_gives_the_stock_merges(
        texts in prop::collection::vec("([a-dé]{1,6}[ ,.]{1,3}){0,12}[a-d\n]", 1..5),
        probe in "[a-fé<>MASK,. \t]{0,30}",
        size in 20usize..80,
    ) {
        let pattern = SplitPattern::Regex(r" ?\w+| ?[^\w\s]+|\s+".into());
        let words = Split::new(pattern, SplitDelimiterBehavior::Isolated, false).unwrap();
        let params = BpeParams::default()
            .with_vocabulary_size(size)
            .with_white_space(WhiteSpace::Keep);
        let ours = Bpe::train(&texts, params).unwrap();
        assert_equal(&stock_over(words, &texts, size, 0), &ours, &texts, &[probe]);
        let read = parse(&ours.to_json().unwrap()).unwrap();
        for text in &texts {
            let ids = read.encode(text).unwrap().ids;
            prop_assert_eq!(&read.decode(&ids).unwrap(), text);
        }
    }

    #[test]
    fn many_words_of_dna_give_the_stock_encoding(
        texts in prop::collection::vec(repetitive(), 1..6), probe in repetitive(), size in 12usize..60,
    ) {
        let stock = stock(&texts, size, 0);
        let ours = parse(&stock.to_string(false).unwrap()).unwrap();
        let theirs = stock.encode(probe.as_str(), false).unwrap();
 prop_assert_eq!(ours.encode(&probe).unwrap().ids, theirs.get_ids());
    }
}

#[test]
fn a_long_word_gives_the_stock_encoding() {
    let mut state = 1u64;
    let mut base = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ["A", "AT", "CG", "T", "AAAA", "G", "CACACA"][(state >> 33) as usize % 7]
    };
    let text: String = (0..6000).map(|_| base()).collect();
    assert_same(
        std::slice::from_ref(&text),
        300,
        0,
        &[text[100..9000].to_string()],
    );
}
