//! NumPy's format, versions 1 to 3: magic, version, length of the header, header, numbers.

use super::FormatMismatch;
use super::floats::Float;

const MAGIC: &[u8] = b"\x93NUMPY";

/// The numbers, row-major, and how many make a row.
pub(super) fn read(bytes: &[u8]) -> Result<(Vec<f32>, usize), FormatMismatch> {
    if !bytes.starts_with(MAGIC) {
        let found = format!("{} bytes that do not begin with it", bytes.len());
        return Err(FormatMismatch::new("a NumPy file's magic", found));
    }
    let (header, data) = parts(bytes).ok_or_else(|| {
        let found = format!("{} bytes", bytes.len());
        FormatMismatch::new("a whole header", found)
    })?;
    let wrong = |expected| FormatMismatch::new(expected, header);
    let float = [
        ("<f2", Float::Half),
        ("<f4", Float::Single),
        ("<f8", Float::Double),
    ]
    .into_iter()
    .find(|(name, _)| header.contains(name));
    let (_, float) = float.ok_or_else(|| wrong("floating-point numbers, little endian"))?;
    let [rows, columns] = shape(header)[..] else {
        return Err(wrong("a shape of two axes"));
    };
    let expected = rows
        .checked_mul(columns)
        .and_then(|n| n.checked_mul(float.size()));
    if expected != Some(data.len()) {
        let found = format!("{} bytes of them with {header}", data.len());
        return Err(FormatMismatch::new("numbers that fill the shape", found));
    }
    let values = float.decode(data);
    if header.contains("'fortran_order': True") {
        Ok((by_rows(&values, rows, columns), columns))
    } else if header.contains("'fortran_order': False") {
        Ok((values, columns))
    } else {
        Err(wrong("the order of rows and columns"))
    }
}

/// What lies column after column, row after row.
fn by_rows(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let entries = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
    entries.map(|(i, j)| values[j * rows + i]).collect()
}

fn parts(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = if *bytes.get(6)? == 1 {
        let length = u16::from_le_bytes(*bytes.get(8..)?.first_chunk()?);
        (usize::from(length), &bytes[10..])
    } else {
        let length = u32::from_le_bytes(*bytes.get(8..)?.first_chunk()?);
        (length as usize, &bytes[12..])
    };
    let (header, data) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(header).ok()?.trim_end(), data))
}

/// The numbers between the first parentheses; none when one of them is not a number.
fn shape(header: &str) -> Vec<usize> {
    let inside = header
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let axes = inside
        .map_or("", |(axes, _)| axes)
        .split(',')
        .map(str::trim);
    let axes: Result<_, _> = axes
        .filter(|axis| !axis.is_empty())
        .map(str::parse)
        .collect();
    axes.unwrap_or_default()
}
