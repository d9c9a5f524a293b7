//! What the members are asked.

use std::ops::Range;

use dissensus_corpus::low_complexity_runs;
use dissensus_divergence::LetterMap;
use dissensus_lm::{Masked, Masking};
use dissensus_tokenize::Tokenizer;

use crate::token_letters::token_letters;
use crate::{Data, Error, Sequences};

/// Sequences of the analysis with the tokens that every member must guess.
#[derive(Debug, Clone)]
pub struct AnalysisSet {
    masked: Vec<Masked>,
    windows: Vec<AnalysisWindow>,
    /// Symbols that a token spans, on average over the analysis set.
    symbols_per_token: f64,
    data: Data,
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
    /// Which of the tokens are masked.
    pub masked: Vec<usize>,
    /// Runs of the text that were soft-masked in the file.
    pub soft_masked: Vec<Range<usize>>,
    /// Runs of low complexity, by [`low_complexity_runs`]; none in text.
    pub low_complexity: Vec<Range<usize>>,
}

impl AnalysisWindow {
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

/// The documents behind an analysis set.
#[derive(Debug, Clone, Copy)]
pub struct AnalysisDocuments<'a> {
    /// What they are.
    pub data: Data,
    /// Cleaned documents.
    pub documents: &'a [String],
    /// Soft-masked runs of each; may be empty.
    pub soft_masked: &'a [Vec<Range<usize>>],
    /// What cut them into tokens.
    pub tokenizer: &'a dyn Tokenizer,
    /// Rows of the models' output: at least as many as the tokenizer has tokens.
    pub vocabulary: usize,
}

impl AnalysisSet {
    /// Masks a fraction of the ordinary tokens of the first sequences, the same ones for every member.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] for a token without a row, [`Error::Model`] for a rate that is no probability, [`Error::Tokenize`] for a document that the tokenizer refuses.
    pub fn new(
        sequences: &Sequences,
        ground: AnalysisDocuments<'_>,
        params: &AnalysisParams,
    ) -> Result<Self, Error> {
        let specials = ground.tokenizer.specials();
        let keep: Vec<u32> = specials.ids().collect();
        check_rows(sequences, &ground)?;
        let masking = Masking {
            rate: params.mask_rate,
            ..Masking::analysis(ground.vocabulary, specials.mask, &keep)
        };
        let masked = masking.mask_all(sequences.first(params.sequences), params.seed)?;
        let windows = windows(sequences, &masked, ground)?;
        let has_n = |window: &AnalysisWindow| window.spans().any(|s| window.text[s].contains('N'));
        let with_n = ground.data == Data::Dna && windows.iter().any(has_n);
        let seen = masked
            .iter()
            .zip(&windows)
            .flat_map(|(masked, window)| seen(masked, window));
        let symbols = token_letters(ground.tokenizer, ground.data, seen);
        let tokens = ground.tokenizer.vocabulary().len().min(ground.vocabulary);
        let symbols = symbols.map(|mut symbols| {
            symbols.truncate(tokens);
            symbols
        });
        let letters = symbols
            .as_ref()
            .map(|symbols| letters(ground.data, symbols));
        let letters_with_n = symbols
            .filter(|_| with_n)
            .map(|s| LetterMap::new("ACGTN", s));
        Ok(Self {
            masking,
            seed: params.seed,
            asked: params.sequences,
            tokens,
            padding: ground.vocabulary - tokens,
            windows,
            masked,
            symbols_per_token: sequences.symbols_per_token(),
            data: ground.data,
            letters: letters.transpose()?,
            letters_with_n: letters_with_n.transpose()?,
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

    /// The first `count` sequences under masks of another rate; those of the set where the rate is its own.
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
        special.iter().for_each(|&id| seen[id as usize] = true);
        for id in self.masked.iter().flat_map(unmasked) {
            seen[id as usize] = true;
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

    /// The letters of every token: A, C, G, T, or the characters that tokens of text are made of; nothing where it is not known how
    /// the vocabulary writes them.
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

    /// What the sequences are.
    #[must_use]
    pub fn data(&self) -> Data {
        self.data
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

    /// How often the most frequent of the masked tokens occurs: what a model without context can reach.
    #[must_use]
    pub fn majority(&self) -> f64 {
        let mut targets: Vec<u32> = self.masked.iter().flat_map(|m| m.targets.clone()).collect();
        targets.sort_unstable();
        let longest = targets.chunk_by(|a, b| a == b).map(<[u32]>::len).max();
        longest.unwrap_or(0) as f64 / targets.len().max(1) as f64
    }
}

/// Every token that occurs, and the mask, must have a row in the models.
fn check_rows(sequences: &Sequences, documents: &AnalysisDocuments<'_>) -> Result<(), Error> {
    let (tokenizer, model) = (documents.tokenizer, documents.vocabulary);
    let mask = std::iter::once(tokenizer.specials().mask);
    let mut ids = sequences.ids.iter().flatten().copied().chain(mask);
    match ids.find(|&id| id as usize >= model) {
        None => Ok(()),
        Some(id) => Err(Error::Vocabulary {
            tokenizer: tokenizer.vocabulary().len(),
            model,
            token: tokenizer.vocabulary().token(id).unwrap_or_default().into(),
            id,
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
    let ids = unmasked(masked).into_iter().skip(1);
    ids.zip(&window.tokens)
        .map(|(id, bytes)| (id, &window.text[bytes.clone()]))
}

fn letters(data: Data, tokens: &[String]) -> Result<LetterMap, Error> {
    let alphabet: String = match data {
        Data::Dna => "ACGT".into(),
        Data::Text => {
            let all = tokens.iter().flat_map(|token| token.chars());
            all.collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect()
        }
    };
    Ok(LetterMap::new(&alphabet, tokens)?)
}

fn windows(
    sequences: &Sequences,
    masked: &[Masked],
    ground: AnalysisDocuments<'_>,
) -> Result<Vec<AnalysisWindow>, Error> {
    let mut found = Vec::with_capacity(masked.len());
    // Sequences come document by document, so each document is encoded once.
    let mut encoded: Option<(usize, Vec<Range<usize>>)> = None;
    for (masked, place) in masked.iter().zip(&sequences.places) {
        let document = &ground.documents[place.document];
        let offsets = match encoded.take().filter(|(index, _)| *index == place.document) {
            Some((_, offsets)) => offsets,
            None => ground.tokenizer.encode(document)?.offsets,
        };
        let tokens = &offsets[place.tokens.clone()];
        let part = tokens[0].start..tokens[tokens.len() - 1].end;
        let text = document[part.clone()].to_owned();
        let soft_masked = ground.soft_masked.get(place.document);
        found.push(AnalysisWindow {
            document: place.document,
            tokens: tokens
                .iter()
                .map(|t| t.start - part.start..t.end - part.start)
                .collect(),
            masked: masked.positions.iter().map(|p| p - 1).collect(),
            soft_masked: within(soft_masked.map_or(&[], Vec::as_slice), &part),
            low_complexity: match ground.data {
                Data::Dna => within(&low_complexity_runs(document.as_bytes()), &part),
                Data::Text => Vec::new(),
            },
            text,
        });
        encoded = Some((place.document, offsets));
    }
    Ok(found)
}

/// The parts of runs that lie in a part, counted from its start.
fn within(runs: &[Range<usize>], part: &Range<usize>) -> Vec<Range<usize>> {
    let overlap = |run: &Range<usize>| {
        let (start, end) = (run.start.max(part.start), run.end.min(part.end));
        (start < end).then(|| start - part.start..end - part.start)
    };
    runs.iter().filter_map(overlap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequences;
    use dissensus_tokenize::{Kmer, Layout};

    #[test]
    fn windows_show_what_a_sequence_spans_and_hides() {
        let tokenizer = Kmer::new(3, Layout::Standard).unwrap();
        let documents = vec!["ACGTTGCAATGGCCA".repeat(4)];
        let found = sequences(&documents, &tokenizer, 7).unwrap();
        let ground = AnalysisDocuments {
            data: Data::Dna,
            documents: &documents,
            soft_masked: &[vec![10..20, 33..35]],
            tokenizer: &tokenizer,
            vocabulary: tokenizer.vocabulary().len(),
        };
        let set =
            AnalysisSet::new(&found, ground, &AnalysisParams::default().with_seed(1)).unwrap();
        for (window, masked) in set.windows().iter().zip(set.masked()) {
            for (span, target) in window.spans().zip(&masked.targets) {
                let token = tokenizer.vocabulary().token(*target).unwrap();
                assert_eq!(&window.text[span], token);
            }
        }
        let starts = |window: &AnalysisWindow| -> Vec<(usize, usize)> {
            window
                .soft_masked
                .iter()
                .map(|run| (run.start, run.end))
                .collect()
        };
        let found: Vec<_> = set.windows().iter().map(starts).collect();
        assert_eq!(found, [vec![(10, 15)], vec![(0, 5)], vec![(3, 5)], vec![]]);
    }
}
