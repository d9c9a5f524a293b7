//! Files and folders in which tasks are published.

use std::path::{Path, PathBuf};

use dissensus_corpus::Format;

use crate::read::{Classes, Row, bases, rows};
use crate::{Columns, Error, Manifest, Part, Task};

impl Task {
    /// Opens a task.
    ///
    /// | path | is |
    /// |---|---|
    /// | `NAME.toml`, or a folder with `task.toml` | a [`Manifest`] |
    /// | `NAME.csv`, `NAME.tsv` | a table with the columns `sequence`, `label` and perhaps `split` |
    /// | `NAME.fa`, `NAME.fasta`, `NAME.fna` | FASTA whose headers end in a bar and the class |
    /// | a folder with `train.csv`, `test.csv`, perhaps `dev.csv` | a task of GUE |
    /// | a folder with `train.fna`, `test.fna` | a task of the benchmark of Nucleotide Transformer |
    /// | a folder with folders `train` and `test` | a task of Genomic Benchmarks: a folder a class, a file a sequence |
    ///
    /// Tables and FASTA files may be compressed (`.gz`, `.zst`).
    ///
    /// # Errors
    /// What cannot be read, is no sequence of bases or has no class, with file and record; a layout
    /// that is not known.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        if path.is_dir() {
            return of_folder(path);
        }
        if path.extension().is_some_and(|ending| ending == "toml") {
            return of_manifest(path);
        }
        Self::of_rows(&stem(path), guessed(path, None)?)
    }

    /// Opens a table or FASTA file with columns of other names.
    ///
    /// # Errors
    /// As [`Task::open`].
    pub fn open_table(path: impl AsRef<Path>, columns: &Columns) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::of_rows(&stem(path), rows(path, columns, None, None)?)
    }
}

/// The rows of a file without a manifest: of a table the column `split` counts if there is one, and
/// the file has no part.
fn guessed(path: &Path, part: Option<Part>) -> Result<Vec<Row>, Error> {
    let plain = Columns::default();
    if part.is_some() {
        return rows(path, &plain, None, part);
    }
    match rows(path, &plain.clone().with_split("split"), None, None) {
        Err(Error::Corpus(dissensus_corpus::Error::MissingColumn { column, .. }))
            if column == "split" =>
        {
            rows(path, &plain, None, None)
        }
        other => other,
    }
}

fn of_manifest(path: &Path) -> Result<Task, Error> {
    let manifest = Manifest::open(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let classes = manifest.labels.as_ref();
    let classes = classes
        .map(|labels| Classes::open(&folder.join(labels), &manifest.columns))
        .transpose()?;
    let parts = [
        (&manifest.files, None),
        (&manifest.train, Some(Part::Train)),
        (&manifest.validation, Some(Part::Validation)),
        (&manifest.test, Some(Part::Test)),
    ];
    let mut all = Vec::new();
    for (files, part) in parts {
        for file in files {
            let file = folder.join(file);
            all.extend(rows(&file, &manifest.columns, classes.as_ref(), part)?);
        }
    }
    Ok(Task {
        source: manifest.source,
        licence: manifest.licence,
        ..Task::of_rows(&manifest.name, all)?
    })
}

fn of_folder(folder: &Path) -> Result<Task, Error> {
    let manifest = folder.join("task.toml");
    if manifest.is_file() {
        return of_manifest(&manifest);
    }
    let entries = entries(folder)?;
    let name = stem(folder);
    let parted = |path: &PathBuf| Some((path.clone(), Part::of_name(&stem(path))?));
    let parts: Vec<(PathBuf, Part)> = entries.iter().filter_map(parted).collect();
    let has = |part| parts.iter().any(|&(_, own)| own == part);
    if !(has(Part::Train) && has(Part::Test)) {
        let names = entries.iter().map(|path| stem(path)).take(10);
        return Err(Error::Layout {
            path: folder.to_path_buf(),
            found: format!("{:?}", names.collect::<Vec<_>>()),
        });
    }
    let mut all = Vec::new();
    for part in [Part::Train, Part::Validation, Part::Test] {
        for (path, _) in parts.iter().filter(|&&(_, own)| own == part) {
            all.extend(if path.is_dir() {
                class_folders(path, part)?
            } else {
                guessed(path, Some(part))?
            });
        }
    }
    Task::of_rows(&name, all)
}

/// A folder a class, a file a sequence.
fn class_folders(folder: &Path, part: Part) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for class in entries(folder)?.iter().filter(|path| path.is_dir()) {
        let label = stem(class);
        for file in entries(class)? {
            let text =
                dissensus_kernels::files::read_to_string(&file).map_err(|source| Error::Io {
                    file: file.clone(),
                    source,
                })?;
            rows.push(Row {
                sequence: bases(&file, 1, &text)?,
                label: label.clone(),
                part: Some(part),
                group: None,
            });
        }
    }
    Ok(rows)
}

/// What a folder holds, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::Io {
        file: folder.to_path_buf(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// `train` for `train.csv.gz`; the whole name of what is no table or FASTA file.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !path.is_dir() && Format::of_name(path, "").is_ok() {
        name.split('.').next().unwrap_or_default().to_owned()
    } else {
        name.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn text(task: &Task) -> Vec<String> {
        let text = |sequence: &Vec<u8>| String::from_utf8(sequence.clone()).unwrap();
        task.sequences.iter().map(text).collect()
    }

    #[test]
    fn a_folder_of_gue_opens_with_its_three_parts() {
        let folder = written(&[
            ("train.csv", "sequence,label\nacgt,1\nGGG,0\n"),
            ("dev.csv", "sequence,label\nTTT,0\n"),
            ("test.csv", "sequence,label\nCCC,1\n"),
        ]);
        let task = Task::open(folder.path()).unwrap();
        assert_eq!(text(&task), ["ACGT", "GGG", "TTT", "CCC"]);
        assert_eq!(task.labels.values(), [1, 0, 0, 1]);
        let parts = [Part::Train, Part::Train, Part::Validation, Part::Test];
        assert_eq!(task.split, Some(parts.to_vec()));
    }

    #[test]
    fn a_folder_of_nucleotide_transformer_has_its_classes_in_the_headers() {
        let folder = written(&[
            ("train.fna", ">YBR1_60_-|0\nACGT\nAC\n>x 1|2\nGG\n"),
            ("test.fna", ">y|0\nTT\n"),
        ]);
        let task = Task::open(folder.path()).unwrap();
        assert_eq!(text(&task), ["ACGTAC", "GG", "TT"]);
        assert_eq!(task.labels.names(), ["0", "2"]);
        assert_eq!(task.rows(Part::Test), [2]);
    }

    #[test]
    fn a_folder_of_genomic_benchmarks_has_a_file_a_sequence() {
        let folder = written(&[
            ("train/negative/1.txt", "ACGT"),
            ("train/positive/1.txt", "GGGT\n"),
            ("test/negative/7.txt", "AAN"),
            ("test/positive/9.txt", "CC"),
        ]);
        let task = Task::open(folder.path()).unwrap();
        assert_eq!(text(&task), ["ACGT", "GGGT", "AAN", "CC"]);
        assert_eq!(task.labels.names(), ["negative", "positive"]);
        assert_eq!(task.rows(Part::Train), [0, 1]);
    }

    #[test]
    fn a_manifest_names_files_columns_and_terms() {
        let folder = written(&[
            (
                "a.tsv",
                "seq\tclass\tset\tchromosome\nAC\tx\ttrain\tchr1\nGT\ty\ttest\tchr2\n",
            ),
            (
                "task.toml",
                "name = \"n\"\nsource = \"s\"\nlicence = \"l\"\nfiles = [\"a.tsv\"]\nsequence = \"seq\"\n\
                 label = \"class\"\nsplit = \"set\"\ngroup = \"chromosome\"\n",
            ),
        ]);
        let task = Task::open(folder.path()).unwrap();
        assert_eq!(
            (&task.name[..], &task.source[..], &task.licence[..]),
            ("n", "s", "l")
        );
        assert_eq!(
            task.groups,
            Some(vec!["chr1".to_owned(), "chr2".to_owned()])
        );
        assert_eq!(task.rows(Part::Test), [1]);
    }

    #[test]
    fn classes_of_fasta_records_may_stand_in_a_table() {
        let folder = written(&[
            ("a.fa", ">r1 first\nACGT\n>r2\nGG\n"),
            (
                "classes.csv",
                "name,label,split\nr2,no,test\nr1,yes,train\n",
            ),
            (
                "task.toml",
                "name = \"n\"\nsource = \"s\"\nlicence = \"l\"\nfiles = [\"a.fa\"]\nlabels = \"classes.csv\"\nsplit = \"split\"\n",
            ),
            ("bad.csv", "name,label\nr1,yes\n"),
        ]);
        let task = Task::open(folder.path()).unwrap();
        assert_eq!(task.labels.values(), [1, 0]);
        assert_eq!(task.split, Some(vec![Part::Train, Part::Test]));
        let classes = Classes::open(&folder.path().join("bad.csv"), &Columns::default()).unwrap();
        let path = folder.path().join("a.fa");
        let error = rows(&path, &Columns::default(), Some(&classes), None)
            .err()
            .unwrap();
        assert!(
            matches!(&error, Error::NoClass { record: 2, found, .. } if found == "r2"),
            "{error}"
        );
    }

    #[test]
    fn a_compressed_table_opens_with_or_without_a_split() {
        let folder = written(&[]);
        for (name, table, split) in [
            (
                "a.csv.gz",
                "split,label,sequence\ntrain,0,AC\ntest,1,GT\n",
                true,
            ),
            ("b.csv.gz", "label,sequence\n0,AC\n1,GT\n", false),
        ] {
            let path = folder.path().join(name);
            let file = std::fs::File::create(&path).unwrap();
            let mut out = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            out.write_all(table.as_bytes()).unwrap();
            out.finish().unwrap();
            let task = Task::open(&path).unwrap();
            assert_eq!((task.split.is_some(), task.name.len()), (split, 1));
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_file_and_record() {
        let folder = written(&[
            ("protein.csv", "sequence,label\nACGT,1\nMKVLA,0\n"),
            ("empty.csv", "sequence,label\nACGT,1\nAC,\n"),
            (
                "part.csv",
                "sequence,label,split\nACGT,1,train\nAC,0,tset\n",
            ),
            ("header.fna", ">a|1\nAC\n>b\nGT\n"),
            ("other.txt", "ACGT"),
        ]);
        for (name, said) in [
            (
                "protein.csv",
                "protein.csv: record 2: sequence: expected bases, found Some('L')",
            ),
            (
                "empty.csv",
                "empty.csv: record 2: label: expected a class, found \"\"",
            ),
            ("part.csv", "part.csv: record 2: split: expected train, dev"),
            (
                "header.fna",
                "header.fna: record 2: header, after the last |: expected a class, found \"b\"",
            ),
            ("other.txt", "other.txt: expected task.toml"),
            ("", "expected task.toml"),
        ] {
            let error = Task::open(folder.path().join(name))
                .unwrap_err()
                .to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
