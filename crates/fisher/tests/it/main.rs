//! The integration tests of `dissensus-fisher`.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]
#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

mod closed_forms; // models whose Fisher information is known on paper
mod golden; // PyTorch's automatic differentiation
mod hard_numbers; // numbers that are not finite, shapes that do not fit, files that were changed
mod hutchinson; // random signs over all labels against the sum over labels
mod routes; // the fast route against the general one, over a list of small models
mod support; // small models, data, and both routes over them
