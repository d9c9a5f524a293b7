//! Pages of the programs that ask one model.

mod curves;
mod probe;
mod scan;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use dissensus_report::{
    Disclosure, Figure, Finding, Page, RunCard, Section, Table, write_atomically,
};
use serde::Serialize;
use serde_json::Value;

pub use curves::{CurveResults, ViewCurve};
pub use probe::ProbeResults;
pub use scan::ScanResults;

/// Results of a program that asks one model.
pub trait Presents: Serialize {
    /// What is shown of them.
    ///
    /// # Errors
    /// Of a table, if a row does not fit.
    fn presentation(&self) -> Result<Presentation>;
}

/// What a program shows of its results: the contents of `report.html` and of the files beside it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Presentation {
    /// Of the page.
    pub title: String,
    /// The question that the page answers.
    pub lead: String,
    /// What the numbers allow to be said.
    pub findings: Vec<Finding>,
    /// How they are to be read.
    pub reading: String,
    /// Each drawn on the page and written as SVG.
    pub figures: Vec<Figure>,
    /// Each with the name of its CSV file; the first is open on the page.
    pub tables: Vec<(String, Table)>,
}

impl Presentation {
    /// From the contents of a `results.json`; `None` if a program wrote them whose page is made
    /// elsewhere.
    ///
    /// # Errors
    /// If a number is missing or of another kind.
    pub fn of_results(results: &Value) -> Result<Option<Self>> {
        let has = |key: &str| results.get(key).is_some();
        Ok(if has("curves") {
            Some(CurveResults::read(results)?.presentation()?)
        } else if has("reports") {
            Some(ProbeResults::read(results)?.presentation()?)
        } else if has("differences") {
            Some(ScanResults::read(results)?.presentation()?)
        } else {
            None
        })
    }

    /// Writes the page, every figure and every table into a folder; returns the paths, the page
    /// first.
    ///
    /// # Errors
    /// If a file cannot be made or written.
    pub fn write(&self, card: RunCard, folder: &Path) -> Result<Vec<PathBuf>> {
        let mut files = vec![("report.html".to_owned(), self.page(card).to_html()?)];
        for (name, table) in &self.tables {
            files.push((format!("{name}.csv"), table.to_csv()?));
        }
        for figure in self.drawn() {
            files.push((format!("{}.svg", figure.id), figure.chart.to_file()?));
        }
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let write = |(name, contents): (String, String)| {
            let path = folder.join(name);
            write_atomically(&path, contents.as_bytes())?;
            Ok(path)
        };
        files.into_iter().map(write).collect()
    }

    fn drawn(&self) -> impl Iterator<Item = &Figure> {
        self.figures
            .iter()
            .filter(|figure| !figure.chart.is_empty())
    }

    fn page(&self, card: RunCard) -> Page {
        let mut page = Page::new(&self.title, &self.lead);
        page.card(card);
        let mut found = Section::new("findings", "What was found");
        found.findings(&self.findings).text(&self.reading);
        page.section(found);
        let mut drawn = Section::new("figures", "Figures");
        for figure in self.drawn() {
            drawn.figure(figure);
        }
        page.section(drawn);
        let mut numbers = Section::new("numbers", "Numbers");
        for (index, (_, table)) in self.tables.iter().enumerate() {
            let fold = match index {
                0 => Disclosure::Open,
                _ => Disclosure::Closed,
            };
            numbers.table(table, fold);
        }
        page.section(numbers);
        page.footer(
            "Everything on this page is inside this file; results.json and the tables beside it hold every number in full.",
        );
        page
    }
}
