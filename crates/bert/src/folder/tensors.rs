//! Named tensors to and from the bytes of a safetensors file.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use burn::module::Module;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::keys::is_transposed;
use crate::Error;
use crate::files::read;
use crate::parameters::{floats, for_each};

/// Named tensors on their way into a file, in the layout of `transformers`.
#[derive(Debug, Default)]
pub(crate) struct Tensors {
    tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)>,
}

impl Tensors {
    /// Every parameter of a module, its name behind a prefix.
    pub(crate) fn of_module<M: Module>(module: &M, prefix: &str) -> Self {
        let mut tensors = Self::default();
        for_each(module, &mut |name, shape, flat| {
            tensors.push(prefix, name, shape.to_vec(), floats(flat));
        });
        tensors
    }

    /// Adds values that have the module's layout.
    pub(crate) fn push(&mut self, prefix: &str, name: &str, shape: Vec<usize>, values: Vec<f32>) {
        let (shape, values) = match shape[..] {
            [rows, columns] if is_transposed(name) => {
                (vec![columns, rows], transpose(&values, rows, columns))
            }
            _ => (shape, values),
        };
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensors
            .insert(format!("{prefix}{name}"), (shape, bytes));
    }

    /// Stores one tensor under a second name.
    pub(crate) fn duplicate(&mut self, name: &str, second: &str) {
        if let Some(tensor) = self.tensors.get(name).cloned() {
            self.tensors.insert(second.to_string(), tensor);
        }
    }

    pub(crate) fn to_bytes(&self, path: &Path) -> Result<Vec<u8>, Error> {
        let views = self.tensors.iter().map(|(name, (shape, bytes))| {
            Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?))
        });
        let views: Vec<_> = views
            .collect::<Result<_, safetensors::SafeTensorError>>()
            .map_err(|error| Error::malformed(path, error))?;
        let metadata = HashMap::from([("format".to_string(), "pt".to_string())]);
        safetensors::serialize(views, Some(metadata)).map_err(|error| Error::malformed(path, error))
    }
}

/// A safetensors file in memory.
pub(crate) struct TensorFile {
    pub(crate) path: PathBuf,
    bytes: Vec<u8>,
}

impl TensorFile {
    /// Reads and checks a file.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Error> {
        let file = Self {
            bytes: read(&path)?,
            path,
        };
        file.tensors()?;
        Ok(file)
    }

    fn tensors(&self) -> Result<SafeTensors<'_>, Error> {
        SafeTensors::deserialize(&self.bytes).map_err(|error| {
            let problem = format!(
                "not a whole safetensors file of {} bytes: {error}",
                self.bytes.len()
            );
            Error::malformed(&self.path, problem)
        })
    }

    /// The keys, in alphabetical order.
    pub(crate) fn keys(&self) -> Result<Vec<String>, Error> {
        let mut keys: Vec<String> = self
            .tensors()?
            .names()
            .into_iter()
            .map(String::from)
            .collect();
        keys.sort();
        Ok(keys)
    }

    /// The values of parameter `name`, stored under `key`, checked against `shape`, in the module's layout.
    pub(crate) fn values(&self, key: &str, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
        let tensors = self.tensors()?;
        let view = tensors
            .tensor(key)
            .map_err(|error| Error::malformed(&self.path, error))?;
        let transposed = is_transposed(name);
        let mut stored = shape.to_vec();
        if transposed {
            stored.reverse();
        }
        if view.shape() != stored {
            let (path, name) = (self.path.clone(), key.to_string());
            return Err(Error::Shape {
                path,
                name,
                expected: stored,
                found: view.shape().to_vec(),
            });
        }
        let values = self.decode(key, &view)?;
        self.check_finite(key, &values)?;
        Ok(if transposed {
            transpose(&values, stored[0], stored[1])
        } else {
            values
        })
    }

    fn decode(&self, key: &str, view: &TensorView<'_>) -> Result<Vec<f32>, Error> {
        let bytes = view.data();
        match view.dtype() {
            Dtype::F32 => Ok(words(bytes, f32::from_le_bytes)),
            Dtype::F64 => Ok(words(bytes, |b| f64::from_le_bytes(b) as f32)),
            Dtype::BF16 => Ok(words(bytes, |b| {
                f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)
            })),
            Dtype::F16 => Ok(words(bytes, |b| half_to_single(u16::from_le_bytes(b)))),
            other => {
                let problem =
                    format!("tensor `{key}` has type {other:?}, expected F32, F16, BF16 or F64");
                Err(Error::malformed(&self.path, problem))
            }
        }
    }

    fn check_finite(&self, key: &str, values: &[f32]) -> Result<(), Error> {
        match values.iter().position(|v| !v.is_finite()) {
            None => Ok(()),
            Some(index) => Err(Error::NonFiniteWeight {
                path: self.path.clone(),
                name: key.to_string(),
                index,
                value: values[index],
            }),
        }
    }
}

fn words<const N: usize>(bytes: &[u8], decode: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (words, _) = bytes.as_chunks::<N>();
    words.iter().map(|&word| decode(word)).collect()
}

/// IEEE 754 half to single precision, exact.
fn half_to_single(half: u16) -> f32 {
    let sign = if half >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(half >> 10 & 31);
    let fraction = f32::from(half & 1023);
    match exponent {
        0 => sign * fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

/// The transpose of a row-major `[rows, columns]` matrix.
fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
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
    fn halves_become_the_singles_they_stand_for() {
        let cases = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x0400, 6.103_515_6e-5),
            (0x7c00, f32::INFINITY),
        ];
        for (half, single) in cases {
            assert_eq!(half_to_single(half), single, "{half:#06x}");
        }
        assert!(half_to_single(0x7e00).is_nan());
    }

    #[test]
    fn a_transpose_swaps_rows_and_columns() {
        assert_eq!(
            transpose(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, 3),
            [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]
        );
    }
}
