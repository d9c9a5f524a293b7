//! What an ensemble accumulator measures.

use serde::{Deserialize, Serialize};

use crate::Error;

/// The nucleus masses of the published study.
pub const PUBLISHED_MASSES: [f64; 11] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];

/// What an [`EnsembleDivergence`](crate::EnsembleDivergence) measures; the setters chain.
///
/// ```
/// use dissensus_divergence::{EnsembleDivergence, Settings};
///
/// let settings = Settings::new(5, 4096).masses(&[0.5, 0.9, 1.0]).as_published(true);
/// let ensemble = EnsembleDivergence::new(settings)?;
/// assert_eq!(ensemble.positions(), 0);
/// # Ok::<(), dissensus_divergence::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How many members the ensemble has, at least 1.
    pub members: usize,
    /// How many tokens a distribution covers, at least 1.
    pub vocabulary: usize,
    /// Nucleus masses, strictly ascending in (0, 1]; by default [`PUBLISHED_MASSES`].
    pub masses: Vec<f64>,
    /// Whether Jensen–Shannon distances are computed between Holtzman's nuclei; by default they
    /// are.
    pub holtzman: bool,
    /// Whether they are computed between nuclei cut as the code of
    /// "Entropy, Disagreement, and the Limits of Foundation Models in Genomics" cuts them; by
    /// default they are not.
    pub as_published: bool,
    /// Whether the rank–probability curve is kept: 32 bytes per member and token.
    pub rank_curve: bool,
}

impl Settings {
    /// The published masses, distances between Holtzman's nuclei, the rank curve.
    #[must_use]
    pub fn new(members: usize, vocabulary: usize) -> Self {
        let masses = PUBLISHED_MASSES.to_vec();
        Self {
            members,
            vocabulary,
            masses,
            holtzman: true,
            as_published: false,
            rank_curve: true,
        }
    }

    /// Sets the nucleus masses.
    #[must_use]
    pub fn masses(mut self, masses: &[f64]) -> Self {
        self.masses = masses.to_vec();
        self
    }

    /// Sets whether Holtzman's cut is measured.
    #[must_use]
    pub fn holtzman(mut self, holtzman: bool) -> Self {
        self.holtzman = holtzman;
        self
    }

    /// Sets whether the published cut is measured beside Holtzman's.
    #[must_use]
    pub fn as_published(mut self, as_published: bool) -> Self {
        self.as_published = as_published;
        self
    }

    /// Sets whether the rank–probability curve is kept.
    #[must_use]
    pub fn rank_curve(mut self, rank_curve: bool) -> Self {
        self.rank_curve = rank_curve;
        self
    }

    /// Fails where no ensemble has these settings.
    pub(crate) fn check(&self) -> Result<(), Error> {
        bounded("members", "1 to 1024", self.members, 1024)?;
        bounded("vocabulary", "1 to 16777216", self.vocabulary, 1 << 24)?;
        bounded(
            "number of nucleus masses",
            "1 to 255",
            self.masses.len(),
            255,
        )?;
        check_masses(&self.masses)
    }
}

/// Fails unless `1 <= value <= largest`.
fn bounded(
    name: &'static str,
    expected: &'static str,
    value: usize,
    largest: usize,
) -> Result<(), Error> {
    if (1..=largest).contains(&value) {
        Ok(())
    } else {
        Err(Error::Parameter {
            name,
            expected,
            value: value as f64,
        })
    }
}

/// Fails unless the masses ascend strictly in (0, 1].
fn check_masses(masses: &[f64]) -> Result<(), Error> {
    let mut before = 0.0;
    for &value in masses {
        if !(value > before && value <= 1.0) {
            let expected = "masses that ascend strictly from above 0 to at most 1";
            return Err(Error::Parameter {
                name: "nucleus mass",
                expected,
                value,
            });
        }
        before = value;
    }
    Ok(())
}
