//! What a transfer study reads.

use dissensus_input::{Documents, Modality, Set, Sets};
use dissensus_measure::documents_of_source;

use super::identity::rows_identity;
use super::task::{built_in, motifs};
use super::{TaskRows, TransferTask};
use crate::Error;

/// DNA to pretrain on, DNA to measure its loss on, and the tasks.
#[derive(Debug)]
pub struct TransferData {
    /// Windows of equal length that models are pretrained on.
    pub(super) training: Vec<String>,
    /// Windows that no model is trained on, for the loss.
    pub(super) held_out: Vec<String>,
    /// The documents that the windows were cut from; tokenizers are trained on those of the
    /// training set.
    pub(super) documents: Documents,
    /// The tasks.
    pub(super) tasks: Vec<TransferTask>,
    /// Sequences of tasks that were cut to a window.
    pub(super) cut: usize,
    /// Of everything.
    checksum: String,
}

impl TransferData {
    /// DNA of the built-in motif source and its tasks, all in windows of so many bases.
    ///
    /// # Errors
    /// [`Error::Option`] for windows in which the boxes have no room.
    pub fn built_in(bases: usize, rows: TaskRows, window: usize, seed: u64) -> Result<Self, Error> {
        let documents = documents_of_source(&motifs()?, Modality::Dna, bases, seed);
        Self::new(documents, built_in(rows, window, seed)?, window)
    }

    /// These documents in windows of so many bases, and these tasks, whose longer sequences are cut
    /// to their middle window.
    ///
    /// Windows of which more than half is no base are left out.
    ///
    /// # Errors
    /// [`Error::Option`] if no window is left of the documents, or a task has a sequence without a
    /// base or a fold without rows to choose by; [`Error::Input`] if the documents cannot be read.
    pub fn new(
        documents: Documents,
        tasks: Vec<TransferTask>,
        window: usize,
    ) -> Result<Self, Error> {
        let wrong = |option, found: String, expected| {
            Err(Error::Option {
                option,
                found,
                expected,
            })
        };
        if window < 24 {
            return wrong("window", window.to_string(), "at least 24 bases");
        }
        let read = Windows::read(&documents, window)?;
        if read.training.is_empty() || read.held_out.is_empty() {
            let found = format!("{window}");
            return wrong(
                "window",
                found,
                "shorter than the documents to train and evaluate on",
            );
        }
        Self::with_tasks(documents, read, tasks, window)
    }

    /// Tasks for models that are pretrained already, whose loss is not asked.
    ///
    /// # Errors
    /// As [`TransferData::new`] for the tasks.
    pub fn of_tasks(tasks: Vec<TransferTask>, window: usize) -> Result<Self, Error> {
        let documents = Documents::made(Modality::Dna, Sets::default());
        Self::with_tasks(documents, Windows::default(), tasks, window)
    }

    /// Every sequence of the tasks in one window.
    fn with_tasks(
        documents: Documents,
        read: Windows,
        mut tasks: Vec<TransferTask>,
        window: usize,
    ) -> Result<Self, Error> {
        let mut cut = 0;
        for task in &mut tasks {
            let ready = task.folds.iter().all(|fold| fold.validation.len() >= 2);
            if !ready {
                return Err(Error::Option {
                    option: "validation rows",
                    found: "none".into(),
                    expected: "two or more in every fold of a task",
                });
            }
            for sequence in task.sequences.iter_mut().filter(|s| s.len() > window) {
                let start = (sequence.len() - window) / 2;
                *sequence = sequence[start..start + window].to_string();
                cut += 1;
            }
        }
        Ok(Self {
            checksum: read.checksum(&tasks),
            training: read.training,
            held_out: read.held_out,
            documents,
            tasks,
            cut,
        })
    }

    /// A checksum of everything, as it was when it was made.
    pub(super) fn checksum(&self) -> &str {
        &self.checksum
    }
}

/// Documents in windows.
#[derive(Default)]
struct Windows {
    training: Vec<String>,
    held_out: Vec<String>,
    /// A checksum of the training documents, each with the end of a line.
    documents: crc32fast::Hasher,
}

impl Windows {
    fn read(documents: &Documents, window: usize) -> Result<Self, Error> {
        let mut found = Self::default();
        for next in documents.iter() {
            let (set, document) = next?;
            let windows = match set {
                Set::Training => {
                    add(&mut found.documents, &document.text);
                    &mut found.training
                }
                Set::Evaluation => &mut found.held_out,
                Set::Analysis => continue,
            };
            windows.extend(cut(&document.text, window));
        }
        Ok(found)
    }

    fn checksum(&self, tasks: &[TransferTask]) -> String {
        let mut hasher = crc32fast::Hasher::new();
        for set in [&self.training, &self.held_out] {
            set.iter().for_each(|text| add(&mut hasher, text));
            add(&mut hasher, "set");
        }
        hasher.combine(&self.documents);
        add(&mut hasher, "set");
        for task in tasks {
            add(&mut hasher, &task.name);
            let sequences = task.sequences.iter();
            sequences.for_each(|text| add(&mut hasher, text));
            add(&mut hasher, &rows_identity(task));
        }
        format!("{:08x}", hasher.finalize())
    }
}

fn add(hasher: &mut crc32fast::Hasher, text: &str) {
    hasher.update(text.as_bytes());
    hasher.update(b"\n");
}

/// The windows of a document of which at least half are bases.
fn cut(document: &str, window: usize) -> impl Iterator<Item = String> + '_ {
    let mostly = move |bases: &&[u8]| {
        let known = bases.iter().filter(|base| b"ACGT".contains(base)).count();
        2 * known >= window
    };
    let windows = document.as_bytes().chunks_exact(window).filter(mostly);
    windows.map(|bases| String::from_utf8_lossy(bases).into_owned())
}
