//! What study A reports, to be set beside ours: arXiv, 5 April 2026, table 1 and appendix A.4.

/// One published number for text, DNA under BPE and DNA under 6-mers.
pub(super) struct Published {
    pub(super) id: &'static str,
    pub(super) at: Option<f64>,
    pub(super) values: [f64; 3],
}

const fn row(id: &'static str, at: Option<f64>, values: [f64; 3]) -> Published {
    Published { id, at, values }
}

/// Table 1 (k = 10 for both neighbourhood measures) and the rows of appendix A.4.
pub(super) const STUDY_A: [Published; 19] = [
    row("procrustes_cosine", None, [0.71, 0.61, 0.59]),
    row("procrustes_disparity", None, [0.49, 0.62, 0.66]),
    row("overlap", Some(1.0), [0.75, 0.42, 0.37]),
    row("overlap", Some(3.0), [0.60, 0.38, 0.36]),
    row("overlap", Some(5.0), [0.56, 0.38, 0.38]),
    row("overlap", Some(10.0), [0.54, 0.39, 0.41]),
    row("overlap", Some(20.0), [0.52, 0.40, 0.42]),
    row("overlap", Some(50.0), [0.50, 0.41, 0.41]),
    row("overlap", Some(100.0), [0.49, 0.41, 0.40]),
    row("overlap", Some(1000.0), [0.52, 0.52, 0.54]),
    row("overlap", Some(4000.0), [0.97, 0.97, 0.96]),
    row("local_spearman", Some(3.0), [0.68, 0.39, 0.34]),
    row("local_spearman", Some(5.0), [0.68, 0.44, 0.40]),
    row("local_spearman", Some(10.0), [0.68, 0.48, 0.47]),
    row("local_spearman", Some(20.0), [0.67, 0.51, 0.53]),
    row("local_spearman", Some(50.0), [0.65, 0.54, 0.57]),
    row("local_spearman", Some(100.0), [0.65, 0.55, 0.56]),
    row("local_spearman", Some(1000.0), [0.61, 0.57, 0.58]),
    row("local_spearman", Some(4000.0), [0.73, 0.76, 0.76]),
];

/// The published value of a measure for an arm.
pub(super) fn value(id: &str, at: Option<f64>, arm: &str) -> Option<f64> {
    let column = ["text-bpe", "dna-bpe", "dna-kmer"]
        .iter()
        .position(|name| *name == arm)?;
    let row = STUDY_A.iter().find(|row| row.id == id && row.at == at)?;
    Some(row.values[column])
}
