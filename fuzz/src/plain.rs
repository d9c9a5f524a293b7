//! Readers of crates that know no tensor library.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use dissensus_alignment::EmbeddingTable;
use dissensus_corpus::{
    ByteStream, Error, FastaIndex, FastaReader, Format, GenomicInterval, IntervalReader,
    IntervalSet, Records, SoftMasked, TextUnit, bed_intervals, clean_dna, clean_text, records_of,
};
use dissensus_kernels::checked;
use dissensus_probe::{FeatureCache, FeatureKey};
use dissensus_report::Results;
use dissensus_task::Task;
use dissensus_tokenize::Tokenizer;
use dissensus_transfer::CellFolder;
use dissensus_variant::{TableColumns, VcfFields, read_table, read_vcf};

use super::smoke::Target;

/// Every target of this file by its name.
pub const TARGETS: &[Target] = &[
    ("tokenizer", tokenizer),
    ("vocabulary", vocabulary),
    ("fasta", fasta),
    ("fasta_index", fasta_index),
    ("genbank", genbank),
    ("bed", bed),
    ("interval", interval),
    ("text", text),
    ("json_lines", json_lines),
    ("table", table),
    #[cfg(feature = "parquet")]
    ("parquet", parquet),
    ("vcf", vcf),
    ("variants", variants),
    ("task", task),
    ("labels", labels),
    ("results", results),
    ("manifest", manifest),
    ("cells", cells),
    ("features", features),
    ("npy", npy),
];

/// Bytes that one record may have: fewer than by default, so that a fuzzer's memory holds them.
const RECORD: u64 = 1 << 20;
/// Records that are looked at; a file has as many as it likes.
const RECORDS: usize = 10_000;

/// A `tokenizer.json`, and texts through it and back.
pub fn tokenizer(data: &[u8]) {
    let Ok(json) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(tokenizer) = dissensus_tokenize::parse(json) {
        used(&*tokenizer);
    }
}

/// A `vocab.txt`, as of `BertTokenizer` and `EsmTokenizer`.
pub fn vocabulary(data: &[u8]) {
    in_folder(|folder| {
        let path = written(folder, "vocab.txt", data);
        if let Ok(tokenizer) = dissensus_tokenize::load(path) {
            used(&*tokenizer);
        }
    });
}

fn used(tokenizer: &dyn Tokenizer) {
    for text in ["ACGTNacgt", "the cat sat; it's 12 °C <MASK>", ""] {
        if let Ok(found) = tokenizer.encode(text) {
            let _ = tokenizer.decode(&found.ids);
        }
    }
    let _ = tokenizer.decode(&[0, 1, u32::MAX]);
}

/// FASTA: whole records, then chunks.
pub fn fasta(data: &[u8]) {
    all(stream(data).and_then(|stream| records_of(stream, &Format::Fasta)));
    let chunks = stream(data)
        .and_then(FastaReader::new)
        .and_then(|reader| reader.chunks(7));
    for chunk in chunks.into_iter().flatten().take(RECORDS) {
        let _ = chunk.map(|chunk| clean_dna(&chunk.bases, SoftMasked::Upper));
    }
}

/// A FASTA file and its index, parted by a line of two hyphens; then the bases that the index
/// names.
pub fn fasta_index(data: &[u8]) {
    let (bases, index) = parted(data);
    in_folder(|folder| {
        let path = written(folder, "genome.fa", bases);
        written(folder, "genome.fa.fai", index);
        let Ok(Some(index)) = FastaIndex::of(path) else {
            return;
        };
        let wanted = index
            .lengths()
            .take(8)
            .map(|(sequence, length)| GenomicInterval {
                sequence,
                start: length / 2,
                end: Some(length / 2 + 3),
            });
        let wanted: IntervalSet = wanted.collect();
        let reader = IntervalReader::indexed(&index, wanted, 1 << 10);
        reader.into_iter().flatten().take(RECORDS).for_each(drop);
    });
}

/// Records of GenBank.
pub fn genbank(data: &[u8]) {
    all(stream(data).and_then(|stream| records_of(stream, &Format::GenBank)));
}

/// BED.
pub fn bed(data: &[u8]) {
    if let Ok(set) = stream(data).and_then(bed_intervals) {
        let again = set.iter().map(|interval| interval.to_string().parse());
        let again: Result<IntervalSet, Error> = again.collect();
        assert!(again.is_ok_and(|again| again == set), "intervals in words");
    }
}

/// An interval as it is typed behind the name of a file.
pub fn interval(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(interval) = text.parse::<GenomicInterval>() {
        let again = interval.to_string().parse::<GenomicInterval>();
        assert!(again.is_ok_and(|again| again == interval), "{interval}");
    }
    let _ = dissensus_input::InputPath::of(Path::new(&*text));
}

/// Plain text: as a whole, by paragraphs and by lines.
pub fn text(data: &[u8]) {
    for unit in [TextUnit::File, TextUnit::Paragraph, TextUnit::Line] {
        all(stream(data).and_then(|stream| records_of(stream, &Format::Text(unit))));
    }
}

/// One object of JSON a line.
pub fn json_lines(data: &[u8]) {
    let format = Format::JsonLines {
        field: "text".into(),
    };
    all(stream(data).and_then(|stream| records_of(stream, &format)));
}

/// A table with commas, then with tabs.
pub fn table(data: &[u8]) {
    for delimiter in [b',', b'\t'] {
        let format = Format::Csv {
            column: "text".into(),
            delimiter,
        };
        all(stream(data).and_then(|stream| records_of(stream, &format)));
    }
}

/// A Parquet file.
#[cfg(feature = "parquet")]
pub fn parquet(data: &[u8]) {
    in_folder(|folder| {
        let format = Format::Parquet {
            column: "text".into(),
        };
        all(dissensus_corpus::records(
            written(folder, "texts.parquet", data),
            &format,
        ));
    });
}

/// VCF.
pub fn vcf(data: &[u8]) {
    let fields =
        VcfFields::default()
            .with_class("MC")
            .with_label("CLNSIG", &["Pathogenic"], &["Benign"]);
    in_folder(|folder| drop(read_vcf(written(folder, "variants.vcf", data), &fields)));
}

/// A table of variants.
pub fn variants(data: &[u8]) {
    let columns = TableColumns::default().with_label("label", &["1"], &["0"]);
    in_folder(|folder| drop(read_table(written(folder, "variants.tsv", data), &columns)));
}

/// A manifest of a task, then the table that it names, parted by a line of two hyphens.
pub fn task(data: &[u8]) {
    let (manifest, table) = parted(data);
    in_folder(|folder| {
        written(folder, "data.csv", table);
        // A manifest may name any file of this machine.
        let text = String::from_utf8_lossy(manifest);
        if !text.contains("..") && !text.contains('/') {
            drop(Task::open(written(folder, "task.toml", manifest)));
        }
    });
}

/// Labelled sequences: a table, and FASTA.
pub fn labels(data: &[u8]) {
    in_folder(|folder| {
        for name in ["task.csv", "task.fa"] {
            drop(Task::open(written(folder, name, data)));
        }
    });
}

/// `results.json`, which reads back as it was written.
pub fn results(data: &[u8]) {
    let Ok(results) = Results::from_json(&String::from_utf8_lossy(data)) else {
        return;
    };
    let written = results.to_json().expect("results are written");
    let read = Results::from_json(&written).expect("and read back");
    assert_eq!(read.to_json().expect("twice"), written);
}

/// A list of checksums, whose own is right.
pub fn manifest(data: &[u8]) {
    in_folder(|folder| {
        written(folder, "a", b"a");
        written(folder, checked::MANIFEST, data);
        let _ = checked::check(folder);
        let text = String::from_utf8_lossy(data);
        let own = format!(
            "{} {} {}\n",
            checked::checksum(text.as_bytes()),
            text.len(),
            checked::MANIFEST
        );
        written(
            folder,
            checked::MANIFEST,
            (text.into_owned() + &own).as_bytes(),
        );
        let _ = checked::check(folder);
    });
}

/// A file of a cell of a transfer study, whose checksum is right.
pub fn cells(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = checked::unseal_json(&text);
    if text.starts_with("{\n") {
        in_folder(|folder| {
            written(folder, "cell.json", checked::seal_json(&text).as_bytes());
            let _ = CellFolder::new(folder, "study").all();
        });
    }
}

/// A file of features.
pub fn features(data: &[u8]) {
    in_folder(|folder| {
        let key = FeatureKey::new().with("model", "a");
        let cache = FeatureCache::new(folder).expect("a folder");
        fs::write(cache.path(&key), data).expect("written");
        let _ = cache.get(&key);
    });
}

/// A table of NumPy.
pub fn npy(data: &[u8]) {
    in_folder(|folder| {
        drop(EmbeddingTable::read_npy(&written(
            folder,
            "table.npy",
            data,
        )))
    });
}

fn stream(data: &[u8]) -> Result<ByteStream, Error> {
    let stream = ByteStream::new("input", Cursor::new(data.to_vec()))?;
    Ok(stream.with_record_limit(RECORD))
}

/// Reads records and cleans them as text and as DNA.
fn all(records: Result<Records, Error>) {
    for record in records.into_iter().flatten().take(RECORDS) {
        let _ = record.map(|record| {
            (
                clean_text(&record.text),
                clean_dna(record.text.as_bytes(), SoftMasked::Unknown),
            )
        });
    }
}

/// What stands before and behind the first line of two hyphens.
pub(crate) fn parted(data: &[u8]) -> (&[u8], &[u8]) {
    const LINE: &[u8] = b"\n--\n";
    let at = data.windows(LINE.len()).position(|window| window == LINE);
    at.map_or((data, &[]), |at| {
        (&data[..at + 1], &data[at + LINE.len()..])
    })
}

/// Does something in an empty folder.
pub(crate) fn in_folder(act: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().expect("a folder");
    act(folder.path());
}

/// Writes a file into a folder; returns its path.
pub(crate) fn written(folder: &Path, name: &str, data: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, data).expect("written");
    path
}
