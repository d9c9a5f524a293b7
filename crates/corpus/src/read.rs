//! One reader per format, each an iterator over whole [`Record`](crate::Record)s.

pub(crate) mod csv;
pub(crate) mod fasta;
#[cfg(feature = "genbank")]
pub(crate) mod genbank;
pub(crate) mod json_lines;
pub(crate) mod lines;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod segments;
pub(crate) mod text;

use std::path::Path;

use crate::{ByteStream, Error};

/// Checks that `bytes`, which begin at `start` of the stream, are text in UTF-8.
fn utf8(stream: &ByteStream, record: u64, start: u64, bytes: Vec<u8>) -> Result<String, Error> {
    if let Some(at) = memchr::memchr(0, &bytes) {
        let place = stream.place(record, start + at as u64);
        return Err(Error::Binary { place });
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::InvalidUtf8 {
            place: stream.place(record, start + at as u64),
            found: error.as_bytes()[at],
        }
    })
}

/// `moby_dick` for `books/moby_dick.txt.gz`.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let parts: Vec<&str> = name.split('.').collect();
    let known = |part: &&&str| KNOWN.contains(&part.to_ascii_lowercase().as_str());
    let extensions = parts[1..].iter().rev().take_while(known).count();
    parts[..parts.len() - extensions].join(".")
}

const KNOWN: [&str; 23] = [
    "gz", "gzip", "bgz", "zst", "zstd", "txt", "text", "md", "jsonl", "ndjson", "csv", "tsv", "fa",
    "fasta", "fna", "ffn", "fas", "parquet", "pq", "gb", "gbk", "gbff", "genbank",
];
