//! From results to findings, tables, figures and a page.

mod card;
mod curve;
mod figures;
mod findings;
mod finished;
mod learned;
mod page;
mod progress;
mod side_by_side;
mod tables;

use std::path::{Path, PathBuf};

use dissensus_report::{Results, RunCard, write_atomically};

pub use card::{FileFacts, RunFacts, run_card};
pub(crate) use curve::MemberCurve;
pub use figures::{LossCurve, figures};
pub(crate) use findings::UNIGRAM_LOSS;
pub use findings::findings;
pub use finished::{FinishedRun, results_text, run_names, seal_results};
pub use page::{page, page_of_runs};
pub use progress::StudyProgress;
pub use side_by_side::side_by_side;
pub use tables::{headline, long_table, of_ensemble};

use crate::Error;

/// Writes `results.json`, `measures.csv`, every figure as SVG and `report.html` into `folder`;
/// returns the paths.
///
/// # Errors
/// [`Error::File`] if the folder cannot be made, [`Error::Report`] if a file cannot be made or
/// written.
pub fn write(
    results: &Results,
    losses: &[LossCurve],
    card: RunCard,
    folder: &Path,
) -> Result<Vec<PathBuf>, Error> {
    let mut files = vec![
        ("results.json".to_string(), results.to_json()?),
        ("measures.csv".to_string(), long_table(results)?.to_csv()?),
    ];
    let figures = figures(results, losses);
    for figure in &figures {
        files.push((format!("{}.svg", figure.id), figure.chart.to_file()?));
    }
    let page = page(results, &figures, vec![card])?;
    files.push(("report.html".to_string(), page.to_html()?));
    write_files(folder, files)
}

/// Makes the folder and writes every file.
pub(crate) fn write_files(
    folder: &Path,
    files: Vec<(String, String)>,
) -> Result<Vec<PathBuf>, Error> {
    std::fs::create_dir_all(folder).map_err(|source| Error::File {
        path: folder.to_path_buf(),
        source,
    })?;
    let write = |(name, contents): (String, String)| {
        let path = folder.join(name);
        write_atomically(&path, contents.as_bytes())?;
        Ok(path)
    };
    let paths = files.into_iter().map(write).collect::<Result<_, Error>>()?;
    seal_results(folder)?;
    Ok(paths)
}
