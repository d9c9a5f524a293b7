//! The segment of reference that a model sees around a variant.

use dissensus_corpus::reverse_complement_bytes;

use crate::error::parameter;
use crate::{Error, Fault, Genome, Variant};

/// A window of reference and one edit on it.
///
/// ```
/// use dissensus_variant::{Contig, Genome, Variant, VariantWindow};
///
/// let genome = Genome::new([Contig::new("chr7", 100, b"ACGTTGCA")]);
/// let window = VariantWindow::around(&Variant::new("7", 104, "T", "A"), &genome, 4)?;
/// assert_eq!((window.start, window.at), (102, 1));
/// assert_eq!((&window.reference[..], &window.alternative()[..]), (&b"GTTG"[..], &b"GATG"[..]));
/// // Near the end of what is covered the window shifts.
/// let last = VariantWindow::around(&Variant::new("7", 108, "A", "C"), &genome, 4)?;
/// assert_eq!((last.start, last.at), (104, 3));
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantWindow {
    /// Offset of the window in the contig, from 0.
    pub start: u64,
    /// The bases of the reference.
    pub reference: Vec<u8>,
    /// Offset of the edit in the window.
    pub at: usize,
    /// Bases of the reference that are removed.
    pub removed: usize,
    /// Bases put in their place.
    pub inserted: Vec<u8>,
}

impl VariantWindow {
    /// An edit on a window that comes from nowhere.
    ///
    /// # Errors
    /// [`Error::Edit`] where it reaches beyond the window.
    pub fn new(
        reference: Vec<u8>,
        at: usize,
        removed: usize,
        inserted: Vec<u8>,
    ) -> Result<Self, Error> {
        let length = reference.len();
        if at.checked_add(removed).is_none_or(|end| end > length) {
            return Err(Error::Edit {
                at,
                removed,
                length,
            });
        }
        Ok(Self {
            start: 0,
            reference,
            at,
            removed,
            inserted,
        })
    }

    /// `length` bases of reference with the variant in the middle, moved inwards near an end of
    /// what is covered.
    ///
    /// The alternative has as many bases more or fewer as the variant inserts or deletes.
    ///
    /// # Errors
    /// A variant that does not fit the reference; [`Fault::ShortContig`] where fewer than `length`
    /// bases are covered or the variant removes more; a length of 0.
    pub fn around(variant: &Variant, genome: &Genome, length: usize) -> Result<Self, Error> {
        parameter("length of a window", "1 or more", length as f64, length > 0)?;
        variant.check(genome)?;
        let edit = variant.edit();
        let place = variant.position - 1..variant.position - 1 + variant.reference.len() as u64;
        let wrong = |source| Error::Variant {
            row: variant.row.clone(),
            source,
        };
        let segment = genome.find(&variant.contig, place).map_err(wrong)?;
        let (found, removed) = (segment.bases.len(), edit.removed.len());
        if found < length || removed > length {
            return Err(wrong(Fault::ShortContig {
                contig: variant.contig.clone(),
                position: variant.position,
                needed: length.max(removed),
                found: found.min(length),
            }));
        }
        let offset = (edit.start - segment.start) as usize;
        let first = offset
            .saturating_sub((length - removed) / 2)
            .min(found - length);
        Ok(Self {
            start: segment.start + first as u64,
            reference: segment.bases[first..first + length].to_vec(),
            at: offset - first,
            removed,
            inserted: edit.inserted,
        })
    }

    /// The window with the edit made.
    #[must_use]
    pub fn alternative(&self) -> Vec<u8> {
        let (left, rest) = self.reference.split_at(self.at);
        [left, &self.inserted, &rest[self.removed..]].concat()
    }

    /// The same edit on the other strand.
    #[must_use]
    pub fn reverse_complement(&self) -> Self {
        Self {
            start: self.start,
            reference: reverse_complement_bytes(&self.reference),
            at: self.reference.len() - self.at - self.removed,
            removed: self.removed,
            inserted: reverse_complement_bytes(&self.inserted),
        }
    }

    /// The edit undone: what was the alternative is the reference.
    #[must_use]
    pub fn swapped(&self) -> Self {
        Self {
            start: self.start,
            reference: self.alternative(),
            at: self.at,
            removed: self.inserted.len(),
            inserted: self.reference[self.at..self.at + self.removed].to_vec(),
        }
    }

    /// The base removed and the base inserted, where one base is substituted.
    #[must_use]
    pub fn substitution(&self) -> Option<(u8, u8)> {
        match (self.removed, &self.inserted[..]) {
            (1, &[base]) => Some((self.reference[self.at], base)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Contig;

    fn bases(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(&b"ACGT"[..]), length)
    }

    proptest! {
        /// The slow twin edits the whole contig and cuts the same segment out of it.
        #[test]
        fn a_window_is_a_stretch_of_the_edited_contig(
            contig in bases(20..60), at in 0_usize..18, removed in 0_usize..3, inserted in bases(0..4), length in 4_usize..20,
        ) {
            let reference = &contig[at..(at + removed + 1).min(contig.len())];
            let alternative = [&reference[..1], &inserted].concat();
            prop_assume!(reference != &alternative[..]);
            let genome = Genome::new([Contig::new("1", 1000, &contig)]);
            let text = |bases: &[u8]| String::from_utf8(bases.to_vec()).unwrap();
            let variant = Variant::new("1", 1001 + at as u64, &text(reference), &text(&alternative));
            let window = VariantWindow::around(&variant, &genome, length).unwrap();
            let first = (window.start - 1000) as usize;
            prop_assert_eq!(&window.reference[..], &contig[first..first + length]);
            let edited = [&contig[..at], &alternative, &contig[at + reference.len()..]].concat();
            let longer = length + alternative.len() - reference.len();
            prop_assert_eq!(window.alternative(), &edited[first..first + longer]);
            prop_assert_eq!(window.reverse_complement().alternative(), reverse_complement_bytes(&window.alternative()));
            prop_assert_eq!(window.reverse_complement().reverse_complement(), window.clone());
            prop_assert_eq!(window.swapped().alternative(), window.reference.clone());
            prop_assert_eq!(window.swapped().swapped(), window);
        }
    }

    #[test]
    fn a_contig_that_is_too_short_is_named_with_the_row() {
        let genome = Genome::new([Contig::new("chr7", 100, b"ACGTTGCA")]);
        let error =
            VariantWindow::around(&Variant::new("7", 104, "T", "A"), &genome, 9).unwrap_err();
        assert_eq!(
            error.to_string(),
            "record 0: 7:104: expected 9 bases of reference for a window, found 8"
        );
    }

    #[test]
    fn an_edit_beyond_the_window_is_refused() {
        assert!(VariantWindow::new(b"ACGT".to_vec(), 3, 1, vec![]).is_ok());
        assert!(matches!(
            VariantWindow::new(b"ACGT".to_vec(), 3, 2, vec![]),
            Err(Error::Edit {
                at: 3,
                removed: 2,
                length: 4
            })
        ));
    }
}
