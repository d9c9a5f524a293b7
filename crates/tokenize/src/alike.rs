//! Whether two tokenizers do the same.

use crate::{Error, Tokenizer};

/// Tokens joined into one probe, and how many probes there are at most.
const JOINED: usize = 24;
const PROBES: usize = 4096;

/// Requires that two tokenizers give the same ids for the same text: they have the same tokens
/// under the same ids, the same special tokens, and cut a few thousand texts made of their tokens
/// alike.
///
/// What a file says beside that (truncation, padding, a post-processor, how merges are written)
/// does not matter.
///
/// ```
/// use dissensus_tokenize::{Character, Kmer, Layout, require_alike};
///
/// let (kmer, dna) = (Kmer::new(3, Layout::Standard)?, Character::dna(Layout::Standard)?);
/// assert!(require_alike(&kmer, &kmer.clone()).is_ok());
/// let error = require_alike(&kmer, &dna).unwrap_err();
/// assert_eq!(error.to_string(), "the tokenizers differ: one has 74 tokens, the other 10");
/// # Ok::<(), dissensus_tokenize::Error>(())
/// ```
///
/// # Errors
/// [`Error::Unlike`] with the first difference.
pub fn require_alike(one: &dyn Tokenizer, other: &dyn Tokenizer) -> Result<(), Error> {
    let (ours, theirs) = (one.vocabulary().tokens(), other.vocabulary().tokens());
    if ours.len() != theirs.len() {
        let (ours, theirs) = (ours.len(), theirs.len());
        return unlike(format!("one has {ours} tokens, the other {theirs}"));
    }
    let different = ours.iter().zip(theirs).position(|(a, b)| a != b);
    if let Some(id) = different {
        return unlike(format!(
            "id {id} is {:?} in one, {:?} in the other",
            ours[id], theirs[id]
        ));
    }
    let mut specials = [one, other].map(|tokenizer| tokenizer.specials().clone());
    specials
        .iter_mut()
        .for_each(|specials| specials.others.sort_unstable());
    if specials[0] != specials[1] {
        return unlike("they have other special tokens".to_string());
    }
    for text in probes(ours) {
        let ids = |tokenizer: &dyn Tokenizer| tokenizer.encode(&text).ok().map(|found| found.ids);
        if ids(one) != ids(other) {
            let shown: String = text.chars().take(40).collect();
            return unlike(format!("they cut {shown:?} into other tokens"));
        }
    }
    Ok(())
}

fn unlike(what: String) -> Result<(), Error> {
    Err(Error::Unlike { what })
}

/// Texts of tokens in an order that jumps through the vocabulary, the same for every call: each
/// token meets others than its neighbours, so that another order of merges shows. Every second one
/// is in lower case, every fourth has spaces.
fn probes(tokens: &[String]) -> impl Iterator<Item = String> + '_ {
    let count = tokens.len().min(PROBES);
    let mut state = 0x9e37_79b9_u32;
    (0..count).map(move |probe| {
        let mut text = String::new();
        for _ in 0..JOINED {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % tokens.len();
            text.push_str(&tokens[at]);
            if probe % 4 == 3 {
                text.push(' ');
            }
        }
        if probe % 2 == 1 {
            text.to_lowercase()
        } else {
            text
        }
    })
}
