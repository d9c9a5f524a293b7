//! Where things stand in a run folder, and how files get there.

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use dissensus_kernels::{checked, files};
use dissensus_lm::{Data, ModelConfig};
use dissensus_tokenize::{Exported, Tokenizer};
use serde::{Deserialize, Serialize};

use crate::{Error, Plan};

/// A state of a member's training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberState {
    /// Before the first step.
    Init,
    /// The best evaluation of the finished training; the last step without an evaluation set.
    Trained,
}

impl MemberState {
    /// Both, in order of time.
    pub const ALL: [Self; 2] = [Self::Init, Self::Trained];

    /// `init` or `trained`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Trained => "trained",
        }
    }
}

/// The contents of `config.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored<C> {
    /// A checksum of sequences and masking.
    pub(crate) data: String,
    pub(crate) plan: Plan<C>,
}

impl<C: ModelConfig> Stored<C> {
    pub(crate) fn new<O: Debug>(plan: &Plan<C>, data: &Data<O>) -> Result<Self, Error> {
        Ok(Self {
            data: fingerprint(data).map_err(Error::member(0))?,
            plan: plan.clone(),
        })
    }

    pub(crate) fn read(folder: &Path) -> Result<Self, Error> {
        let path = config_path(folder);
        let text = files::read_to_string(&path).map_err(|source| Error::file(&path, source))?;
        let malformed = |problem: &dyn std::fmt::Display| Error::malformed(&path, problem);
        let mut table: toml::Table = text.parse().map_err(|problem| malformed(&problem))?;
        let Some(unset) = table.remove(UNSET) else {
            return toml::from_str(&text).map_err(|problem| malformed(&problem));
        };
        let unset: Vec<String> = unset.try_into().map_err(|problem| malformed(&problem))?;
        let mut value = serde_json::to_value(table).map_err(|problem| malformed(&problem))?;
        for pointer in &unset {
            let field = pointer.rsplit_once('/').and_then(|(parent, name)| {
                let parent = value.pointer_mut(parent)?.as_object_mut()?;
                Some((parent, name))
            });
            let none = format!("expected the name of a field that is none, found {pointer:?}");
            let (parent, name) = field.ok_or_else(|| malformed(&none))?;
            parent.insert(name.to_owned(), serde_json::Value::Null);
        }
        serde_json::from_value(value).map_err(|problem| malformed(&problem))
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), Error> {
        let path = config_path(folder);
        let text = toml::to_string(self).map_err(|problem| Error::malformed(&path, problem))?;
        let read: Self =
            toml::from_str(&text).map_err(|problem| Error::malformed(&path, problem))?;
        let json = |stored: &Self| {
            serde_json::to_value(stored).map_err(|problem| Error::malformed(&path, problem))
        };
        let mut unset = Vec::new();
        lost("", &json(self)?, &json(&read)?, &mut unset);
        let first = if unset.is_empty() {
            String::new()
        } else {
            format!("{UNSET} = {unset:?}\n")
        };
        write_atomically(&path, (first + &text).as_bytes())
    }

    /// Writes what a run begins with: tokenizer, plan, and their checksums last.
    pub(crate) fn begin(&self, folder: &Path, tokenizer: &dyn Tokenizer) -> Result<(), Error> {
        let path = folder.join(TOKENIZER);
        let exported = Exported::default().with_max_length(self.plan.model.sizes().positions);
        tokenizer.save_with(&path, exported)?;
        self.write(folder)?;
        let mut names = vec![CONFIG.to_string()];
        for entry in fs::read_dir(&path).map_err(|source| Error::file(&path, source))? {
            let entry = entry.map_err(|source| Error::file(&path, source))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') {
                names.push(format!("{TOKENIZER}/{name}"));
            }
        }
        names.sort();
        checked::seal(folder, &names).map_err(|source| Error::file(folder, source))
    }

    /// Refuses another plan or other data, naming the first field that differs.
    pub(crate) fn check(&self, given: &Self, folder: &Path) -> Result<(), Error> {
        let table = |stored: &Self| {
            toml::Value::try_from(stored).map_err(|p| Error::malformed(&config_path(folder), p))
        };
        match first_difference("", &table(self)?, &table(given)?) {
            None => Ok(()),
            Some((field, saved, given)) => Err(Error::OtherPlan {
                folder: folder.to_path_buf(),
                field,
                saved,
                given,
            }),
        }
    }
}

const CONFIG: &str = "config.toml";
/// The fields that are none although their default is not: TOML has no word for none and leaves
/// them out.
const UNSET: &str = "none";
pub(crate) const TOKENIZER: &str = "tokenizer";

pub(crate) fn config_path(folder: &Path) -> PathBuf {
    folder.join(CONFIG)
}

pub(crate) fn member_path(folder: &Path, member: usize) -> PathBuf {
    folder.join(format!("member-{member}"))
}

/// Collects the fields that are null as they were written and something else as they were read.
fn lost(
    path: &str,
    written: &serde_json::Value,
    read: &serde_json::Value,
    unset: &mut Vec<String>,
) {
    if written.is_null() && !read.is_null() {
        unset.push(path.to_owned());
    }
    for (name, value) in written.as_object().into_iter().flatten() {
        lost(&format!("{path}/{name}"), value, &read[name], unset);
    }
}

fn first_difference(
    path: &str,
    saved: &toml::Value,
    given: &toml::Value,
) -> Option<(String, String, String)> {
    let (Some(a), Some(b)) = (saved.as_table(), given.as_table()) else {
        return (saved != given).then(|| (path.into(), saved.to_string(), given.to_string()));
    };
    let absent = toml::Value::String("absent".into());
    let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    names.into_iter().find_map(|name| {
        let path = match path {
            "" => name.clone(),
            _ => format!("{path}.{name}"),
        };
        let value = |table: &toml::Table| table.get(name).unwrap_or(&absent).clone();
        first_difference(&path, &value(a), &value(b))
    })
}

/// A checksum over everything that is trained and evaluated on.
fn fingerprint<O: Debug>(data: &Data<O>) -> Result<String, dissensus_lm::Error> {
    let mut hasher = crc32fast::Hasher::new();
    let mut add = |sequence: &[u32]| {
        hasher.update(&(sequence.len() as u64).to_le_bytes());
        sequence
            .iter()
            .for_each(|id| hasher.update(&id.to_le_bytes()));
    };
    data.visit_training(|_, sequence| {
        add(sequence);
        Ok::<_, dissensus_lm::Error>(())
    })?;
    data.evaluation.iter().for_each(|sequence| add(sequence));
    let (training, evaluation) = (data.training.len(), data.evaluation.len());
    hasher.update(format!("{:?}", data.objective).as_bytes());
    Ok(format!(
        "{training} + {evaluation} sequences, crc32 {:08x}",
        hasher.finalize()
    ))
}

/// Writes a file that is whole or absent, whatever happens in between.
pub(crate) fn write_atomically(path: &Path, contents: &[u8]) -> Result<(), Error> {
    dissensus_lm::write_atomically(path, contents).map_err(|error| match error {
        dissensus_lm::Error::Io { path, source, .. } => Error::File { path, source },
        other => Error::malformed(path, other),
    })
}

pub(crate) fn create_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::file(path, source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_bert::Config;
    use dissensus_lm::Masking;

    #[test]
    fn the_first_field_that_differs_is_named() {
        let masking = Masking::training(20, 4, &[0]);
        let data = Data::new(vec![vec![5, 6]], vec![], masking);
        let saved = Stored::new(&Plan::<Config>::default(), &data).unwrap();
        let mut other = Plan::<Config>::default();
        other.training.learning_rate = 0.5;
        let error = saved
            .check(&Stored::new(&other, &data).unwrap(), Path::new("run"))
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("plan.training.learning_rate = 0.0001"),
            "{error}"
        );
        let more = Data::new(vec![vec![5, 7]], vec![], data.objective.clone());
        let error = saved
            .check(
                &Stored::new(&Plan::<Config>::default(), &more).unwrap(),
                Path::new("run"),
            )
            .unwrap_err();
        assert!(matches!(error, Error::OtherPlan { field, .. } if field == "data"));
    }

    #[test]
    fn a_field_that_is_none_is_read_back_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::new(vec![vec![5]], vec![], Masking::training(20, 4, &[0]));
        let mut plan = Plan::<Config>::default();
        plan.model.pad_token_id = None;
        plan.training.learning_rate = 0.1;
        let stored = Stored::new(&plan, &data).unwrap();
        stored.write(folder.path()).unwrap();
        let text = fs::read_to_string(config_path(folder.path())).unwrap();
        assert!(
            text.starts_with("none = [\"/plan/model/pad_token_id\"]\n"),
            "{text}"
        );
        let read = Stored::read(folder.path()).unwrap();
        assert_eq!(read, stored);
        read.check(&stored, folder.path()).unwrap();
        plan.model.pad_token_id = Some(0);
        let other = Stored::new(&plan, &data).unwrap();
        let error = read.check(&other, folder.path()).unwrap_err().to_string();
        assert!(error.contains("plan.model.pad_token_id"), "{error}");
        // What names no field, or is no list, is refused.
        for first in [
            "none = [\"/plan/nothing/here\"]",
            "none = 3",
            "none = [\"\"]",
        ] {
            let wrong = text.replacen(text.lines().next().unwrap(), first, 1);
            fs::write(config_path(folder.path()), wrong).unwrap();
            assert!(Stored::<Config>::read(folder.path()).is_err(), "{first}");
        }
    }

    #[test]
    fn a_plan_survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::new(vec![vec![5]], vec![], Masking::training(20, 4, &[0]));
        let stored = Stored::new(&Plan::<Config>::default(), &data).unwrap();
        stored.write(folder.path()).unwrap();
        assert_eq!(Stored::read(folder.path()).unwrap(), stored);
    }
}
