//! Variants of ClinVar on BRCA2 and TP53. The folder is named by `DISSENSUS_DATA`; run with
//! `--ignored --nocapture`.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use dissensus_stats::BootstrapParams;
use dissensus_variant::{
    Genome, KmerCounts, OnFault, Sign, TableColumns, Variant, VariantWindow, check_variants,
    context_tree_ratios, read_table, transition_score, variant_figures,
};

fn folder() -> PathBuf {
    let data =
        std::env::var_os("DISSENSUS_DATA").expect("DISSENSUS_DATA names the folder of the data");
    PathBuf::from(data).join("variants")
}

fn genome(file: &str) -> Genome {
    Genome::open(folder().join(file)).unwrap()
}

fn variants() -> Vec<Variant> {
    let columns = TableColumns::default()
        .with_position("pos_grch38")
        .with_class("first_consequence")
        .with_id("clinvar_variation_id")
        .with_label("label", &["pathogenic"], &["benign"]);
    read_table(
        folder().join("clinvar_2020-08_brca2_tp53_snv.tsv"),
        &columns,
    )
    .unwrap()
}

/// All intervals of both files.
fn both() -> Genome {
    let files = ["brca2_hg38_window.fa", "tp53_gene_window.fa"].map(genome);
    Genome::new(files.iter().flat_map(|genome| genome.contigs().to_vec()))
}

#[test]
#[ignore = "needs data"]
fn every_variant_of_clinvar_fits_the_reference() {
    let found = check_variants(variants(), &both(), OnFault::Refuse).unwrap();
    assert_eq!(found.variants.len(), 2599);
    assert!(
        found
            .variants
            .iter()
            .all(|variant| variant.is_transition().is_some())
    );
    // Moved by one base, REF differs at about three of four positions, and each is named.
    let moved: Vec<Variant> = found
        .variants
        .into_iter()
        .map(|mut variant| {
            variant.position += 1;
            variant
        })
        .collect();
    let skipped = check_variants(moved, &both(), OnFault::Skip)
        .unwrap()
        .skipped;
    assert!((1700..2300).contains(&skipped.len()), "{}", skipped.len());
}

/// Neither transition against transversion nor composition knows what a codon is: within missense
/// variants they are near chance.
#[test]
#[ignore = "needs data"]
fn baselines_have_figures_by_class() {
    let variants = variants();
    let genome = both();
    let windows: Vec<VariantWindow> = variants
        .iter()
        .map(|variant| VariantWindow::around(variant, &genome, 128).unwrap())
        .collect();
    let labels: Vec<_> = variants.iter().map(|variant| variant.label).collect();
    let classes: Vec<_> = variants
        .iter()
        .map(|variant| variant.class.as_deref())
        .collect();
    let transitions = windows
        .iter()
        .map(|window| transition_score(window).unwrap())
        .collect();
    // Each gene is scored by what the other taught.
    let taught = |chosen: &dyn Fn(&str, &[VariantWindow]) -> Vec<f64>| {
        let mut scores = vec![0.0; windows.len()];
        for (gene, other) in [
            ("chr13", "tp53_gene_window.fa"),
            ("chr17", "brca2_hg38_window.fa"),
        ] {
            let rows: Vec<usize> = (0..variants.len())
                .filter(|&row| variants[row].contig == gene)
                .collect();
            let own: Vec<VariantWindow> = rows.iter().map(|&row| windows[row].clone()).collect();
            let found = chosen(other, &own);
            rows.iter()
                .zip(found)
                .for_each(|(&row, score)| scores[row] = score);
        }
        scores
    };
    let kmers = taught(&|other, own| {
        let counts = KmerCounts::of(&genome_bases(other), 6).unwrap();
        own.iter().map(|window| counts.ratio(window)).collect()
    });
    let tree = taught(&|other, own| context_tree_ratios(&genome_bases(other), own, 8, 12).unwrap());
    for (name, scores) in [
        ("transition", transitions),
        ("6-mers", kmers),
        ("context tree", tree),
    ] {
        let found = variant_figures(
            &labels,
            &scores,
            &classes,
            Sign::Low,
            &BootstrapParams::default(),
        )
        .unwrap();
        println!("{name}\n{found}");
        assert_eq!(found.all.positives + found.all.negatives, 2599);
        let area = found.all.auroc.unwrap();
        assert!(area.low > 0.3 && area.high < 0.8, "{name}: {area}");
        assert!(found.classes.len() > 3);
    }
}

fn genome_bases(file: &str) -> Vec<u8> {
    genome(file).contigs()[0].bases.clone()
}
