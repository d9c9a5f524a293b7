//! The loss below which nothing more is known to be learnable.

use dissensus_input::{Documents, Set};

use crate::{AnalysisSet, Error, MeasureObserver, Oracle, Stage, TwoSidedLoss};

/// The name of a fact of an ensemble: the loss of [`TwoSidedLoss`] on the masked tokens.
pub const TWO_SIDED_LOSS: &str = "loss of two-sided contexts, bits per token";

/// The loss of the best predictor known, on the masked tokens of an analysis set, in bits a token.
///
/// A model may be below that of [`TwoSidedLoss`], which is no bound: its learned fraction is above
/// 1 then.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum LossFloor {
    /// That of a perfect model, where the source is known.
    Oracle(f64),
    /// That of [`TwoSidedLoss`], learned from the training documents.
    TwoSided(f64),
}

impl LossFloor {
    /// The oracle's if there is one, else that of the letters on both sides of a token.
    ///
    /// `None` where there is neither, for want of training documents.
    ///
    /// # Errors
    /// [`Error::Input`] if the documents cannot be read.
    pub fn new(
        ensemble: &str,
        oracle: Option<&Oracle>,
        documents: &Documents,
        set: &AnalysisSet,
        observer: &mut dyn MeasureObserver,
    ) -> Result<Option<Self>, Error> {
        if let Some(oracle) = oracle {
            return Ok(Some(Self::Oracle(oracle.loss_bits())));
        }
        if documents.of(Set::Training).next().transpose()?.is_none() {
            return Ok(None);
        }
        observer.stage(ensemble, None, Stage::Reference);
        let reference = TwoSidedLoss::new(documents, set)?;
        Ok(Some(Self::TwoSided(reference.loss_bits())))
    }

    /// The loss, in bits a token.
    #[must_use]
    pub fn bits(self) -> f64 {
        match self {
            Self::Oracle(bits) | Self::TwoSided(bits) => bits,
        }
    }

    /// What stands among the facts of an ensemble, beside its measures.
    #[must_use]
    pub fn fact(self) -> Option<(String, f64)> {
        match self {
            Self::Oracle(_) => None,
            Self::TwoSided(bits) => Some((TWO_SIDED_LOSS.into(), bits)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis_set::tests::of_set;
    use dissensus_input::{Document, Modality, Sets};
    use dissensus_tokenize::{Kmer, Layout};

    fn floor(kmer: &Kmer, training: &[&str]) -> Option<LossFloor> {
        let sets = Sets {
            training: training.iter().copied().map(Document::of_text).collect(),
            evaluation: Vec::new(),
            analysis: vec![Document::of_text("ACGTTGCA".repeat(400))],
        };
        let documents = Documents::made(Modality::Dna, sets);
        let set = of_set(&documents, kmer, 34, (8, 1));
        LossFloor::new("dna", None, &documents, &set, &mut ()).unwrap()
    }

    #[test]
    fn without_training_documents_there_is_none() {
        let apart = Kmer::new(2, Layout::Standard).unwrap();
        let training = "ACGTTGCA".repeat(200);
        let found = floor(&apart, &[&training]).unwrap();
        assert!(
            matches!(found, LossFloor::TwoSided(bits) if bits < 0.5),
            "{found:?}"
        );
        assert_eq!(found.fact(), Some((TWO_SIDED_LOSS.into(), found.bits())));
        assert_eq!(floor(&apart, &[]), None);
    }
}
