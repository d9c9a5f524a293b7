//! Scored variants into files.

use std::path::Path;

use dissensus_kernels::files::write_atomically;

use crate::{Error, NamedScores, RATIO_IN_WORDS, Variant};

/// A column of scores, one per variant.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreColumn {
    /// The name: the column of a table, the key in INFO.
    pub name: String,
    /// What it is, for the header of a VCF.
    pub description: String,
    /// One value per variant; what is not finite is written as missing.
    pub values: Vec<f64>,
}

impl ScoreColumn {
    /// A named column.
    pub fn new(name: impl Into<String>, description: impl Into<String>, values: Vec<f64>) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            values,
        }
    }
}

/// The columns of a log-likelihood ratio: `LLR`, and `LLR_SD` where members differ.
#[must_use]
pub fn ratio_columns(scores: &NamedScores) -> Vec<ScoreColumn> {
    let ratio = ScoreColumn::new("LLR", RATIO_IN_WORDS, scores.values.clone());
    let spread = "Standard deviation of LLR between members";
    let deviation = scores.deviation.clone();
    let deviation = deviation.map(|values| ScoreColumn::new("LLR_SD", spread, values));
    std::iter::once(ratio).chain(deviation).collect()
}

/// Writes a table: `chrom pos id ref alt label class` and the scores, tabs between; the file
/// appears when it is whole.
///
/// # Errors
/// A column of unlike length, a file that cannot be written.
pub fn write_table(
    path: impl AsRef<Path>,
    variants: &[Variant],
    scores: &[ScoreColumn],
) -> Result<(), Error> {
    check(variants, scores)?;
    let mut text = String::from("chrom\tpos\tid\tref\talt\tlabel\tclass");
    for column in scores {
        text.push('\t');
        text.push_str(&column.name);
    }
    text.push('\n');
    for (row, variant) in variants.iter().enumerate() {
        let label = match variant.label {
            Some(true) => "positive",
            Some(false) => "negative",
            None => "",
        };
        let fields = [
            &variant.contig[..],
            &variant.position.to_string(),
            variant.id.as_deref().unwrap_or(""),
            &variant.reference,
            &variant.alternative,
            label,
            variant.class.as_deref().unwrap_or(""),
        ];
        text.push_str(&fields.join("\t"));
        for column in scores {
            text.push('\t');
            if column.values[row].is_finite() {
                text.push_str(&column.values[row].to_string());
            }
        }
        text.push('\n');
    }
    whole(path.as_ref(), &text)
}

/// Writes a VCF 4.3 file, one record per alternative allele, the scores in INFO; the file appears
/// when it is whole.
///
/// # Errors
/// A column of unlike length, a file that cannot be written.
///
/// ```
/// use dissensus_variant::{ScoreColumn, Variant, VcfFields, read_vcf, write_vcf};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("scored.vcf");
/// let scores = ScoreColumn::new("LLR", "ln P(ALT) - ln P(REF)", vec![-2.5]);
/// write_vcf(&file, &[Variant::new("chr7", 104, "T", "A")], &[scores])?;
/// let read = read_vcf(&file, &VcfFields::default().with_class("LLR"))?;
/// assert_eq!(
///     (read[0].to_string(), read[0].class.as_deref()),
///     ("chr7:104 T>A".to_owned(), Some("-2.5"))
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_vcf(
    path: impl AsRef<Path>,
    variants: &[Variant],
    scores: &[ScoreColumn],
) -> Result<(), Error> {
    check(variants, scores)?;
    let mut text = String::from("##fileformat=VCFv4.3\n");
    for column in scores {
        let description = column.description.replace(['"', '\\'], "'");
        text.push_str(&format!(
            "##INFO=<ID={},Number=1,Type=Float,Description=\"{description}\">\n",
            column.name
        ));
    }
    text.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n");
    for (row, variant) in variants.iter().enumerate() {
        let info: Vec<String> = scores
            .iter()
            .filter(|column| column.values[row].is_finite())
            .map(|column| format!("{}={}", column.name, column.values[row]))
            .collect();
        let info = if info.is_empty() {
            ".".to_owned()
        } else {
            info.join(";")
        };
        text.push_str(&format!(
            "{}\t{}\t{}\t{}\t{}\t.\t.\t{info}\n",
            variant.contig,
            variant.position,
            variant.id.as_deref().unwrap_or("."),
            variant.reference,
            variant.alternative,
        ));
    }
    whole(path.as_ref(), &text)
}

fn check(variants: &[Variant], scores: &[ScoreColumn]) -> Result<(), Error> {
    for column in scores {
        crate::error::same_length("scores of a column", variants.len(), column.values.len())?;
    }
    Ok(())
}

/// Writes to a temporary file beside the path and renames it.
pub(crate) fn whole(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::Io {
        file: path.to_path_buf(),
        source,
    };
    write_atomically(path, text.as_bytes()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TableColumns, read_table};

    #[test]
    fn a_table_reads_back_what_it_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scored.tsv");
        let variant = Variant {
            label: Some(true),
            class: Some("missense".to_owned()),
            id: Some("x1".to_owned()),
            ..Variant::new("chr1", 9, "A", "ACG")
        };
        let bare = Variant::new("chr1", 12, "AC", "A");
        let scores = ScoreColumn::new("llr", "", vec![-0.1, f64::NAN]);
        write_table(&file, &[variant.clone(), bare.clone()], &[scores]).unwrap();
        let columns = TableColumns::default()
            .with_id("id")
            .with_class("class")
            .with_label("label", &["positive"], &["negative"]);
        let read = read_table(&file, &columns).unwrap();
        for (read, wrote) in read.iter().zip([&variant, &bare]) {
            let row = read.row.clone();
            assert_eq!(
                read,
                &Variant {
                    row,
                    ..wrote.clone()
                }
            );
        }
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.contains("\t-0.1\n") && text.ends_with("\t\n"),
            "{text}"
        );
        let short = ScoreColumn::new("llr", "", vec![0.0]);
        assert!(matches!(
            write_table(&file, &[variant, bare], &[short]),
            Err(Error::Length { .. })
        ));
    }
}
