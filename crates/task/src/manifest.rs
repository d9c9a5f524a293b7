//! The manifest of a task.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The names of columns of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Columns {
    /// The sequence; by default `sequence`.
    #[serde(default = "sequence")]
    pub sequence: String,
    /// The class; by default `label`.
    #[serde(default = "label")]
    pub label: String,
    /// The part that a row belongs to; by default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// The group that stays together, such as the chromosome; by default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

fn sequence() -> String {
    "sequence".to_owned()
}

fn label() -> String {
    "label".to_owned()
}

impl Default for Columns {
    fn default() -> Self {
        Self {
            sequence: sequence(),
            label: label(),
            split: None,
            group: None,
        }
    }
}

impl Columns {
    /// Sets the column of the sequence.
    #[must_use]
    pub fn with_sequence(mut self, name: &str) -> Self {
        self.sequence = name.to_owned();
        self
    }

    /// Sets the column of the class.
    #[must_use]
    pub fn with_label(mut self, name: &str) -> Self {
        self.label = name.to_owned();
        self
    }

    /// Sets the column of the part.
    #[must_use]
    pub fn with_split(mut self, name: &str) -> Self {
        self.split = Some(name.to_owned());
        self
    }

    /// Sets the column of the group.
    #[must_use]
    pub fn with_group(mut self, name: &str) -> Self {
        self.group = Some(name.to_owned());
        self
    }
}

/// What a manifest says of a task. Paths are relative to the manifest's folder.
///
/// ```
/// use dissensus_task::Manifest;
///
/// let manifest: Manifest = toml::from_str(
///     "name = \"promoters\"\nsource = \"EPDnew\"\nlicence = \"CC BY\"\n\
///     files = [\"promoters.csv.gz\"]\nsplit = \"split\"",
/// )?;
/// assert_eq!(
///     (&manifest.columns.sequence[..], manifest.columns.split.as_deref()),
///     ("sequence", Some("split"))
/// );
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    /// The name of the task.
    pub name: String,
    /// Where it comes from: a paper, an address, a commit.
    pub source: String,
    /// Under which terms it may be used.
    pub licence: String,
    /// Files whose rows a split column parts, or that have no split.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<PathBuf>,
    /// Files that are learned from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub train: Vec<PathBuf>,
    /// Files on which choices are made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validation: Vec<PathBuf>,
    /// Files that are tested on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test: Vec<PathBuf>,
    /// A table of the classes of FASTA records, with the columns `name` and that of the label, and
    /// of the split if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<PathBuf>,
    /// The names of columns.
    #[serde(flatten)]
    pub columns: Columns,
}

/// The keys of a manifest: with flattened columns, serde does not refuse others.
const KEYS: [&str; 12] = [
    "name",
    "source",
    "licence",
    "files",
    "train",
    "validation",
    "test",
    "labels",
    "sequence",
    "label",
    "split",
    "group",
];

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Manifest`], also for a key that a manifest does not have;
    /// [`Error::ManifestFiles`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let text = dissensus_kernels::files::read_to_string(path).map_err(|source| Error::Io {
            file: path.to_path_buf(),
            source,
        })?;
        let wrong = |source| Error::Manifest {
            file: path.to_path_buf(),
            source: Box::new(source),
        };
        let table: toml::Table = text.parse().map_err(wrong)?;
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let message = format!("unknown key `{key}`, expected one of {}", KEYS.join(", "));
            return Err(wrong(serde::de::Error::custom(message)));
        }
        let manifest: Self = toml::from_str(&text).map_err(wrong)?;
        let parted = !manifest.train.is_empty() && !manifest.test.is_empty();
        let any = !(manifest.train.is_empty()
            && manifest.test.is_empty()
            && manifest.validation.is_empty());
        match (manifest.files.is_empty(), parted, any) {
            (false, _, false) | (true, true, _) => Ok(manifest),
            _ => {
                let ways = ["files", "train", "validation", "test"];
                let found = ways.iter().filter(|key| table.contains_key(**key));
                let found: Vec<&str> = found.copied().collect();
                Err(Error::ManifestFiles {
                    file: path.to_path_buf(),
                    found: format!("{found:?}"),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Manifest, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("task.toml");
        std::fs::write(&path, text).unwrap();
        Manifest::open(&path)
    }

    const HEAD: &str = "name = \"a\"\nsource = \"b\"\nlicence = \"c\"\n";

    #[test]
    fn a_key_that_no_manifest_has_is_named() {
        let error = read(&format!("{HEAD}files = [\"a.csv\"]\nspilt = \"set\"\n")).unwrap_err();
        assert!(error.to_string().contains("unknown key `spilt`"), "{error}");
    }

    #[test]
    fn a_missing_licence_is_named() {
        let error = read("name = \"a\"\nsource = \"b\"\nfiles = [\"a.csv\"]\n").unwrap_err();
        assert!(error.to_string().contains("licence"), "{error}");
    }

    #[test]
    fn files_are_named_in_one_way() {
        assert!(read(&format!("{HEAD}train = [\"a.csv\"]\ntest = [\"b.csv\"]\n")).is_ok());
        for wrong in [
            "",
            "train = [\"a.csv\"]\n",
            "files = [\"a.csv\"]\ntest = [\"b.csv\"]\n",
        ] {
            let error = read(&format!("{HEAD}{wrong}")).unwrap_err();
            assert!(matches!(error, Error::ManifestFiles { .. }), "{error}");
        }
    }

    #[test]
    fn a_manifest_reads_back_what_it_wrote() {
        let manifest = Manifest {
            name: "a".into(),
            source: "b".into(),
            licence: "c".into(),
            files: vec!["x.csv".into()],
            columns: Columns::default()
                .with_split("set")
                .with_group("chromosome"),
            ..Manifest::default()
        };
        let text = toml::to_string(&manifest).unwrap();
        assert_eq!(read(&text).unwrap(), manifest);
    }
}
