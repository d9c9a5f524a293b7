//! Every kind of bad file: the error names the file, the record and the byte, and reading stops
//! there.

use std::io::Write;

use dissensus_corpus::{ByteStream, Error, FastaReader, Format, Record, TextUnit, records_of};

fn read(name: &str, data: &[u8]) -> Result<Vec<Record>, Error> {
    let input = ByteStream::new(name, std::io::Cursor::new(data.to_vec()))?;
    let mut format = Format::of_name(name, "text")?;
    if name.starts_with("lines") {
        format = Format::Text(TextUnit::Line);
    }
    records_of(input, &format)?.collect()
}

/// File name, content, and what the message must say.
const TABLE: [(&str, &[u8], &str); 24] = [
    ("a.csv", b"id,text\n", "a.csv: the file holds no data"),
    ("a.txt", b"", "a.txt: the file holds no data"),
    ("a.fa.gz", b"", "a.fa.gz: the file holds no data"),
    (
        "a.txt",
        b"good\nbad \xff\n",
        "a.txt: record 1, byte 9: expected UTF-8, found byte 0xff",
    ),
    (
        "lines.txt",
        b"one\n\xc3\n",
        "lines.txt: record 2, byte 4: expected UTF-8, found byte 0xc3",
    ),
    (
        "a.dat",
        b"x",
        "a.dat: the format is not known from the name; expected .txt",
    ),
    (
        "a.fa",
        b"ACGT\n",
        "a.fa: record 0, byte 0: expected a FASTA header line beginning with '>', found 'A'",
    ),
    (
        "a.fa",
        b">\nACGT\n",
        "a.fa: record 1, byte 0: the FASTA header has no name",
    ),
    (
        "a.fa",
        b">a\nACGT\nAC-T\n",
        "a.fa: record 1, byte 10: expected a nucleotide (ACGTU or RYSWKMBDHVN, either case), found '-'",
    ),
    (
        "a.fa",
        b">a\nAC>GT\n",
        "a.fa: record 1, byte 5: expected a nucleotide (ACGTU or RYSWKMBDHVN, either case), found '>'",
    ),
    (
        "a.fa",
        b">a\xff\nAC\n",
        "a.fa: record 1, byte 2: expected UTF-8, found byte 0xff",
    ),
    (
        "a.jsonl",
        b"{\"text\": \"x\"}\n{\"text\"\n",
        "a.jsonl: record 2, byte 14: expected one JSON object: ",
    ),
    (
        "a.jsonl",
        b"{\"body\": \"x\"}\n",
        "a.jsonl: record 1, byte 0: there is no field \"text\"; the object has body",
    ),
    (
        "a.jsonl",
        b"{\"text\": 3}\n",
        "a.jsonl: record 1, byte 0: expected text in \"text\", found a number",
    ),
    (
        "a.csv",
        b"id,body\n1,x\n",
        "a.csv: there is no column \"text\"; the header has id, body",
    ),
    (
        "a.csv",
        b"id,text\n1,x\n2\n",
        "a.csv: record 2, byte 12: expected 2 fields, as in the header, found 1",
    ),
    (
        "a.csv",
        b"id,text\n1,x\n2,\xff\n",
        "a.csv: record 2, byte 14: expected UTF-8, found byte 0xff",
    ),
    (
        "a.csv",
        b"\xef\xbb\xbfid,text\r\n1,x\r\n2,ab\xff\r\n",
        "a.csv: record 2, byte 21: expected UTF-8, found byte 0xff",
    ),
    (
        "a.csv",
        b"id,text\n1,x\n2,\"never\n3,closed\n",
        "a.csv: record 2, byte 14: the quote that opens here is never closed",
    ),
    (
        "a.csv",
        b"\"id,text\n1,x\n",
        "a.csv: record 0, byte 0: the quote that opens here is never closed",
    ),
    (
        "a.txt",
        b"t\0h\0e\0",
        "a.txt: record 1, byte 1: found a NUL byte: this looks like UTF-16 or binary data",
    ),
    (
        "a.csv",
        b"text\nx\0\n",
        "a.csv: record 1, byte 6: found a NUL byte",
    ),
    (
        "a.txt",
        b"\xff\xfet\0",
        "a.txt: begins as UTF-16; expected UTF-8",
    ),
    (
        "a.fa.gz",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "a.fa.gz: this is a Git LFS pointer, not the data",
    ),
];

#[test]
fn every_bad_file_gets_its_message() {
    for (name, data, expected) in TABLE {
        let error = read(name, data).expect_err(expected);
        let message = error.to_string();
        assert!(
            message.starts_with(expected),
            "expected {expected}\nfound    {message}"
        );
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 3).expect("memory")
}

/// Bases that do not compress well, so that a cut falls among them.
fn fasta() -> Vec<u8> {
    let mut state = 1_u32;
    let bases = (0..300_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b"ACGT"[(state >> 30) as usize]
    });
    b">a\n".iter().copied().chain(bases).chain(*b"\n").collect()
}

#[test]
fn truncated_compressed_files_are_refused_wherever_they_stop() {
    let data = fasta();
    for (name, whole) in [("a.fa.gz", gzip(&data)), ("a.fa.zst", zstd(&data))] {
        assert_eq!(read(name, &whole).expect("whole")[0].text.len(), 300_000);
        for length in [5, 11, 20, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
            let error = read(name, &whole[..length]).expect_err("truncated");
            assert!(
                matches!(error, Error::Truncated { .. }),
                "{name} of {length} bytes: {error}"
            );
        }
    }
}

#[test]
fn truncation_says_how_far_reading_got() {
    let whole = gzip(&fasta());
    let error = read("a.fa.gz", &whole[..whole.len() / 2]).expect_err("truncated");
    let Error::Truncated { place, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(place.record, 1);
    assert!((100_000..200_000).contains(&place.byte), "{error}");
    assert!(
        error
            .to_string()
            .ends_with("the gzip data stops before its end: the file is truncated")
    );
}

#[test]
fn damaged_compressed_files_are_refused() {
    let data = fasta();
    for (name, mut whole) in [("a.fa.gz", gzip(&data)), ("a.fa.zst", zstd(&data))] {
        let middle = whole.len() / 2;
        whole[middle..middle + 4]
            .iter_mut()
            .for_each(|byte| *byte ^= 0xff);
        let error = read(name, &whole).expect_err("damaged");
        assert!(
            matches!(
                error,
                Error::Corrupt { .. } | Error::NotANucleotide { .. } | Error::InvalidUtf8 { .. }
            ),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_wrong_checksum_is_refused() {
    let mut whole = gzip(&fasta());
    let crc = whole.len() - 8;
    whole[crc] ^= 1;
    let error = read("a.fa.gz", &whole).expect_err("wrong checksum");
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
}

#[test]
fn what_follows_the_compressed_data_is_refused() {
    let whole = [gzip(&fasta()), b"this is no gzip member".to_vec()].concat();
    let error = read("a.fa.gz", &whole).expect_err("something else");
    assert!(matches!(error, Error::TrailingBytes { .. }), "{error}");
    let whole = [zstd(&fasta()), b"this is no zstd frame".to_vec()].concat();
    let error = read("a.fa.zst", &whole).expect_err("something else");
    assert!(matches!(error, Error::TrailingBytes { .. }), "{error}");
}

#[test]
fn zeros_behind_a_gzip_member_are_padding() {
    let padded = [
        gzip(b">a\nAC\n"),
        vec![0; 512],
        gzip(b"GT\n"),
        vec![0; 9000],
    ]
    .concat();
    assert_eq!(read("a.fa.gz", &padded).expect("padded")[0].text, "ACGT");
}

#[test]
fn a_window_beyond_the_default_is_named() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("memory");
    encoder.long_distance_matching(true).expect("a parameter");
    encoder.window_log(30).expect("a parameter");
    encoder.write_all(&fasta()).expect("memory");
    let error = read("a.fa.zst", &encoder.finish().expect("memory")).expect_err("1 GiB");
    assert!(matches!(error, Error::WindowTooLarge { .. }), "{error}");
    assert!(error.to_string().contains("--long=27"), "{error}");
}

#[test]
fn what_unpacks_to_more_than_a_record_may_have_is_refused() {
    let limited = |name: &str, data: &[u8]| -> Result<Vec<Record>, Error> {
        let stream = ByteStream::new(name, std::io::Cursor::new(data.to_vec()))?;
        let stream = stream.with_record_limit(1_000_000);
        records_of(stream, &Format::of_name(name, "text")?)?.collect()
    };
    let letters = "A".repeat(3_000_000);
    let bombs = [
        ("a.txt.gz", letters.clone()),
        ("a.jsonl.gz", format!("{{\"text\": \"{letters}\"}}\n")),
        ("a.csv.gz", format!("text\n\"{letters}\"\n")),
        ("a.fa.gz", format!(">a\n{letters}\n")),
        ("a.fa.gz", format!(">{letters}\nAC\n")),
    ];
    for (name, data) in bombs {
        let error = limited(name, &gzip(data.as_bytes())).expect_err("too large");
        let Error::RecordTooLarge { limit, .. } = error else {
            panic!("{name}: {error}");
        };
        assert_eq!(limit, 1_000_000);
    }
    // Many records within the limit are no record beyond it.
    let lines = "{\"text\": \"ACGT\"}\n".repeat(200_000);
    let found = limited("a.jsonl", lines.as_bytes()).expect("small records");
    assert_eq!(found.len(), 200_000);
    let rows = format!("text\n{}", "ACGT\n".repeat(400_000));
    assert_eq!(
        limited("a.csv", rows.as_bytes()).expect("small rows").len(),
        400_000
    );
}

#[test]
fn plain_data_named_gz_is_refused() {
    let error = read("a.fa.gz", b">a\nACGT\n").expect_err("not gzip");
    assert_eq!(
        error.to_string(),
        "a.fa.gz: expected gzip data, as the name says, but the first bytes are [3e, 61, 0a, 41]"
    );
}

#[test]
fn gzip_of_nothing_is_an_empty_file() {
    assert!(matches!(
        read("a.fa.gz", &gzip(b"")),
        Err(Error::EmptyFile { .. })
    ));
}

#[test]
fn a_folder_is_not_a_file() {
    let error = ByteStream::open(env!("CARGO_MANIFEST_DIR"))
        .err()
        .expect("a folder");
    assert!(
        error.to_string().ends_with("it is a folder, not a file"),
        "{error}"
    );
}

#[test]
fn an_inner_header_sign_is_found_at_every_place_of_the_buffer() {
    for bases in 131_060..131_080 {
        let data = [b">a\n", vec![b'A'; bases].as_slice(), b">b\nC\n"].concat();
        let error = read("a.fa", &data).expect_err("a header in the middle of a line");
        let place = format!("a.fa: record 1, byte {}: expected a nucleotide", bases + 3);
        assert!(error.to_string().starts_with(&place), "{error}");
    }
}

#[test]
fn nothing_follows_an_error() {
    let input = ByteStream::new("a.fa", &b">a\n>b\nAC\n>c\nA?\n>d\nA\n"[..]).expect("data");
    let mut reader = FastaReader::new(input).expect("a header");
    assert!(matches!(reader.next(), Some(Ok(record)) if record.is_blank() && record.name == "a"));
    assert!(matches!(reader.next(), Some(Ok(record)) if record.name == "b" && record.number == 2));
    assert!(matches!(
        reader.next(),
        Some(Err(Error::NotANucleotide { .. }))
    ));
    assert!(reader.next().is_none());
}
