//! Tables of results, one number a cell.

use dissensus_measure::{CATALOGUE, INIT, MeasureKey, RANK_PROBABILITY, TRAINED, label};
use dissensus_report::{Cell, Ensemble, Measure, Results, State, Table};

use crate::Error;

/// The measures of the headline, one row a measure and ensemble: trained with its interval,
/// untrained, chance, oracle, and what the paper reports where it does.
///
/// # Errors
/// [`Error::Report`] if a row does not fit, which cannot happen.
pub fn headline(results: &Results) -> Result<Table, Error> {
    let columns = [
        "measure",
        "ensemble",
        "trained",
        "low",
        "high",
        "untrained",
        "chance",
        "oracle",
        "published",
        "unit",
    ];
    let mut table = Table::new("Trained members, held against what they can be", columns);
    for key in CATALOGUE.iter().flat_map(|row| row.headline_keys()) {
        for ensemble in &results.ensembles {
            let found = |state: &str| ensemble.state(state).and_then(|state| key.find(state));
            if let Some(trained) = found(TRAINED) {
                table.push(headline_row(ensemble, &key, trained, found(INIT)))?;
            }
        }
    }
    Ok(table.without_empty_columns())
}

fn headline_row(
    ensemble: &Ensemble,
    key: &MeasureKey,
    trained: &Measure,
    untrained: Option<&Measure>,
) -> [Cell; 10] {
    [
        key.label().into(),
        ensemble.name.as_str().into(),
        trained.value.into(),
        trained.low.into(),
        trained.high.into(),
        untrained.map(|m| m.value).into(),
        trained.chance.into(),
        trained.oracle.into(),
        key.published_value(&ensemble.name).into(),
        unit(&trained.unit),
    ]
}

/// Everything measured on one ensemble: trained with its interval, untrained, chance, oracle and
/// error over examples.
///
/// # Errors
/// [`Error::Report`] if a row does not fit, which cannot happen.
pub fn of_ensemble(ensemble: &Ensemble) -> Result<Table, Error> {
    let title = format!("{}, {} members", ensemble.name, ensemble.members);
    let columns = [
        "measure",
        "trained",
        "low",
        "high",
        "untrained",
        "chance",
        "oracle",
        "error over examples",
        "unit",
    ];
    let mut table = Table::new(&title, columns);
    let Some(last) = ensemble.states.last() else {
        return Ok(table);
    };
    let (trained, untrained) = (ensemble.state(TRAINED), ensemble.state(INIT));
    let all = last.measures.iter();
    for measure in all.filter(|m| m.id != RANK_PROBABILITY.id) {
        let of = |state: Option<&State>| {
            let found = state.and_then(|state| state.find(&measure.id, measure.at));
            found.cloned()
        };
        let (trained, untrained) = (of(trained), of(untrained));
        let number = |of: fn(&Measure) -> Option<f64>| Cell::from(trained.as_ref().and_then(of));
        table.push([
            label(&measure.id, measure.at).into(),
            number(|m| Some(m.value)),
            number(|m| m.low),
            number(|m| m.high),
            untrained.map(|m| m.value).into(),
            measure.chance.into(),
            measure.oracle.into(),
            measure.example_error.into(),
            unit(&measure.unit),
        ])?;
    }
    Ok(table.without_empty_columns())
}

/// A unit as a cell: plain numbers have none.
fn unit(name: &str) -> Cell {
    match name {
        "1" => Cell::Missing,
        other => other.into(),
    }
}

/// Every measure of every ensemble and state, one a row: the contents of `measures.csv`.
///
/// # Errors
/// [`Error::Report`] if a row does not fit, which cannot happen.
pub fn long_table(results: &Results) -> Result<Table, Error> {
    let columns = [
        "ensemble",
        "state",
        "measure",
        "at",
        "unit",
        "value",
        "low",
        "high",
        "chance",
        "oracle",
        "member_error",
        "example_error",
        "per_member",
    ];
    let mut table = Table::new("measures", columns);
    for ensemble in &results.ensembles {
        for state in &ensemble.states {
            for m in &state.measures {
                let members: Vec<String> = m.per_member.iter().map(f64::to_string).collect();
                table.push([
                    Cell::from(ensemble.name.as_str()),
                    state.name.as_str().into(),
                    m.id.as_str().into(),
                    m.at.into(),
                    m.unit.as_str().into(),
                    m.value.into(),
                    m.low.into(),
                    m.high.into(),
                    m.chance.into(),
                    m.oracle.into(),
                    m.member_error.into(),
                    m.example_error.into(),
                    members.join(" ").into(),
                ])?;
            }
        }
    }
    Ok(table)
}
