//! Names of things on the hub.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// What a repository holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RepositoryKind {
    /// A model.
    Model,
    /// A data set.
    Dataset,
}

impl RepositoryKind {
    /// In front of a repository in addresses of files.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Model => "",
            Self::Dataset => "datasets/",
        }
    }

    /// In addresses of the API.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Model => "models",
            Self::Dataset => "datasets",
        }
    }
}

/// A repository of the hub, or one file of it:
/// `hub:[datasets/]ORGANISATION/NAME[@REVISION][/PATH]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HubName {
    /// Of a model or of a data set.
    pub kind: RepositoryKind,
    /// Organisation and name, with a slash between them.
    pub repository: String,
    /// Branch, tag or commit; the main branch if none.
    pub revision: Option<String>,
    /// A file of it.
    pub path: Option<String>,
}

const EXPECTED: &str =
    "hub:organisation/name or hub:datasets/organisation/name, then @revision and /path if wanted";

impl HubName {
    /// What every name begins with.
    pub const SCHEME: &str = "hub:";

    /// The same under a commit, for a run to record.
    #[must_use]
    pub fn pinned(&self, commit: &str) -> Self {
        Self {
            revision: Some(commit.into()),
            ..self.clone()
        }
    }
}

/// Whether a word can stand in a path of the cache: no step upwards, nothing hidden, no separator.
fn is_plain(word: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.+=".contains(c);
    !word.is_empty() && !word.starts_with('.') && word.chars().all(allowed)
}

impl FromStr for HubName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Name {
            found: text.into(),
            expected: EXPECTED,
        };
        let rest = text.strip_prefix(Self::SCHEME).ok_or_else(wrong)?;
        let (kind, rest) = match rest.strip_prefix("datasets/") {
            Some(rest) => (RepositoryKind::Dataset, rest),
            None => (RepositoryKind::Model, rest),
        };
        let (organisation, rest) = rest.split_once('/').ok_or_else(wrong)?;
        let (rest, path) = match rest.split_once('/') {
            Some((rest, path)) => (rest, Some(path)),
            None => (rest, None),
        };
        let (name, revision) = match rest.split_once('@') {
            Some((name, revision)) => (name, Some(revision)),
            None => (rest, None),
        };
        let mut words = [organisation, name].into_iter().chain(revision);
        let mut steps = path.into_iter().flat_map(|path| path.split('/'));
        if !words.all(is_plain) || !steps.all(is_plain) {
            return Err(wrong());
        }
        Ok(Self {
            kind,
            repository: format!("{organisation}/{name}"),
            revision: revision.map(Into::into),
            path: path.map(Into::into),
        })
    }
}

impl fmt::Display for HubName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, prefix) = (Self::SCHEME, self.kind.prefix());
        write!(f, "{scheme}{prefix}{}", self.repository)?;
        if let Some(revision) = &self.revision {
            write!(f, "@{revision}")?;
        }
        match &self.path {
            Some(path) => write!(f, "/{path}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_from_what_it_prints() {
        for text in [
            "hub:org/model",
            "hub:org/model@v1.0",
            "hub:datasets/org/genomes@0a1b/train/part-0.parquet",
        ] {
            assert_eq!(text.parse::<HubName>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_would_leave_the_cache_is_no_name() {
        for text in [
            "hub:org",
            "org/model",
            "hub:org/",
            "hub:../model",
            "hub:org/model/../../x",
            "hub:org/model//x",
            "hub:org/model@a b",
            "hub:org/model@",
            "hub:datasets/org",
        ] {
            assert!(text.parse::<HubName>().is_err(), "{text}");
        }
    }
}
