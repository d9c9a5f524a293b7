//! The schema of `results.json`: what was measured, how sure, against what chance.
//!
//! The file holds results only, so two equal runs are equal files: no time, path or machine name.

use serde::{Deserialize, Serialize};

use crate::{Error, shown, shown_with_interval};

/// Version of the schema. It grows whenever a reader of the old one would misread the new one.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything a study found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Always [`SCHEMA_VERSION`] in a file this crate writes.
    pub schema_version: u32,
    /// Which program, with which settings (as `key = value` pairs, in a fixed order).
    pub settings: Vec<(String, String)>,
    /// One entry for each ensemble, in the order of the study.
    pub ensembles: Vec<Ensemble>,
}

/// One ensemble: same data and tokenizer, members that differ by their seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ensemble {
    /// For example `dna-kmer`.
    pub name: String,
    /// Number of members.
    pub members: usize,
    /// Facts about the data and the tokenizer (`tokens_train`, `vocabulary`, …).
    pub facts: Vec<(String, f64)>,
    /// The untrained and the trained members.
    pub states: Vec<State>,
}

/// What was measured on the members in one state of training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// `init` or `trained`.
    pub name: String,
    /// Every measure, each with interval and chance where known.
    pub measures: Vec<Measure>,
}

/// One number with all that is needed to believe it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// For example `js_distance`.
    pub id: String,
    /// The argument it was taken at (`p`, `k`, a layer), where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<f64>,
    /// `bits`, `bits/base`, `share`, `1` for plain numbers.
    pub unit: String,
    /// The estimate.
    pub value: f64,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// The value that chance alone gives.
    pub chance: Option<f64>,
    /// The value of a perfect model of the data, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub oracle: Option<f64>,
    /// The value of each member, empty where the measure belongs to pairs or the whole.
    pub per_member: Vec<f64>,
    /// Standard error over members, where there are several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member_error: Option<f64>,
    /// Standard error over the examples that it was measured on, where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub example_error: Option<f64>,
}

impl Results {
    /// Starts an empty file of results.
    #[must_use]
    pub fn new(settings: Vec<(String, String)>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            settings,
            ensembles: Vec::new(),
        }
    }

    /// The results as indented JSON, ending in a newline.
    ///
    /// # Errors
    /// [`Error::Json`] if a string cannot be written, which does not happen for UTF-8.
    pub fn to_json(&self) -> Result<String, Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Reads results back.
    ///
    /// # Errors
    /// [`Error::Json`] for another shape, [`Error::Schema`] for another version.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let results: Self = serde_json::from_str(text)?;
        if results.schema_version != SCHEMA_VERSION {
            return Err(Error::Schema {
                found: results.schema_version,
                expected: SCHEMA_VERSION,
            });
        }
        Ok(results)
    }

    /// The measure called `id` (at `at`) of an ensemble in a state, if it was taken.
    #[must_use]
    pub fn find(&self, ensemble: &str, state: &str, id: &str, at: Option<f64>) -> Option<&Measure> {
        self.ensembles
            .iter()
            .find(|e| e.name == ensemble)?
            .state(state)?
            .find(id, at)
    }
}

impl Ensemble {
    /// The named state, if present.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&State> {
        self.states.iter().find(|s| s.name == name)
    }
}

impl State {
    /// The measure called `id` (at `at`), if it was taken.
    #[must_use]
    pub fn find(&self, id: &str, at: Option<f64>) -> Option<&Measure> {
        self.measures.iter().find(|m| m.id == id && m.at == at)
    }

    /// Every measure called `id` that has an argument, as `(argument, measure)`, in file order.
    pub fn curve<'a>(&'a self, id: &'a str) -> impl Iterator<Item = (f64, &'a Measure)> {
        self.measures
            .iter()
            .filter(move |m| m.id == id)
            .filter_map(|m| Some((m.at?, m)))
    }
}

impl Measure {
    /// A measure without interval or chance.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if `value` is NaN or infinite.
    pub fn new(id: &str, unit: &str, value: f64) -> Result<Self, Error> {
        finite(id, value)?;
        Ok(Self {
            id: id.into(),
            at: None,
            unit: unit.into(),
            value,
            low: None,
            high: None,
            chance: None,
            oracle: None,
            per_member: Vec::new(),
            member_error: None,
            example_error: None,
        })
    }

    /// States the argument the measure was taken at.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if `at` is NaN or infinite.
    pub fn at(mut self, at: f64) -> Result<Self, Error> {
        self.at = Some(finite(&self.id, at)?);
        Ok(self)
    }

    /// States the interval.
    ///
    /// # Errors
    /// [`Error::NotFinite`] or [`Error::Interval`] (`low > high`).
    pub fn with_interval(mut self, low: f64, high: f64) -> Result<Self, Error> {
        finite(&self.id, low)?;
        finite(&self.id, high)?;
        if low > high {
            return Err(Error::Interval {
                what: self.id,
                low,
                high,
            });
        }
        (self.low, self.high) = (Some(low), Some(high));
        Ok(self)
    }

    /// States the chance level.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if it is NaN or infinite.
    pub fn with_chance(mut self, chance: f64) -> Result<Self, Error> {
        self.chance = Some(finite(&self.id, chance)?);
        Ok(self)
    }

    /// States the value of a perfect model of the data.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if it is NaN or infinite.
    pub fn with_oracle(mut self, oracle: f64) -> Result<Self, Error> {
        self.oracle = Some(finite(&self.id, oracle)?);
        Ok(self)
    }

    /// States the value of each member.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if one is NaN or infinite.
    pub fn with_members(mut self, values: &[f64]) -> Result<Self, Error> {
        for &value in values {
            finite(&self.id, value)?;
        }
        self.per_member = values.to_vec();
        Ok(self)
    }

    /// States the standard error over members.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if it is NaN or infinite.
    pub fn with_member_error(mut self, error: f64) -> Result<Self, Error> {
        self.member_error = Some(finite(&self.id, error)?);
        Ok(self)
    }

    /// States the standard error over the examples it was measured on.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if it is NaN or infinite.
    pub fn with_example_error(mut self, error: f64) -> Result<Self, Error> {
        self.example_error = Some(finite(&self.id, error)?);
        Ok(self)
    }

    /// The interval, where there is one.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.low.zip(self.high)
    }

    /// The value and interval as printed in tables.
    #[must_use]
    pub fn shown(&self) -> String {
        shown_with_interval(self.value, self.interval())
    }

    /// The chance level as printed in tables; a dash where none is known.
    #[must_use]
    pub fn shown_chance(&self) -> String {
        self.chance.map_or_else(|| "–".into(), shown)
    }

    /// The oracle's value as printed in tables; a dash where none is known.
    #[must_use]
    pub fn shown_oracle(&self) -> String {
        self.oracle.map_or_else(|| "–".into(), shown)
    }
}

fn finite(what: &str, value: f64) -> Result<f64, Error> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(Error::NotFinite {
        what: what.into(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn results_survive_json(value in -1e6_f64..1e6, width in 0.0_f64..10.0, k in 1_u32..5000) {
            let measure = Measure::new("overlap", "1", value)
                .and_then(|m| m.at(f64::from(k)))
                .and_then(|m| m.with_interval(value - width, value + width))
                .and_then(|m| m.with_members(&[value, value + 1.0]))
                .expect("finite");
            let mut results = Results::new(vec![("members".into(), "3".into())]);
            let state = State { name: "init".into(), measures: vec![measure] };
            results.ensembles.push(Ensemble {
                name: "dna".into(), members: 2, facts: vec![], states: vec![state],
            });
            let read = Results::from_json(&results.to_json().expect("JSON")).expect("same schema");
            prop_assert_eq!(&read, &results);
            prop_assert!(read.find("dna", "init", "overlap", Some(f64::from(k))).is_some());
            prop_assert!(read.find("dna", "trained", "overlap", None).is_none());
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,200}") {
            prop_assert!(Results::from_json(&text).is_err());
        }
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        assert!(matches!(
            Measure::new("kl", "bits", f64::NAN),
            Err(Error::NotFinite { .. })
        ));
        let kl = Measure::new("kl", "bits", 1.0).expect("finite");
        assert!(matches!(
            kl.with_interval(2.0, 1.0),
            Err(Error::Interval { .. })
        ));
    }

    #[test]
    fn another_schema_is_refused() {
        let text = r#"{"schema_version": 999, "settings": [], "ensembles": []}"#;
        assert!(matches!(
            Results::from_json(text),
            Err(Error::Schema { found: 999, .. })
        ));
    }
}
