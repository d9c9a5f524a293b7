//! Sequences with classes, and where they come from.

use std::collections::BTreeMap;
use std::fmt;

use dissensus_probe::Labels;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::read::Row;

/// What a row is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It is learned from.
    Train,
    /// Choices are made on it.
    Validation,
    /// The score is taken on it.
    Test,
}

impl Part {
    /// The part of a name: `train`; `dev`, `validation`, `valid` or `val`; `test`, in any case.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "train" | "training" => Some(Self::Train),
            "dev" | "validation" | "valid" | "val" => Some(Self::Validation),
            "test" => Some(Self::Test),
            _ => None,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}

/// A classification task.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Where it comes from; empty where no manifest says so.
    pub source: String,
    /// Under which terms it may be used; empty where no manifest says so.
    pub licence: String,
    /// The bases of each row, upper case.
    pub sequences: Vec<Vec<u8>>,
    /// The class of each row.
    pub labels: Labels,
    /// What each row is for; none where nothing was published.
    pub split: Option<Vec<Part>>,
    /// The group of each row, such as its chromosome; none where no column gives it.
    pub groups: Option<Vec<String>>,
}

impl Task {
    /// A task of sequences in memory, without a split.
    ///
    /// # Errors
    /// Other numbers of classes than of sequences, fewer than two classes.
    pub fn new<S: AsRef<[u8]>, L: AsRef<str>>(
        name: &str,
        sequences: &[S],
        labels: &[L],
    ) -> Result<Self, Error> {
        if sequences.len() != labels.len() {
            return Err(Error::Parameter {
                name: "labels",
                expected: "as many as sequences",
                value: labels.len() as f64,
            });
        }
        let upper = |sequence: &S| sequence.as_ref().to_ascii_uppercase();
        Ok(Self {
            name: name.to_owned(),
            source: String::new(),
            licence: String::new(),
            sequences: sequences.iter().map(upper).collect(),
            labels: Labels::from_names(labels)?,
            split: None,
            groups: None,
        })
    }

    pub(crate) fn of_rows(name: &str, rows: Vec<Row>) -> Result<Self, Error> {
        let names: Vec<&str> = rows.iter().map(|row| &row.label[..]).collect();
        let labels = Labels::from_names(&names)?;
        let split = rows.iter().map(|row| row.part).collect();
        let groups = rows.iter().map(|row| row.group.clone()).collect();
        Ok(Self {
            name: name.to_owned(),
            source: String::new(),
            licence: String::new(),
            labels,
            split,
            groups,
            sequences: rows.into_iter().map(|row| row.sequence).collect(),
        })
    }

    /// The rows of a part; none of them where there is no split.
    #[must_use]
    pub fn rows(&self, part: Part) -> Vec<usize> {
        let of = self.split.iter().flatten().enumerate();
        of.filter(|&(_, &own)| own == part)
            .map(|(row, _)| row)
            .collect()
    }

    /// The rows named, in the order named; the classes stay.
    ///
    /// # Errors
    /// No row named, or one that there is not.
    pub fn select(&self, rows: &[usize]) -> Result<Self, Error> {
        let labels = self.labels.select(rows)?;
        let split = |split: &Vec<Part>| rows.iter().map(|&row| split[row]).collect();
        let groups = |groups: &Vec<String>| rows.iter().map(|&row| groups[row].clone()).collect();
        Ok(Self {
            labels,
            sequences: rows
                .iter()
                .map(|&row| self.sequences[row].clone())
                .collect(),
            split: self.split.as_ref().map(split),
            groups: self.groups.as_ref().map(groups),
            ..self.clone_head()
        })
    }

    /// About `count` rows drawn at random, with nearly the same fraction of each part and class, in
    /// their order; all rows where there are no more.
    ///
    /// # Errors
    /// A count of 0.
    ///
    /// ```
    /// use dissensus_task::Task;
    ///
    /// let sequences: Vec<String> = (0..40).map(|i| "ACGT".repeat(i + 1)).collect();
    /// let labels: Vec<&str> = (0..40).map(|i| if i % 4 == 0 { "yes" } else { "no" }).collect();
    /// let task = Task::new("example", &sequences, &labels)?.sample(20, 7)?;
    /// assert_eq!(task.labels.counts(), [15, 5]);
    /// # Ok::<(), dissensus_task::Error>(())
    /// ```
    pub fn sample(&self, count: usize, seed: u64) -> Result<Self, Error> {
        let total = self.sequences.len();
        if count >= total {
            return Ok(self.clone());
        }
        let mut strata = BTreeMap::<(Option<Part>, usize), Vec<usize>>::new();
        for (row, &label) in self.labels.values().iter().enumerate() {
            let part = self.split.as_ref().map(|split| split[row]);
            strata.entry((part, label)).or_default().push(row);
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut chosen = Vec::with_capacity(count);
        for rows in strata.values_mut() {
            rows.shuffle(&mut rng);
            let some = (rows.len() * count).div_ceil(total);
            chosen.extend_from_slice(&rows[..some]);
        }
        chosen.sort_unstable();
        self.select(&chosen)
    }

    /// The same task with every class of its part dealt out anew: what a probe finds in it is a
    /// leak.
    ///
    /// # Errors
    /// None that a task which could be made does not have.
    pub fn with_shuffled_labels(&self, seed: u64) -> Result<Self, Error> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut values = self.labels.values().to_vec();
        values.shuffle(&mut rng);
        let names = self.labels.names();
        let named: Vec<&str> = values.iter().map(|&value| &names[value][..]).collect();
        Ok(Self {
            labels: Labels::from_names(&named)?,
            ..self.clone()
        })
    }

    /// All but what each row has.
    fn clone_head(&self) -> Self {
        Self {
            name: self.name.clone(),
            source: self.source.clone(),
            licence: self.licence.clone(),
            sequences: Vec::new(),
            labels: self.labels.clone(),
            split: None,
            groups: None,
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.labels.names().iter().zip(self.labels.counts());
        let classes: Vec<String> = counts
            .map(|(name, count)| format!("{name}: {count}"))
            .collect();
        write!(
            f,
            "{}: {} sequences ({})",
            self.name,
            self.sequences.len(),
            classes.join(", ")
        )?;
        if self.split.is_some() {
            let parts = [Part::Train, Part::Validation, Part::Test];
            let said = parts.map(|part| format!("{part} {}", self.rows(part).len()));
            write!(f, "; {}", said.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Task {
        let sequences: Vec<String> = (1..9).map(|i| "a".repeat(i)).collect();
        let labels = ["x", "y", "x", "y", "x", "y", "x", "y"];
        let mut task = Task::new("example", &sequences, &labels).unwrap();
        task.split = Some([vec![Part::Train; 6], vec![Part::Test; 2]].concat());
        task
    }

    #[test]
    fn a_task_says_what_it_holds() {
        assert_eq!(
            example().to_string(),
            "example: 8 sequences (x: 4, y: 4); train 6, validation 0, test 2"
        );
    }

    #[test]
    fn a_selection_keeps_rows_together() {
        let task = example().select(&[7, 1]).unwrap();
        assert_eq!(task.sequences, [b"AAAAAAAA".to_vec(), b"AA".to_vec()]);
        assert_eq!(task.split, Some(vec![Part::Test, Part::Train]));
        assert_eq!(task.labels.values(), [1, 1]);
        assert!(example().select(&[8]).is_err());
    }

    #[test]
    fn a_sample_has_rows_of_every_part_and_class() {
        let task = example().sample(4, 1).unwrap();
        assert_eq!(task.rows(Part::Test).len(), 2);
        assert_eq!(task.labels.counts(), [3, 3]);
        assert_eq!(example().sample(8, 1).unwrap(), example());
        assert!(example().sample(0, 1).is_err());
    }

    #[test]
    fn shuffled_labels_are_the_same_in_number() {
        let task = example().with_shuffled_labels(3).unwrap();
        assert_eq!(task.labels.counts(), example().labels.counts());
        assert_ne!(task.labels, example().labels);
    }
}
