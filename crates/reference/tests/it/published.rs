//! Real sequences whose code lengths others have published.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use dissensus_corpus::{Format, numbered_bases, records};
use dissensus_reference::{ContextTree, CopyModel, CopyModelParams, Predictor, code_length};

/// The plastid of *Marchantia*, NC_001319.1 = X04465.1, 121,024 bases: `CHMPXX` of the DNA
/// compression benchmark.
fn marchantia() -> Vec<Option<u8>> {
    let data = PathBuf::from(std::env::var("DISSENSUS_DATA").unwrap());
    let path = data.join("dna/chloroplast_genomes_chloe20.fa.gz");
    let mut found = records(&path, &Format::Fasta).unwrap().map(Result::unwrap);
    let record = found.find(|r| r.name == "NC_001319.1").unwrap();
    assert_eq!(record.text.len(), 121_024);
    numbered_bases(&record.text)
}

/// Bits per base, published for the same sequence: BioCompress-2 1.6848, GenCompress 1.6730, CTW+LZ
/// 1.6690, DNACompress 1.6716 (Chen, Li, Ma and Tromp, DNACompress, Bioinformatics 18, 2002, table
/// 1).
const PUBLISHED: [f64; 4] = [1.6848, 1.6730, 1.6690, 1.6716];

#[test]
#[ignore = "needs data"]
fn the_copy_model_is_among_published_compressors_of_dna() {
    let symbols = marchantia();
    let bits = |predictor: &mut dyn Predictor| {
        let length = code_length(predictor, symbols.iter().copied(), 5_000).unwrap();
        length.bits / length.symbols as f64
    };
    let copies = bits(&mut CopyModel::new(CopyModelParams::dna()).unwrap());
    let (best, worst) = (PUBLISHED[2], PUBLISHED[0]);
    assert!(copies > best - 0.02 && copies < worst, "{copies}");
    // The tree knows no repeats: the inverted repeat of 10,058 bases is what it lacks.
    let tree = bits(&mut ContextTree::new(4, 12).unwrap());
    assert!(
        (tree - copies) * 121_024.0 > 10_058.0 * 1.5,
        "{tree} and {copies}"
    );
}
