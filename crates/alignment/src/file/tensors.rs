//! The safetensors format.

use safetensors::{Dtype, SafeTensors};

use super::Wrong;
use super::floats::Float;

/// How the names of input tables end.
const INPUT_TABLES: [&str; 3] = [
    "word_embeddings.weight",
    "embed_tokens.weight",
    "wte.weight",
];

/// The numbers of a tensor, row-major, and how many make a row; `None` when it is not clear which tensor.
pub(super) fn read(bytes: &[u8], tensor: Option<&str>) -> Result<Option<(Vec<f32>, usize)>, Wrong> {
    let wrong = |error| Wrong::new("a whole safetensors or .npy file", error);
    let tensors = SafeTensors::deserialize(bytes).map_err(wrong)?;
    let Some(name) = chosen(&tensors.names(), tensor) else {
        return Ok(None);
    };
    let view = tensors.tensor(&name).map_err(wrong)?;
    let [_, columns] = *view.shape() else {
        let found = format!("{name} of shape {:?}", view.shape());
        return Err(Wrong::new("a shape of two axes", found));
    };
    let float = match view.dtype() {
        Dtype::F16 => Float::Half,
        Dtype::BF16 => Float::Brain,
        Dtype::F32 => Float::Single,
        Dtype::F64 => Float::Double,
        other => {
            let found = format!("{name} of {other:?}");
            return Err(Wrong::new("floating-point numbers", found));
        }
    };
    Ok(Some((float.decode(view.data()), columns)))
}

/// The names of all tensors, sorted.
pub(super) fn names(bytes: &[u8]) -> Vec<String> {
    let tensors = SafeTensors::deserialize(bytes);
    let names = tensors
        .iter()
        .flat_map(SafeTensors::names)
        .map(ToString::to_string);
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}

fn chosen(names: &[&str], tensor: Option<&str>) -> Option<String> {
    let found = match (tensor, names) {
        (Some(tensor), _) => names.iter().find(|&&name| name == tensor),
        (None, [_]) => names.first(),
        (None, _) => {
            let find = |end: &&str| names.iter().find(|name| name.ends_with(*end));
            INPUT_TABLES.iter().find_map(find)
        }
    };
    found.map(|name| (*name).to_owned())
}
