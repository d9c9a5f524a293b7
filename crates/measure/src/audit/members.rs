//! The models of an audit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dissensus_kernels::checked::Checksum;
use dissensus_lm::{Devices, Encoder as _};
use dissensus_tokenize::Tokenizer;

use crate::members::Member;
use crate::{Error, MeasuredModel, OpenFolder, OpenedFolder};

/// The models of an audit: those that can be compared are one ensemble.
pub(super) struct AuditedFolders {
    pub(super) ensembles: Vec<AuditedMembers>,
    /// Which folders are not measured, and why.
    pub(super) left_out: Vec<String>,
}

/// Models that can be compared, and their tokenizer.
pub(super) struct AuditedMembers {
    pub(super) models: Vec<Box<dyn MeasuredModel>>,
    /// Numbers of their folders among all.
    indices: Vec<usize>,
    /// Models without layers among others that have some.
    pub(super) controls: Vec<Box<dyn MeasuredModel>>,
    pub(super) tokenizer: Box<dyn Tokenizer>,
    /// Names of the members' folders.
    pub(super) folders: Vec<String>,
    /// The same, each with a checksum of its weights.
    pub(super) names: Vec<String>,
    pub(super) control_names: Vec<String>,
    /// Why they are not among the members of the first ensemble.
    apart: Option<String>,
}

impl AuditedFolders {
    pub(super) fn open(
        folders: &[PathBuf],
        open: &OpenFolder<'_>,
        devices: &Devices,
    ) -> Result<Self, Error> {
        let names = folder_names(folders)?;
        let (mut groups, mut left_out) = (Vec::<Group>::new(), Vec::new());
        for (index, folder) in folders.iter().enumerate() {
            match open(folder, devices.of(index))? {
                OpenedFolder::Measured(opened) => {
                    let folder = folder.clone();
                    let member = Member {
                        index,
                        folder,
                        opened,
                    };
                    sort_in(&mut groups, member)?;
                }
                OpenedFolder::Unmeasured { reason } => {
                    left_out.push(format!("{} is not measured: {reason}", names[folder]));
                }
            }
        }
        if groups.is_empty() {
            return Err(Error::NothingMeasured { left_out });
        }
        let members = |group| AuditedMembers::new(group, &names);
        Ok(Self {
            ensembles: groups.into_iter().map(members).collect::<Result<_, _>>()?,
            left_out,
        })
    }
}

/// What each folder is called.
type FolderNames = BTreeMap<PathBuf, String>;

/// Models that can be compared, and why they are not in the first group.
struct Group {
    members: Vec<Member>,
    apart: Option<Error>,
}

/// Puts a model among the first that it can be compared with. Members of one architecture and the
/// same sizes that differ in their tokenizer are no ensemble and no two either: one of them has the
/// wrong tokenizer.
fn sort_in(groups: &mut Vec<Group>, opened: Member) -> Result<(), Error> {
    let mut apart = None;
    for group in groups.iter_mut() {
        let size = group
            .members
            .iter()
            .find_map(|m| m.differs_in_size(&opened));
        let first = &group.members[0];
        let differs = match size {
            Some(error) => error,
            None => match first.differs_in_tokenizer(&opened) {
                None => {
                    group.members.push(opened);
                    return Ok(());
                }
                Some(error) if first.opened.architecture == opened.opened.architecture => {
                    return Err(error);
                }
                Some(error) => error,
            },
        };
        apart.get_or_insert(differs);
    }
    groups.push(Group {
        members: vec![opened],
        apart,
    });
    Ok(())
}

/// What keeps two models from being compared, without the paths of their folders.
fn told(difference: &Error, names: &FolderNames) -> String {
    match difference {
        Error::Unmatched {
            what,
            found,
            first,
            expected,
            ..
        } => format!("{what} is {found}, not {expected} as in {}", names[first]),
        other => other.to_string(),
    }
}

impl AuditedMembers {
    fn new(group: Group, all_names: &FolderNames) -> Result<Self, Error> {
        let named = |Member { folder, .. }: &Member| {
            let sum = weights_checksum(folder)?;
            Ok::<_, Error>(format!("{}, crc32 {sum}", all_names[folder]))
        };
        let (controls, opened) = apart_from_controls(group.members);
        let indices = opened.iter().map(|member| member.index).collect();
        let (mut models, mut folders, mut names) = (Vec::new(), Vec::new(), Vec::new());
        let mut tokenizer = None;
        for member in opened {
            folders.push(all_names[&member.folder].clone());
            names.push(named(&member)?);
            models.push(member.opened.model);
            tokenizer.get_or_insert(member.opened.tokenizer);
        }
        let control_names = controls.iter().map(named).collect::<Result<_, _>>()?;
        let Some(tokenizer) = tokenizer else {
            return Err(Error::option("folders", "none", "at least one folder"));
        };
        Ok(Self {
            models,
            indices,
            controls: controls.into_iter().map(|c| c.opened.model).collect(),
            tokenizer,
            folders,
            names,
            control_names,
            apart: group.apart.map(|difference| told(&difference, all_names)),
        })
    }

    /// Rows of the models' output.
    pub(super) fn vocabulary(&self) -> usize {
        self.models.first().map_or(0, |m| m.sizes().vocabulary)
    }

    /// Positions that every model has, at most `longest`.
    pub(super) fn positions(&self, longest: usize) -> usize {
        let all = self.models.iter().chain(&self.controls);
        let positions = all.map(|model| model.sizes().positions);
        positions
            .min()
            .map_or(longest, |fewest| fewest.min(longest))
    }

    /// Models of the same shapes that nobody has trained, each on the device behind that of its
    /// own.
    pub(super) fn untrained(
        &self,
        seed: u64,
        devices: &Devices,
    ) -> Result<Vec<Box<dyn MeasuredModel>>, Error> {
        let seeds = (1..).map(|member| seed.wrapping_add(member));
        let models = self.models.iter().zip(&self.indices).zip(seeds);
        models
            .map(|((model, index), seed)| model.random_twin(seed, devices.of(index + 1)))
            .collect()
    }

    /// What a reader should know of the models.
    pub(super) fn notes(&self, asked: Option<usize>) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(difference) = &self.apart {
            notes.push(format!(
                "measured apart from the first ensemble, with which it cannot be compared: {difference}"
            ));
        }
        if let [only] = &self.folders[..] {
            notes.push(format!(
                "{only} is one model: how far members disagree, and how alike their tables are, is not measured"
            ));
        }
        if let Some(asked) = asked.filter(|&asked| self.positions(asked) < asked) {
            let found = self.positions(asked);
            notes.push(format!("sequences have {found} positions, not the {asked} asked for: the models have no more"));
        }
        for name in &self.control_names {
            notes.push(format!(
                "{name} has no layers: it is the others' control and no member"
            ));
        }
        let layers = self.models.iter().map(|model| model.sizes().layers);
        if let (Some(fewest), Some(most)) = (layers.clone().min(), layers.max())
            && fewest < most
        {
            notes.push(format!(
                "the members have {fewest} to {most} layers: Fisher shares are given of the groups and layers that all of them have"
            ));
        }
        notes
    }
}

/// Models without layers among others that have some, and those others. Where none has layers, they
/// are what is audited.
fn apart_from_controls(members: Vec<Member>) -> (Vec<Member>, Vec<Member>) {
    if members.iter().all(Member::is_control) {
        return (Vec::new(), members);
    }
    members.into_iter().partition(Member::is_control)
}

fn file_name(folder: &Path) -> Result<String, Error> {
    let whole = std::fs::canonicalize(folder).map_err(|source| Error::File {
        path: folder.to_path_buf(),
        source,
    })?;
    let name = whole.file_name().unwrap_or_default();
    Ok(name.to_string_lossy().into_owned())
}

/// The names of folders; where several have one name, as the members of a run, with that of the
/// folder around.
fn folder_names(folders: &[PathBuf]) -> Result<FolderNames, Error> {
    let own = folders.iter().map(|folder| file_name(folder));
    let own = own.collect::<Result<Vec<_>, _>>()?;
    let alike = |name: &String| own.iter().filter(|other| *other == name).count() > 1;
    let told = own.iter().zip(folders).map(|(name, folder)| {
        let name = if alike(name) {
            format!("{}/{name}", file_name(&folder.join(".."))?)
        } else {
            name.clone()
        };
        Ok((folder.clone(), name))
    });
    told.collect()
}

/// The checksum of the weights in a folder.
fn weights_checksum(folder: &Path) -> Result<Checksum, Error> {
    let failed = |source| Error::File {
        path: folder.to_path_buf(),
        source,
    };
    let is_weights = |path: &PathBuf| {
        path.extension()
            .is_some_and(|ending| ending == "safetensors" || ending == "bin")
    };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<Result<Vec<PathBuf>, _>>().map_err(failed)?;
    paths.retain(is_weights);
    paths.sort();
    let mut sum = Checksum::default();
    for path in paths {
        let file = dissensus_kernels::files::open(&path).map_err(failed)?;
        sum.read(file).map_err(failed)?;
    }
    Ok(sum)
}
