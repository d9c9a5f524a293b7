//! Every function of numbers on numbers that break what was not thought of: NaN, infinite,
//! negative, none, constant, huge, subnormal. A typed error or the documented value, never a
//! plausible number.
//!
//! A case says what a function answers to numbers, and by which law its answer follows their scale.
//! The law is what finds a plausible number: of numbers 2^1020 times as large a rank correlation is
//! the same and a mean 2^1020 times as large, where squares that overflow or vanish would give
//! something else.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]

use std::collections::BTreeMap;

mod alignment;
mod divergence;
mod kernels;
mod probe;
mod source;
mod stats;
mod variant;

/// A function's answer: its numbers, or what its error says.
pub type Answer = Result<Vec<f64>, String>;

/// Numbers to an answer.
type Function = dyn Fn(&[f64]) -> Answer;

/// An error as what it says.
pub fn said<T, E: std::fmt::Display>(found: Result<T, E>) -> Result<T, String> {
    found.map_err(|error| error.to_string())
}

/// NaN that stands for an error by what the function documents.
pub fn number(value: f64) -> Answer {
    if value.is_nan() {
        return Err("NaN".into());
    }
    Ok(vec![value])
}

/// What is fed to a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    NotANumber,
    Infinite,
    MinusInfinite,
    Negative,
    Empty,
    Constant,
    Zero,
    Huge,
    Subnormal,
}

use Kind::{Constant, Empty, Huge, Infinite, MinusInfinite, Negative, NotANumber, Subnormal, Zero};

/// What follows from numbers c times as large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Law {
    /// The same answer: of what knows only order or proportion.
    Same,
    /// An answer c times as large: of a mean or a distance.
    Scaled,
    /// An answer in its range, which the scale changes otherwise.
    Other,
}

/// What a function must do with what is fed to it.
#[derive(Debug, Clone, PartialEq)]
enum Wanted {
    /// An error.
    Refused,
    /// An error, or numbers of which one at least is not finite.
    Spread,
    /// Finite numbers of the range that follow the law.
    Lawful,
    /// An error, or what is lawful.
    RefusedOrLawful,
    /// These numbers.
    Numbers(Vec<f64>),
}

pub struct Case {
    /// The crate and the path of the function in it.
    name: &'static str,
    of: Box<Function>,
    law: Law,
    range: (f64, f64),
    tolerance: f64,
    ordinary: Vec<u32>,
    /// The ordinary numbers are multiples of this power of two.
    unit: f64,
    single: bool,
    wanted: BTreeMap<Kind, Wanted>,
}

/// A function of `f64`, ordinarily of eight unlike numbers, that refuses what is not finite and
/// what is empty.
pub fn case(name: &'static str, law: Law, of: impl Fn(&[f64]) -> Answer + 'static) -> Case {
    let refused = [NotANumber, Infinite, MinusInfinite, Empty];
    Case {
        name,
        of: Box::new(of),
        law,
        range: (f64::MIN, f64::MAX),
        tolerance: 1e-9,
        ordinary: vec![3, 1, 4, 2, 6, 5, 8, 7],
        unit: 1.0,
        single: false,
        wanted: refused.map(|kind| (kind, Wanted::Refused)).into(),
    }
}

/// The same of `f32`.
pub fn single(name: &'static str, law: Law, of: impl Fn(&[f32]) -> Answer + 'static) -> Case {
    let of = move |x: &[f64]| of(&x.iter().map(|&x| x as f32).collect::<Vec<f32>>());
    Case {
        single: true,
        tolerance: 1e-4,
        ..case(name, law, of)
    }
}

impl Case {
    /// The numbers that are ordinary for it: multiples of a power of two.
    pub fn of_numbers(mut self, ordinary: &[u32], unit: f64) -> Self {
        (self.ordinary, self.unit) = (ordinary.to_vec(), unit);
        self
    }

    /// So many unlike numbers, as a table has.
    pub fn of_table(self, count: u32) -> Self {
        let numbers: Vec<u32> = (0..count).map(|i| 1 + (i * i * 5 + i * 3) % 13).collect();
        self.of_numbers(&numbers, 0.5)
    }

    pub fn within(mut self, low: f64, high: f64) -> Self {
        self.range = (low, high);
        self
    }

    fn wants(mut self, kinds: &[Kind], wanted: &Wanted) -> Self {
        let kinds = kinds.iter().map(|&kind| (kind, wanted.clone()));
        self.wanted.extend(kinds);
        self
    }

    pub fn refuses(self, kinds: &[Kind]) -> Self {
        self.wants(kinds, &Wanted::Refused)
    }

    pub fn may_refuse(self, kinds: &[Kind]) -> Self {
        self.wants(kinds, &Wanted::RefusedOrLawful)
    }

    pub fn takes(self, kinds: &[Kind]) -> Self {
        self.wants(kinds, &Wanted::Lawful)
    }

    pub fn spreads(self, kinds: &[Kind]) -> Self {
        self.wants(kinds, &Wanted::Spread)
    }

    pub fn gives(self, kind: Kind, numbers: &[f64]) -> Self {
        self.wants(&[kind], &Wanted::Numbers(numbers.to_vec()))
    }

    /// Kinds of numbers, each with the factor to the ordinary ones.
    fn fed(&self) -> Vec<(Kind, f64, Vec<f64>)> {
        let ordinary: Vec<f64> = self.ordinary.iter().map(|&x| f64::from(x)).collect();
        let times = |factor: f64| ordinary.iter().map(|x| x * factor).collect::<Vec<f64>>();
        let plain = times(self.unit);
        // The small ones are subnormal and keep some digits.
        let (huge, small) = if self.single {
            (2_f64.powi(123), 2_f64.powi(-137))
        } else {
            (2_f64.powi(1019), 2_f64.powi(-1050))
        };
        let mut fed = vec![
            (Negative, -1.0, times(-self.unit)),
            (Empty, 1.0, vec![]),
            (Constant, 1.0, vec![plain[0]; plain.len()]),
            (Zero, 0.0, vec![0.0; plain.len()]),
            (Huge, huge / self.unit, times(huge)),
            (Subnormal, small / self.unit, times(small)),
        ];
        for (kind, bad) in [
            (NotANumber, f64::NAN),
            (Infinite, f64::INFINITY),
            (MinusInfinite, f64::NEG_INFINITY),
        ] {
            for at in [0, plain.len() / 2, plain.len() - 1] {
                let mut spoilt = plain.clone();
                spoilt[at] = bad;
                fed.push((kind, 1.0, spoilt));
            }
        }
        fed
    }

    /// What is wrong with an answer; nothing if nothing is.
    fn fault(&self, kind: Kind, factor: f64, found: &Answer, ordinary: &[f64]) -> Option<String> {
        let wanted = self.wanted.get(&kind).unwrap_or(&Wanted::Lawful);
        let numbers = match (wanted, found) {
            (Wanted::Refused | Wanted::Spread | Wanted::RefusedOrLawful, Err(_)) => return None,
            (_, Err(error)) => return Some(format!("refused: {error}")),
            (Wanted::Refused, Ok(found)) => return Some(format!("not refused: {found:?}")),
            (_, Ok(found)) => found,
        };
        let fine = match wanted {
            Wanted::Spread => numbers.iter().any(|y| !y.is_finite()),
            Wanted::Numbers(wanted) => numbers == wanted,
            _ => self.is_lawful(kind, factor, numbers, ordinary),
        };
        (!fine).then(|| format!("{numbers:?}, of ordinary numbers {ordinary:?}"))
    }

    fn is_lawful(&self, kind: Kind, factor: f64, found: &[f64], ordinary: &[f64]) -> bool {
        let law = match kind {
            Huge | Subnormal => self.law,
            _ => Law::Other,
        };
        let (low, high) = self.range;
        let close = |(&found, &ordinary): (&f64, &f64)| {
            let wanted = match law {
                Law::Scaled => ordinary * factor,
                _ => ordinary,
            };
            let rounding = match law {
                // Several roundings of what has no digits left.
                Law::Scaled if self.single => 16.0 * f64::from(f32::from_bits(1)),
                Law::Scaled => 16.0 * 5e-324,
                _ => 1e-12,
            };
            // What is subnormal has 24 bits, and 12 of single precision.
            let tolerance = match kind {
                Subnormal => self.tolerance.max(1e-6),
                _ => self.tolerance,
            };
            found == wanted || (found - wanted).abs() <= tolerance * wanted.abs() + rounding
        };
        if law != Law::Other {
            return found.len() == ordinary.len() && found.iter().zip(ordinary).all(close);
        }
        found.iter().all(|y| (low..=high).contains(y))
    }

    fn faults(&self) -> Vec<String> {
        let plain: Vec<f64> = self
            .ordinary
            .iter()
            .map(|&x| f64::from(x) * self.unit)
            .collect();
        let answer = |x: &[f64]| {
            let answer = std::panic::AssertUnwindSafe(|| (self.of)(x));
            std::panic::catch_unwind(answer).map_err(|_| "panicked")
        };
        let ordinary = match (self.of)(&plain) {
            Ok(found) if self.is_lawful(Constant, 1.0, &found, &found) && !found.is_empty() => {
                found
            }
            found => return vec![format!("{}: ordinary numbers: {found:?}", self.name)],
        };
        let fed = self.fed().into_iter();
        let faults = fed.filter_map(|(kind, factor, x)| {
            let fault = match answer(&x) {
                Ok(found) => self.fault(kind, factor, &found, &ordinary)?,
                Err(panicked) => panicked.to_owned(),
            };
            Some(format!("{}: {kind:?}: {fault}", self.name))
        });
        faults.collect()
    }
}

fn cases() -> Vec<Case> {
    let mut all = alignment::cases();
    all.extend(divergence::cases());
    all.extend(kernels::cases());
    all.extend(probe::cases());
    all.extend(source::cases());
    all.extend(stats::cases());
    all.extend(variant::cases());
    all
}

/// The functions that have a case.
pub fn tried() -> std::collections::BTreeSet<&'static str> {
    cases().iter().map(|case| case.name).collect()
}

#[test]
fn hard_numbers_get_a_typed_error_or_the_documented_value_and_never_a_plausible_number() {
    let faults: Vec<String> = cases().iter().flat_map(Case::faults).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_driver_finds_what_is_plausible_and_wrong() {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let spread = move |x: &[f64]| {
        let squares = x.iter().map(|v| (v - mean(x)).powi(2)).sum::<f64>();
        Ok(vec![squares.sqrt()])
    };
    let found = case("a spread", Law::Scaled, spread).faults();
    // NaN and infinity three times each, none, and both ends of the numbers.
    let of = |kind: &str| found.iter().filter(|fault| fault.contains(kind)).count();
    assert_eq!(
        (of("not refused"), of("Huge"), of("Subnormal")),
        (10, 1, 1),
        "{found:#?}"
    );
    let largest = |x: &[f64]| Ok(vec![x.iter().copied().fold(f64::NEG_INFINITY, f64::max)]);
    let found = case("a maximum", Law::Scaled, largest)
        .spreads(&[NotANumber])
        .faults();
    assert!(
        found.iter().any(|fault| fault.contains("NotANumber")),
        "{found:#?}"
    );
}
