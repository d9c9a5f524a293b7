//! Runs that are finished, read back from their folders.

use std::path::{Path, PathBuf};

use dissensus_bert::Config;
use dissensus_ensemble::Run;
use dissensus_kernels::{checked, files};
use dissensus_report::{Results, RunCard};
use serde_json::{Map, Value};

use super::{LossCurve, RunFacts, run_card};
use crate::{Error, loss_curves};

/// What a study, an audit or a map wrote into its folder.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedRun {
    /// Every measure.
    pub results: Results,
    /// The training loss of every member; none where nothing was trained.
    pub losses: Vec<LossCurve>,
    /// What was run on what.
    pub card: RunCard,
}

impl FinishedRun {
    /// Reads `results.json`, `run.json` and the histories of members; a name is put in front of
    /// those of the ensembles.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Unreadable`] or [`Error::Json`] for a file that is not there or
    /// holds something else.
    pub fn read(folder: &Path, name: Option<&str>) -> Result<Self, Error> {
        let path = folder.join(RESULTS);
        let mut results = match Results::from_json(&results_text(folder)?) {
            Ok(results) => results,
            Err(source) => return Err(Error::Unreadable { path, source }),
        };
        let mut card = run_card(&results, RunFacts::read(folder)?.as_ref());
        card.name = name.unwrap_or_default().into();
        let mut losses = Vec::new();
        for ensemble in &mut results.ensembles {
            // An audit has no runs behind it.
            let run = Run::<Config>::open(folder.join(&ensemble.name)).ok();
            if let Some(name) = name {
                ensemble.name = format!("{name}: {}", ensemble.name);
            }
            if let Some(run) = run {
                losses.extend(loss_curves(&run, &ensemble.name)?);
            }
        }
        Ok(Self {
            results,
            losses,
            card,
        })
    }

    /// The ensembles of several runs as those of one, with a card a run.
    #[must_use]
    pub fn together(runs: Vec<Self>) -> (Results, Vec<LossCurve>, Vec<RunCard>) {
        let mut results = Results::new(Vec::new());
        let (mut losses, mut cards) = (Vec::new(), Vec::new());
        for run in runs {
            results.ensembles.extend(run.results.ensembles);
            losses.extend(run.losses);
            cards.push(run.card);
        }
        (results, losses, cards)
    }
}

/// The names of runs on one page: those of their folders, or the whole paths where two folders have
/// one name.
///
/// ```
/// use std::path::PathBuf;
/// let names = |folders: &[&str]| {
///     dissensus_study::run_names(&folders.iter().map(PathBuf::from).collect::<Vec<_>>())
/// };
/// assert_eq!(names(&["runs/a", "runs/b"]), ["a", "b"]);
/// assert_eq!(names(&["one/a", "two/a", "runs/b"]), ["one/a", "two/a", "b"]);
/// ```
#[must_use]
pub fn run_names(folders: &[PathBuf]) -> Vec<String> {
    let name = |folder: &PathBuf| match folder.file_name() {
        Some(name)
            if folders
                .iter()
                .filter(|f| f.file_name() == Some(name))
                .count()
                == 1 =>
        {
            name.to_string_lossy().into_owned()
        }
        _ => folder.display().to_string(),
    };
    folders.iter().map(name).collect()
}

/// Name of the file of results.
const RESULTS: &str = "results.json";

/// Notes the checksum of the `results.json` of a folder in the list `MANIFEST` beside it; nothing
/// where there is none.
///
/// # Errors
/// [`Error::File`] if a file cannot be read or written.
pub fn seal_results(folder: &Path) -> Result<(), Error> {
    if !folder.join(RESULTS).exists() {
        return Ok(());
    }
    checked::seal(folder, &[RESULTS.into()]).map_err(|source| Error::File {
        path: folder.to_path_buf(),
        source,
    })
}

/// The text of the `results.json` of a folder.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Damaged`] if it is not the one that was written,
/// which the list `MANIFEST` beside it says; older folders have none.
pub fn results_text(folder: &Path) -> Result<String, Error> {
    if folder.join(checked::MANIFEST).exists() {
        let advice = "if it was changed on purpose, delete MANIFEST";
        crate::json::check_folder(folder, advice)?;
    }
    text(&folder.join(RESULTS))
}

impl RunFacts {
    /// Reads `run.json` in a folder; none where there is none.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Json`] for one that cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join("run.json");
        if !path.exists() {
            return Ok(None);
        }
        // An object first: without names, fields that have defaults would all take them.
        let facts = serde_json::from_str::<Map<String, Value>>(&text(&path)?)
            .and_then(|fields| serde_json::from_value(Value::Object(fields)));
        match facts {
            Ok(facts) => Ok(Some(facts)),
            Err(source) => Err(Error::Json { path, source }),
        }
    }
}

fn text(path: &Path) -> Result<String, Error> {
    files::read_to_string(path).map_err(|source| Error::File {
        path: path.to_path_buf(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write;
    use dissensus_report::Ensemble;

    fn results(name: &str) -> Results {
        let mut results = Results::new(vec![("seed".into(), "0".into())]);
        results.ensembles.push(Ensemble {
            name: name.into(),
            members: 1,
            facts: vec![("sequences".into(), 8.0)],
            notes: Vec::new(),
            states: Vec::new(),
        });
        results
    }

    #[test]
    fn runs_side_by_side_are_told_apart_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = Vec::new();
        for name in ["one", "two"] {
            let folder = folder.path().join(name);
            let card = run_card(&results("audited"), None);
            write(&results("audited"), &[], card, &folder).unwrap();
            assert_eq!(RunFacts::read(&folder).unwrap(), None);
            runs.push(FinishedRun::read(&folder, Some(name)).unwrap());
        }
        assert_eq!(runs[1].card.name, "two");
        let (together, losses, cards) = FinishedRun::together(runs);
        let names: Vec<&str> = together.ensembles.iter().map(|e| &e.name[..]).collect();
        assert_eq!(names, ["one: audited", "two: audited"]);
        assert!(losses.is_empty());
        assert_eq!(cards.len(), 2);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let missing = FinishedRun::read(folder.path(), None).unwrap_err();
        assert!(missing.to_string().contains("results.json: "), "{missing}");
        std::fs::write(folder.path().join("results.json"), "{").unwrap();
        let damaged = FinishedRun::read(folder.path(), None).unwrap_err();
        assert!(matches!(damaged, Error::Unreadable { .. }), "{damaged:?}");
        let results = results("audited").to_json().unwrap();
        std::fs::write(folder.path().join("results.json"), &results).unwrap();
        seal_results(folder.path()).unwrap();
        assert_eq!(results_text(folder.path()).unwrap(), results);
        let changed = results.replace("8", "9");
        std::fs::write(folder.path().join("results.json"), changed).unwrap();
        let damaged = FinishedRun::read(folder.path(), None).unwrap_err();
        assert!(matches!(damaged, Error::Damaged { .. }), "{damaged:?}");
        std::fs::write(folder.path().join("run.json"), "[]").unwrap();
        let damaged = RunFacts::read(folder.path()).unwrap_err();
        assert!(damaged.to_string().contains("run.json: "), "{damaged}");
    }
}
