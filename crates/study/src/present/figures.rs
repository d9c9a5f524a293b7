//! The figures of the report.

use dissensus_report::{Axis, Bar, BarChart, BarSeries, Line, LineChart, Measure, Results, State};

use crate::Error;

/// A figure with the name of its file and what it shows.
#[derive(Debug, Clone)]
pub struct NamedFigure {
    /// File name without ending.
    pub name: &'static str,
    /// What the reader sees.
    pub caption: &'static str,
    /// The figure.
    pub svg: String,
}

/// The loss of one member against training steps.
#[derive(Debug, Clone, PartialEq)]
pub struct LossCurve {
    /// For example `dna-kmer, member 0`.
    pub name: String,
    /// Which ensemble it belongs to, counted from 0.
    pub ensemble: usize,
    /// `(step, bits)`.
    pub points: Vec<(f64, f64)>,
}

/// Every figure that the results have data for.
///
/// # Errors
/// [`Error::Report`] if one cannot be drawn.
pub fn figures(results: &Results, losses: &[LossCurve]) -> Result<Vec<NamedFigure>, Error> {
    let mut all = Vec::new();
    let mut add = |name, caption, drawn: Option<Result<String, dissensus_report::Error>>| {
        if let Some(svg) = drawn {
            all.push(NamedFigure {
                name,
                caption,
                svg: svg?,
            });
        }
        Ok::<(), Error>(())
    };
    add(
        "kl",
        KL,
        bars(results, "KL to uniform", "bits", &["kl_to_uniform"]),
    )?;
    add("js", JS, curves(results, "js_distance", &JS_AXES))?;
    add(
        "js_null",
        JS_NULL,
        curves(results, "js_distance", &JS_NULL_AXES),
    )?;
    add(
        "rank",
        RANK,
        curves(results, "rank_probability", &RANK_AXES),
    )?;
    add(
        "overlap",
        OVERLAP,
        curves(results, "overlap", &OVERLAP_AXES),
    )?;
    let groups = ["fisher/embeddings", "fisher/transformer", "fisher/head"];
    add(
        "fisher_groups",
        FISHER,
        bars(results, "Fisher information by group", "share", &groups),
    )?;
    let sides = [
        "fisher/word input side",
        "fisher/word output side",
        "fisher/word cross term",
    ];
    add(
        "fisher_sides",
        SIDES,
        bars(results, "The tied table's two sides", "share", &sides),
    )?;
    add(
        "fisher_layers",
        LAYERS,
        curves(results, "fisher_layer", &LAYER_AXES),
    )?;
    add(
        "fisher_training",
        TRAINING,
        curves(results, "fisher_training/embeddings", &TRAINING_AXES),
    )?;
    add(
        "fisher_batch",
        BATCH,
        curves(results, "fisher_batch/embeddings", &BATCH_AXES),
    )?;
    add(
        "context",
        CONTEXT,
        curves(results, "context_loss/both", &CONTEXT_AXES),
    )?;
    add("loss", LOSS, loss_curves(losses))?;
    Ok(all)
}

const KL: &str = "How far the predictions at masked positions are from flat. Bars: mean over members; whiskers: \
    95 % jackknife interval over members; 0 is chance.";
const JS: &str = "Jensen–Shannon distance of two members' nuclei, mean over positions and pairs. Dotted in the same \
    colour: untrained members. Bands: 95 % jackknife interval over members.";
const JS_NULL: &str = "The same beside its flatness-matched null, dotted: noised copies of the members' mean with their entropy. \
    What the null shows too is flatness, not disagreement.";
const RANK: &str = "Probability of the r-th most probable token, mean over positions and members. Dotted: untrained.";
const OVERLAP: &str =
    "Share of nearest neighbours that two members' input tables have in common. Dotted: chance.";
const FISHER: &str = "Where the diagonal empirical Fisher information sits, in the three groups of study A. A tied table \
    counts as embeddings with both its sides.";
const SIDES: &str =
    "The tied table apart: as it embeds (input), as it decodes (output), and twice their product.";
const LAYERS: &str =
    "The same by depth: 0 is the embeddings, then the layers, last the head. Dotted: untrained.";
const TRAINING: &str =
    "The share of the embeddings, both sides of a tied table together, while the members train.";
const BATCH: &str = "The share of the embeddings as the published code takes it, by the size of its batch. Dotted: untrained.";
const LOSS: &str = "Training loss of every member; one colour an ensemble.";

const CONTEXT: &str = "Loss at a hidden token when only so many symbols on both sides are visible: a flat line is a model that looks at \
    nothing else. Bands: 95 % jackknife interval over members.";

#[derive(Clone, Copy, PartialEq)]
enum Dotted {
    Untrained,
    Chance,
}

struct Axes {
    title: &'static str,
    x: &'static str,
    y: &'static str,
    scales: (Axis, Axis),
    /// What the dotted lines show.
    dotted: Dotted,
}

const JS_AXES: Axes = Axes {
    title: "Disagreement under nucleus sampling",
    x: "nucleus mass p",
    y: "JS distance",
    scales: (Axis::Linear, Axis::Linear),
    dotted: Dotted::Untrained,
};
const JS_NULL_AXES: Axes = Axes {
    title: "Disagreement beside its flatness-matched null",
    dotted: Dotted::Chance,
    ..JS_AXES
};
const RANK_AXES: Axes = Axes {
    title: "Rank–probability",
    x: "rank",
    y: "probability",
    scales: (Axis::Log, Axis::Log),
    dotted: Dotted::Untrained,
};
const OVERLAP_AXES: Axes = Axes {
    title: "Agreement of static embeddings",
    x: "neighbours k",
    y: "top-k overlap",
    scales: (Axis::Log, Axis::Linear),
    dotted: Dotted::Chance,
};
const LAYER_AXES: Axes = Axes {
    title: "Fisher information by depth",
    x: "depth",
    y: "share",
    scales: (Axis::Linear, Axis::Linear),
    dotted: Dotted::Untrained,
};

const TRAINING_AXES: Axes = Axes {
    title: "Fisher information of the embeddings while training",
    x: "step",
    ..LAYER_AXES
};
const CONTEXT_AXES: Axes = Axes {
    title: "Use of context",
    x: "visible symbols on each side",
    y: "bits per token",
    scales: (Axis::Log, Axis::Linear),
    dotted: Dotted::Untrained,
};

const BATCH_AXES: Axes = Axes {
    title: "Fisher information of the embeddings, as published",
    x: "sequences of a batch",
    scales: (Axis::Log, Axis::Linear),
    ..LAYER_AXES
};

/// Bars of one or several measures: categories are ensembles, series are states (or state and measure).
fn bars(
    results: &Results,
    title: &str,
    unit: &str,
    ids: &[&str],
) -> Option<Result<String, dissensus_report::Error>> {
    let states: Vec<&str> = results
        .ensembles
        .first()?
        .states
        .iter()
        .map(|s| s.name.as_str())
        .collect();
    let mut series = Vec::new();
    for &id in ids {
        for state in &states {
            let bar = |e: &dissensus_report::Ensemble| {
                e.state(state).and_then(|s| s.find(id, None)).map(Bar::from)
            };
            let bars: Vec<Option<Bar>> = results.ensembles.iter().map(bar).collect();
            let name = match ids.len() {
                1 => (*state).to_string(),
                _ => format!(
                    "{}, {state}",
                    id.trim_start_matches("fisher/").trim_start_matches("word ")
                ),
            };
            series.push(BarSeries { name, bars });
        }
    }
    series
        .iter()
        .any(|s| s.bars.iter().any(Option::is_some))
        .then(|| {
            BarChart {
                title: title.into(),
                y_label: unit.into(),
                categories: results.ensembles.iter().map(|e| e.name.clone()).collect(),
                series,
            }
            .to_svg()
        })
}

/// One line an ensemble for the trained members, one dotted for the untrained ones or for chance.
fn curves(
    results: &Results,
    id: &str,
    axes: &Axes,
) -> Option<Result<String, dissensus_report::Error>> {
    let mut lines = Vec::new();
    for (colour, ensemble) in results.ensembles.iter().enumerate() {
        let name = &ensemble.name;
        if let Some(trained) = ensemble.state("trained") {
            lines.push(line(trained, id, name.clone(), colour, |m| m.value));
            if axes.dotted == Dotted::Chance {
                let chance = |m: &Measure| m.chance.unwrap_or(f64::NAN);
                let chance = line(trained, id, format!("{name}, chance"), colour, chance);
                lines.push(Line {
                    dashed: true,
                    band: Vec::new(),
                    ..chance
                });
            }
        }
        if let Some(init) = ensemble
            .state("init")
            .filter(|_| axes.dotted == Dotted::Untrained)
        {
            let init = line(init, id, format!("{name}, init"), colour, |m| m.value);
            lines.push(Line {
                dashed: true,
                ..init
            });
        }
    }
    lines.iter().any(|line| !line.points.is_empty()).then(|| {
        LineChart {
            title: axes.title.into(),
            x_label: axes.x.into(),
            y_label: axes.y.into(),
            x_axis: axes.scales.0,
            y_axis: axes.scales.1,
            lines,
        }
        .to_svg()
    })
}

fn line(
    state: &State,
    id: &str,
    name: String,
    colour: usize,
    of: impl Fn(&Measure) -> f64,
) -> Line {
    let measured: Vec<(f64, &Measure)> = state.curve(id).collect();
    let band: Option<Vec<(f64, f64)>> = measured.iter().map(|(_, m)| m.interval()).collect();
    Line {
        name,
        points: measured.iter().map(|(at, m)| (*at, of(m))).collect(),
        band: band.unwrap_or_default(),
        colour,
        ..Line::default()
    }
}

fn loss_curves(losses: &[LossCurve]) -> Option<Result<String, dissensus_report::Error>> {
    let line = |curve: &LossCurve| Line {
        name: curve.name.clone(),
        points: curve.points.clone(),
        colour: curve.ensemble,
        ..Line::default()
    };
    losses
        .iter()
        .any(|curve| !curve.points.is_empty())
        .then(|| {
            LineChart {
                title: "Training loss".into(),
                x_label: "step".into(),
                y_label: "bits per token".into(),
                lines: losses.iter().map(line).collect(),
                ..LineChart::default()
            }
            .to_svg()
        })
}
