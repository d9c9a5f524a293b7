//! Training, evaluation and analysis.

mod records;
mod words;

use serde::{Deserialize, Serialize};

pub use self::records::split_by_record;
pub use self::words::words_within;
use crate::{Error, Region};

/// One thing for each of the three sets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Sets<T> {
    /// What the model is trained on.
    pub training: T,
    /// What chooses the checkpoint.
    pub evaluation: T,
    /// What the measures of the study are taken on.
    pub analysis: T,
}

/// One of the three sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Set {
    /// What the model is trained on.
    Training,
    /// What chooses the checkpoint.
    Evaluation,
    /// What the measures of the study are taken on.
    Analysis,
}

/// Sizes of the sets, in symbols: bases for DNA, characters for text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SplitParams {
    /// Minimum size of the training set, which takes all that is left. Default 1.
    pub training: u64,
    /// Size of the evaluation set; 0 for none. Default 0.
    pub evaluation: u64,
    /// Size of the analysis set; 0 for none. Default 0.
    pub analysis: u64,
    /// Symbols left out between neighbouring sets. Default 1000.
    pub gap: u64,
}

impl Default for SplitParams {
    fn default() -> Self {
        Self {
            training: 1,
            evaluation: 0,
            analysis: 0,
            gap: 1000,
        }
    }
}

impl SplitParams {
    /// Sizes as fractions of `total` symbols, rounded down.
    ///
    /// ```
    /// let params = dissensus_corpus::SplitParams::of_fractions(1_000_000, 0.05, 0.02)?;
    /// assert_eq!((params.evaluation, params.analysis, params.gap), (50_000, 20_000, 1000));
    /// # Ok::<(), dissensus_corpus::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Parameter`] unless both fractions are in [0, 1).
    pub fn of_fractions(total: u64, evaluation: f64, analysis: f64) -> Result<Self, Error> {
        let size = |parameter, fraction: f64| {
            if (0.0..1.0).contains(&fraction) {
                return Ok((fraction * total as f64) as u64);
            }
            Err(Error::Parameter {
                parameter,
                value: fraction.to_string(),
                expected: "0 or more and less than 1",
            })
        };
        Ok(Self {
            evaluation: size("fraction of the evaluation set", evaluation)?,
            analysis: size("fraction of the analysis set", analysis)?,
            ..Self::default()
        })
    }

    /// Sets the minimum size of the training set.
    #[must_use]
    pub fn with_training(mut self, training: u64) -> Self {
        self.training = training;
        self
    }

    /// Sets the size of the evaluation set.
    #[must_use]
    pub fn with_evaluation(mut self, evaluation: u64) -> Self {
        self.evaluation = evaluation;
        self
    }

    /// Sets the size of the analysis set.
    #[must_use]
    pub fn with_analysis(mut self, analysis: u64) -> Self {
        self.analysis = analysis;
        self
    }

    /// Sets what is left out between sets.
    #[must_use]
    pub fn with_gap(mut self, gap: u64) -> Self {
        self.gap = gap;
        self
    }
}

/// Splits records of the given lengths, laid end to end, into training | gap | evaluation | gap |
/// analysis.
///
/// Each set is contiguous, so it consists of whole records but for the first and the last. Nothing
/// is drawn at random. A set of size 0 has no gap. The first length is that of record 1.
///
/// ```
/// use dissensus_corpus::{Region, SplitParams, split};
///
/// let params = SplitParams::default().with_evaluation(20).with_analysis(10).with_gap(5);
/// let sets = split(&[60, 40], &params)?;
/// assert_eq!(sets.training, [Region { record: 1, start: 0, end: 60 }]);
/// assert_eq!(sets.evaluation, [Region { record: 2, start: 5, end: 25 }]);
/// assert_eq!(sets.analysis, [Region { record: 2, start: 30, end: 40 }]);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooShort`].
pub fn split(lengths: &[u64], params: &SplitParams) -> Result<Sets<Vec<Region>>, Error> {
    let have: u64 = lengths.iter().sum();
    let gap_before = |size: u64| if size > 0 { params.gap } else { 0 };
    let gap = gap_before(params.evaluation).saturating_add(gap_before(params.analysis));
    let training = params.training.max(1);
    let sizes = [params.evaluation, params.analysis, gap];
    let need = sizes
        .iter()
        .fold(training, |sum, size| sum.saturating_add(*size));
    if have < need {
        return Err(Error::TooShort {
            have,
            need,
            training,
            evaluation: params.evaluation,
            analysis: params.analysis,
            gap,
        });
    }
    let analysis = have - params.analysis;
    let evaluation_end = analysis - gap_before(params.analysis);
    let evaluation = evaluation_end - params.evaluation;
    Ok(Sets {
        training: regions(lengths, 0, evaluation - gap_before(params.evaluation)),
        evaluation: regions(lengths, evaluation, evaluation_end),
        analysis: regions(lengths, analysis, have),
    })
}

/// The parts of records that lie in `start..end` of all of them laid end to end.
fn regions(lengths: &[u64], start: u64, end: u64) -> Vec<Region> {
    let mut before = 0;
    let mut regions = Vec::new();
    for (record, &length) in (1..).zip(lengths) {
        let (from, to) = (start.max(before), end.min(before + length));
        if from < to {
            regions.push(Region {
                record,
                start: from - before,
                end: to - before,
            });
        }
        before += length;
    }
    regions
}

impl Set {
    /// Its name: `training`, `evaluation` or `analysis`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Evaluation => "evaluation",
            Self::Analysis => "analysis",
        }
    }
}

impl<T> Sets<T> {
    /// The thing of one set.
    #[must_use]
    pub fn of(&self, set: Set) -> &T {
        match set {
            Set::Training => &self.training,
            Set::Evaluation => &self.evaluation,
            Set::Analysis => &self.analysis,
        }
    }

    /// Does the same to each set.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Sets<U> {
        Sets {
            training: f(self.training),
            evaluation: f(self.evaluation),
            analysis: f(self.analysis),
        }
    }
}
