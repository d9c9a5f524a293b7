//! Tables from files that NumPy wrote (`tests/reference/alignment_files.py`), and from broken ones.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use std::path::{Path, PathBuf};

use dissensus_alignment::{EmbeddingTable, Error};

const VALUES: [f32; 6] = [1.5, -2.0, 0.25, 3.0, 0.0, -0.125];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

#[track_caller]
fn holds_the_values(found: Result<EmbeddingTable, Error>) {
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
fn is_refused(path: &Path, words: &str) {
    let error = EmbeddingTable::read_npy(path).unwrap_err();
    assert!(matches!(error, Error::Format { .. }), "{error:?}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn numpy_files_of_every_precision_are_read() {
    for name in ["half.npy", "single.npy", "double.npy"] {
        holds_the_values(EmbeddingTable::read_npy(&golden(name)));
    }
}

#[test]
fn columns_after_columns_are_read_as_rows_after_rows() {
    holds_the_values(EmbeddingTable::read_npy(&golden("fortran.npy")));
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = EmbeddingTable::read_npy(&folder.path().join("table.npy")).unwrap_err();
    let kind = std::io::ErrorKind::NotFound;
    assert!(
        matches!(error, Error::File { kind: found, .. } if found == kind),
        "{error:?}"
    );
    assert!(error.to_string().contains("table.npy"), "{error}");
}

#[test]
fn anything_but_a_matrix_of_floats_is_refused() {
    is_refused(&golden("whole.npy"), "floating-point");
    is_refused(&golden("vector.npy"), "two axes");
    is_refused(&golden("../it/files.rs"), "magic");
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    for length in [0, 4] {
        is_refused(cut("single.npy", length).path(), "magic");
    }
    for length in [7, 9, 11, 50] {
        is_refused(cut("single.npy", length).path(), "whole");
    }
    let length = std::fs::metadata(golden("single.npy")).unwrap().len() as usize;
    is_refused(cut("single.npy", length - 1).path(), "fill the shape");
}
