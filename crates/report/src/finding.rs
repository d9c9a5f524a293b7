//! What was found, in words made from the numbers.

mod chance_comparison;
mod comparison;
mod estimate;

use std::fmt;

pub use chance_comparison::{Better, ChanceComparison};
pub use comparison::Comparison;
pub use estimate::{FindingValue, Subject};

/// What the numbers allow to be said.
///
/// Two numbers are called different only where their intervals do not touch. For two independent
/// groups of equal size this asks more than a test of the difference at the level of the intervals:
/// with half-widths `t·sₐ` and `t·s_b`, the sum `t(sₐ + s_b)` is never below `t·√(sₐ² + s_b²)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The intervals are apart, and neither chance nor the untrained members explain it.
    Shown,
    /// The intervals are apart, but they are so without training, or by chance alone.
    Explained,
    /// The numbers do not decide.
    NotShown,
    /// There is nothing to compare.
    Undefined,
}

impl Verdict {
    /// A word or two for a reader.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Explained => "not learned",
            Self::NotShown => "not shown",
            Self::Undefined => "undefined",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One sentence with its verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What the numbers allow to be said.
    pub verdict: Verdict,
    /// The sentence, with its numbers.
    pub sentence: String,
    /// The figure or table that shows it: its anchor on the page.
    pub anchor: Option<String>,
}

impl Finding {
    /// A finding without a figure.
    #[must_use]
    pub fn new(verdict: Verdict, sentence: String) -> Self {
        Self {
            verdict,
            sentence,
            anchor: None,
        }
    }

    /// Names the figure or table that shows it.
    #[must_use]
    pub fn with_anchor(mut self, anchor: &str) -> Self {
        self.anchor = Some(anchor.into());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.verdict, self.sentence)
    }
}
