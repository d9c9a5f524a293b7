//! Words that can be pronounced, no two alike.

use std::collections::HashSet;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::TextParams;
use crate::source::generator;

/// The words of each class with their probabilities.
pub(super) struct Lexicon {
    pub determiners: Vec<(String, f64)>,
    pub pronouns: Vec<(String, f64)>,
    pub prepositions: Vec<(String, f64)>,
    pub adverbs: Vec<(String, f64)>,
    pub conjunctions: Vec<(String, f64)>,
    /// By topic.
    pub nouns: Vec<Vec<(String, f64)>>,
    /// By topic.
    pub verbs: Vec<Vec<(String, f64)>>,
    /// By topic.
    pub adjectives: Vec<Vec<(String, f64)>>,
}

const DETERMINERS: &str = "the a this every no some";
const PRONOUNS: &str = "he she it they we you";
const PREPOSITIONS: &str = "of in to with for on by from under near";
const CONJUNCTIONS: &str = "and but so while";
const ADVERBS: &str = "now often again here never soon twice slowly";

impl Lexicon {
    pub fn new(params: &TextParams) -> Self {
        let fixed = [DETERMINERS, PRONOUNS, PREPOSITIONS, CONJUNCTIONS, ADVERBS];
        let mut coin = Coin {
            rng: generator(params.seed, 0),
            taken: fixed
                .iter()
                .flat_map(|list| list.split(' '))
                .map(String::from)
                .collect(),
        };
        let given = |list: &str| zipf(list.split(' ').map(String::from).collect(), params.zipf);
        let mut per_topic = |count: usize, ending: &str| -> Vec<Vec<(String, f64)>> {
            (0..params.topics)
                .map(|_| zipf(coin.words(count, ending), params.zipf))
                .collect()
        };
        Self {
            nouns: per_topic(params.nouns, ""),
            verbs: per_topic(params.nouns / 2, "s"),
            adjectives: per_topic(params.nouns / 2, "y"),
            determiners: given(DETERMINERS),
            pronouns: given(PRONOUNS),
            prepositions: given(PREPOSITIONS),
            adverbs: given(ADVERBS),
            conjunctions: given(CONJUNCTIONS),
        }
    }
}

/// `P(rank r) ∝ 1 / (r + 2)^s`, ranks from 1 (Mandelbrot's form of Zipf's law).
fn zipf(words: Vec<String>, s: f64) -> Vec<(String, f64)> {
    let weight = |rank: usize| ((rank + 3) as f64).powf(-s);
    let total: f64 = (0..words.len()).map(weight).sum();
    words
        .into_iter()
        .enumerate()
        .map(|(rank, word)| (word, weight(rank) / total))
        .collect()
}

/// Coins new words.
struct Coin {
    rng: ChaCha8Rng,
    taken: HashSet<String>,
}

impl Coin {
    /// Frequent words are short: the first have two syllables, later ones up to four.
    fn words(&mut self, count: usize, ending: &str) -> Vec<String> {
        let mut words = Vec::with_capacity(count);
        let mut tries = 0;
        while words.len() < count {
            tries += 1;
            let most = 2 + words.len() / 40 + tries / (8 * count);
            let syllables = self.rng.random_range(1..=most.min(8));
            let word = self.word(syllables) + ending;
            if word.len() > 2 && self.taken.insert(word.clone()) {
                words.push(word);
            }
        }
        words
    }

    fn word(&mut self, syllables: usize) -> String {
        const ONSETS: [&str; 24] = [
            "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "w", "br", "ch",
            "cl", "dr", "gr", "pl", "sh", "st", "tr",
        ];
        const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "ea", "oo", "ai"];
        const CODAS: [&str; 10] = ["", "", "", "n", "r", "l", "t", "m", "nd", "st"];
        let mut word = String::new();
        for last in (0..syllables).rev() {
            word += ONSETS[self.rng.random_range(0..ONSETS.len())];
            word += VOWELS[self.rng.random_range(0..VOWELS.len())];
            if last == 0 {
                word += CODAS[self.rng.random_range(0..CODAS.len())];
            }
        }
        word
    }
}
