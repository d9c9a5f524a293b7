//! Which rows are trained on, which are tested.

mod deal;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{at_least, parameter, same_length};
use crate::{Error, Labels};

/// One way to part the rows; no row is in two of the sets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fold {
    /// Rows that are learned from.
    pub train: Vec<usize>,
    /// Rows that choices are made on; often none.
    pub validation: Vec<usize>,
    /// Rows that the score is taken on.
    pub test: Vec<usize>,
}

/// Ways to part the rows of a task, checked: every fold trains and tests, on different rows.
///
/// ```
/// use dissensus_probe::Folds;
///
/// let chromosomes = ["chr1", "chr1", "chr2", "chr3", "chr2", "chr3"];
/// let folds = Folds::grouped(&chromosomes, None, 3, 0)?;
/// for fold in folds.iter() {
///     for &test in &fold.test {
///         assert!(fold.train.iter().all(|&row| chromosomes[row] != chromosomes[test]));
///     }
/// }
/// # Ok::<(), dissensus_probe::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Folds {
    folds: Vec<Fold>,
    rows: usize,
    groups: Vec<usize>,
}

impl Folds {
    /// Takes folds as (training, validation, test) rows of a task of `rows` rows, each a group of
    /// its own.
    ///
    /// # Errors
    /// No fold, a fold without training or test rows, a row that there is not, a row twice in one
    /// fold.
    pub fn new(
        rows: usize,
        folds: impl IntoIterator<Item = (Vec<usize>, Vec<usize>, Vec<usize>)>,
    ) -> Result<Self, Error> {
        let fold = |(train, validation, test)| Fold {
            train,
            validation,
            test,
        };
        let folds: Vec<Fold> = folds.into_iter().map(fold).collect();
        at_least("folds", 1, folds.len())?;
        for (index, fold) in folds.iter().enumerate() {
            check(fold, rows, index)?;
        }
        Ok(Self {
            folds,
            rows,
            groups: (0..rows).collect(),
        })
    }

    /// `k` folds of nearly equal size; every row is tested once.
    ///
    /// # Errors
    /// `k` below 2 or above the number of rows.
    pub fn k_fold(rows: usize, k: usize, seed: u64) -> Result<Self, Error> {
        let one = vec![0; rows];
        Self::dealt(&one, &(0..rows).collect::<Vec<_>>(), k, seed)
    }

    /// [`Folds::k_fold`] in which every fold has nearly the same fraction of each class.
    ///
    /// # Errors
    /// As [`Folds::k_fold`].
    pub fn stratified(labels: &Labels, k: usize, seed: u64) -> Result<Self, Error> {
        let groups: Vec<usize> = (0..labels.rows()).collect();
        Self::dealt(labels.values(), &groups, k, seed)
    }

    /// `k` folds that keep the rows of a group (a chromosome, a family of homologous sequences)
    /// together.
    ///
    /// Groups are dealt out one at a time, the largest first, each to the fold that has least of
    /// its classes (of its rows, without labels). The groups are kept: an interval over these folds
    /// draws groups, not rows.
    ///
    /// # Errors
    /// `k` below 2 or above the number of groups; other numbers of labels than rows.
    pub fn grouped<G: Ord>(
        groups: &[G],
        labels: Option<&Labels>,
        k: usize,
        seed: u64,
    ) -> Result<Self, Error> {
        let numbers = numbered(groups);
        let one = vec![0; groups.len()];
        let classes = labels.map_or(&one[..], Labels::values);
        same_length("labels", groups.len(), classes.len())?;
        Self::dealt(classes, &numbers, k, seed)
    }

    /// The one fold that a split column gives: `train`; `dev`, `validation`, `valid` or `val`;
    /// `test`.
    ///
    /// # Errors
    /// Another name in the column; no training or no test row.
    pub fn fixed<S: AsRef<str>>(split: &[S]) -> Result<Self, Error> {
        let mut sets = (Vec::new(), Vec::new(), Vec::new());
        for (row, name) in split.iter().enumerate() {
            match name.as_ref().trim().to_ascii_lowercase().as_str() {
                "train" | "training" => sets.0.push(row),
                "dev" | "validation" | "valid" | "val" => sets.1.push(row),
                "test" => sets.2.push(row),
                _ => {
                    let found = name.as_ref().to_owned();
                    return Err(Error::SplitName { row, found });
                }
            }
        }
        Self::new(split.len(), [sets])
    }

    /// The same folds, whose rows belong to these groups: an interval draws groups, not rows.
    ///
    /// # Errors
    /// Another number of groups than rows.
    pub fn with_groups<G: Ord>(self, groups: &[G]) -> Result<Self, Error> {
        same_length("groups", self.rows, groups.len())?;
        let groups = numbered(groups);
        Ok(Self { groups, ..self })
    }

    /// The folds.
    pub fn iter(&self) -> std::slice::Iter<'_, Fold> {
        self.folds.iter()
    }

    /// Number of folds; at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always a fold")]
    pub fn len(&self) -> usize {
        self.folds.len()
    }

    /// Number of rows of the task.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The group of each row; every row its own where none were given.
    #[must_use]
    pub fn groups(&self) -> &[usize] {
        &self.groups
    }

    fn dealt(classes: &[usize], groups: &[usize], k: usize, seed: u64) -> Result<Self, Error> {
        let count = groups.iter().max().map_or(0, |&last| last + 1);
        let expected = "2 or more, and at most the number of rows or groups";
        parameter("folds", expected, k as f64, k >= 2 && k <= count)?;
        let fold_of = deal::deal(classes, groups, k, seed);
        let rows = groups.len();
        let part = |k: usize| {
            let (test, train) = (0..rows).partition(|&row| fold_of[groups[row]] == k);
            (train, Vec::new(), test)
        };
        let folds = Self::new(rows, (0..k).map(part))?;
        Ok(Self {
            groups: groups.to_vec(),
            ..folds
        })
    }
}

/// Numbers for names, in their order.
fn numbered<G: Ord>(names: &[G]) -> Vec<usize> {
    let mut places: BTreeMap<&G, usize> = names.iter().map(|name| (name, 0)).collect();
    places
        .values_mut()
        .enumerate()
        .for_each(|(i, place)| *place = i);
    names.iter().map(|name| places[name]).collect()
}

fn check(fold: &Fold, rows: usize, index: usize) -> Result<(), Error> {
    let inside = |source: Error| Error::Fold {
        fold: index,
        source: Box::new(source),
    };
    at_least("training rows", 1, fold.train.len()).map_err(inside)?;
    at_least("test rows", 1, fold.test.len()).map_err(inside)?;
    let mut seen = vec![false; rows];
    for &row in fold.train.iter().chain(&fold.validation).chain(&fold.test) {
        let place = seen
            .get_mut(row)
            .ok_or(Error::Row { row, rows })
            .map_err(inside)?;
        if std::mem::replace(place, true) {
            return Err(Error::Overlap { fold: index, row });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_in_two_sets_is_named() {
        let error = Folds::new(3, [(vec![0, 1], vec![], vec![1, 2])]).unwrap_err();
        assert!(matches!(error, Error::Overlap { fold: 0, row: 1 }));
    }

    #[test]
    fn a_split_column_is_one_fold() {
        let folds = Folds::fixed(&["test", "train", "dev", "train"]).unwrap();
        let fold = folds.iter().next().unwrap();
        assert_eq!(
            (&fold.train[..], &fold.validation[..]),
            (&[1, 3][..], &[2][..])
        );
        assert_eq!((folds.len(), &fold.test[..]), (1, &[0][..]));
        assert!(matches!(
            Folds::fixed(&["train", "tset"]),
            Err(Error::SplitName { row: 1, .. })
        ));
    }

    #[test]
    fn more_folds_than_groups_are_refused() {
        let error = Folds::grouped(&[1, 1, 2], None, 3, 0).unwrap_err();
        assert!(matches!(error, Error::Parameter { name: "folds", .. }));
    }
}
