//! What happened at each step, as CSV.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use dissensus_lm::{Evaluated, Step};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::folder::write_atomically;

/// One training step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepRow {
    /// Number of the step, from 1.
    pub step: u64,
    /// Number of the epoch, from 1.
    pub epoch: u64,
    /// Mean loss of the batch's predicted tokens, nats.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub loss: f64,
    /// Learning rate.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub learning_rate: f64,
    /// Global norm of the gradient before clipping.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub gradient_norm: f64,
    /// Tokens read.
    pub tokens: u64,
    /// Tokens predicted. `hidden` in files of earlier versions.
    #[serde(alias = "hidden")]
    pub predicted: u64,
}

/// One evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRow {
    /// After how many steps.
    pub step: u64,
    /// Mean loss of the predicted tokens, nats.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub loss: f64,
    /// Fraction of the predicted tokens that are the first guess.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub accuracy: f64,
}

impl fmt::Display for EvaluationRow {
    /// When it was, and the loss in bits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.loss / std::f64::consts::LN_2;
        write!(f, "after step {}, {bits:.3} bits a token", self.step)
    }
}

/// Rows by step: a step taken again after a resume replaces itself.
#[derive(Debug, Default)]
pub(crate) struct History {
    steps: BTreeMap<u64, StepRow>,
    evaluations: BTreeMap<u64, EvaluationRow>,
}

impl History {
    /// Reads what a checkpoint was saved with.
    pub(crate) fn read(checkpoint: &Path) -> Result<Self, Error> {
        if !checkpoint.join(STEPS).exists() {
            let problem = format!("has no {STEPS}, expected the steps that led to it");
            return Err(Error::malformed(checkpoint, problem));
        }
        let steps = read_steps(checkpoint)?.into_iter();
        let evaluations = read_evaluations(checkpoint)?.into_iter();
        Ok(Self {
            steps: steps.map(|row| (row.step, row)).collect(),
            evaluations: evaluations.map(|row| (row.step, row)).collect(),
        })
    }

    pub(crate) fn stepped(&mut self, step: &Step) {
        let row = StepRow {
            step: step.step,
            epoch: step.epoch,
            loss: step.loss,
            learning_rate: step.learning_rate,
            gradient_norm: step.gradient_norm,
            tokens: step.tokens,
            predicted: step.predicted,
        };
        self.steps.insert(row.step, row);
    }

    pub(crate) fn evaluated(&mut self, found: &Evaluated) {
        let row = EvaluationRow {
            step: found.step,
            loss: found.loss,
            accuracy: found.accuracy,
        };
        self.evaluations.insert(row.step, row);
    }

    /// The names of its files and their contents.
    pub(crate) fn files(&self) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
        Ok(vec![
            (STEPS, written(STEPS, self.steps.values())?),
            (
                EVALUATIONS,
                written(EVALUATIONS, self.evaluations.values())?,
            ),
        ])
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), Error> {
        let mut files = self.files()?.into_iter();
        files.try_for_each(|(name, bytes)| write_atomically(&folder.join(name), &bytes))
    }
}

/// Its files in a member's folder and in a checkpoint.
pub(crate) const STEPS: &str = "history.csv";
pub(crate) const EVALUATIONS: &str = "evaluations.csv";

pub(crate) fn read_steps(folder: &Path) -> Result<Vec<StepRow>, Error> {
    read(&folder.join(STEPS))
}

pub(crate) fn read_evaluations(folder: &Path) -> Result<Vec<EvaluationRow>, Error> {
    read(&folder.join(EVALUATIONS))
}

/// The rows of a CSV file; none if there is no file yet.
fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<T>, Error> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let malformed = |problem: csv::Error| Error::malformed(path, problem);
    let mut reader = csv::Reader::from_path(path).map_err(malformed)?;
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(malformed)
}

fn written<T: Serialize>(name: &str, rows: impl Iterator<Item = T>) -> Result<Vec<u8>, Error> {
    let malformed = |problem: csv::Error| Error::malformed(Path::new(name), problem);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(malformed)?;
    }
    let bytes = writer.into_inner();
    bytes.map_err(|problem| Error::malformed(Path::new(name), problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_history_of_an_earlier_version_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let text =
            "step,epoch,loss,learning_rate,gradient_norm,tokens,hidden\n1,1,2.5,0.1,3.0,64,9\n";
        std::fs::write(folder.path().join(STEPS), text).unwrap();
        assert_eq!(read_steps(folder.path()).unwrap()[0].predicted, 9);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_history_survives_its_file(losses in prop::collection::vec(1e-9_f64..1e9, 1..20)) {
            let mut history = History::default();
            for (step, &loss) in (1..).zip(&losses) {
                let row = Step {
                    step, total: 100, epoch: 1, loss, learning_rate: loss / 3.0,
                    gradient_norm: loss.sqrt(), tokens: step * 7, predicted: step,
                };
                history.stepped(&row);
            }
            let folder = tempfile::tempdir().unwrap();
            history.write(folder.path()).unwrap();
            let read = History::read(folder.path()).unwrap();
            prop_assert_eq!(&read.steps, &history.steps);
        }
    }
}
