//! Counts of real files on the one path. The folder is named by `DISSENSUS_DATA`; run with
//! `--ignored`.

use std::path::PathBuf;

use dissensus_input::{Documents, InputParams, Modality, SequenceParams, Set};
use dissensus_tokenize::{Kmer, Layout};

fn path(file: &str) -> PathBuf {
    let folder = std::env::var_os("DISSENSUS_DATA");
    PathBuf::from(folder.expect("DISSENSUS_DATA names the folder of the data")).join(file)
}

/// File, records, bases, bases other than A, C, G and T: as the data's own description has them.
const SEQUENCES: [(&str, u64, u64, u64); 4] = [
    ("dna/athaliana_chr5_last1Mb_braker.fa.gz", 8, 1_000_001, 0),
    ("dna/athaliana_ler_1Mb_edta.fa.gz", 1, 1_000_001, 5807),
    ("dna/chloroplast_genomes_chloe20.fa.gz", 20, 2_901_530, 1),
    ("dna/lambda_phage_NC_001416.fa", 1, 48_502, 0),
];

#[test]
#[ignore = "needs data"]
fn every_base_of_a_genome_is_in_a_set_or_a_gap() {
    for (file, records, bases, others) in SEQUENCES {
        let params = InputParams::new(Modality::Dna).with_gap(500);
        let documents = Documents::open(&[path(file)], &params).unwrap();
        let counts = documents.counts();
        assert_eq!(
            (counts.records, counts.bases.bases),
            (records, bases),
            "{file}"
        );
        assert_eq!(
            counts.bases.ambiguous + counts.bases.unknown,
            others,
            "{file}"
        );
        assert_eq!(counts.symbols, bases, "{file}");
        assert_eq!(counts.gaps(), 1000, "{file}");
    }
}

#[test]
#[ignore = "needs data"]
fn tokens_of_a_genome_span_every_base_of_its_documents() {
    let params = InputParams::new(Modality::Dna).with_whole(true);
    let documents = Documents::open(&[path("dna/lambda_phage_NC_001416.fa")], &params).unwrap();
    let tokenizer = Kmer::new(6, Layout::Standard).unwrap();
    let params = SequenceParams::default().with_max_length(130);
    let found = documents
        .encode_set(Set::Analysis, &tokenizer, &params)
        .unwrap();
    // 48,502 bases in documents of 8192, each of 1365 6-mers and 2 bases, and one of 7542.
    assert_eq!(found.counts.documents, 6);
    assert_eq!(
        found.counts.tokens + found.counts.dropped,
        5 * (1365 + 2) + 1257
    );
    assert_eq!(found.windows.len(), found.ids.len());
    assert!(
        found
            .windows
            .windows(2)
            .all(|pair| pair[0].origin.start < pair[1].origin.start)
    );
}
