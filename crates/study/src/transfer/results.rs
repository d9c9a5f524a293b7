//! What a transfer study found.

use std::path::{Path, PathBuf};

use dissensus_lm::Devices;
use dissensus_probe::Metric;
use dissensus_report::{
    Cell, Disclosure, Figure, Finding, Page, RunCard, Section, Table, Verdict, shown,
    shown_with_interval,
};
use dissensus_transfer::{
    GainParams, Method, TaskGain, TransferArm, TransferCells, TransferGain, against_diagonal,
    by_dimension, gain_table, gains, score_table,
};
use serde::{Deserialize, Serialize};

use super::model::{Models, WeightKey, Wording};
use super::run::gather;
use super::{Pretraining, Share, TransferData, TransferObserver, TransferOptions, transfer_cells};
use crate::Error;
use crate::present::write_files;

/// What a transfer study found: the contents of its `results.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TransferResults {
    /// Of this schema; now 1.
    pub schema: u32,
    /// What was done.
    pub settings: Vec<(String, String)>,
    /// The tasks: rows, classes, and the score of the exact posterior where the source is known.
    pub tasks: Vec<TaskFacts>,
    /// What each model read, and its loss: the tokenizer ablation.
    pub pretraining: Vec<Pretraining>,
    /// Every cell.
    pub cells: TransferCells,
    /// The gains of each arm over the random twins.
    pub gains: Vec<TransferGain>,
}

/// What is known of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskFacts {
    /// Its name.
    pub name: String,
    /// How many sequences it has.
    pub rows: usize,
    /// How many classes.
    pub classes: usize,
    /// How many folds.
    pub folds: usize,
    /// The Matthews correlation of the exact posterior.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub oracle: Option<f64>,
}

/// The whole study in one process: every cell, then [`transfer_results`]; `None` if the observer
/// interrupted it.
///
/// # Errors
/// Those of [`transfer_cells`].
pub fn transfer(
    options: &TransferOptions,
    data: &TransferData,
    folder: &Path,
    devices: &Devices,
    observer: &mut dyn TransferObserver,
) -> Result<Option<TransferResults>, Error> {
    if !transfer_cells(options, data, folder, Share::default(), devices, observer)? {
        return Ok(None);
    }
    transfer_results(options, data, folder, devices, observer)
}

/// The results of a study whose cells are all there, whichever processes made them: the same bytes
/// for the same files; `None` if a cell is missing.
///
/// # Errors
/// Those of the files and statistics.
pub fn transfer_results(
    options: &TransferOptions,
    data: &TransferData,
    folder: &Path,
    devices: &Devices,
    observer: &mut dyn TransferObserver,
) -> Result<Option<TransferResults>, Error> {
    let Some(cells) = gather(options, data, folder)? else {
        return Ok(None);
    };
    let Some(pretraining) = pretrained(options, data, folder, devices, observer)? else {
        return Ok(None);
    };
    let fact = |task: &super::TransferTask| TaskFacts {
        name: task.name.clone(),
        rows: task.sequences.len(),
        classes: task.labels.classes(),
        folds: task.folds.len(),
        oracle: task.oracle,
    };
    let mut settings = options.settings();
    settings.push(("study".into(), options.study(data)));
    settings.push((
        "task sequences cut to a window".into(),
        data.cut.to_string(),
    ));
    Ok(Some(TransferResults {
        schema: 1,
        settings,
        tasks: data.tasks.iter().map(fact).collect(),
        pretraining,
        gains: gains(&cells, TransferArm::Random, &GainParams::default())?,
        cells,
    }))
}

/// What every model read: each once, the random twin of seed 0 for its loss.
fn pretrained(
    options: &TransferOptions,
    data: &TransferData,
    folder: &Path,
    devices: &Devices,
    observer: &mut dyn TransferObserver,
) -> Result<Option<Vec<Pretraining>>, Error> {
    let study = options.study(data);
    let models = Models {
        options,
        data,
        folder,
        devices,
        study: &study,
    };
    let mut all = Vec::new();
    for plan in options.plans(&data.tasks) {
        for model in &plan.models {
            let wording = Wording::new(model, options, data, devices.first())?;
            for key in plan.arms.iter().flat_map(|&arm| weights(arm, data)) {
                match models.pretraining(&wording, &key, observer)? {
                    Some(pretraining) => all.push(pretraining),
                    None => return Ok(None),
                }
            }
        }
    }
    Ok(Some(all))
}

/// The models of an arm: of the random twins one, of those that read a task's sequences all.
fn weights(arm: TransferArm, data: &TransferData) -> Vec<WeightKey> {
    let seed = (arm == TransferArm::Random).then_some(0);
    let key = |task| WeightKey { arm, task, seed };
    if arm != TransferArm::TaskSequences {
        return vec![key(None)];
    }
    let tasks = data.tasks.iter().enumerate();
    let folds = tasks.flat_map(|(task, one)| (0..one.folds.len()).map(move |fold| (task, fold)));
    folds.map(|of| key(Some(of))).collect()
}

/// Writes `results.json`, tables as CSV, figures and `report.html` into a folder; returns the
/// paths.
///
/// # Errors
/// [`Error::File`], [`Error::Report`].
pub fn write_transfer(
    results: &TransferResults,
    card: RunCard,
    folder: &Path,
) -> Result<Vec<PathBuf>, Error> {
    let path = folder.join("results.json");
    let json =
        serde_json::to_string_pretty(results).map_err(|source| Error::Json { path, source })?;
    let mut files = vec![("results.json".to_string(), json + "\n")];
    let tables = transfer_tables(results)?;
    for (name, table) in ["pretraining", "scores", "gains", "tasks"]
        .iter()
        .zip(&tables)
    {
        files.push((format!("{name}.csv"), table.to_csv()?));
    }
    let figures = transfer_figures(results);
    for figure in &figures {
        files.push((format!("{}.svg", figure.id), figure.chart.to_file()?));
    }
    let page = page(results, &tables, &figures, card);
    files.push(("report.html".to_string(), page.to_html()?));
    write_files(folder, files)
}

/// The tables: what each model read beside its loss, scores beside the bases that each model saw,
/// gains, and the tasks with what the exact posterior scores on them.
///
/// # Errors
/// [`Error::Report`] if a row does not fit, which cannot happen.
pub fn transfer_tables(results: &TransferResults) -> Result<[Table; 4], Error> {
    let columns = [
        "model",
        "arm",
        "task",
        "bases seen",
        "steps",
        "loss, bits a base",
    ];
    let counted = |count: Option<u64>| count.map_or(Cell::Missing, |n| Cell::Plain(n as f64));
    let mut read = Table::new(
        "What each model read, and its loss on held-out DNA",
        columns,
    );
    for one in &results.pretraining {
        let task = one.task.as_ref();
        read.push([
            one.model.as_str().into(),
            one.arm.name().into(),
            task.map_or(Cell::Missing, |(task, fold)| {
                format!("{task}, fold {fold}").into()
            }),
            counted(one.bases_seen),
            counted(one.steps),
            one.bits_per_base.into(),
        ])?;
    }
    let scores = score_table(&results.cells, Metric::Mcc)?;
    Ok([
        read,
        scores,
        gain_table(&results.gains)?,
        task_table(&results.tasks)?,
    ])
}

/// The tasks, with the ceiling where the source is known.
fn task_table(tasks: &[TaskFacts]) -> Result<Table, Error> {
    let columns = [
        "task",
        "rows",
        "classes",
        "folds",
        "MCC of the exact posterior",
    ];
    let mut table = Table::new("The tasks, and the most that any model can score", columns);
    for task in tasks {
        table.push([
            task.name.as_str().into(),
            Cell::Plain(task.rows as f64),
            Cell::Plain(task.classes as f64),
            Cell::Plain(task.folds as f64),
            task.oracle.map_or(Cell::Missing, Cell::from),
        ])?;
    }
    Ok(table)
}

fn transfer_figures(results: &TransferResults) -> Vec<Figure> {
    let (arm, against) = (TransferArm::Pretrained, TransferArm::Random);
    let mut figures = vec![against_diagonal(&results.cells, arm, against, Metric::Mcc)];
    for pool in ["mean", "max"] {
        let mut figure = by_dimension(&results.cells, pool, Metric::Mcc);
        figure.id = format!("by_dimension_{pool}");
        figures.push(figure);
    }
    figures.retain(|figure| !figure.chart.is_empty());
    figures
}

/// What the gains allow to be said: one sentence a model, way of asking and arm; probes of reduced
/// features are in the tables alone.
#[must_use]
pub fn transfer_findings(results: &TransferResults) -> Vec<Finding> {
    let of_all_features = |gain: &&TransferGain| {
        let dimension = match &gain.method {
            Method::Frozen { dimension, .. } => *dimension,
            _ => None,
        };
        dimension.is_none()
    };
    let said = results.gains.iter().filter(of_all_features);
    said.map(finding).collect()
}

fn finding(gain: &TransferGain) -> Finding {
    let who = format!("the {} {} model ({})", gain.arm, gain.model, gain.method);
    let counted: usize = gain
        .tasks
        .iter()
        .map(|t| t.arm.at_chance + t.arm.diverged)
        .sum();
    let twins: usize = gain
        .tasks
        .iter()
        .map(|t| t.against.at_chance + t.against.diverged)
        .sum();
    let runs: usize = gain.tasks.iter().map(|t| t.arm.scored).sum::<usize>() + counted;
    let failed = match counted + twins {
        0 => String::new(),
        _ => format!("; of {runs} runs {counted} never learned, of its twins' {twins}"),
    };
    let Some(mean) = gain.mean.map(|mean| mean.estimate) else {
        return unpaired(gain, &who, runs);
    };
    let numbers = shown_with_interval(mean.value, Some((mean.low, mean.high)));
    let (verdict, beginning, does) = if mean.low > 0.0 {
        (Verdict::Shown, "On these tasks", "better")
    } else if mean.high < 0.0 {
        (Verdict::Shown, "On these tasks", "worse")
    } else {
        (Verdict::NotShown, "Not shown that", "better")
    };
    let text = format!(
        "{beginning} {who} does {does} than its random twins: gain in {} {numbers} over {} tasks{failed}.",
        gain.metric, mean.samples
    );
    Finding::new(verdict, text).with_anchor("gains")
}

/// Where too few tasks were learned by both to say anything.
fn unpaired(gain: &TransferGain, who: &str, runs: usize) -> Finding {
    let learned = |of: fn(&TaskGain) -> usize| gain.tasks.iter().map(of).sum::<usize>();
    let (own, theirs) = (learned(|t| t.arm.scored), learned(|t| t.against.scored));
    let single = gain.tasks.iter().find_map(|task| task.gain);
    let value = single.map_or("no pair of both".into(), |gain| {
        format!("a gain of {} on one task", shown(gain.value))
    });
    let text = format!(
        "Not shown that {who} does better than its random twins ({}): {own} of its {runs} runs learned a task, {theirs} of theirs, {value}.",
        gain.metric
    );
    Finding::new(Verdict::NotShown, text).with_anchor("gains")
}

pub(super) const TITLE: &str = "What pretraining gives";

pub(super) const LEAD: &str = "Was pretraining worth it? Pretrained models against their random twins, frozen and fine-tuned.";

const HOW_TO_READ: &str = "A gain is the score of an arm less that of a model of the same shape and tokenizer with random weights, on the \
    same fold with the same seed. Intervals draw tasks, then folds, then seeds; with few tasks they are too short. Each arm but the random one \
    is pretrained once, so the intervals do not hold what another pretraining would give. Runs that never left chance are counted and in no \
    mean. The loss is per base at masked tokens; a token of several bases is hidden whole, so tokenizers are not asked quite the same.";

fn page(results: &TransferResults, tables: &[Table; 4], figures: &[Figure], card: RunCard) -> Page {
    let mut page = Page::new(TITLE, LEAD);
    let settings = results
        .settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    page.card(card.with("Settings", settings));
    let mut found = Section::new("findings", "What was found");
    let mut models: Vec<&str> = results
        .pretraining
        .iter()
        .map(|one| one.model.as_str())
        .collect();
    models.dedup();
    found.key(models);
    let findings: Vec<Finding> = transfer_findings(results)
        .into_iter()
        .map(|finding| Finding {
            anchor: None,
            ..finding
        })
        .collect();
    found.findings(&findings);
    found.text(HOW_TO_READ);
    page.section(found);
    let mut drawn = Section::new("figures", "Figures");
    for figure in figures {
        drawn.figure(figure);
    }
    page.section(drawn);
    let mut numbers = Section::new("numbers", "Numbers");
    let [read, scores, gains, tasks] = tables;
    numbers.table(tasks, Disclosure::Open);
    numbers.table(read, Disclosure::Open);
    numbers.table(gains, Disclosure::Open);
    numbers.table(scores, Disclosure::Closed);
    page.section(numbers);
    page.footer("Everything on this page is inside this file; results.json and the tables beside it hold every number in full.");
    page
}
