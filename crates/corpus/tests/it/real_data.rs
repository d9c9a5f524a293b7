//! Counts of real files. The folder is named by `DISSENSUS_DATA`; run with `--ignored`.

use std::path::PathBuf;

use dissensus_corpus::{
    ByteStream, CsvReader, FastaReader, Format, SoftMasked, TextUnit, UnknownRuns, WindowCutter,
    WindowParams, clean_dna, records, unknown_runs,
};

fn path(file: &str) -> PathBuf {
    let folder =
        std::env::var_os("DISSENSUS_DATA").expect("DISSENSUS_DATA names the folder of the data");
    PathBuf::from(folder).join(file)
}

/// File, records, bases, bases other than A, C, G and T, fraction of G and C in percent.
const SEQUENCES: [(&str, usize, usize, usize, f64); 9] = [
    (
        "dna/athaliana_chr5_last1Mb_braker.fa.gz",
        8,
        1_000_001,
        0,
        36.6,
    ),
    ("dna/athaliana_ler_1Mb_edta.fa.gz", 1, 1_000_001, 5807, 35.2),
    (
        "dna/athaliana_tair10_chr3_10500000-14300000.fa.gz",
        1,
        3_800_001,
        5522,
        36.4,
    ),
    (
        "dna/athaliana_tair10_chrom_starts_datacore.fa.gz",
        7,
        1_196_674,
        2225,
        38.0,
    ),
    (
        "dna/chloroplast_genomes_chloe20.fa.gz",
        20,
        2_901_530,
        1,
        38.1,
    ),
    ("dna/lambda_phage_NC_001416.fa", 1, 48_502, 0, 49.9),
    (
        "dna/osativa_msu7_chr2_1Mb_edta.fa.gz",
        1,
        1_000_000,
        0,
        43.3,
    ),
    ("variants/brca2_hg38_window.fa", 1, 200_000, 0, 40.0),
    ("variants/tp53_gene_window.fa", 1, 19_070, 0, 49.4),
];

#[test]
#[ignore = "needs data"]
fn genomes_have_the_stated_counts() {
    for (file, expected, bases, unknown, gc) in SEQUENCES {
        let found: Vec<_> = records(path(file), &Format::Fasta)
            .expect("opened")
            .collect::<Result<_, _>>()
            .expect("good");
        let text: String = found.iter().map(|record| record.text.as_str()).collect();
        let unknown_found: usize = unknown_runs(text.as_bytes())
            .iter()
            .map(ExactSizeIterator::len)
            .sum();
        assert_eq!(
            (found.len(), text.len(), unknown_found),
            (expected, bases, unknown),
            "{file}"
        );
        let clean = clean_dna(text.as_bytes(), SoftMasked::Upper);
        let strong = clean.bytes().filter(|base| b"GC".contains(base)).count();
        let percent = 100.0 * strong as f64 / (bases - unknown) as f64;
        assert!((percent - gc).abs() < 0.06, "{file}: {percent}");
    }
}

#[test]
#[ignore = "needs data"]
fn windows_account_for_every_base() {
    for (file, _, bases, unknown, _) in SEQUENCES {
        let params = WindowParams::default()
            .with_min_length(1)
            .with_unknown_runs(UnknownRuns::Exclude { run: 1 });
        let mut cutter = WindowCutter::new(&params).expect("good parameters");
        let reader = FastaReader::open(path(file)).expect("a header");
        let mut record = 0;
        for chunk in reader.chunks(64 * 1024).expect("1 or more") {
            let chunk = chunk.expect("good");
            if chunk.record != record {
                cutter.end();
                assert!(cutter.by_ref().all(|window| !window.bases.contains('N')));
                record = chunk.record;
                cutter.begin(record, chunk.name, chunk.start);
            }
            cutter.push(&chunk.bases);
            assert!(cutter.by_ref().all(|window| !window.bases.contains('N')));
        }
        cutter.end();
        assert!(cutter.by_ref().all(|window| !window.bases.contains('N')));
        let coverage = cutter.coverage();
        assert_eq!(
            (coverage.bases, coverage.unknown, coverage.uncovered()),
            (bases as u64, unknown as u64, 0),
            "{file}"
        );
    }
}

/// File, characters, words.
const TEXTS: [(&str, usize, usize); 8] = [
    ("text/a_tale_of_two_cities_pg98.txt.gz", 757_248, 135_842),
    ("text/david_copperfield_pg766.txt.gz", 1_934_596, 354_828),
    ("text/jane_eyre_pg1260.txt.gz", 1_029_898, 185_455),
    ("text/moby_dick_pg2701.txt.gz", 1_218_530, 212_734),
    ("text/the_descent_of_man_pg2300.txt.gz", 1_845_373, 307_641),
    (
        "text/the_federalist_papers_pg1404.txt.gz",
        1_147_614,
        192_349,
    ),
    ("text/war_and_peace_pg2600.txt.gz", 3_208_235, 563_279),
    (
        "text/wikipedia_enwiki2016_92articles.txt.gz",
        2_563_783,
        405_147,
    ),
];

#[test]
#[ignore = "needs data"]
fn texts_have_the_stated_counts_in_every_unit() {
    for (file, characters, words) in TEXTS {
        let read = |unit| -> Vec<String> {
            let records = records(path(file), &Format::Text(unit)).expect("opened");
            records.map(|record| record.expect("good").text).collect()
        };
        let whole = read(TextUnit::File);
        assert_eq!(
            (whole.len(), whole[0].chars().count()),
            (1, characters),
            "{file}"
        );
        for unit in [TextUnit::File, TextUnit::Paragraph, TextUnit::Segment(500)] {
            let found: usize = read(unit)
                .iter()
                .map(|text| text.split_whitespace().count())
                .sum();
            assert_eq!(found, words, "{file} {unit:?}");
        }
    }
}

#[test]
#[ignore = "needs data"]
fn tables_have_the_stated_rows() {
    let tables = [
        ("tasks/athaliana_promoters_251bp.csv.gz", 4388 + 17_341),
        ("tasks/gue_emp_H3_devtest.csv.gz", 1497 + 1497),
        ("tasks/gue_prom_core_notata.csv.gz", 5307 + 5307 + 42_452),
    ];
    for (file, rows) in tables {
        let reader = CsvReader::new(
            ByteStream::open(path(file)).expect("opened"),
            &["sequence", "label"],
            b',',
        )
        .expect("columns");
        assert_eq!(
            reader.rows().filter(|row| row.is_ok()).count(),
            rows,
            "{file}"
        );
    }
}
