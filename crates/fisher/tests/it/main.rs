//! The integration tests of `dissensus-fisher`.

mod closed_forms; // models whose Fisher information is known on paper
