//! What one arm has over another.

use std::collections::BTreeMap;

use dissensus_probe::Metric;
use dissensus_stats::{
    BootstrapEstimate, BootstrapParams, Estimate, PermutationTest, Permutations,
    benjamini_hochberg, bootstrap_nested, paired_permutation_test,
};
use serde::{Deserialize, Serialize};

use crate::{CellOutcome, Error, Method, TransferArm, TransferCell, TransferCells};

/// How gains are computed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GainParams {
    /// In which metric; by default the Matthews correlation.
    pub metric: Metric,
    /// How the intervals are drawn.
    pub bootstrap: BootstrapParams,
    /// Sign patterns that a test goes through: all where there are no more than this, else so many
    /// drawn at random.
    pub patterns: usize,
}

impl Default for GainParams {
    fn default() -> Self {
        Self {
            metric: Metric::Mcc,
            bootstrap: BootstrapParams::default(),
            patterns: 1 << 14,
        }
    }
}

impl GainParams {
    /// Sets the metric.
    #[must_use]
    pub fn with_metric(self, metric: Metric) -> Self {
        Self { metric, ..self }
    }

    /// Sets how intervals are drawn.
    #[must_use]
    pub fn with_bootstrap(self, bootstrap: BootstrapParams) -> Self {
        Self { bootstrap, ..self }
    }
}

/// How many cells ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OutcomeCounts {
    /// They learned, and have a score.
    pub scored: usize,
    /// They never left chance.
    pub at_chance: usize,
    /// Their loss stopped being a number.
    pub diverged: usize,
}

impl OutcomeCounts {
    /// Counts cells.
    pub fn of<'a>(cells: impl IntoIterator<Item = &'a TransferCell>) -> Self {
        let mut counts = Self::default();
        for cell in cells {
            match cell.outcome {
                CellOutcome::Scored(_) => counts.scored += 1,
                CellOutcome::AtChance(_) => counts.at_chance += 1,
                CellOutcome::Diverged => counts.diverged += 1,
            }
        }
        counts
    }
}

/// The gain on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskGain {
    /// The task.
    pub task: String,
    /// Pairs of cells in which both arms learned: only these are in the gain.
    pub pairs: usize,
    /// Outcomes of the arm.
    pub arm: OutcomeCounts,
    /// Outcomes of the arm it is held against.
    pub against: OutcomeCounts,
    /// The mean difference over folds and their seeds, with an interval that draws folds, then
    /// seeds; one fold draws seeds. None without a pair.
    pub gain: Option<Estimate>,
    /// Would the differences be as large if their signs were chance? None without a pair. Folds
    /// share training rows, so that this p is somewhat small where there are several.
    pub test: Option<PermutationTest>,
    /// The same corrected over the tasks of the study, after Benjamini and Hochberg.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub q_value: Option<f64>,
}

/// The gain of one arm over another, for one model asked in one way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TransferGain {
    /// The model.
    pub model: String,
    /// How it is asked.
    pub method: Method,
    /// The arm.
    pub arm: TransferArm,
    /// What it is held against.
    pub against: TransferArm,
    /// In which metric.
    pub metric: Metric,
    /// Task by task.
    pub tasks: Vec<TaskGain>,
    /// The mean over tasks, with an interval that draws tasks, then folds, then seeds; none with
    /// fewer than two tasks that have a pair.
    pub mean: Option<BootstrapEstimate>,
    /// Would the tasks' gains be as large if their signs were chance? None as for the mean.
    pub test: Option<PermutationTest>,
}

/// A pair of cells: fold, seed, difference.
type Pair = (usize, u64, f64);

/// The gains of every arm over one, for every model and way of asking, in the order of their keys.
///
/// Cells are paired that differ in nothing but the arm. The difference of a pair counts only where
/// both cells learned: how many did not is counted beside it, because a mean over runs that failed
/// says nothing about runs that did not.
///
/// ```
/// use dissensus_probe::Scores;
/// use dissensus_transfer::{
///     CellKey, CellOutcome, GainParams, Method, TransferArm, TransferCell, TransferCells, gains,
/// };
/// let mut cells = TransferCells::default();
/// for (seed, (pretrained, random)) in
///     [(0.75, 0.5), (0.75, 0.25), (0.5, 0.25)].into_iter().enumerate()
/// {
///     for (arm, mcc) in [(TransferArm::Pretrained, pretrained), (TransferArm::Random, random)] {
///         let key = CellKey {
///             model: "char".into(),
///             task: "promoters".into(),
///             method: Method::FineTuned,
///             arm,
///             fold: 0,
///             seed: seed as u64,
///         };
///         let mut scores = Scores::default();
///         scores.mcc = mcc;
///         cells.insert(TransferCell {
///             key,
///             outcome: CellOutcome::Scored(scores),
///             bases_seen: Some(0),
///             features: 8,
///             rate: None,
///             epoch: None,
///         })?;
///     }
/// }
/// let found = gains(&cells, TransferArm::Random, &GainParams::default())?;
/// let task = &found[0].tasks[0];
/// assert!((task.gain.expect("pairs").value - 1.0 / 3.0).abs() < 1e-12); // (0.25 + 0.5 + 0.25)/3
/// assert_eq!(task.test.expect("pairs").p_value, 2.0 / 8.0); // all of 2³ patterns, two as extreme
/// # Ok::<(), dissensus_transfer::Error>(())
/// ```
///
/// # Errors
/// Those of the statistics.
pub fn gains(
    cells: &TransferCells,
    against: TransferArm,
    params: &GainParams,
) -> Result<Vec<TransferGain>, Error> {
    let mut groups =
        BTreeMap::<(&String, &Method, TransferArm), BTreeMap<&String, Vec<&TransferCell>>>::new();
    for cell in cells.iter().filter(|cell| cell.key.arm != against) {
        let key = &cell.key;
        let group = groups
            .entry((&key.model, &key.method, key.arm))
            .or_default();
        group.entry(&key.task).or_default().push(cell);
    }
    let mut found = Vec::with_capacity(groups.len());
    for ((model, method, arm), tasks) in groups {
        let mut all = Vec::new();
        let mut gains = Vec::new();
        for (task, own) in tasks {
            let pairs = pairs(cells, &own, against, params.metric);
            let twins = own.iter().map(|cell| cell.key.with_arm(against));
            let twins = OutcomeCounts::of(twins.filter_map(|key| cells.get(&key)));
            let own = OutcomeCounts::of(own.iter().copied());
            gains.push(task_gain(task, [own, twins], &pairs, params)?);
            all.push(pairs);
        }
        correct(&mut gains)?;
        let (mean, test) = over_tasks(&all, &gains, params)?;
        found.push(TransferGain {
            model: model.clone(),
            method: method.clone(),
            arm,
            against,
            metric: params.metric,
            tasks: gains,
            mean,
            test,
        });
    }
    Ok(found)
}

/// What one task says, before many tests are corrected for.
fn task_gain(
    task: &str,
    [arm, against]: [OutcomeCounts; 2],
    pairs: &[Pair],
    params: &GainParams,
) -> Result<TaskGain, Error> {
    Ok(TaskGain {
        task: task.into(),
        pairs: pairs.len(),
        arm,
        against,
        gain: interval(pairs, params)?,
        test: test(pairs.iter().map(|pair| pair.2), params)?,
        q_value: None,
    })
}

fn pairs(
    cells: &TransferCells,
    own: &[&TransferCell],
    against: TransferArm,
    metric: Metric,
) -> Vec<Pair> {
    let pair = |cell: &&TransferCell| {
        let twin = cells.get(&cell.key.with_arm(against))?;
        let difference = cell.outcome.value(metric)? - twin.outcome.value(metric)?;
        Some((cell.key.fold, cell.key.seed, difference))
    };
    own.iter().filter_map(pair).collect()
}

/// The mean over folds of the mean over seeds; an interval where there are two of either.
fn interval(pairs: &[Pair], params: &GainParams) -> Result<Option<Estimate>, Error> {
    let values: Vec<f64> = pairs.iter().map(|pair| pair.2).collect();
    let folds: Vec<[usize; 2]> = pairs.iter().map(|pair| [pair.0, pair.1 as usize]).collect();
    let several = folds.iter().any(|[fold, _]| *fold != folds[0][0]);
    if several {
        let found = bootstrap_nested(&folds, &values, &params.bootstrap)?;
        return Ok(Some(found.estimate));
    }
    let seeds: Vec<[usize; 1]> = folds.iter().map(|[_, seed]| [*seed]).collect();
    match values.len() {
        0 => Ok(None),
        1 => Ok(Some(Estimate::without_interval(values[0], 1))),
        _ => Ok(Some(
            bootstrap_nested(&seeds, &values, &params.bootstrap)?.estimate,
        )),
    }
}

fn test(
    differences: impl Iterator<Item = f64>,
    params: &GainParams,
) -> Result<Option<PermutationTest>, Error> {
    let differences: Vec<f64> = differences.collect();
    if differences.is_empty() {
        return Ok(None);
    }
    let permutations = Permutations::UpTo {
        draws: params.patterns,
        seed: params.bootstrap.seed,
    };
    Ok(Some(paired_permutation_test(&differences, permutations)?))
}

/// Corrects the p values of the tasks that have one.
fn correct(gains: &mut [TaskGain]) -> Result<(), Error> {
    let tested: Vec<(usize, f64)> = gains
        .iter()
        .enumerate()
        .filter_map(|(at, gain)| Some((at, gain.test?.p_value)))
        .collect();
    let p_values: Vec<f64> = tested.iter().map(|tested| tested.1).collect();
    let q_values = benjamini_hochberg(&p_values)?;
    for ((at, _), q_value) in tested.into_iter().zip(q_values) {
        gains[at].q_value = Some(q_value);
    }
    Ok(())
}

type OverTasks = (Option<BootstrapEstimate>, Option<PermutationTest>);

fn over_tasks(
    all: &[Vec<Pair>],
    gains: &[TaskGain],
    params: &GainParams,
) -> Result<OverTasks, Error> {
    if all.iter().filter(|pairs| !pairs.is_empty()).count() < 2 {
        return Ok((None, None));
    }
    let named = all.iter().enumerate();
    let named = named.flat_map(|(task, pairs)| pairs.iter().map(move |pair| (task, pair)));
    let (units, values): (Vec<[usize; 3]>, Vec<f64>) = named
        .map(|(task, &(fold, seed, difference))| ([task, fold, seed as usize], difference))
        .unzip();
    let mean = bootstrap_nested(&units, &values, &params.bootstrap)?;
    let means = gains.iter().filter_map(|gain| Some(gain.gain?.value));
    Ok((Some(mean), test(means, params)?))
}
