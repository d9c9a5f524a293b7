//! The figures of the report.

mod curves;
mod levels;

use dissensus_measure::{
    Argument, CONTEXT_LOSS_BOTH, FISHER_BATCH, FISHER_LAYER, FISHER_SHARE, FISHER_TRAINING,
    JS_DISTANCE, KL_TO_UNIFORM, OVERLAP, RANK_PROBABILITY,
};
use dissensus_report::{Axis, Figure, Results};

use curves::{CurveControls, Curves, loss_curves};
use levels::{Levels, loss_levels};

/// The training loss of one member.
#[derive(Debug, Clone, PartialEq)]
pub struct LossCurve {
    /// The ensemble it belongs to.
    pub ensemble: String,
    /// Which of its members, counted from 0.
    pub member: usize,
    /// `(step, bits)`.
    pub points: Vec<(f64, f64)>,
}

/// Every figure that the results have data for.
#[must_use]
pub fn figures(results: &Results, losses: &[LossCurve]) -> Vec<Figure> {
    let mut all = vec![
        loss_levels(results),
        loss_curves(results, losses),
        KL.figure(results),
        curves(results, "js", JS),
        curves(results, "js_null", JS_NULL),
        curves(results, "rank", RANK),
        curves(results, "context", CONTEXT),
        curves(results, "overlap", NEIGHBOURS),
        FISHER.figure(results),
        SIDES.figure(results),
        curves(results, "fisher_layers", LAYERS),
        curves(results, "fisher_training", TRAINING),
        curves(results, "fisher_batch", BATCH),
    ];
    all.extend(super::learned::figures(results));
    all.retain(|figure| !figure.chart.is_empty());
    all
}

fn curves(results: &Results, id: &str, curves: Curves) -> Figure {
    Figure::new(id, curves.chart(results), curves.caption)
}

const KL: Levels = Levels {
    id: "kl",
    title: "How far predictions are from flat: KL to uniform",
    unit: "bits",
    keys: || vec![("", (&KL_TO_UNIFORM).into())],
    caption: "How far the predictions at masked positions are from flat: mean over members with its 95 % jackknife interval over \
        members. A flat prediction has 0.",
};

const FISHER: Levels = Levels {
    id: "fisher_groups",
    title: "Where the Fisher information sits",
    unit: "share of the trace",
    keys: || {
        ["embeddings", "transformer", "head"]
            .map(|part| (part, FISHER_SHARE.part(part)))
            .to_vec()
    },
    caption: "Shares of the diagonal empirical Fisher information in three groups of parameters: mean over members with its 95 % \
        jackknife interval. A tied table counts as embeddings with both its sides.",
};

const SIDES: Levels = Levels {
    id: "fisher_sides",
    title: "The tied table's two sides",
    unit: "share of the trace",
    keys: || {
        vec![
            ("as input", FISHER_SHARE.part("word input side")),
            ("as output", FISHER_SHARE.part("word output side")),
            ("cross term of both", FISHER_SHARE.part("word cross term")),
        ]
    },
    caption: "The share of the tied table taken apart: as it embeds, as it decodes, and twice the product of both.",
};

const JS: Curves = Curves {
    title: "Disagreement under nucleus sampling",
    key: || (&JS_DISTANCE).into(),
    x: Argument::NucleusMass,
    y: "JS distance",
    scales: (Axis::Linear, Axis::Linear),
    beside: CurveControls::Untrained,
    caption: "Jensen–Shannon distance of two members' nuclei, mean over positions and pairs; bands: 95 % jackknife interval over \
        members. Dashed: the same members untrained.",
};

const JS_NULL: Curves = Curves {
    title: "Disagreement beside its flatness-matched null",
    beside: CurveControls::Chance,
    caption: "The same beside what flatness alone gives, dotted: noised copies of the members' mean with their entropy. What the null \
        shows too is flatness, not disagreement.",
    ..JS
};

const RANK: Curves = Curves {
    title: "Probability by rank",
    key: || (&RANK_PROBABILITY).into(),
    x: Argument::Rank,
    y: "probability",
    scales: (Axis::Log, Axis::Log),
    beside: CurveControls::Untrained,
    caption: "Probability of the r-th most probable token, mean over positions and members. Dashed: untrained.",
};

const CONTEXT: Curves = Curves {
    title: "Use of context",
    key: || (&CONTEXT_LOSS_BOTH).into(),
    x: Argument::Radius,
    y: "loss, bits/token",
    scales: (Axis::Log, Axis::Linear),
    beside: CurveControls::Untrained,
    caption: "Loss at a masked token when only so many symbols on both sides are visible: a flat line is a model that looks at \
        nothing else. Bands: 95 % jackknife interval over members. Dashed: untrained.",
};

const NEIGHBOURS: Curves = Curves {
    title: "Agreement of static embeddings",
    key: || (&OVERLAP).into(),
    x: Argument::Neighbours,
    y: "top-k overlap",
    scales: (Axis::Log, Axis::Linear),
    beside: CurveControls::Chance,
    caption: "Jaccard index of the nearest neighbours in two members' input tables, mean over rows and pairs; bands: 95 % jackknife \
        interval over members. Dotted: neighbours drawn at random. Open squares: what \"Entropy, Disagreement, and the Limits of \
        Foundation Models in Genomics\" reports for its larger models.",
};

const LAYERS: Curves = Curves {
    title: "Fisher information by depth",
    key: || (&FISHER_LAYER).into(),
    x: Argument::Depth,
    y: "share of the trace",
    scales: (Axis::Linear, Axis::Linear),
    beside: CurveControls::Untrained,
    caption: "The shares by depth: 0 is the embeddings, then the layers, last the head. Dashed: untrained.",
};

const TRAINING: Curves = Curves {
    title: "Fisher information of the embeddings while training",
    key: || FISHER_TRAINING.part("embeddings"),
    x: Argument::Step,
    caption: "The share of the embeddings, both sides of a tied table together, while the members train.",
    ..LAYERS
};

const BATCH: Curves = Curves {
    title: "Squared batch gradients of the embeddings",
    key: || FISHER_BATCH.part("embeddings"),
    x: Argument::BatchSize,
    scales: (Axis::Log, Axis::Linear),
    caption: "The share of the embeddings by batch: squared mean gradients of batches, as the published code takes them, which are \
        no Fisher diagonal. Dashed: untrained.",
    ..LAYERS
};
