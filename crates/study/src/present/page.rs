//! The report as one page.

use dissensus_report::{Page, Results, Table};

use super::{NamedFigure, headline, of_ensemble};
use crate::Error;

const HOW_TO_READ: &str = "Every number stands beside its value on the untrained members and, where one is known, its \
    chance level. Intervals are 95 % jackknife intervals over members: pairs share members, so the member is the unit. \
    With three members they are wide. In angle brackets stands what a perfect model of the source would reach on the same masked tokens, where the source \
    is known. Numbers in braces are those of the paper named, whose models are larger and trained longer.";

/// Builds the report.
///
/// # Errors
/// [`Error::Report`] if a table cannot be built.
pub fn page(results: &Results, figures: &[NamedFigure]) -> Result<Page, Error> {
    let mut page = Page::new("Entropy and disagreement of masked-language models");
    page.text(HOW_TO_READ).table(&headline(results)?);
    page.heading("Figures");
    for figure in figures {
        page.figure(&figure.svg, figure.caption);
    }
    page.heading("Everything measured");
    for ensemble in &results.ensembles {
        page.table(&of_ensemble(ensemble)?);
    }
    page.heading("Settings and data").table(&settings(results)?);
    Ok(page)
}

fn settings(results: &Results) -> Result<Table, Error> {
    let mut table = Table::new("Settings", ["name", "value"]);
    for (name, value) in &results.settings {
        table.push([name.clone(), value.clone()])?;
    }
    for ensemble in &results.ensembles {
        for (name, value) in &ensemble.facts {
            table.push([format!("{} {name}", ensemble.name), value.to_string()])?;
        }
    }
    Ok(table)
}
