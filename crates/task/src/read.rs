//! Rows of tables and of FASTA files.

use std::collections::HashMap;
use std::path::Path;

use dissensus_corpus::{CsvReader, FastaReader, Format};

use crate::{Columns, Error, Part};

/// One row of a task.
pub(crate) struct Row {
    pub sequence: Vec<u8>,
    pub label: String,
    pub part: Option<Part>,
    pub group: Option<String>,
}

/// The rows of a table or FASTA file; `part` is that of the whole file, where it has one.
pub(crate) fn rows(
    path: &Path,
    columns: &Columns,
    labels: Option<&Classes>,
    part: Option<Part>,
) -> Result<Vec<Row>, Error> {
    match Format::of_name(path, &columns.sequence) {
        Ok(Format::Csv { delimiter, .. }) => table(path, columns, delimiter, part),
        Ok(Format::Fasta) => fasta(path, labels, part),
        _ => Err(Error::Layout {
            path: path.to_path_buf(),
            found: "a file of another ending".to_owned(),
        }),
    }
}

fn table(
    path: &Path,
    columns: &Columns,
    delimiter: u8,
    part: Option<Part>,
) -> Result<Vec<Row>, Error> {
    let mut names = vec![&columns.sequence[..], &columns.label];
    names.extend(columns.split.as_deref());
    names.extend(columns.group.as_deref());
    let reader = CsvReader::open(path, &names, delimiter)?;
    let mut rows = Vec::new();
    for (record, fields) in (1..).zip(reader.rows()) {
        let mut fields = fields?.into_iter();
        let mut next = || fields.next().unwrap_or_default();
        let sequence = bases(path, record, &next())?;
        let label = class(path, record, &columns.label, next())?;
        let own = match &columns.split {
            Some(column) => Some(part_of(path, record, column, next())?),
            None => part,
        };
        rows.push(Row {
            sequence,
            label,
            part: own,
            group: columns.group.as_ref().map(|_| next()),
        });
    }
    Ok(rows)
}

/// The classes and parts of FASTA records by name.
pub(crate) struct Classes {
    by_name: HashMap<String, (String, Option<Part>)>,
    file: std::path::PathBuf,
    label: String,
}

impl Classes {
    /// Reads a table with the columns `name` and that of the label, and of the split if there is
    /// one.
    pub fn open(path: &Path, columns: &Columns) -> Result<Self, Error> {
        let mut names = vec!["name", &columns.label[..]];
        names.extend(columns.split.as_deref());
        let delimiter = match Format::of_name(path, "name") {
            Ok(Format::Csv { delimiter, .. }) => delimiter,
            _ => {
                return Err(Error::Layout {
                    path: path.to_path_buf(),
                    found: "a file of another ending".to_owned(),
                });
            }
        };
        let mut by_name = HashMap::new();
        for (record, fields) in (1..).zip(CsvReader::open(path, &names, delimiter)?.rows()) {
            let mut fields = fields?.into_iter();
            let mut next = || fields.next().unwrap_or_default();
            let name = next();
            let label = class(path, record, &columns.label, next())?;
            let part = match &columns.split {
                Some(column) => Some(part_of(path, record, column, next())?),
                None => None,
            };
            by_name.insert(name, (label, part));
        }
        Ok(Self {
            by_name,
            file: path.to_path_buf(),
            label: columns.label.clone(),
        })
    }
}

fn fasta(path: &Path, classes: Option<&Classes>, part: Option<Part>) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for record in FastaReader::open(path)? {
        let record = record?;
        let number = record.number;
        let sequence = bases(path, number, &record.text)?;
        let (label, own) = match classes {
            Some(classes) => {
                let found = classes.by_name.get(&record.name);
                found.cloned().ok_or_else(|| Error::NoClass {
                    file: path.to_path_buf(),
                    record: number,
                    field: format!("{} of {}", classes.label, classes.file.display()),
                    found: record.name.clone(),
                })?
            }
            None => (
                of_header(path, number, &record.name, &record.description)?,
                part,
            ),
        };
        rows.push(Row {
            sequence,
            label,
            part: own.or(part),
            group: None,
        });
    }
    Ok(rows)
}

/// The class at the end of a header, after its last bar.
fn of_header(path: &Path, record: u64, name: &str, description: &str) -> Result<String, Error> {
    let header = format!("{name} {description}");
    let label = header
        .trim()
        .rsplit_once('|')
        .map(|(_, label)| label.trim());
    match label {
        Some(label) if !label.is_empty() => Ok(label.to_owned()),
        _ => Err(Error::NoClass {
            file: path.to_path_buf(),
            record,
            field: "header, after the last |".to_owned(),
            found: header.trim().to_owned(),
        }),
    }
}

/// The upper-case bases of a text.
pub(crate) fn bases(path: &Path, record: u64, text: &str) -> Result<Vec<u8>, Error> {
    let text = text.trim();
    let code = |letter: &char| !"ACGTUNRYSWKMBDHV".contains(letter.to_ascii_uppercase());
    let wrong = text.chars().find(code);
    if text.is_empty() || wrong.is_some() {
        return Err(Error::NotBases {
            file: path.to_path_buf(),
            record,
            found: wrong,
        });
    }
    Ok(text.to_ascii_uppercase().into_bytes())
}

fn class(path: &Path, record: u64, column: &str, found: String) -> Result<String, Error> {
    if found.trim().is_empty() {
        return Err(Error::NoClass {
            file: path.to_path_buf(),
            record,
            field: column.to_owned(),
            found,
        });
    }
    Ok(found.trim().to_owned())
}

fn part_of(path: &Path, record: u64, column: &str, found: String) -> Result<Part, Error> {
    Part::of_name(&found).ok_or_else(|| Error::PartName {
        file: path.to_path_buf(),
        record,
        column: column.to_owned(),
        found,
    })
}
