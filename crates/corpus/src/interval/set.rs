//! Intervals without overlap.

use std::collections::BTreeMap;

use crate::GenomicInterval;

/// Intervals of many sequences, sorted; those that overlap or touch are one, so that no base is
/// read twice.
///
/// ```
/// use dissensus_corpus::{GenomicInterval, IntervalSet};
///
/// let parsed: Result<Vec<GenomicInterval>, _> =
///     ["b:8-9", "a", "b:1-5", "b:4-7"].iter().map(|text| text.parse()).collect();
/// let set: IntervalSet = parsed?.into_iter().collect();
/// let texts: Vec<String> = set.iter().map(|interval| interval.to_string()).collect();
/// assert_eq!(texts, ["a", "b:1-9"]);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct IntervalSet {
    by_sequence: BTreeMap<String, Vec<GenomicInterval>>,
}

impl IntervalSet {
    /// Names of the sequences.
    pub fn sequences(&self) -> impl Iterator<Item = &str> {
        self.by_sequence.keys().map(String::as_str)
    }

    /// The intervals of one sequence, in its order.
    #[must_use]
    pub fn of(&self, sequence: &str) -> &[GenomicInterval] {
        self.by_sequence.get(sequence).map_or(&[], Vec::as_slice)
    }

    /// All intervals, sorted by the names of their sequences.
    pub fn iter(&self) -> impl Iterator<Item = &GenomicInterval> {
        self.by_sequence.values().flatten()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_sequence.is_empty()
    }
}

impl FromIterator<GenomicInterval> for IntervalSet {
    fn from_iter<T: IntoIterator<Item = GenomicInterval>>(all: T) -> Self {
        let mut all: Vec<GenomicInterval> = all.into_iter().collect();
        all.sort();
        let mut set = Self::default();
        for interval in all {
            let of = set.by_sequence.entry(interval.sequence.clone());
            let of = of.or_default();
            match of.last_mut() {
                Some(last) if last.end.is_none_or(|end| interval.start <= end) => {
                    last.end = last.end.zip(interval.end).map(|(a, b)| a.max(b));
                }
                _ => of.push(interval),
            }
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_in_one_interval_whatever_was_given() {
        let given = [
            (5, Some(9)),
            (0, Some(2)),
            (9, Some(12)),
            (6, Some(7)),
            (20, None),
            (30, Some(31)),
        ];
        let interval = |(start, end)| GenomicInterval {
            sequence: "a".to_owned(),
            start,
            end,
        };
        let set: IntervalSet = given.into_iter().map(interval).collect();
        let expected = [(0, Some(2)), (5, Some(12)), (20, None)].map(interval);
        assert_eq!(set.of("a"), expected);
        assert!(set.of("b").is_empty() && !set.is_empty());
    }
}
