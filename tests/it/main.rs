//! Integration tests: crates working together. One module per question.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

/// What does a study write, and is it the same bytes every time?
mod study;
/// Does the program that trains one model stop, resume and say what is wrong?
mod train_mlm;
