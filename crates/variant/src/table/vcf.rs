//! Variants from VCF.

use std::io::BufReader;
use std::path::Path;

use dissensus_corpus::ByteStream;
use noodles_vcf as vcf;
use noodles_vcf::variant::record::AlternateBases as _;

use super::{LabelColumn, split};
use crate::{Error, Fault, Row, Variant};

/// Which INFO fields say what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct VcfFields {
    /// The field of the class, such as `MC`.
    pub class: Option<String>,
    /// The field of the label, such as `CLNSIG`, and what its values mean.
    pub label: Option<LabelColumn>,
    /// Further fields, such as a score of conservation.
    pub fields: Vec<String>,
}

impl VcfFields {
    /// Sets the INFO field of the class.
    #[must_use]
    pub fn with_class(mut self, name: &str) -> Self {
        self.class = Some(name.to_owned());
        self
    }

    /// Sets the INFO field of the label and what its values mean.
    #[must_use]
    pub fn with_label(mut self, name: &str, positive: &[&str], negative: &[&str]) -> Self {
        self.label = Some(LabelColumn::new(name, positive, negative));
        self
    }
}

/// Reads a VCF file, plain or (block) gzip; a record with several alternative alleles becomes
/// several variants.
///
/// Alleles are not checked here: see [`check_variants`](crate::check_variants). Values of INFO are
/// taken as they are written.
///
/// # Errors
/// What noodles cannot read, with the record; a record without a position.
///
/// ```
/// use dissensus_variant::{VcfFields, read_vcf};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("variants.vcf");
/// std::fs::write(&file, "##fileformat=VCFv4.3\n\
///     #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n\
///     7\t104\trs1\tT\tA,C\t.\t.\tCLNSIG=Benign\n")?;
/// let fields = VcfFields::default().with_label("CLNSIG", &["Pathogenic"], &["Benign"]);
/// let variants = read_vcf(&file, &fields)?;
/// assert_eq!((variants.len(), variants[0].label), (2, Some(false)));
/// assert_eq!(variants[1].to_string(), "7:104 T>C");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_vcf(path: impl AsRef<Path>, fields: &VcfFields) -> Result<Vec<Variant>, Error> {
    let path = path.as_ref();
    let mut reader = vcf::io::Reader::new(BufReader::new(ByteStream::open(path)?));
    let failed = |record: u64| {
        move |source| Error::Vcf {
            row: Row::new(path, record),
            source,
        }
    };
    reader.read_header().map_err(failed(0))?;
    let mut record = vcf::Record::default();
    let mut variants = Vec::new();
    for number in 1.. {
        if reader.read_record(&mut record).map_err(failed(number))? == 0 {
            break;
        }
        let position = record.variant_start().transpose();
        let position = position.map_err(failed(number))?.map(usize::from);
        let row = Row::new(path, number);
        let Some(position) = position else {
            let source = Fault::Position {
                found: "0".to_owned(),
            };
            return Err(Error::Variant { row, source });
        };
        let head = head(&record, position as u64, row, fields);
        let alternatives = record.alternate_bases();
        let alternatives: Vec<&str> = alternatives
            .iter()
            .collect::<Result<_, _>>()
            .map_err(failed(number))?;
        variants.extend(split(&head, alternatives.into_iter()));
    }
    Ok(variants)
}

/// A record without its alternative alleles.
fn head(record: &vcf::Record, position: u64, row: Row, fields: &VcfFields) -> Variant {
    let (info, ids) = (record.info(), record.ids());
    let value = |name: &str| field(info.as_ref(), name);
    let label = fields.label.as_ref();
    let further = fields.fields.iter();
    Variant {
        position,
        id: Some(ids.as_ref().to_owned()).filter(super::present),
        class: fields.class.as_deref().and_then(value).map(str::to_owned),
        label: label.and_then(|label| label.read(value(&label.name)?)),
        fields: further
            .map(|name| value(name).unwrap_or_default().to_owned())
            .collect(),
        row,
        ..Variant::new(
            record.reference_sequence_name(),
            0,
            record.reference_bases(),
            "",
        )
    }
}

/// The value of an INFO field as it is written; empty for a flag.
fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.split(';').find_map(|entry| {
        let (key, value) = entry.split_once('=').unwrap_or((entry, ""));
        (key == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const HEAD: &str = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";

    #[test]
    fn a_gzip_file_reads_like_a_plain_one() {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "{HEAD}chr1\t7\t.\tAC\tA\t.\tPASS\tMC=SO:1|missense;CLNSIG=Pathogenic\nchr1\t9\tx\tG\t<DEL>,T\t.\t.\t.\n"
        );
        let plain = folder.path().join("a.vcf");
        std::fs::write(&plain, &text).unwrap();
        let packed = folder.path().join("b.vcf.gz");
        let mut out = flate2::write::GzEncoder::new(
            std::fs::File::create(&packed).unwrap(),
            flate2::Compression::default(),
        );
        // Two members, as block gzip has many.
        out.write_all(&text.as_bytes()[..90]).unwrap();
        let mut file = out.finish().unwrap();
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(&text.as_bytes()[90..]).unwrap();
        file.write_all(&out.finish().unwrap()).unwrap();
        drop(file);
        let fields = VcfFields::default().with_class("MC").with_label(
            "CLNSIG",
            &["Pathogenic"],
            &["Benign"],
        );
        let read = |path: &Path| read_vcf(path, &fields).unwrap();
        let found = read(&plain);
        let strip = |variants: Vec<Variant>| -> Vec<Variant> {
            let bare = |variant: Variant| Variant {
                row: Row::new("", variant.row.record),
                ..variant
            };
            variants.into_iter().map(bare).collect()
        };
        assert_eq!(strip(found.clone()), strip(read(&packed)));
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].class.as_deref(), Some("SO:1|missense"));
        assert_eq!((found[0].label, &found[0].id), (Some(true), &None));
        assert_eq!(
            (found[1].alternative.as_str(), found[2].alternative.as_str()),
            ("<DEL>", "T")
        );
        assert_eq!((found[2].row.record, found[2].label), (2, None));
    }

    #[test]
    fn a_broken_record_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.vcf");
        std::fs::write(
            &file,
            format!("{HEAD}chr1\t7\t.\tA\tC\t.\t.\t.\nchr1\tseven\t.\tA\tC\t.\t.\t.\n"),
        )
        .unwrap();
        let error = read_vcf(&file, &VcfFields::default()).unwrap_err();
        assert!(
            matches!(&error, Error::Vcf { row, .. } if row.record == 2),
            "{error}"
        );
    }
}
