//! How much of a tokenization one changed symbol changes.

use std::collections::HashSet;

use dissensus_tokenize::{Encoding, Tokenizer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Error;

/// How many tokens of a text are gone, on average, when one of its symbols is replaced by another
/// one of `letters`.
///
/// A token is gone if the new tokenization has no equal one in its place. For k-mers and characters
/// that is one; a byte-pair tokenizer may cut anew far around. One symbol is drawn in each text.
///
/// ```
/// use dissensus_measure::tokens_changed_by_substitution;
/// use dissensus_tokenize::{Kmer, Layout};
/// let kmers = Kmer::new(6, Layout::Standard)?;
/// assert_eq!(tokens_changed_by_substitution(&["ACGTACGTACGT"], "ACGT", &kmers, 1)?, Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Nothing if no text has a symbol of `letters`.
///
/// # Errors
/// [`Error::Tokenize`] for a text that the tokenizer refuses.
pub fn tokens_changed_by_substitution<S: AsRef<str>>(
    texts: &[S],
    letters: &str,
    tokenizer: &dyn Tokenizer,
    seed: u64,
) -> Result<Option<f64>, Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut gone, mut edits) = (0, 0);
    for text in texts {
        let text = text.as_ref();
        let places: Vec<(usize, char)> = text
            .char_indices()
            .filter(|(_, c)| letters.contains(*c))
            .collect();
        let others = |c: char| letters.chars().filter(move |&other| other != c);
        if places.is_empty() || letters.chars().count() < 2 {
            continue;
        }
        let (at, old) = places[rng.random_range(0..places.len())];
        let new = rng.random_range(0..others(old).count());
        let mut changed = text.to_owned();
        let new: String = others(old).skip(new).take(1).collect();
        changed.replace_range(at..at + old.len_utf8(), &new);
        let shift = (
            at + old.len_utf8(),
            new.len() as isize - old.len_utf8() as isize,
        );
        gone += lost(
            &tokenizer.encode(text)?,
            &tokenizer.encode(&changed)?,
            shift,
        );
        edits += 1;
    }
    Ok((edits > 0).then(|| gone as f64 / f64::from(edits)))
}

/// Tokens of the first that the second lacks; bytes from `shift.0` on stand `shift.1` further in
/// the second.
fn lost(before: &Encoding, after: &Encoding, shift: (usize, isize)) -> usize {
    let moved = |at: usize| {
        if at >= shift.0 {
            at.saturating_add_signed(shift.1)
        } else {
            at
        }
    };
    let kept: HashSet<(u32, usize, usize)> = after
        .ids
        .iter()
        .zip(&after.offsets)
        .map(|(&id, range)| (id, range.start, range.end))
        .collect();
    let all = before.ids.iter().zip(&before.offsets);
    all.filter(|(id, range)| !kept.contains(&(**id, moved(range.start), moved(range.end))))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_tokenize::{Bpe, BpeParams, Character, Layout};

    #[test]
    fn one_base_is_one_character() {
        let tokenizer = Character::dna(Layout::Standard).unwrap();
        let texts = ["ACGTTGCA", "GGGG"];
        let found = tokens_changed_by_substitution(&texts, "ACGT", &tokenizer, 3).unwrap();
        assert_eq!(found, Some(1.0));
        assert_eq!(
            tokens_changed_by_substitution(&["NN"], "ACGT", &tokenizer, 3).unwrap(),
            None
        );
    }

    #[test]
    fn byte_pairs_are_cut_anew_around_a_change() {
        let params = BpeParams::default().with_vocabulary_size(12);
        // The merges are AC, ACAC, ACACACAC: a change inside the longest breaks it into others.
        let bpe = Bpe::train(["ACACACACACACACACACACACACACACACAC"], params).unwrap();
        let before = bpe.encode("ACACACACACACACAC").unwrap();
        let after = bpe.encode("ACACACACACACAAAC").unwrap();
        let gone = lost(&before, &after, (15, 0));
        assert!(gone >= 1 && gone <= before.len(), "{gone}");
        assert!(after.len() > before.len());
    }
}
