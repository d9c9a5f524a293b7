//! Tables from files that NumPy and PyTorch wrote (`tests/reference/alignment_files.py`), and from broken ones.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use std::path::{Path, PathBuf};

use dissensus_alignment::{Error, Table};

const VALUES: [f32; 6] = [1.5, -2.0, 0.25, 3.0, 0.0, -0.125];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

#[track_caller]
fn holds_the_values(found: Result<Table, Error>) {
    let table = found.unwrap();
    assert_eq!((table.values(), table.dimension()), (&VALUES[..], 3));
}

/// The first `length` bytes of a golden file as a file of its own.
fn cut(name: &str, length: usize) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let bytes = std::fs::read(golden(name)).unwrap();
    std::fs::write(file.path(), &bytes[..length.min(bytes.len())]).unwrap();
    file
}

#[track_caller]
fn is_refused(path: &Path, tensor: Option<&str>, words: &str) {
    let error = Table::read(path, tensor).unwrap_err();
    assert!(matches!(error, Error::Format { .. }), "{error:?}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn numpy_files_of_every_precision_are_read() {
    for name in ["half.npy", "single.npy", "double.npy"] {
        holds_the_values(Table::read(&golden(name), None));
    }
}

#[test]
fn the_input_table_of_a_safetensors_file_is_found_by_its_name() {
    holds_the_values(Table::read(&golden("tables.safetensors"), None));
}

#[test]
fn a_named_tensor_of_every_precision_is_read() {
    for name in ["half", "brain", "double"] {
        holds_the_values(Table::read(&golden("tables.safetensors"), Some(name)));
    }
}

#[test]
fn a_folder_is_read_by_its_model_file() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.safetensors");
    std::fs::copy(golden("tables.safetensors"), model).unwrap();
    holds_the_values(Table::read(folder.path(), None));
}

#[test]
fn a_missing_file_and_a_folder_without_a_model_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (path, named) in [
        (folder.path().join("table.npy"), "table.npy"),
        (folder.path().to_owned(), "model.safetensors"),
    ] {
        let error = Table::read(&path, None).unwrap_err();
        let kind = std::io::ErrorKind::NotFound;
        assert!(
            matches!(error, Error::File { kind: found, .. } if found == kind),
            "{error:?}"
        );
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn a_tensor_that_is_not_there_is_answered_with_those_that_are() {
    let error = Table::read(&golden("tables.safetensors"), Some("weight")).unwrap_err();
    let Error::Tensor { names, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(names.len(), 6);
    assert!(names.contains(&"brain".to_owned()));
}

#[test]
fn anything_but_a_matrix_of_floats_is_refused() {
    is_refused(&golden("whole.npy"), None, "floating-point");
    is_refused(&golden("vector.npy"), None, "two axes");
    is_refused(&golden("fortran.npy"), None, "C order");
    let tensors = golden("tables.safetensors");
    is_refused(&tensors, Some("whole"), "floating-point");
    is_refused(&tensors, Some("vector"), "two axes");
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    for (name, words) in [("single.npy", "whole"), ("tables.safetensors", "whole")] {
        for length in [0, 4, 7, 9, 11, 50] {
            is_refused(cut(name, length).path(), None, words);
        }
    }
    let length = std::fs::metadata(golden("single.npy")).unwrap().len() as usize;
    is_refused(cut("single.npy", length - 1).path(), None, "fill the shape");
    let length = std::fs::metadata(golden("tables.safetensors"))
        .unwrap()
        .len() as usize;
    is_refused(cut("tables.safetensors", length - 1).path(), None, "whole");
}
