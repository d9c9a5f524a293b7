//! What was learned, and everything else as a function of it.

use dissensus_measure::{
    CONTROL_LOSS, FISHER_SHARE, JS_DISTANCE, KL_TO_UNIFORM, LEARNED_FRACTION, LOSS, MeasureKey,
    OVERLAP, TRAINED, TWO_SIDED_LOSS,
};
use dissensus_report::{
    Ensemble, Figure, Finding, Line, LineChart, MarkRole, Measure, Point, Results, State, Verdict,
    shown, shown_with_interval,
};

/// Members that have learned less than this fraction know token frequencies and hardly any context.
const LITTLE: f64 = 0.1;

/// How much of what context tells the trained members of each ensemble have learned, in words.
pub(super) fn learned(results: &Results) -> Vec<Finding> {
    let ensembles = results.ensembles.iter();
    ensembles.filter_map(of_ensemble).collect()
}

fn of_ensemble(ensemble: &Ensemble) -> Option<Finding> {
    let trained = ensemble.state(TRAINED)?;
    let (loss, control) = (find(trained, &LOSS)?, find(trained, &CONTROL_LOSS)?);
    let floors = floors(ensemble, loss);
    let finding = match find(trained, &LEARNED_FRACTION) {
        Some(learned) => of_fraction(ensemble, learned, &losses(loss, control, &floors)),
        None if floors.is_empty() => return None,
        None => without_fraction(ensemble, &losses(loss, control, &floors)),
    };
    Some(finding.with_anchor("loss_levels"))
}

/// What the members have learned of what there is to learn.
fn of_fraction(ensemble: &Ensemble, learned: &Measure, losses: &str) -> Finding {
    let fraction = shown_with_interval(learned.value, learned.interval());
    let mut sentence = format!(
        "The {} members have learned {fraction} of what context tells: {losses}.",
        ensemble.name
    );
    if learned.value < LITTLE {
        sentence += " They have learned the frequencies of tokens and hardly any context, and every other measure of them speaks of that.";
    }
    let sure = learned.interval().is_none_or(|(low, _)| low > 0.0);
    let verdict = if learned.value >= LITTLE && sure {
        Verdict::Shown
    } else {
        Verdict::NotShown
    };
    Finding::new(verdict, sentence)
}

/// That there is no fraction, because the yardstick itself is no better than the controls.
fn without_fraction(ensemble: &Ensemble, losses: &str) -> Finding {
    let sentence = format!(
        "What the {} members have learned has no fraction, because the best predictor known is no better than controls without \
         transformer layers: {losses}. Where nothing is known that context tells, the other measures speak of the frequencies of tokens.",
        ensemble.name
    );
    Finding::new(Verdict::NotShown, sentence)
}

/// The losses of members and controls, and of what they are compared with.
fn losses(loss: &Measure, control: &Measure, floors: &[String]) -> String {
    let mut sentence = format!(
        "their loss is {} {}, that of controls without transformer layers {}",
        shown(loss.value),
        loss.unit,
        shown(control.value),
    );
    for floor in floors {
        sentence += &format!(", that of {floor}");
    }
    sentence
}

/// The best predictors known and their losses.
fn floors(ensemble: &Ensemble, loss: &Measure) -> Vec<String> {
    let oracle = loss.oracle.map(|oracle| ("a perfect model", oracle));
    let mut facts = ensemble.facts.iter();
    let counts = facts.find(|(name, _)| name == TWO_SIDED_LOSS);
    let counts = counts.map(|(_, bits)| ("counts of the letters on both sides", *bits));
    let found = [oracle, counts].into_iter().flatten();
    found
        .map(|(name, bits)| format!("{name} {}", shown(bits)))
        .collect()
}

fn find<'a>(
    state: &'a State,
    row: &'static dissensus_measure::CatalogueRow,
) -> Option<&'a Measure> {
    MeasureKey::from(row).find(state)
}

/// A measure that is drawn against the fraction learned.
struct LearnedChart {
    id: &'static str,
    title: &'static str,
    y: &'static str,
    key: fn() -> MeasureKey,
}

/// The names of the figures, in their order.
pub(super) const FIGURES: [&str; 4] = [
    "learned_kl",
    "learned_js",
    "learned_overlap",
    "learned_fisher",
];

const AGAINST: [LearnedChart; 4] = [
    LearnedChart {
        id: FIGURES[0],
        title: "How far predictions are from flat, by what was learned",
        y: "KL to uniform, bits",
        key: || (&KL_TO_UNIFORM).into(),
    },
    LearnedChart {
        id: FIGURES[1],
        title: "Disagreement, by what was learned",
        y: "JS distance, p = 0.9",
        key: || JS_DISTANCE.at(0.9),
    },
    LearnedChart {
        id: FIGURES[2],
        title: "Agreement of static embeddings, by what was learned",
        y: "top-10 overlap",
        key: || OVERLAP.at(10.0),
    },
    LearnedChart {
        id: FIGURES[3],
        title: "Fisher information of the embeddings, by what was learned",
        y: "share of the trace",
        key: || FISHER_SHARE.part("embeddings"),
    },
];

const CAPTION: &str = "The same members before, along and after training, each at the fraction of the learnable gap that they had closed by \
    then: 0 is a control without transformer layers, 1 a perfect model, below 0 not even frequencies are known. Bands: 95 % jackknife \
    interval over members.";

/// Each of the paper's signatures against the fraction learned, where members were measured at
/// several.
pub(super) fn figures(results: &Results) -> Vec<Figure> {
    let figure = |against: &LearnedChart| Figure::new(against.id, chart(results, against), CAPTION);
    AGAINST.iter().map(figure).collect()
}

fn chart(results: &Results, against: &LearnedChart) -> LineChart {
    let key = (against.key)();
    let lines = results.ensembles.iter().map(|ensemble| Line {
        subject: ensemble.name.clone(),
        role: MarkRole::Trained,
        points: points(ensemble, &key),
        ..Line::default()
    });
    LineChart {
        title: against.title.into(),
        x_label: "fraction learned of what context tells".into(),
        y_label: against.y.into(),
        lines: lines.filter(|line| line.points.len() > 2).collect(),
        ..LineChart::default()
    }
}

/// `(fraction learned, measure)` of every state, by fraction.
fn points(ensemble: &Ensemble, key: &MeasureKey) -> Vec<Point> {
    let of_state = |state: &State| {
        let (learned, measure) = (find(state, &LEARNED_FRACTION)?, key.find(state)?);
        Some((learned.value, measure.clone()))
    };
    let mut found: Vec<(f64, Measure)> = ensemble.states.iter().filter_map(of_state).collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.iter().map(|(x, m)| Point::measured(*x, m)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_report::Error;

    fn state(name: &str, learned: f64, loss: f64) -> Result<State, Error> {
        let measure = |row: &'static _, value| MeasureKey::from(row).measure(value).unwrap();
        Ok(State {
            name: name.into(),
            measures: vec![
                measure(&LEARNED_FRACTION, learned)
                    .with_interval(learned - 0.05, learned + 0.05)?,
                measure(&LOSS, loss).with_oracle(2.0)?,
                measure(&CONTROL_LOSS, 6.0),
                measure(&KL_TO_UNIFORM, 8.0 - loss),
            ],
        })
    }

    fn results(learned: f64, loss: f64) -> Results {
        let mut results = Results::new(vec![]);
        let states = [
            ("init", -0.2, 7.0),
            ("at 0.5", 0.3, 5.0),
            (TRAINED, learned, loss),
        ];
        let states = states.map(|(name, learned, loss)| state(name, learned, loss).unwrap());
        results.ensembles.push(Ensemble {
            name: "dna-kmer".into(),
            members: 3,
            facts: vec![],
            notes: vec![],
            states: states.to_vec(),
        });
        results
    }

    #[test]
    fn what_was_learned_is_said_with_what_it_could_be() {
        let found = learned(&results(0.75, 3.0));
        assert_eq!(found[0].verdict, Verdict::Shown);
        assert_eq!(
            found[0].sentence,
            "The dna-kmer members have learned 0.750 [0.700 0.800] of what context tells: their loss is 3.000 bits/token, that of \
             controls without transformer layers 6.000, that of a perfect model 2.000."
        );
    }

    #[test]
    fn members_that_know_frequencies_alone_are_said_to() {
        let found = learned(&results(0.06, 5.8));
        assert_eq!(found[0].verdict, Verdict::NotShown);
        assert!(found[0].sentence.contains("the frequencies of tokens"));
    }

    #[test]
    fn where_the_yardstick_is_no_better_than_the_controls_that_is_said() {
        let mut results = results(0.1, 5.9);
        let ensemble = &mut results.ensembles[0];
        for state in &mut ensemble.states {
            state.measures.remove(0);
            state.measures[0].oracle = None;
        }
        assert!(learned(&results).is_empty(), "without a yardstick");
        results.ensembles[0]
            .facts
            .push((TWO_SIDED_LOSS.into(), 6.25));
        let found = learned(&results);
        assert_eq!(found[0].verdict, Verdict::NotShown);
        assert_eq!(
            found[0].sentence,
            "What the dna-kmer members have learned has no fraction, because the best predictor known is no better than controls \
             without transformer layers: their loss is 5.900 bits/token, that of controls without transformer layers 6.000, that of \
             counts of the letters on both sides 6.250. Where nothing is known that context tells, the other measures speak of the \
             frequencies of tokens."
        );
    }

    #[test]
    fn a_signature_stands_at_the_fraction_learned() {
        let results = results(0.25, 3.0);
        let key = (&KL_TO_UNIFORM).into();
        let points = points(&results.ensembles[0], &key);
        let at: Vec<(f64, f64)> = points.iter().map(|point| (point.x, point.y)).collect();
        assert_eq!(at, [(-0.2, 1.0), (0.25, 5.0), (0.3, 3.0)]);
    }
}
