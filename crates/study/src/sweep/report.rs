//! Tables, figures and page of a sweep.

use std::path::{Path, PathBuf};

use dissensus_measure::{EXCESS, LOSS, MeasureKey};
use dissensus_report::{Measure, Page, Results, Table, shown, write_atomically};

use super::correlation::correlated;
use super::figures::figures;
use super::{DISTANCE, ENTROPY, correlations, fact, trained};
use crate::Error;
use crate::present::long_table;

/// The tables that a program prints: every cell, then the correlations.
///
/// # Errors
/// [`Error::Report`] if a table cannot be built, [`Error::Stats`] for a value that is not finite.
pub fn sweep_printed(results: &Results) -> Result<Vec<Table>, Error> {
    Ok(vec![cells(results)?, correlation_table(results)?])
}

/// Writes `results.json`, `cells.csv`, `correlations.csv`, `measures.csv`, every figure as SVG and `report.html`; returns the paths.
///
/// # Errors
/// [`Error::File`] if the folder cannot be made, [`Error::Report`] if a file cannot be written.
pub fn write_sweep(results: &Results, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    std::fs::create_dir_all(folder).map_err(|source| Error::File {
        path: folder.to_path_buf(),
        source,
    })?;
    let (cells, correlations) = (cells(results)?, correlation_table(results)?);
    let drawn = figures(results)?;
    let mut page = Page::new("Entropy, or what was not learned?");
    page.text(HOW_TO_READ).table(&correlations).table(&cells);
    page.heading("Figures");
    for figure in &drawn {
        page.figure(&figure.svg, figure.caption);
    }
    let mut files = vec![
        ("results.json".to_string(), results.to_json()?),
        ("cells.csv".to_string(), cells.to_csv()?),
        ("correlations.csv".to_string(), correlations.to_csv()?),
        ("measures.csv".to_string(), long_table(results)?.to_csv()?),
        ("report.html".to_string(), page.to_html()),
    ];
    files.extend(
        drawn
            .into_iter()
            .map(|f| (format!("{}.svg", f.name), f.svg)),
    );
    let write = |(name, contents): (String, String)| {
        let path = folder.join(name);
        write_atomically(&path, contents.as_bytes())?;
        Ok(path)
    };
    files.into_iter().map(write).collect()
}

const HOW_TO_READ: &str = "Each cell is one source and one ensemble trained on it. Entropy is the oracle's loss: what a perfect model with the \
    same window leaves open. Unlearned is the members' excess over it; the two add up to their loss. Correlations are Spearman's over the cells; the last two columns hold the \
    other of the two fixed. Cells share nothing but the seed, but entropy and the unlearned part are themselves correlated over the grid, so \
    read both pairs of columns.";

fn cells(results: &Results) -> Result<Table, Error> {
    let first = ["entropy rate", "distance", "oracle loss", "loss", "excess"].map(String::from);
    let measured = correlated().map(|key| key.label());
    let mut table = Table::new(
        "Cells: mean [95 % interval over members]",
        first.into_iter().chain(measured),
    );
    let (loss, excess) = ((&LOSS).into(), (&EXCESS).into());
    for cell in &results.ensembles {
        let number = |value: Option<f64>| value.map_or("–".into(), |v| v.to_string());
        let value = |key: &MeasureKey| trained(cell, key).map_or("–".into(), Measure::shown);
        let oracle = trained(cell, &loss).and_then(|m| m.oracle);
        let first = [
            number(fact(cell, ENTROPY)),
            number(fact(cell, DISTANCE)),
            oracle.map_or("–".into(), shown),
            value(&loss),
            value(&excess),
        ];
        let measured = correlated().map(|key| value(&key));
        table.push(first.into_iter().chain(measured))?;
    }
    Ok(table)
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
            c.key.label(),
            format!("{:+.2}", c.with_loss),
            format!("{:+.2}", c.with_entropy),
            format!("{:+.2}", c.with_unlearned),
            format!("{:+.2}", c.with_entropy_alone),
            format!("{:+.2}", c.with_unlearned_alone),
        ])?;
    }
    Ok(table)
}
