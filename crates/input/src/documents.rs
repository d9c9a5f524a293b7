//! Documents of three sets.

mod cut;

use std::path::PathBuf;

use dissensus_corpus::{Fallible, Set, Sets};

use self::cut::FileDocuments;
use crate::file::{InputFile, intervals};
use crate::held_out::Choice;
use crate::survey::Survey;
use crate::{Document, Error, InputCounts, InputParams, Modality};

/// Documents of the training, the evaluation and the analysis set: of files, read as they are asked
/// for, or made beforehand.
///
/// Each file is divided by itself, so that every file is in every set: training | gap |
/// evaluation | gap | analysis. Files are read once to find the borders and count what is lost, and
/// once for each call of [`iter`](Self::iter); a document at a time is held, so a chromosome need
/// not fit in memory.
///
/// ```
/// use dissensus_corpus::Set;
/// use dissensus_input::{Documents, InputParams, Modality};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a.fa");
/// std::fs::write(&path, format!(">a\n{}\n", "ACGTu".repeat(2000)))?;
/// let documents = Documents::open(&[path], &InputParams::new(Modality::Dna).with_gap(100))?;
/// assert_eq!(documents.counts().bases.uracil, 2000);
/// assert_eq!((documents.counts().training, documents.counts().gaps()), (8800, 200));
/// let analysis: Vec<_> = documents.of(Set::Analysis).collect::<Result<_, _>>()?;
/// assert_eq!((analysis[0].text.len(), analysis[0].origin.start), (500, 9500));
/// assert!(analysis[0].text.starts_with("ACGTT"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Documents {
    held: Held,
    counts: InputCounts,
    modality: Modality,
}

#[derive(Debug)]
enum Held {
    Made(Sets<Vec<Document>>),
    Files {
        surveys: Vec<Survey>,
        /// Symbols of a document.
        length: usize,
    },
}

impl Documents {
    /// Reads files once: finds the borders of the sets and counts what cleaning changes. The path
    /// `-` alone is standard input.
    ///
    /// # Errors
    /// [`Error::Parameter`], [`Error::NoFiles`], [`Error::UnnamedFormat`], [`Error::Corpus`] for a
    /// file that cannot be read, [`Error::NotDna`], [`Error::NothingLeft`], [`Error::Divide`] for
    /// one that is too short, and [`Error::RegionElsewhere`], [`Error::NoRegions`],
    /// [`Error::HeldOut`] for intervals and records that no file has.
    pub fn open(files: &[PathBuf], params: &InputParams) -> Result<Self, Error> {
        params.check()?;
        let files = InputFile::all(files, params)?;
        let surveys = files
            .into_iter()
            .filter_map(|file| Survey::new(file, params).transpose());
        let surveys: Vec<Survey> = surveys.collect::<Result<_, _>>()?;
        refuse_missing(&surveys, params)?;
        let mut counts = InputCounts::default();
        surveys
            .iter()
            .for_each(|survey| counts.merge(&survey.counts));
        Ok(Self {
            held: Held::Files {
                surveys,
                length: params.document,
            },
            counts,
            modality: params.modality,
        })
    }

    /// Documents that were made, as by a source of known entropy; nothing is cleaned.
    #[must_use]
    pub fn made(modality: Modality, sets: Sets<Vec<Document>>) -> Self {
        let size = |set: &[Document]| set.iter().map(|d| d.text.chars().count() as u64).sum();
        let (training, evaluation) = (size(&sets.training), size(&sets.evaluation));
        let analysis: u64 = size(&sets.analysis);
        Self {
            counts: InputCounts {
                symbols: training + evaluation + analysis,
                training,
                evaluation,
                analysis,
                ..InputCounts::default()
            },
            held: Held::Made(sets),
            modality,
        }
    }

    /// Which sequences of a held-out set stand for all.
    pub(crate) fn choice(&self) -> Choice {
        match self.held {
            Held::Made(_) => Choice::First,
            Held::Files { .. } => Choice::Spread { stride: 1 },
        }
    }

    /// What they are made of.
    #[must_use]
    pub fn modality(&self) -> Modality {
        self.modality
    }

    /// What was read and what cleaning changed.
    #[must_use]
    pub fn counts(&self) -> &InputCounts {
        &self.counts
    }

    /// Every document with its set, file by file. It ends after an error.
    pub fn iter(&self) -> impl Iterator<Item = Result<(Set, Document), Error>> + '_ {
        let mut all = Guarded {
            all: self.unguarded(),
            ended: false,
        };
        std::iter::from_fn(move || all.next_or_end())
    }

    /// The documents of one set.
    pub fn of(&self, set: Set) -> impl Iterator<Item = Result<Document, Error>> + '_ {
        self.iter().filter_map(move |next| match next {
            Ok((of, document)) => (of == set).then_some(Ok(document)),
            Err(error) => Some(Err(error)),
        })
    }

    /// Some `symbols` of one set at most, in documents evenly spaced over all of it: every document
    /// of a smaller set, every second of one up to twice as large, and so on.
    pub fn some_of(
        &self,
        set: Set,
        symbols: u64,
    ) -> impl Iterator<Item = Result<Document, Error>> + '_ {
        let all = match set {
            Set::Training => self.counts.training,
            Set::Evaluation => self.counts.evaluation,
            Set::Analysis => self.counts.analysis,
        };
        let every = all.div_ceil(symbols.max(1)).max(1);
        let wanted =
            move |number: u64, next: &Result<_, _>| next.is_err() || number.is_multiple_of(every);
        (0..)
            .zip(self.of(set))
            .filter_map(move |(number, next)| wanted(number, &next).then_some(next))
    }

    fn unguarded(&self) -> Box<dyn Iterator<Item = Result<(Set, Document), Error>> + '_> {
        match &self.held {
            Held::Made(sets) => Box::new(
                made(Set::Training, &sets.training)
                    .chain(made(Set::Evaluation, &sets.evaluation))
                    .chain(made(Set::Analysis, &sets.analysis)),
            ),
            Held::Files { surveys, length } => Box::new(
                surveys
                    .iter()
                    .flat_map(|survey| FileDocuments::of(survey, self.modality, *length)),
            ),
        }
    }
}

/// Refuses intervals and records that none of the files has, and files that leave nothing to train
/// on.
fn refuse_missing(surveys: &[Survey], params: &InputParams) -> Result<(), Error> {
    if let Some(intervals) = intervals(params)? {
        let has = |name: &str| surveys.iter().any(|survey| survey.sequences.contains(name));
        let missing = intervals.sequences().find(|name| !has(name));
        if let (Some(name), Some(file)) = (missing, &params.regions) {
            return Err(Error::RegionElsewhere {
                file: file.clone(),
                sequence: name.to_owned(),
            });
        }
    }
    let has = |name: &str| surveys.iter().any(|survey| survey.held_out.contains(name));
    if let Some(name) = params.held_out.iter().find(|name| !has(name)) {
        return Err(Error::HeldOut {
            record: name.clone(),
            problem: "no file has a record of this name",
        });
    }
    let trains = surveys.iter().any(|survey| survey.counts.training > 0);
    match params.held_out.first() {
        Some(name) if !trains && !params.whole => Err(Error::HeldOut {
            record: name.clone(),
            problem: "nothing is left to train on",
        }),
        _ => Ok(()),
    }
}

/// Documents of a set that were made beforehand.
fn made(
    set: Set,
    documents: &[Document],
) -> impl Iterator<Item = Result<(Set, Document), Error>> + '_ {
    documents
        .iter()
        .map(move |document| Ok((set, document.clone())))
}

/// Documents of all files: one that fails ends them all.
struct Guarded<'a> {
    all: Box<dyn Iterator<Item = Result<(Set, Document), Error>> + 'a>,
    ended: bool,
}

impl Fallible for Guarded<'_> {
    type Item = (Set, Document);
    type Error = Error;

    fn try_next(&mut self) -> Result<Option<(Set, Document)>, Error> {
        self.all.next().transpose()
    }

    fn ended(&mut self) -> &mut bool {
        &mut self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_documents_are_evenly_spaced_and_no_more_than_asked_for() {
        let numbered = |number: u32| Document::of_text(number.to_string().repeat(4));
        let sets = Sets {
            training: (0..10).map(numbered).collect(),
            ..Sets::default()
        };
        let documents = Documents::made(Modality::Text, sets);
        let first = |symbols| -> String {
            let some = documents.some_of(Set::Training, symbols);
            some.map(|document| document.unwrap().text.remove(0))
                .collect()
        };
        assert_eq!(first(40), "0123456789");
        assert_eq!(first(39), "02468");
        assert_eq!(first(13), "048");
        assert_eq!(first(0), "0");
    }

    #[test]
    fn an_error_among_the_documents_left_out_is_met() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.fa");
        std::fs::write(&path, format!(">a\n{}\n", "ACGT".repeat(10_000))).unwrap();
        let params = InputParams::new(Modality::Dna)
            .with_gap(0)
            .with_document(64);
        let documents = Documents::open(std::slice::from_ref(&path), &params).unwrap();
        std::fs::write(&path, format!(">a\n{}\n", "ACGT".repeat(1_000))).unwrap();
        let some = documents.some_of(Set::Training, 100);
        assert!(some.last().unwrap().is_err(), "the file became shorter");
    }
}
