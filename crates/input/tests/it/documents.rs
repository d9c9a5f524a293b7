//! Documents of files: what is refused, what is read, and that streaming gives what reading whole
//! gives.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use dissensus_corpus::{Record, SplitParams, WindowParams, split, windows_of};
use dissensus_input::{Document, Documents, Error, InputParams, Modality, SequenceParams, Set};
use dissensus_tokenize::{Character, Layout};
use proptest::prelude::*;

use super::cases::{READ, REFUSED};

fn file(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn all(documents: &Documents, set: Set) -> Vec<Document> {
    documents.of(set).collect::<Result<_, _>>().unwrap()
}

#[test]
fn bad_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for &(name, modality, content, expected) in REFUSED {
        let path = file(folder.path(), name, content);
        let params = InputParams::new(modality.parse().unwrap()).with_whole(true);
        let error = Documents::open(&[path], &params).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(name), "{error}");
    }
}

#[test]
fn a_flaw_that_costs_little_is_read_over_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    for &(name, content, expected) in READ {
        let content = String::from_utf8(content.to_vec())
            .unwrap()
            .replace('%', "ACGTTGCA");
        let path = file(folder.path(), name, content.as_bytes());
        let params = InputParams::new(Modality::Dna).with_whole(true);
        let documents = Documents::open(&[path], &params).unwrap();
        let counts = documents.counts().to_string();
        assert!(counts.contains(expected), "{name}: {counts}");
        let found = all(&documents, Set::Analysis);
        assert!(
            found[0].text.ends_with("ACGTTGCA"),
            "{name}: {}",
            found[0].text
        );
    }
}

#[test]
fn a_record_beyond_the_limit_is_an_error_with_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("{{\"text\": \"{}\"}}\n", "word ".repeat(2000));
    let path = file(folder.path(), "a.jsonl", line.as_bytes());
    let params = InputParams::new(Modality::Text).with_whole(true);
    assert!(Documents::open(std::slice::from_ref(&path), &params).is_ok());
    let error = Documents::open(&[path], &params.with_record_limit(1000)).unwrap_err();
    assert!(error.to_string().contains("1000"), "{error}");
}

#[test]
fn a_sequence_of_fasta_has_no_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "a.fa",
        format!(">a\n{}\n", "ACGT".repeat(200_000)).as_bytes(),
    );
    let params = InputParams::new(Modality::Dna)
        .with_whole(true)
        .with_record_limit(400_000);
    assert_eq!(
        Documents::open(&[path], &params).unwrap().counts().analysis,
        800_000
    );
}

#[test]
fn a_file_that_changed_between_two_readings_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.fa", b">a\nACGTACGT\n");
    let params = InputParams::new(Modality::Dna).with_whole(true);
    let documents = Documents::open(&[path], &params).unwrap();
    file(folder.path(), "a.fa", b">a\nACGT\n");
    let mut found = documents.iter().filter_map(Result::err);
    let error = found.next().unwrap();
    assert!(
        matches!(
            error,
            Error::Changed {
                expected: 8,
                found: 4,
                ..
            }
        ),
        "{error}"
    );
    assert!(found.next().is_none(), "an iterator ends after an error");
}

#[test]
fn several_files_are_divided_each_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["a.fa", "b.fa"].map(|name| {
        file(
            folder.path(),
            name,
            format!(">{name}\n{}\n", "ACGT".repeat(1000)).as_bytes(),
        )
    });
    let params = InputParams::new(Modality::Dna).with_gap(100);
    let documents = Documents::open(&files, &params).unwrap();
    for set in [Set::Training, Set::Evaluation, Set::Analysis] {
        let files: Vec<String> = all(&documents, set)
            .iter()
            .map(|d| d.origin.file.to_string())
            .collect();
        assert_eq!(files, ["a.fa", "b.fa"], "{}", set.name());
    }
}

#[test]
fn special_tokens_in_a_text_never_become_special_ids() {
    let folder = tempfile::tempdir().unwrap();
    let text = "the <MASK> of times<SEP> and <PAD>\n";
    let path = file(folder.path(), "a.txt", text.repeat(50).as_bytes());
    let params = InputParams::new(Modality::Text).with_whole(true);
    let documents = Documents::open(&[path], &params).unwrap();
    let tokenizer = Character::new(
        ('a'..='z')
            .chain("<>MASKEPD ".chars())
            .collect::<std::collections::BTreeSet<_>>(),
        Layout::Standard,
    )
    .unwrap();
    let params = SequenceParams::default().with_max_length(32);
    let found = documents
        .encode_set(Set::Analysis, &tokenizer, &params)
        .unwrap();
    assert_eq!(found.counts.escaped, 150);
    let inner = found.ids.iter().flat_map(|ids| &ids[1..ids.len() - 1]);
    assert!(inner.copied().all(|id| id == 0 || id > 4));
}

#[test]
#[cfg(unix)]
fn a_pipe_that_comes_once_is_read_as_a_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let bases = ">a\n".to_string() + &"ACGGTCA".repeat(200);
    let path = file(folder.path(), "a.fa", bases.as_bytes());
    let pipe = folder.path().join("pipe.fa");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let writer = {
        let pipe = pipe.clone();
        std::thread::spawn(move || std::fs::write(pipe, bases).unwrap())
    };
    let params = InputParams::new(Modality::Dna).with_gap(7);
    let texts = |path| -> Vec<String> {
        let documents = Documents::open(&[path], &params).unwrap();
        let sets = [Set::Training, Set::Evaluation, Set::Analysis];
        let found = sets.into_iter().flat_map(|set| all(&documents, set));
        found.map(|document| document.text).collect()
    };
    assert_eq!(texts(pipe), texts(path));
    writer.join().unwrap();
}

#[test]
fn too_little_to_divide_is_named_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(">c\n{}\n", "ACGTTGCAA".repeat(100));
    let path = file(folder.path(), "tiny.fa", text.as_bytes());
    let params = InputParams::new(Modality::Dna).with_fractions(0.0, 0.1);
    let error = Documents::open(&[path], &params).unwrap_err().to_string();
    assert!(
        error.contains("tiny.fa: 900 symbols are too few"),
        "{error}"
    );
}

#[test]
fn rna_is_the_dna_of_the_same_bases() {
    let folder = tempfile::tempdir().unwrap();
    let dna = "ACGTTGCATTNACg".repeat(20);
    let texts = ["dna.fa", "rna.fa"].map(|name| {
        let bases = if name == "rna.fa" {
            dna.replace('T', "U")
        } else {
            dna.clone()
        };
        let path = file(folder.path(), name, format!(">a\n{bases}\n").as_bytes());
        let params = InputParams::new(Modality::Dna).with_whole(true);
        let documents = Documents::open(&[path], &params).unwrap();
        let uracil = documents.counts().bases.uracil;
        assert_eq!(uracil, if name == "rna.fa" { 80 } else { 0 });
        all(&documents, Set::Analysis)
            .into_iter()
            .map(|document| document.text)
            .collect::<Vec<_>>()
    });
    assert_eq!(texts[0], texts[1]);
    assert_eq!(texts[0].concat(), dna.to_uppercase());
}

#[test]
fn what_cleaning_loses_is_counted_alike_however_an_accent_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let params = InputParams::new(Modality::Text).with_whole(true);
    let cleaned = ["caf\u{e9} мир ends", "cafe\u{301} мир ends"].map(|text| {
        let path = file(folder.path(), "a.txt", text.as_bytes());
        let documents = Documents::open(&[path], &params).unwrap();
        let counts = documents.counts().characters;
        // The letter with its accent and three of Cyrillic.
        assert_eq!(counts.replaced, 4, "{text}");
        let said = documents.counts().to_string();
        assert!(said.contains("4 "), "{said}");
        all(&documents, Set::Analysis)[0].text.clone()
    });
    assert_eq!(cleaned, ["caf ends", "caf ends"]);
}

/// The documents of one set, by reading every record whole.
fn read_whole(records: &[String], set: Set, params: &InputParams) -> Vec<(String, u64)> {
    let lengths: Vec<u64> = records.iter().map(|record| record.len() as u64).collect();
    let total = lengths.iter().sum();
    let sizes = SplitParams::of_fractions(total, params.evaluation, params.analysis).unwrap();
    let sets = split(&lengths, &sizes.with_gap(params.gap)).unwrap();
    let windows = WindowParams::default()
        .with_length(params.document)
        .with_min_length(1);
    let mut found = Vec::new();
    for region in sets.of(set) {
        let text = &records[region.record as usize - 1][region.start as usize..region.end as usize];
        let record = Record {
            number: region.record,
            text: text.to_owned(),
            ..Record::default()
        };
        let cut = windows_of(&record, &windows).unwrap().0;
        found.extend(
            cut.into_iter()
                .map(|window| (window.bases, region.start + window.start)),
        );
    }
    found
}

proptest! {
    #[test]
    fn streaming_gives_what_reading_whole_gives(
        records in prop::collection::vec("[ACGTacgtNUR]{0,300}(N{8,14}[ACGT]{1,60})?", 1..6),
        line in 1_usize..90,
        document in 1_usize..200,
        gap in 0_u64..20,
    ) {
        let total: usize = records.iter().map(String::len).sum();
        prop_assume!(total > 200);
        let mut text = String::new();
        for (index, record) in records.iter().enumerate() {
            writeln!(text, ">{index}").unwrap();
            for line in record.as_bytes().chunks(line) {
                writeln!(text, "{}", std::str::from_utf8(line).unwrap()).unwrap();
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "a.fa", text.as_bytes());
        let params = InputParams::new(Modality::Dna).with_fractions(0.2, 0.3).with_gap(gap).with_document(document);
        let documents = Documents::open(&[path], &params).unwrap();
        for set in [Set::Training, Set::Evaluation, Set::Analysis] {
            let found = all(&documents, set);
            let found: Vec<_> = found.into_iter().map(|d| (d.text, d.origin.start)).collect();
            prop_assert_eq!(found, read_whole(&records, set, &params));
        }
    }
}
