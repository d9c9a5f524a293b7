//! The names that parameters have in files.

/// Where a file keeps a parameter that is one of several parts of a tensor, as queries, keys and values that are stored as
/// one matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The whole tensor's name.
    pub tensor: String,
    /// Which part: the whole's first axis is cut into equal parts.
    pub index: usize,
    /// How many parts there are.
    pub of: usize,
}

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

    /// The key under which files are written that hold a parameter. It must read back as the parameter.
    fn key(&self, parameter: &str) -> String {
        parameter.to_string()
    }

    /// Second names, as `(parameter, second)`: files are written with both, and read with either.
    fn second(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Parameters that files may repeat though a model does not have them, as that of a tied table.
    fn repeated(&self) -> &'static [&'static str] {
        &[]
    }

    /// The tensor of a file that a parameter is a part of. A model builds the parts in their order, the last one last.
    fn part(&self, _parameter: &str) -> Option<Part> {
        None
    }
}
