//! The whole study: an ensemble for each arm, measured and collected.

use std::path::Path;

use dissensus_bert::Config;
use dissensus_ensemble::{Existing, Outcome as Trained, Run};
use dissensus_lm::Devices;
use dissensus_report::{Ensemble, Line, LineChart, Point, Results};

use super::case::Prepared;
use super::{Arm, Case, Options, ReadOnce};
use crate::{Error, LossCurve, StudyObserver};

/// What a study found.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyResults {
    /// Every measure.
    pub results: Results,
    /// The training loss of every member.
    pub losses: Vec<LossCurve>,
    /// For each ensemble a checksum of what its members were trained on.
    pub checksums: Vec<(String, String)>,
}

/// How a call of [`run`] or [`run_part`](super::run_part) ended.
#[derive(Debug, Clone, PartialEq)]
pub enum StudyOutcome {
    /// Everything is measured.
    Finished(Box<StudyResults>),
    /// A part is done, from which another process collects the results.
    PartFinished,
    /// The observer interrupted the training; everything is saved.
    Interrupted,
}

/// Runs a study in a folder: one subfolder an arm.
///
/// Several devices share the micro-batches of each batch ([`train`](dissensus_ensemble::train));
/// where members are measured, they are on the devices in turn.
///
/// # Errors
/// Those of the options, the files, the training and the measures.
pub fn run(
    options: &Options,
    folder: &Path,
    devices: &Devices,
    existing: Existing,
    observer: &mut dyn StudyObserver,
) -> Result<StudyOutcome, Error> {
    options.check(devices)?;
    // An arm is trained for minutes or hours before the next is looked at.
    for &arm in &options.arms {
        existing.check(&folder.join(arm.name()))?;
    }
    let mut found = StudyResults::new(options);
    let mut study = StudyRun::new(options, folder, devices, existing);
    for &arm in &options.arms {
        let trained = TrainedArm::new(&mut study, arm, observer)?;
        let Some(trained) = trained else {
            return Ok(StudyOutcome::Interrupted);
        };
        let measured = trained.measure(options, devices, observer)?;
        observer.measured(&measured);
        found.add(&trained, measured)?;
    }
    Ok(StudyOutcome::Finished(Box::new(found)))
}

impl StudyResults {
    /// Nothing found yet.
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            results: Results::new(options.settings()),
            losses: Vec::new(),
            checksums: Vec::new(),
        }
    }

    /// Adds what was found of an arm.
    pub(crate) fn add(&mut self, arm: &TrainedArm, measured: Ensemble) -> Result<(), Error> {
        let name = &arm.prepared.case.name;
        self.checksums.push((name.clone(), arm.run.data().into()));
        self.losses.extend(loss_curves(&arm.run, name)?);
        self.results.ensembles.push(measured);
        Ok(())
    }
}

/// What all arms of a run share.
pub(crate) struct StudyRun<'a> {
    pub(crate) options: &'a Options,
    pub(crate) folder: &'a Path,
    pub(crate) devices: &'a Devices,
    existing: Existing,
    pub(crate) read: ReadOnce,
}

impl<'a> StudyRun<'a> {
    pub(crate) fn new(
        options: &'a Options,
        folder: &'a Path,
        devices: &'a Devices,
        existing: Existing,
    ) -> Self {
        Self {
            options,
            folder,
            devices,
            existing,
            read: ReadOnce::default(),
        }
    }
}

/// An arm whose members, and controls if any, are trained.
pub(crate) struct TrainedArm {
    pub(crate) prepared: Prepared,
    pub(crate) run: Run<Config>,
}

impl TrainedArm {
    /// Trains what is not trained yet; none if the observer interrupted it.
    pub(crate) fn new(
        study: &mut StudyRun<'_>,
        arm: Arm,
        observer: &mut dyn StudyObserver,
    ) -> Result<Option<Self>, Error> {
        let (options, devices, existing) = (study.options, study.devices, study.existing);
        let case = Case::of_arm(options, arm, &mut study.read, observer)?;
        let prepared = case.prepare(options)?;
        let folder = study.folder.join(arm.name());
        let trained = prepared.train(options, &folder, devices, existing, observer)?;
        Ok(match trained {
            Trained::Finished(run) => Some(Self {
                prepared,
                run: *run,
            }),
            Trained::Interrupted => None,
        })
    }

    pub(crate) fn measure(
        &self,
        options: &Options,
        devices: &Devices,
        observer: &mut dyn StudyObserver,
    ) -> Result<Ensemble, Error> {
        self.prepared.measure(options, &self.run, devices, observer)
    }
}

/// Points that a loss curve is thinned to; each is the mean of its segment.
const POINTS: usize = 150;

/// The training loss of every member of a run, thinned to 150 points each.
///
/// # Errors
/// [`Error::Ensemble`] if a history cannot be read.
pub fn loss_curves(run: &Run<Config>, ensemble: &str) -> Result<Vec<LossCurve>, Error> {
    let mut curves = Vec::new();
    for member in 0..run.plan().members {
        let steps = run.steps(member)?;
        let segment = steps.len().div_ceil(POINTS).max(1);
        let points = steps.chunks(segment).map(|rows| {
            let loss = rows.iter().map(|row| row.loss).sum::<f64>() / rows.len() as f64;
            (
                rows[rows.len() - 1].step as f64,
                loss / std::f64::consts::LN_2,
            )
        });
        curves.push(LossCurve {
            ensemble: ensemble.into(),
            member,
            points: points.collect(),
        });
    }
    Ok(curves)
}

/// The loss of the first member of a run, which may still be training: of every step and of every
/// evaluation, in bits a masked token.
///
/// # Errors
/// [`Error::Ensemble`] if a history cannot be read.
pub fn loss_chart(run: &Run<Config>) -> Result<LineChart, Error> {
    let line = |subject: &str, points: Vec<(u64, f64)>| Line {
        subject: subject.into(),
        points: points
            .into_iter()
            .map(|(step, nats)| Point::new(step as f64, nats / std::f64::consts::LN_2))
            .collect(),
        ..Line::default()
    };
    let steps = run
        .steps(0)?
        .iter()
        .map(|row| (row.step, row.loss))
        .collect();
    let evaluations = run.evaluations(0)?;
    let evaluations = evaluations.iter().map(|row| (row.step, row.loss)).collect();
    Ok(LineChart {
        title: "Loss".into(),
        x_label: "step".into(),
        y_label: "bits a masked token".into(),
        lines: vec![line("training", steps), line("evaluation", evaluations)],
        ..LineChart::default()
    })
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn refused(options: &Options, folder: &Path) -> String {
        let (device, refuse) = (Device::flex().into(), Existing::Refuse);
        let found = run(options, folder, &device, refuse, &mut ());
        assert!(!folder.join("text-bpe").exists(), "the first arm was begun");
        found.unwrap_err().to_string()
    }

    #[test]
    fn what_can_be_refused_is_refused_before_the_first_arm() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            arms: vec![Arm::TextBpe, Arm::DnaKmer],
            ..Options::default().quick()
        };
        let huge = Options {
            preset: "huge".into(),
            ..options.clone()
        };
        assert!(refused(&huge, folder.path()).contains("huge"));
        let mut no_batch = options.clone();
        no_batch.training.batch = 0;
        assert!(refused(&no_batch, folder.path()).contains("batch"));
        let second = folder.path().join("dna-kmer");
        std::fs::create_dir(&second).unwrap();
        std::fs::write(second.join("config.toml"), "").unwrap();
        assert!(refused(&options, folder.path()).contains("dna-kmer: already holds a run"));
    }
}
