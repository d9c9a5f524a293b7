//! What a transfer study reads.

use dissensus_input::{Documents, Modality, Set, Sets};
use dissensus_measure::documents_of_source;

use super::task::{built_in, motifs};
use super::{TaskRows, TransferTask};
use crate::Error;

/// DNA to pretrain on, DNA to measure its loss on, and the tasks.
#[derive(Debug)]
pub struct TransferData {
    /// Windows of equal length that models are pretrained on.
    pub training: Vec<String>,
    /// Windows that no model is trained on, for the loss.
    pub held_out: Vec<String>,
    /// The documents that the windows were cut from; tokenizers are trained on those of the training set.
    pub documents: Documents,
    /// The tasks.
    pub tasks: Vec<TransferTask>,
    /// Sequences of tasks that were cut to a window.
    pub cut: usize,
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

    /// These documents in windows of so many bases, and these tasks, whose longer sequences are cut to their middle window.
    ///
    /// Windows of which more than half is no base are left out.
    ///
    /// # Errors
    /// [`Error::Option`] if no window is left of the documents, or a task has a sequence without a base or a fold without rows to choose
    /// by; [`Error::Input`] if the documents cannot be read.
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
        let data = Self {
            training: windows(&documents, Set::Training, window)?,
            held_out: windows(&documents, Set::Evaluation, window)?,
            documents,
            tasks,
            cut: 0,
        };
        if data.training.is_empty() || data.held_out.is_empty() {
            let found = format!("{window}");
            return wrong(
                "window",
                found,
                "shorter than the documents to train and evaluate on",
            );
        }
        data.cut_tasks(window)
    }

    /// Tasks for models that are pretrained already, whose loss is not asked.
    ///
    /// # Errors
    /// As [`TransferData::new`] for the tasks.
    pub fn of_tasks(tasks: Vec<TransferTask>, window: usize) -> Result<Self, Error> {
        let data = Self {
            training: Vec::new(),
            held_out: Vec::new(),
            documents: Documents::made(Modality::Dna, Sets::default()),
            tasks,
            cut: 0,
        };
        data.cut_tasks(window)
    }

    /// Every sequence of the tasks in one window.
    fn cut_tasks(mut self, window: usize) -> Result<Self, Error> {
        for task in &mut self.tasks {
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
                self.cut += 1;
            }
        }
        Ok(self)
    }

    /// A checksum of everything.
    pub(super) fn checksum(&self) -> Result<String, Error> {
        let mut hasher = crc32fast::Hasher::new();
        let mut add = |text: &str| {
            hasher.update(text.as_bytes());
            hasher.update(b"\n");
        };
        for set in [&self.training, &self.held_out] {
            set.iter().for_each(|text| add(text));
            add("set");
        }
        for document in self.documents.of(Set::Training) {
            add(&document?.text);
        }
        add("set");
        for task in &self.tasks {
            add(&task.name);
            task.sequences.iter().for_each(|text| add(text));
            add(&format!("{:?} {:?}", task.labels.values(), task.folds));
        }
        Ok(format!("{:08x}", hasher.finalize()))
    }
}

fn windows(documents: &Documents, set: Set, window: usize) -> Result<Vec<String>, Error> {
    let mostly = |bases: &&[u8]| {
        let known = bases.iter().filter(|base| b"ACGT".contains(base)).count();
        2 * known >= window
    };
    let text = |bases: &[u8]| String::from_utf8_lossy(bases).into_owned();
    let mut all = Vec::new();
    for document in documents.of(set) {
        let document = document?.text;
        let cut = document.as_bytes().chunks_exact(window);
        all.extend(cut.filter(mostly).map(text));
    }
    Ok(all)
}
