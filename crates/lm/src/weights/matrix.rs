//! One matrix out of a file or folder of weights, whatever model they are of.

use std::io::Read;
use std::path::Path;

use dissensus_kernels::files::open;

use super::file::{Format, TensorFile};
use super::read::{AsStored, open_files};
use crate::Error;

/// A tensor of two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMatrix {
    /// Its key in the file.
    pub name: String,
    /// Its numbers, row-major.
    pub values: Vec<f32>,
    /// Rows and columns.
    pub shape: [usize; 2],
}

/// How the names of input tables end.
const INPUT_TABLES: [&str; 5] = [
    "word_embeddings.weight",
    "embed_tokens.weight",
    "tok_embeddings.weight",
    "wte.weight",
    "embeddings.weight",
];

impl StoredMatrix {
    /// Reads one matrix of a folder (a whole file or shards, safetensors or pickles, as a model is
    /// opened) or of a single file of either format.
    ///
    /// `tensor` names it; without it, the only matrix is taken, or the one whose name ends as input
    /// tables' names do: `word_embeddings.weight`, `embed_tokens.weight`, `tok_embeddings.weight`,
    /// `wte.weight`, `embeddings.weight`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Malformed`] (also when it is not clear which tensor is meant, or it
    /// has not two axes), [`Error::Index`], [`Error::NonFiniteWeight`].
    pub fn read(path: &Path, tensor: Option<&str>) -> Result<Self, Error> {
        let files = if path.is_dir() {
            open_files(path, &AsStored)?
        } else {
            vec![TensorFile::open(
                path.to_path_buf(),
                format(path)?,
                &AsStored,
            )?]
        };
        let shapes = files
            .iter()
            .flat_map(|file| file.shapes().map(move |found| (file, found)));
        let shapes: Vec<_> = shapes.collect();
        let is_matrix = |shape: &[usize]| shape.len() == 2;
        let matrices: Vec<&str> = shapes
            .iter()
            .filter(|(_, (_, shape))| is_matrix(shape))
            .map(|(_, (name, _))| name.as_str())
            .collect();
        let name = chosen(&matrices, tensor)
            .ok_or_else(|| Error::malformed(path, unclear(&matrices, tensor)))?;
        let found = shapes.iter().find(|(_, (key, _))| key == name);
        let Some((file, (name, shape))) = found else {
            return Err(Error::malformed(path, unclear(&matrices, Some(name))));
        };
        let &[rows, columns] = &shape[..] else {
            let problem = format!("tensor `{name}` has shape {shape:?}, expected two axes");
            return Err(Error::malformed(path, problem));
        };
        Ok(Self {
            values: file.values(name, name, shape)?,
            name: name.clone(),
            shape: [rows, columns],
        })
    }
}

fn chosen<'a>(matrices: &[&'a str], tensor: Option<&'a str>) -> Option<&'a str> {
    if tensor.is_some() {
        return tensor;
    }
    let ending = |end: &&str| matrices.iter().find(|name| name.ends_with(*end)).copied();
    match matrices {
        [only] => Some(only),
        _ => INPUT_TABLES.iter().find_map(ending),
    }
}

/// Names shown in a message.
const SHOWN: usize = 20;

fn unclear(matrices: &[&str], tensor: Option<&str>) -> String {
    let named = tensor.map_or("no name of an input table among".to_string(), |name| {
        format!("no tensor `{name}`; it has")
    });
    let mut shown = matrices
        .iter()
        .take(SHOWN)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if matrices.len() > SHOWN {
        shown += &format!(" and {} more", matrices.len() - SHOWN);
    }
    format!("{named} the matrices {shown}; expected the name of one")
}

/// The format of a single file, by how it begins: a pickle is a zip archive or starts with the
/// protocol.
fn format(path: &Path) -> Result<Format, Error> {
    let io = |error| Error::io(path, "read", error);
    let mut start = [0; 2];
    let read = open(path).map_err(io)?.read(&mut start).map_err(io)?;
    Ok(match &start[..read] {
        b"PK" | [0x80, 1..=5] => Format::Pickle,
        _ => Format::Safetensors,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_matrix_and_that_of_an_input_tables_name_are_chosen() {
        let names = [
            "a.weight",
            "bert.embeddings.word_embeddings.weight",
            "wte.weight",
        ];
        assert_eq!(chosen(&names[..1], None), Some("a.weight"));
        assert_eq!(chosen(&names, None), Some(names[1]));
        assert_eq!(chosen(&names[..1], Some("b")), Some("b"));
        assert_eq!(chosen(&["a", "b"], None), None);
    }

    #[test]
    fn a_message_lists_no_more_names_than_can_be_read() {
        let names = vec!["matrix"; 200_000];
        let message = unclear(&names, Some("table"));
        assert!(
            message.len() < 400 && message.contains("199980 more"),
            "{message}"
        );
    }
}
