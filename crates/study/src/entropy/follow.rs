//! Fisher information while a model trains.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use dissensus_bert::{Evaluated, Masked, MaskedLm, Step};
use dissensus_fisher::FisherParams;
use dissensus_measure::{FisherAtStep, MeasureObserver, MeasuredModel, Stage};

use crate::json::{check_folder, read_json, seal_folder, write_json};
use crate::{Error, StudyObserver};

/// Takes group sums before the first step of training and then every so many steps.
///
/// ```
/// use burn::tensor::Device;
/// use dissensus_bert::{Budget, Config, Data, MaskedLm, Masking, Trainer, TrainingConfig};
/// use dissensus_fisher::FisherParams;
/// use dissensus_study::Follow;
/// let config = Config::preset("no_transformer")?.with_vocabulary(20, 1);
/// let model = MaskedLm::new(&config, 7, &Device::flex())?;
/// let ids = vec![vec![7, 8, 9, 10]; 4];
/// let masked = Masking::analysis(20, 4, &[0, 1, 2, 3, 4]).mask_all(&ids, 1)?;
/// let data = Data::new(ids, vec![], Masking::training(20, 4, &[0, 1, 2, 3, 4]));
/// let settings = TrainingConfig::default().with_batch(2).with_budget(Budget::Steps(5));
/// let mut follow = Follow::new(&masked, FisherParams::default(), 2);
/// Trainer::new(model, settings, data)?.run(&mut follow)?;
/// let steps: Vec<u64> = follow.finish()?.iter().map(|taken| taken.step).collect();
/// assert_eq!(steps, [0, 2, 4]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Follow<'a> {
    masked: &'a [Masked],
    how: FisherParams,
    every: u64,
    taken: Vec<FisherAtStep>,
    error: Option<Error>,
}

impl<'a> Follow<'a> {
    /// Takes them on these sequences whenever the number of steps is a multiple of `every`; never
    /// if that is 0.
    #[must_use]
    pub fn new(masked: &'a [Masked], how: FisherParams, every: u64) -> Self {
        Self {
            masked,
            how,
            every,
            taken: Vec::new(),
            error: None,
        }
    }

    /// What was taken, by step.
    ///
    /// # Errors
    /// The first that was met; nothing was taken after it.
    pub fn finish(self) -> Result<Vec<FisherAtStep>, Error> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.taken),
        }
    }

    fn is_due(&self, steps: u64) -> bool {
        self.every > 0 && steps.is_multiple_of(self.every) && self.error.is_none()
    }

    fn take(&self, step: u64, model: MaskedLm) -> Result<FisherAtStep, Error> {
        let mut sums = model.fisher_sums(&self.how, self.masked)?;
        sums.rows = None;
        Ok(FisherAtStep { step, sums })
    }
}

impl dissensus_bert::Observer<MaskedLm> for Follow<'_> {
    fn model(&mut self, steps: u64, model: &dyn Fn() -> MaskedLm) {
        if !self.is_due(steps) {
            return;
        }
        match self.take(steps, model()) {
            Ok(taken) => self.taken.push(taken),
            Err(error) => self.error = Some(error),
        }
    }
}

/// Follows every member of an ensemble into its folder, and lets another observer see everything.
///
/// Each taking, and each member on its way, is a file, so that a run that was interrupted has them
/// all: a step taken again gives the same bytes.
pub(crate) struct FollowMembers<'a> {
    pub(crate) follow: Follow<'a>,
    pub(crate) folder: &'a Path,
    /// Fractions of the training at which each member is saved.
    pub(crate) along: &'a [f64],
    /// Steps of each member's training.
    pub(crate) totals: Vec<u64>,
    pub(crate) inner: &'a mut dyn StudyObserver,
}

impl FollowMembers<'_> {
    /// Saves a member at the steps nearest to the fractions asked for.
    fn save_along(
        &self,
        member: usize,
        steps: u64,
        model: &dyn Fn() -> MaskedLm,
    ) -> Result<(), Error> {
        let total = self.totals.get(member).copied().unwrap_or(0);
        let due = |fraction: &&f64| (**fraction * total as f64).round() as u64 == steps;
        for &fraction in self.along.iter().filter(due) {
            let folder = folder_along(self.folder, member, fraction);
            model().save(&folder)?;
            seal_folder(&folder)?;
        }
        Ok(())
    }

    fn take(&self, member: usize, steps: u64, model: MaskedLm) -> Result<(), Error> {
        let folder = takings(self.folder, member);
        fs::create_dir_all(&folder).map_err(|source| file(&folder, source))?;
        let path = folder.join(format!("step-{steps:08}.json"));
        write_json(&path, &self.follow.take(steps, model)?)
    }
}

impl dissensus_ensemble::EnsembleObserver<MaskedLm> for FollowMembers<'_> {
    fn started(&mut self, member: usize, done: u64, total: u64) {
        if let Some(own) = self.totals.get_mut(member) {
            *own = total;
        }
        self.inner.started(member, done, total);
    }

    fn damaged(&mut self, member: usize, error: &dissensus_lm::Error) {
        self.inner.damaged(member, error);
    }

    fn stepped(&mut self, member: usize, step: &Step) -> ControlFlow<()> {
        match &self.follow.error {
            Some(_) => ControlFlow::Break(()),
            None => self.inner.stepped(member, step),
        }
    }

    fn evaluated(&mut self, member: usize, found: &Evaluated) {
        self.inner.evaluated(member, found);
    }

    fn model(&mut self, member: usize, steps: u64, model: &dyn Fn() -> MaskedLm) {
        self.inner.model(member, steps, model);
        if self.follow.is_due(steps)
            && let Err(error) = self.take(member, steps, model())
        {
            self.follow.error = Some(error);
        }
        if let Err(error) = self.save_along(member, steps, model) {
            self.follow.error = Some(error);
        }
    }

    fn finished(&mut self, member: usize) {
        self.inner.finished(member);
    }
}

impl MeasureObserver for FollowMembers<'_> {
    fn stage(&mut self, ensemble: &str, state: Option<&str>, stage: Stage) {
        self.inner.stage(ensemble, state, stage);
    }
}

/// What was taken while one member trained, by step.
pub(crate) fn read_fisher_steps(folder: &Path, member: usize) -> Result<Vec<FisherAtStep>, Error> {
    let folder = takings(folder, member);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&folder).and_then(|entries| {
        let paths = entries.map(|entry| Ok(entry?.path()));
        paths.collect::<Result<Vec<PathBuf>, _>>()
    });
    let mut paths = entries.map_err(|source| file(&folder, source))?;
    paths.retain(|path| path.extension().is_some_and(|e| e == "json"));
    paths.sort();
    paths.iter().map(|path| read_json(path)).collect()
}

/// A member as it was after a fraction of its training.
pub(crate) fn read_along(
    folder: &Path,
    member: usize,
    fraction: f64,
    device: &Device,
) -> Result<MaskedLm, Error> {
    let folder = folder_along(folder, member, fraction);
    check_folder(&folder, "begin again in another folder")?;
    Ok(MaskedLm::load(folder, device)?)
}

/// Name of the state after a fraction of the training.
pub(crate) fn name_along(fraction: f64) -> String {
    format!("at {fraction}")
}

fn folder_along(folder: &Path, member: usize, fraction: f64) -> PathBuf {
    let along = folder.join(format!("member-{member}")).join("along");
    along.join(fraction.to_string())
}

fn takings(folder: &Path, member: usize) -> PathBuf {
    folder.join(format!("member-{member}")).join("fisher")
}

fn file(path: &Path, source: std::io::Error) -> Error {
    Error::File {
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use dissensus_bert::Config;
    use dissensus_kernels::checked::MANIFEST;

    use super::*;

    #[test]
    fn a_member_on_its_way_that_was_changed_is_refused_by_its_file() {
        let run = tempfile::tempdir().unwrap();
        let folder = folder_along(run.path(), 0, 0.5);
        let config = Config {
            vocab_size: 8,
            hidden_size: 4,
            num_attention_heads: 1,
            intermediate_size: 4,
            max_position_embeddings: 4,
            ..Config::preset("no_transformer").unwrap()
        };
        let device = Device::flex();
        MaskedLm::new(&config, 1, &device)
            .unwrap()
            .save(&folder)
            .unwrap();
        seal_folder(&folder).unwrap();
        read_along(run.path(), 0, 0.5, &device).unwrap();
        let names = fs::read_dir(&folder).unwrap();
        let names: Vec<PathBuf> = names.map(|entry| entry.unwrap().path()).collect();
        assert!(names.len() >= 3, "{names:?}");
        for path in names {
            let whole = fs::read(&path).unwrap();
            for at in (0..whole.len()).step_by(whole.len().div_ceil(64)) {
                let mut changed = whole.clone();
                changed[at] ^= 1;
                fs::write(&path, changed).unwrap();
                let error = read_along(run.path(), 0, 0.5, &device)
                    .unwrap_err()
                    .to_string();
                let named = path.file_name().unwrap().to_string_lossy();
                assert!(error.contains(&*named) || named == MANIFEST, "{error}");
            }
            fs::remove_file(&path).unwrap();
            assert!(read_along(run.path(), 0, 0.5, &device).is_err());
            fs::write(&path, whole).unwrap();
        }
        read_along(run.path(), 0, 0.5, &device).unwrap();
    }
}
