//! The names that parameters have in files.

/// How the files of an architecture name and lay out what a model calls its parameters.
///
/// By default a file has the model's own names and layout.
pub trait WeightNames: Send + Sync {
    /// Whether a weight is stored `[outputs, inputs]` in files and `[inputs, outputs]` in memory.
    fn is_transposed(&self, _parameter: &str) -> bool {
        false
    }

    /// The parameter that a key of a file stands for; `None` for what the model does not need.
    fn parameter(&self, key: &str) -> Option<String> {
        Some(key.to_string())
    }

    /// Second names, as `(parameter, second)`: files are written with both, and read with either.
    fn second(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Parameters that files may repeat though a model does not have them, as that of a tied table.
    fn repeated(&self) -> &'static [&'static str] {
        &[]
    }
}
