//! Two subjects beside each other.

use super::{Finding, FindingValue, Subject, Verdict};
use crate::shown;

/// A question of two subjects: does one of them have more of something?
///
/// ```
/// use dissensus_report::{Comparison, FindingValue, Subject, Verdict};
/// let subject = |name: &str, value: f64, half: f64| Subject {
///     name: name.into(),
///     trained: FindingValue { value, interval: Some((value - half, value + half)) },
///     untrained: Some(FindingValue { value: 0.001, interval: Some((0.0, 0.002)) }),
///     chance: Some(0.001),
///     oracle: None,
///     controls: vec![],
/// };
/// let found = Comparison {
///     quantity: "top-10 overlap".into(),
///     unit: "".into(),
///     more: "agree more".into(),
///     less: "agree less".into(),
///     left: subject("the text members", 0.54, 0.03),
///     right: subject("the DNA members", 0.41, 0.02),
/// }
/// .finding();
/// assert_eq!(found.verdict, Verdict::Shown);
/// assert_eq!(
///     found.sentence,
///     "The text members agree more than the DNA members (top-10 overlap): 0.540 [0.510 0.570] \
///      against 0.410 [0.390 0.430]; chance 0.001; untrained 0.001 [0.000 0.002]."
/// );
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What was measured: `top-10 overlap`.
    pub quantity: String,
    /// Its unit, empty for plain numbers.
    pub unit: String,
    /// What the one with the larger number does: `agree more`.
    pub more: String,
    /// What the one with the smaller number does: `agree less`.
    pub less: String,
    /// The first subject; the sentence is about it.
    pub left: Subject,
    /// The second subject.
    pub right: Subject,
}

impl Comparison {
    /// What the numbers allow to be said.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let (a, b) = (&self.left.trained, &self.right.trained);
        let (claim, numbers) = (self.claim(), self.numbers());
        if !(a.is_defined() && b.is_defined()) {
            let text = format!("Undefined whether {claim}: {numbers}.");
            return Finding::new(Verdict::Undefined, text);
        }
        if !a.is_apart_from(b) {
            let why = match (a.interval, b.interval) {
                (Some(_), Some(_)) => "the intervals overlap",
                _ => "a number without an interval decides nothing",
            };
            let text = format!("Not shown that {claim}, {why}: {numbers}.");
            return Finding::new(Verdict::NotShown, text);
        }
        match self.explanation() {
            None => Finding::new(Verdict::Shown, format!("{}: {numbers}.", capital(&claim))),
            Some(why) => {
                let text = format!("{}, but {why}: {numbers}.", capital(&claim));
                Finding::new(Verdict::Explained, text)
            }
        }
    }

    /// What makes the difference without anything having been learned, if something does.
    fn explanation(&self) -> Option<&'static str> {
        let (a, b) = (&self.left, &self.right);
        let found = difference(&a.trained, &b.trained);
        if let (Some(x), Some(y)) = (a.untrained, b.untrained) {
            let before = difference(&x, &y);
            if reaches(before, found) {
                return Some("the untrained members may differ as much");
            }
        }
        if let (Some(x), Some(y)) = (a.chance, b.chance)
            && reaches((x - y, x - y), found)
        {
            return Some("chance alone differs as much");
        }
        let apart = |s: &Subject| s.chance.is_none_or(|c| s.trained.excludes(c));
        (!apart(a) && !apart(b)).then_some("both are at their chance level")
    }

    fn claim(&self) -> String {
        let verb = if self.left.trained.value < self.right.trained.value {
            &self.less
        } else {
            &self.more
        };
        format!(
            "{} {verb} than {} ({})",
            self.left.name, self.right.name, self.quantity
        )
    }

    fn numbers(&self) -> String {
        let (a, b) = (&self.left, &self.right);
        let unit = if self.unit.is_empty() {
            String::new()
        } else {
            format!(" {}", self.unit)
        };
        let mut text = format!("{}{unit} against {}{unit}", a.trained, b.trained);
        let oracles = both(a.oracle, b.oracle, shown);
        let chances = both(a.chance, b.chance, shown);
        let untrained = both(a.untrained, b.untrained, |e: FindingValue| e.to_string());
        for (name, numbers) in [
            ("oracle", oracles),
            ("chance", chances),
            ("untrained", untrained),
        ] {
            if let Some(numbers) = numbers {
                text += &format!("; {name} {numbers}");
            }
        }
        text
    }
}

/// The smallest and the largest difference that the intervals allow.
fn difference(a: &FindingValue, b: &FindingValue) -> (f64, f64) {
    let (a, b) = (a.ends(), b.ends());
    (a.0 - b.1, a.1 - b.0)
}

/// Whether an explanation may be as large as the smallest difference found, in the same direction.
fn reaches(explanation: (f64, f64), found: (f64, f64)) -> bool {
    if found.0 > 0.0 {
        explanation.1 >= found.0
    } else {
        explanation.0 <= found.1
    }
}

/// Both sides' numbers, once where they read alike.
fn both<T: Copy>(a: Option<T>, b: Option<T>, show: impl Fn(T) -> String) -> Option<String> {
    let side = |v: Option<T>| v.map_or_else(|| "–".to_string(), &show);
    match (a, b) {
        (None, None) => None,
        _ if side(a) == side(b) => Some(side(a)),
        _ => Some(format!("{} and {}", side(a), side(b))),
    }
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(value: f64, half: f64) -> FindingValue {
        FindingValue {
            value,
            interval: Some((value - half, value + half)),
        }
    }

    fn subject(name: &str, trained: FindingValue) -> Subject {
        Subject {
            name: name.into(),
            trained,
            untrained: None,
            chance: None,
            oracle: None,
            controls: vec![],
        }
    }

    fn comparison(a: FindingValue, b: FindingValue) -> Comparison {
        Comparison {
            quantity: "JS distance, p = 1".into(),
            unit: String::new(),
            more: "disagree more".into(),
            less: "disagree less".into(),
            left: subject("the text members", a),
            right: subject("the DNA members", b),
        }
    }

    #[test]
    fn overlapping_intervals_show_nothing() {
        let found = comparison(at(0.5, 0.1), at(0.4, 0.05)).finding();
        assert_eq!(found.verdict, Verdict::NotShown);
        assert_eq!(
            found.sentence,
            "Not shown that the text members disagree more than the DNA members (JS distance, p = 1), \
             the intervals overlap: 0.500 [0.400 0.600] against 0.400 [0.350 0.450]."
        );
    }

    #[test]
    fn a_number_without_an_interval_shows_nothing() {
        let bare = FindingValue {
            value: 0.9,
            interval: None,
        };
        let found = comparison(bare, at(0.1, 0.01)).finding();
        assert_eq!(found.verdict, Verdict::NotShown);
        assert!(
            found.sentence.contains("without an interval"),
            "{}",
            found.sentence
        );
    }

    #[test]
    fn what_the_untrained_members_have_too_is_not_learned() {
        let mut asked = comparison(at(0.5, 0.02), at(0.4, 0.02));
        asked.left.untrained = Some(at(0.3, 0.01));
        asked.right.untrained = Some(at(0.2, 0.01));
        let found = asked.finding();
        assert_eq!(found.verdict, Verdict::Explained);
        assert!(
            found
                .sentence
                .contains("untrained members may differ as much")
        );
        // The same distance the other way explains nothing.
        (asked.left.untrained, asked.right.untrained) =
            (asked.right.untrained, asked.left.untrained);
        assert_eq!(asked.finding().verdict, Verdict::Shown);
    }

    #[test]
    fn what_chance_gives_too_is_not_learned() {
        let mut asked = comparison(at(0.5, 0.01), at(0.4, 0.01));
        (asked.left.chance, asked.right.chance) = (Some(0.3), Some(0.1));
        assert_eq!(asked.finding().verdict, Verdict::Explained);
        (asked.left.chance, asked.right.chance) = (Some(0.1), Some(0.1));
        assert_eq!(asked.finding().verdict, Verdict::Shown);
        assert!(asked.finding().sentence.ends_with("; chance 0.100."));
    }

    #[test]
    fn nan_is_called_undefined() {
        let found = comparison(at(f64::NAN, 0.0), at(0.4, 0.01)).finding();
        assert_eq!(found.verdict, Verdict::Undefined);
        assert!(found.sentence.contains("undefined [undefined undefined]"));
    }

    proptest! {
        #[test]
        fn swapping_the_subjects_keeps_the_verdict(
            a in 0.0_f64..1.0, b in 0.0_f64..1.0, wa in 0.0_f64..0.3, wb in 0.0_f64..0.3,
            ua in 0.0_f64..1.0, ub in 0.0_f64..1.0, ca in 0.0_f64..1.0, cb in 0.0_f64..1.0,
        ) {
            let mut one = comparison(at(a, wa), at(b, wb));
            (one.left.untrained, one.right.untrained) = (Some(at(ua, wa)), Some(at(ub, wb)));
            (one.left.chance, one.right.chance) = (Some(ca), Some(cb));
            let other = Comparison { left: one.right.clone(), right: one.left.clone(), ..one.clone() };
            prop_assert_eq!(one.finding().verdict, other.finding().verdict);
            // Nothing is called shown unless the intervals are apart.
            if one.finding().verdict == Verdict::Shown {
                prop_assert!((a - b).abs() > wa + wb);
            }
        }
    }
}
