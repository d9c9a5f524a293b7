//! Tables of results.

use dissensus_measure::{CATALOGUE, MeasureKey, Paper, RANK_PROBABILITY, TRAINED, label};
use dissensus_report::{Ensemble, Measure, Results, Table, shown};

use crate::Error;

/// One row a measure, one column an ensemble: `trained (init; chance)`, the oracle's value where the source is known, and what the
/// paper reports where it does.
///
/// # Errors
/// [`Error::Report`] if a row does not fit, which cannot happen.
pub fn headline(results: &Results) -> Result<Table, Error> {
    let columns = results.ensembles.iter().map(|e| e.name.clone());
    let columns = std::iter::once("measure".to_string()).chain(columns);
    let mut table = Table::new(&headline_title(results), columns);
    for key in CATALOGUE.iter().flat_map(|row| row.headline_keys()) {
        let cells: Vec<String> = results.ensembles.iter().map(|e| cell(e, &key)).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            table.push(std::iter::once(key.label()).chain(cells))?;
        }
    }
    Ok(table)
}

/// Says what the cells hold, and nothing that they do not.
fn headline_title(results: &Results) -> String {
    let any = |of: &dyn Fn(&Ensemble, &MeasureKey) -> bool| {
        let keys = || CATALOGUE.iter().flat_map(|row| row.headline_keys());
        results
            .ensembles
            .iter()
            .any(|e| keys().any(|key| of(e, &key)))
    };
    let trained = |e: &Ensemble, key: &MeasureKey| {
        e.state(TRAINED).and_then(|state| key.find(state)).cloned()
    };
    let mut title = String::from("Trained members (untrained; chance)");
    if any(&|e, key| trained(e, key).is_some_and(|m| m.oracle.is_some())) {
        title += " ⟨oracle⟩";
    }
    if any(&|e, key| trained(e, key).is_some() && key.published_value(&e.name).is_some()) {
        title += &format!(" {{{}}}", Paper::EntropyDisagreement);
    }
    title
}

fn cell(ensemble: &Ensemble, key: &MeasureKey) -> String {
    let find = |state: &str| ensemble.state(state).and_then(|state| key.find(state));
    let Some(trained) = find(TRAINED) else {
        return String::new();
    };
    let init = find("init").map_or("–".into(), |m| shown(m.value));
    let mut text = format!(
        "{} ({init}; {})",
        shown(trained.value),
        trained.shown_chance()
    );
    if let Some(oracle) = trained.oracle {
        text += &format!(" ⟨{}⟩", shown(oracle));
    }
    if let Some(published) = key.published_value(&ensemble.name) {
        text += &format!(" {{{published:.2}}}");
    }
    text
}

/// Everything measured on one ensemble: untrained and trained with intervals, and chance.
///
/// # Errors
/// [`Error::Report`] if a row does not fit, which cannot happen.
pub fn of_ensemble(ensemble: &Ensemble) -> Result<Table, Error> {
    let title = format!(
        "{}, {} members: mean [95 % interval]",
        ensemble.name, ensemble.members
    );
    let states = ensemble.states.iter().map(|s| s.name.clone());
    let columns = ["measure", "unit"]
        .map(String::from)
        .into_iter()
        .chain(states);
    let last = ["chance", "oracle", "error over examples"].map(String::from);
    let mut table = Table::new(&title, columns.chain(last));
    let Some(first) = ensemble.states.last() else {
        return Ok(table);
    };
    for measure in first
        .measures
        .iter()
        .filter(|m| m.id != RANK_PROBABILITY.id)
    {
        let of_state = |state: &dissensus_report::State| {
            state
                .find(&measure.id, measure.at)
                .map_or("–".into(), Measure::shown)
        };
        let head = [label(&measure.id, measure.at), measure.unit.clone()];
        let values = ensemble.states.iter().map(of_state);
        let error = measure.example_error.map_or("–".into(), shown);
        table.push(head.into_iter().chain(values).chain([
            measure.shown_chance(),
            measure.shown_oracle(),
            error,
        ]))?;
    }
    Ok(table)
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
    let number = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
    for ensemble in &results.ensembles {
        for state in &ensemble.states {
            for m in &state.measures {
                let members: Vec<String> = m.per_member.iter().map(f64::to_string).collect();
                table.push([
                    ensemble.name.clone(),
                    state.name.clone(),
                    m.id.clone(),
                    number(m.at),
                    m.unit.clone(),
                    m.value.to_string(),
                    number(m.low),
                    number(m.high),
                    number(m.chance),
                    number(m.oracle),
                    number(m.member_error),
                    number(m.example_error),
                    members.join(" "),
                ])?;
            }
        }
    }
    Ok(table)
}
