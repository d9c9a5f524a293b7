//! Which pairs merge, into what, and in which order.

use super::pairs::{Pair, PairMap, pair, parts};
use crate::{Error, Vocabulary};

/// The merges of a BPE model, by pair and by rank.
#[derive(Debug, Clone)]
pub(super) struct Merges {
    ranks: PairMap<u32>,
    merges: Vec<Merge>,
}

/// Two tokens and the one they become.
#[derive(Debug, Clone, Copy)]
pub(super) struct Merge {
    pub left: u32,
    pub right: u32,
    pub id: u32,
}

impl Merges {
    /// Looks the tokens of each merge up, most important merge first. A pair given twice has the
    /// rank of its last place, as the stock model has it.
    pub fn new<'a>(
        vocabulary: &Vocabulary,
        merges: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Error> {
        let mut found: PairMap<(u32, u32)> = PairMap::default();
        for (rank, (left, right)) in (0u32..).zip(merges) {
            let find = |token: &str| {
                let needed_by = format!("merge {rank} ({left:?} {right:?})");
                let token = token.to_string();
                vocabulary
                    .id(&token)
                    .ok_or(Error::MissingToken { token, needed_by })
            };
            let id = find(&format!("{left}{right}"))?;
            found.insert(pair(find(left)?, find(right)?), (rank, id));
        }
        let mut ordered: Vec<((u32, u32), Pair)> =
            found.into_iter().map(|(pair, of)| (of, pair)).collect();
        ordered.sort_unstable();
        let ranks = ordered
            .iter()
            .zip(0..)
            .map(|((_, pair), rank)| (*pair, rank))
            .collect();
        let merges = ordered.into_iter().map(|((_, id), pair)| {
            let (left, right) = parts(pair);
            Merge { left, right, id }
        });
        Ok(Self {
            ranks,
            merges: merges.collect(),
        })
    }

    /// The number of merges.
    pub fn ranks(&self) -> usize {
        self.merges.len()
    }

    /// The merges in the order of their ranks.
    pub fn iter(&self) -> impl Iterator<Item = Merge> + '_ {
        self.merges.iter().copied()
    }

    /// The merge of a rank.
    #[inline]
    pub fn of_rank(&self, rank: u32) -> Merge {
        self.merges[rank as usize]
    }

    /// The rank of the merge of two tokens.
    #[inline]
    pub fn rank(&self, left: u32, right: u32) -> Option<u32> {
        self.ranks.get(&pair(left, right)).copied()
    }
}
