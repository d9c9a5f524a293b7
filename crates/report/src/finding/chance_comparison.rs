//! One subject against chance and its own untrained members.

use super::comparison::capital;
use super::{Finding, Subject, Verdict};
use crate::shown;

/// Which way a number is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Better {
    /// Of a model that has learned more it is lower: losses and distances.
    Lower,
    /// Of a model that has learned more it is higher: accuracies and agreements.
    Higher,
}

/// A question of one subject: did training take it beyond chance, beyond where it began, and beyond
/// simpler models?
///
/// ```
/// use dissensus_report::{Better, FindingValue, ChanceComparison, Subject, Verdict};
/// let at = |value: f64, half: f64| FindingValue {
///     value,
///     interval: Some((value - half, value + half)),
/// };
/// let found = ChanceComparison {
///     quantity: "loss".into(),
///     unit: "bits/token".into(),
///     better: Better::Lower,
///     claim: "predict better".into(),
///     subject: Subject {
///         name: "the text members".into(),
///         trained: at(9.15, 0.05),
///         untrained: Some(at(12.1, 0.1)),
///         chance: Some(9.2),
///         oracle: None,
///         controls: vec![("the tokens' frequencies".into(), 9.3)],
///     },
/// }
/// .finding();
/// assert_eq!(found.verdict, Verdict::NotShown);
/// assert_eq!(
///     found.sentence,
///     "Not shown that the text members predict better than chance (loss): 9.150 [9.100 9.200] \
///      bits/token; chance 9.200; untrained 12.10 [12.00 12.20]; the tokens' frequencies 9.300."
/// );
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ChanceComparison {
    /// What was measured: `loss`.
    pub quantity: String,
    /// Its unit, empty for plain numbers.
    pub unit: String,
    /// Which way it is better.
    pub better: Better,
    /// What the one with the better number does: `predict better`.
    pub claim: String,
    /// Whose number it is.
    pub subject: Subject,
}

impl ChanceComparison {
    /// What the numbers allow to be said.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let (of, quantity) = (&self.subject, &self.quantity);
        let numbers = self.numbers();
        if !of.trained.is_defined() {
            let text = format!("The {quantity} of {} is undefined: {numbers}.", of.name);
            return Finding::new(Verdict::Undefined, text);
        }
        let rivals = self.rivals();
        let list = |wanted: bool| {
            let names = rivals.iter().filter(|(_, beaten)| *beaten == wanted);
            enumerate(&names.map(|(name, _)| *name).collect::<Vec<_>>())
        };
        let (beaten, not) = (list(true), list(false));
        let (name, claim) = (&of.name, &self.claim);
        match (beaten.is_empty(), not.is_empty()) {
            (_, false) => Finding::new(
                Verdict::NotShown,
                format!("Not shown that {name} {claim} than {not} ({quantity}): {numbers}."),
            ),
            (false, true) => Finding::new(
                Verdict::Shown,
                format!(
                    "{} {claim} than {beaten} ({quantity}): {numbers}.",
                    capital(name)
                ),
            ),
            (true, true) => Finding::new(
                Verdict::Undefined,
                format!("Nothing to hold {name} against ({quantity}): {numbers}."),
            ),
        }
    }

    /// Whom the subject is held against, and whether it is beyond them.
    fn rivals(&self) -> Vec<(&str, bool)> {
        let of = &self.subject;
        let mut rivals: Vec<(&str, bool)> = Vec::new();
        rivals.extend(of.chance.map(|chance| ("chance", self.beats(chance))));
        if let Some(untrained) = of.untrained {
            let (low, high) = untrained.ends();
            let nearest = match self.better {
                Better::Lower => low,
                Better::Higher => high,
            };
            let beaten = untrained.is_defined() && self.beats(nearest);
            rivals.push(("their untrained selves", beaten));
        }
        let controls = of.controls.iter();
        rivals.extend(controls.map(|(name, value)| (name.as_str(), self.beats(*value))));
        rivals
    }

    /// Whether the whole interval is on the better side of `level`.
    fn beats(&self, level: f64) -> bool {
        let Some((low, high)) = self.subject.trained.interval else {
            return false;
        };
        match self.better {
            Better::Lower => high < level,
            Better::Higher => low > level,
        }
    }

    fn numbers(&self) -> String {
        let of = &self.subject;
        let unit = if self.unit.is_empty() {
            String::new()
        } else {
            format!(" {}", self.unit)
        };
        let mut text = format!("{}{unit}", of.trained);
        for (name, value) in [
            ("oracle", of.oracle.map(shown)),
            ("chance", of.chance.map(shown)),
            ("untrained", of.untrained.map(|u| u.to_string())),
        ] {
            if let Some(value) = value {
                text += &format!("; {name} {value}");
            }
        }
        for (name, value) in &of.controls {
            text += &format!("; {name} {}", shown(*value));
        }
        text
    }
}

/// `a, b and c`.
fn enumerate(names: &[&str]) -> String {
    match names {
        [first @ .., before, last] => {
            let first: String = first.iter().map(|name| format!("{name}, ")).collect();
            format!("{first}{before} and {last}")
        }
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FindingValue;

    fn compared(better: Better, value: f64, untrained: f64, chance: f64) -> ChanceComparison {
        let at = |value: f64| FindingValue {
            value,
            interval: Some((value - 0.1, value + 0.1)),
        };
        ChanceComparison {
            quantity: "accuracy".into(),
            unit: String::new(),
            better,
            claim: "do better".into(),
            subject: Subject {
                name: "the members".into(),
                trained: at(value),
                untrained: Some(at(untrained)),
                chance: Some(chance),
                oracle: Some(1.0),
                controls: vec![],
            },
        }
    }

    #[test]
    fn better_than_both_is_shown_either_way_round() {
        let high = compared(Better::Higher, 0.9, 0.2, 0.1).finding();
        assert_eq!(high.verdict, Verdict::Shown);
        assert_eq!(
            high.sentence,
            "The members do better than chance and their untrained selves (accuracy): 0.900 [0.800 1.000]; \
             oracle 1.000; chance 0.100; untrained 0.200 [0.100 0.300]."
        );
        let low = compared(Better::Lower, 0.1, 0.9, 0.8).finding();
        assert_eq!(low.verdict, Verdict::Shown);
    }

    #[test]
    fn what_training_did_not_better_is_not_shown() {
        let found = compared(Better::Higher, 0.35, 0.2, 0.1).finding();
        assert_eq!(found.verdict, Verdict::NotShown);
        assert!(
            found
                .sentence
                .contains("do better than their untrained selves")
        );
    }

    #[test]
    fn a_simpler_model_must_be_beaten_too() {
        let mut asked = compared(Better::Lower, 0.1, 0.9, 0.8);
        asked.subject.controls = vec![("frequencies".into(), 0.5), ("a control".into(), 0.15)];
        let found = asked.finding();
        assert_eq!(found.verdict, Verdict::NotShown);
        assert!(
            found.sentence.contains("do better than a control (acc"),
            "{found}"
        );
        asked.subject.controls[1].1 = 0.4;
        let found = asked.finding();
        assert_eq!(found.verdict, Verdict::Shown);
        let list = "than chance, their untrained selves, frequencies and a control";
        assert!(found.sentence.contains(list), "{found}");
    }

    #[test]
    fn nothing_to_hold_against_is_undefined() {
        let mut asked = compared(Better::Higher, 0.9, 0.2, 0.1);
        (asked.subject.untrained, asked.subject.chance) = (None, None);
        assert_eq!(asked.finding().verdict, Verdict::Undefined);
    }
}
