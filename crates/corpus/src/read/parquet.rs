//! Parquet.

use std::fs::File;
use std::io::{Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use ::parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;
use ::parquet::record::reader::RowIter;
use ::parquet::schema::types::Type;

use super::stem;
use crate::fallible::Fallible;
use crate::stream::refuse_foreign;
use crate::{Error, Place, Record};

/// Reads one column of text of a Parquet file, page by page.
///
/// Parquet keeps its index at the end of the file, so it cannot be read from a stream. In a
/// [`Place`] `byte` is 0. A cell without a value is a blank record. Where the library panics over a
/// damaged file, the call is an [`Error::Parquet`] with the panic's message.
pub struct ParquetReader {
    rows: RowIter<'static>,
    place: Place,
    column: String,
    name: String,
    ended: bool,
}

impl ParquetReader {
    /// Opens `path` and finds `column` at the top level of its schema.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::EmptyFile`], [`Error::Parquet`], [`Error::MissingColumn`],
    /// [`Error::NotText`].
    pub fn open(path: impl AsRef<Path>, column: &str) -> Result<Self, Error> {
        let path = path.as_ref();
        let place = Place::new(path, 0, 0);
        let file = open(path)?;
        let reader = guarded(&place, || SerializedFileReader::new(file))?;
        let metadata = reader.metadata().file_metadata();
        if metadata.num_rows() == 0 {
            return Err(Error::EmptyFile {
                file: path.to_path_buf(),
            });
        }
        let projection = project(metadata.schema(), &place, column)?;
        let rows = guarded(&place, || {
            RowIter::from_file_into(Box::new(reader)).project(Some(projection))
        })?;
        Ok(Self {
            rows,
            name: stem(path),
            column: column.to_owned(),
            place,
            ended: false,
        })
    }
}

impl Fallible for ParquetReader {
    type Item = Record;
    type Error = Error;

    fn try_next(&mut self) -> Result<Option<Record>, Error> {
        self.place.record += 1;
        let Some(row) = guarded(&self.place, || self.rows.next().transpose())? else {
            return Ok(None);
        };
        let text = match row.into_columns().pop() {
            Some((_, Field::Str(text))) => text,
            Some((_, Field::Null)) | None => String::new(),
            Some((_, other)) => {
                return Err(not_text(
                    self.place.clone(),
                    &self.column,
                    &format!("{other}"),
                ));
            }
        };
        Ok(Some(Record {
            number: self.place.record,
            name: self.name.clone(),
            text,
            ..Record::default()
        }))
    }

    fn ended(&mut self) -> &mut bool {
        &mut self.ended
    }
}

impl Iterator for ParquetReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_or_end()
    }
}

/// Calls the library, which indexes and unwraps by what a damaged file says. After a panic the
/// reader is not used again.
fn guarded<T>(place: &Place, call: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Error> {
    let found = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let said = text.unwrap_or("no message");
        Err(ParquetError::General(format!(
            "the library panicked: {said}"
        )))
    });
    found.map_err(|source| Error::Parquet {
        place: place.clone(),
        source,
    })
}

fn open(path: &Path) -> Result<File, Error> {
    let failure = |source| Error::Open {
        file: path.to_path_buf(),
        source,
    };
    let mut file = File::open(path).map_err(failure)?;
    let mut head = Vec::new();
    let read = file.by_ref().take(64).read_to_end(&mut head);
    read.and_then(|_| file.rewind()).map_err(failure)?;
    if head.is_empty() {
        return Err(Error::EmptyFile {
            file: path.to_path_buf(),
        });
    }
    refuse_foreign(path, &head)?;
    Ok(file)
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
    if field.is_primitive() {
        format!("{} values", field.get_physical_type())
    } else {
        "a group of columns".to_owned()
    }
}

fn not_text(place: Place, field: &str, found: &str) -> Error {
    Error::NotText {
        place,
        field: field.to_owned(),
        found: found.to_owned(),
    }
}
