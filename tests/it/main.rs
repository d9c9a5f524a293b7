//! Integration tests: crates working together. One module per question.

/// What does a study write, and is it the same bytes every time?
mod study;
