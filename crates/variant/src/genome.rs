//! The reference that variants are placed on.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use dissensus_corpus::FastaReader;
use noodles_core::Region;
use noodles_fasta::io::indexed_reader;

use crate::{Error, Fault};

/// A segment of a contig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contig {
    /// Name of the contig.
    pub name: String,
    /// Offset of the first base in the contig, from 0.
    pub start: u64,
    /// The bases, upper case.
    pub bases: Vec<u8>,
}

impl Contig {
    /// A segment that begins at offset `start`; bases are turned to upper case.
    #[must_use]
    pub fn new(name: impl Into<String>, start: u64, bases: &[u8]) -> Self {
        Self {
            name: name.into(),
            start,
            bases: bases.to_ascii_uppercase(),
        }
    }

    /// Offset behind the last base.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.start + self.bases.len() as u64
    }
}

/// Segments of contigs, found by name with or without `chr`; `M` and `MT` are one.
///
/// ```
/// use dissensus_variant::{Contig, Genome};
///
/// // Bases 101 to 108 of chromosome 7.
/// let genome = Genome::new([Contig::new("chr7", 100, b"ACGTTGCA")]);
/// assert_eq!(genome.find("7", 102..104)?.bases[2..4], *b"GT");
/// assert!(genome.find("chr7", 99..101).is_err());
/// # Ok::<(), dissensus_variant::Fault>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Genome {
    contigs: Vec<Contig>,
    by_name: BTreeMap<String, Vec<usize>>,
}

impl Genome {
    /// Takes segments of contigs.
    pub fn new(contigs: impl IntoIterator<Item = Contig>) -> Self {
        let contigs: Vec<Contig> = contigs.into_iter().collect();
        let mut by_name = BTreeMap::<String, Vec<usize>>::new();
        for (index, contig) in contigs.iter().enumerate() {
            by_name
                .entry(canonical(&contig.name))
                .or_default()
                .push(index);
        }
        Self { contigs, by_name }
    }

    /// Reads all records of a FASTA file, plain or compressed.
    ///
    /// A record named `chr13:32300001-32500000` is that segment, counted from 1 with both ends; any
    /// other name is a whole contig.
    ///
    /// # Errors
    /// What cannot be read; a region whose length is not that of its record.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let mut contigs = Vec::new();
        for record in FastaReader::open(path)? {
            let record = record?;
            contigs.push(contig(path, &record.name, record.text.as_bytes())?);
        }
        Ok(Self::new(contigs))
    }

    /// Reads all records of several FASTA files, as [`Genome::open`] does.
    ///
    /// # Errors
    /// As [`Genome::open`].
    pub fn open_all<P: AsRef<Path>>(paths: &[P]) -> Result<Self, Error> {
        let mut contigs = Vec::new();
        for path in paths {
            contigs.append(&mut Self::open(path)?.contigs);
        }
        Ok(Self::new(contigs))
    }

    /// Reads only the contigs named, by the index `.fai` beside the file.
    ///
    /// # Errors
    /// A file or index that cannot be read, a contig that the file does not hold.
    pub fn open_indexed<S: AsRef<str>>(
        path: impl AsRef<Path>,
        contigs: &[S],
    ) -> Result<Self, Error> {
        let path = path.as_ref();
        let failed = |source| Error::Io {
            file: path.to_path_buf(),
            source,
        };
        let mut reader = indexed_reader::Builder::default()
            .build_from_path(path)
            .map_err(failed)?;
        let names: Vec<String> = reader
            .index()
            .as_ref()
            .iter()
            .map(|entry| String::from_utf8_lossy(entry.name()).into_owned())
            .collect();
        let mut found = Vec::with_capacity(contigs.len());
        for wanted in contigs {
            let same = |name: &&String| canonical(name) == canonical(wanted.as_ref());
            let name = names.iter().find(same).ok_or_else(|| Error::Region {
                file: path.to_path_buf(),
                name: wanted.as_ref().to_owned(),
                expected: "a contig of the index",
                found: format!("{} others", names.len()),
            })?;
            let region = Region::new(name.clone(), ..);
            let record = reader.query(&region).map_err(failed)?;
            found.push(Contig::new(name.clone(), 0, record.sequence().as_ref()));
        }
        Ok(Self::new(found))
    }

    /// The segments.
    #[must_use]
    pub fn contigs(&self) -> &[Contig] {
        &self.contigs
    }

    /// About `count` segments of `length` known bases, spread evenly over all contigs and apart
    /// where there is room.
    ///
    /// ```
    /// use dissensus_variant::{Contig, Genome};
    ///
    /// let genome =
    ///     Genome::new([Contig::new("a", 0, b"ACGTNACGTAC"), Contig::new("b", 0, b"GGTT")]);
    /// assert_eq!(genome.windows(4, 3), [b"ACGT", b"ACGT", b"GGTT"]);
    /// ```
    #[must_use]
    pub fn windows(&self, length: usize, count: usize) -> Vec<Vec<u8>> {
        let known = |bases: &[u8]| bases.iter().all(|base| b"ACGT".contains(base));
        let of = |contig: &'_ Contig| -> Vec<Vec<u8>> {
            let mut found = Vec::new();
            let mut at = 0;
            while let Some(bases) = contig.bases.get(at..at + length) {
                if known(bases) {
                    found.push(bases.to_vec());
                    at += length;
                } else {
                    at += 1
                }
            }
            found
        };
        if length == 0 || count == 0 {
            return Vec::new();
        }
        let mut all: Vec<Vec<u8>> = self.contigs.iter().flat_map(of).collect();
        let (total, some) = (all.len(), count.min(all.len()));
        let chosen = (0..some).map(|i| std::mem::take(&mut all[i * total / some]));
        chosen.collect()
    }

    /// The segment of a contig that covers a range of offsets from 0.
    ///
    /// # Errors
    /// [`Fault::UnknownContig`], [`Fault::Outside`].
    pub fn find(&self, contig: &str, range: Range<u64>) -> Result<&Contig, Fault> {
        let Some(indices) = self.by_name.get(&canonical(contig)) else {
            let known = self.contigs.iter().map(|contig| contig.name.clone());
            return Err(Fault::UnknownContig {
                found: contig.to_owned(),
                known: known.take(10).collect(),
            });
        };
        let mut segments = indices.iter().map(|&index| &self.contigs[index]);
        let covers = |segment: &&Contig| segment.start <= range.start && range.end <= segment.end();
        segments.clone().find(covers).ok_or_else(|| {
            let all: Vec<String> = segments
                .by_ref()
                .map(|segment| format!("{}-{}", segment.start + 1, segment.end()))
                .collect();
            Fault::Outside {
                contig: contig.to_owned(),
                position: range.start + 1,
                covered: all.join(", "),
            }
        })
    }
}

/// The name by which contigs are compared.
fn canonical(name: &str) -> String {
    let bare = match name.get(..3) {
        Some(prefix) if prefix.eq_ignore_ascii_case("chr") => &name[3..],
        _ => name,
    };
    if bare == "M" {
        "MT".to_owned()
    } else {
        bare.to_owned()
    }
}

fn contig(file: &Path, name: &str, bases: &[u8]) -> Result<Contig, Error> {
    let Some((contig, first, last)) = region(name) else {
        return Ok(Contig::new(name, 0, bases));
    };
    let wrong = |expected, found: u64| {
        Err(Error::Region {
            file: file.to_path_buf(),
            name: name.to_owned(),
            expected,
            found: found.to_string(),
        })
    };
    if first == 0 {
        return wrong("expected a region that counts from 1", first);
    }
    if last + 1 != first + bases.len() as u64 {
        return wrong(
            "expected as many bases as the region has",
            bases.len() as u64,
        );
    }
    Ok(Contig::new(contig, first - 1, bases))
}

/// `contig:first-last`; none where the name has another form.
fn region(name: &str) -> Option<(&str, u64, u64)> {
    let (contig, range) = name.rsplit_once(':')?;
    let (first, last) = range.split_once('-')?;
    Some((contig, first.parse().ok()?, last.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("genome.fa");
        std::fs::write(&file, text).unwrap();
        (folder, file)
    }

    #[test]
    fn a_region_in_a_header_is_an_offset() {
        let (_folder, file) = written(">chr13:101-108 a window\nacgt\nTGCA\n>chrM\nGG\n");
        let genome = Genome::open(&file).unwrap();
        assert_eq!(genome.find("13", 100..108).unwrap().bases, b"ACGTTGCA");
        assert_eq!(genome.find("MT", 0..2).unwrap().bases, b"GG");
        let outside = genome.find("chr13", 107..109).unwrap_err();
        assert_eq!(
            outside.to_string(),
            "chr13:108: the reference covers 101-108"
        );
        assert!(matches!(
            genome.find("chr14", 0..1),
            Err(Fault::UnknownContig { .. })
        ));
    }

    #[test]
    fn a_region_of_another_length_is_refused() {
        let (_folder, file) = written(">chr13:101-109\nACGTTGCA\n");
        let error = Genome::open(&file).unwrap_err();
        assert!(
            matches!(&error, Error::Region { found, .. } if found == "8"),
            "{error}"
        );
    }

    #[test]
    fn an_index_reads_the_contigs_asked_for() {
        let (folder, file) = written(">chr1\nACGT\nAC\n>chr2 long\nGGTT\nA\n");
        std::fs::write(
            folder.path().join("genome.fa.fai"),
            "chr1\t6\t6\t4\t5\nchr2\t5\t25\t4\t5\n",
        )
        .unwrap();
        let genome = Genome::open_indexed(&file, &["2"]).unwrap();
        assert_eq!(genome.contigs().len(), 1);
        assert_eq!(genome.find("chr2", 0..5).unwrap().bases, b"GGTTA");
        assert!(matches!(
            Genome::open_indexed(&file, &["3"]),
            Err(Error::Region { .. })
        ));
    }
}
