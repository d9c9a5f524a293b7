//! A task of a transfer study.

use dissensus_probe::{Folds, Labels};
use dissensus_source::{MotifParams, Motifs, Source};
use dissensus_task::{FoldParams, Task};

use crate::Error;

/// Sequences of DNA with a class each, and how they are parted.
#[derive(Debug, Clone)]
pub struct TransferTask {
    /// Its name.
    pub name: String,
    /// The sequences.
    pub sequences: Vec<String>,
    /// Their classes.
    pub labels: Labels,
    /// Which rows are learned from, chosen by and tested; every fold needs all three.
    pub folds: Folds,
    /// The Matthews correlation of the exact posterior on the test rows of the first fold, where
    /// the source is known: the ceiling.
    pub oracle: Option<f64>,
}

impl TransferTask {
    /// A task of files, folded.
    ///
    /// # Errors
    /// Those of the folds.
    pub fn of(task: &Task, folds: &FoldParams) -> Result<Self, Error> {
        let text = |bases: &Vec<u8>| String::from_utf8_lossy(bases).into_owned();
        Ok(Self {
            name: task.name.clone(),
            sequences: task.sequences.iter().map(text).collect(),
            labels: task.labels.clone(),
            folds: task.folds(folds)?.folds,
            oracle: None,
        })
    }
}

/// How many rows of a built-in task are learned from, chosen by and tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskRows {
    /// Learned from.
    pub train: usize,
    /// Chosen by.
    pub validation: usize,
    /// Tested.
    pub test: usize,
}

impl TaskRows {
    fn all(self) -> usize {
        self.train + self.validation + self.test
    }
}

/// The source of the built-in tasks: DNA in which pairs of boxes stand six to eight bases apart.
///
/// # Errors
/// None: the parameters are fixed.
pub(super) fn motifs() -> Result<Motifs, Error> {
    Ok(Motifs::new(&params())?)
}

fn params() -> MotifParams {
    MotifParams::default()
        .with_conservation(0.95)
        .with_shortest(6)
        .with_rate(0.05)
}

/// The built-in tasks: is a sequence from the source that the models were trained on, or from one
/// that differs in one thing?
///
/// | task | the other class |
/// |---|---|
/// | `boxes` | has no boxes at all |
/// | `spacing` | has the boxes five bases farther apart: each is there, their distance tells |
/// | `order` | has the boxes exchanged |
///
/// # Errors
/// None but of a bug: the parameters are fixed.
pub(super) fn built_in(
    rows: TaskRows,
    length: usize,
    seed: u64,
) -> Result<Vec<TransferTask>, Error> {
    let own = params();
    let (left, right) = (own.left.clone(), own.right.clone());
    let others = [
        ("boxes", own.clone().with_rate(0.0)),
        ("spacing", own.clone().with_shortest(own.shortest + 5)),
        ("order", own.with_left(right).with_right(left)),
    ];
    let motifs = motifs()?;
    let task = |(number, (name, other)): (usize, (&str, MotifParams))| {
        let seed = seed.wrapping_add(1 + number as u64);
        between(name, &motifs, &Motifs::new(&other)?, rows, length, seed)
    };
    others.into_iter().enumerate().map(task).collect()
}

/// Sequences of two sources in turn.
fn between(
    name: &str,
    own: &Motifs,
    other: &Motifs,
    rows: TaskRows,
    length: usize,
    seed: u64,
) -> Result<TransferTask, Error> {
    let all = rows.all();
    let classes: Vec<usize> = (0..all).map(|row| row % 2).collect();
    let source = |class: usize| if class == 1 { own } else { other };
    let documents: Vec<Vec<u8>> = classes
        .iter()
        .enumerate()
        .map(|(row, &class)| source(class).document(seed, row as u64, length))
        .collect();
    let ends = [rows.train, rows.train + rows.validation];
    let part = (
        (0..ends[0]).collect(),
        (ends[0]..ends[1]).collect(),
        (ends[1]..all).collect(),
    );
    let guess = |document: &Vec<u8>| -> Result<usize, Error> {
        let ratio = own.log2_probability(document)? - other.log2_probability(document)?;
        Ok(usize::from(ratio > 0.0))
    };
    let guesses: Vec<usize> = documents[ends[1]..]
        .iter()
        .map(guess)
        .collect::<Result<_, _>>()?;
    let confusion = dissensus_stats::Confusion::new(2, &classes[ends[1]..], &guesses)?;
    Ok(TransferTask {
        name: name.into(),
        sequences: documents.iter().map(|d| own.alphabet().render(d)).collect(),
        labels: Labels::new(classes, 2)?,
        folds: Folds::new(all, [part])?,
        oracle: Some(confusion.mcc()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_tasks_can_be_told_and_hold_no_sequence_twice() {
        let rows = TaskRows {
            train: 100,
            validation: 40,
            test: 200,
        };
        let tasks = built_in(rows, 60, 0).expect("fixed parameters");
        assert_eq!(tasks.len(), 3);
        for task in &tasks {
            let oracle = task.oracle.expect("a known source");
            assert!((0.6..1.0).contains(&oracle), "{}: {oracle}", task.name);
            let distinct: std::collections::BTreeSet<&String> = task.sequences.iter().collect();
            assert_eq!(distinct.len(), 340);
            assert!(task.sequences.iter().all(|s| s.len() == 60));
            assert_eq!(task.labels.counts(), [170, 170]);
        }
    }
}
