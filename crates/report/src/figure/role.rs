//! What a line or mark stands for.

/// What a line or mark stands for; each has one stroke and one mark on the whole page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum MarkRole {
    /// Measured on the trained members: a solid line, a filled dot.
    #[default]
    Trained,
    /// Measured on the same members before training: dashes, a ring.
    Untrained,
    /// What chance alone gives: dots, an upright stroke.
    Chance,
    /// What a perfect model of the data reaches: dashes and dots, a diamond.
    Oracle,
    /// What a simpler model reaches: short dashes, a triangle.
    Control,
    /// What the frequencies of the tokens alone give: short and long dashes, a cross.
    Unigram,
    /// What a paper reports: a thin line, an open square.
    Published,
}

impl MarkRole {
    /// Every role, in the order of a key.
    pub const ALL: [Self; 7] = [
        Self::Trained,
        Self::Untrained,
        Self::Chance,
        Self::Oracle,
        Self::Control,
        Self::Unigram,
        Self::Published,
    ];

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trained => "trained",
            Self::Untrained => "untrained",
            Self::Chance => "chance",
            Self::Oracle => "oracle",
            Self::Control => "control",
            Self::Unigram => "frequencies",
            Self::Published => "published",
        }
    }

    /// Width of its stroke in tenths of a pixel. Each role has its own, so that [`Self::dashes`]
    /// can be put on the finished text: the drawing library knows no dashes but separate segments.
    pub(super) fn stroke(self) -> u32 {
        match self {
            Self::Trained => 22,
            Self::Untrained => 18,
            Self::Chance => 19,
            Self::Oracle => 17,
            Self::Control => 16,
            Self::Unigram => 14,
            Self::Published => 11,
        }
    }

    /// The SVG dash pattern, in tenths of a pixel; empty for a solid line.
    pub(super) fn dashes(self) -> &'static str {
        match self {
            Self::Trained | Self::Published => "",
            Self::Untrained => "70 45",
            Self::Chance => "15 40",
            Self::Oracle => "110 35 15 35",
            Self::Control => "35 30",
            Self::Unigram => "35 25 90 25",
        }
    }

    /// The label of a subject in this role: the subject alone where it was measured as it is.
    pub(super) fn label(self, subject: &str) -> String {
        match self {
            Self::Trained => subject.into(),
            other if subject.is_empty() => other.name().into(),
            other => format!("{subject}, {}", other.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_stroke_and_a_word_of_its_own() {
        for (at, a) in MarkRole::ALL.iter().enumerate() {
            for b in &MarkRole::ALL[..at] {
                assert_ne!(a.stroke(), b.stroke());
                assert_ne!(a.name(), b.name());
            }
        }
    }
}
