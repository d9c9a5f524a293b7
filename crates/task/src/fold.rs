//! Folds of a task, and what leaks across them.

use std::collections::HashSet;
use std::fmt;

use dissensus_probe::{
    Fold, Folds, Leak, NearDuplicate, SketchParams, across, near_duplicates, similarity_groups,
};

use crate::{Error, Part, Task};

/// What is done with a row that is learned from and nearly equals one that is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnLeak {
    /// It is not learned from.
    #[default]
    Drop,
    /// It stays, as published scores have it.
    Keep,
}

/// How a task is folded.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FoldParams {
    /// Folds of a task without a published split; by default 5.
    pub folds: usize,
    /// Fraction of the rows learned from that is set aside for choices, where no validation rows
    /// were published; by default 0, and at most ½.
    pub validation: f64,
    /// When two sequences count as near-duplicates.
    pub sketch: SketchParams,
    /// What is done with leaks; by default their training rows are dropped.
    pub on_leak: OnLeak,
    /// The seed by which groups are dealt out.
    pub seed: u64,
}

impl Default for FoldParams {
    fn default() -> Self {
        Self {
            folds: 5,
            validation: 0.0,
            sketch: SketchParams::default(),
            on_leak: OnLeak::Drop,
            seed: 0,
        }
    }
}

impl FoldParams {
    /// Sets how many folds a task without a split has.
    #[must_use]
    pub fn with_folds(self, folds: usize) -> Self {
        Self { folds, ..self }
    }

    /// Sets the fraction that is set aside for choices.
    #[must_use]
    pub fn with_validation(self, validation: f64) -> Self {
        Self { validation, ..self }
    }

    /// Sets when two sequences count as near-duplicates.
    #[must_use]
    pub fn with_sketch(self, sketch: SketchParams) -> Self {
        Self { sketch, ..self }
    }

    /// Sets what is done with leaks.
    #[must_use]
    pub fn with_on_leak(self, on_leak: OnLeak) -> Self {
        Self { on_leak, ..self }
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

/// Folds of a task.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TaskFolds {
    /// The published split as one fold, or folds of groups.
    pub folds: Folds,
    /// Pairs of a row learned from (or chosen on) and a row tested that are nearly one, as the
    /// folds were before any was dropped.
    pub leaks: Vec<Leak>,
    /// Rows that are not learned from because they leak, over all folds.
    pub dropped: usize,
    /// Pairs of near-duplicates in the whole task.
    pub near_duplicates: usize,
}

impl fmt::Display for TaskFolds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tested: HashSet<(usize, usize)> = self
            .leaks
            .iter()
            .map(|leak| (leak.fold, leak.test))
            .collect();
        write!(
            f,
            "{} folds; {} pairs of near-duplicates, {} across a split, which touch {} tested rows; {} rows dropped from training",
            self.folds.len(),
            self.near_duplicates,
            self.leaks.len(),
            tested.len(),
            self.dropped
        )
    }
}

impl Task {
    /// Folds: the published split where there is one, else groups (of the column, or of
    /// near-duplicates) dealt to [`FoldParams::folds`] folds.
    ///
    /// Intervals over these folds draw groups: those of the column, or of near-duplicates.
    ///
    /// # Errors
    /// Parameters outside their range; too few rows or groups; no row left to learn from.
    pub fn folds(&self, params: &FoldParams) -> Result<TaskFolds, Error> {
        if !(0.0..=0.5).contains(&params.validation) {
            return Err(Error::Parameter {
                name: "validation",
                expected: "a fraction from 0 to 0.5",
                value: params.validation,
            });
        }
        let pairs = near_duplicates(&self.sequences, &params.sketch)?;
        let groups = self.numbered_groups(&pairs);
        let dealt = match &self.split {
            Some(_) => Folds::new(self.sequences.len(), [self.published()?])?,
            None => Folds::grouped(&groups, Some(&self.labels), params.folds, params.seed)?,
        };
        let leaks = across(&pairs, &dealt);
        let (mut sets, mut dropped) = (Vec::new(), 0);
        for (index, fold) in dealt.iter().enumerate() {
            let kept = kept(fold, index, &leaks, params.on_leak);
            dropped +=
                fold.train.len() + fold.validation.len() - kept.train.len() - kept.validation.len();
            sets.push(self.with_validation(kept, &groups, params)?);
        }
        Ok(TaskFolds {
            folds: Folds::new(self.sequences.len(), sets)?.with_groups(&groups)?,
            leaks,
            dropped,
            near_duplicates: pairs.len(),
        })
    }

    fn numbered_groups(&self, pairs: &[NearDuplicate]) -> Vec<usize> {
        let Some(groups) = &self.groups else {
            return similarity_groups(self.sequences.len(), pairs);
        };
        let mut known: Vec<&String> = groups.iter().collect();
        known.sort_unstable();
        known.dedup();
        let number = |group| known.binary_search(&group).unwrap_or_default();
        groups.iter().map(number).collect()
    }

    fn published(&self) -> Result<Sets, Error> {
        let [train, validation, test] =
            [Part::Train, Part::Validation, Part::Test].map(|part| self.rows(part));
        for (purpose, rows) in [("learn from", &train), ("test on", &test)] {
            self.at_least(purpose, 1, rows.len(), 0)?;
        }
        Ok((train, validation, test))
    }

    fn at_least(
        &self,
        purpose: &'static str,
        needed: usize,
        found: usize,
        dropped: usize,
    ) -> Result<(), Error> {
        if found >= needed {
            return Ok(());
        }
        Err(Error::TooFew {
            task: self.name.clone(),
            purpose,
            needed,
            found,
            dropped,
        })
    }

    /// Sets whole groups of training rows aside where no validation rows are there.
    fn with_validation(
        &self,
        kept: Kept,
        groups: &[usize],
        params: &FoldParams,
    ) -> Result<Sets, Error> {
        let Kept {
            train,
            validation,
            test,
            dropped,
        } = kept;
        self.at_least("learn from", 1, train.len(), dropped)?;
        if params.validation == 0.0 || !validation.is_empty() {
            return Ok((train, validation, test));
        }
        let own: Vec<usize> = train.iter().map(|&row| groups[row]).collect();
        let parts = (1.0 / params.validation).round() as usize;
        let labels = self.labels.select(&train)?;
        let dealt = Folds::grouped(&own, Some(&labels), parts, params.seed)?;
        let (mut learned, mut chosen) = (Vec::new(), Vec::new());
        if let Some(first) = dealt.iter().next() {
            learned = first.train.iter().map(|&at| train[at]).collect();
            chosen = first.test.iter().map(|&at| train[at]).collect();
        }
        Ok((learned, chosen, test))
    }
}

/// Rows to learn from, to choose on, to test on.
type Sets = (Vec<usize>, Vec<usize>, Vec<usize>);

struct Kept {
    train: Vec<usize>,
    validation: Vec<usize>,
    test: Vec<usize>,
    /// Training rows that leaked.
    dropped: usize,
}

fn kept(fold: &Fold, index: usize, leaks: &[Leak], on_leak: OnLeak) -> Kept {
    let leaking: HashSet<usize> = match on_leak {
        OnLeak::Keep => HashSet::new(),
        OnLeak::Drop => leaks
            .iter()
            .filter(|leak| leak.fold == index)
            .map(|leak| leak.train)
            .collect(),
    };
    let clean = |rows: &[usize]| -> Vec<usize> {
        let of = rows.iter().copied();
        of.filter(|row| !leaking.contains(row)).collect()
    };
    let train = clean(&fold.train);
    Kept {
        dropped: fold.train.len() - train.len(),
        train,
        validation: clean(&fold.validation),
        test: fold.test.clone(),
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Forty sequences and a copy of each with one base changed.
    fn copies() -> Task {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut random =
            || -> Vec<u8> { (0..200).map(|_| b"ACGT"[rng.random_range(0..4)]).collect() };
        let originals: Vec<Vec<u8>> = (0..40).map(|_| random()).collect();
        let mut sequences = originals.clone();
        for original in &originals {
            let mut copy = original.clone();
            copy[100] = if copy[100] == b'A' { b'C' } else { b'A' };
            sequences.push(copy);
        }
        let labels: Vec<&str> = (0..80).map(|row| ["a", "b"][row % 2]).collect();
        Task::new("copies", &sequences, &labels).unwrap()
    }

    #[test]
    fn near_duplicates_stay_in_one_fold() {
        let task = copies();
        let found = task.folds(&FoldParams::default()).unwrap();
        assert_eq!((found.folds.len(), found.near_duplicates), (5, 40));
        assert_eq!((found.leaks.len(), found.dropped), (0, 0));
        for fold in found.folds.iter() {
            let tested: HashSet<usize> = fold.test.iter().copied().collect();
            assert!(
                fold.test
                    .iter()
                    .all(|row| tested.contains(&((row + 40) % 80)))
            );
        }
    }

    #[test]
    fn a_published_split_loses_training_rows_that_leak_unless_they_are_to_stay() {
        let mut task = copies();
        let part = |row: usize| match row {
            0..50 => Part::Train,
            50..60 => Part::Validation,
            _ => Part::Test,
        };
        task.split = Some((0..80).map(part).collect());
        // Rows 20 to 39 have their copies among the tested rows 60 to 79.
        let dropped = task.folds(&FoldParams::default()).unwrap();
        assert_eq!((dropped.leaks.len(), dropped.dropped), (20, 20));
        let fold = dropped.folds.iter().next().unwrap();
        assert_eq!((fold.train.len(), fold.validation.len()), (30, 10));
        assert!(fold.train.iter().all(|row| !(20..40).contains(row)));
        let kept = task
            .folds(&FoldParams::default().with_on_leak(OnLeak::Keep))
            .unwrap();
        assert_eq!(kept.folds.iter().next().unwrap().train.len(), 50);
        assert!(kept.to_string().contains(
            "40 pairs of near-duplicates, 20 across a split, which touch 20 tested rows"
        ));
    }

    #[test]
    fn validation_rows_are_whole_groups_of_training_rows() {
        let task = copies();
        let params = FoldParams::default().with_folds(4).with_validation(0.2);
        for fold in task.folds(&params).unwrap().folds.iter() {
            assert_eq!(
                (fold.train.len(), fold.validation.len(), fold.test.len()),
                (48, 12, 20)
            );
            let chosen: HashSet<usize> = fold.validation.iter().copied().collect();
            assert!(
                fold.validation
                    .iter()
                    .all(|row| chosen.contains(&((row + 40) % 80)))
            );
        }
        let wrong = task.folds(&FoldParams::default().with_validation(0.7));
        assert!(matches!(
            wrong,
            Err(Error::Parameter {
                name: "validation",
                ..
            })
        ));
    }

    #[test]
    fn a_split_that_leaves_nothing_to_learn_from_is_named() {
        let mut task = copies();
        task.split = Some(
            (0..80)
                .map(|row| if row < 40 { Part::Train } else { Part::Test })
                .collect(),
        );
        let error = task.folds(&FoldParams::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "copies: expected at least 1 rows to learn from, found 0; 40 more were dropped, because they nearly equal rows that are tested"
        );
    }

    #[test]
    fn groups_of_a_column_are_kept_together_and_drawn() {
        let mut task = copies();
        task.groups = Some((0..80).map(|row| format!("chr{}", row % 8)).collect());
        let found = task.folds(&FoldParams::default().with_folds(4)).unwrap();
        assert_eq!(found.folds.groups()[..9], [0, 1, 2, 3, 4, 5, 6, 7, 0]);
        // Row and copy are of one chromosome, for 40 is a multiple of 8.
        assert_eq!(found.leaks.len(), 0);
    }
}
