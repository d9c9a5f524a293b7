//! How far a transfer study is that goes on, and its page.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;

use dissensus_lm::Step;
use dissensus_probe::Metric;
use dissensus_report::{Cell, Disclosure, Figure, Line, LineChart, Page, RunCard, Section, Table};
use dissensus_transfer::{CellFolder, CellKey, score_table};

use super::results::{LEAD, TITLE};
use super::{TransferObserver, TransferOptions};
use crate::Error;
use crate::present::MemberCurve;

/// How far a transfer study is: what trains, how many cells are made, and the page of that. It
/// knows no clock, and writes nothing.
///
/// ```
/// use dissensus_study::{TransferOptions, TransferProgress};
/// let progress =
///     TransferProgress::new(&TransferOptions::default(), "runs/transfer/cells", "a checksum");
/// assert_eq!(progress.to_string(), "No cell is begun.");
/// assert!(progress.page(Vec::new())?.to_html()?.contains("No cell is begun."));
/// # Ok::<(), dissensus_study::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TransferProgress {
    settings: Vec<(String, String)>,
    cells: CellFolder,
    now: Option<(CellKey, usize, usize)>,
    trainings: BTreeMap<String, MemberCurve>,
}

const CAPTION: &str = "Loss in pretraining at the tokens that each model has read, the mean of some steps a point; what earlier processes trained is left out.";

impl TransferProgress {
    /// Of a study, not begun, whose cells lie in a folder with this checksum of settings and data.
    #[must_use]
    pub fn new(
        options: &TransferOptions,
        cells: impl Into<std::path::PathBuf>,
        study: &str,
    ) -> Self {
        Self {
            settings: options.settings(),
            cells: CellFolder::new(cells, study),
            now: None,
            trainings: BTreeMap::new(),
        }
    }

    /// Whether a cell is begun.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.now.is_some()
    }

    /// The page of what there is: how far it is, the curves of what trains, and the scores of the
    /// cells that are made. `facts` stand on its card, each a name and a value.
    ///
    /// # Errors
    /// [`Error::Report`] if a table cannot be built, [`Error::Transfer`] if a cell cannot be read.
    pub fn page(&self, facts: Vec<(String, String)>) -> Result<Page, Error> {
        let mut page = Page::new(TITLE, LEAD);
        let settings = self.settings.clone();
        let card = RunCard::new("", "").with("Machine and program", facts);
        page.card(card.with("Settings", settings));
        let mut section = Section::new("progress", "How far it is");
        section.text(&self.to_string());
        section.table(&self.table()?, Disclosure::Open);
        section.figure(&Figure::new("training", self.chart(), CAPTION));
        page.section(section);
        let mut numbers = Section::new("numbers", "Scores so far");
        numbers.table(
            &score_table(&self.cells.all()?, Metric::Mcc)?,
            Disclosure::Open,
        );
        page.section(numbers);
        page.footer("Everything on this page is inside this file.");
        Ok(page)
    }

    /// What was or is pretrained.
    fn table(&self) -> Result<Table, Error> {
        let mut table = Table::new("Pretraining", ["model", "step", "steps"]);
        for (name, curve) in &self.trainings {
            let count = |steps: u64| Cell::Plain(steps as f64);
            table.push([
                Cell::from(name.as_str()),
                count(curve.step),
                count(curve.total),
            ])?;
        }
        Ok(table)
    }

    fn chart(&self) -> LineChart {
        let line = |(name, curve): (&String, &MemberCurve)| Line {
            subject: name.clone(),
            points: curve.points(),
            ..Line::default()
        };
        LineChart {
            title: "Loss while the models are pretrained".into(),
            x_label: "tokens read".into(),
            y_label: "bits/token".into(),
            lines: self.trainings.iter().map(line).collect(),
            ..LineChart::default()
        }
    }
}

impl fmt::Display for TransferProgress {
    /// Where it is, in one sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.now {
            None => f.write_str("No cell is begun."),
            Some((key, done, total)) => {
                write!(f, "{done} of {total} cells are made; the next is {key}.")
            }
        }
    }
}

impl TransferObserver for TransferProgress {
    fn pretraining(&mut self, name: &str, step: &Step) -> ControlFlow<()> {
        let curve = self.trainings.entry(name.into()).or_default();
        curve.total = step.total;
        curve.push(step.step, step.tokens, step.loss);
        ControlFlow::Continue(())
    }

    fn cell(&mut self, key: &CellKey, done: usize, total: usize) -> ControlFlow<()> {
        self.now = Some((key.clone(), done, total));
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_transfer::{CellOutcome, Method, TransferArm, TransferCell};

    fn key() -> CellKey {
        CellKey {
            model: "dna-kmer".into(),
            task: "promoters".into(),
            method: Method::FineTuned,
            arm: TransferArm::Random,
            fold: 0,
            seed: 1,
        }
    }

    fn step(step: u64) -> Step {
        Step {
            step,
            total: 20,
            epoch: 1,
            loss: 2.0,
            learning_rate: 0.1,
            gradient_norm: 1.0,
            tokens: 100,
            predicted: 15,
        }
    }

    #[test]
    fn a_page_midway_has_the_curves_and_the_scores_of_the_cells_that_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let cell = TransferCell {
            key: key(),
            outcome: CellOutcome::Diverged,
            bases_seen: None,
            features: 64,
            rate: None,
            epoch: None,
        };
        CellFolder::new(folder.path(), "sum").put(&cell).unwrap();
        let options = TransferOptions::default();
        let mut progress = TransferProgress::new(&options, folder.path(), "sum");
        assert!(progress.cell(&key(), 1, 12).is_continue() && progress.is_begun());
        for step in (1..=3).map(step) {
            let flow = progress.pretraining("dna-kmer, pretrained", &step);
            assert!(flow.is_continue());
        }
        let said = progress.to_string();
        let expected = "1 of 12 cells are made; the next is ";
        assert!(said.starts_with(expected), "{said}");
        let html = progress.page(Vec::new()).unwrap().to_html().unwrap();
        for part in ["id=\"training\"", "dna-kmer, pretrained", "promoters"] {
            assert!(html.contains(part), "{part}");
        }
    }
}
