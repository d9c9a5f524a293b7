//! What the members are asked.

use std::ops::Range;

use dissensus_divergence::LetterMap;
use dissensus_input::{Modality, SequenceWindow, Sequences};
use dissensus_lm::{Masked, Masking};
use dissensus_tokenize::{Framing, Role, Tokenizer};

use crate::Error;
use crate::token_letters::token_letters;

/// Sequences of the analysis with the tokens that every member must guess.
#[derive(Debug, Clone)]
pub struct AnalysisSet {
    masked: Vec<Masked>,
    windows: Vec<AnalysisWindow>,
    framing: Framing,
    /// Symbols that a token spans, on average over the analysis set.
    symbols_per_token: f64,
    modality: Modality,
    /// Tokens of the vocabulary; the models may have further rows, which no token has.
    tokens: usize,
    padding: usize,
    masking: Masking,
    seed: u64,
    asked: usize,
    letters: Option<LetterMap>,
    letters_with_n: Option<LetterMap>,
}

/// The part of a document that a sequence spans, which is all a member sees of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisWindow {
    /// Index of the document.
    pub document: usize,
    /// Its text.
    pub text: String,
    /// Bytes of the text that each token covers.
    pub tokens: Vec<Range<usize>>,
    /// Position of the first of them in the sequence, behind the special tokens that begin it.
    pub first: usize,
    /// Which of the tokens are masked.
    pub masked: Vec<usize>,
    /// Runs of the text that were soft-masked in the file.
    pub soft_masked: Vec<Range<usize>>,
    /// Runs of low complexity, by [`low_complexity_runs`](dissensus_corpus::low_complexity_runs);
    /// none in text.
    pub low_complexity: Vec<Range<usize>>,
}

impl AnalysisWindow {
    fn new(window: &SequenceWindow, masked: &Masked, framing: &Framing) -> Self {
        let first = framing.before.len();
        Self {
            document: window.document,
            text: window.text.clone(),
            tokens: window.tokens.clone(),
            first,
            masked: masked.positions.iter().map(|p| p - first).collect(),
            soft_masked: window.soft_masked.clone(),
            low_complexity: window.low_complexity.clone(),
        }
    }

    /// Bytes of the text that the masked tokens cover.
    pub fn spans(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.masked.iter().map(|&token| self.tokens[token].clone())
    }
}

/// How an analysis set is drawn.
///
/// ```
/// use dissensus_measure::AnalysisParams;
/// let params = AnalysisParams::default().with_sequences(400);
/// assert_eq!((params.sequences, params.mask_rate), (400, 0.1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct AnalysisParams {
    /// Sequences at most. Default 128.
    pub sequences: usize,
    /// Probability with which an ordinary token is masked. Default 0.1.
    pub mask_rate: f64,
    /// Seed of the masks. Default 0.
    pub seed: u64,
}

impl Default for AnalysisParams {
    fn default() -> Self {
        Self {
            sequences: 128,
            mask_rate: 0.1,
            seed: 0,
        }
    }
}

impl AnalysisParams {
    /// Sets how many sequences there are at most.
    #[must_use]
    pub fn with_sequences(self, sequences: usize) -> Self {
        Self { sequences, ..self }
    }

    /// Sets the rate of the masks.
    #[must_use]
    pub fn with_mask_rate(self, mask_rate: f64) -> Self {
        Self { mask_rate, ..self }
    }

    /// Sets the seed of the masks.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

/// What the sequences of an analysis set are written in.
#[derive(Debug, Clone, Copy)]
pub struct AnalysisVocabulary<'a> {
    /// What they are made of.
    pub modality: Modality,
    /// What cut them into tokens.
    pub tokenizer: &'a dyn Tokenizer,
    /// Rows of the models' output: at least as many as the tokenizer has tokens.
    pub rows: usize,
}

/// Which letters the tokens stand for, where they stand for letters; and the same with N, where a
/// masked token covers one.
fn letter_maps(
    vocabulary: AnalysisVocabulary<'_>,
    tokens: usize,
    masked: &[Masked],
    windows: &[AnalysisWindow],
) -> Result<[Option<LetterMap>; 2], Error> {
    let AnalysisVocabulary {
        modality,
        tokenizer,
        ..
    } = vocabulary;
    let has_n = |window: &AnalysisWindow| window.spans().any(|s| window.text[s].contains('N'));
    let with_n = modality == Modality::Dna && windows.iter().any(has_n);
    let both = masked.iter().zip(windows);
    let seen = both.flat_map(|(masked, window)| seen(masked, window));
    let symbols = token_letters(tokenizer, modality, seen).map(|mut symbols| {
        symbols.truncate(tokens);
        symbols
    });
    let plain = symbols.as_ref().map(|symbols| letters(modality, symbols));
    let with_n = symbols.filter(|_| with_n);
    let with_n = with_n.map(|symbols| LetterMap::new("ACGTN", symbols));
    Ok([plain.transpose()?, with_n.transpose()?])
}

impl AnalysisSet {
    /// Masks a fraction of the ordinary tokens of the first sequences, the same ones for every
    /// member.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] for a token that the models have no row for, [`Error::Tokenize`]
    /// without a mask token, [`Error::Model`] for a rate that is no probability, [`Error::Option`]
    /// for sequences whose text was not kept beside their ids.
    pub fn new(
        sequences: &Sequences,
        vocabulary: AnalysisVocabulary<'_>,
        params: &AnalysisParams,
    ) -> Result<Self, Error> {
        let AnalysisVocabulary {
            modality,
            tokenizer,
            rows,
        } = vocabulary;
        let ids = sequences.first(params.sequences);
        require_windows(sequences, ids.len())?;
        let mask = tokenizer.specials().require(Role::Mask)?;
        require_rows(ids, mask, tokenizer, rows)?;
        let keep: Vec<u32> = tokenizer.specials().ids().collect();
        let masking = Masking {
            rate: params.mask_rate,
            ..Masking::analysis(rows, mask, &keep)
        };
        let masked = masking.mask_all(ids, params.seed)?;
        let both = sequences.windows.iter().zip(&masked);
        let window = |(window, masked)| AnalysisWindow::new(window, masked, &sequences.framing);
        let windows: Vec<AnalysisWindow> = both.map(window).collect();
        let tokens = tokenizer.vocabulary().len().min(rows);
        let [letters, letters_with_n] = letter_maps(vocabulary, tokens, &masked, &windows)?;
        Ok(Self {
            masking,
            seed: params.seed,
            asked: params.sequences,
            tokens,
            padding: rows - tokens,
            windows,
            masked,
            framing: sequences.framing.clone(),
            symbols_per_token: sequences.counts.symbols_per_token().unwrap_or(f64::NAN),
            modality,
            letters,
            letters_with_n,
        })
    }

    /// The masked sequences.
    #[must_use]
    pub fn masked(&self) -> &[Masked] {
        &self.masked
    }

    /// The first `count` of them, or all.
    #[must_use]
    pub fn first(&self, count: usize) -> &[Masked] {
        &self.masked[..count.min(self.masked.len())]
    }

    /// The first `count` sequences under masks of another rate; those of the set where the rate is
    /// its own.
    ///
    /// # Errors
    /// [`Error::Model`] for a rate that is no probability.
    pub fn masked_at_rate(&self, count: usize, rate: f64) -> Result<Vec<Masked>, Error> {
        let ids: Vec<Vec<u32>> = self.first(count).iter().map(unmasked).collect();
        let masking = Masking {
            rate,
            ..self.masking.clone()
        };
        Ok(masking.mask_all(&ids, self.seed)?)
    }

    /// The rate of its masks.
    #[must_use]
    pub fn mask_rate(&self) -> f64 {
        self.masking.rate
    }

    /// The seed of its masks.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Ids of tokens, but for `special`, that do not stand in its sequences.
    #[must_use]
    pub fn unseen(&self, special: &[u32]) -> Vec<u32> {
        let mut seen = vec![false; self.tokens];
        for id in self
            .masked
            .iter()
            .flat_map(unmasked)
            .chain(special.iter().copied())
        {
            // A special token that does not occur may lack a row.
            if let Some(seen) = seen.get_mut(id as usize) {
                *seen = true;
            }
        }
        (0..)
            .zip(seen)
            .filter(|(_, seen)| !seen)
            .map(|(id, _)| id)
            .collect()
    }

    /// How much there is, by name.
    #[must_use]
    pub fn facts(&self) -> Vec<(String, f64)> {
        let symbols: usize = self.windows.iter().map(|w| w.text.chars().count()).sum();
        let mut facts = vec![
            ("symbols per token", self.symbols_per_token),
            ("sequences measured", self.masked.len() as f64),
            ("symbols measured", symbols as f64),
            ("masked positions", self.positions() as f64),
        ];
        if self.padding > 0 {
            facts.push((
                "rows of the vocabulary that no token has",
                self.padding as f64,
            ));
        }
        facts
            .into_iter()
            .map(|(name, value)| (name.to_string(), value))
            .collect()
    }

    /// What a reader of the measures should know, in sentences.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let found = self.masked.len();
        if found < self.asked {
            let asked = self.asked;
            notes.push(format!("{found} sequences were measured on, not the {asked} asked for: the analysis set has no more"));
        }
        if self.letters.is_none() {
            notes.push("how the vocabulary spells the letters of its tokens is not known, so nothing is measured by letter".into());
        }
        notes
    }

    /// What each sequence spans.
    #[must_use]
    pub fn windows(&self) -> &[AnalysisWindow] {
        &self.windows
    }

    /// The special tokens around each sequence.
    #[must_use]
    pub fn framing(&self) -> &Framing {
        &self.framing
    }

    /// The letters of every token: A, C, G, T, or the characters that tokens of text are made of;
    /// nothing where it is not known how the vocabulary writes them.
    #[must_use]
    pub fn letters(&self) -> Option<&LetterMap> {
        self.letters.as_ref()
    }

    /// Tokens of the vocabulary, which the models' predictions are taken over.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Rows of the models' output that no token has: they are left out of every measure.
    #[must_use]
    pub fn padding(&self) -> usize {
        self.padding
    }

    /// The same with N as a fifth letter, where one is among the masked bases.
    #[must_use]
    pub fn letters_with_n(&self) -> Option<&LetterMap> {
        self.letters_with_n.as_ref()
    }

    /// What the sequences are made of.
    #[must_use]
    pub fn modality(&self) -> Modality {
        self.modality
    }

    /// Mean number of symbols that a token spans.
    #[must_use]
    pub fn symbols_per_token(&self) -> f64 {
        self.symbols_per_token
    }

    /// Number of tokens that must be guessed.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.masked.iter().map(|m| m.positions.len()).sum()
    }

    /// How often the most frequent of the masked tokens occurs: what a model without context can
    /// reach.
    #[must_use]
    pub fn majority(&self) -> f64 {
        let mut targets: Vec<u32> = self.masked.iter().flat_map(|m| m.targets.clone()).collect();
        targets.sort_unstable();
        let longest = targets.chunk_by(|a, b| a == b).map(<[u32]>::len).max();
        longest.unwrap_or(0) as f64 / targets.len().max(1) as f64
    }
}

fn require_windows(sequences: &Sequences, count: usize) -> Result<(), Error> {
    let kept = sequences.windows.len();
    Error::check(
        kept >= count,
        "sequences whose text was kept",
        kept,
        "at least as many as are analysed",
    )
}

/// Every token that occurs, and the mask, must have a row in the models; they may lack rows for
/// tokens that do not occur.
fn require_rows(
    ids: &[Vec<u32>],
    mask: u32,
    tokenizer: &dyn Tokenizer,
    rows: usize,
) -> Result<(), Error> {
    let mut ids = ids.iter().flatten().copied().chain([mask]);
    match ids.find(|&id| id as usize >= rows) {
        None => Ok(()),
        Some(id) => Err(Error::Vocabulary {
            token: tokenizer.vocabulary().token(id).unwrap_or_default().into(),
            id,
            tokens: tokenizer.vocabulary().len(),
            rows,
        }),
    }
}

/// The tokens of a sequence before any was masked.
pub(crate) fn unmasked(masked: &Masked) -> Vec<u32> {
    let mut ids = masked.ids.clone();
    for (&position, &target) in masked.positions.iter().zip(&masked.targets) {
        ids[position] = target;
    }
    ids
}

/// Every ordinary token of a sequence with the text that it covers.
fn seen<'a>(
    masked: &'a Masked,
    window: &'a AnalysisWindow,
) -> impl Iterator<Item = (u32, &'a str)> + Clone + 'a {
    let ids = unmasked(masked).into_iter().skip(window.first);
    ids.zip(&window.tokens)
        .map(|(id, bytes)| (id, &window.text[bytes.clone()]))
}

fn letters(modality: Modality, tokens: &[String]) -> Result<LetterMap, Error> {
    let alphabet: String = match modality {
        Modality::Dna => "ACGT".into(),
        Modality::Text => {
            let all = tokens.iter().flat_map(|token| token.chars());
            all.collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect()
        }
    };
    Ok(LetterMap::new(&alphabet, tokens)?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use dissensus_input::{Document, Documents, SequenceParams, Set, Sets};
    use dissensus_tokenize::{Kmer, Layout};

    /// An analysis set of documents of DNA.
    pub(crate) fn of_documents(
        documents: Vec<Document>,
        tokenizer: &dyn Tokenizer,
        max_length: usize,
        (count, seed): (usize, u64),
    ) -> AnalysisSet {
        let sets = Sets {
            analysis: documents,
            ..Sets::default()
        };
        let documents = Documents::made(Modality::Dna, sets);
        of_set(&documents, tokenizer, max_length, (count, seed))
    }

    /// An analysis set of DNA that has a training set beside it.
    pub(crate) fn of_set(
        documents: &Documents,
        tokenizer: &dyn Tokenizer,
        max_length: usize,
        (count, seed): (usize, u64),
    ) -> AnalysisSet {
        let params = SequenceParams::default().with_max_length(max_length);
        let found = documents
            .encode_set(Set::Analysis, tokenizer, &params)
            .unwrap();
        let vocabulary = AnalysisVocabulary {
            modality: Modality::Dna,
            tokenizer,
            rows: tokenizer.vocabulary().len(),
        };
        let params = AnalysisParams::default()
            .with_sequences(count)
            .with_seed(seed);
        AnalysisSet::new(&found, vocabulary, &params).unwrap()
    }

    #[test]
    fn windows_show_what_a_sequence_spans_and_masks() {
        let tokenizer = Kmer::new(3, Layout::Standard).unwrap();
        let document = Document {
            text: "ACGTTGCAATGGCCA".repeat(4),
            soft_masked: vec![10..20, 33..35],
            ..Document::default()
        };
        let set = of_documents(vec![document], &tokenizer, 7, (10, 1));
        assert_eq!(set.windows().len(), 4);
        for (window, masked) in set.windows().iter().zip(set.masked()) {
            assert_eq!(window.masked.len(), masked.targets.len());
            for (span, target) in window.spans().zip(&masked.targets) {
                let token = tokenizer.vocabulary().token(*target).unwrap();
                assert_eq!(&window.text[span], token);
            }
        }
        let runs: Vec<_> = set
            .windows()
            .iter()
            .map(|window| window.soft_masked.clone())
            .collect();
        let expected = "[[10..15], [0..5], [3..5], []]";
        assert_eq!(format!("{runs:?}"), expected);
    }
}
