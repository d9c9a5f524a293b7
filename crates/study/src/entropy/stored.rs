//! Sequences of files as a trainer reads them.

use std::borrow::Cow;
use std::io;

use dissensus_input::SequenceStore;
use dissensus_lm::SequenceSet;

/// The training sequences of files, which may be more than memory holds, as a trainer reads them.
///
/// ```
/// use dissensus_input::{Document, Documents, Modality, SequenceParams, Sets};
/// use dissensus_lm::SequenceSet;
/// use dissensus_study::StoredSequences;
/// use dissensus_tokenize::{Character, Layout};
/// let document = || vec![Document::of_text("ACGT".repeat(5))];
/// let sets = Sets { training: document(), evaluation: document(), analysis: document() };
/// let documents = Documents::made(Modality::Dna, sets);
/// let params = SequenceParams::default().with_max_length(12);
/// let sets = documents.encode(&Character::dna(Layout::Standard)?, &params)?;
/// let training = StoredSequences::new(sets.training);
/// assert_eq!((training.len(), training.sequence(1)?.len()), (2, 12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct StoredSequences(SequenceStore);

impl StoredSequences {
    /// Takes them.
    #[must_use]
    pub fn new(store: SequenceStore) -> Self {
        Self(store)
    }
}

impl SequenceSet for StoredSequences {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn sequence(&self, index: usize) -> io::Result<Cow<'_, [u32]>> {
        self.0.get(index).map(Cow::Owned)
    }
}
