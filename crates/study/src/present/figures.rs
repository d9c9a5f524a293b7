//! The figures of the report.

use dissensus_report::{Axis, Bar, BarChart, BarSeries, Line, LineChart, Measure, Results, State};

use dissensus_measure::{
    CONTEXT_LOSS_BOTH, FISHER_BATCH, FISHER_LAYER, FISHER_SHARE, FISHER_TRAINING, JS_DISTANCE,
    KL_TO_UNIFORM, MeasureKey, OVERLAP, RANK_PROBABILITY, TRAINED,
};

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
    for spec in &FIGURES {
        let drawn = match &spec.drawn {
            Drawn::Bars { title, unit, keys } => bars(results, title, unit, &keys()),
            Drawn::Curves { key, axes } => curves(results, &key(), axes),
        };
        all.extend(drawn.map(|svg| named(spec.name, spec.caption, svg)));
    }
    all.extend(loss_curves(losses).map(|svg| named("loss", LOSS_CAPTION, svg)));
    all.into_iter().collect()
}

fn named(
    name: &'static str,
    caption: &'static str,
    svg: Result<String, dissensus_report::Error>,
) -> Result<NamedFigure, Error> {
    Ok(NamedFigure {
        name,
        caption,
        svg: svg?,
    })
}

/// A figure of measures.
struct FigureSpec {
    name: &'static str,
    caption: &'static str,
    drawn: Drawn,
}

enum Drawn {
    Bars {
        title: &'static str,
        unit: &'static str,
        keys: fn() -> Vec<MeasureKey>,
    },
    Curves {
        key: fn() -> MeasureKey,
        axes: Axes,
    },
}

const fn curve(
    name: &'static str,
    caption: &'static str,
    key: fn() -> MeasureKey,
    axes: Axes,
) -> FigureSpec {
    FigureSpec {
        name,
        caption,
        drawn: Drawn::Curves { key, axes },
    }
}

const FIGURES: [FigureSpec; 11] = [
    FigureSpec {
        name: "kl",
        caption: KL,
        drawn: Drawn::Bars {
            title: "KL to uniform",
            unit: "bits",
            keys: || vec![(&KL_TO_UNIFORM).into()],
        },
    },
    curve("js", JS, || (&JS_DISTANCE).into(), JS_AXES),
    curve("js_null", JS_NULL, || (&JS_DISTANCE).into(), JS_NULL_AXES),
    curve("rank", RANK, || (&RANK_PROBABILITY).into(), RANK_AXES),
    curve(
        "overlap",
        OVERLAP_CAPTION,
        || (&OVERLAP).into(),
        OVERLAP_AXES,
    ),
    FigureSpec {
        name: "fisher_groups",
        caption: FISHER,
        drawn: Drawn::Bars {
            title: "Fisher information by group",
            unit: "share",
            keys: || {
                vec!["embeddings", "transformer", "head"]
                    .into_iter()
                    .map(|g| FISHER_SHARE.part(g))
                    .collect()
            },
        },
    },
    FigureSpec {
        name: "fisher_sides",
        caption: SIDES,
        drawn: Drawn::Bars {
            title: "The tied table's two sides",
            unit: "share",
            keys: || {
                vec!["word input side", "word output side", "word cross term"]
                    .into_iter()
                    .map(|g| FISHER_SHARE.part(g))
                    .collect()
            },
        },
    },
    curve(
        "fisher_layers",
        LAYERS,
        || (&FISHER_LAYER).into(),
        LAYER_AXES,
    ),
    curve(
        "fisher_training",
        TRAINING,
        || FISHER_TRAINING.part("embeddings"),
        TRAINING_AXES,
    ),
    curve(
        "fisher_batch",
        BATCH,
        || FISHER_BATCH.part("embeddings"),
        BATCH_AXES,
    ),
    curve(
        "context",
        CONTEXT,
        || (&CONTEXT_LOSS_BOTH).into(),
        CONTEXT_AXES,
    ),
];

const KL: &str = "How far the predictions at masked positions are from flat. Bars: mean over members; whiskers: \
    95 % jackknife interval over members; 0 is chance.";
const JS: &str = "Jensen–Shannon distance of two members' nuclei, mean over positions and pairs. Dotted in the same \
    colour: untrained members. Bands: 95 % jackknife interval over members.";
const JS_NULL: &str = "The same beside its flatness-matched null, dotted: noised copies of the members' mean with their entropy. \
    What the null shows too is flatness, not disagreement.";
const RANK: &str = "Probability of the r-th most probable token, mean over positions and members. Dotted: untrained.";
const OVERLAP_CAPTION: &str =
    "Share of nearest neighbours that two members' input tables have in common. Dotted: chance.";
const FISHER: &str = "Where the diagonal empirical Fisher information sits, in three groups. A tied table \
    counts as embeddings with both its sides.";
const SIDES: &str =
    "The tied table apart: as it embeds (input), as it decodes (output), and twice their product.";
const LAYERS: &str =
    "The same by depth: 0 is the embeddings, then the layers, last the head. Dotted: untrained.";
const TRAINING: &str =
    "The share of the embeddings, both sides of a tied table together, while the members train.";
const BATCH: &str = "The share of the embeddings by batch: squared mean gradients of batches, which are no Fisher diagonal. Dotted: untrained.";
const LOSS_CAPTION: &str = "Training loss of every member; one colour an ensemble.";

const CONTEXT: &str = "Loss at a masked token when only so many symbols on both sides are visible: a flat line is a model that looks at \
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
    title: "Squared batch gradients of the embeddings",
    x: "sequences of a batch",
    scales: (Axis::Log, Axis::Linear),
    ..LAYER_AXES
};

/// Bars of one or several measures: categories are ensembles, series are states (or state and measure).
fn bars(
    results: &Results,
    title: &str,
    unit: &str,
    keys: &[MeasureKey],
) -> Option<Result<String, dissensus_report::Error>> {
    let states = results.ensembles.first()?.states.iter();
    let states: Vec<&str> = states.map(|s| s.name.as_str()).collect();
    let mut series = Vec::new();
    for key in keys {
        for state in &states {
            let bar = |e: &dissensus_report::Ensemble| {
                e.state(state).and_then(|s| key.find(s)).map(Bar::from)
            };
            let name = match (keys.len(), key.part_name()) {
                (1, _) | (_, None) => (*state).to_string(),
                (_, Some(part)) => format!("{part}, {state}"),
            };
            let bars = results.ensembles.iter().map(bar).collect();
            series.push(BarSeries { name, bars });
        }
    }
    let mut bars = series.iter().flat_map(|s: &BarSeries| &s.bars);
    bars.any(Option::is_some).then(|| {
        BarChart {
            title: title.into(),
            y_label: unit.into(),
            categories: results.ensembles.iter().map(|e| e.name.clone()).collect(),
            series,
        }
        .to_svg()
    })
}

/// One line an ensemble for the trained members, one dotted for the untrained ones or for chance; a line without points is left out.
fn curves(
    results: &Results,
    key: &MeasureKey,
    axes: &Axes,
) -> Option<Result<String, dissensus_report::Error>> {
    let mut lines = Vec::new();
    for (colour, ensemble) in results.ensembles.iter().enumerate() {
        lines.extend(
            ensemble
                .state(TRAINED)
                .map(|s| line(s, key, &ensemble.name, colour)),
        );
        lines.extend(dotted(ensemble, key, axes.dotted, colour));
    }
    lines.retain(|line| !line.points.is_empty());
    (!lines.is_empty()).then(|| {
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

/// What stands beside the trained members of an ensemble.
fn dotted(
    ensemble: &dissensus_report::Ensemble,
    key: &MeasureKey,
    what: Dotted,
    colour: usize,
) -> Option<Line> {
    let (state, name) = match what {
        Dotted::Untrained => ("init", "init"),
        Dotted::Chance => (TRAINED, "chance"),
    };
    let name = format!("{}, {name}", ensemble.name);
    let state = ensemble.state(state)?;
    let line = Line {
        dashed: true,
        ..line(state, key, &name, colour)
    };
    Some(match what {
        Dotted::Untrained => line,
        Dotted::Chance => Line {
            points: state
                .curve(&key.id())
                .filter_map(|(at, m)| Some((at, m.chance?)))
                .collect(),
            band: Vec::new(),
            ..line
        },
    })
}

fn line(state: &State, key: &MeasureKey, name: &str, colour: usize) -> Line {
    let id = key.id();
    let measured: Vec<(f64, &Measure)> = state.curve(&id).collect();
    let band: Option<Vec<(f64, f64)>> = measured.iter().map(|(_, m)| m.interval()).collect();
    Line {
        name: name.into(),
        points: measured.iter().map(|(at, m)| (*at, m.value)).collect(),
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
