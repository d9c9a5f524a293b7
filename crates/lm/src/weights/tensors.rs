//! Named tensors on their way into safetensors files.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use burn::module::Module;
use safetensors::tensor::{Dtype, TensorView};

use super::WeightNames;
use crate::parameters::{floats, for_each};
use crate::{Constant, Error, TrainableModel};

/// Named tensors on their way into a file, in the layout that the architecture's files have.
pub struct Tensors {
    tensors: BTreeMap<String, Entry>,
    names: &'static dyn WeightNames,
}

/// A tensor as a file has it.
#[derive(Clone)]
struct Entry {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensors {
    /// No tensors yet.
    pub(crate) fn new(names: &'static dyn WeightNames) -> Self {
        Self {
            tensors: BTreeMap::new(),
            names,
        }
    }

    /// Every parameter of a module, its name behind a prefix.
    pub(crate) fn of_module<M: Module>(
        module: &M,
        prefix: &str,
        names: &'static dyn WeightNames,
    ) -> Self {
        let mut tensors = Self::new(names);
        for_each(module, &mut |name, shape, flat| match names.part(name) {
            None => {
                tensors.push(prefix, name, shape.to_vec(), floats(flat));
                tensors.rename(
                    &format!("{prefix}{name}"),
                    format!("{prefix}{}", names.key(name)),
                );
            }
            Some(part) => tensors.push_part(name, &part.tensor, shape.to_vec(), floats(flat)),
        });
        for (name, second) in names.second() {
            tensors.duplicate(name, second);
        }
        tensors
    }

    /// Every parameter and every constant of a model.
    pub(crate) fn of_model<M: TrainableModel>(model: &M) -> Self {
        let names = M::names();
        let mut tensors = Self::of_module(model, "", names);
        for Constant {
            name,
            shape,
            values,
        } in model.constants()
        {
            tensors.push("", &name, shape, values);
            tensors.rename(&name, names.key(&name));
        }
        tensors
    }

    /// Adds a parameter as the next part of a tensor.
    fn push_part(&mut self, name: &str, whole: &str, shape: Vec<usize>, values: Vec<f32>) {
        let before = self.tensors.remove(whole);
        self.push("", name, shape, values);
        let Some(mut entry) = self.tensors.remove(name) else {
            return;
        };
        if let Some(before) = before {
            entry.shape[0] += before.shape[0];
            entry.bytes.splice(0..0, before.bytes);
        }
        self.tensors.insert(whole.to_string(), entry);
    }

    /// Adds values that have the module's layout.
    pub(crate) fn push(&mut self, prefix: &str, name: &str, shape: Vec<usize>, values: Vec<f32>) {
        let (shape, values) = match shape[..] {
            [rows, columns] if self.names.is_transposed(name) => {
                (vec![columns, rows], transpose(&values, rows, columns))
            }
            _ => (shape, values),
        };
        let entry = Entry {
            dtype: Dtype::F32,
            shape,
            bytes: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        self.tensors.insert(format!("{prefix}{name}"), entry);
    }

    /// Adds whole numbers.
    pub(crate) fn push_integers(&mut self, key: String, values: &[i64]) {
        let entry = Entry {
            dtype: Dtype::I64,
            shape: vec![values.len()],
            bytes: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        self.tensors.insert(key, entry);
    }

    fn rename(&mut self, name: &str, key: String) {
        if let Some(tensor) = self.tensors.remove(name) {
            self.tensors.insert(key, tensor);
        }
    }

    /// Stores one tensor under a second name.
    fn duplicate(&mut self, name: &str, second: &str) {
        if let Some(tensor) = self.tensors.get(name).cloned() {
            self.tensors.insert(second.to_string(), tensor);
        }
    }

    /// A file of all tensors.
    pub(crate) fn to_bytes(&self, path: &Path) -> Result<Vec<u8>, Error> {
        let keys: Vec<&str> = self.tensors.keys().map(String::as_str).collect();
        self.to_bytes_of(&keys, path)
    }

    /// A file of some tensors.
    pub(super) fn to_bytes_of(&self, keys: &[&str], path: &Path) -> Result<Vec<u8>, Error> {
        let views = keys.iter().filter_map(|key| {
            let Entry {
                dtype,
                shape,
                bytes,
            } = self.tensors.get(*key)?;
            Some(TensorView::new(*dtype, shape.clone(), bytes).map(|view| (*key, view)))
        });
        let views: Vec<_> = views
            .collect::<Result<_, _>>()
            .map_err(|error| Error::malformed(path, error))?;
        let metadata = HashMap::from([("format".to_string(), "pt".to_string())]);
        safetensors::serialize(views, Some(metadata)).map_err(|error| Error::malformed(path, error))
    }

    /// Keys in groups of at most `max_bytes`, in alphabetical order; a larger tensor is a group of
    /// its own.
    pub(super) fn split(&self, max_bytes: u64) -> Vec<Vec<&str>> {
        let mut groups: Vec<Vec<&str>> = Vec::new();
        let mut left = 0;
        for (key, entry) in &self.tensors {
            let size = entry.bytes.len() as u64;
            match groups.last_mut() {
                Some(group) if size <= left => group.push(key),
                _ => {
                    groups.push(vec![key]);
                    left = max_bytes;
                }
            }
            left = left.saturating_sub(size);
        }
        groups
    }

    /// Bytes of all tensors together.
    pub(super) fn total_bytes(&self) -> usize {
        self.tensors.values().map(|entry| entry.bytes.len()).sum()
    }
}

/// The transpose of a row-major `[rows, columns]` matrix.
pub(super) fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut transposed = Vec::with_capacity(values.len());
    for column in 0..columns {
        transposed.extend((0..rows).map(|row| values[row * columns + column]));
    }
    transposed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transpose_swaps_rows_and_columns() {
        assert_eq!(
            transpose(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, 3),
            [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]
        );
    }
}
