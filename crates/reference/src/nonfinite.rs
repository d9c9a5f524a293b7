//! How numbers that are not finite are stored: `#[serde(with = "crate::nonfinite")]`.
//!
//! JSON has no NaN and no infinities; `serde_json` writes `null` for them, which does not read back
//! as a number. Here they are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`. Formats that are
//! not for reading keep all numbers as they are.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::ser::Serializer;

pub(crate) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() || !serializer.is_human_readable() {
        return serializer.serialize_f64(*value);
    }
    serializer.serialize_str(if value.is_nan() {
        "NaN"
    } else if *value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    })
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    if deserializer.is_human_readable() {
        deserializer.deserialize_any(Number)
    } else {
        f64::deserialize(deserializer)
    }
}

/// Reads a number, or the word for one.
struct Number;

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a number, "NaN", "Infinity" or "-Infinity""#)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<f64, E> {
        match value {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            other => Err(E::invalid_value(Unexpected::Str(other), &self)),
        }
    }
}

/// The same for every number of a vector.
pub(crate) mod all {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Stored(#[serde(with = "super")] f64);

    pub(crate) fn serialize<S: Serializer>(
        values: &[f64],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(|&value| Stored(value)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<f64>, D::Error> {
        let values = Vec::<Stored>::deserialize(deserializer)?;
        Ok(values.into_iter().map(|value| value.0).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Number(#[serde(with = "super")] f64);

    fn read(text: &str) -> Result<f64, String> {
        let number = serde_json::from_str::<Number>(text);
        number.map(|n| n.0).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_that_json_has_not_are_words() {
        for (value, text) in [
            (f64::NAN, r#""NaN""#),
            (f64::INFINITY, r#""Infinity""#),
            (f64::NEG_INFINITY, r#""-Infinity""#),
            (0.5, "0.5"),
            (-3.0, "-3.0"),
        ] {
            assert_eq!(serde_json::to_string(&Number(value)).unwrap(), text);
            let found = read(text).unwrap();
            assert!(found == value || found.is_nan() && value.is_nan(), "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_numbers_and_other_words_are_not() {
        assert_eq!((read("3"), read("-3")), (Ok(3.0), Ok(-3.0)));
        for wrong in [r#""infinity""#, r#""""#, "null", "[]"] {
            let error = read(wrong).unwrap_err();
            let expected = r#"expected a number, "NaN", "Infinity" or "-Infinity""#;
            assert!(error.contains(expected), "{error}");
        }
    }
}
