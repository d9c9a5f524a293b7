//! What was found, in words.

use super::learned::learned;
use dissensus_measure::{
    CONTROL_LOSS, FISHER_SHARE, INIT, JS_DISTANCE, KL_TO_UNIFORM, LOSS, MeasureKey, OVERLAP,
    TRAINED,
};
use dissensus_report::{
    Better, ChanceComparison, Comparison, Ensemble, Finding, Measure, Results, Subject,
};

/// The name of a fact of an ensemble: the loss that the tokens' frequencies alone give.
pub(crate) const UNIGRAM_LOSS: &str = "unigram loss, bits per token";

/// What an ensemble is asked by itself.
struct Claim {
    key: fn() -> MeasureKey,
    better: Better,
    claim: &'static str,
    anchor: &'static str,
}

const CLAIMS: [Claim; 2] = [
    Claim {
        key: || (&LOSS).into(),
        better: Better::Lower,
        claim: "predict better",
        anchor: "loss_levels",
    },
    Claim {
        key: || OVERLAP.at(10.0),
        better: Better::Higher,
        claim: "have embeddings more alike",
        anchor: "overlap",
    },
];

/// What two ensembles are asked.
struct Question {
    key: fn() -> MeasureKey,
    more: &'static str,
    less: &'static str,
    anchor: &'static str,
}

const QUESTIONS: [Question; 4] = [
    Question {
        key: || (&KL_TO_UNIFORM).into(),
        more: "predict less flatly",
        less: "predict more flatly",
        anchor: "kl",
    },
    Question {
        key: || JS_DISTANCE.at(0.9),
        more: "disagree more",
        less: "disagree less",
        anchor: "js_null",
    },
    Question {
        key: || OVERLAP.at(10.0),
        more: "have embeddings more alike",
        less: "have embeddings less alike",
        anchor: "overlap",
    },
    Question {
        key: || FISHER_SHARE.part("embeddings"),
        more: "have more of their Fisher information in the embeddings",
        less: "have less of their Fisher information in the embeddings",
        anchor: "fisher_groups",
    },
];

/// Every finding: what was learned, each ensemble by itself, then the first beside each other.
#[must_use]
pub fn findings(results: &Results) -> Vec<Finding> {
    let mut all = learned(results);
    for claim in &CLAIMS {
        let held = results.ensembles.iter().filter_map(|e| stands(e, claim));
        all.extend(held);
    }
    let Some((first, others)) = results.ensembles.split_first() else {
        return all;
    };
    for question in &QUESTIONS {
        let compared = others.iter().filter_map(|e| compare(first, e, question));
        all.extend(compared);
    }
    all
}

fn stands(ensemble: &Ensemble, claim: &Claim) -> Option<Finding> {
    let key = (claim.key)();
    let (mut subject, measure) = subject(ensemble, &key)?;
    if key.id() == LOSS.id {
        let control = MeasureKey::from(&CONTROL_LOSS).find(ensemble.state(TRAINED)?);
        subject = subject
            .with_control("the tokens' frequencies", unigram_loss(ensemble))
            .with_control(
                "a model without transformer layers",
                control.map(|m| m.value),
            );
    }
    let standing = ChanceComparison {
        quantity: key.label(),
        unit: spoken(&measure.unit),
        better: claim.better,
        claim: claim.claim.into(),
        subject,
    };
    Some(standing.finding().with_anchor(claim.anchor))
}

fn compare(left: &Ensemble, right: &Ensemble, question: &Question) -> Option<Finding> {
    let key = (question.key)();
    let (left, measure) = subject(left, &key)?;
    let (right, _) = subject(right, &key)?;
    let comparison = Comparison {
        quantity: key.label(),
        unit: spoken(&measure.unit),
        more: question.more.into(),
        less: question.less.into(),
        left,
        right,
    };
    Some(comparison.finding().with_anchor(question.anchor))
}

fn subject<'a>(ensemble: &'a Ensemble, key: &MeasureKey) -> Option<(Subject, &'a Measure)> {
    let trained = key.find(ensemble.state(TRAINED)?)?;
    let untrained = ensemble.state(INIT).and_then(|state| key.find(state));
    let name = format!("the {} members", ensemble.name);
    Some((Subject::measured(&name, trained, untrained), trained))
}

/// The loss that the tokens' frequencies alone give.
pub(super) fn unigram_loss(ensemble: &Ensemble) -> Option<f64> {
    let mut facts = ensemble.facts.iter();
    facts
        .find(|(name, _)| name == UNIGRAM_LOSS)
        .map(|fact| fact.1)
}

/// A unit as a sentence says it: plain numbers and shares have none.
fn spoken(unit: &str) -> String {
    match unit {
        "1" | "share" => String::new(),
        other => other.into(),
    }
}
