//! What became of the bases.

use serde::{Deserialize, Serialize};

/// What became of the bases that were cut into windows.
///
/// `bases = covered + unknown + uncovered()`. Those of several sequences add up with
/// [`merge`](Self::merge).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Windows made.
    pub windows: u64,
    /// Bases read.
    pub bases: u64,
    /// Bases inside at least one window.
    pub covered: u64,
    /// Bases left out as runs of N.
    pub unknown: u64,
}

impl Coverage {
    /// Bases in no window and no run of N: remainders too short for a window, and what a long
    /// stride steps over.
    #[must_use]
    pub fn uncovered(&self) -> u64 {
        let known = self.covered.saturating_add(self.unknown);
        self.bases.saturating_sub(known)
    }

    /// Adds the counts of `other`; what does not fit is the largest number.
    pub fn merge(&mut self, other: &Self) {
        self.windows = self.windows.saturating_add(other.windows);
        self.bases = self.bases.saturating_add(other.bases);
        self.covered = self.covered.saturating_add(other.covered);
        self.unknown = self.unknown.saturating_add(other.unknown);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn coverage() -> impl Strategy<Value = Coverage> {
        let number = || prop_oneof![3 => 0..99_u64, 1 => Just(u64::MAX)];
        (number(), number(), number(), number()).prop_map(|(windows, bases, covered, unknown)| {
            Coverage {
                windows,
                bases,
                covered,
                unknown,
            }
        })
    }

    fn merged(mut one: Coverage, other: Coverage) -> Coverage {
        one.merge(&other);
        one
    }

    proptest! {
        #[test]
        fn coverages_are_a_monoid_however_large(a in coverage(), b in coverage(), c in coverage()) {
            let sum = merged;
            prop_assert_eq!(sum(a, Coverage::default()), a);
            prop_assert_eq!(sum(Coverage::default(), a), a);
            prop_assert_eq!(sum(a, b), sum(b, a));
            prop_assert_eq!(sum(sum(a, b), c), sum(a, sum(b, c)));
            prop_assert!(a.uncovered() <= a.bases);
        }
    }
}
