//! BED.

use std::io::BufRead as _;
use std::path::Path;

use noodles_bed::Record;
use noodles_bed::io::Reader;

use crate::{ByteStream, Error, GenomicInterval, IntervalSet};

/// Reads the first three columns of a BED file: sequence, first base from 0, one behind the last.
///
/// The other columns are not looked at; lines of browsers (`track`, `browser`), comments and blank
/// lines are passed over.
///
/// ```
/// use dissensus_corpus::{ByteStream, bed_intervals};
///
/// let bed = b"#a comment\nchr3\t1000\t2000\tpromoter\t0\t+\n";
/// let set = bed_intervals(ByteStream::new("x.bed", &bed[..])?)?;
/// assert_eq!(set.of("chr3")[0].to_string(), "chr3:1001-2000");
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
///
/// # Errors
/// [`Error::BedLine`] for a line that is none, or that names no base; failed reads.
pub fn bed_intervals(mut stream: ByteStream) -> Result<IntervalSet, Error> {
    let (mut all, mut line, mut number) = (Vec::new(), Vec::new(), 0);
    loop {
        number += 1;
        stream.begin_record();
        line.clear();
        let start = stream.position();
        let read = stream.read_until(b'\n', &mut line);
        if read.map_err(|source| stream.failure(number, source))? == 0 {
            return Ok(all.into_iter().collect());
        }
        let text = line.trim_ascii();
        let other = [&b"#"[..], b"track", b"browser"];
        if text.is_empty() || other.iter().any(|begin| text.starts_with(begin)) {
            continue;
        }
        all.push(interval(text).map_err(|problem| Error::BedLine {
            place: stream.place(number, start),
            problem,
        })?);
    }
}

/// Reads the intervals of a file, plain, gzip or zstd.
///
/// # Errors
/// Those of [`ByteStream::open`] and [`bed_intervals`].
pub fn bed_file(path: impl AsRef<Path>) -> Result<IntervalSet, Error> {
    bed_intervals(ByteStream::open(path)?)
}

fn interval(line: &[u8]) -> Result<GenomicInterval, String> {
    let mut record = Record::<3>::default();
    let said = |error: std::io::Error| error.to_string();
    Reader::<3, _>::new(line)
        .read_record(&mut record)
        .map_err(said)?;
    let place = |position: noodles_core::Position| usize::from(position) as u64;
    let end = record.feature_end().ok_or("there is no third column")?;
    let interval = GenomicInterval {
        sequence: record.reference_sequence_name().to_string(),
        start: place(record.feature_start().map_err(said)?) - 1,
        end: Some(place(end.map_err(said)?)),
    };
    interval.checked().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> Result<IntervalSet, Error> {
        bed_intervals(ByteStream::new("x.bed", text.as_bytes())?)
    }

    #[test]
    fn columns_may_be_three_or_twelve_and_other_lines_are_passed_over() {
        let set = read("browser position chr7\ntrack name=x\n\na\t0\t4\nb\t2\t3\tx\t0\t+\t1\t2\t0\t1\t1\t0\r\n").unwrap();
        let texts: Vec<String> = set.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["a:1-4", "b:3-3"]);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for text in [
            "a\t0\t4\na\t9\t5\n",
            "a\t0\t4\na\t3\n",
            "a\t0\t4\na\tx\t5\n",
            "a\t0\t4\na\t5\t5\n",
            "a\t0\t4\na b\t0\t5\n",
        ] {
            let said = read(text).unwrap_err().to_string();
            assert!(said.starts_with("x.bed: record 2, byte 6: "), "{said}");
        }
    }
}
