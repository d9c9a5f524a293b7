//! Following the measures.

use dissensus_input::InputCounts;
use dissensus_report::Ensemble;

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

impl Stage {
    /// What is done in it, in a few words.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Tokenizing => "tokenizing",
            Self::Training => "training",
            Self::Oracle => "what a perfect model would predict",
            Self::Reference => "what the letters on both sides tell",
            Self::Distributions => "predictions",
            Self::Context => "use of context",
            Self::Embeddings => "embeddings",
            Self::Fisher => "Fisher information",
        }
    }
}

/// Follows the measures; `()` ignores them.
pub trait MeasureObserver {
    /// An ensemble's next stage begins; `state` is `init` or `trained` where it matters.
    fn stage(&mut self, _ensemble: &str, _state: Option<&str>, _stage: Stage) {}

    /// The documents of an ensemble were read: what there was, and what cleaning changed.
    fn read(&mut self, _ensemble: &str, _counts: &InputCounts) {}

    /// The loss that the frequencies of the tokens alone give is known, in bits a token; a study
    /// says it before members are trained.
    fn unigram_loss(&mut self, _ensemble: &str, _bits: f64) {}

    /// Every measure of an ensemble is taken.
    fn measured(&mut self, _ensemble: &Ensemble) {}
}

impl MeasureObserver for () {}
