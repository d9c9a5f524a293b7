//! Parquet files of another writer, in every compression, and what is wrong with others.

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
            let record = record.expect("good");
            assert_eq!(record.number, row as u64 + 1);
            if record.is_blank() {
                assert_eq!(row, 3);
                continue;
            }
            assert_eq!(record.text, format!("Text {row}: é {}", "ACGT".repeat(row)));
            texts += 1;
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

#[test]
fn a_panic_of_the_library_over_a_damaged_file_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("damaged.parquet");
    let whole = std::fs::read(path("texts.snappy.parquet")).expect("golden file");
    let mut refused = 0;
    for at in 0..whole.len() {
        let mut data = whole.clone();
        data[at] ^= 0x41;
        std::fs::write(&file, data).expect("written");
        // Whatever a byte does, it ends in records or in one error of this crate.
        let Ok(reader) = ParquetReader::open(&file, "text") else {
            refused += 1;
            continue;
        };
        let records: Vec<_> = reader.take(100).collect();
        let errors = records.iter().filter(|record| record.is_err()).count();
        assert!(
            errors == 0 || records.last().is_some_and(Result::is_err),
            "{at}"
        );
        refused += errors;
    }
    assert!(refused > whole.len() / 4, "{refused} of {}", whole.len());
}
