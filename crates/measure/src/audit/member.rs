//! One model of an audit, and what keeps it from being compared with another.

use std::path::PathBuf;

use crate::{Error, MeasuredCheckpoint};

/// An opened folder.
pub(super) struct Member {
    pub(super) folder: PathBuf,
    pub(super) opened: MeasuredCheckpoint,
}

impl Member {
    /// A model without layers is a control among others: it is compared by its loss alone.
    pub(super) fn is_control(&self) -> bool {
        self.opened.model.sizes().layers == 0
    }

    /// [`Error::Unmatched`] if another has other rows of its output, or tables of another width.
    pub(super) fn differs_in_size(&self, other: &Self) -> Option<Error> {
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
    pub(super) fn differs_in_tokenizer(&self, other: &Self) -> Option<Error> {
        let [mine, theirs] = [self, other].map(|member| member.opened.tokenizer.as_ref());
        let differs = || Ok(mine.to_json()? != theirs.to_json()?);
        match differs() {
            Ok(false) => None,
            Ok(true) => {
                let (found, expected) = ("another".into(), "the same".into());
                Some(self.unmatched(other, "the tokenizer", found, expected))
            }
            Err(error) => Some(Error::Tokenize(error)),
        }
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
