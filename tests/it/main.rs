//! Integration tests: crates working together. One module per question.
