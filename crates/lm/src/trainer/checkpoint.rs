//! A run on the disk.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::manifest::{self, Files};
use super::{Best, Data, Trainer, TrainingConfig};
use crate::files::{create_folder, fill_atomically, read, remove_folder};
use crate::optimizer::{Moments, Optimizer};
use crate::parameters::{parameter_shapes, parameter_values};
use crate::weights::{Format, StoredWeights, TensorFile, Tensors};
use crate::{Error, ModelConfig, Objective, TrainableModel};

/// `trainer.json`: what the tensors do not say.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    format: u32,
    step: u64,
    evaluated_at: Option<u64>,
    best_step: Option<u64>,
    /// The loss's bits: JSON numbers need not survive a round trip.
    best_loss_bits: Option<u64>,
    config: serde_json::Value,
    objective: serde_json::Value,
    data: String,
}

const FORMAT: u32 = 1;
const PREFIX: &str = "checkpoint-";
const FIRST: &str = "exp_avg.";
const SECOND: &str = "exp_avg_sq.";
const MOMENTUM: &str = "momentum_buffer.";

impl<M: TrainableModel, O: Objective<M>> Trainer<M, O> {
    /// Writes `checkpoint-STEP/` into a folder: the model as a Hugging Face folder,
    /// `optimizer.safetensors` (`exp_avg.NAME`, `exp_avg_sq.NAME`, of Muon's matrices
    /// `momentum_buffer.NAME`), `best.safetensors`, `trainer.json` and `MANIFEST`, which has all
    /// checksums.
    ///
    /// The checkpoint appears whole or not at all, and the one before it is kept; older ones are
    /// deleted. Returns its path.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::NonFiniteWeight`] for a model that cannot be resumed. The
    /// checkpoints before it stay.
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<PathBuf, Error> {
        self.save_with(folder, Vec::new())
    }

    /// [`Trainer::save`] with files of the caller's beside its own, by name: they appear, and are
    /// checked, with the checkpoint.
    ///
    /// # Errors
    /// As [`Trainer::save`].
    pub fn save_with(
        &self,
        folder: impl AsRef<Path>,
        beside: Vec<(&str, Vec<u8>)>,
    ) -> Result<PathBuf, Error> {
        let folder = folder.as_ref();
        create_folder(folder)?;
        let target = path_of(folder, self.done);
        let temporary = folder.join(format!(".{PREFIX}tmp"));
        let mut files = beside;
        files.extend(self.files(&target)?);
        if !manifest::holds(&target, &files) {
            fill_atomically(&target, &temporary, |fresh| manifest::write(fresh, &files))?;
        }
        // Later ones are damaged ones that were passed over: they stay until their step comes
        // again.
        let not_later = checkpoints(folder)?
            .into_iter()
            .filter(|old| *old <= target);
        for old in not_later.rev().skip(2) {
            remove_folder(&old)?;
        }
        Ok(target)
    }

    /// Continues the newest undamaged checkpoint in a folder, with the settings and data of the run
    /// that wrote it.
    ///
    /// [`Trainer::damaged`] says which newer ones were passed over.
    ///
    /// # Errors
    /// [`Error::Empty`] if the folder has no checkpoint; [`Error::Damaged`] if in each of them a
    /// file is not the one written; [`Error::ResumeMismatch`] if settings, masking or data differ;
    /// those of [`TrainableModel::open`]. Nothing is changed then.
    pub fn resume(
        folder: impl AsRef<Path>,
        config: TrainingConfig,
        data: Data<O>,
        device: &Device,
    ) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let mut damaged = Vec::new();
        for path in checkpoints(folder)?.iter().rev() {
            match manifest::check(path) {
                Ok(()) => {
                    let mut trainer = Self::open(path, config, data, device)?;
                    trainer.damaged = damaged;
                    trainer.resumed_from = Some(path.clone());
                    return Ok(trainer);
                }
                Err(error @ Error::Damaged { .. }) => damaged.push(error),
                Err(other) => return Err(other),
            }
        }
        Err(no_checkpoint(folder, damaged))
    }

    /// Damaged checkpoints that [`Trainer::resume`] passed over, newest first.
    pub fn damaged(&self) -> &[Error] {
        &self.damaged
    }

    /// The checkpoint that [`Trainer::resume`] continues.
    pub fn resumed_from(&self) -> Option<&Path> {
        self.resumed_from.as_deref()
    }

    fn open(
        path: &Path,
        config: TrainingConfig,
        data: Data<O>,
        device: &Device,
    ) -> Result<Self, Error> {
        let state = State::load(path)?;
        state.check(path, &config, &data)?;
        let model = M::open(path, device)?;
        let optimizer = load_optimizer(path, &model)?;
        let mut trainer = Self::new(model, config, data)?;
        trainer.optimizer = optimizer;
        trainer.done = state.step;
        trainer.evaluated_at = state.evaluated_at;
        trainer.best = state.load_best(path, trainer.current().config(), device)?;
        Ok(trainer)
    }

    fn files(&self, target: &Path) -> Result<Files<'static>, Error> {
        let model = self.model();
        check_finite(&model, target)?;
        let mut files = vec![
            ("config.json", model.config().to_json().into_bytes()),
            ("model.safetensors", tensors(&model).to_bytes(target)?),
            (MOMENTS, self.optimizer_tensors(&model).to_bytes(target)?),
        ];
        if let Some(best) = &self.best {
            files.push((BEST, tensors(&best.model).to_bytes(target)?));
        }
        let state = format!("{:#}\n", serde_json::json!(self.state()));
        files.push(("trainer.json", state.into_bytes()));
        Ok(files)
    }

    fn state(&self) -> State {
        State {
            format: FORMAT,
            step: self.done,
            evaluated_at: self.evaluated_at,
            best_step: self.best.as_ref().map(|best| best.step),
            best_loss_bits: self.best.as_ref().map(|best| best.loss.to_bits()),
            config: reparsed(&self.config),
            objective: reparsed(&self.data.objective),
            data: self.fingerprint.clone(),
        }
    }

    fn optimizer_tensors(&self, model: &M) -> Tensors {
        let mut tensors = Tensors::new(M::names());
        for (name, shape) in parameter_shapes(model) {
            let flat = |tensor: &Tensor<1>| crate::parameters::floats(tensor.clone());
            if let Some(momentum) = self.optimizer.momenta.get(&name) {
                tensors.push(MOMENTUM, &name, shape.clone(), flat(momentum));
            }
            let Some(moments) = self.optimizer.moments.get(&name) else {
                continue;
            };
            tensors.push(FIRST, &name, shape.clone(), flat(&moments.first));
            tensors.push(SECOND, &name, shape, flat(&moments.second));
        }
        tensors
    }
}

const BEST: &str = "best.safetensors";
const MOMENTS: &str = "optimizer.safetensors";

impl State {
    fn load(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("trainer.json");
        let state: Self = serde_json::from_slice(&read(&path)?)
            .map_err(|error| Error::malformed(&path, error))?;
        if state.format != FORMAT {
            let problem = format!("format {}, expected {FORMAT}", state.format);
            return Err(Error::malformed(path, problem));
        }
        Ok(state)
    }

    /// The settings under the names that fields have now, whatever they were called when it was
    /// written.
    fn settings(&self) -> serde_json::Value {
        let mut settings = self.config.clone();
        let linear = settings.pointer_mut("/decay/linear");
        if let Some(linear) = linear.and_then(|linear| linear.as_object_mut())
            && let Some(fraction) = linear.remove("share")
        {
            linear.insert("fraction".into(), fraction);
        }
        settings
    }

    fn check<O: Serialize>(
        &self,
        folder: &Path,
        config: &TrainingConfig,
        data: &Data<O>,
    ) -> Result<(), Error> {
        let mismatch = |what, saved: String, given: String| {
            if saved == given {
                return Ok(());
            }
            Err(Error::ResumeMismatch {
                path: folder.to_path_buf(),
                what,
                saved,
                given,
            })
        };
        mismatch(
            "settings",
            self.settings().to_string(),
            reparsed(config).to_string(),
        )?;
        mismatch(
            "objective",
            self.objective.to_string(),
            reparsed(&data.objective).to_string(),
        )?;
        mismatch("data", self.data.clone(), data.fingerprint()?)
    }

    fn load_best<M: TrainableModel>(
        &self,
        folder: &Path,
        config: &M::Config,
        device: &Device,
    ) -> Result<Option<Best<M>>, Error> {
        let (Some(step), Some(bits)) = (self.best_step, self.best_loss_bits) else {
            return Ok(None);
        };
        let file = TensorFile::open(folder.join(BEST), Format::Safetensors, M::names())?;
        let mut weights = StoredWeights::from_files(folder, vec![file], M::names())?;
        let model = M::build(config, &mut weights, device)?;
        Ok(Some(Best {
            step,
            loss: f64::from_bits(bits),
            model,
        }))
    }
}

fn tensors<M: TrainableModel>(model: &M) -> Tensors {
    Tensors::of_model(model)
}

/// Refuses weights that [`TrainableModel::open`] would refuse: the checkpoint before them is the
/// last good one.
fn check_finite<M: TrainableModel>(model: &M, target: &Path) -> Result<(), Error> {
    for (name, values) in parameter_values(model) {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::NonFiniteWeight {
                path: target.to_path_buf(),
                name,
                index,
                value: values[index],
            });
        }
    }
    Ok(())
}

/// A value as it reads after a round trip through JSON, so that both sides of a comparison have
/// made it.
fn reparsed<T: Serialize>(value: &T) -> serde_json::Value {
    let text = serde_json::json!(value).to_string();
    serde_json::from_str(&text).unwrap_or_default()
}

fn load_optimizer<M: TrainableModel>(folder: &Path, model: &M) -> Result<Optimizer, Error> {
    let file = TensorFile::open(folder.join(MOMENTS), Format::Safetensors, M::names())?;
    let keys = file.keys();
    let mut optimizer = Optimizer::default();
    for (name, shape) in parameter_shapes(model) {
        let has = |prefix: &str| keys.contains(&format!("{prefix}{name}"));
        let moment = |prefix: &str| {
            let values = file.values(&format!("{prefix}{name}"), &name, &shape)?;
            let count = values.len();
            Ok(Tensor::from_data(
                TensorData::new(values, [count]),
                &model.device(),
            ))
        };
        // A run saved before its first step has neither.
        if has(MOMENTUM) {
            optimizer.momenta.insert(name.clone(), moment(MOMENTUM)?);
        }
        if has(FIRST) {
            let moments = Moments {
                first: moment(FIRST)?,
                second: moment(SECOND)?,
            };
            optimizer.moments.insert(name.clone(), moments);
        }
    }
    Ok(optimizer)
}

fn path_of(folder: &Path, step: u64) -> PathBuf {
    folder.join(format!("{PREFIX}{step:012}"))
}

/// Why a folder cannot be resumed from, after what is wrong with its newest checkpoint.
fn no_checkpoint(folder: &Path, damaged: Vec<Error>) -> Error {
    match damaged.into_iter().next() {
        Some(Error::Damaged { path, problem, .. }) => Error::Damaged {
            path,
            problem,
            advice: "no undamaged checkpoint is left beside it: bring one back from a copy, or start again in another \
                     folder"
                .into(),
        },
        _ => Error::empty(format!("{}: the list of checkpoints", folder.display())),
    }
}

/// The checkpoints of a folder, oldest first.
fn checkpoints(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let io = |error| Error::io(folder, "read the folder", error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if name
            .strip_prefix(PREFIX)
            .is_some_and(|step| step.parse::<u64>().is_ok())
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decay;

    #[test]
    fn settings_under_the_name_of_an_earlier_version_are_those_of_now() {
        let config = TrainingConfig::default().with_decay(Decay::Linear { fraction: 0.6 });
        let mut state = State {
            format: FORMAT,
            step: 1,
            evaluated_at: None,
            best_step: None,
            best_loss_bits: None,
            config: reparsed(&config),
            objective: serde_json::Value::Null,
            data: String::new(),
        };
        assert_eq!(state.settings(), reparsed(&config));
        state.config["decay"] = serde_json::json!({"linear": {"share": 0.6}});
        assert_eq!(state.settings(), reparsed(&config));
    }
}
