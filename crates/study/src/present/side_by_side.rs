//! Several runs side by side: where their settings and their numbers differ.

use dissensus_measure::{CATALOGUE, MeasureKey, TRAINED};
use dissensus_report::{Cell, Disclosure, Ensemble, FindingValue, Section, Table};

use super::FinishedRun;
use crate::Error;

const HOW_TO_READ: &str = "Each column is a run: the number of its trained members with its interval. A difference is shown only where the \
    intervals do not touch; intervals of few members are wide, and among many measures some intervals are apart by chance.";

/// The section of a page on several runs: the settings that differ, and for every ensemble that at
/// least two of them have a table, one row a measure, one column a run.
///
/// # Errors
/// [`Error::Report`] if a row does not fit, which cannot happen.
pub fn side_by_side(runs: &[FinishedRun]) -> Result<Section, Error> {
    let mut section = Section::new("runs", "Runs side by side");
    let tables = shared_ensembles(runs).into_iter();
    let tables = tables.map(|name| measures(&name, runs));
    let tables = tables.collect::<Result<Vec<_>, _>>()?;
    if !tables.is_empty() {
        section.text(HOW_TO_READ);
    }
    section.table(&settings(runs)?, Disclosure::Open);
    for table in &tables {
        section.table(table, Disclosure::Open);
    }
    Ok(section)
}

/// What an ensemble is called without the name of its run.
fn own_name<'a>(run: &FinishedRun, ensemble: &'a Ensemble) -> &'a str {
    let rest = ensemble.name.strip_prefix(&run.card.name);
    let rest = rest.and_then(|rest| rest.strip_prefix(": "));
    rest.unwrap_or(&ensemble.name)
}

fn find<'a>(run: &'a FinishedRun, name: &str) -> Option<&'a Ensemble> {
    let mut ensembles = run.results.ensembles.iter();
    ensembles.find(|ensemble| own_name(run, ensemble) == name)
}

/// The names of ensembles that at least two runs have, in the order of the runs.
fn shared_ensembles(runs: &[FinishedRun]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for run in runs {
        for ensemble in &run.results.ensembles {
            let name = own_name(run, ensemble);
            let of = runs.iter().filter(|run| find(run, name).is_some()).count();
            if of > 1 && !names.iter().any(|known| known == name) {
                names.push(name.into());
            }
        }
    }
    names
}

fn columns(first: &str, runs: &[FinishedRun], last: &[&str]) -> Vec<String> {
    let names = runs.iter().map(|run| run.card.name.clone());
    let (first, last) = (std::iter::once(first.to_owned()), last.iter());
    first
        .chain(names)
        .chain(last.map(|&name| name.to_owned()))
        .collect()
}

/// The settings that are not the same in all runs.
fn settings(runs: &[FinishedRun]) -> Result<Table, Error> {
    let title = "Settings that differ";
    let mut table = Table::new(title, columns("setting", runs, &[]));
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in runs.iter().flat_map(|run| &run.results.settings) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    for name in names {
        let of = |run: &FinishedRun| {
            let mut settings = run.results.settings.iter();
            let found = settings.find(|(known, _)| known == name);
            found.map_or(Cell::Missing, |(_, value)| value.as_str().into())
        };
        let values: Vec<Cell> = runs.iter().map(of).collect();
        if values.windows(2).any(|pair| pair[0] != pair[1]) {
            table.push(std::iter::once(name.into()).chain(values))?;
        }
    }
    Ok(table)
}

/// The headline measures of one ensemble, those that at least two runs have.
fn measures(name: &str, runs: &[FinishedRun]) -> Result<Table, Error> {
    let mut table = Table::new(name, columns("measure", runs, &["difference", "unit"]));
    for key in CATALOGUE.iter().flat_map(|row| row.headline_keys()) {
        let of = |run| key.find(find(run, name)?.state(TRAINED)?);
        let found: Vec<_> = runs.iter().map(of).collect();
        let Some(unit) = found.iter().flatten().next().map(|m| m.unit.as_str()) else {
            continue;
        };
        let values: Vec<Option<FindingValue>> = found
            .iter()
            .map(|found| found.map(FindingValue::from))
            .collect();
        let shown = values.iter().map(|value| {
            let text = value.map(|value| value.to_string());
            text.map_or(Cell::Missing, Cell::from)
        });
        if values.iter().flatten().count() > 1 {
            let difference = difference(runs, &values);
            let last = [
                difference.into(),
                if unit == "1" {
                    Cell::Missing
                } else {
                    unit.into()
                },
            ];
            table.push(std::iter::once(label(&key)).chain(shown).chain(last))?;
        }
    }
    Ok(table.without_empty_columns())
}

fn label(key: &MeasureKey) -> Cell {
    key.label().into()
}

/// Which runs are above which others, their intervals apart.
fn difference(runs: &[FinishedRun], values: &[Option<FindingValue>]) -> String {
    let known = || {
        runs.iter()
            .zip(values)
            .filter_map(|(run, v)| Some((&run.card.name, (*v)?)))
    };
    let mut apart = Vec::new();
    for (above, high) in known() {
        for (below, low) in known() {
            if high.value > low.value && high.is_apart_from(&low) {
                apart.push(format!("{above} above {below}"));
            }
        }
    }
    if !apart.is_empty() {
        return apart.join("; ");
    }
    let intervals = known().filter(|(_, value)| value.interval.is_some());
    match intervals.count() {
        0 | 1 => "not shown: no intervals".into(),
        _ => "not shown: the intervals overlap".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_measure::{KL_TO_UNIFORM, LOSS};
    use dissensus_report::{Page, Results, RunCard, State};

    /// A run with a loss, its interval, and a KL to uniform without one.
    fn run(name: &str, seed: &str, loss: f64, arms: &[&str]) -> FinishedRun {
        let settings = [("preset", "tiny"), ("seed", seed)];
        let settings = settings.map(|(name, value)| (name.into(), value.into()));
        let mut results = Results::new(settings.into());
        for arm in arms {
            let found = MeasureKey::from(&LOSS).measure(loss).unwrap();
            let found = found.with_interval(loss - 0.1, loss + 0.1).unwrap();
            let kl = MeasureKey::from(&KL_TO_UNIFORM).measure(loss).unwrap();
            results.ensembles.push(Ensemble {
                name: format!("{name}: {arm}"),
                members: 2,
                facts: Vec::new(),
                notes: Vec::new(),
                states: vec![State {
                    name: TRAINED.into(),
                    measures: vec![found, kl],
                }],
            });
        }
        FinishedRun {
            results,
            losses: Vec::new(),
            card: RunCard::new(name, ""),
        }
    }

    fn rows(table: &Table) -> Vec<Vec<String>> {
        let row = |row: &Vec<Cell>| row.iter().map(Cell::to_string).collect();
        table.rows().iter().map(row).collect()
    }

    #[test]
    fn numbers_whose_intervals_are_apart_are_said_to_differ() {
        let runs = [
            run("a", "0", 2.0, &["text-bpe"]),
            run("b", "1", 2.5, &["text-bpe"]),
            run("c", "2", 2.1, &["text-bpe"]),
        ];
        let table = measures("text-bpe", &runs).unwrap();
        assert_eq!(
            table.columns(),
            ["measure", "a", "b", "c", "difference", "unit"]
        );
        let rows = rows(&table);
        let of = |key: MeasureKey| rows.iter().find(|row| row[0] == key.label()).unwrap();
        let loss = of((&LOSS).into());
        assert_eq!(loss[1], "2.000 [1.900 2.100]");
        assert_eq!(loss[4], "b above a; b above c");
        let kl = of((&KL_TO_UNIFORM).into());
        assert_eq!(kl[4], "not shown: no intervals");
        let rows = self::rows(&measures("text-bpe", &[runs[0].clone(), runs[2].clone()]).unwrap());
        assert!(
            rows.iter()
                .any(|row| row[3] == "not shown: the intervals overlap")
        );
    }

    #[test]
    fn only_settings_that_differ_and_ensembles_that_two_runs_have_are_shown() {
        let runs = [
            run("a", "0", 2.0, &["text-bpe", "dna-kmer"]),
            run("b", "1", 2.5, &["dna-kmer", "dna-char"]),
        ];
        assert_eq!(rows(&settings(&runs).unwrap()), [["seed", "0", "1"]]);
        assert_eq!(shared_ensembles(&runs), ["dna-kmer"]);
        let mut page = Page::new("Runs", "");
        page.section(side_by_side(&runs).unwrap());
        let html = page.to_html().unwrap();
        assert!(html.contains("Settings that differ") && html.contains("id=\"runs-dna-kmer\""));
        assert!(!html.contains("dna-char") && !html.contains("text-bpe"));
    }

    #[test]
    fn runs_that_share_nothing_have_no_section_but_their_settings() {
        let runs = [
            run("a", "0", 2.0, &["text-bpe"]),
            run("b", "0", 2.5, &["dna-char"]),
        ];
        assert!(side_by_side(&runs).unwrap().is_empty());
    }
}
