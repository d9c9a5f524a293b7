//! The card of a run.

/// What was run, on what, when and where: the first thing on a page.
///
/// Everything is passed in; this crate looks at no clock and no machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunCard {
    /// Name of the run, where a page has several.
    pub name: String,
    /// One paragraph: what was run on what.
    pub summary: String,
    /// Facts under headings (`Data`, `Models`, `Seeds and checksums`, `Machine`), each
    /// `(name, value)`.
    pub groups: Vec<(String, Vec<(String, String)>)>,
}

impl RunCard {
    /// A card with a paragraph and no facts.
    #[must_use]
    pub fn new(name: &str, summary: &str) -> Self {
        Self {
            name: name.into(),
            summary: summary.into(),
            groups: Vec::new(),
        }
    }

    /// Adds facts under a heading; a heading without facts is left out.
    #[must_use]
    pub fn with<N: Into<String>, V: Into<String>>(
        mut self,
        heading: &str,
        facts: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let facts: Vec<(String, String)> = facts
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        if !facts.is_empty() {
            self.groups.push((heading.into(), facts));
        }
        self
    }
}
