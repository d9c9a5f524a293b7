//! Where the members' Fisher information sits.

use dissensus_bert::{Batch, MaskedLm, Pass};
use dissensus_fisher::{Figure, General, GroupSums, Labels, Sample, Share, Tie, log_likelihoods};
use dissensus_report::Measure;

use super::{AnalysisSet, over_members};
use crate::Error;

/// Shares of the diagonal empirical Fisher information, one sequence an example, over the first `count` sequences.
///
/// The models must be on a device with autodiff. A tied table is taken apart into its two sides.
///
/// # Errors
/// [`Error::Fisher`] if a likelihood or gradient is not finite; it names the sequence.
pub fn fisher(
    members: &[MaskedLm],
    set: &AnalysisSet,
    count: usize,
) -> Result<Vec<Measure>, Error> {
    let sums = members
        .iter()
        .map(|m| of_member(m, set, count))
        .collect::<Result<Vec<_>, _>>()?;
    let mut all = Vec::new();
    for (figure, prefix) in [(Figure::Three, "fisher/"), (Figure::Groups, "fisher/")] {
        for (label, values) in shares(&sums, figure)? {
            all.push(over_members(&format!("{prefix}{label}"), "share", &values)?);
        }
    }
    let layers = members.first().map_or(0, |m| m.config().num_hidden_layers);
    let mut by_depth = shares(&sums, Figure::Layers)?;
    by_depth.sort_by_key(|(label, _)| depth(label, layers));
    for (label, values) in by_depth {
        let measure = over_members("fisher_layer", "share", &values)?;
        all.push(measure.at(depth(&label, layers) as f64)?);
    }
    Ok(all)
}

/// 0 for the embeddings, then the layers from 1, last the head.
fn depth(label: &str, layers: usize) -> usize {
    match label
        .strip_prefix("layer ")
        .and_then(|layer| layer.parse::<usize>().ok())
    {
        Some(layer) => layer + 1,
        None if label == "embeddings" => 0,
        None => layers + 1,
    }
}

fn of_member(model: &MaskedLm, set: &AnalysisSet, count: usize) -> Result<GroupSums, Error> {
    let tied = model.config().tie_word_embeddings;
    let model = model.clone().untied();
    let masked = &set.masked()[..count.min(set.masked().len())];
    let mut route = General::new(&model, Sample::Sequence);
    if tied {
        route = route.tied(Tie::default());
    }
    let mut sums = GroupSums::new(Sample::Sequence, Labels::Observed);
    route.run(
        0..masked.len() as u64,
        |model, index| {
            let sequence = &masked[index as usize];
            if sequence.positions.is_empty() {
                return Ok(None);
            }
            let batch = Batch::new(&[&sequence.ids], model.config())?;
            let logits = model.logits_at(&batch, &sequence.positions, &Pass::default());
            Ok(Some(log_likelihoods(
                logits,
                &sequence.targets,
                Labels::Observed,
                index,
            )?))
        },
        &mut sums,
    )?;
    Ok(sums)
}

/// One row a group: its label and its share in each member.
fn shares(sums: &[GroupSums], figure: Figure) -> Result<Vec<(String, Vec<f64>)>, Error> {
    let members: Vec<Vec<Share>> = sums
        .iter()
        .map(|s| s.shares(figure))
        .collect::<Result<_, _>>()?;
    let first = members.first().map_or(&[][..], Vec::as_slice);
    Ok(first
        .iter()
        .enumerate()
        .map(|(row, share)| {
            (
                share.label.clone(),
                members.iter().map(|m| m[row].share).collect(),
            )
        })
        .collect())
}
