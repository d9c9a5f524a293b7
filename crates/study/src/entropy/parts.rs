//! A study by several processes: members, then measures, then the collection.

use std::path::Path;

use dissensus_bert::Config;
use dissensus_ensemble::{Existing, MemberState, Run};
use dissensus_kernels::checked;
use dissensus_lm::Devices;
use dissensus_report::Ensemble;
use serde::{Deserialize, Serialize};

use super::case::CONTROL;
use super::run::{StudyRun, TrainedArm};
use super::{Arm, Case, Options, ReadOnce};
use crate::json::{read_json, write_json};
use crate::{Error, StudyObserver, StudyOutcome, StudyResults};

/// What was measured of an arm, in the arm's folder.
const MEASURED: &str = "measured.json";

/// Measures of an arm, and of what they were taken.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    of: String,
    ensemble: Ensemble,
}

/// Which part of a study a process does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum StudyPart {
    /// All of it, as [`run`](super::run()).
    #[default]
    Whole,
    /// Training of these members of every arm, as [`train_study_members`].
    Members(Vec<usize>),
    /// The measures, as [`measure_arms`].
    Measures,
    /// The results, as [`collect`].
    Results,
}

/// Does a part of a study in a folder that several processes may share.
///
/// # Errors
/// Those of the function that the part names.
pub fn run_part(
    options: &Options,
    part: &StudyPart,
    folder: &Path,
    devices: &Devices,
    existing: Existing,
    observer: &mut dyn StudyObserver,
) -> Result<StudyOutcome, Error> {
    match part {
        StudyPart::Whole => super::run(options, folder, devices, existing, observer),
        StudyPart::Results => collect(options, folder, devices, observer),
        StudyPart::Measures => {
            measure_arms(options, folder, devices, observer)?;
            Ok(StudyOutcome::PartFinished)
        }
        StudyPart::Members(members) => {
            let finished = train_study_members(options, members, folder, devices, observer)?;
            Ok(if finished {
                StudyOutcome::PartFinished
            } else {
                StudyOutcome::Interrupted
            })
        }
    }
}

/// Trains some members of every arm, and the controls with the same numbers; other processes may
/// train the others in the same folder at the same time. False if the observer interrupted it;
/// called again it continues.
///
/// # Errors
/// Those of the options, the files and the training; [`dissensus_ensemble::Error::InUse`] if
/// another process trains one of these members.
pub fn train_study_members(
    options: &Options,
    members: &[usize],
    folder: &Path,
    devices: &Devices,
    observer: &mut dyn StudyObserver,
) -> Result<bool, Error> {
    options.check(devices)?;
    let mut read = ReadOnce::default();
    for &arm in &options.arms {
        let case = Case::of_arm(options, arm, &mut read, observer)?;
        let prepared = case.prepare(options)?;
        let folder = folder.join(arm.name());
        if !prepared.train_members(options, members, &folder, devices, observer)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Measures arms whose members are all trained and keeps what it found in their folders, for
/// [`collect`].
///
/// # Errors
/// [`dissensus_ensemble::Error::NoRun`] for a member that is not trained; those of the options, the
/// files and the measures.
pub fn measure_arms(
    options: &Options,
    folder: &Path,
    devices: &Devices,
    observer: &mut dyn StudyObserver,
) -> Result<(), Error> {
    options.check(devices)?;
    let mut study = StudyRun::new(options, folder, devices, Existing::Resume);
    for &arm in &options.arms {
        let Some(trained) = trained(&mut study, arm, observer)? else {
            continue;
        };
        let measured = Measured {
            of: trained.key(options)?,
            ensemble: trained.measure(options, devices, observer)?,
        };
        observer.measured(&measured.ensemble);
        write_json(&trained.run.folder().join(MEASURED), &measured)?;
    }
    Ok(())
}

/// The results of a study whose members are all trained, by however many processes; what
/// [`measure_arms`] measured is taken, the rest is measured here. The same bytes as those of
/// [`run`](super::run()).
///
/// # Errors
/// As [`measure_arms`].
pub fn collect(
    options: &Options,
    folder: &Path,
    devices: &Devices,
    observer: &mut dyn StudyObserver,
) -> Result<StudyOutcome, Error> {
    options.check(devices)?;
    let mut found = StudyResults::new(options);
    let mut study = StudyRun::new(options, folder, devices, Existing::Resume);
    for &arm in &options.arms {
        let Some(trained) = trained(&mut study, arm, observer)? else {
            return Ok(StudyOutcome::Interrupted);
        };
        let measured = match trained.measured(options)? {
            Some(kept) => kept,
            None => trained.measure(options, devices, observer)?,
        };
        observer.measured(&measured);
        found.add(&trained, measured)?;
    }
    Ok(StudyOutcome::Finished(Box::new(found)))
}

/// An arm that is trained, which is made sure of before anything else; none if the observer
/// interrupted the mending of what was damaged.
fn trained(
    study: &mut StudyRun<'_>,
    arm: Arm,
    observer: &mut dyn StudyObserver,
) -> Result<Option<TrainedArm>, Error> {
    let own = study.folder.join(arm.name());
    Run::<Config>::open(&own)?;
    if study.options.control {
        Run::<Config>::open(own.join(CONTROL))?;
    }
    TrainedArm::new(study, arm, observer)
}

impl TrainedArm {
    /// What the measures were taken of: version, settings, data and the checksums of every model.
    fn key(&self, options: &Options) -> Result<String, Error> {
        let mut settings = options.settings();
        // Which other arms there are does not touch this one.
        settings.retain(|(name, _)| name != "arms");
        let mut key = format!(
            "{} {settings:?} {}",
            env!("CARGO_PKG_VERSION"),
            self.run.data()
        );
        let control = options.control.then(|| self.run.folder().join(CONTROL));
        let control = control.map(Run::<Config>::open).transpose()?;
        for run in std::iter::once(&self.run).chain(&control) {
            for member in 0..options.members {
                for state in MemberState::ALL {
                    let path = run.path(member, state).join(checked::MANIFEST);
                    let sums = dissensus_kernels::files::read_to_string(&path);
                    key += &sums.map_err(|source| Error::File { path, source })?;
                }
            }
        }
        Ok(key)
    }

    /// What was measured of these very models under these settings, if anything was.
    fn measured(&self, options: &Options) -> Result<Option<Ensemble>, Error> {
        let path = self.run.folder().join(MEASURED);
        if !path.exists() {
            return Ok(None);
        }
        let kept: Measured = read_json(&path)?;
        Ok((kept.of == self.key(options)?).then_some(kept.ensemble))
    }
}
