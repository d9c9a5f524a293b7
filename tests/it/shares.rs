//! A scan of variants is the same bytes made at once or in shares.

use std::path::Path;
use std::process::Command;

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm};
use dissensus_lm::TrainableModel;
use dissensus_source::{MotifParams, Motifs, Source};
use dissensus_tokenize::{Character, Layout, Role, Tokenizer};

use crate::program;

/// A small model at random weights, a contig and three hundred variants of it: two shards.
pub fn files(folder: &Path) {
    let tokenizer = Character::dna(Layout::Standard).unwrap();
    let pad = tokenizer.specials().require(Role::Pad).unwrap();
    let config = Config::preset("micro").unwrap();
    let config = config.with_vocabulary(tokenizer.vocabulary().len(), pad);
    let model = MaskedLm::new(&config, 3, &Device::flex()).unwrap();
    let own = folder.join("model");
    model.folder(&own).as_file().unwrap();
    tokenizer.save(&own).unwrap();
    let source = Motifs::new(&MotifParams::default()).unwrap();
    let text = source.text(5, 0, 400);
    std::fs::write(folder.join("contig.fa"), format!(">chr1\n{text}\n")).unwrap();
    let mut table = "chrom\tpos\tref\talt\tlabel\n".to_owned();
    for at in 50..350 {
        let base = &text[at..=at];
        let alternative = if base == "A" { "G" } else { "A" };
        let label = if at % 3 == 0 { "pathogenic" } else { "benign" };
        table.push_str(&format!(
            "chr1\t{}\t{base}\t{alternative}\t{label}\n",
            at + 1
        ));
    }
    std::fs::write(folder.join("variants.tsv"), table).unwrap();
}

/// What the program said when it ran in a folder.
fn scan(folder: &Path, out: &str, share: &str) -> String {
    let mut scan = Command::new(program("scan_variants"));
    scan.current_dir(folder)
        .args(["--model", "model", "--reference", "contig.fa"]);
    scan.args([
        "--window",
        "24",
        "--out",
        out,
        "--share",
        share,
        "variants.tsv",
    ]);
    let found = scan.output().unwrap();
    let said = String::from_utf8_lossy(&found.stderr).into_owned();
    assert!(found.status.success(), "{said}");
    said + &String::from_utf8_lossy(&found.stdout)
}

#[test]
fn a_scan_in_shares_is_the_bytes_of_one_that_ran_through() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    scan(folder.path(), "whole", "0/1");
    let first = scan(folder.path(), "shared", "1/2");
    assert!(first.contains("other shares are not yet"), "{first}");
    assert!(!folder.path().join("shared/results.json").exists());
    scan(folder.path(), "shared", "0/2");
    let read = |out: &str, name: &str| std::fs::read(folder.path().join(out).join(name)).unwrap();
    for name in ["results.json", "scores.tsv", "scores.vcf"] {
        assert_eq!(read("whole", name), read("shared", name), "{name}");
    }
    let scores = String::from_utf8(read("whole", "scores.tsv")).unwrap();
    assert_eq!(scores.lines().count(), 301);
}
