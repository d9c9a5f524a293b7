//! Tables of results.

use dissensus_report::{Ensemble, Measure, Results, Table, shown};

use super::published;
use crate::Error;

/// The measures of the headline, in order: id and argument.
const HEADLINE: [(&str, Option<f64>); 31] = [
    ("loss", None),
    ("loss_per_symbol", None),
    ("excess", None),
    ("wrong_together", None),
    ("wrong_apart", None),
    ("shuffled_loss", None),
    ("control_loss", None),
    ("strand_distance", None),
    ("phase_distance", Some(3.0)),
    ("base/loss", None),
    ("base/excess", None),
    ("base/wrong_together", None),
    ("base/wrong_apart", None),
    ("character/loss", None),
    ("character/excess", None),
    ("character/wrong_together", None),
    ("character/wrong_apart", None),
    ("accuracy", None),
    ("entropy", None),
    ("kl_to_uniform", None),
    ("epistemic", None),
    ("argmax_disagreement", None),
    ("js_distance", Some(0.1)),
    ("js_distance", Some(0.5)),
    ("js_distance", Some(0.9)),
    ("js_distance", Some(1.0)),
    ("overlap", Some(10.0)),
    ("local_spearman", Some(10.0)),
    ("procrustes_cosine", None),
    ("procrustes_disparity", None),
    ("fisher/embeddings", None),
];

/// One row a measure, one column an ensemble: `trained (init; chance)`, the oracle's value where the source is known, and what study A reports where it does.
///
/// # Errors
/// [`Error::Report`] if a row does not fit, which cannot happen.
pub fn headline(results: &Results) -> Result<Table, Error> {
    let columns = results.ensembles.iter().map(|e| e.name.clone());
    let title = "Trained members (untrained; chance) ⟨oracle⟩ {study A}";
    let mut table = Table::new(title, std::iter::once("measure".to_string()).chain(columns));
    for (id, at) in HEADLINE {
        let cells: Vec<String> = results.ensembles.iter().map(|e| cell(e, id, at)).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            table.push(std::iter::once(label(id, at)).chain(cells))?;
        }
    }
    Ok(table)
}

fn cell(ensemble: &Ensemble, id: &str, at: Option<f64>) -> String {
    let find = |state: &str| ensemble.state(state).and_then(|s| s.find(id, at));
    let Some(trained) = find("trained") else {
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
    if let Some(published) = published::value(id, at, &ensemble.name) {
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
    for measure in first.measures.iter().filter(|m| m.id != "rank_probability") {
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

/// The name of a measure as a reader wants it: `JS distance, p = 0.5`.
pub(crate) fn label(id: &str, at: Option<f64>) -> String {
    let (name, argument) = match id {
        "loss" => ("loss", ""),
        "loss_per_symbol" => ("loss per symbol", ""),
        "kl_to_uniform" => ("KL to uniform", ""),
        "kl_from_uniform" => ("KL from uniform", ""),
        "epistemic" => ("epistemic part", ""),
        "aleatoric" => ("aleatoric part", ""),
        "epistemic_per_symbol" => ("epistemic part per symbol", ""),
        "excess" => ("excess over the oracle", ""),
        "excess_per_symbol" => ("excess over the oracle per symbol", ""),
        "wrong_together" => ("wrong together: KL from oracle to mean", ""),
        "wrong_apart" => ("wrong apart: members' excess over their mean's", ""),
        "argmax_disagreement" => ("argmax disagreement", ""),
        "js_distance" => ("JS distance", "p"),
        "js_distance_as_published" => ("JS distance, as published", "p"),
        "overlap" => ("top-k overlap", "k"),
        "local_spearman" => ("local Spearman", "k"),
        "procrustes_cosine" => ("Procrustes cosine", ""),
        "procrustes_disparity" => ("Procrustes disparity", ""),
        "context_loss/both" => ("loss, this much visible on both sides", "symbols"),
        "context_loss/left" => ("loss, this much visible on the left", "symbols"),
        "context_loss/right" => ("loss, this much visible on the right", "symbols"),
        "shuffled_loss" => ("loss, context in random order", ""),
        "control_loss" => ("loss of a control without transformer layers", ""),
        "strand_distance" => ("JS distance between the strands", ""),
        "phase_distance" => ("JS distance after a shift", "bases"),
        "fisher_layer" => ("Fisher share by depth", "depth"),
        "fisher_mask_row" => ("Fisher share, input side of the mask token's row", ""),
        "fisher_trace" => ("Fisher trace", ""),
        "fisher_decile/table" => ("Fisher share of the table's rows", "frequency decile"),
        "fisher_decile/input side" => (
            "Fisher share of the table's rows, input side",
            "frequency decile",
        ),
        "fisher_decile/output side" => (
            "Fisher share of the table's rows, output side",
            "frequency decile",
        ),
        "fisher_batch_trace" => ("as published, trace", "batch"),
        other if other.starts_with("fisher_batch/") => (other, "batch"),
        other if other.starts_with("fisher_training/") => (other, "step"),
        other => (other, "at"),
    };
    let name = match name.split_once('/') {
        Some(("fisher", group)) => format!("Fisher share, {group}"),
        Some(("fisher_per_parameter", group)) => format!("Fisher per parameter, {group}"),
        Some(("fisher_batch", group)) => format!("as published, {group}"),
        Some(("fisher_training", group)) => format!("Fisher share while training, {group}"),
        Some((letters, id)) => return format!("{}, by {letters}", label(id, at)),
        None => name.to_string(),
    };
    match at {
        Some(at) if !argument.is_empty() => format!("{name}, {argument} = {at}"),
        _ => name,
    }
}
