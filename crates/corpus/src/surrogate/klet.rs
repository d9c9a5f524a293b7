//! Shuffles that keep words.

use std::hash::Hash;

use rand::Rng;

use super::alphabet::Coded;
use super::contexts::Contexts;
use super::tree::random_tree;
use crate::dna::unknown_runs;
use crate::order::shuffle_with;
use crate::{Error, SoftMasked, clean_dna};

/// A sequence drawn uniformly from all that have the same counts of k-lets (segments of k symbols)
/// as `symbols`.
///
/// All shorter segments keep their counts too; the first and the last k − 1 symbols stay in place.
/// With k = 1 it is an ordinary shuffle. Memory: about 40 bytes a symbol; time linear but for the
/// random walk of the tree.
///
/// ```
/// use dissensus_corpus::klet_shuffle;
/// use rand::SeedableRng;
///
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// // AA AC CA AG GA: the loop AA and the two trips can swap
/// let shuffled = klet_shuffle(b"AACAGA", 2, &mut rng)?;
/// assert!(
///     [b"AACAGA", b"AAGACA", b"ACAAGA", b"AGAACA", b"ACAGAA", b"AGACAA"]
///         .contains(&&shuffled[..].try_into().unwrap())
/// );
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
///
/// Symbols are edges between (k − 1)-lets, and every Eulerian walk from the first to the last is
/// equally likely: the last edge out of each vertex is drawn as a random tree, the order of the
/// others at random.
///
/// Source: Altschul & Erickson, Mol. Biol. Evol. 2 (1985); the tree as in Jiang et al., "uShuffle",
/// BMC Bioinformatics 9 (2008).
///
/// # Errors
/// [`Error::Parameter`] when `k` is 0.
pub fn klet_shuffle<T: Copy + Eq + Hash>(
    symbols: &[T],
    k: usize,
    rng: &mut impl Rng,
) -> Result<Vec<T>, Error> {
    shuffle(symbols, || Coded::new(symbols), k, rng)
}

fn shuffle<T: Copy>(
    symbols: &[T],
    coded: impl FnOnce() -> Coded,
    k: usize,
    rng: &mut impl Rng,
) -> Result<Vec<T>, Error> {
    let Some(length) = k.checked_sub(1) else {
        return Err(Error::Parameter {
            parameter: "k of a k-let shuffle",
            value: "0".to_owned(),
            expected: "at least 1",
        });
    };
    if symbols.len() <= k {
        return Ok(symbols.to_vec());
    }
    let mut contexts = Contexts::new(&coded(), length);
    let order = EdgeOrder::draw(&mut contexts, rng);
    Ok(order.walk(symbols, length))
}

/// The edges out of every vertex in the order in which the walk takes them.
struct EdgeOrder<'c> {
    contexts: &'c Contexts,
}

impl<'c> EdgeOrder<'c> {
    fn draw(contexts: &'c mut Contexts, rng: &mut impl Rng) -> Self {
        let root = contexts.at[contexts.at.len() - 1];
        let tree = random_tree(contexts, root, rng);
        for (context, last_edge) in tree.into_iter().enumerate() {
            let range = contexts.range(context);
            let free = match last_edge {
                Some(edge) => {
                    contexts.places.swap(edge, range.end - 1);
                    range.start..range.end - 1
                }
                None => range,
            };
            shuffle_with(&mut contexts.places[free], rng);
        }
        Self { contexts }
    }

    fn walk<T: Copy>(&self, symbols: &[T], length: usize) -> Vec<T> {
        let contexts = self.contexts;
        let mut next: Vec<usize> = (0..contexts.count())
            .map(|context| contexts.range(context).start)
            .collect();
        let mut walked = symbols[..length].to_vec();
        let mut here = contexts.at[0];
        for _ in 0..contexts.places.len() {
            let place = contexts.places[next[here]];
            next[here] += 1;
            walked.push(symbols[place + length]);
            here = contexts.at[place + 1];
        }
        walked
    }
}

/// Shuffles DNA as [`klet_shuffle`] does, every segment between unknown bases by itself; those stay
/// in place.
///
/// The bases are cleaned first: upper case, and N for everything but A, C, G and T.
///
/// ```
/// use dissensus_corpus::klet_shuffle_dna;
/// use rand::SeedableRng;
///
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let shuffled = klet_shuffle_dna("aacagaNNcgt", 2, &mut rng)?;
/// assert_eq!(&shuffled[6..], "NNCGT"); // CG and GT can stand in one order only
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parameter`] when `k` is 0.
pub fn klet_shuffle_dna(bases: &str, k: usize, rng: &mut impl Rng) -> Result<String, Error> {
    let clean = clean_dna(bases.as_bytes(), SoftMasked::Upper);
    let mut shuffled = String::with_capacity(clean.len());
    let mut from = 0;
    let end = clean.len();
    for run in unknown_runs(clean.as_bytes())
        .into_iter()
        .chain(std::iter::once(end..end))
    {
        let segment = &clean.as_bytes()[from..run.start];
        let segment = shuffle(segment, || Coded::of_bases(segment), k, rng)?;
        shuffled.extend(segment.into_iter().map(char::from));
        shuffled.push_str(&clean[run.clone()]);
        from = run.end;
    }
    Ok(shuffled)
}
