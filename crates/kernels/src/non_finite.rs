//! How numbers that are not finite are stored: `#[serde(with = "dissensus_kernels::non_finite")]`.
//!
//! JSON has no NaN and no infinities, and `serde_json` writes `null` for them, which it cannot read
//! back as a number. Here a finite number stays a number, and the others are the strings `"NaN"`,
//! `"Infinity"` and `"-Infinity"`. Formats that are not for reading (`is_human_readable` false)
//! keep all numbers as they are.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! #[derive(Serialize, Deserialize)]
//! struct Figure {
//!     #[serde(with = "dissensus_kernels::non_finite")]
//!     kl: f64,
//!     #[serde(with = "dissensus_kernels::non_finite")]
//!     by_member: Vec<Option<f64>>,
//! }
//! let figure = Figure { kl: f64::INFINITY, by_member: vec![Some(1.5), None, Some(f64::NAN)] };
//! let json = serde_json::to_string(&figure)?;
//! assert_eq!(json, r#"{"kl":"Infinity","by_member":[1.5,null,"NaN"]}"#);
//! let back: Figure = serde_json::from_str(&json)?;
//! assert_eq!(back.kl, f64::INFINITY);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, SerializeTuple, Serializer};

/// Numbers, and what is built of them: options, vectors, arrays and named numbers.
pub trait Numbers: Sized {
    /// Writes the value.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads what [`Numbers::write`] wrote.
    ///
    /// # Errors
    /// Anything else.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// For `serialize_with`, and `with` of this module.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Numbers, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.write(serializer)
}

/// For `deserialize_with`, and `with` of this module.
///
/// # Errors
/// A value that [`serialize`] would not have written.
pub fn deserialize<'de, T: Numbers, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::read(deserializer)
}

/// A borrowed value in a sequence.
struct Borrowed<'a, T>(&'a T);

impl<T: Numbers> Serialize for Borrowed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// A value of a sequence that is read.
struct Owned<T>(T);

impl<'de, T: Numbers> Deserialize<'de> for Owned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

impl Numbers for f64 {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_finite() || !serializer.is_human_readable() {
            return serializer.serialize_f64(*self);
        }
        serializer.serialize_str(word(*self))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(NumberVisitor)
        } else {
            f64::deserialize(deserializer)
        }
    }
}

impl Numbers for f32 {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_finite() || !serializer.is_human_readable() {
            return serializer.serialize_f32(*self);
        }
        serializer.serialize_str(word(f64::from(*self)))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let value = deserializer.deserialize_any(NumberVisitor)?;
            let single = value as f32;
            if value.is_finite() && !single.is_finite() {
                return Err(D::Error::custom(format_args!(
                    "expected a number of single precision, found {value}"
                )));
            }
            Ok(single)
        } else {
            f32::deserialize(deserializer)
        }
    }
}

fn word(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// Reads a number, or the word for one.
struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
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
            other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
        }
    }
}

impl<T: Numbers> Numbers for Option<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Borrowed).serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<Owned<T>>::deserialize(deserializer)?;
        Ok(value.map(|value| value.0))
    }
}

impl<T: Numbers> Numbers for Vec<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Borrowed))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Vec::<Owned<T>>::deserialize(deserializer)?;
        Ok(values.into_iter().map(|value| value.0).collect())
    }
}

/// A number with its name, as serde stores a pair.
impl<T: Numbers> Numbers for (String, T) {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.0, Borrowed(&self.1)).serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (name, value) = <(String, Owned<T>)>::deserialize(deserializer)?;
        Ok((name, value.0))
    }
}

/// Arrays are stored as serde stores them, element by element, and read as sequences of exactly
/// `N`.
impl<T: Numbers, const N: usize> Numbers for [T; N] {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(N)?;
        for value in self {
            tuple.serialize_element(&Borrowed(value))?;
        }
        tuple.end()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T, const N: usize>(std::marker::PhantomData<T>);

        impl<'de, T: Numbers, const N: usize> Visitor<'de> for Elements<T, N> {
            type Value = [T; N];

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{N} numbers")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut elements: A,
            ) -> Result<[T; N], A::Error> {
                let mut values = Vec::with_capacity(N);
                while values.len() < N {
                    match elements.next_element::<Owned<T>>()? {
                        Some(value) => values.push(value.0),
                        None => return Err(A::Error::invalid_length(values.len(), &self)),
                    }
                }
                let found = values.len();
                values
                    .try_into()
                    .map_err(|_| A::Error::invalid_length(found, &"as many numbers as the array"))
            }
        }
        deserializer.deserialize_tuple(N, Elements(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize)]
    struct Everything {
        #[serde(with = "crate::non_finite")]
        single: f32,
        #[serde(with = "crate::non_finite")]
        double: f64,
        #[serde(with = "crate::non_finite")]
        maybe: Option<f64>,
        #[serde(with = "crate::non_finite")]
        nested: Vec<Vec<f64>>,
        #[serde(with = "crate::non_finite")]
        pair: [f64; 2],
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_to_the_bit(
            single in any::<f32>(), double in any::<f64>(), maybe in any::<Option<f64>>(),
            nested in prop::collection::vec(prop::collection::vec(any::<f64>(), 0..4), 0..4),
            pair in any::<[f64; 2]>(),
        ) {
            let written = Everything { single, double, maybe, nested, pair };
            let json = serde_json::to_string(&written).unwrap();
            let read: Everything = serde_json::from_str(&json).unwrap();
            let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
            prop_assert!(same(read.single.into(), written.single.into()), "{}", json);
            prop_assert!(same(read.double, written.double));
            prop_assert_eq!(read.maybe.is_some(), written.maybe.is_some());
            prop_assert!(same(read.maybe.unwrap_or(0.0), written.maybe.unwrap_or(0.0)));
            for (read, written) in read.nested.iter().zip(&written.nested) {
                prop_assert_eq!(read.len(), written.len());
                prop_assert!(read.iter().zip(written).all(|(a, b)| same(*a, *b)));
            }
            prop_assert!(read.pair.iter().zip(&written.pair).all(|(a, b)| same(*a, *b)));
        }
    }

    fn read(json: &str) -> Result<f64, String> {
        let number = serde_json::from_str::<Owned<f64>>(json);
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
            assert_eq!(serde_json::to_string(&Borrowed(&value)).unwrap(), text);
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

    #[test]
    fn a_named_number_is_a_pair() {
        let facts = vec![("rate".to_string(), f64::INFINITY), ("count".into(), 3.0)];
        let json = serde_json::to_string(&Borrowed(&facts)).unwrap();
        assert_eq!(json, r#"[["rate","Infinity"],["count",3.0]]"#);
        let read = serde_json::from_str::<Owned<Vec<(String, f64)>>>(&json).unwrap();
        assert_eq!(read.0, facts);
    }

    #[test]
    fn what_was_not_written_so_is_refused() {
        let read = |json: &str| serde_json::from_str::<Owned<f64>>(json).map(|value| value.0);
        assert_eq!(read("3").unwrap(), 3.0);
        assert_eq!(read("-3").unwrap(), -3.0);
        for json in ["null", r#""nan""#, r#""1.5""#, "[]", "true"] {
            assert!(read(json).is_err(), "{json}");
        }
        let pair = |json: &str| serde_json::from_str::<Owned<[f64; 2]>>(json).map(|value| value.0);
        assert_eq!(
            pair(r#"[1.0, "-Infinity"]"#).unwrap(),
            [1.0, f64::NEG_INFINITY]
        );
        assert!(pair("[1.0]").is_err());
        assert!(pair("[1.0, 2.0, 3.0]").is_err());
        assert!(serde_json::from_str::<Owned<f32>>("1e300").is_err());
    }
}
