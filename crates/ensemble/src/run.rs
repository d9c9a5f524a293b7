//! Starting, continuing and reading a run.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use dissensus_kernels::checked;
use dissensus_lm::{Data, Devices, ModelConfig, Objective, TrainableModel};
use dissensus_tokenize::Tokenizer;

use crate::folder::{MemberState, Stored, TOKENIZER, config_path, create_folder, member_path};
use crate::lock::Lock;
use crate::member::{self, Shared};
use crate::{EnsembleObserver, Error, EvaluationRow, Plan, StepRow, history, side_by_side};

/// What to do with a folder that already holds a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// Refuse.
    #[default]
    Refuse,
    /// Continue it; a folder without a run is begun.
    Resume,
}

impl Existing {
    /// Continue if that is asked for, or else refuse.
    #[must_use]
    pub fn resume_if(asked: bool) -> Self {
        if asked { Self::Resume } else { Self::Refuse }
    }

    /// Refuses a folder that [`train`] would refuse for the run in it: to be asked before anything
    /// else is done for a run.
    ///
    /// # Errors
    /// [`Error::AlreadyThere`].
    pub fn check(self, folder: &Path) -> Result<(), Error> {
        if self == Self::Refuse && config_path(folder).exists() {
            return Err(Error::AlreadyThere {
                folder: folder.to_path_buf(),
            });
        }
        Ok(())
    }
}

/// How a call of [`train`] ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<C> {
    /// Every member is trained.
    Finished(Box<Run<C>>),
    /// The observer interrupted it; everything is saved.
    Interrupted,
}

/// Trains every member of a plan in a folder, side by side where the threads of the current rayon
/// pool carry it.
///
/// Several devices share the micro-batches of each batch
/// ([`Trainer::with_replicas`](dissensus_lm::Trainer::with_replicas)).
///
/// # Errors
/// [`Error::Plan`]; [`Error::Vocabulary`]; [`Error::AlreadyThere`],
/// [`Error::OtherPlan`] or [`Error::InUse`] for the folder, of which nothing is changed then;
/// [`Error::Member`] if a model, its data or a checkpoint is refused; [`Error::Diverged`] if a loss
/// is no longer a number; [`Error::File`]; [`Error::Threads`].
pub fn train<C: ModelConfig, O: Objective<C::Model>>(
    folder: &Path,
    plan: &Plan<C>,
    data: &Data<O>,
    tokenizer: &dyn Tokenizer,
    devices: &Devices,
    existing: Existing,
    observer: &mut dyn EnsembleObserver<C::Model>,
) -> Result<Outcome<C>, Error> {
    check(plan, tokenizer, devices)?;
    create_folder(folder)?;
    let _lock = Lock::take(folder)?;
    existing.check(folder)?;
    begin(folder, &Stored::new(plan, data)?, tokenizer)?;
    let shared = Shared {
        folder,
        plan,
        data,
        tokenizer,
        devices,
    };
    let all: Vec<usize> = (0..plan.members).collect();
    if side_by_side::train_members(&shared, &all, observer)? {
        Ok(Outcome::Finished(Box::new(Run::open(folder)?)))
    } else {
        Ok(Outcome::Interrupted)
    }
}

/// Trains some members of a plan in a folder that other processes may train others in, on this
/// machine or on others that see the folder; false if the observer interrupted it.
///
/// Whoever comes first begins the run, and every member is the same bytes whoever trains it. What
/// is there already of a member is continued. [`Run::open`] opens the folder once all of them are
/// trained.
///
/// # Errors
/// As [`train`], but for [`Error::AlreadyThere`]; [`Error::Plan`] for a member that the plan does
/// not have; [`Error::InUse`] if another process trains one of these members, or all.
pub fn train_members<C: ModelConfig, O: Objective<C::Model>>(
    folder: &Path,
    plan: &Plan<C>,
    data: &Data<O>,
    tokenizer: &dyn Tokenizer,
    devices: &Devices,
    members: &[usize],
    observer: &mut dyn EnsembleObserver<C::Model>,
) -> Result<bool, Error> {
    check(plan, tokenizer, devices)?;
    let members = plan.some_members(members)?;
    create_folder(folder)?;
    let _lock = Lock::join(folder)?;
    let own = members.iter().map(|&member| Lock::member(folder, member));
    let _own: Vec<Lock> = own.collect::<Result<_, _>>()?;
    {
        let _beginning = Lock::beginning(folder)?;
        begin(folder, &Stored::new(plan, data)?, tokenizer)?;
    }
    let shared = Shared {
        folder,
        plan,
        data,
        tokenizer,
        devices,
    };
    side_by_side::train_members(&shared, &members, observer)
}

/// Refuses what cannot be trained.
fn check<C: ModelConfig>(
    plan: &Plan<C>,
    tokenizer: &dyn Tokenizer,
    devices: &Devices,
) -> Result<(), Error> {
    plan.validate()?;
    plan.training
        .check_devices(devices.count())
        .map_err(Error::member(0))?;
    let (model, size) = (plan.model.sizes().vocabulary, tokenizer.vocabulary().len());
    if model != size {
        return Err(Error::Vocabulary {
            model,
            tokenizer: size,
        });
    }
    Ok(())
}

/// Begins the run of a folder, or joins the one in it.
fn begin<C: ModelConfig>(
    folder: &Path,
    stored: &Stored<C>,
    tokenizer: &dyn Tokenizer,
) -> Result<(), Error> {
    if config_path(folder).exists() {
        resume(folder, stored, tokenizer)
    } else {
        stored.begin(folder, tokenizer)
    }
}

/// Refuses another plan; makes the tokenizer again where it is not whole.
fn resume<C: ModelConfig>(
    folder: &Path,
    stored: &Stored<C>,
    tokenizer: &dyn Tokenizer,
) -> Result<(), Error> {
    let whole = checked::check(folder);
    match whole {
        Err(damage) if damage.path == config_path(folder) => Err(Error::damaged(damage, PLAN)),
        _ => {
            Stored::read(folder)?.check(stored, folder)?;
            // A crash may have come before the list of checksums.
            whole.or_else(|_| stored.begin(folder, tokenizer))
        }
    }
}

/// What to do about a damaged plan, and about what a run makes again by itself.
const PLAN: &str = "bring it back from a copy, or begin again in another folder";
const RESUME: &str = "resume the run: it is made again";

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run<C> {
    folder: PathBuf,
    plan: Plan<C>,
    data: String,
}

impl<C: ModelConfig> Run<C> {
    /// Opens a folder in which every member is trained.
    ///
    /// # Errors
    /// [`Error::NoRun`] without a plan or with a member that is not finished; [`Error::Damaged`] if
    /// plan or tokenizer are not what was written; [`Error::Malformed`].
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let run = Self::open_unfinished(folder)?;
        let mut members = 0..run.plan.members;
        match members.find(|&member| !member::is_finished(&run.folder, member)) {
            Some(member) => Err(Error::NoRun {
                folder: run.folder,
                problem: format!("member {member} is not trained; resume the run"),
            }),
            None => Ok(run),
        }
    }

    /// Opens a folder whose members may still be in training, to look at their histories.
    ///
    /// # Errors
    /// [`Error::NoRun`] without a plan; [`Error::Damaged`] if plan or tokenizer are not what was
    /// written; [`Error::Malformed`].
    pub fn open_unfinished(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let folder = folder.into();
        if !config_path(&folder).exists() {
            let problem = "has no config.toml, so no run".into();
            return Err(Error::NoRun { folder, problem });
        }
        checked::check(&folder).map_err(|damage| Error::damaged(damage, RESUME))?;
        let Stored { data, plan } = Stored::read(&folder)?;
        Ok(Self { folder, plan, data })
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its plan.
    #[must_use]
    pub fn plan(&self) -> &Plan<C> {
        &self.plan
    }

    /// A checksum of the sequences that the members are trained and evaluated on, and of how they
    /// are masked.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// Where a member's model stands.
    #[must_use]
    pub fn path(&self, member: usize, state: MemberState) -> PathBuf {
        member_path(&self.folder, member).join(state.name())
    }

    /// A member's model, whose files are checked first.
    ///
    /// # Errors
    /// [`Error::Damaged`] if a file is not the one that was written; [`Error::Member`] if it cannot
    /// be opened.
    pub fn model(
        &self,
        member: usize,
        state: MemberState,
        device: &Device,
    ) -> Result<C::Model, Error> {
        let path = self.path(member, state);
        checked::check(&path).map_err(|damage| Error::damaged(damage, RESUME))?;
        C::Model::open(&path, device).map_err(Error::member(member))
    }

    /// All members' models, on the devices in turn.
    ///
    /// # Errors
    /// As [`Run::model`].
    pub fn models(&self, state: MemberState, devices: &Devices) -> Result<Vec<C::Model>, Error> {
        (0..self.plan.members)
            .map(|member| self.model(member, state, devices.of(member)))
            .collect()
    }

    /// The tokenizer the run was trained with.
    ///
    /// # Errors
    /// [`Error::Damaged`] if a file is not the one that was written; [`Error::Tokenizer`].
    pub fn tokenizer(&self) -> Result<Box<dyn Tokenizer>, Error> {
        checked::check(&self.folder).map_err(|damage| Error::damaged(damage, RESUME))?;
        Ok(dissensus_tokenize::load(self.folder.join(TOKENIZER))?)
    }

    /// A member's training steps.
    ///
    /// # Errors
    /// [`Error::Damaged`] if the member is finished and the file not the one that was written;
    /// [`Error::Malformed`].
    pub fn steps(&self, member: usize) -> Result<Vec<StepRow>, Error> {
        history::read_steps(&self.checked(member)?)
    }

    /// A member's evaluations.
    ///
    /// # Errors
    /// As [`Run::steps`].
    pub fn evaluations(&self, member: usize) -> Result<Vec<EvaluationRow>, Error> {
        history::read_evaluations(&self.checked(member)?)
    }

    /// The evaluation at which a member's loss was lowest, whose weights it kept; none if it was
    /// never evaluated.
    ///
    /// # Errors
    /// As [`Run::steps`].
    pub fn best_evaluation(&self, member: usize) -> Result<Option<EvaluationRow>, Error> {
        let rows = self.evaluations(member)?.into_iter();
        Ok(rows.min_by(|a, b| a.loss.total_cmp(&b.loss)))
    }

    /// A member's folder; its histories have checksums once it is finished.
    fn checked(&self, member: usize) -> Result<PathBuf, Error> {
        let folder = member_path(&self.folder, member);
        if member::is_finished(&self.folder, member) {
            checked::check(&folder).map_err(|damage| Error::damaged(damage, RESUME))?;
        }
        Ok(folder)
    }
}
