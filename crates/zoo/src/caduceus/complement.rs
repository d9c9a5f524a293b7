//! Which token is another's complement.

use std::collections::BTreeMap;

use dissensus_lm::Error;

use crate::parts::check;

/// The complement of each id, an involution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complement(Vec<u32>);

impl Complement {
    /// Of so many rows, from the entries of a configuration by their numbers; rows without an entry
    /// are their own.
    ///
    /// Published code takes the entries in the order of the file. A file that `transformers` wrote
    /// has them in the order of text, `"0", "1", "10", …`, so the numbers count here and not the
    /// order.
    pub(super) fn of_entries(entries: &BTreeMap<String, u32>, rows: usize) -> Result<Self, Error> {
        let mut map: Vec<u32> = (0..rows as u32).collect();
        for (id, &complement) in entries {
            let row = id.parse().ok().and_then(|id: usize| map.get_mut(id));
            let expected = format!("ids below {rows}");
            check(row.is_some(), "complement_map", id, &expected)?;
            if let Some(row) = row {
                *row = complement;
            }
        }
        Self::of_rows(map)
    }

    /// From the complement of each id.
    pub(super) fn of_rows(map: Vec<u32>) -> Result<Self, Error> {
        let back = |&id: &u32| map.get(id as usize).copied();
        let odd = (0..)
            .zip(&map)
            .find(|(id, complement)| back(complement) != Some(*id));
        let expected = "the complement of its own complement";
        let id = odd.map(|(id, _): (u32, _)| id).unwrap_or_default();
        check(odd.is_none(), "complement_map", id, expected)?;
        Ok(Self(map))
    }

    /// By id.
    pub(super) fn rows(&self) -> &[u32] {
        &self.0
    }

    /// The entries of a configuration.
    pub(super) fn entries(&self) -> BTreeMap<String, u32> {
        let rows = self.0.iter().enumerate();
        rows.map(|(id, &c)| (id.to_string(), c)).collect()
    }

    /// The other strand of the first `length` of some ids; padding stays behind it.
    pub(super) fn reverse(&self, ids: &[u32], length: usize) -> Vec<u32> {
        let strand = ids[..length].iter().rev();
        let strand = strand.map(|&id| self.0[id as usize]);
        strand.chain(ids[length..].iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn released() -> BTreeMap<String, u32> {
        let pairs = [(7, 10), (8, 9), (9, 8), (10, 7), (11, 11), (0, 0)];
        pairs.map(|(a, b): (u32, u32)| (a.to_string(), b)).into()
    }

    #[test]
    fn numbers_count_and_not_the_order_of_the_file() {
        let map = Complement::of_entries(&released(), 16).unwrap();
        assert_eq!(map.rows()[7..12], [10, 9, 8, 7, 11]);
        assert_eq!(map.rows()[12..], [12, 13, 14, 15]);
        assert_eq!(Complement::of_entries(&map.entries(), 16).unwrap(), map);
    }

    #[test]
    fn the_other_strand_is_read_backwards_and_padding_stays() {
        let map = Complement::of_entries(&released(), 12).unwrap();
        assert_eq!(map.reverse(&[7, 7, 8, 1, 4, 4], 4), [1, 9, 10, 10, 4, 4]);
    }

    #[test]
    fn what_is_no_involution_is_refused() {
        let mut entries = released();
        entries.insert("8".into(), 11);
        let error = Complement::of_entries(&entries, 16).unwrap_err();
        assert!(error.to_string().contains("complement_map"), "{error}");
        entries = released();
        entries.insert("16".into(), 16);
        assert!(Complement::of_entries(&entries, 16).is_err());
    }
}
