//! Sequences whose entropy is known exactly, and what a perfect model predicts on them.
