//! Intervals of sequences, and sets of whole records: what is read is what was asked for, by
//! whichever way it is found.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use std::path::{Path, PathBuf};

use dissensus_input::{Documents, Error, InputParams, Modality, Set};
use rand::{RngExt as _, SeedableRng as _};

fn bases(seed: u64, count: usize) -> String {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let base = |_| ['A', 'C', 'G', 'T'][rng.random_range(0..4)];
    (0..count).map(base).collect()
}

/// FASTA in lines of 60 bases.
fn fasta(records: &[(&str, &str)]) -> String {
    let lines = |bases: &str| -> String {
        let lines = bases.as_bytes().chunks(60);
        lines
            .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
            .collect()
    };
    records
        .iter()
        .map(|(name, bases)| format!(">{name} of a genome\n{}", lines(bases)))
        .collect()
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Every base of every set, in the order of reading.
fn read(path: &Path, params: &InputParams) -> Result<Vec<(Set, String, String)>, Error> {
    let documents = Documents::open(&[path.to_path_buf()], params)?;
    let document = |found: Result<_, Error>| {
        let (set, document): (Set, dissensus_input::Document) = found?;
        Ok((set, document.origin.name.to_string(), document.text))
    };
    documents.iter().map(document).collect()
}

fn whole() -> InputParams {
    InputParams::new(Modality::Dna).with_whole(true)
}

fn with(path: &Path, interval: &str) -> PathBuf {
    format!("{}:{interval}", path.display()).into()
}

#[test]
fn an_interval_is_the_same_bases_with_an_index_without_and_compressed() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (bases(1, 1000), bases(2, 500));
    let text = fasta(&[("chr1", &one), ("chr2", &two)]);
    let plain = written(folder.path(), "plain.fa", &text);
    let indexed = written(folder.path(), "indexed.fa", &text);
    // As samtools faidx writes it.
    written(
        folder.path(),
        "indexed.fa.fai",
        "chr1\t1000\t18\t60\t61\nchr2\t500\t1053\t60\t61\n",
    );
    // No index can be made of it.
    let uneven = text.replace(&one[..60], &format!("{}\n{}", &one[..7], &one[7..60]));
    let uneven = written(folder.path(), "uneven.fa", &uneven);
    let zipped = folder.path().join("zipped.fa.zst");
    std::fs::write(&zipped, zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
    for path in [plain, indexed, uneven, zipped] {
        let found = read(&with(&path, "chr2:101-350"), &whole()).unwrap();
        let name = "chr2:101-350".to_owned();
        assert_eq!(
            found,
            [(Set::Analysis, name, two[100..350].to_owned())],
            "{}",
            path.display()
        );
        let found = read(&with(&path, "chr1"), &whole()).unwrap();
        assert_eq!(found, [(Set::Analysis, "chr1".to_owned(), one.clone())]);
        let found = read(&with(&path, "chr1:961"), &whole()).unwrap();
        assert_eq!(found[0].2, one[960..]);
    }
}

/// What reading is refused with.
fn refused(path: &Path, params: &InputParams) -> String {
    read(path, params).unwrap_err().to_string()
}

/// What opening several files is refused with.
fn refused_all(paths: &[PathBuf], params: &InputParams) -> String {
    Documents::open(paths, params).unwrap_err().to_string()
}

#[test]
fn what_an_interval_does_not_name_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let text = fasta(&[("chr1", &bases(1, 1000))]);
    let plain = written(folder.path(), "plain.fa", &text);
    let zipped = folder.path().join("zipped.fa.zst");
    std::fs::write(&zipped, zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
    for path in [&plain, &zipped] {
        for (interval, expected) in [
            ("chr9", "there is no sequence \"chr9\""),
            (
                "chr1:900-1001",
                "chr1:900-1001 reaches beyond the sequence, which has 1000 bases",
            ),
            (
                "chr1:2000",
                "chr1:2000 reaches beyond the sequence, which has 1000 bases",
            ),
            ("chr1:9-8", "chr1:9-8 names no bases"),
            ("chr1:0-8", "chr1:0-8 names no bases"),
        ] {
            let said = refused(&with(path, interval), &whole());
            assert!(said.contains(expected), "{said}");
        }
    }
}

#[test]
fn an_interval_of_no_file_or_of_a_table_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent.fa");
    let said = refused(&with(&absent, "chr1"), &whole());
    assert!(said.contains("absent.fa: cannot be opened"), "{said}");
    let table = written(folder.path(), "a.csv", "text\nACGT\n");
    let said = refused(&with(&table, "chr1"), &whole());
    let expected = "a.csv:chr1, expected FASTA or GenBank";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn an_index_of_another_file_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let text = fasta(&[("chr1", &bases(1, 1000))]);
    let plain = written(folder.path(), "plain.fa", &text);
    let broken = written(folder.path(), "plain.fa.fai", "chr1\t1000000\t18\t60\t61\n");
    let said = refused(&with(&plain, "chr1"), &whole());
    let expected = "plain.fa.fai: is no index of its FASTA file: chr1 reaches beyond";
    assert!(said.contains(expected), "{said}");
    std::fs::write(broken, "chr1\tx\n").unwrap();
    let said = refused(&with(&plain, "chr1"), &whole());
    assert!(said.contains("is no index of its FASTA file"), "{said}");
}

#[test]
fn an_index_older_than_its_file_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let plain = written(folder.path(), "a.fa", &fasta(&[("chr1", &bases(1, 300))]));
    let old = written(folder.path(), "a.fa.fai", "chr1\t100\t18\t60\t61\n");
    let an_hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    std::fs::File::options()
        .write(true)
        .open(old)
        .unwrap()
        .set_modified(an_hour_ago)
        .unwrap();
    assert_eq!(
        read(&with(&plain, "chr1"), &whole()).unwrap()[0].2.len(),
        300
    );
}

#[test]
fn a_name_with_a_colon_is_a_file_if_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let one = bases(1, 300);
    let path = written(folder.path(), "a.fa:chr1.fa", &fasta(&[("chr1", &one)]));
    assert_eq!(read(&path, &whole()).unwrap()[0].2, one);
}

/// Three intervals of two chromosomes, of which two overlap.
#[cfg(feature = "bed")]
const INTERVALS: &str = "chr2\t10\t20\nchr1\t100\t300\tx\nchr1\t250\t400\ty\n";

/// A FASTA file for each sequence: its name, and that of its record.
fn a_file_each<const N: usize>(
    folder: &Path,
    sequences: [(&str, &str, &String); N],
) -> [PathBuf; N] {
    sequences.map(|(file, name, bases)| written(folder, file, &fasta(&[(name, bases)])))
}

#[cfg(feature = "bed")]
#[test]
fn intervals_of_bed_are_records_and_no_base_is_read_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (bases(1, 1000), bases(2, 500));
    let both = fasta(&[("chr1", &one), ("chr2", &two)]);
    let path = written(folder.path(), "a.fa", &both);
    let bed = written(folder.path(), "a.bed", INTERVALS);
    let params = whole().with_regions(Some(bed));
    let found = read(&path, &params).unwrap();
    let names: Vec<&str> = found.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["chr1:101-400", "chr2:11-20"]);
    assert_eq!(
        (found[0].2.as_str(), found[1].2.as_str()),
        (&one[100..400], &two[10..20])
    );
    let counts = *Documents::open(std::slice::from_ref(&path), &params)
        .unwrap()
        .counts();
    assert_eq!((counts.records, counts.symbols), (2, 310));
    let said = refused_all(&[with(&path, "chr1")], &params);
    let expected = "without an interval behind its name";
    assert!(said.contains(expected), "{said}");
    let empty = written(folder.path(), "empty.bed", "# nothing\n");
    let said = refused(&path, &whole().with_regions(Some(empty)));
    let expected = "empty.bed: there is no interval in it";
    assert!(said.contains(expected), "{said}");
}

#[cfg(feature = "bed")]
#[test]
fn of_a_chromosome_a_file_each_has_its_own_intervals_of_bed() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (bases(1, 1000), bases(2, 500));
    let bed = written(folder.path(), "a.bed", INTERVALS);
    let params = whole().with_regions(Some(bed));
    let sequences = [
        ("x.fa", "chr1", &one),
        ("y.fa", "chr2", &two),
        ("z.fa", "chr3", &two),
    ];
    // One that has none is passed over.
    let files = a_file_each(folder.path(), sequences);
    let counts = *Documents::open(&files, &params).unwrap().counts();
    assert_eq!((counts.files, counts.symbols), (2, 310));
    let said = refused_all(&files[..1], &params);
    let expected = "a.bed: there is no sequence \"chr2\" in the files";
    assert!(said.contains(expected), "{said}");
}

#[cfg(feature = "genbank")]
#[test]
fn genbank_is_read_like_fasta() {
    let folder = tempfile::tempdir().unwrap();
    let one = bases(1, 120).to_ascii_lowercase();
    let blocks = |row: &[u8]| -> String {
        let blocks = row.chunks(10);
        blocks
            .map(|block| format!(" {}", String::from_utf8_lossy(block)))
            .collect()
    };
    let rows = one.as_bytes().chunks(60).enumerate();
    let rows: String = rows
        .map(|(at, row)| format!("{:>9}{}\n", at * 60 + 1, blocks(row)))
        .collect();
    let text = format!(
        "LOCUS       NC_1                     120 bp    DNA     linear   PHG 06-JUL-2018\nDEFINITION  A phage.\nACCESSION   NC_1\n\
         VERSION     NC_1.1\nFEATURES             Location/Qualifiers\n     source          1..120\n                     /organism=\"A phage\"\n\
         ORIGIN\n{rows}//\n"
    );
    let path = written(folder.path(), "phage.gb", &text);
    let found = read(&path, &whole()).unwrap();
    let upper = one.to_ascii_uppercase();
    assert_eq!(found, [(Set::Analysis, "NC_1.1".to_owned(), upper.clone())]);
    let found = read(&with(&path, "NC_1.1:11-20"), &whole()).unwrap();
    assert_eq!(found[0].2, upper[10..20]);
    assert_eq!(Modality::of_file(&path, None).unwrap(), Modality::Dna);
    let cut = written(folder.path(), "cut.gb", &text[..text.len() / 2]);
    let said = read(&cut, &whole()).unwrap_err().to_string();
    assert!(
        said.contains("cut.gb: record 1") && said.contains("GenBank"),
        "{said}"
    );
    let prose = written(folder.path(), "prose.gb", "It was the best of times.\n");
    let said = read(&prose, &whole()).unwrap_err().to_string();
    assert!(said.contains("cannot be read as GenBank"), "{said}");
}

/// DNA whose record `name` is held out.
fn held_out(name: &str) -> InputParams {
    InputParams::new(Modality::Dna)
        .with_gap(100)
        .with_held_out(vec![name.to_owned()])
}

#[test]
fn a_record_that_is_held_out_is_never_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let (one, five, two) = (bases(1, 3000), bases(5, 2000), bases(2, 1000));
    let text = fasta(&[("chr1", &one), ("chr5", &five), ("chr2", &two)]);
    let path = written(folder.path(), "a.fa", &text);
    let found = read(&path, &held_out("chr5")).unwrap();
    let of = |wanted: Set| -> String {
        let set = found.iter().filter(|(set, _, _)| *set == wanted);
        set.map(|(_, _, bases)| bases.as_str()).collect()
    };
    assert_eq!(of(Set::Training), format!("{one}{two}"));
    assert_eq!(
        (of(Set::Evaluation), of(Set::Analysis)),
        (five[..950].into(), five[1050..].into())
    );
}

#[test]
fn a_record_in_a_file_of_its_own_is_held_out_or_where_all_is_measured_it_alone_is() {
    let folder = tempfile::tempdir().unwrap();
    let (one, five) = (bases(1, 3000), bases(5, 2000));
    let sequences = [("x.fa", "chr1", &one), ("y.fa", "chr5", &five)];
    let (files, params) = (a_file_each(folder.path(), sequences), held_out("chr5"));
    let counts = |params: &InputParams| {
        let counts = *Documents::open(&files, params).unwrap().counts();
        (counts.training, counts.evaluation, counts.analysis)
    };
    assert_eq!(counts(&params), (3000, 950, 950));
    assert_eq!(counts(&params.clone().with_whole(true)), (0, 0, 2000));
    let said = refused_all(&files, &held_out("chr7"));
    let expected = "\"chr7\" cannot be held out: no file has a record of this name";
    assert!(said.contains(expected), "{said}");
    let said = refused_all(&files[1..], &params);
    assert!(said.contains("nothing is left to train on"), "{said}");
}
