use std::fs::File;
use std::path::Path;

use ::parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;
use ::parquet::record::reader::RowIter;
use ::parquet::schema::types::Type;

use super::{empty, stem};
use crate::{Error, Place, Record};

/// Reads one column of text of a Parquet file, page by page.
///
/// Parquet keeps its index at the end of the file, so it cannot be read from a stream. In a [`Place`] `byte` is 0.
pub struct ParquetReader {
    rows: RowIter<'static>,
    place: Place,
    column: String,
    name: String,
    finished: bool,
}

impl ParquetReader {
    /// Opens `path` and finds `column` at the top level of its schema.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::EmptyFile`], [`Error::Parquet`], [`Error::MissingColumn`], [`Error::NotText`].
    pub fn open(path: impl AsRef<Path>, column: &str) -> Result<Self, Error> {
        let path = path.as_ref();
        let place = Place::new(path, 0, 0);
        let failure = |source| Error::Parquet {
            place: place.clone(),
            source,
        };
        let reader = SerializedFileReader::new(open(path)?).map_err(failure)?;
        let metadata = reader.metadata().file_metadata();
        if metadata.num_rows() == 0 {
            return Err(Error::EmptyFile {
                file: path.to_path_buf(),
            });
        }
        let projection = project(metadata.schema(), &place, column)?;
        let rows = RowIter::from_file_into(Box::new(reader))
            .project(Some(projection))
            .map_err(failure)?;
        Ok(Self {
            rows,
            name: stem(path),
            column: column.to_owned(),
            place,
            finished: false,
        })
    }

    fn record(&self, text: String) -> Result<Record, Error> {
        if text.trim().is_empty() {
            return Err(empty(self.place.clone(), ""));
        }
        Ok(Record {
            number: self.place.record,
            name: self.name.clone(),
            text,
            ..Record::default()
        })
    }

    fn next_record(&mut self) -> Result<Option<Record>, Error> {
        self.place.record += 1;
        let place = self.place.clone();
        let row = match self.rows.next().transpose() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(None),
            Err(source) => return Err(Error::Parquet { place, source }),
        };
        match row.into_columns().pop() {
            Some((_, Field::Str(text))) => self.record(text).map(Some),
            Some((_, Field::Null)) | None => self.record(String::new()).map(Some),
            Some((_, other)) => Err(not_text(place, &self.column, &format!("{other}"))),
        }
    }
}

impl Iterator for ParquetReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let next = self.next_record();
        self.finished = match &next {
            Ok(record) => record.is_none(),
            Err(error) => !matches!(error, Error::EmptyRecord { .. }),
        };
        next.transpose()
    }
}

fn open(path: &Path) -> Result<File, Error> {
    let failure = |source| Error::Open {
        file: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(failure)?;
    match file.metadata().map_err(failure)?.len() {
        0 => Err(Error::EmptyFile {
            file: path.to_path_buf(),
        }),
        _ => Ok(file),
    }
}

/// A schema with nothing but `column`.
fn project(schema: &Type, place: &Place, column: &str) -> Result<Type, Error> {
    let fields = schema.get_fields();
    let Some(field) = fields.iter().find(|field| field.name() == column) else {
        return Err(Error::MissingColumn {
            file: place.file.to_path_buf(),
            column: column.to_owned(),
            available: fields.iter().map(|field| field.name().to_owned()).collect(),
        });
    };
    if !is_text(field) {
        return Err(not_text(place.clone(), column, &kind(field)));
    }
    Type::group_type_builder(schema.name())
        .with_fields(vec![field.clone()])
        .build()
        .map_err(|source: ParquetError| Error::Parquet {
            place: place.clone(),
            source,
        })
}

fn is_text(field: &Type) -> bool {
    let info = field.get_basic_info();
    field.is_primitive()
        && field.get_physical_type() == Physical::BYTE_ARRAY
        && (info.converted_type() == ConvertedType::UTF8
            || info.logical_type_ref() == Some(&LogicalType::String))
}

fn kind(field: &Type) -> String {
    match field.is_primitive() {
        true => format!("{} values", field.get_physical_type()),
        false => "a group of columns".to_owned(),
    }
}

fn not_text(place: Place, field: &str, found: &str) -> Error {
    Error::NotText {
        place,
        field: field.to_owned(),
        found: found.to_owned(),
    }
}
