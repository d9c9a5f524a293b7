//! Making the cells of a transfer study.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::rc::Rc;
use std::str::FromStr;

use dissensus_finetune::{Examples, Pooling, TuneOutcome, pooled_features};
use dissensus_lm::Devices;
use dissensus_probe::{
    EvaluateParams, Features, Fold, LogisticParams, Reduction, Scores, evaluate_fold,
};
use dissensus_transfer::{
    CellFolder, CellKey, CellOutcome, Method, TransferArm, TransferCell, TransferCells,
};

use super::model::{Models, WeightKey, Wording};
use super::{TransferData, TransferObserver, TransferOptions, TransferTask};
use crate::{AnyModel, Error, Tuning};

/// Which of the processes that share a study this one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Its number, from 0.
    pub index: usize,
    /// How many there are.
    pub of: usize,
}

impl Default for Share {
    /// The only one.
    fn default() -> Self {
        Self { index: 0, of: 1 }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Share {
    type Err = Error;

    /// A number below that of the shares, as `0/4`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((index, of)) if index < of => Ok(Self { index, of }),
            _ => Err(Error::Option {
                option: "share",
                found: text.into(),
                expected: "a number below that of the shares, as 0/4",
            }),
        }
    }
}

/// Sequences a model looks at in one pass, where it does not learn.
const BATCH: usize = 32;

/// Makes the cells of a share that are not there yet, each with a file of its own in
/// `folder/cells`; false if the observer interrupted it.
///
/// A pretrained model that several cells need is trained by whoever needs it first, and saved;
/// processes that need one at the same time train it twice, to the same bytes. What was interrupted
/// goes on where it was. Several devices share the micro-batches of each batch of pretraining;
/// everything else is done on the first, as two models that are compared are to be computed alike.
///
/// # Errors
/// Those of the options, the data, training and files; [`Error::Transfer`] for a folder that holds
/// another study.
pub fn transfer_cells(
    options: &TransferOptions,
    data: &TransferData,
    folder: &Path,
    share: Share,
    devices: &Devices,
    observer: &mut dyn TransferObserver,
) -> Result<bool, Error> {
    options.check(devices)?;
    let study = options.study(data);
    let cells = CellFolder::new(folder.join("cells"), &study);
    let mut wanted = Vec::new();
    for plan in options.plans(&data.tasks) {
        wanted.extend(plan.share(share.index, share.of)?);
    }
    let mut missing = Vec::new();
    for key in wanted {
        if cells.get(&key)?.is_none() {
            missing.push(key);
        }
    }
    let models = Models {
        options,
        data,
        folder,
        devices,
        study: &study,
    };
    let mut maker = Maker {
        models,
        wording: None,
        current: None,
    };
    let total = missing.len();
    for (done, key) in missing.iter().enumerate() {
        if observer.cell(key, done, total).is_break() {
            return Ok(false);
        }
        match maker.make(key, observer)? {
            Some(cell) => cells.put(&cell)?,
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// The cells of a study and what its models were trained on, from the files of all processes;
/// `None` if some are not there yet.
///
/// # Errors
/// Those of the files.
pub(super) fn gather(
    options: &TransferOptions,
    data: &TransferData,
    folder: &Path,
) -> Result<Option<TransferCells>, Error> {
    let study = options.study(data);
    let all = CellFolder::new(folder.join("cells"), &study).all()?;
    for plan in options.plans(&data.tasks) {
        if plan.cells()?.iter().any(|key| all.get(key).is_none()) {
            return Ok(None);
        }
    }
    Ok(Some(all))
}

/// What is kept from one cell to the next.
struct Maker<'a> {
    models: Models<'a>,
    wording: Option<Wording>,
    current: Option<Current>,
}

/// The model of the last cell.
struct Current {
    tokenizer: String,
    key: WeightKey,
    model: Rc<dyn AnyModel>,
    bases_seen: Option<u64>,
    /// Of one task, by pool.
    features: Option<(String, Vec<Features>)>,
    /// Of the probes so far, without their seed, on which they do not depend.
    probes: BTreeMap<CellKey, (Scores, usize)>,
}

impl Maker<'_> {
    fn make(
        &mut self,
        key: &CellKey,
        observer: &mut dyn TransferObserver,
    ) -> Result<Option<TransferCell>, Error> {
        let Models { options, data, .. } = self.models;
        let number = data.tasks.iter().position(|task| task.name == key.task);
        let number = number.unwrap_or_default();
        if !self.ready(key, number, observer)? {
            return Ok(None);
        }
        let task = &data.tasks[number];
        let Some(fold) = task.folds.iter().nth(key.fold) else {
            return Ok(None);
        };
        let (Some(wording), Some(current)) = (&self.wording, &mut self.current) else {
            return Ok(None);
        };
        let mut cell = TransferCell {
            key: key.clone(),
            outcome: CellOutcome::Diverged,
            bases_seen: current.bases_seen,
            features: 0,
            rate: None,
            epoch: None,
        };
        match &key.method {
            Method::Frozen { pool, dimension } => {
                let asked = (pool.as_str(), *dimension);
                let (scores, width) = current.probe(options, wording, (task, fold), key, asked)?;
                (cell.outcome, cell.features) = (CellOutcome::Scored(scores), width);
                Ok(Some(cell))
            }
            _ => tuned(
                options,
                wording,
                current.model.as_ref(),
                task,
                fold,
                cell,
                observer,
            ),
        }
    }

    /// Makes the model of a cell the current one; false if its training was interrupted.
    fn ready(
        &mut self,
        key: &CellKey,
        task: usize,
        observer: &mut dyn TransferObserver,
    ) -> Result<bool, Error> {
        if self
            .wording
            .as_ref()
            .is_none_or(|own| own.name != key.model)
        {
            let Models { options, data, .. } = self.models;
            let wording = Wording::new(&key.model, options, data, self.models.devices.first())?;
            self.wording = Some(wording);
        }
        let weights = WeightKey {
            arm: key.arm,
            task: (key.arm == TransferArm::TaskSequences).then_some((task, key.fold)),
            seed: (key.arm == TransferArm::Random).then_some(key.seed),
        };
        let same = |own: &Current| own.tokenizer == key.model && own.key == weights;
        if self.current.as_ref().is_some_and(same) {
            return Ok(true);
        }
        let Some(wording) = &self.wording else {
            return Ok(false);
        };
        let Some((model, bases_seen)) = self.models.get(wording, &weights, observer)? else {
            return Ok(false);
        };
        self.current = Some(Current {
            tokenizer: key.model.clone(),
            key: weights,
            model,
            bases_seen,
            features: None,
            probes: BTreeMap::new(),
        });
        Ok(true)
    }
}

impl Current {
    /// What a probe of a pool says, which does not depend on the seed, and how many features it
    /// saw.
    fn probe(
        &mut self,
        options: &TransferOptions,
        wording: &Wording,
        (task, fold): (&TransferTask, &Fold),
        key: &CellKey,
        (pool, dimension): (&str, Option<usize>),
    ) -> Result<(Scores, usize), Error> {
        let same = CellKey {
            seed: 0,
            ..key.clone()
        };
        if let Some(found) = self.probes.get(&same) {
            return Ok(*found);
        }
        let mut pools = options.pools.iter();
        let at = pools.position(|own| own.to_string() == pool);
        let features = self.features(options, wording, task)?;
        let features = &features[at.unwrap_or_default()];
        let found = probed(features, task, fold, dimension)?;
        self.probes.insert(same, found);
        Ok(found)
    }

    /// The pooled states of a task's sequences, one matrix a pool.
    fn features(
        &mut self,
        options: &TransferOptions,
        wording: &Wording,
        task: &TransferTask,
    ) -> Result<&[Features], Error> {
        if self
            .features
            .as_ref()
            .is_none_or(|(name, _)| *name != task.name)
        {
            let pooling = |pool| Pooling::new(pool, wording.specials());
            let poolings: Vec<Pooling> = options.pools.iter().copied().map(pooling).collect();
            let ids = wording.ids(&task.sequences)?;
            let found = pooled_features(self.model.encoder(), &ids, &poolings, BATCH)?;
            self.features = Some((task.name.clone(), found));
        }
        Ok(self.features.as_ref().map_or(&[], |(_, found)| found))
    }
}

/// A logistic regression of standardised features, which sees the training rows alone; its scores,
/// and how many features it saw.
fn probed(
    features: &Features,
    task: &TransferTask,
    fold: &Fold,
    dimension: Option<usize>,
) -> Result<(Scores, usize), Error> {
    let reduction = dimension.map_or(Reduction::Full, |dimension| Reduction::Pca { dimension });
    let params = EvaluateParams::default().with_reduction(reduction);
    let probe = LogisticParams::default();
    Ok(evaluate_fold(
        &probe,
        features,
        &task.labels,
        fold,
        &params,
    )?)
}

/// A fine-tuned cell; `None` if it was interrupted.
fn tuned(
    options: &TransferOptions,
    wording: &Wording,
    model: &dyn AnyModel,
    task: &TransferTask,
    fold: &Fold,
    mut cell: TransferCell,
    observer: &mut dyn TransferObserver,
) -> Result<Option<TransferCell>, Error> {
    let Some(params) = &options.fine_tune else {
        return Ok(None);
    };
    let examples = Examples::new(wording.ids(&task.sequences)?, task.labels.clone())?;
    let specials = wording.specials();
    let tuning = Tuning {
        examples: &examples,
        fold,
        without: &specials,
        params,
        seed: options.seed.wrapping_add(cell.key.seed),
    };
    let Some(found) = model.tuned(&tuning, &mut || observer.tuning())? else {
        return Ok(None);
    };
    cell.outcome = match (found.outcome, found.scores) {
        (TuneOutcome::Learned, Some(scores)) => CellOutcome::Scored(scores),
        (TuneOutcome::AtChance, Some(scores)) => CellOutcome::AtChance(scores),
        _ => CellOutcome::Diverged,
    };
    cell.features = model.encoder().sizes().width;
    (cell.rate, cell.epoch) = (Some(found.rate), found.epoch);
    Ok(Some(cell))
}
