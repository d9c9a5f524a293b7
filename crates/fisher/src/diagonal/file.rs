//! A diagonal as a file.

use super::Diagonal;
use crate::{Counts, Error, LabelChoice, Sample};
use dissensus_kernels::checked::checksum;
use dissensus_kernels::files::write_atomically;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::path::Path;

impl Diagonal {
    /// Writes a SafeTensors file: one `F64` tensor a parameter with the *sums* of squares, and in
    /// the metadata `sample`, `labels`, `counts`, `divisor` (sums / divisor is the diagonal) and
    /// `crc32` of all that.
    ///
    /// Tensors are laid out as the module holds its parameters. A burn linear holds its weight as
    /// `[inputs, outputs]`, the transpose of the same tensor in a PyTorch checkpoint; tables
    /// (embeddings, a decoder over one) are `[entries, width]` in both.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be written, [`Error::Format`] when it cannot be laid out.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let bytes: Vec<(&String, Vec<u8>)> = self
            .parameters
            .iter()
            .map(|(name, p)| (name, p.sums.iter().flat_map(|v| v.to_le_bytes()).collect()))
            .collect();
        let mut views = Vec::with_capacity(bytes.len());
        for ((name, data), squares) in bytes.iter().zip(self.parameters.values()) {
            let view = TensorView::new(Dtype::F64, squares.shape.clone(), data)
                .map_err(|e| format(path, e))?;
            views.push((name.as_str(), view));
        }
        let file = safetensors::serialize(views, Some(self.metadata(path)?))
            .map_err(|e| format(path, e))?;
        write_atomically(path, &file).map_err(|source| Error::Io {
            path: path.into(),
            source,
        })
    }

    fn metadata(&self, path: &Path) -> Result<HashMap<String, String>, Error> {
        let json = |value: serde_json::Result<String>| value.map_err(|e| format(path, e));
        let divisor = self.counts.divisor(self.sample).to_string();
        let mut all = vec![
            ("sample", json(serde_json::to_string(&self.sample))?),
            ("labels", json(serde_json::to_string(&self.labels))?),
            ("counts", json(serde_json::to_string(&self.counts))?),
            ("divisor", divisor),
        ];
        all.push((SUM, self.checksum(&all)));
        let owned = all.into_iter().map(|(name, text)| (name.into(), text));
        Ok(owned.collect())
    }

    /// The checksum of the sums, of the names and shapes they have, and of the metadata.
    fn checksum(&self, metadata: &[(&str, String)]) -> String {
        let mut bytes = format!("{metadata:?}").into_bytes();
        for (name, squares) in &self.parameters {
            bytes.extend(format!("{name:?} {:?}", squares.shape).bytes());
            bytes.extend(squares.sums.iter().flat_map(|sum| sum.to_le_bytes()));
        }
        checksum(&bytes)
    }

    /// Reads a file that [`Diagonal::save`] wrote.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read, [`Error::Format`] when a field is missing or
    /// anything is not what was written, as its checksum says.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = dissensus_kernels::files::read(path).map_err(|source| Error::Io {
            path: path.into(),
            source,
        })?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| format(path, e))?;
        let metadata = header.metadata().as_ref();
        let (sample, labels) = (
            field::<Sample>(path, metadata, "sample")?,
            field::<LabelChoice>(path, metadata, "labels")?,
        );
        let mut diagonal = Diagonal::new(sample, labels);
        diagonal.counts = field::<Counts>(path, metadata, "counts")?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|e| format(path, e))?;
        for (name, view) in tensors.iter() {
            if view.dtype() != Dtype::F64 {
                return Err(format(
                    path,
                    format!("`{name}` is {:?}, expected F64", view.dtype()),
                ));
            }
            let sums = &mut diagonal.entry(name, view.shape())?.sums;
            for (sum, bytes) in sums.iter_mut().zip(view.data().as_chunks::<8>().0) {
                *sum = f64::from_le_bytes(*bytes);
            }
        }
        let found = diagonal.metadata(path)?;
        if metadata != Some(&found) {
            return Err(format(path, "the file fails its checksum"));
        }
        Ok(diagonal)
    }
}

/// Name of the checksum.
const SUM: &str = "crc32";

fn field<T: DeserializeOwned>(
    path: &Path,
    all: Option<&HashMap<String, String>>,
    name: &str,
) -> Result<T, Error> {
    let text = all
        .and_then(|m| m.get(name))
        .ok_or_else(|| format(path, format!("no `{name}` in the metadata")))?;
    serde_json::from_str(text).map_err(|e| format(path, format!("`{name}`: {e}")))
}

fn format(path: &Path, reason: impl ToString) -> Error {
    Error::Format {
        path: path.into(),
        reason: reason.to_string(),
    }
}
