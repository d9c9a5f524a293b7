//! Many cells.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};

use dissensus_kernels::checked;
use serde::{Deserialize, Serialize};

use crate::{CellKey, Error, TransferCell};

/// Cells of one study, each once, in the order of their keys.
///
/// A monoid: no cell is neutral, [`TransferCells::merge`] is associative and does not mind the
/// order, equal cells count once, and one cell with two contents is refused.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<TransferCell>", into = "Vec<TransferCell>")]
pub struct TransferCells {
    all: BTreeMap<CellKey, TransferCell>,
}

impl From<Vec<TransferCell>> for TransferCells {
    fn from(cells: Vec<TransferCell>) -> Self {
        let all = cells.into_iter().map(|cell| (cell.key.clone(), cell));
        Self { all: all.collect() }
    }
}

impl From<TransferCells> for Vec<TransferCell> {
    fn from(cells: TransferCells) -> Self {
        cells.all.into_values().collect()
    }
}

impl TransferCells {
    /// Adds a cell.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it is there with another content; nothing is changed then.
    pub fn insert(&mut self, cell: TransferCell) -> Result<(), Error> {
        match self.all.entry(cell.key.clone()) {
            Entry::Vacant(place) => {
                place.insert(cell);
                Ok(())
            }
            Entry::Occupied(place) => agree(place.get(), &cell),
        }
    }

    /// Adds the cells of another set.
    ///
    /// # Errors
    /// [`Error::Conflict`] if a cell is there with another content; nothing is changed then.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        for (key, cell) in &other.all {
            if let Some(own) = self.all.get(key) {
                agree(own, cell)?;
            }
        }
        self.all.extend(other.all);
        Ok(())
    }

    /// The cell of a key.
    #[must_use]
    pub fn get(&self, key: &CellKey) -> Option<&TransferCell> {
        self.all.get(key)
    }

    /// All cells, by key.
    pub fn iter(&self) -> impl Iterator<Item = &TransferCell> {
        self.all.values()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

fn agree(one: &TransferCell, other: &TransferCell) -> Result<(), Error> {
    // As text: what is not a number equals itself.
    let (left, right) = (format!("{:?}", one), format!("{:?}", other));
    if left == right {
        return Ok(());
    }
    Err(Error::Conflict {
        cell: one.key.to_string(),
        one: format!("{:?}", one.outcome),
        other: format!("{:?}", other.outcome),
    })
}

/// A file of a cell: the cell, and which study it belongs to.
#[derive(Serialize, Deserialize)]
struct Stored {
    /// A checksum of the study's settings and data.
    study: String,
    cell: TransferCell,
}

/// A folder with a file for each cell, that any number of processes may fill at once.
///
/// Each file has its checksum, and one that is not as it was written is refused.
///
/// A file is whole or absent, and a cell is the same whoever makes it: two processes that make one
/// cell write the same bytes.
///
/// ```
/// use dissensus_transfer::{CellFolder, CellKey, CellOutcome, Method, TransferArm, TransferCell};
/// let folder = tempfile::tempdir()?;
/// let cells = CellFolder::new(folder.path(), "a checksum of settings and data");
/// let key = CellKey {
///     model: "6-mer".into(),
///     task: "promoters".into(),
///     method: Method::FineTuned,
///     arm: TransferArm::Random,
///     fold: 0,
///     seed: 1,
/// };
/// assert!(cells.get(&key)?.is_none());
/// let cell = TransferCell {
///     key,
///     outcome: CellOutcome::Diverged,
///     bases_seen: Some(0),
///     features: 64,
///     rate: None,
///     epoch: None,
/// };
/// cells.put(&cell)?;
/// assert_eq!(cells.get(&cell.key)?, Some(cell));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFolder {
    folder: PathBuf,
    study: String,
}

impl CellFolder {
    /// A folder, which need not exist, for the cells of a study with this checksum.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, study: &str) -> Self {
        Self {
            folder: folder.into(),
            study: study.into(),
        }
    }

    /// The cell of a key, if it is there.
    ///
    /// # Errors
    /// [`Error::Foreign`] for a cell of another study; [`Error::Damaged`]; [`Error::File`],
    /// [`Error::Json`].
    pub fn get(&self, key: &CellKey) -> Result<Option<TransferCell>, Error> {
        let path = self.folder.join(key.file_name());
        if !path.exists() {
            return Ok(None);
        }
        let cell = self.read(&path)?;
        if cell.key == *key {
            return Ok(Some(cell));
        }
        Err(Error::Foreign {
            path,
            found: format!("cell {}", cell.key),
            expected: format!("cell {key}"),
        })
    }

    /// Writes a cell, over whatever its file held.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written.
    pub fn put(&self, cell: &TransferCell) -> Result<(), Error> {
        let path = self.folder.join(cell.key.file_name());
        let file = |source| Error::File {
            path: self.folder.clone(),
            source,
        };
        fs::create_dir_all(&self.folder).map_err(file)?;
        let stored = Stored {
            study: self.study.clone(),
            cell: cell.clone(),
        };
        let json = |source| Error::Json {
            path: path.clone(),
            source,
        };
        let text = serde_json::to_string_pretty(&stored).map_err(json)? + "\n";
        checked::write_json(&path, &text).map_err(|source| Error::File { path, source })
    }

    /// All cells that are there.
    ///
    /// # Errors
    /// As [`CellFolder::get`].
    pub fn all(&self) -> Result<TransferCells, Error> {
        let mut cells = TransferCells::default();
        if !self.folder.exists() {
            return Ok(cells);
        }
        let file = |source| Error::File {
            path: self.folder.clone(),
            source,
        };
        for entry in fs::read_dir(&self.folder).map_err(file)? {
            let path = entry.map_err(file)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.ends_with(".json") && !name.starts_with('.') {
                cells.insert(self.read(&path)?)?;
            }
        }
        Ok(cells)
    }

    fn read(&self, path: &Path) -> Result<TransferCell, Error> {
        let text = checked::read_json(path).map_err(|damage| Error::Damaged {
            path: damage.path,
            problem: damage.problem.to_string(),
        })?;
        let stored: Stored = serde_json::from_str(&text).map_err(|source| Error::Json {
            path: path.into(),
            source,
        })?;
        if stored.study == self.study {
            return Ok(stored.cell);
        }
        Err(Error::Foreign {
            path: path.into(),
            found: format!("study {}", stored.study),
            expected: format!("study {}", self.study),
        })
    }
}
