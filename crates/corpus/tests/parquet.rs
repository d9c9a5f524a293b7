//! Parquet files of another writer, in every compression, and what is wrong with others.
#![cfg(feature = "parquet")]

use std::path::PathBuf;

use dissensus_corpus::{Error, Format, ParquetReader, records};

fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/golden", file]
        .iter()
        .collect()
}

#[test]
fn every_compression_gives_the_same_texts() {
    for compression in ["none", "snappy", "gzip", "zstd"] {
        let path = path(&format!("texts.{compression}.parquet"));
        let format = Format::of_name(&path, "text").expect("a known format");
        let mut texts = 0;
        for (row, record) in records(&path, &format).expect("opened").enumerate() {
            match record {
                Ok(record) => {
                    assert_eq!(record.text, format!("Text {row}: é {}", "ACGT".repeat(row)));
                    assert_eq!(record.number, row as u64 + 1);
                    texts += 1;
                }
                Err(Error::EmptyRecord { place, .. }) => assert_eq!((row, place.record), (3, 4)),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(texts, 29, "{compression}");
    }
}

#[test]
fn a_missing_column_is_named() {
    let error = ParquetReader::open(path("texts.none.parquet"), "body")
        .err()
        .expect("no such column");
    assert!(
        error
            .to_string()
            .ends_with("there is no column \"body\"; the header has id, text"),
        "{error}"
    );
}

#[test]
fn a_column_of_numbers_is_not_text() {
    let error = ParquetReader::open(path("texts.none.parquet"), "id")
        .err()
        .expect("numbers");
    assert!(
        error
            .to_string()
            .ends_with("expected text in \"id\", found INT64 values"),
        "{error}"
    );
}

#[test]
fn what_is_not_parquet_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, data: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, data).expect("written");
        ParquetReader::open(path, "text")
            .err()
            .expect("not Parquet")
    };
    let whole = std::fs::read(path("texts.zstd.parquet")).expect("golden file");
    assert!(matches!(
        write("empty.parquet", b""),
        Error::EmptyFile { .. }
    ));
    assert!(matches!(
        write("text.parquet", b"PAR1 and then no more"),
        Error::Parquet { .. }
    ));
    assert!(matches!(
        write("truncated.parquet", &whole[..whole.len() / 2]),
        Error::Parquet { .. }
    ));
}
