//! Following a study.

use dissensus_bert::MaskedLm;
use dissensus_measure::MeasureObserver;

/// Follows the training and the measures of a study: whatever follows both.
pub trait StudyObserver: dissensus_ensemble::EnsembleObserver<MaskedLm> + MeasureObserver {}

impl<T: dissensus_ensemble::EnsembleObserver<MaskedLm> + MeasureObserver> StudyObserver for T {}
