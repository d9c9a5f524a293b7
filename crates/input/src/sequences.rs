//! From documents to sequences of ids.

use std::borrow::Cow;
use std::ops::Range;

use dissensus_corpus::Set;
use dissensus_tokenize::{Encoding, Framing, Tokenizer};
use serde::{Deserialize, Serialize};

use crate::escape::Specials;
use crate::held_out::HeldOut;
use crate::store::StoreWriter;
use crate::{Document, Documents, Error, Modality, Origin, SequenceStore, TokenCounts};

/// A sequence shorter than this fraction of the room for tokens is dropped: it would be mostly
/// padding.
const MINIMUM_FILL: f64 = 0.125;

/// Which special tokens stand around a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FramingChoice {
    /// Those that the tokenizer's own post-processor adds, as the model was trained.
    #[default]
    Tokenizer,
    /// `<CLS>` and, where the vocabulary has one, `<SEP>`, whatever the tokenizer says.
    ClsSep,
    /// None.
    None,
}

/// How documents become sequences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SequenceParams {
    /// Positions of a sequence at most, special tokens included. Default 128.
    pub max_length: usize,
    /// Which special tokens stand around a sequence. Default: as the tokenizer says.
    pub framing: FramingChoice,
    /// Sequences of the analysis set whose text is kept beside their ids. Default: all.
    pub windows: usize,
    /// Sequences of the evaluation and of the analysis set that are kept, of files evenly spaced
    /// over the whole set, of documents that were made the first; the others are counted only.
    /// Default: all.
    pub held_out: usize,
}

impl Default for SequenceParams {
    fn default() -> Self {
        Self {
            max_length: 128,
            framing: FramingChoice::default(),
            windows: usize::MAX,
            held_out: usize::MAX,
        }
    }
}

impl SequenceParams {
    /// Sets the positions of a sequence.
    #[must_use]
    pub fn with_max_length(mut self, positions: usize) -> Self {
        self.max_length = positions;
        self
    }

    /// Sets which special tokens stand around a sequence.
    #[must_use]
    pub fn with_framing(mut self, framing: FramingChoice) -> Self {
        self.framing = framing;
        self
    }

    /// Sets how many sequences of the analysis set keep their text.
    #[must_use]
    pub fn with_windows(mut self, sequences: usize) -> Self {
        self.windows = sequences;
        self
    }

    /// Sets how many sequences of the evaluation and of the analysis set are kept.
    #[must_use]
    pub fn with_held_out(mut self, sequences: usize) -> Self {
        self.held_out = sequences;
        self
    }

    /// The special tokens around a sequence of a tokenizer.
    ///
    /// # Errors
    /// [`Error::Tokenize`] where the choice needs a special token that the vocabulary lacks.
    pub fn framing(&self, tokenizer: &dyn Tokenizer) -> Result<Framing, Error> {
        Ok(match self.framing {
            FramingChoice::Tokenizer => tokenizer.framing(),
            FramingChoice::ClsSep => Framing::cls_sep(tokenizer.specials())?,
            FramingChoice::None => Framing::default(),
        })
    }
}

/// Token sequences of one set that fill a model's window, and how much of the documents they cover.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sequences {
    /// One entry a sequence: special tokens, then tokens.
    pub ids: Vec<Vec<u32>>,
    /// The text of each sequence, in the same order; of some first ones only, or none, where that
    /// was asked for.
    pub windows: Vec<SequenceWindow>,
    /// Special tokens around each.
    pub framing: Framing,
    /// What became of the documents.
    pub counts: TokenCounts,
}

/// Every set of documents as sequences: what is learned from, which may be any number, and what is
/// held out.
#[derive(Debug)]
pub struct EncodedSets {
    /// Sequences to learn from.
    pub training: SequenceStore,
    /// What became of their documents.
    pub training_counts: TokenCounts,
    /// Sequences to choose by.
    pub evaluation: Sequences,
    /// Sequences to measure on, with their text.
    pub analysis: Sequences,
}

/// What a sequence spans, which is all that a model sees of its document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SequenceWindow {
    /// Index of the document in its set.
    pub document: usize,
    /// Where the window stands in the input; for text, whose words are counted in cleaned records,
    /// where its first token does.
    pub origin: Origin,
    /// Its text.
    pub text: String,
    /// Bytes of the text that each token covers.
    pub tokens: Vec<Range<usize>>,
    /// Runs of the text that were soft-masked in the file.
    pub soft_masked: Vec<Range<usize>>,
    /// Runs of low complexity, judged within the document; none in text.
    pub low_complexity: Vec<Range<usize>>,
}

impl Sequences {
    /// The first `count` sequences, or all.
    #[must_use]
    pub fn first(&self, count: usize) -> &[Vec<u32>] {
        &self.ids[..count.min(self.ids.len())]
    }
}

impl Documents {
    /// Encodes every document once and cuts it into sequences; the text of the analysis set is kept
    /// beside its ids.
    ///
    /// # Errors
    /// Those of reading, [`Error::Encode`] for a document that the tokenizer refuses,
    /// [`Error::NoSequences`] for a set whose documents are all too short, [`Error::Store`] if the
    /// training set does not fit where it is kept.
    pub fn encode(
        &self,
        tokenizer: &dyn Tokenizer,
        params: &SequenceParams,
    ) -> Result<EncodedSets, Error> {
        let store = StoreWriter::new(params.max_length, tokenizer.vocabulary().len());
        let held_out = |texts| HeldOut::new(params.held_out, texts, self.choice());
        let mut training = Encoder::new(tokenizer, self.modality(), params, store)?;
        let mut evaluation = Encoder::new(tokenizer, self.modality(), params, held_out(0))?;
        let analysis = held_out(params.windows);
        let mut analysis = Encoder::new(tokenizer, self.modality(), params, analysis)?;
        for next in self.iter() {
            match next? {
                (Set::Training, document) => training.push(document)?,
                (Set::Evaluation, document) => evaluation.push(document)?,
                (Set::Analysis, document) => analysis.push(document)?,
            }
        }
        training.check("training")?;
        Ok(EncodedSets {
            training: training.kept.finish().map_err(stored)?,
            training_counts: training.counts,
            evaluation: evaluation.finish("evaluation")?,
            analysis: analysis.finish("analysis")?,
        })
    }

    /// The same for one set, whose text is kept beside its ids.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_set(
        &self,
        set: Set,
        tokenizer: &dyn Tokenizer,
        params: &SequenceParams,
    ) -> Result<Sequences, Error> {
        let kept = HeldOut::new(params.held_out, params.windows, self.choice());
        let mut encoder = Encoder::new(tokenizer, self.modality(), params, kept)?;
        for document in self.of(set) {
            encoder.push(document?)?;
        }
        encoder.finish(set.name())
    }
}

/// Where sequences go.
trait Keep {
    /// Whether the text of the next one may be kept.
    fn wants_text(&self) -> bool {
        false
    }

    fn keep(&mut self, ids: Vec<u32>, window: Option<SequenceWindow>) -> Result<(), Error>;
}

impl Keep for StoreWriter {
    fn keep(&mut self, ids: Vec<u32>, _: Option<SequenceWindow>) -> Result<(), Error> {
        self.push(&ids).map_err(stored)
    }
}

fn stored(source: std::io::Error) -> Error {
    Error::Store { source }
}

impl Keep for HeldOut {
    fn wants_text(&self) -> bool {
        Self::wants_text(self)
    }

    fn keep(&mut self, ids: Vec<u32>, window: Option<SequenceWindow>) -> Result<(), Error> {
        self.push(ids, window);
        Ok(())
    }
}

/// Cuts documents of one set into sequences as they come.
struct Encoder<'a, K> {
    tokenizer: &'a dyn Tokenizer,
    specials: Specials,
    modality: Modality,
    framing: Framing,
    /// Tokens of a sequence at most, and at least.
    room: usize,
    minimum: usize,
    counts: TokenCounts,
    sequences: u64,
    kept: K,
}

impl<'a, K: Keep> Encoder<'a, K> {
    fn new(
        tokenizer: &'a dyn Tokenizer,
        modality: Modality,
        params: &SequenceParams,
        kept: K,
    ) -> Result<Self, Error> {
        let framing = params.framing(tokenizer)?;
        let room = framing.room(params.max_length)?;
        Ok(Self {
            tokenizer,
            specials: Specials::of(tokenizer),
            modality,
            framing,
            room,
            minimum: ((room as f64 * MINIMUM_FILL).ceil() as usize).max(1),
            counts: TokenCounts::default(),
            sequences: 0,
            kept,
        })
    }

    fn push(&mut self, document: Document) -> Result<(), Error> {
        let (text, escaped) = self.specials.escape(&document.text);
        let encoding = self
            .tokenizer
            .encode(&text)
            .map_err(|source| Error::Encode {
                origin: document.origin.to_string(),
                source,
            })?;
        self.counts.escaped += escaped;
        let document = match text {
            Cow::Borrowed(_) => document,
            Cow::Owned(text) => Document { text, ..document },
        };
        let mut low_complexity = None;
        for first in (0..encoding.len()).step_by(self.room) {
            let tokens = first..(first + self.room).min(encoding.len());
            if tokens.len() < self.minimum {
                self.counts.dropped += tokens.len() as u64;
                continue;
            }
            let window = self.kept.wants_text().then(|| {
                let runs =
                    low_complexity.get_or_insert_with(|| document.low_complexity(self.modality));
                self.window(&document, &encoding.offsets[tokens.clone()], runs)
            });
            self.sequence(&document.text, &encoding, tokens, window)?;
        }
        self.counts.documents += 1;
        Ok(())
    }

    fn sequence(
        &mut self,
        text: &str,
        encoding: &Encoding,
        tokens: Range<usize>,
        window: Option<SequenceWindow>,
    ) -> Result<(), Error> {
        let ids = &encoding.ids[tokens.clone()];
        let spanned = span(&encoding.offsets[tokens]);
        let unk = self.tokenizer.specials().unk;
        let counts = &mut self.counts;
        counts.tokens += ids.len() as u64;
        counts.symbols += text
            .get(spanned)
            .map_or(0, |text| text.chars().count() as u64);
        counts.unknown += ids.iter().filter(|&&id| Some(id) == unk).count() as u64;
        self.sequences += 1;
        self.kept.keep(self.framing.around(ids), window)
    }

    fn window(
        &self,
        document: &Document,
        offsets: &[Range<usize>],
        low_complexity: &[Range<usize>],
    ) -> SequenceWindow {
        let spanned = span(offsets);
        let mut origin = document.origin.clone();
        origin.start += spanned.start as u64;
        let inner = |range: &Range<usize>| range.start - spanned.start..range.end - spanned.start;
        SequenceWindow {
            document: self.counts.documents as usize,
            origin,
            text: document
                .text
                .get(spanned.clone())
                .unwrap_or_default()
                .to_owned(),
            tokens: offsets.iter().map(inner).collect(),
            soft_masked: within(&document.soft_masked, &spanned),
            low_complexity: within(low_complexity, &spanned),
        }
    }

    /// Documents of which no sequence came are an error.
    fn check(&self, set: &'static str) -> Result<(), Error> {
        let documents = self.counts.documents;
        if self.sequences == 0 && documents > 0 {
            return Err(Error::NoSequences {
                set,
                documents,
                minimum: self.minimum,
            });
        }
        Ok(())
    }
}

impl Encoder<'_, HeldOut> {
    fn finish(self, set: &'static str) -> Result<Sequences, Error> {
        self.check(set)?;
        let (ids, windows) = self.kept.finish();
        Ok(Sequences {
            ids,
            windows,
            framing: self.framing,
            counts: self.counts,
        })
    }
}

/// Bytes from the first token to the last. Offsets ascend, but a token of some library tokenizers
/// may reach behind the next.
fn span(offsets: &[Range<usize>]) -> Range<usize> {
    let start = offsets.iter().map(|range| range.start).min().unwrap_or(0);
    let end = offsets.iter().map(|range| range.end).max().unwrap_or(0);
    start..end.max(start)
}

/// The parts of runs that lie in a range, counted from its start.
fn within(runs: &[Range<usize>], range: &Range<usize>) -> Vec<Range<usize>> {
    let part = |run: &Range<usize>| {
        let (start, end) = (run.start.max(range.start), run.end.min(range.end));
        (start < end).then(|| start - range.start..end - range.start)
    };
    runs.iter().filter_map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_corpus::Sets;
    use dissensus_tokenize::{Character, Kmer, Layout};

    fn sequences(
        documents: &[Document],
        tokenizer: &dyn Tokenizer,
        max_length: usize,
    ) -> Result<Sequences, Error> {
        let sets = Sets {
            analysis: documents.to_vec(),
            ..Sets::default()
        };
        let params = SequenceParams::default().with_max_length(max_length);
        Documents::made(Modality::Dna, sets).encode_set(Set::Analysis, tokenizer, &params)
    }

    #[test]
    fn sequences_span_what_their_tokens_span() {
        let tokenizer = Kmer::new(6, Layout::Standard).unwrap();
        let documents = [Document::of_text("ACGTAC".repeat(10) + "ACG")];
        let found = sequences(&documents, &tokenizer, 6).unwrap();
        let counts = found.counts;
        assert_eq!((counts.tokens, counts.symbols, counts.dropped), (13, 63, 0));
        assert_eq!(found.ids.len(), 4, "13 tokens in windows of 4");
        assert!(found.ids.iter().all(|s| s.len() <= 6 && s[0] == 2));
        assert_eq!(found.windows[3].text, "G");
        assert_eq!(found.windows[3].origin.start, 62);
    }

    #[test]
    fn a_short_end_is_counted_not_kept() {
        let tokenizer = Character::dna(Layout::Standard).unwrap();
        let found = sequences(&[Document::of_text("A".repeat(33))], &tokenizer, 34).unwrap();
        assert_eq!((found.counts.tokens, found.counts.dropped), (32, 1));
        let error = sequences(&[Document::of_text("A")], &tokenizer, 34).unwrap_err();
        assert!(matches!(error, Error::NoSequences { minimum: 4, .. }));
    }

    #[test]
    fn windows_show_what_a_sequence_spans() {
        let tokenizer = Kmer::new(3, Layout::Standard).unwrap();
        let document = Document {
            text: "ACGTTGCAATGGCCA".repeat(4),
            soft_masked: vec![10..20, 33..35],
            ..Document::default()
        };
        let found = sequences(&[document], &tokenizer, 7).unwrap();
        for (window, ids) in found.windows.iter().zip(&found.ids) {
            for (span, &id) in window.tokens.iter().zip(&ids[found.framing.before.len()..]) {
                let token = tokenizer.vocabulary().token(id).unwrap();
                assert_eq!(&window.text[span.clone()], token);
            }
        }
        let starts: Vec<_> = found
            .windows
            .iter()
            .map(|window| window.soft_masked.clone())
            .collect();
        let expected = "[[10..15], [0..5], [3..5], []]";
        assert_eq!(format!("{starts:?}"), expected);
    }

    #[test]
    fn framing_is_a_choice() {
        let tokenizer = Character::dna(Layout::Standard).unwrap();
        let sets = Sets {
            analysis: vec![Document::of_text("ACGT")],
            ..Sets::default()
        };
        let documents = Documents::made(Modality::Dna, sets);
        let ids = |framing| {
            let params = SequenceParams::default()
                .with_framing(framing)
                .with_max_length(8);
            let found = documents.encode_set(Set::Analysis, &tokenizer, &params);
            found.unwrap().ids[0].clone()
        };
        assert_eq!(ids(FramingChoice::None), [5, 6, 7, 8]);
        assert_eq!(ids(FramingChoice::ClsSep), [2, 5, 6, 7, 8, 3]);
        assert_eq!(ids(FramingChoice::Tokenizer), ids(FramingChoice::ClsSep));
    }

    #[test]
    fn what_is_held_out_is_counted_whole_and_kept_in_part() {
        let tokenizer = Character::dna(Layout::Standard).unwrap();
        let documents = || {
            (0..6)
                .map(|_| Document::of_text("ACGT".repeat(10)))
                .collect()
        };
        let sets = Sets {
            training: documents(),
            evaluation: documents(),
            analysis: documents(),
        };
        let documents = Documents::made(Modality::Dna, sets);
        let params = SequenceParams::default().with_max_length(22);
        let all = documents.encode(&tokenizer, &params).unwrap();
        let some = documents
            .encode(&tokenizer, &params.with_held_out(5))
            .unwrap();
        assert_eq!((all.training.len(), some.training.len()), (12, 12));
        for (all, some) in [
            (&all.evaluation, &some.evaluation),
            (&all.analysis, &some.analysis),
        ] {
            assert_eq!((all.ids.len(), some.ids.len()), (12, 5));
            assert_eq!(all.first(5), some.ids);
            assert_eq!(all.counts, some.counts);
        }
        assert_eq!(some.analysis.windows, all.analysis.windows[..5]);
        let in_memory = documents.encode_set(
            Set::Training,
            &tokenizer,
            &SequenceParams::default().with_max_length(22),
        );
        let stored: Vec<Vec<u32>> = some.training.iter().map(Result::unwrap).collect();
        assert_eq!(stored, in_memory.unwrap().ids);
    }
}
