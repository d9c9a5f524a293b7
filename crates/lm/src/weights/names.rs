//! The names that parameters have in files.

/// Where a file keeps a parameter that is one of several parts of a tensor, as queries, keys and
/// values that are stored as one matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorPart {
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
    /// Last names of the linear maps, whose weights are stored `[outputs, inputs]` in files and are
    /// `[inputs, outputs]` in memory.
    fn linear_maps(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a parameter is the weight of one of [`WeightNames::linear_maps`].
    fn is_transposed(&self, parameter: &str) -> bool {
        let map = parameter
            .strip_suffix(".weight")
            .and_then(|map| map.rsplit_once('.'));
        map.is_some_and(|(_, map)| self.linear_maps().contains(&map))
    }

    /// The parameter that a key of a file stands for; `None` for what the model does not need.
    fn parameter(&self, key: &str) -> Option<String> {
        Some(key.to_string())
    }

    /// The key under which files are written that hold a parameter. It must read back as the
    /// parameter.
    fn key(&self, parameter: &str) -> String {
        parameter.to_string()
    }

    /// Second names, as `(parameter, second)`: files are written with both, and read with either,
    /// the first where a file has both (without ties, the second is one that nobody reads).
    fn second(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Copies of parameters that files may hold though a model does not have them, as
    /// `(copy, parameter)`: a tied decoder is one of the word table. Their values must be equal.
    fn copies(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Parameters that files may hold though a model does not have them, and that nobody reads.
    fn repeated(&self) -> &'static [&'static str] {
        &[]
    }

    /// The tensor of a file that a parameter is a part of. A model builds the parts in their order,
    /// the last one last.
    fn part(&self, _parameter: &str) -> Option<TensorPart> {
        None
    }
}
