//! Inputs as users have them, read by the library and by every program.

/// Bad files: name, what they are read as, content, and a part of what is said of them.
pub const REFUSED: &[(&str, &str, &[u8], &str)] = &[
    (
        "protein.csv",
        "dna",
        b"id,text\n1,MKLVEQ\n",
        "symbol 2 is 'L', expected DNA",
    ),
    (
        "english.jsonl",
        "dna",
        b"{\"text\": \"It was the best of times\"}\n",
        "symbol 0 is 'I', expected DNA",
    ),
    (
        "unclosed.csv",
        "text",
        b"id,text\n1,good\n2,\"never closed\n3,x\n",
        "record 2, byte 17: the quote that opens here is never closed",
    ),
    ("utf16.txt", "text", b"a\0b\0c\0d\0", "looks like UTF-16"),
    ("mark.txt", "text", b"\xff\xfea\0b\0", "UTF-16"),
    (
        "invalid.csv",
        "text",
        b"id,text\n1,ab\xffcd\n",
        "record 1, byte 12: expected UTF-8, found byte 0xff",
    ),
    (
        "empty.fa",
        "dna",
        b">a\n>b\n",
        "no base is left: 2 records, 2 of them empty",
    ),
    ("blank.txt", "text", b" \n\n", "no character is left"),
    (
        "protein.fa",
        "dna",
        b">a\nMKLVEQ\n",
        "record 1, byte 5: expected a nucleotide",
    ),
    ("garbage.fa.gz", "dna", GARBAGE, "garbage.fa.gz"),
    (
        "pointer.fa",
        "dna",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "Git LFS pointer",
    ),
    (
        "prose.fa",
        "text",
        b">a\nACGT\n",
        "is a sequence of FASTA, expected natural language",
    ),
    (
        "unknown.dat",
        "text",
        b"x",
        "the format is not known from the name",
    ),
];

/// A gzip member of nothing, and bytes behind it.
const GARBAGE: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0garbage";

/// Files with a flaw that costs nothing, or little, which is said: name, content with `%` for a
/// sequence of DNA, and what is said.
pub const READ: &[(&str, &[u8], &str)] = &[
    ("mark.fa", b"\xef\xbb\xbf>a\n%\n", "1 file, 1 record"),
    ("blank-first.fa", b"\n\n>a\n%\n", "1 file, 1 record"),
    ("space.fa", b"> a b\n%  \n", "1 file, 1 record"),
    ("cr.fa", b">a\r%\r", "1 file, 1 record"),
    (
        "empty-record.fa",
        b">a\n>b\n%\n",
        "2 records (1 empty, skipped)",
    ),
    ("rna.fa", b">a\nU%\n", "1 U read as T"),
    ("ambiguous.fa", b">a\nRYK%\n", "3 ambiguous codes became N"),
    ("blank.jsonl", b"{\"text\": \"%\"}\n\n", "1 file, 1 record"),
    (
        "empty-text.jsonl",
        b"{\"text\": \"\"}\n{\"text\": \"%\"}\n",
        "2 records (1 empty, skipped)",
    ),
    (
        "empty-cell.csv",
        b"id,text\n1,\n2,%\n",
        "2 records (1 empty, skipped)",
    ),
    ("quote.tsv", b"id\ttext\n5\" end\t%\n", "1 file, 1 record"),
];
