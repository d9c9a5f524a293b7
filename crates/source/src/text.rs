//! The built-in text-like source.

mod grammar;
mod words;

use crate::entropy::{check_count, check_probability};
use crate::source::delegate_to_machine;
use crate::{Alphabet, Error, Machine};

/// Parameters of a [`TextLike`] source; the default has some two thousand words,
/// [`TextParams::small`] about a hundred.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TextParams {
    /// Number of topics; each has nouns, verbs and adjectives of its own.
    pub topics: usize,
    /// Nouns of a topic; verbs and adjectives are half as many.
    pub nouns: usize,
    /// Probability that a noun phrase changes the topic.
    pub topic_change: f64,
    /// Exponent `s` of Zipf's law, `P(rank r) ∝ 1 / (r + 2)^s`.
    pub zipf: f64,
    /// Chooses the words.
    pub seed: u64,
}

impl Default for TextParams {
    fn default() -> Self {
        Self {
            topics: 6,
            nouns: 160,
            topic_change: 0.05,
            zipf: 1.0,
            seed: 0x7E47,
        }
    }
}

impl TextParams {
    /// Three topics of sixteen nouns: few enough words that a small model learns most of what
    /// context tells in a minute.
    ///
    /// ```
    /// use dissensus_source::{Source, TextLike, TextParams};
    /// let rate = TextLike::new(&TextParams::small())?.entropy_rate().value().unwrap();
    /// assert!(rate > 0.6 && rate < 0.9, "{rate}");
    /// # Ok::<(), dissensus_source::Error>(())
    /// ```
    #[must_use]
    pub fn small() -> Self {
        Self::default().with_topics(3).with_nouns(16)
    }

    /// Sets [`TextParams::topics`].
    #[must_use]
    pub fn with_topics(mut self, topics: usize) -> Self {
        self.topics = topics;
        self
    }

    /// Sets [`TextParams::nouns`].
    #[must_use]
    pub fn with_nouns(mut self, nouns: usize) -> Self {
        self.nouns = nouns;
        self
    }

    /// Sets [`TextParams::topic_change`].
    #[must_use]
    pub fn with_topic_change(mut self, topic_change: f64) -> Self {
        self.topic_change = topic_change;
        self
    }

    /// Sets [`TextParams::zipf`].
    #[must_use]
    pub fn with_zipf(mut self, zipf: f64) -> Self {
        self.zipf = zipf;
        self
    }

    /// Sets [`TextParams::seed`].
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// English-like text: pronounceable words under Zipf's law, a small grammar of sentences, topics
/// that last.
///
/// Lower-case letters, space, comma and full stop. Words are unique to their class and topic, so
/// the text alone tells where in the grammar one is: the source is unifilar and its entropy rate is
/// exact. Context helps at every range: letters within a word, word order within a sentence, topic
/// across sentences.
///
/// ```
/// use dissensus_source::{Source, TextLike};
/// let text = TextLike::default();
/// let rate = text.entropy_rate().value().unwrap();
/// assert!(rate > 0.8 && rate < 1.4, "{rate}");
/// let sample = text.text(1, 0, 200);
/// assert!(sample.contains(". ") && sample.contains(" the "));
/// ```
#[derive(Debug, Clone)]
pub struct TextLike {
    machine: Machine,
}

impl TextLike {
    /// The source of these parameters.
    ///
    /// # Errors
    /// A parameter outside its range.
    pub fn new(params: &TextParams) -> Result<Self, Error> {
        check_probability("topic_change", params.topic_change)?;
        // Words are coined until each class has its own: more than these would take minutes.
        check_count("topics", params.topics, 2..=256, "2 to 256")?;
        check_count("nouns", params.nouns, 2..=4096, "2 to 4096")?;
        if !(0.0..=4.0).contains(&params.zipf) {
            return Err(Error::Parameter {
                name: "zipf",
                value: params.zipf,
                expected: "an exponent between 0 and 4",
            });
        }
        let alphabet = Alphabet::new("abcdefghijklmnopqrstuvwxyz ,.")?;
        let lexicon = words::Lexicon::new(params);
        let machine = grammar::machine(&alphabet, params, &lexicon)?;
        Ok(Self { machine })
    }

    /// Its finite-state form.
    #[must_use]
    pub fn as_machine(&self) -> &Machine {
        &self.machine
    }
}

impl Default for TextLike {
    #[expect(
        clippy::expect_used,
        reason = "the default parameters are valid, which the tests check"
    )]
    fn default() -> Self {
        Self::new(&TextParams::default()).expect("valid default parameters")
    }
}

delegate_to_machine!(TextLike => machine);
