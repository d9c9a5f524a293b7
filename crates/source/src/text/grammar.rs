//! Sentences as a unifilar machine: a trie of letters for every place in the grammar.

use std::collections::{BTreeMap, HashMap};

use super::TextParams;
use super::words::Lexicon;
use crate::{Alphabet, Edge, Error, Machine};

/// Places in a sentence.
#[derive(Clone, Copy)]
enum Slot {
    /// A clause begins.
    Clause,
    /// After the subject's determiner.
    Subject,
    /// After the subject's adjective: its topic is settled.
    SubjectNoun,
    /// The verb.
    Verb,
    /// After the verb.
    AfterVerb,
    /// After a preposition.
    Object,
    /// After the object's determiner.
    ObjectPhrase,
    /// After the object's adjective.
    ObjectNoun,
    /// After a comma.
    Comma,
    /// After the object, the clause going on.
    Onward,
}

const SLOTS: usize = 10;

/// One word with the separator that ends it, and where it leads.
struct Phrase {
    text: String,
    probability: f64,
    next: usize,
}

/// Builds the machine. The first states are the roots, slot by topic.
pub(super) fn machine(
    alphabet: &Alphabet,
    params: &TextParams,
    lexicon: &Lexicon,
) -> Result<Machine, Error> {
    let grammar = Grammar { params, lexicon };
    let roots: Vec<Vec<Phrase>> = (0..SLOTS * params.topics)
        .map(|root| grammar.phrases(root))
        .collect();
    let mut tries = StateTries {
        states: vec![Vec::new(); roots.len()],
        known: HashMap::new(),
    };
    for (root, phrases) in roots.iter().enumerate() {
        let phrases: Vec<SpelledPhrase> = phrases
            .iter()
            .map(|p| spell(alphabet, p))
            .collect::<Result<_, _>>()?;
        tries.states[root] = tries.edges(&phrases, 0);
    }
    let guess = flow(alphabet, &roots, &tries.states)?;
    Machine::from_guess(alphabet.clone(), tries.states, guess)
}

/// The stationary distribution: that of the roots, flowing down the tries. A child is numbered
/// below its parent.
fn flow(
    alphabet: &Alphabet,
    roots: &[Vec<Phrase>],
    states: &[Vec<Edge>],
) -> Result<Vec<f64>, Error> {
    let jump = |phrase: &Phrase| Edge {
        symbol: 0,
        next: phrase.next as u32,
        probability: phrase.probability,
    };
    let chain = roots
        .iter()
        .map(|phrases| phrases.iter().map(jump).collect())
        .collect();
    let chain = Machine::new(alphabet.clone(), chain)?;
    let mut mass = chain.stationary().to_vec();
    mass.resize(states.len(), 0.0);
    for state in (0..roots.len()).chain((roots.len()..states.len()).rev()) {
        for e in states[state]
            .iter()
            .filter(|e| e.next as usize >= roots.len())
        {
            mass[e.next as usize] += mass[state] * e.probability;
        }
    }
    let total: f64 = mass.iter().sum();
    mass.iter_mut().for_each(|m| *m /= total);
    Ok(mass)
}

struct Grammar<'a> {
    params: &'a TextParams,
    lexicon: &'a Lexicon,
}

impl Grammar<'_> {
    fn root(&self, slot: Slot, topic: usize) -> usize {
        slot as usize * self.params.topics + topic
    }

    /// Everything that may be said at a root. No text is the beginning of another, since each ends
    /// in a separator.
    #[expect(clippy::too_many_lines, reason = "one arm for each part of speech")]
    fn phrases(&self, root: usize) -> Vec<Phrase> {
        use Slot::{
            AfterVerb, Clause, Comma, Object, ObjectNoun, ObjectPhrase, Onward, Subject,
            SubjectNoun, Verb,
        };
        let topic = root % self.params.topics;
        let lexicon = self.lexicon;
        let mut said = PhraseStates {
            grammar: self,
            phrases: Vec::new(),
        };
        match root / self.params.topics {
            s if s == Clause as usize => {
                said.words(&lexicon.determiners, 0.75, " ", Subject, topic);
                said.words(&lexicon.pronouns, 0.25, " ", Verb, topic);
            }
            s if s == Subject as usize => {
                said.of_any_topic(&lexicon.adjectives, 0.3, &[(" ", SubjectNoun, 1.0)], topic);
                said.of_any_topic(&lexicon.nouns, 0.7, &[(" ", Verb, 1.0)], topic);
            }
            s if s == SubjectNoun as usize => {
                said.words(&lexicon.nouns[topic], 1.0, " ", Verb, topic)
            }
            s if s == Verb as usize => {
                said.words(&lexicon.verbs[topic], 1.0, " ", AfterVerb, topic)
            }
            s if s == AfterVerb as usize => {
                said.words(&lexicon.determiners, 0.55, " ", ObjectPhrase, topic);
                said.words(&lexicon.prepositions, 0.3, " ", Object, topic);
                said.words(&lexicon.adverbs, 0.15, ". ", Clause, topic);
            }
            s if s == Object as usize => {
                said.words(&lexicon.determiners, 1.0, " ", ObjectPhrase, topic)
            }
            s if s == ObjectPhrase as usize => {
                said.of_any_topic(&lexicon.adjectives, 0.3, &[(" ", ObjectNoun, 1.0)], topic);
                said.of_any_topic(&lexicon.nouns, 0.7, &ENDINGS, topic);
            }
            s if s == ObjectNoun as usize => {
                for (separator, slot, fraction) in ENDINGS {
                    said.words(&lexicon.nouns[topic], fraction, separator, slot, topic);
                }
            }
            s if s == Comma as usize => said.words(&lexicon.conjunctions, 1.0, " ", Clause, topic),
            _ => {
                debug_assert_eq!(root / self.params.topics, Onward as usize);
                said.words(&lexicon.prepositions, 1.0, " ", Object, topic);
            }
        }
        said.phrases
    }
}

/// How an object's noun ends: the sentence, the clause, or neither.
const ENDINGS: [(&str, Slot, f64); 3] = [
    (". ", Slot::Clause, 0.5),
    (", ", Slot::Comma, 0.2),
    (" ", Slot::Onward, 0.3),
];

struct PhraseStates<'a> {
    grammar: &'a Grammar<'a>,
    phrases: Vec<Phrase>,
}

impl PhraseStates<'_> {
    fn words(
        &mut self,
        words: &[(String, f64)],
        fraction: f64,
        separator: &str,
        slot: Slot,
        topic: usize,
    ) {
        let next = self.grammar.root(slot, topic);
        self.phrases.extend(words.iter().map(|(word, p)| Phrase {
            text: format!("{word}{separator}"),
            probability: fraction * p,
            next,
        }));
    }

    /// Words of the present topic, or of another one, which becomes the present one.
    fn of_any_topic(
        &mut self,
        by_topic: &[Vec<(String, f64)>],
        fraction: f64,
        endings: &[(&str, Slot, f64)],
        topic: usize,
    ) {
        let change = self.grammar.params.topic_change;
        let others = (by_topic.len() - 1) as f64;
        for (other, words) in by_topic.iter().enumerate() {
            let weight = if other == topic {
                1.0 - change
            } else {
                change / others
            };
            for &(separator, slot, ending) in endings {
                self.words(words, fraction * weight * ending, separator, slot, other);
            }
        }
    }
}

/// A phrase in symbols.
struct SpelledPhrase {
    symbols: Vec<u8>,
    probability: f64,
    next: u32,
}

fn spell(alphabet: &Alphabet, phrase: &Phrase) -> Result<SpelledPhrase, Error> {
    Ok(SpelledPhrase {
        symbols: alphabet.parse(&phrase.text)?,
        probability: phrase.probability,
        next: phrase.next as u32,
    })
}

/// An edge with its probability in units of 2^-40, as a key.
type Key = Vec<(u8, u32, u64)>;

/// States so far; nodes with equal edges are one state, so that what follows a settled topic is
/// shared.
struct StateTries {
    states: Vec<Vec<Edge>>,
    known: HashMap<Key, u32>,
}

impl StateTries {
    /// The edges of the node at which `depth` symbols of these phrases have been read.
    fn edges(&mut self, phrases: &[SpelledPhrase], depth: usize) -> Vec<Edge> {
        let all: Vec<&SpelledPhrase> = phrases.iter().filter(|p| p.probability > 0.0).collect();
        self.node(&all, depth)
    }

    fn node(&mut self, phrases: &[&SpelledPhrase], depth: usize) -> Vec<Edge> {
        let total: f64 = phrases.iter().map(|p| p.probability).sum();
        let mut by_symbol: BTreeMap<u8, Vec<&SpelledPhrase>> = BTreeMap::new();
        for &phrase in phrases {
            by_symbol
                .entry(phrase.symbols[depth])
                .or_default()
                .push(phrase);
        }
        let mut edges = Vec::with_capacity(by_symbol.len());
        for (symbol, below) in by_symbol {
            let mass: f64 = below.iter().map(|p| p.probability).sum();
            let next = match below[..] {
                [only] if only.symbols.len() == depth + 1 => only.next,
                _ => self.child(&below, depth + 1),
            };
            let probability = mass / total;
            edges.push(Edge {
                symbol,
                next,
                probability,
            });
        }
        edges
    }

    fn child(&mut self, phrases: &[&SpelledPhrase], depth: usize) -> u32 {
        let edges = self.node(phrases, depth);
        let rounded = |e: &Edge| {
            (
                e.symbol,
                e.next,
                (e.probability * (1u64 << 40) as f64).round() as u64,
            )
        };
        let key: Key = edges.iter().map(rounded).collect();
        let fresh = self.states.len() as u32;
        let state = *self.known.entry(key).or_insert(fresh);
        if state == fresh {
            self.states.push(edges);
        }
        state
    }
}
