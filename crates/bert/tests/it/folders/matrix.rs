//! One matrix of a folder or file, whatever model it is of.

use super::damage::{TABLE, sharded};
use super::*;

fn read(tensor: Option<&str>) -> Result<StoredMatrix, Error> {
    StoredMatrix::read(&golden("tables.safetensors"), tensor)
}

#[test]
fn a_matrix_of_every_precision_is_read() {
    for tensor in [None, Some("half"), Some("brain"), Some("double")] {
        let found = read(tensor).unwrap();
        assert_eq!(found.values, [1.5, -2.0, 0.25, 3.0, 0.0, -0.125]);
        assert_eq!(found.shape, [2, 3]);
    }
}

#[test]
fn anything_but_a_matrix_of_floats_is_refused_by_name() {
    for (tensor, words) in [
        ("vector", "shape [6], expected two axes"),
        ("whole", "type I64"),
        ("table", "no tensor `table`"),
    ] {
        let error = read(Some(tensor)).unwrap_err().to_string();
        assert!(
            error.contains(words) && error.contains("tables.safetensors"),
            "{error}"
        );
    }
}

#[test]
fn the_word_table_is_read_alone_from_any_folder_or_file() {
    let expected = tensors("shallow")[TABLE].clone();
    let bytes = |values: &[f32]| {
        values
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let whole = folder("shallow", &tensors("shallow"));
    let file = whole.path().join("model.safetensors");
    let (shards, pickles) = (sharded(false), sharded(true));
    for path in [whole.path(), &file, shards.path(), pickles.path()] {
        let found = StoredMatrix::read(path, None).unwrap();
        assert_eq!(
            (found.name.as_str(), found.shape.to_vec()),
            (TABLE, expected.1.clone())
        );
        assert_eq!(bytes(&found.values), expected.2);
    }
}
