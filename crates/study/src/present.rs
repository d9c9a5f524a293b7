//! From results to tables, figures and a page.

mod figures;
mod page;
mod tables;

use std::path::{Path, PathBuf};

use dissensus_report::{Results, Table, write_atomically};

pub use figures::{LossCurve, NamedFigure, figures};
pub use page::page;
pub use tables::{headline, long_table, of_ensemble};

use crate::Error;

/// The tables that a program prints: the headline, then one for each ensemble.
///
/// # Errors
/// [`Error::Report`] if a table cannot be built.
pub fn printed(results: &Results) -> Result<Vec<Table>, Error> {
    let mut tables = vec![headline(results)?];
    for ensemble in &results.ensembles {
        tables.push(of_ensemble(ensemble)?);
    }
    Ok(tables)
}

/// Writes `results.json`, `measures.csv`, every figure as SVG and `report.html` into `folder`; returns the paths.
///
/// # Errors
/// [`Error::File`] if the folder cannot be made, [`Error::Report`] if a file cannot be written.
pub fn write(
    results: &Results,
    losses: &[LossCurve],
    folder: &Path,
) -> Result<Vec<PathBuf>, Error> {
    std::fs::create_dir_all(folder).map_err(|source| Error::File {
        path: folder.to_path_buf(),
        source,
    })?;
    let figures = figures(results, losses)?;
    let mut files = vec![
        ("results.json".to_string(), results.to_json()?),
        ("measures.csv".to_string(), long_table(results)?.to_csv()?),
        (
            "report.html".to_string(),
            page(results, &figures)?.to_html(),
        ),
    ];
    files.extend(
        figures
            .into_iter()
            .map(|f| (format!("{}.svg", f.name), f.svg)),
    );
    let mut paths = Vec::new();
    for (name, contents) in files {
        let path = folder.join(name);
        write_atomically(&path, contents.as_bytes())?;
        paths.push(path);
    }
    Ok(paths)
}
