//! Files that are unusual and right: every one is read, as the table says.

use std::io::Cursor;

use dissensus_corpus::{ByteStream, Format, Record, records_of};

fn read(name: &str, data: &[u8]) -> Vec<Record> {
    let stream = ByteStream::new(name, Cursor::new(data.to_vec())).expect(name);
    let format = Format::of_name(name, "text").expect(name);
    let records = records_of(stream, &format).expect(name);
    records.collect::<Result<_, _>>().expect(name)
}

/// What the file shows, its name, its content, and the texts of its records.
const TABLE: [(&str, &str, &[u8], &[&str]); 20] = [
    (
        "CR line ends",
        "a.fa",
        b">a one\rACGT\rAC\r>b\rGG\r",
        &["ACGTAC", "GG"],
    ),
    (
        "CR line ends",
        "a.jsonl",
        b"{\"text\": \"x\"}\r{\"text\": \"y\"}\r",
        &["x", "y"],
    ),
    ("CR line ends", "a.csv", b"id,text\r1,x\r2,y\r", &["x", "y"]),
    (
        "a byte order mark",
        "a.fa",
        b"\xef\xbb\xbf>a\nACGT\n",
        &["ACGT"],
    ),
    ("a byte order mark", "a.txt", b"\xef\xbb\xbftext", &["text"]),
    (
        "a byte order mark",
        "a.csv",
        b"\xef\xbb\xbftext,id\nx,1\n",
        &["x"],
    ),
    ("blank first lines", "a.fa", b"\n \r\n>a\nACGT\n", &["ACGT"]),
    (
        "a space before the name",
        "a.fa",
        b"> a one\nACGT\n",
        &["ACGT"],
    ),
    (
        "trailing spaces",
        "a.fa",
        b">a\nACGT  \nAC \t\n>b\nGG",
        &["ACGTAC", "GG"],
    ),
    (
        "blocks of ten, as GenBank prints",
        "a.fa",
        b">a\nACGT ACGT\n",
        &["ACGTACGT"],
    ),
    (
        "an empty record",
        "a.fa",
        b">a\n>b\nAC\n>c\n",
        &["", "AC", ""],
    ),
    (
        "a blank line at the end",
        "a.jsonl",
        b"{\"text\": \"x\"}\n\n  \n",
        &["x"],
    ),
    (
        "an empty text",
        "a.jsonl",
        b"{\"text\": \"x\"}\n{\"text\": \"\"}\n",
        &["x", ""],
    ),
    (
        "null",
        "a.jsonl",
        b"{\"text\": null}\n{\"text\": \"y\"}\n",
        &["", "y"],
    ),
    (
        "an empty cell",
        "a.csv",
        b"id,text\n1,x\n2,\n3,y\n",
        &["x", "", "y"],
    ),
    (
        "quotes in a table with tabs",
        "a.tsv",
        b"text\tid\n\"5 prime\tx\n3\" end\ty\n",
        &["\"5 prime", "3\" end"],
    ),
    (
        "a doubled quote",
        "a.csv",
        b"text\n\"say \"\"no\"\"\"\n",
        &["say \"no\""],
    ),
    (
        "a quote inside a field",
        "a.csv",
        b"text,id\n5\" pipe,1\n6,2\n",
        &["5\" pipe", "6"],
    ),
    ("nothing but white space", "a.txt", b" \n\n", &[" \n\n"]),
    ("RNA", "a.fa", b">a\nACGU\n", &["ACGU"]),
];

#[test]
fn unusual_files_are_read() {
    for (shows, name, data, expected) in TABLE {
        let found = read(name, data);
        let texts: Vec<&str> = found.iter().map(|record| record.text.as_str()).collect();
        assert_eq!(texts, expected, "{shows}: {name}");
        let numbers: Vec<u64> = found.iter().map(|record| record.number).collect();
        assert!(
            numbers.iter().copied().eq(1..=found.len() as u64),
            "{shows}"
        );
    }
}

#[test]
fn a_name_behind_a_space_is_the_name() {
    let found = read("a.fa", b">  chr1  of a plant \nAC\n");
    assert_eq!(
        (found[0].name.as_str(), found[0].description.as_str()),
        ("chr1", "of a plant")
    );
}

#[test]
fn twelve_megabytes_with_cr_are_as_many_records_as_with_lf() {
    let with_lf = ">r\nACGTACGTACGT\n".repeat(800_000);
    let found = read("a.fa", with_lf.replace('\n', "\r").as_bytes());
    assert_eq!(found.len(), 800_000);
    assert!(found.iter().all(|record| record.text.len() == 12));
}
