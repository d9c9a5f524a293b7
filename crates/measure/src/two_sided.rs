//! What a predictor without a model would have lost: counts of the letters on both sides of a
//! masked token.

use std::collections::BTreeMap;
use std::ops::Range;

use dissensus_input::{Documents, Modality, Set};
use dissensus_reference::{TwoSided, TwoSidedParams};
use rayon::prelude::*;

use crate::{AnalysisSet, AnalysisWindow, Error};

/// The loss of [`TwoSided`] contexts on the masked tokens of an analysis set: the yardstick where
/// no source is known.
///
/// `-log2 P(token) = -Σ_j log2 P(x_j | x_{<j} of the token, the letters around it)`: a masked
/// token's letters from left to right, each from the letters before it and those behind the token.
/// Other masked tokens are masked to it too. Like the [`Oracle`](crate::Oracle) it is told how many
/// letters a token has and sees the white space of a text. Of letters beyond the 63 most frequent
/// it says that they are one of them, and which by its frequency.
#[derive(Debug, Clone)]
pub struct TwoSidedLoss {
    /// Of each masked token, in bits.
    losses: Vec<f64>,
}

/// Letters that are told apart in a text; what is rarer shares one symbol more.
const APART: usize = 63;
/// Symbols that the predictors learn from: of a larger training set, every second, third, …
/// document. One pass over 16 million letters takes a core some half a minute, and there is one for
/// every gap.
const LEARNED: u64 = 1 << 24;
/// Positions at which the predictor weighs its contexts anew: of a longer training set it is every
/// second, third, …
const WEIGHED: usize = 1_000_000;
/// The widest gap between a letter and its right context that the predictor knows.
const WIDEST: usize = 24;
/// Masked symbols between documents: no side of a context is longer.
const BETWEEN: [Option<u8>; 32] = [None; 32];

impl TwoSidedLoss {
    /// Learns from the training documents and predicts the masked tokens: one predictor for every
    /// number of letters of a token that may stand between the predicted letter and its right
    /// context. Of more than 16 million training symbols every second, third, … document is learned
    /// from.
    ///
    /// # Errors
    /// [`Error::Input`] if the documents cannot be read.
    pub fn new(documents: &Documents, set: &AnalysisSet) -> Result<Self, Error> {
        let letters = Letters::new(documents, set.modality())?;
        let mut known: Vec<Option<u8>> = Vec::new();
        for document in documents.some_of(Set::Training, LEARNED) {
            known.extend(document?.text.chars().map(|c| letters.symbol(c)));
            known.extend(BETWEEN);
        }
        let windows: Vec<WindowLetters> = set.windows().iter().map(WindowLetters::of).collect();
        let spans = windows
            .iter()
            .flat_map(|w| w.spans.iter().map(move |s| (s, w)));
        let asked: Vec<LetterQuery> = (0..)
            .zip(spans)
            .flat_map(|(number, (span, window))| asked(number, span, window, &letters))
            .collect();
        let widest = asked.iter().map(|asked| asked.gap).max().unwrap_or(0);
        let of_gap = |gap: usize| letters.answers(&known, asked.iter().filter(|a| a.gap == gap));
        let answers: Vec<Vec<(usize, f64)>> = (0..=widest)
            .into_par_iter()
            .map(of_gap)
            .collect::<Result<_, _>>()?;
        let mut losses = vec![0.0; set.positions()];
        for (token, bits) in answers.concat() {
            losses[token] += bits;
        }
        Ok(Self { losses })
    }

    /// Its mean, in bits a token.
    #[must_use]
    pub fn loss_bits(&self) -> f64 {
        self.losses.iter().sum::<f64>() / self.losses.len().max(1) as f64
    }
}

/// The letters of a window and which of them masked tokens cover.
struct WindowLetters {
    letters: Vec<char>,
    masked: Vec<bool>,
    spans: Vec<Range<usize>>,
}

impl WindowLetters {
    fn of(window: &AnalysisWindow) -> Self {
        let of = |bytes: usize| window.text[..bytes].chars().count();
        let spans: Vec<Range<usize>> = window.spans().map(|s| of(s.start)..of(s.end)).collect();
        let letters: Vec<char> = window.text.chars().collect();
        let mut masked = vec![false; letters.len()];
        spans.iter().for_each(|s| masked[s.clone()].fill(true));
        Self {
            letters,
            masked,
            spans,
        }
    }
}

/// One letter of a masked token.
struct LetterQuery {
    /// Number of the token among all masked ones.
    token: usize,
    letter: char,
    /// Where it stands in what is visible.
    position: usize,
    /// What is seen when it is asked for, as far as a context reaches.
    visible: Vec<Option<u8>>,
    /// Letters of the token behind it, [`WIDEST`] at most: a context beyond so many would find the
    /// token's own letters, which are masked.
    gap: usize,
}

/// The letters of a masked token, each with what is seen of its surroundings.
fn asked(
    number: usize,
    span: &Range<usize>,
    window: &WindowLetters,
    letters: &Letters,
) -> Vec<LetterQuery> {
    let of = |position: usize| {
        let gap = (span.end - 1 - position).min(WIDEST);
        let reach = BETWEEN.len() + gap;
        let end = window.letters.len().min(position + reach + 1);
        let near = position.saturating_sub(reach)..end;
        let seen = |at: usize| {
            let told = !window.masked[at] || (span.start..position).contains(&at);
            letters.symbol(window.letters[at]).filter(|_| told)
        };
        LetterQuery {
            token: number,
            letter: window.letters[position],
            position: position - near.start,
            visible: near.map(seen).collect(),
            gap,
        }
    };
    span.clone().map(of).collect()
}

/// Symbols of letters, and what it costs to say which letter a symbol is.
struct Letters {
    modality: Modality,
    symbols: BTreeMap<char, (u8, f64)>,
    size: usize,
}

impl Letters {
    fn new(documents: &Documents, modality: Modality) -> Result<Self, Error> {
        match modality {
            Modality::Dna => Ok(Self::dna()),
            Modality::Text => Self::text(documents),
        }
    }

    fn dna() -> Self {
        let symbols = "ACGT".chars().zip((0..).map(|symbol| (symbol, 0.0)));
        Self {
            modality: Modality::Dna,
            symbols: symbols.collect(),
            size: 4,
        }
    }

    fn text(documents: &Documents) -> Result<Self, Error> {
        let mut counts = BTreeMap::<char, u64>::new();
        for document in documents.of(Set::Training) {
            for letter in document?.text.chars() {
                *counts.entry(letter).or_default() += 1;
            }
        }
        let mut order: Vec<(char, u64)> = counts.into_iter().collect();
        order.sort_by_key(|&(letter, count)| (std::cmp::Reverse(count), letter));
        let rare: u64 = order.iter().skip(APART).map(|(_, count)| count).sum();
        let symbol = |(rank, &(letter, count)): (usize, &(char, u64))| {
            let apart = (letter, (rank as u8, 0.0));
            let one_of_the_rare = (APART as u8, (rare as f64 / count as f64).log2());
            if rank < APART {
                apart
            } else {
                (letter, one_of_the_rare)
            }
        };
        Ok(Self {
            modality: Modality::Text,
            symbols: order.iter().enumerate().map(symbol).collect(),
            size: APART + 1,
        })
    }

    /// Of DNA, what is no base is not known.
    fn symbol(&self, letter: char) -> Option<u8> {
        let rare = (self.modality == Modality::Text).then_some(APART as u8);
        self.symbols
            .get(&letter)
            .map(|&(symbol, _)| symbol)
            .or(rare)
    }

    /// Token and bits of every letter asked for, all with the same gap.
    fn answers<'a>(
        &self,
        known: &[Option<u8>],
        asked: impl Iterator<Item = &'a LetterQuery>,
    ) -> Result<Vec<(usize, f64)>, Error> {
        let mut asked = asked.peekable();
        let Some(first) = asked.peek() else {
            return Ok(Vec::new());
        };
        let params = match self.modality {
            Modality::Dna => TwoSidedParams::dna(),
            Modality::Text => TwoSidedParams::text(self.size),
        };
        let mut predictor = TwoSided::new(params.with_gap(first.gap))?;
        predictor.train_sparsely(known, known.len().div_ceil(WEIGHED))?;
        let answer = |asked: &LetterQuery| {
            let which = self
                .symbols
                .get(&asked.letter)
                .map_or(0.0, |(_, bits)| *bits);
            let bits = match self.symbol(asked.letter) {
                Some(symbol) => predictor.bits_at(&asked.visible, asked.position, symbol)?,
                None => 0.0,
            };
            Ok((asked.token, bits + which))
        };
        asked.map(answer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis_set::tests::of_set;
    use crate::{Oracle, TokenBoundaries};
    use dissensus_input::{Document, Sets};
    use dissensus_source::{Alphabet, Iid, Markov, Source};
    use dissensus_tokenize::{Bpe, BpeParams, Kmer, Layout, Tokenizer};

    fn documents(modality: Modality, training: &[String], analysis: &[String]) -> Documents {
        let all = |texts: &[String]| texts.iter().map(Document::of_text).collect();
        let sets = Sets {
            training: all(training),
            evaluation: Vec::new(),
            analysis: all(analysis),
        };
        Documents::made(modality, sets)
    }

    fn set(source: &dyn Source, kmer: usize) -> (Documents, AnalysisSet) {
        let tokenizer = Kmer::new(kmer, Layout::Standard).unwrap();
        let mut training: Vec<String> = (0..41).map(|i| source.text(3, i, 4_000)).collect();
        let analysis = vec![training.pop().unwrap()];
        let documents = documents(Modality::Dna, &training, &analysis);
        let set = of_set(&documents, &tokenizer, 34, (40, 1));
        (documents, set)
    }

    #[test]
    fn of_a_chain_it_comes_close_to_the_oracle_and_never_much_below() {
        let chain = Markov::random(Alphabet::dna(), 2, 1.2, 5).unwrap();
        let chain = chain.reverse_complement_symmetric().unwrap();
        for kmer in [2, 3] {
            let (training, set) = set(&chain, kmer);
            let oracle = Oracle::new(&chain, &set, TokenBoundaries::Fixed).unwrap();
            let found = TwoSidedLoss::new(&training, &set).unwrap().loss_bits();
            let more = found - oracle.loss_bits();
            assert!(
                (-0.02..0.12 * kmer as f64).contains(&more),
                "{kmer}: {more}"
            );
        }
    }

    #[test]
    fn of_independent_bases_it_is_their_entropy() {
        let source = Iid::new(Alphabet::dna(), &[0.25; 4]).unwrap();
        let (training, set) = set(&source, 2);
        let found = TwoSidedLoss::new(&training, &set).unwrap().loss_bits();
        assert!((found - 4.0).abs() < 0.1, "{found}");
    }

    #[test]
    fn a_token_may_be_longer_than_any_context() {
        let documents = vec!["ACGTTGCA".repeat(200)];
        let params = BpeParams::default().with_vocabulary_size(64);
        let tokenizer = Bpe::train(&documents, params).unwrap();
        let longest = (0..tokenizer.vocabulary().len() as u32)
            .filter_map(|id| tokenizer.vocabulary().token(id))
            .map(str::len)
            .max();
        assert!(longest > Some(2 * WIDEST), "{longest:?}");
        let analysis = vec!["ACGTTGCA".repeat(8000)];
        let documents = self::documents(Modality::Dna, &documents, &analysis);
        let set = of_set(&documents, &tokenizer, 34, (4, 1));
        let loss = TwoSidedLoss::new(&documents, &set).unwrap().loss_bits();
        assert!(loss.is_finite() && loss > 0.0, "{loss}");
    }

    #[test]
    fn a_rare_letter_costs_what_it_takes_to_say_which() {
        let mut text: String = ('!'..='~').collect();
        text.push_str(&"ab".repeat(500));
        let documents = documents(Modality::Text, &[text], &[]);
        let letters = Letters::new(&documents, Modality::Text).unwrap();
        let rare: Vec<&(u8, f64)> = letters.symbols.values().filter(|(s, _)| *s == 63).collect();
        assert_eq!(rare.len(), 94 - 63);
        assert!(
            rare.iter()
                .all(|(_, bits)| (bits - 31f64.log2()).abs() < 1e-12)
        );
        assert_eq!(letters.symbol('é'), Some(63));
    }
}
