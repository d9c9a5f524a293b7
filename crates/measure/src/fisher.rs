//! Where the members' Fisher information sits.

use dissensus_fisher::{
    Decile, FisherParams, GroupShare, GroupSums, RoleGrouping, Sample, TableRows,
};
use dissensus_lm::{Masked, ModelPart, ParameterKind, ParameterRole};
use dissensus_report::Measure;

use serde::{Deserialize, Serialize};

use crate::analysis_set::unmasked;
use crate::intervals::over_members;
use crate::{
    Error, FISHER_BATCH, FISHER_BATCH_TRACE, FISHER_DECILE, FISHER_DECILE_INPUT,
    FISHER_DECILE_OUTPUT, FISHER_LAYER, FISHER_MASK_ROW, FISHER_PER_PARAMETER, FISHER_SHARE,
    FISHER_TRACE, FISHER_TRAINING, MeasureKey, MeasuredModel,
};

/// Where the diagonal Fisher information of the members sits.
///
/// Shares by the published three groups, by what the parameters do, by depth, and for the word
/// table by token frequency; the trace, and the mean per parameter. Shares are normalised in each
/// member. Beside the interval over members each has a standard error over examples. Rows of the
/// table from `tokens` on, which no token has, are in no decile and no parameters of the mean. A
/// tied table is taken apart into its two sides. Members of unlike architecture or depth are
/// compared by the groups and layers that all of them have.
///
/// # Errors
/// [`Error::Fisher`] if a likelihood or gradient is not finite; it names the sequence.
pub fn fisher(
    members: &[impl MeasuredModel],
    masked: &[Masked],
    tokens: usize,
    how: FisherParams,
) -> Result<Vec<Measure>, Error> {
    let sums = members
        .iter()
        .map(|member| member.fisher_sums(&how, masked))
        .collect::<Result<Vec<_>, _>>()?;
    let mut all = vec![trace(&sums)?];
    for figure in [RoleGrouping::Three, RoleGrouping::Kinds] {
        all.extend(shares(&sums, figure)?);
    }
    let rows = members.first().map_or(tokens, |m| m.sizes().vocabulary);
    all.extend(per_parameter(
        &sums,
        rows.max(tokens) as f64 / tokens as f64,
    )?);
    let layers = members.first().map_or(0, |m| m.sizes().layers);
    all.extend(by_depth(&sums, layers)?);
    all.extend(mask_row(&sums, masked)?);
    all.extend(by_frequency(&sums, &occurrences(tokens, masked))?);
    Ok(all)
}

/// The variant of the code of "Entropy, Disagreement, and the Limits of Foundation Models in
/// Genomics", by batch size: trace and shares of [`Sample::Batch`], which is no Fisher diagonal.
///
/// Under it the squared mean gradient of `n` sequences is divided by all masked tokens. Were the
/// gradients of tokens independent with mean zero, it would fall as `1/n²`, and the shares would
/// not depend on `n`.
///
/// # Errors
/// As [`fisher`].
pub fn fisher_by_batch(
    members: &[impl MeasuredModel],
    masked: &[Masked],
    sizes: &[usize],
) -> Result<Vec<Measure>, Error> {
    let mut all = Vec::new();
    for &size in sizes {
        let how = FisherParams::default().with_sample(Sample::Batch(size));
        let sums = members
            .iter()
            .map(|member| member.fisher_sums(&how, masked))
            .collect::<Result<Vec<_>, _>>()?;
        let traces: Vec<f64> = sums.iter().map(GroupSums::trace).collect();
        let at = size as f64;
        all.push(over_members(FISHER_BATCH_TRACE.at(at), &traces)?);
        for figure in [RoleGrouping::Three, RoleGrouping::Kinds] {
            let wanted = |place: &GroupShares| {
                figure == RoleGrouping::Three || place.label.starts_with("word")
            };
            for place in places(&sums, figure)?.into_iter().filter(wanted) {
                all.push(place.share(FISHER_BATCH.part(&place.label).at(at))?);
            }
        }
    }
    Ok(all)
}

/// Group sums at one moment of training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FisherAtStep {
    /// After how many steps.
    pub step: u64,
    /// What was found; the rows of the word table are left out.
    pub sums: GroupSums,
}

/// Shares by step of training, for the steps that every member took.
///
/// # Errors
/// [`Error::Fisher`] if a gradient was zero everywhere.
pub fn fisher_while_training(takings: &[Vec<FisherAtStep>]) -> Result<Vec<Measure>, Error> {
    let mut all = Vec::new();
    let Some(first) = takings.first() else {
        return Ok(all);
    };
    for (at, taken) in first.iter().enumerate() {
        let of_member = |member: &Vec<FisherAtStep>| {
            let other = member.get(at).filter(|other| other.step == taken.step);
            other.map(|other| other.sums.clone())
        };
        let Some(sums) = takings.iter().map(of_member).collect::<Option<Vec<_>>>() else {
            break;
        };
        for figure in [RoleGrouping::Three, RoleGrouping::Kinds] {
            for place in places(&sums, figure)? {
                let key = FISHER_TRAINING.part(&place.label).at(taken.step as f64);
                all.push(place.share(key)?);
            }
        }
    }
    Ok(all)
}

/// The mean squared norm of a sequence's gradient.
fn trace(sums: &[GroupSums]) -> Result<Measure, Error> {
    let values: Vec<f64> = sums.iter().map(GroupSums::trace).collect();
    over_members(&FISHER_TRACE, &values)
}

fn shares(sums: &[GroupSums], figure: RoleGrouping) -> Result<Vec<Measure>, Error> {
    places(sums, figure)?
        .iter()
        .map(|place| place.share(FISHER_SHARE.part(&place.label)))
        .collect()
}

/// The mean over the parameters of each kind; `rows` is how many rows of a table there are for each
/// that a token has.
fn per_parameter(sums: &[GroupSums], rows: f64) -> Result<Vec<Measure>, Error> {
    let by_token = [
        ParameterKind::WordInput,
        ParameterKind::WordOutput,
        ParameterKind::WordTied,
        ParameterKind::Decoder,
        ParameterKind::DecoderBias,
    ];
    let mut all = Vec::new();
    for place in places(sums, RoleGrouping::Kinds)? {
        let padded = by_token.iter().any(|kind| kind.name() == place.label);
        let mut values = place.values(|s| s.per_parameter);
        if padded {
            values.iter_mut().for_each(|value| *value *= rows);
        }
        // The cross term has no parameters of its own.
        if values.iter().all(|v| v.is_finite()) {
            all.push(over_members(
                FISHER_PER_PARAMETER.part(&place.label),
                &values,
            )?);
        }
    }
    Ok(all)
}

fn by_depth(sums: &[GroupSums], layers: usize) -> Result<Vec<Measure>, Error> {
    let roles = sums.first().map_or(&[][..], |sums| &sums.roles);
    let of_label = |label: &str| {
        let mut all = roles.iter();
        all.find(|role| RoleGrouping::Layers.label(role) == label)
    };
    let depth =
        |place: &GroupShares| of_label(&place.label).map_or(layers + 1, |role| depth(role, layers));
    let mut places = places(sums, RoleGrouping::Layers)?;
    places.sort_by_key(&depth);
    let measure = |place: &GroupShares| place.share(FISHER_LAYER.at(depth(place) as f64));
    places.iter().map(measure).collect()
}

/// 0 for the embeddings, then the layers from 1, last the head.
fn depth(role: &ParameterRole, layers: usize) -> usize {
    match (role.layer, role.part) {
        (Some(layer), _) => layer as usize + 1,
        (None, ModelPart::Embeddings) => 0,
        (None, _) => layers + 1,
    }
}

/// The input side of the row that stands at the masked positions, as a share of the whole.
///
/// The gradients of all masked tokens of a sequence meet in it.
fn mask_row(sums: &[GroupSums], masked: &[Masked]) -> Result<Option<Measure>, Error> {
    let mask = masked
        .iter()
        .find_map(|m| Some(m.ids[*m.positions.first()?] as usize));
    let share = |sums: &GroupSums| {
        let row = sums.rows.as_ref()?.input.get(mask?)?;
        Some(row / sums.sums.iter().sum::<f64>())
    };
    match sums.iter().map(share).collect::<Option<Vec<f64>>>() {
        Some(values) => Ok(Some(over_members(&FISHER_MASK_ROW, &values)?)),
        None => Ok(None),
    }
}

/// The word table's rows by token-frequency decile: shares of the table's whole, and of it each
/// side's.
fn by_frequency(sums: &[GroupSums], occurrences: &[u64]) -> Result<Vec<Measure>, Error> {
    let rows = sums.iter().map(|s| s.rows.as_ref());
    let Some(rows) = rows.collect::<Option<Vec<_>>>().filter(|r| !r.is_empty()) else {
        return Ok(Vec::new());
    };
    let members: Vec<Vec<Decile>> = rows
        .into_iter()
        .map(|rows| of_tokens(rows, occurrences.len()).deciles(occurrences))
        .collect::<Result<_, _>>()?;
    let share = |of: fn(&Decile) -> f64| {
        move |member: &Vec<Decile>, at: usize| {
            let whole: f64 = member.iter().map(|d| d.input + d.output + d.cross).sum();
            of(&member[at]) / whole
        }
    };
    let sides = [
        (&FISHER_DECILE, share(|d| d.input + d.output + d.cross)),
        (&FISHER_DECILE_INPUT, share(|d| d.input)),
        (&FISHER_DECILE_OUTPUT, share(|d| d.output)),
    ];
    let mut all = Vec::new();
    for (row, share) in sides {
        for at in 0..members[0].len() {
            let values: Vec<f64> = members.iter().map(|member| share(member, at)).collect();
            all.push(over_members(
                row.at(f64::from(members[0][at].decile)),
                &values,
            )?);
        }
    }
    Ok(all)
}

/// The rows that a token has.
fn of_tokens(rows: &TableRows, tokens: usize) -> TableRows {
    let first = |values: &[f64]| values.iter().copied().take(tokens).collect();
    TableRows {
        input: first(&rows.input),
        output: first(&rows.output),
        cross: first(&rows.cross),
    }
}

/// How often each token stands in the sequences, before any was masked.
fn occurrences(tokens: usize, masked: &[Masked]) -> Vec<u64> {
    let mut counts = vec![0; tokens];
    for sequence in masked {
        unmasked(sequence)
            .into_iter()
            .for_each(|id| counts[id as usize] += 1);
    }
    counts
}

/// One group of parameters, or one layer, in every member.
struct GroupShares {
    label: String,
    members: Vec<GroupShare>,
}

impl GroupShares {
    fn values(&self, of: fn(&GroupShare) -> f64) -> Vec<f64> {
        self.members.iter().map(of).collect()
    }

    /// The share. The members saw the same sequences, so their errors may be one and the same:
    /// their mean is the bound.
    fn share(&self, key: MeasureKey) -> Result<Measure, Error> {
        let measure = over_members(key, &self.values(|s| s.share))?;
        let errors = self.values(|s| s.share_standard_error);
        let error = errors.iter().sum::<f64>() / errors.len() as f64;
        if error.is_finite() {
            Ok(measure.with_example_error(error)?)
        } else {
            Ok(measure)
        }
    }
}

/// The groups that every member has, in the first one's order.
fn places(sums: &[GroupSums], figure: RoleGrouping) -> Result<Vec<GroupShares>, Error> {
    let members: Vec<Vec<GroupShare>> = sums
        .iter()
        .map(|s| s.shares(figure))
        .collect::<Result<_, _>>()?;
    let labels = members.first().map_or(&[][..], Vec::as_slice);
    let place = |GroupShare { label, .. }: &GroupShare| {
        let of_label =
            |member: &Vec<GroupShare>| member.iter().find(|s| s.label == *label).cloned();
        let members = members.iter().map(of_label).collect::<Option<_>>()?;
        let label = label.clone();
        Some(GroupShares { label, members })
    };
    Ok(labels.iter().filter_map(place).collect())
}
