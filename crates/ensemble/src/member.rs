//! Training one member.

use std::fs;
use std::path::{Path, PathBuf};

use dissensus_kernels::checked;
use dissensus_lm::{Data, Devices, Encoder, ModelConfig, Objective, TrainableModel, Trainer};
use dissensus_tokenize::{Exported, Tokenizer};

use crate::card::card;
use crate::folder::{MemberState, create_folder, member_path, write_atomically};
use crate::history::{self, History};
use crate::{EnsembleObserver, Error, Plan};

/// What all members have in common.
pub(crate) struct Shared<'a, C, O> {
    pub(crate) folder: &'a Path,
    pub(crate) plan: &'a Plan<C>,
    pub(crate) data: &'a Data<O>,
    pub(crate) tokenizer: &'a dyn Tokenizer,
    /// Where each member is trained, the first its own, the others for micro-batches.
    pub(crate) devices: &'a Devices,
}

/// Whether a member's training is over: the list of its histories is the last that is written.
pub(crate) fn is_finished(folder: &Path, member: usize) -> bool {
    member_path(folder, member).join(checked::MANIFEST).exists()
}

/// What is not as it was written of a member that was finished: it is made again, from its last
/// checkpoint.
fn damage(folder: &Path) -> Option<dissensus_lm::Error> {
    let mut folders = MemberState::ALL
        .map(|state| folder.join(state.name()))
        .into_iter();
    let damage = std::iter::once(folder.to_path_buf())
        .chain(&mut folders)
        .find_map(|folder| checked::check(&folder).err())?;
    Some(dissensus_lm::Error::Damaged {
        path: damage.path,
        problem: damage.problem.to_string(),
        advice: "it is made again".into(),
    })
}

/// Whether a member is finished and its files are those that were written.
fn is_whole<M>(folder: &Path, member: usize, observer: &mut dyn EnsembleObserver<M>) -> bool {
    if !is_finished(folder, member) {
        return false;
    }
    let damage = damage(&member_path(folder, member));
    if let Some(damage) = &damage {
        observer.damaged(member, damage);
    }
    damage.is_none()
}

/// Trains a member to its end; false if the observer interrupted it.
pub(crate) fn train<C: ModelConfig, O: Objective<C::Model>>(
    shared: &Shared<'_, C, O>,
    member: usize,
    observer: &mut dyn EnsembleObserver<C::Model>,
) -> Result<bool, Error> {
    let folder = member_path(shared.folder, member);
    if is_whole(shared.folder, member, observer) {
        observer.finished(member);
        return Ok(true);
    }
    let failed = Error::member(member);
    let mut trainer = shared.trainer(member, &folder)?;
    let history = trainer.resumed_from().map(History::read);
    let mut history = history.transpose()?.unwrap_or_default();
    for passed_over in trainer.damaged() {
        observer.damaged(member, passed_over);
    }
    observer.started(member, trainer.steps_done(), trainer.total_steps());
    let mut saved = trainer.steps_done();
    loop {
        if trainer.evaluation_due() {
            let found = trainer.evaluate().map_err(&failed)?;
            history.evaluated(&found);
            observer.evaluated(member, &found);
        }
        let done = trainer.steps_done();
        if done > saved && done.is_multiple_of(shared.plan.checkpoint_every) {
            save(&trainer, &history, &folder, member)?;
            saved = done;
        }
        observer.model(member, done, &|| trainer.model());
        let step = match trainer.step() {
            Ok(Some(step)) => step,
            Ok(None) => break,
            Err(error) => return Err(stopped(member, error, &history, &folder)),
        };
        history.stepped(&step);
        if observer.stepped(member, &step).is_break() {
            save(&trainer, &history, &folder, member)?;
            return Ok(false);
        }
    }
    shared.finish(&trainer, &history, &folder, member)?;
    observer.finished(member);
    Ok(true)
}

impl<C: ModelConfig, O: Objective<C::Model>> Shared<'_, C, O> {
    /// The trainer where it was left, or at its beginning, with the untrained model on the disk.
    fn trainer(&self, member: usize, folder: &Path) -> Result<Trainer<C::Model, O>, Error> {
        let failed = Error::member(member);
        let training = self.plan.training_of(member);
        let state = folder.join("state");
        create_folder(&state)?;
        let init = folder.join(MemberState::Init.name());
        let device = self.devices.first();
        let fresh = || C::Model::fresh(&self.plan.model, training.seeds.init, device);
        if checked::check(&init).is_err() {
            self.save_model(&fresh().map_err(&failed)?, MemberState::Init, member)?;
        }
        let trainer = if last_checkpoint(&state)?.is_some() {
            Trainer::resume(&state, training, self.data.clone(), device)
        } else {
            fresh().and_then(|model| Trainer::new(model, training.clone(), self.data.clone()))
        };
        trainer
            .and_then(|trainer| trainer.with_replicas(self.devices.others()))
            .map_err(failed)
    }

    /// Writes the result; of the checkpoints only the last stays, so that it does not matter how
    /// often the run was interrupted.
    fn finish(
        &self,
        trainer: &Trainer<C::Model, O>,
        history: &History,
        folder: &Path,
        member: usize,
    ) -> Result<(), Error> {
        let last = save(trainer, history, folder, member)?;
        let state = folder.join("state");
        for entry in fs::read_dir(&state).map_err(|e| Error::file(&state, e))? {
            let path = entry.map_err(|e| Error::file(&state, e))?.path();
            if path != last {
                fs::remove_dir_all(&path).map_err(|e| Error::file(&path, e))?;
            }
        }
        let best = trainer
            .best()
            .map_or_else(|| trainer.model(), |best| best.model.clone());
        self.save_model(&best, MemberState::Trained, member)?;
        let histories = [history::EVALUATIONS, history::STEPS].map(String::from);
        checked::seal(folder, &histories).map_err(|e| Error::file(folder, e))
    }

    fn save_model(&self, model: &C::Model, state: MemberState, member: usize) -> Result<(), Error> {
        let folder = &member_path(self.folder, member).join(state.name());
        create_folder(folder)?;
        let card = card(self.plan, member, state)?;
        write_atomically(&folder.join("README.md"), card.as_bytes())?;
        let exported = Exported::default().with_max_length(model.sizes().positions);
        self.tokenizer.save_with(folder, exported)?;
        model
            .folder(folder)
            .as_file()
            .map_err(Error::member(member))?;
        checked::seal_all(folder).map_err(|e| Error::file(folder, e))
    }
}

fn save<M: TrainableModel, O: Objective<M>>(
    trainer: &Trainer<M, O>,
    history: &History,
    folder: &Path,
    member: usize,
) -> Result<PathBuf, Error> {
    history.write(folder)?;
    trainer
        .save_with(folder.join("state"), history.files()?)
        .map_err(|error| stopped(member, error, history, folder))
}

/// What a failure is reported as; a loss or a weight that is no longer a number leaves the history
/// behind.
fn stopped(member: usize, source: dissensus_lm::Error, history: &History, folder: &Path) -> Error {
    use dissensus_lm::Error::{NonFinite, NonFiniteWeight};
    if !matches!(source, NonFinite { .. } | NonFiniteWeight { .. }) {
        return Error::Member { member, source };
    }
    let found = history
        .write(folder)
        .and_then(|()| last_checkpoint(&folder.join("state")));
    match found {
        Ok(checkpoint) => Error::Diverged {
            member,
            source: Box::new(source),
            checkpoint,
        },
        Err(error) => error,
    }
}

/// The newest checkpoint of a member: names sort by step.
fn last_checkpoint(state: &Path) -> Result<Option<PathBuf>, Error> {
    let failed = |source| Error::file(state, source);
    let mut last = None;
    for entry in fs::read_dir(state).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with("checkpoint-")
        {
            last = last.max(Some(entry.path()));
        }
    }
    Ok(last)
}
