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

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story, from its first step to its last"
)]
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
            let said = read(&with(path, interval), &whole())
                .unwrap_err()
                .to_string();
            assert!(said.contains(expected), "{said}");
        }
    }
    let said = read(&with(&folder.path().join("absent.fa"), "chr1"), &whole()).unwrap_err();
    assert!(
        said.to_string().contains("absent.fa: cannot be opened"),
        "{said}"
    );
    let table = written(folder.path(), "a.csv", "text\nACGT\n");
    let said = read(&with(&table, "chr1"), &whole())
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("a.csv:chr1, expected FASTA or GenBank"),
        "{said}"
    );
    let broken = written(folder.path(), "plain.fa.fai", "chr1\t1000000\t18\t60\t61\n");
    let said = read(&with(&plain, "chr1"), &whole())
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("plain.fa.fai: is no index of its FASTA file: chr1 reaches beyond"),
        "{said}"
    );
    std::fs::write(broken, "chr1\tx\n").unwrap();
    let said = read(&with(&plain, "chr1"), &whole())
        .unwrap_err()
        .to_string();
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

#[cfg(feature = "bed")]
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story, from its first step to its last"
)]
fn intervals_of_bed_are_records_and_no_base_is_read_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (bases(1, 1000), bases(2, 500));
    let path = written(
        folder.path(),
        "a.fa",
        &fasta(&[("chr1", &one), ("chr2", &two)]),
    );
    let bed = written(
        folder.path(),
        "a.bed",
        "chr2\t10\t20\nchr1\t100\t300\tx\nchr1\t250\t400\ty\n",
    );
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
    // A chromosome a file: each has its own intervals, and one that has none is passed over.
    let files = [
        ("x.fa", "chr1", &one),
        ("y.fa", "chr2", &two),
        ("z.fa", "chr3", &two),
    ];
    let files =
        files.map(|(file, name, bases)| written(folder.path(), file, &fasta(&[(name, bases)])));
    let documents = Documents::open(&files, &params).unwrap();
    assert_eq!(
        (documents.counts().files, documents.counts().symbols),
        (2, 310)
    );
    let said = Documents::open(&files[..1], &params)
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("a.bed: there is no sequence \"chr2\" in the files"),
        "{said}"
    );
    let both = Documents::open(&[with(&path, "chr1")], &params)
        .unwrap_err()
        .to_string();
    assert!(
        both.contains("without an interval behind its name"),
        "{both}"
    );
    let empty = written(folder.path(), "empty.bed", "# nothing\n");
    let said = read(&path, &whole().with_regions(Some(empty)))
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("empty.bed: there is no interval in it"),
        "{said}"
    );
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

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story, from its first step to its last"
)]
fn a_record_that_is_held_out_is_never_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let (one, five, two) = (bases(1, 3000), bases(5, 2000), bases(2, 1000));
    let text = fasta(&[("chr1", &one), ("chr5", &five), ("chr2", &two)]);
    let path = written(folder.path(), "a.fa", &text);
    let held = |name: &str| vec![name.to_owned()];
    let params = InputParams::new(Modality::Dna)
        .with_gap(100)
        .with_held_out(held("chr5"));
    let found = read(&path, &params).unwrap();
    let of = |wanted: Set| -> String {
        let set = found.iter().filter(|(set, _, _)| *set == wanted);
        set.map(|(_, _, bases)| bases.as_str()).collect()
    };
    assert_eq!(of(Set::Training), format!("{one}{two}"));
    assert_eq!(
        (of(Set::Evaluation), of(Set::Analysis)),
        (five[..950].into(), five[1050..].into())
    );
    // In a file of its own, too; and where all is measured on, it alone is.
    let files = [("x.fa", "chr1", &one), ("y.fa", "chr5", &five)];
    let files =
        files.map(|(file, name, bases)| written(folder.path(), file, &fasta(&[(name, bases)])));
    let counts = *Documents::open(&files, &params).unwrap().counts();
    assert_eq!(
        (counts.training, counts.evaluation, counts.analysis),
        (3000, 950, 950)
    );
    let counts = *Documents::open(&files, &params.clone().with_whole(true))
        .unwrap()
        .counts();
    assert_eq!(
        (counts.training, counts.evaluation, counts.analysis),
        (0, 0, 2000)
    );
    let said = Documents::open(&files, &params.clone().with_held_out(held("chr7")));
    let said = said.unwrap_err().to_string();
    assert!(
        said.contains("\"chr7\" cannot be held out: no file has a record of this name"),
        "{said}"
    );
    let said = Documents::open(&files[1..], &params)
        .unwrap_err()
        .to_string();
    assert!(said.contains("nothing is left to train on"), "{said}");
}
