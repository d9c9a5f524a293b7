//! What readers give for good files, in every format, compression and layout.

use std::io::{Cursor, Write};

use dissensus_corpus::{
    ByteStream, CsvReader, Error, FastaReader, Format, Record, TextReader, TextUnit, records,
    records_of, text_segments,
};
use proptest::prelude::*;

fn input(name: &str, data: &[u8]) -> ByteStream {
    ByteStream::new(name, Cursor::new(data.to_vec())).expect("data")
}

fn texts(records: impl Iterator<Item = Result<Record, Error>>) -> Vec<String> {
    records
        .map(|record| record.expect("a good record").text)
        .collect()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 1).expect("memory")
}

/// The same two texts in every format.
const FORMATS: [(&str, &[u8]); 5] = [
    (
        "a.jsonl",
        b"{\"text\": \"ACGTNACGT\", \"id\": 1}\n{\"text\": \"GGR\"}",
    ),
    (
        "a.ndjson",
        b"\xef\xbb\xbf{\"text\": \"ACGTNACGT\"}\r\n{\"text\": \"GGR\"}\r\n",
    ),
    ("a.csv", b"id,text\n1,ACGTNACGT\n2,\"GGR\"\n"),
    ("a.tsv", b"text\tid\r\nACGTNACGT\t1\r\nGGR\t2"),
    ("a.fa", b">a one\nACGTN\nACGT\n>b\nGGR"),
];

#[test]
fn formats_and_compressions_give_the_same_records() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, plain) in FORMATS {
        let half = plain.len() / 2;
        let members = [gzip(&plain[..half]), gzip(&plain[half..])].concat();
        let frames = [zstd(&plain[..half]), zstd(&plain[half..])].concat();
        let files = [
            ("", plain.to_vec()),
            (".gz", gzip(plain)),
            (".gz", members),
            (".zst", zstd(plain)),
            (".zst", frames),
        ];
        for (extension, data) in files {
            let path = folder.path().join(format!("{name}{extension}"));
            std::fs::write(&path, data).expect("written");
            let format = Format::of_name(&path, "text").expect("a known format");
            let found = texts(records(&path, &format).expect("opened"));
            assert_eq!(found, ["ACGTNACGT", "GGR"], "{}", path.display());
        }
    }
}

#[test]
fn compression_is_recognised_without_an_extension() {
    let data = gzip(b">a\nACGT\n");
    assert_eq!(
        texts(FastaReader::new(input("genome", &data)).expect("a header")),
        ["ACGT"]
    );
}

#[test]
fn records_are_named_after_header_or_file() {
    let fasta: Vec<_> = FastaReader::new(input("x.fa", b">chr1\tArabidopsis thaliana \nAC\n"))
        .expect("a header")
        .collect::<Result<_, _>>()
        .expect("good");
    assert_eq!(
        (fasta[0].name.as_str(), fasta[0].description.as_str()),
        ("chr1", "Arabidopsis thaliana")
    );
    let format = Format::Text(TextUnit::File);
    let text: Vec<_> = records_of(input("books/v1.2_moby.txt.gz", &gzip(b"Call me")), &format)
        .expect("opened")
        .collect::<Result<_, _>>()
        .expect("good");
    assert_eq!((text[0].name.as_str(), text[0].number), ("v1.2_moby", 1));
}

#[test]
fn text_units_are_file_paragraph_and_line() {
    let data = b"\xef\xbb\xbfOne\r\ntwo.\n \n\nThree.\n";
    let read = |unit| texts(TextReader::new(input("a.txt", data), unit).expect("a unit"));
    assert_eq!(read(TextUnit::File), ["One\r\ntwo.\n \n\nThree.\n"]);
    assert_eq!(read(TextUnit::Paragraph), ["One\ntwo.", "Three."]);
    let lines = TextReader::new(input("a.txt", data), TextUnit::Line).expect("a unit");
    assert_eq!(texts(lines), ["One", "two.", " ", "", "Three."]);
}

#[test]
fn csv_gives_several_columns_in_the_order_asked_for() {
    let data = b"split,label,sequence\ntrain,0,\"AC\nGT\"\ntest,,GG\n";
    let reader =
        CsvReader::new(input("a.csv", data), &["sequence", "label"], b',').expect("columns");
    let rows: Vec<_> = reader.rows().collect::<Result<_, _>>().expect("good");
    assert_eq!(rows, [["AC\nGT", "0"], ["GG", ""]]);
}

#[test]
fn long_lines_and_many_lines_read_alike() {
    let sequence = "ACGTNryk".repeat(50_000);
    let wrapped: String = sequence
        .as_bytes()
        .chunks(60)
        .flat_map(|line| [line, b"\r\n"].concat())
        .map(char::from)
        .collect();
    for body in [&sequence, &wrapped] {
        let data = format!(">a\n{body}\n");
        assert_eq!(
            texts(FastaReader::new(input("a.fa", data.as_bytes())).expect("a header")),
            [sequence.as_str()]
        );
    }
}

proptest! {
    #[test]
    fn fasta_is_read_back_from_any_layout(
        sequences in proptest::collection::vec("[ACGTNacgtnRYKM]{1,90}", 1..5),
        width in 1usize..40, chunk in 1usize..50, crlf: bool, blank_lines: bool,
    ) {
        let end = match (crlf, blank_lines) { (true, _) => "\r\n", (false, true) => "\n\n", (false, false) => "\n" };
        let mut data = String::new();
        for (number, sequence) in sequences.iter().enumerate() {
            data += &format!(">s{number} x{end}");
            for line in sequence.as_bytes().chunks(width) {
                data += std::str::from_utf8(line).expect("ASCII");
                data += end;
            }
        }
        let whole = texts(FastaReader::new(input("a.fa", data.as_bytes())).expect("a header"));
        prop_assert_eq!(&whole, &sequences);
        let mut joined = vec![String::new(); sequences.len()];
        for part in FastaReader::new(input("a.fa", data.as_bytes())).expect("a header").chunks(chunk).expect("1 or more") {
            let part = part.expect("good");
            let text = &mut joined[part.record as usize - 1];
            prop_assert_eq!(part.start, text.len() as u64);
            prop_assert!(part.bases.len() <= chunk);
            text.push_str(std::str::from_utf8(&part.bases).expect("ASCII"));
        }
        prop_assert_eq!(joined, sequences);
    }

    #[test]
    fn streamed_segments_equal_segments_of_the_whole(text in "[a-cé]{0,3}[ab \n]{0,80}z", characters in 1usize..12) {
        let reader = TextReader::new(input("a.txt", text.as_bytes()), TextUnit::Segment(characters)).expect("1 or more");
        let whole: Vec<_> = text_segments(&text, characters).expect("1 or more").map(|segment| segment.text.to_owned()).collect();
        prop_assert_eq!(texts(reader), whole);
    }
}
