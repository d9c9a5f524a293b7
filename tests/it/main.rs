//! Integration tests: crates working together. One module per question.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

/// What does a study write, and is it the same bytes every time?
mod study;
