//! Models that can be compared: the same id is the same token in all of them, and their tables have
//! one width.

use std::path::PathBuf;

use dissensus_input::{Documents, Modality, SequenceParams, Sequences, Set};
use dissensus_lm::{Devices, Encoder as _};
use dissensus_tokenize::{Tokenizer, require_alike};

use crate::{
    AnalysisParams, AnalysisSet, AnalysisVocabulary, Error, MeasuredCheckpoint, MeasuredModel,
    OpenFolder, OpenedFolder,
};

/// Models that can be compared with one another.
pub struct Members {
    /// The models, in the order of their folders.
    pub models: Vec<Box<dyn MeasuredModel>>,
    /// What made tokens of their texts.
    pub tokenizer: Box<dyn Tokenizer>,
}

impl Members {
    /// Sequences at the end of documents, cut into as many tokens as every model has positions for,
    /// at most `longest`; the texts of the first `windows` are kept.
    ///
    /// # Errors
    /// [`Error::Input`] for documents that cannot be read or cut.
    pub fn sequences(
        &self,
        documents: &Documents,
        longest: usize,
        windows: usize,
    ) -> Result<Sequences, Error> {
        let positions = self.models.iter().map(|model| model.sizes().positions);
        let params = SequenceParams::default()
            .with_max_length(positions.fold(longest, usize::min))
            .with_windows(windows);
        let tokenizer = self.tokenizer.as_ref();
        Ok(documents.encode_set(Set::Analysis, tokenizer, &params)?)
    }

    /// What these models are asked of sequences.
    ///
    /// # Errors
    /// Those of [`AnalysisSet::new`].
    pub fn analysis_set(
        &self,
        sequences: &Sequences,
        modality: Modality,
        params: &AnalysisParams,
    ) -> Result<AnalysisSet, Error> {
        let rows = self.models.iter().map(|model| model.sizes().vocabulary);
        let vocabulary = AnalysisVocabulary {
            modality,
            tokenizer: self.tokenizer.as_ref(),
            rows: rows.max().unwrap_or_default(),
        };
        AnalysisSet::new(sequences, vocabulary, params)
    }
}

/// Opens folders whose models can be compared, on the devices in turn.
///
/// # Errors
/// [`Error::Option`] without a folder, [`Error::Unmatched`] for one that differs from the first,
/// [`Error::NothingMeasured`] for one whose model the measures cannot be taken of, and what opening
/// says.
pub fn open_members(
    folders: &[PathBuf],
    open: &OpenFolder<'_>,
    devices: &Devices,
) -> Result<Members, Error> {
    let mut members: Vec<Member> = Vec::with_capacity(folders.len());
    for (index, folder) in folders.iter().enumerate() {
        let member = match open(folder, devices.of(index))? {
            OpenedFolder::Measured(opened) => Member {
                index,
                folder: folder.clone(),
                opened,
            },
            OpenedFolder::Unmeasured { reason } => {
                let left_out = vec![format!("{}: {reason}", folder.display())];
                return Err(Error::NothingMeasured { left_out });
            }
        };
        if let Some(error) = members.first().and_then(|first| first.differs(&member)) {
            return Err(error);
        }
        members.push(member);
    }
    let (models, tokenizers): (Vec<_>, Vec<_>) = members
        .into_iter()
        .map(|m| (m.opened.model, m.opened.tokenizer))
        .unzip();
    match tokenizers.into_iter().next() {
        Some(tokenizer) => Ok(Members { models, tokenizer }),
        None => Err(Error::option("folders", "none", "at least one folder")),
    }
}

/// An opened folder.
pub(crate) struct Member {
    /// The number of its folder among all.
    pub(crate) index: usize,
    pub(crate) folder: PathBuf,
    pub(crate) opened: MeasuredCheckpoint,
}

impl Member {
    /// A model without layers is a control among others: it is compared by its loss alone.
    pub(crate) fn is_control(&self) -> bool {
        self.opened.model.sizes().layers == 0
    }

    /// [`Error::Unmatched`] if another cannot be compared with this one.
    fn differs(&self, other: &Self) -> Option<Error> {
        let sizes = self.differs_in_size(other);
        sizes.or_else(|| self.differs_in_tokenizer(other))
    }

    /// [`Error::Unmatched`] if another has other rows of its output, or tables of another width.
    pub(crate) fn differs_in_size(&self, other: &Self) -> Option<Error> {
        let unmatched = |what, found, expected| self.unmatched(other, what, found, expected);
        let (mine, theirs) = (self.opened.model.sizes(), other.opened.model.sizes());
        if mine.vocabulary != theirs.vocabulary {
            let (found, expected) = (theirs.vocabulary.to_string(), mine.vocabulary.to_string());
            return Some(unmatched("the vocabulary", found, expected));
        }
        let have_tables = !self.is_control() && !other.is_control();
        if have_tables && mine.width != theirs.width {
            let (found, expected) = (theirs.width.to_string(), mine.width.to_string());
            return Some(unmatched("the width", found, expected));
        }
        None
    }

    /// [`Error::Unmatched`] if another's texts are cut into other tokens.
    pub(crate) fn differs_in_tokenizer(&self, other: &Self) -> Option<Error> {
        let [mine, theirs] = [self, other].map(|member| member.opened.tokenizer.as_ref());
        let found = format!("another ({})", require_alike(mine, theirs).err()?);
        Some(self.unmatched(other, "the tokenizer", found, "the same".into()))
    }

    fn unmatched(
        &self,
        other: &Self,
        what: &'static str,
        found: String,
        expected: String,
    ) -> Error {
        Error::Unmatched {
            what,
            folder: other.folder.clone(),
            found,
            first: self.folder.clone(),
            expected,
        }
    }
}
