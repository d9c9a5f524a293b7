//! One variant.

use std::fmt;

use crate::{Error, Fault, Genome, Row};

/// What a variant does to the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum VariantKind {
    /// As many bases as there were.
    Substitution,
    /// Bases between two others.
    Insertion,
    /// Bases taken out.
    Deletion,
    /// Another number of bases in the place of some.
    Replacement,
}

/// A change of a reference, as a row of a table gives it.
///
/// ```
/// use dissensus_variant::{Contig, Genome, Variant, VariantKind};
///
/// let genome = Genome::new([Contig::new("chr7", 100, b"ACGTTGCA")]);
/// let variant = Variant::new("7", 104, "TT", "T");
/// variant.check(&genome)?;
/// assert_eq!(variant.kind(), VariantKind::Deletion);
/// assert_eq!(Variant::new("7", 104, "A", "G").check(&genome).unwrap_err().to_string(),
///     "record 0: 7:104: REF is A, the reference has T");
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Variant {
    /// The contig, as the table names it.
    pub contig: String,
    /// Position of the first base of the reference allele, from 1.
    pub position: u64,
    /// The reference allele.
    pub reference: String,
    /// The alternative allele.
    pub alternative: String,
    /// An identifier, where the table has one.
    pub id: Option<String>,
    /// Whether it counts as positive (pathogenic), where the table says so.
    pub label: Option<bool>,
    /// Its class (consequence), where the table has one.
    pub class: Option<String>,
    /// Further fields that were asked for, as they are written; empty where a VCF record lacks one.
    pub fields: Vec<String>,
    /// Where it was read.
    pub row: Row,
}

/// What is left of the alleles without what they share at their ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Offset of the first changed base in the contig, from 0.
    pub start: u64,
    /// Bases removed.
    pub removed: Vec<u8>,
    /// Bases put in their place.
    pub inserted: Vec<u8>,
}

impl Variant {
    /// A variant that was not read from a file; alleles are turned to upper case.
    pub fn new(
        contig: impl Into<String>,
        position: u64,
        reference: &str,
        alternative: &str,
    ) -> Self {
        Self {
            contig: contig.into(),
            position,
            reference: reference.to_ascii_uppercase(),
            alternative: alternative.to_ascii_uppercase(),
            ..Self::default()
        }
    }

    /// The edit: first what the alleles share on the left is taken off, then what they share on the
    /// right.
    #[must_use]
    pub fn edit(&self) -> Edit {
        let (from, to) = (self.reference.as_bytes(), self.alternative.as_bytes());
        let same = |(a, b): &(&u8, &u8)| a == b;
        let left = from.iter().zip(to).take_while(same).count();
        let (from, to) = (&from[left..], &to[left..]);
        let right = from
            .iter()
            .rev()
            .zip(to.iter().rev())
            .take_while(same)
            .count();
        Edit {
            start: self.position.saturating_sub(1) + left as u64,
            removed: from[..from.len() - right].to_vec(),
            inserted: to[..to.len() - right].to_vec(),
        }
    }

    /// What it does.
    #[must_use]
    pub fn kind(&self) -> VariantKind {
        let edit = self.edit();
        match (edit.removed.len(), edit.inserted.len()) {
            (a, b) if a == b => VariantKind::Substitution,
            (0, _) => VariantKind::Insertion,
            (_, 0) => VariantKind::Deletion,
            _ => VariantKind::Replacement,
        }
    }

    /// Whether purine stays purine (A, G) or pyrimidine stays pyrimidine (C, T); none unless one
    /// base is substituted.
    ///
    /// ```
    /// use dissensus_variant::Variant;
    ///
    /// assert_eq!(Variant::new("1", 5, "A", "G").is_transition(), Some(true));
    /// assert_eq!(Variant::new("1", 5, "A", "C").is_transition(), Some(false));
    /// assert_eq!(Variant::new("1", 5, "A", "AC").is_transition(), None);
    /// ```
    #[must_use]
    pub fn is_transition(&self) -> Option<bool> {
        let edit = self.edit();
        match (&edit.removed[..], &edit.inserted[..]) {
            (&[from], &[to]) => Some(is_transition(from, to)),
            _ => None,
        }
    }

    /// Fails where an allele is no sequence of bases, nothing changes, or the reference says
    /// otherwise.
    ///
    /// # Errors
    /// [`Error::Variant`] with the row and what is wrong.
    pub fn check(&self, genome: &Genome) -> Result<(), Error> {
        self.fault(genome).map_or(Ok(()), |source| {
            Err(Error::Variant {
                row: self.row.clone(),
                source,
            })
        })
    }

    /// What is wrong with it on that reference.
    pub(crate) fn fault(&self, genome: &Genome) -> Option<Fault> {
        self.alleles().and_then(|()| self.placed(genome)).err()
    }

    fn alleles(&self) -> Result<(), Fault> {
        for (field, allele) in [("REF", &self.reference), ("ALT", &self.alternative)] {
            let bases = allele.bytes().all(|base| b"ACGT".contains(&base));
            if allele.is_empty() || !bases {
                return Err(Fault::NotBases {
                    field,
                    found: allele.clone(),
                });
            }
        }
        if self.reference == self.alternative {
            return Err(Fault::NoChange {
                found: self.reference.clone(),
            });
        }
        Ok(())
    }

    fn placed(&self, genome: &Genome) -> Result<(), Fault> {
        let start = self.position.checked_sub(1).ok_or(Fault::Position {
            found: "0".to_owned(),
        })?;
        let end = start.saturating_add(self.reference.len() as u64);
        let contig = genome.find(&self.contig, start..end)?;
        let at = (start - contig.start) as usize;
        let found = &contig.bases[at..at + self.reference.len()];
        if found != self.reference.as_bytes() {
            return Err(Fault::Mismatch {
                contig: self.contig.clone(),
                position: self.position,
                expected: self.reference.clone(),
                found: String::from_utf8_lossy(found).into_owned(),
            });
        }
        Ok(())
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{} {}>{}",
            self.contig, self.position, self.reference, self.alternative
        )
    }
}

/// What is done with a variant that does not fit the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnFault {
    /// The first is an error with its row.
    #[default]
    Refuse,
    /// It is left out, and named in the result.
    Skip,
}

/// A variant that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The variant.
    pub variant: Variant,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Variants that fit the reference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// Those that fit, in their order.
    pub variants: Vec<Variant>,
    /// Those that do not, in their order.
    pub skipped: Vec<Skipped>,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mismatches = self
            .skipped
            .iter()
            .filter(|skipped| matches!(skipped.fault, Fault::Mismatch { .. }));
        write!(
            f,
            "{} variants fit the reference; {} skipped, {} of them because REF differs",
            self.variants.len(),
            self.skipped.len(),
            mismatches.count()
        )
    }
}

/// Compares variants with the reference.
///
/// # Errors
/// With [`OnFault::Refuse`] the first variant that does not fit.
///
/// ```
/// use dissensus_variant::{Contig, Genome, OnFault, Variant, check_variants};
///
/// let genome = Genome::new([Contig::new("chr7", 100, b"ACGTTGCA")]);
/// let variants = vec![Variant::new("7", 101, "A", "G"), Variant::new("7", 102, "A", "G")];
/// let checked = check_variants(variants, &genome, OnFault::Skip)?;
/// assert_eq!((checked.variants.len(), checked.skipped.len()), (1, 1));
/// # Ok::<(), dissensus_variant::Error>(())
/// ```
pub fn check_variants(
    variants: Vec<Variant>,
    genome: &Genome,
    on_fault: OnFault,
) -> Result<Checked, Error> {
    let mut checked = Checked::default();
    for variant in variants {
        match (variant.fault(genome), on_fault) {
            (None, _) => checked.variants.push(variant),
            (Some(fault), OnFault::Skip) => checked.skipped.push(Skipped { variant, fault }),
            (Some(source), OnFault::Refuse) => {
                let row = variant.row;
                return Err(Error::Variant { row, source });
            }
        }
    }
    Ok(checked)
}

/// Whether purine stays purine, or pyrimidine pyrimidine.
pub(crate) fn is_transition(from: u8, to: u8) -> bool {
    matches!(
        (from, to),
        (b'A', b'G') | (b'G', b'A') | (b'C', b'T') | (b'T', b'C')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_ends_are_no_part_of_the_edit() {
        let edit = Variant::new("1", 10, "CAA", "CA").edit();
        assert_eq!(
            (edit.start, &edit.removed[..], &edit.inserted[..]),
            (11, &b"A"[..], &b""[..])
        );
        let edit = Variant::new("1", 10, "ACG", "ATG").edit();
        assert_eq!(
            (edit.start, &edit.removed[..], &edit.inserted[..]),
            (10, &b"C"[..], &b"T"[..])
        );
        let edit = Variant::new("1", 10, "A", "AGG").edit();
        assert_eq!(
            (edit.start, &edit.removed[..], &edit.inserted[..]),
            (10, &b""[..], &b"GG"[..])
        );
    }

    #[test]
    fn every_kind_is_told() {
        let kind = |reference, alternative| Variant::new("1", 1, reference, alternative).kind();
        assert_eq!(kind("A", "C"), VariantKind::Substitution);
        assert_eq!(kind("AC", "GT"), VariantKind::Substitution);
        assert_eq!(kind("A", "AT"), VariantKind::Insertion);
        assert_eq!(kind("AT", "A"), VariantKind::Deletion);
        assert_eq!(kind("AT", "GCC"), VariantKind::Replacement);
    }

    #[test]
    fn what_is_no_allele_is_named() {
        let genome = Genome::new([Contig::new("1", 0, b"ACGT")]);
        let fault = |reference, alternative, position| {
            Variant::new("1", position, reference, alternative)
                .fault(&genome)
                .unwrap()
        };
        assert!(matches!(
            fault("A", "<DEL>", 1),
            Fault::NotBases { field: "ALT", .. }
        ));
        assert!(matches!(fault("A", "*", 1), Fault::NotBases { .. }));
        assert!(matches!(
            fault("N", "A", 1),
            Fault::NotBases { field: "REF", .. }
        ));
        assert!(matches!(fault("A", "A", 1), Fault::NoChange { .. }));
        assert!(matches!(fault("A", "C", 0), Fault::Position { .. }));
        assert!(matches!(fault("T", "C", u64::MAX), Fault::Outside { .. }));
        assert!(matches!(fault("TA", "C", 4), Fault::Outside { .. }));
    }

    use crate::Contig;
}
