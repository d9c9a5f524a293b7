//! Variants from files.

mod vcf;

use std::path::Path;

use dissensus_corpus::CsvReader;

use crate::{Error, Fault, NamedScores, Row, Variant};

pub use vcf::{VcfFields, read_vcf};

/// The columns of a table of variants; only the first four need be there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableColumns {
    /// The contig; by default `chrom`.
    pub contig: String,
    /// The position from 1; by default `pos`.
    pub position: String,
    /// The reference allele; by default `ref`.
    pub reference: String,
    /// The alternative alleles, commas between several; by default `alt`.
    pub alternative: String,
    /// The identifier; by default none.
    pub id: Option<String>,
    /// The class by which figures are parted, such as the consequence; by default none.
    pub class: Option<String>,
    /// The label; by default none.
    pub label: Option<LabelColumn>,
    /// Further columns, such as conservation; by default none. See [`column_scores`].
    pub fields: Vec<String>,
    /// What separates the columns; by default a tab.
    pub delimiter: u8,
}

/// A column that says whether a variant counts as positive. Rows with another value have no label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelColumn {
    /// The name of the column.
    pub name: String,
    /// The values that mean positive.
    pub positive: Vec<String>,
    /// The values that mean negative.
    pub negative: Vec<String>,
}

impl LabelColumn {
    /// A column and what its values mean.
    #[must_use]
    pub fn new(name: &str, positive: &[&str], negative: &[&str]) -> Self {
        let owned = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        Self {
            name: name.to_owned(),
            positive: owned(positive),
            negative: owned(negative),
        }
    }
}

impl Default for TableColumns {
    fn default() -> Self {
        Self {
            contig: "chrom".to_owned(),
            position: "pos".to_owned(),
            reference: "ref".to_owned(),
            alternative: "alt".to_owned(),
            id: None,
            class: None,
            label: None,
            fields: Vec::new(),
            delimiter: b'\t',
        }
    }
}

impl TableColumns {
    /// Sets the column of the position.
    #[must_use]
    pub fn with_position(mut self, name: &str) -> Self {
        self.position = name.to_owned();
        self
    }

    /// Sets the column of the identifier.
    #[must_use]
    pub fn with_id(mut self, name: &str) -> Self {
        self.id = Some(name.to_owned());
        self
    }

    /// Sets the column of the class.
    #[must_use]
    pub fn with_class(mut self, name: &str) -> Self {
        self.class = Some(name.to_owned());
        self
    }

    /// Sets the column of the label and what its values mean.
    #[must_use]
    pub fn with_label(mut self, name: &str, positive: &[&str], negative: &[&str]) -> Self {
        self.label = Some(LabelColumn::new(name, positive, negative));
        self
    }

    /// Sets further columns.
    #[must_use]
    pub fn with_fields(mut self, names: &[&str]) -> Self {
        self.fields = names.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// Names in the order in which [`read_table`] takes the fields.
    fn names(&self) -> Vec<&str> {
        let mut names = vec![
            &self.contig[..],
            &self.position,
            &self.reference,
            &self.alternative,
        ];
        names.extend(self.id.as_deref());
        names.extend(self.class.as_deref());
        names.extend(self.label.as_ref().map(|label| &label.name[..]));
        names.extend(self.fields.iter().map(String::as_str));
        names
    }
}

impl LabelColumn {
    fn read(&self, value: &str) -> Option<bool> {
        let among = |values: &[String]| values.iter().any(|known| known == value);
        match (among(&self.positive), among(&self.negative)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

/// Reads a table with a header line, plain, gzip or zstd; a row with several alternative alleles
/// becomes several variants.
///
/// Alleles are not checked here: see [`check_variants`](crate::check_variants).
///
/// # Errors
/// What cannot be read, a column that is missing, a position that is no whole number from 1, with
/// its row.
///
/// ```
/// use dissensus_variant::{TableColumns, read_table};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("variants.tsv");
/// std::fs::write(&file, "chrom\tpos\tref\talt\tlabel\n7\t104\tT\tA,C\tpathogenic\n")?;
/// let columns = TableColumns::default().with_label("label", &["pathogenic"], &["benign"]);
/// let variants = read_table(&file, &columns)?;
/// assert_eq!(variants.len(), 2);
/// assert_eq!((variants[1].to_string(), variants[1].label), ("7:104 T>C".to_owned(), Some(true)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_table(path: impl AsRef<Path>, columns: &TableColumns) -> Result<Vec<Variant>, Error> {
    let path = path.as_ref();
    let reader = CsvReader::open(path, &columns.names(), columns.delimiter)?;
    let mut variants = Vec::new();
    for (index, fields) in reader.rows().enumerate() {
        let mut fields = fields?.into_iter();
        let mut next = || fields.next().unwrap_or_default();
        let row = Row::new(path, index as u64 + 1);
        let (contig, position, reference, alternatives) = (next(), next(), next(), next());
        let head = Variant {
            position: whole(&position, &row)?,
            id: columns.id.as_ref().map(|_| next()).filter(present),
            class: columns.class.as_ref().map(|_| next()).filter(present),
            label: columns.label.as_ref().and_then(|label| label.read(&next())),
            fields: columns.fields.iter().map(|_| next()).collect(),
            row,
            ..Variant::new(contig, 0, &reference, "")
        };
        variants.extend(split(&head, alternatives.split(',')));
    }
    Ok(variants)
}

/// Reads a VCF file, known by `.vcf` in its name, or a table.
///
/// Of the columns, a VCF has those of the class and of the label in INFO; the others are its own.
///
/// # Errors
/// As [`read_vcf`] and [`read_table`].
pub fn read_variants(
    path: impl AsRef<Path>,
    columns: &TableColumns,
) -> Result<Vec<Variant>, Error> {
    let path = path.as_ref();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let vcf = [".vcf", ".vcf.gz", ".vcf.bgz"];
    if vcf.iter().any(|ending| name.ends_with(ending)) {
        let fields = VcfFields {
            class: columns.class.clone(),
            label: columns.label.clone(),
            fields: columns.fields.clone(),
        };
        return read_vcf(path, &fields);
    }
    read_table(path, columns)
}

/// The numbers of a further column, such as conservation, of which a high one is taken for
/// positive.
///
/// # Errors
/// [`Error::Variant`] for a variant without such a column or without a finite number there.
///
/// ```
/// use dissensus_variant::{TableColumns, column_scores, read_table};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("variants.tsv");
/// std::fs::write(&file, "chrom\tpos\tref\talt\tphylop\n7\t104\tT\tA\t2.5\n7\t105\tT\tA\t.\n")?;
/// let variants = read_table(&file, &TableColumns::default().with_fields(&["phylop"]))?;
/// assert_eq!(column_scores("phylop", &variants[..1], 0)?.values, [2.5]);
/// let error = column_scores("phylop", &variants, 0).unwrap_err().to_string();
/// assert!(error.ends_with("record 2: phylop: expected a finite number, found \".\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn column_scores(name: &str, variants: &[Variant], index: usize) -> Result<NamedScores, Error> {
    let number = |variant: &Variant| {
        let found = variant.fields.get(index).map_or("", String::as_str);
        let number = found.trim().parse::<f64>().ok();
        number
            .filter(|number| number.is_finite())
            .ok_or_else(|| Error::Variant {
                row: variant.row.clone(),
                source: Fault::Number {
                    field: name.to_owned(),
                    found: found.to_owned(),
                },
            })
    };
    let values = variants.iter().map(number).collect::<Result<_, _>>()?;
    Ok(NamedScores::high(name, values))
}

/// Whether a field says something.
fn present(value: &String) -> bool {
    !value.is_empty() && value != "."
}

fn whole(position: &str, row: &Row) -> Result<u64, Error> {
    let found = position
        .trim()
        .parse()
        .ok()
        .filter(|&position| position > 0);
    found.ok_or_else(|| Error::Variant {
        row: row.clone(),
        source: Fault::Position {
            found: position.to_owned(),
        },
    })
}

/// One variant for each alternative allele.
fn split<'a>(
    head: &Variant,
    alternatives: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = Variant> {
    alternatives.map(|alternative| Variant {
        alternative: alternative.trim().to_ascii_uppercase(),
        ..head.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, columns: &TableColumns) -> Result<Vec<Variant>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("variants.tsv");
        std::fs::write(&file, text).unwrap();
        read_table(&file, columns)
    }

    #[test]
    fn a_position_that_is_no_number_is_named_by_its_row() {
        let error = read(
            "chrom\tpos\tref\talt\n1\t5\tA\tC\n1\tfive\tA\tC\n",
            &TableColumns::default(),
        )
        .unwrap_err();
        let Error::Variant { row, source } = error else {
            panic!("{error}");
        };
        assert_eq!(row.record, 2);
        assert_eq!(
            source.to_string(),
            "position: expected a whole number from 1, found \"five\""
        );
    }

    #[test]
    fn a_missing_column_is_named() {
        let columns = TableColumns::default().with_position("start");
        let error = read("chrom\tpos\tref\talt\n1\t5\tA\tC\n", &columns).unwrap_err();
        assert!(error.to_string().contains("start"), "{error}");
    }

    #[test]
    fn rows_of_unknown_meaning_have_no_label_and_empty_fields_no_class() {
        let columns = TableColumns::default()
            .with_class("mc")
            .with_id("id")
            .with_label("clnsig", &["Pathogenic"], &["Benign"]);
        let text = "id\tchrom\tpos\tref\talt\tclnsig\tmc\n\
                    x\t1\t5\ta\tc\tBenign\tmissense\n\
                    .\t1\t6\tA\tC\tUncertain\t\n";
        let variants = read(text, &columns).unwrap();
        assert_eq!(variants[0].id.as_deref(), Some("x"));
        assert_eq!(variants[0].class.as_deref(), Some("missense"));
        assert_eq!(variants[0].label, Some(false));
        assert_eq!(
            (&variants[0].reference[..], &variants[0].alternative[..]),
            ("A", "C")
        );
        assert_eq!(
            (&variants[1].id, &variants[1].class, variants[1].label),
            (&None, &None, None)
        );
    }
}
