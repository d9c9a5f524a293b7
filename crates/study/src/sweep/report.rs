//! Tables, figures and page of a sweep.

use std::path::{Path, PathBuf};

use dissensus_measure::{EXCESS, LOSS, MeasureKey};
use dissensus_report::{
    Cell, Disclosure, Figure, Finding, Page, Results, RunCard, Section, Table, Verdict,
};

use super::correlation::correlated;
use super::figures::figures;
use super::{Correlation, DISTANCE, ENTROPY, correlations, fact, trained};
use crate::Error;
use crate::present::{long_table, write_files};

/// The tables of a sweep: the correlations, then every cell.
///
/// # Errors
/// [`Error::Report`] if a table cannot be built, [`Error::Stats`] for a value that is not finite.
pub fn sweep_tables(results: &Results) -> Result<Vec<Table>, Error> {
    Ok(vec![correlation_table(results)?, cells(results)?])
}

/// What each measure follows over the grid, in words.
///
/// # Errors
/// [`Error::Stats`] for a value that is not finite.
pub fn sweep_findings(results: &Results) -> Result<Vec<Finding>, Error> {
    Ok(correlations(results)?.iter().map(finding).collect())
}

/// A correlation whose Fisher interval leaves out zero is called one.
fn finding(of: &Correlation) -> Finding {
    let (entropy, unlearned) = (of.with_entropy_alone, of.with_unlearned_alone);
    let clear = |r: f64| r.abs() > of.least_clear();
    let what = match (clear(entropy), clear(unlearned)) {
        (true, false) => "follows the entropy of the source and not what was not learned",
        (false, true) => "follows what was not learned and not the entropy of the source",
        (true, true) => "follows both the entropy of the source and what was not learned",
        (false, false) => {
            "is not shown to follow the entropy or what was not learned, the other held fixed"
        }
    };
    let verdict = if clear(entropy) || clear(unlearned) {
        Verdict::Shown
    } else {
        Verdict::NotShown
    };
    let sentence = format!(
        "{} {what}: rank correlation {entropy:+.2} with the entropy, the unlearned part held fixed, {unlearned:+.2} the other way round, \
         over {} cells.",
        capital(&of.key.label()),
        of.cells
    );
    Finding::new(verdict, sentence)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Writes `results.json`, `cells.csv`, `correlations.csv`, `measures.csv`, every figure as SVG and
/// `report.html`; returns the paths.
///
/// # Errors
/// [`Error::File`] if the folder cannot be made, [`Error::Report`] if a file cannot be made or
/// written.
pub fn write_sweep(results: &Results, card: RunCard, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let (cells, correlations) = (cells(results)?, correlation_table(results)?);
    let figures = figures(results);
    let mut files = vec![
        ("results.json".to_string(), results.to_json()?),
        ("cells.csv".to_string(), cells.to_csv()?),
        ("correlations.csv".to_string(), correlations.to_csv()?),
        ("measures.csv".to_string(), long_table(results)?.to_csv()?),
    ];
    for figure in &figures {
        files.push((format!("{}.svg", figure.id), figure.chart.to_file()?));
    }
    let page = page(results, &figures, card, (&correlations, &cells))?;
    files.push(("report.html".to_string(), page.to_html()?));
    write_files(folder, files)
}

fn page(
    results: &Results,
    figures: &[Figure],
    card: RunCard,
    (correlations, cells): (&Table, &Table),
) -> Result<Page, Error> {
    let mut page = Page::new(TITLE, LEAD);
    page.card(card);
    let mut found = Section::new("findings", "What was found");
    found.findings(&sweep_findings(results)?).text(HOW_TO_READ);
    found.table(correlations, Disclosure::Open);
    page.section(found);
    let mut drawn = Section::new("figures", "Figures");
    for figure in figures {
        drawn.figure(figure);
    }
    page.section(drawn);
    let mut numbers = Section::new("cells", "Cells");
    numbers.table(cells, Disclosure::Closed);
    page.section(numbers);
    Ok(page)
}

pub(crate) const TITLE: &str = "Entropy, or what was not learned?";

pub(crate) const LEAD: &str =
    "Which measures follow the entropy of the data, and which follow what was not learned of it?";

const HOW_TO_READ: &str = "Each cell is one source and one ensemble trained on it. Entropy is the oracle's loss: what a perfect model with the \
    same window leaves open. Unlearned is the members' excess over it; the two add up to their loss. Correlations are Spearman's over the cells; the last two columns hold the \
    other of the two fixed. Cells share nothing but the seed, but entropy and the unlearned part are themselves correlated over the grid, so \
    read both pairs of columns.";

/// One row a cell: its source, its losses and what is correlated with them.
pub(crate) fn cells(results: &Results) -> Result<Table, Error> {
    let first = ["entropy rate", "distance", "oracle loss", "loss", "excess"].map(String::from);
    let measured = correlated().map(|key| key.label());
    let mut table = Table::new(
        "Cells: means over the members",
        first.into_iter().chain(measured),
    );
    let (loss, excess) = ((&LOSS).into(), (&EXCESS).into());
    for cell in &results.ensembles {
        let plain = |value: Option<f64>| value.map_or(Cell::Missing, Cell::Plain);
        let value = |key: &MeasureKey| Cell::from(trained(cell, key).map(|m| m.value));
        let first = [
            plain(fact(cell, ENTROPY)),
            plain(fact(cell, DISTANCE)),
            trained(cell, &loss).and_then(|m| m.oracle).into(),
            value(&loss),
            value(&excess),
        ];
        let measured = correlated().map(|key| value(&key));
        table.push(first.into_iter().chain(measured))?;
    }
    Ok(table.without_empty_columns())
}

fn correlation_table(results: &Results) -> Result<Table, Error> {
    let found = correlations(results)?;
    let cells = found.first().map_or(0, |c| c.cells);
    let title = format!("Rank correlations over {cells} cells");
    let columns = [
        "measure",
        "with the loss",
        "with entropy",
        "with the unlearned part",
        "with entropy, unlearned part fixed",
        "with the unlearned part, entropy fixed",
    ];
    let mut table = Table::new(&title, columns);
    for c in found {
        table.push([
            Cell::from(c.key.label()),
            c.with_loss.into(),
            c.with_entropy.into(),
            c.with_unlearned.into(),
            c.with_entropy_alone.into(),
            c.with_unlearned_alone.into(),
        ])?;
    }
    Ok(table)
}
