//! The page of a run that goes on: written while the members train, and left behind, saying so, by
//! a run that ended early.

mod observers;

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use dissensus_report::{Page, write_atomically};
use dissensus_study::{RunFacts, StudyProgress, TransferProgress};

use crate::Bars;

/// Least and greatest time between two writings: a run that has just begun shows its first steps
/// soon.
const GAP: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
/// Writing takes at most this part of the time, however large the page.
const SHARE: u32 = 50;
/// Seconds after which a browser loads the page again.
const RELOAD: u32 = 10;
/// What is measured so far; the whole results have another name, so that nobody takes one for the
/// other.
const RESULTS: &str = "results-so-far.json";

/// A run that goes on, as its page shows it; in words it says where it is.
pub trait Progress: fmt::Display {
    /// Whether there is anything to show.
    fn is_begun(&self) -> bool;

    /// The page of what there is, with facts on its card.
    ///
    /// # Errors
    /// Of a table, if a row does not fit; of what cannot be read.
    fn page(&self, facts: Vec<(String, String)>) -> Result<Page>;

    /// What is measured so far as JSON, where it is anything.
    ///
    /// # Errors
    /// Those of the writer.
    fn results(&self) -> Result<Option<String>>;
}

impl Progress for StudyProgress {
    fn is_begun(&self) -> bool {
        self.is_begun()
    }

    fn page(&self, facts: Vec<(String, String)>) -> Result<Page> {
        Ok(self.page(facts)?)
    }

    fn results(&self) -> Result<Option<String>> {
        let results = self.results();
        let measured = !results.ensembles.is_empty();
        Ok(measured.then(|| results.to_json()).transpose()?)
    }
}

impl Progress for TransferProgress {
    fn is_begun(&self) -> bool {
        self.is_begun()
    }

    fn page(&self, facts: Vec<(String, String)>) -> Result<Page> {
        Ok(self.page(facts)?)
    }

    /// None: every cell is a file already.
    fn results(&self) -> Result<Option<String>> {
        Ok(None)
    }
}

/// Writes `report.html` and `results-so-far.json` while a study trains and measures, and shows the
/// same as bars.
///
/// Where it is dropped without [`Growing::finish`], the page says that the run stopped and is not
/// loaded again. Where the whole process is killed, the page that stays says that it is unfinished
/// and when it was written.
#[derive(Debug)]
pub struct Growing<'a, P: Progress> {
    bars: &'a mut Bars,
    progress: P,
    /// Whether this process has the folder for itself.
    alone: bool,
    folder: PathBuf,
    facts: RunFacts,
    began: (Instant, String),
    /// When it is written again; none before it is written first.
    due: Option<Instant>,
    finished: bool,
    warned: bool,
}

impl<'a, P: Progress> Growing<'a, P> {
    pub(crate) fn new(bars: &'a mut Bars, progress: P, folder: PathBuf, facts: RunFacts) -> Self {
        let now = Instant::now();
        Self {
            bars,
            progress,
            alone: true,
            folder,
            facts,
            began: (now, clock("%Y-%m-%d %H:%M")),
            due: None,
            finished: false,
            warned: false,
        }
    }

    /// Says whether this process has the folder for itself; of several that share one, none writes
    /// the page.
    #[must_use]
    pub fn alone(mut self, alone: bool) -> Self {
        self.alone = alone;
        self
    }

    /// Ends the growing: whoever has the whole results writes the page; without them it says that
    /// the run stopped.
    ///
    /// # Errors
    /// If what was measured so far cannot be removed.
    pub fn finish(mut self, whole: bool) -> Result<()> {
        self.finished = whole;
        let path = self.folder.join(RESULTS);
        if whole && path.exists() {
            fs::remove_file(&path).with_context(|| path.display().to_string())?;
        }
        Ok(())
    }

    /// Writes the page if its time has come.
    fn grow(&mut self) {
        if self.progress.is_begun() && self.due.is_none_or(|due| Instant::now() >= due) {
            self.write(true);
        }
    }

    /// Writes the page; what goes wrong is said once and does not end the run, which keeps its own
    /// files.
    fn write(&mut self, goes_on: bool) {
        if !self.alone {
            return;
        }
        let began = Instant::now();
        if let Err(error) = self.written(goes_on)
            && !self.warned
        {
            self.warned = true;
            let text = format!("warning: the page is not written while the run goes on: {error:#}");
            self.bars.say(&text);
        }
        let gap = self.began.0.elapsed().clamp(GAP.0, GAP.1);
        let due = Instant::now() + gap.max(began.elapsed() * SHARE);
        if self.due.replace(due).is_none() {
            let path = self.folder.join("report.html");
            let text = format!("how far it is: {}", path.display());
            self.bars.say(&text);
        }
    }

    fn written(&self, goes_on: bool) -> Result<()> {
        let (progress, since) = (&self.progress, &self.began.1);
        let mut page = progress.page(self.card())?;
        let now = clock("%H:%M:%S");
        if goes_on {
            let said = format!(
                "Unfinished, running since {since} UTC. {progress} Written at {now} UTC, and again about every {} seconds: if this time \
                 stays behind, the run has ended before its end, and --resume continues it.",
                GAP.1.as_secs()
            );
            page.running(&said, RELOAD);
        } else {
            let said = format!(
                "Unfinished: the run that began at {since} UTC stopped at {now} UTC before its end. {progress} It continues with --resume."
            );
            page.stopped(&said);
        }
        let html = page.to_html()?;
        fs::create_dir_all(&self.folder)?;
        write_atomically(&self.folder.join("report.html"), html.as_bytes())?;
        if let Some(json) = progress.results()? {
            write_atomically(&self.folder.join(RESULTS), json.as_bytes())?;
        }
        Ok(())
    }

    fn card(&self) -> Vec<(String, String)> {
        let facts = [
            ("program", self.facts.version.clone()),
            ("command", self.facts.command.join(" ")),
            ("began", self.began.1.clone()),
            ("device", self.facts.device.clone()),
            ("threads", rayon::current_num_threads().to_string()),
        ];
        let named = facts.map(|(name, value)| (name.to_owned(), value));
        named.into()
    }
}

/// The time, UTC.
fn clock(format: &str) -> String {
    jiff::Timestamp::now().strftime(format).to_string()
}

impl<P: Progress> Drop for Growing<'_, P> {
    fn drop(&mut self) {
        if !self.finished && self.progress.is_begun() {
            self.write(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use dissensus_measure::{MeasureObserver, Stage};
    use dissensus_report::Ensemble;
    use dissensus_study::{Arm, Options};

    use super::*;
    use crate::{Common, Given, Signals};

    #[derive(clap::Parser)]
    struct Nothing {}

    fn bars() -> Bars {
        let words = ["program", "--quiet"].map(OsString::from).to_vec();
        let given: Given<Nothing> = Given::of(words).expect("arguments");
        let common: &Common = given.common();
        Bars::new(common, &Signals::default())
    }

    fn measured() -> Ensemble {
        Ensemble {
            name: "text-bpe".into(),
            members: 1,
            facts: Vec::new(),
            notes: Vec::new(),
            states: Vec::new(),
        }
    }

    fn growing<'a>(bars: &'a mut Bars, folder: &std::path::Path) -> Growing<'a, StudyProgress> {
        let options = Options {
            arms: vec![Arm::TextBpe, Arm::DnaKmer],
            ..Options::default()
        };
        let progress = StudyProgress::of_study(&options, folder);
        Growing::new(bars, progress, folder.to_owned(), RunFacts::default())
    }

    #[test]
    fn a_run_that_stops_midway_leaves_a_page_that_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
        let mut bars = bars();
        let mut growing = growing(&mut bars, folder.path());
        growing.stage("text-bpe", None, Stage::Reading);
        assert!(!folder.path().join("report.html").exists());
        growing.stage("text-bpe", None, Stage::Training);
        let page = read("report.html");
        assert!(page.contains("http-equiv=\"refresh\"") && page.contains("running since"));
        assert!(page.contains("Arm 1 of 2, text-bpe: training."), "{page}");
        growing.measured(&measured());
        assert!(read(RESULTS).contains("text-bpe"));
        growing.stage("dna-kmer", None, Stage::Training);
        drop(growing);
        let page = read("report.html");
        assert!(!page.contains("http-equiv=\"refresh\""));
        assert!(page.contains("before its end. Arm 2 of 2, dna-kmer: training."));
    }

    #[test]
    fn a_run_that_ends_leaves_the_page_to_its_results() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bars = bars();
        let mut growing = growing(&mut bars, folder.path());
        growing.stage("text-bpe", None, Stage::Training);
        growing.measured(&measured());
        fs::write(folder.path().join("report.html"), "whole").expect("written");
        growing.finish(true).expect("removed");
        let page = fs::read_to_string(folder.path().join("report.html"));
        assert_eq!(page.expect("read"), "whole");
        assert!(!folder.path().join(RESULTS).exists());
    }

    #[test]
    fn processes_that_share_a_folder_write_no_page() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bars = bars();
        let mut growing = growing(&mut bars, folder.path()).alone(false);
        growing.stage("text-bpe", None, Stage::Training);
        growing.finish(false).expect("nothing to remove");
        assert!(!folder.path().join("report.html").exists());
    }

    #[test]
    fn a_page_that_cannot_be_written_does_not_end_the_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "no folder").expect("written");
        let mut bars = bars();
        let mut growing = growing(&mut bars, &path);
        growing.stage("text-bpe", None, Stage::Training);
        assert!(growing.warned);
    }
}
