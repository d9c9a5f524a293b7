//! Following the measures.

use dissensus_input::InputCounts;

/// What a study or an audit is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading, cleaning and splitting the documents.
    Reading,
    /// Training the tokenizer and encoding the documents.
    Tokenizing,
    /// Training the members.
    Training,
    /// Exact posteriors of the source.
    Oracle,
    /// Counts of the letters on both sides of masked tokens.
    Reference,
    /// Predictions at masked positions.
    Distributions,
    /// Predictions when less of the context is visible.
    Context,
    /// Static embeddings.
    Embeddings,
    /// Fisher information.
    Fisher,
}

/// Follows the measures; `()` ignores them.
pub trait MeasureObserver {
    /// An ensemble's next stage begins; `state` is `init` or `trained` where it matters.
    fn stage(&mut self, _ensemble: &str, _state: Option<&str>, _stage: Stage) {}

    /// The documents of an ensemble were read: what there was, and what cleaning changed.
    fn read(&mut self, _ensemble: &str, _counts: &InputCounts) {}
}

impl MeasureObserver for () {}
