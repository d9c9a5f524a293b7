//! The schema of `results.json`: what was measured, how sure, against what chance.
//!
//! The file holds results only, so two equal runs are equal files: no time, path or machine name.

mod measure;

use serde::{Deserialize, Serialize};

pub use measure::Measure;

use crate::Error;

/// Version of the schema. It grows whenever a reader of the old one would misread the new one.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything a study found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Always [`SCHEMA_VERSION`] in a file this crate writes.
    pub schema_version: u32,
    /// What decides the results: `(name, value)`, in a fixed order.
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
    #[serde(with = "dissensus_kernels::non_finite")]
    pub facts: Vec<(String, f64)>,
    /// What a reader should know before believing the numbers, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
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
        /// Read first, so that a file of another version is called that and not misshapen.
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let Version { schema_version } = serde_json::from_str(text)?;
        if schema_version != SCHEMA_VERSION {
            return Err(Error::Schema {
                found: schema_version,
                expected: SCHEMA_VERSION,
            });
        }
        Ok(serde_json::from_str(text)?)
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
                name: "dna".into(), members: 2, facts: vec![], notes: vec![], states: vec![state],
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
    fn infinite_values_survive_json_as_words() {
        let measure = Measure::new("kl", "bits", f64::INFINITY)
            .and_then(|m| m.with_interval(1.5, f64::INFINITY))
            .and_then(|m| m.with_chance(f64::NEG_INFINITY))
            .and_then(|m| m.with_oracle(f64::INFINITY))
            .and_then(|m| m.with_members(&[2.0, f64::INFINITY]))
            .expect("numbers");
        let state = State {
            name: "trained".into(),
            measures: vec![measure],
        };
        let mut results = Results::new(vec![]);
        results.ensembles.push(Ensemble {
            name: "dna".into(),
            members: 2,
            facts: vec![("entropy rate".into(), f64::INFINITY)],
            notes: vec!["few".into()],
            states: vec![state],
        });
        let json = results.to_json().expect("JSON");
        assert!(!json.contains("null"), "{json}");
        assert_eq!(Results::from_json(&json).expect("read back"), results);
    }

    #[test]
    fn a_nan_that_somebody_set_by_hand_is_read_back_as_nan() {
        let mut measure = Measure::new("kl", "bits", 1.0).expect("a number");
        measure.value = f64::NAN;
        let json = serde_json::to_string(&measure).expect("JSON");
        let read: Measure = serde_json::from_str(&json).expect("read back");
        assert!(read.value.is_nan());
    }

    #[test]
    fn nan_and_reversed_intervals_are_refused() {
        let refused = Measure::new("kl", "bits", f64::NAN).expect_err("NaN");
        assert!(refused.to_string().contains("kl"), "{refused}");
        let kl = Measure::new("kl", "bits", 1.0).expect("finite");
        assert!(matches!(
            kl.with_interval(2.0, 1.0),
            Err(Error::Interval { .. })
        ));
    }

    #[test]
    fn another_schema_is_named_whatever_its_shape() {
        let text = r#"{"schema_version": 999, "found": "something else"}"#;
        assert!(matches!(
            Results::from_json(text),
            Err(Error::Schema { found: 999, .. })
        ));
    }
}
