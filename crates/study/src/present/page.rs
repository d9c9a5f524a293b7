//! The report as one page.

use dissensus_report::{Disclosure, Figure, Page, Results, RunCard, Section};

use super::{findings, headline, learned, of_ensemble};
use crate::Error;

pub(super) const TITLE: &str = "Entropy and disagreement of masked-language models";

pub(super) const LEAD: &str = "How flat, how unsure and how alike are the members of an ensemble, before and after training, held against chance?";

const HOW_TO_READ: &str = "Every number stands beside its value on the untrained members, its chance level, what a perfect model of the source \
    would reach (oracle) and what the paper reports, each where it is known; the paper's models are larger and trained longer. Intervals are \
    95 % jackknife intervals over members: pairs share members, so the member is the unit, and with two or three members they are wide. A \
    difference counts as shown only where the intervals do not touch and neither chance nor the untrained members explain it.";

/// Figures under a heading.
const GROUPS: [(&str, &str, &[&str]); 5] = [
    (
        "learning",
        "What was learned",
        &["loss_levels", "loss", "context"],
    ),
    (
        "signatures",
        "What the members say, by what they had learned",
        &learned::FIGURES,
    ),
    (
        "predictions",
        "Predictions",
        &["kl", "js", "js_null", "rank"],
    ),
    ("embeddings", "Embeddings", &["overlap"]),
    (
        "fisher",
        "Fisher information",
        &[
            "fisher_groups",
            "fisher_sides",
            "fisher_layers",
            "fisher_training",
            "fisher_batch",
        ],
    ),
];

/// Builds the report: the card of each run, findings, figures, tables.
///
/// # Errors
/// [`Error::Report`] if a table cannot be built.
pub fn page(results: &Results, figures: &[Figure], cards: Vec<RunCard>) -> Result<Page, Error> {
    page_of_runs(results, figures, cards, Section::default())
}

/// The same of several runs, with a section on how they differ in front of what was found: see
/// [`side_by_side`](super::side_by_side).
///
/// # Errors
/// As [`page`].
pub fn page_of_runs(
    results: &Results,
    figures: &[Figure],
    cards: Vec<RunCard>,
    side_by_side: Section,
) -> Result<Page, Error> {
    let mut page = Page::new(TITLE, LEAD);
    for card in cards {
        page.card(card);
    }
    let mut all = sections(results, figures)?;
    all.insert(0, side_by_side);
    for section in all {
        page.section(section);
    }
    page.footer("Everything on this page is inside this file; results.json and measures.csv beside it hold every number in full.");
    Ok(page)
}

/// Findings, figures and tables, each under its heading.
pub(super) fn sections(results: &Results, figures: &[Figure]) -> Result<Vec<Section>, Error> {
    let mut sections = vec![found(results, figures)];
    for (id, title, members) in GROUPS {
        let mut section = Section::new(id, title);
        for figure in figures.iter().filter(|f| members.contains(&f.id.as_str())) {
            section.figure(figure);
        }
        sections.push(section);
    }
    let mut numbers = Section::new("numbers", "Numbers");
    numbers.table(&headline(results)?, Disclosure::Open);
    for ensemble in &results.ensembles {
        numbers.table(&of_ensemble(ensemble)?, Disclosure::Closed);
    }
    sections.push(numbers);
    Ok(sections)
}

/// What was found, whose findings lead to the figures that there are.
fn found(results: &Results, figures: &[Figure]) -> Section {
    let mut found = Section::new("findings", "What was found");
    let known: Vec<&str> = figures.iter().map(|figure| figure.id.as_str()).collect();
    let mut said = findings(results);
    for finding in &mut said {
        finding.anchor = finding
            .anchor
            .take()
            .filter(|id| known.contains(&id.as_str()));
    }
    found.key(results.ensembles.iter().map(|e| e.name.as_str()));
    found.findings(&said);
    found.text(HOW_TO_READ);
    found
}
