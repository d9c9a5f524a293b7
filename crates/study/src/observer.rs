//! Following a study.

use dissensus_measure::MeasureObserver;

/// Follows the training and the measures of a study: whatever follows both.
pub trait StudyObserver: dissensus_ensemble::Observer + MeasureObserver {}

impl<T: dissensus_ensemble::Observer + MeasureObserver> StudyObserver for T {}
