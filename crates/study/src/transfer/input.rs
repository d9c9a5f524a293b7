//! Where a transfer study reads its data.

use std::path::{Path, PathBuf};

use dissensus_input::{Documents, InputParams, Modality};
use dissensus_task::{FoldParams, Task};

use super::task::built_in;
use super::{TaskRows, TransferData, TransferOptions, TransferTask};
use crate::Error;

/// Where the DNA and the tasks of a transfer study come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferInput {
    /// FASTA files to pretrain on and to measure losses on; without any, the built-in motif source,
    /// or nothing where nothing is pretrained.
    pub dna: Vec<PathBuf>,
    /// A folder with a task in each file or folder (see `dissensus-task`); without it, the built-in
    /// tasks.
    pub tasks: Option<PathBuf>,
    /// Rows of a task at most, drawn at random.
    pub rows: usize,
    /// Folds of a task without a split of its own.
    pub folds: usize,
    /// Rows of a built-in task.
    pub built_in: TaskRows,
    /// Bases of the built-in source.
    pub bases: usize,
}

impl Default for TransferInput {
    /// The built-in source and its tasks, of 4000 rows each.
    fn default() -> Self {
        Self {
            dna: Vec::new(),
            tasks: None,
            rows: 2000,
            folds: 3,
            built_in: TaskRows {
                train: 1000,
                validation: 500,
                test: 2000,
            },
            bases: 4_000_000,
        }
    }
}

impl TransferInput {
    /// The built-in source for [`TransferOptions::quick`].
    #[must_use]
    pub fn quick(self) -> Self {
        Self {
            built_in: TaskRows {
                train: 256,
                validation: 128,
                test: 400,
            },
            bases: 800_000,
            ..self
        }
    }

    /// Reads everything.
    ///
    /// # Errors
    /// Those of the files; [`Error::Option`] for windows in which tasks or documents have no room.
    pub fn read(&self, options: &TransferOptions) -> Result<TransferData, Error> {
        let (window, seed) = (options.window, options.seed);
        if self.dna.is_empty() && self.tasks.is_none() {
            return TransferData::built_in(self.bases, self.built_in, window, seed);
        }
        if let (true, true, Some(folder)) = (
            self.dna.is_empty(),
            options.tokenizers.is_empty(),
            &self.tasks,
        ) {
            return TransferData::of_tasks(self.tasks(folder, seed)?, window);
        }
        if self.dna.is_empty() {
            return Err(Error::Option {
                option: "dna",
                found: "no file".into(),
                expected: "files to pretrain on, for tasks that are not built in",
            });
        }
        let documents = Documents::open(&self.dna, &InputParams::new(Modality::Dna))?;
        let tasks = match &self.tasks {
            Some(folder) => self.tasks(folder, seed)?,
            None => built_in(self.built_in, window, seed)?,
        };
        TransferData::new(documents, tasks, window)
    }

    /// A task for each entry of a folder, in the order of their names.
    fn tasks(&self, folder: &Path, seed: u64) -> Result<Vec<TransferTask>, Error> {
        let file = |source| Error::File {
            path: folder.to_path_buf(),
            source,
        };
        let entries = std::fs::read_dir(folder).map_err(file)?;
        let paths = entries.map(|entry| Ok(entry?.path()));
        let mut paths: Vec<PathBuf> = paths.collect::<std::io::Result<_>>().map_err(file)?;
        paths.sort();
        let folds = FoldParams::default()
            .with_folds(self.folds)
            .with_validation(0.2)
            .with_seed(seed);
        let one = |path: &PathBuf| {
            let task = Task::open(path)?.sample(self.rows, seed)?;
            TransferTask::of(&task, &folds)
        };
        paths.iter().map(one).collect()
    }
}
