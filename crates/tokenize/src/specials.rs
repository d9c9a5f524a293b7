//! Special tokens: which there are, and where they stand in a vocabulary.

use crate::{Error, Vocabulary};
use std::collections::HashMap;

/// What a special token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Stands for a symbol outside the vocabulary.
    Unk,
    /// Fills a sequence up to a common length.
    Pad,
    /// Begins a sequence.
    Cls,
    /// Ends a sequence.
    Sep,
    /// Stands for a token that the model must predict.
    Mask,
}

impl Role {
    /// All roles, in the order of our own layout.
    pub const ALL: [Self; 5] = [Self::Unk, Self::Pad, Self::Cls, Self::Sep, Self::Mask];

    /// The role's short name: `unk`, `pad`, `cls`, `sep` or `mask`.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["unk", "pad", "cls", "sep", "mask"][self as usize]
    }

    /// The names under which published tokenizers keep this token, most specific first.
    fn known_names(self) -> &'static [&'static str] {
        match self {
            Self::Unk => &["<UNK>", "<unk>", "[UNK]"],
            Self::Pad => &["<PAD>", "<pad>", "[PAD]"],
            Self::Cls => &["<CLS>", "<cls>", "[CLS]", "<s>", "<bos>"],
            Self::Sep => &["<SEP>", "<sep>", "[SEP]", "</s>", "<eos>"],
            Self::Mask => &["<MASK>", "<mask>", "[MASK]"],
        }
    }
}

/// Which special tokens a new tokenizer gets, and with which ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// `<UNK> <PAD> <CLS> <SEP> <MASK>` at ids 0–4, the default. Bases in the order A C G T.
    #[default]
    Standard,
    /// `<unk> <pad> <mask> <cls>` at ids 0–3 and no separator, as the Nucleotide Transformer has
    /// them. Bases in the order A T C G.
    NucleotideTransformer,
}

impl Layout {
    /// The special tokens in the order of their ids.
    #[must_use]
    pub fn tokens(self) -> &'static [(Role, &'static str)] {
        match self {
            Self::Standard => &[
                (Role::Unk, "<UNK>"),
                (Role::Pad, "<PAD>"),
                (Role::Cls, "<CLS>"),
                (Role::Sep, "<SEP>"),
                (Role::Mask, "<MASK>"),
            ],
            Self::NucleotideTransformer => &[
                (Role::Unk, "<unk>"),
                (Role::Pad, "<pad>"),
                (Role::Mask, "<mask>"),
                (Role::Cls, "<cls>"),
            ],
        }
    }

    /// The four bases in the order in which k-mers are enumerated.
    #[must_use]
    pub fn bases(self) -> [char; 4] {
        match self {
            Self::Standard => ['A', 'C', 'G', 'T'],
            Self::NucleotideTransformer => ['A', 'T', 'C', 'G'],
        }
    }
}

/// What files call their special tokens; a role without a token is one that a file says it does not
/// have.
pub(crate) type Names = HashMap<Role, Option<String>>;

/// The ids of the special tokens of one tokenizer. A vocabulary need not have all: that of a causal
/// model has no mask.
///
/// ```
/// use dissensus_tokenize::{Kmer, Layout, Role, Tokenizer};
///
/// let kmer = Kmer::new(6, Layout::NucleotideTransformer)?;
/// assert_eq!(kmer.specials().require(Role::Mask)?, 2);
/// let error = kmer.specials().require(Role::Sep).unwrap_err();
/// assert_eq!(error.to_string(), "the tokenizer has no sep token");
/// # Ok::<(), dissensus_tokenize::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Specials {
    /// Stands for a symbol outside the vocabulary.
    pub unk: Option<u32>,
    /// Fills a sequence up to a common length.
    pub pad: Option<u32>,
    /// Begins a sequence.
    pub cls: Option<u32>,
    /// Ends a sequence.
    pub sep: Option<u32>,
    /// Stands for a token that the model must predict.
    pub mask: Option<u32>,
    /// Further special tokens without a role here.
    pub others: Vec<u32>,
}

impl Specials {
    /// Looks the special tokens up, first by the names given for a role, else by the names that
    /// published tokenizers use.
    pub(crate) fn find(vocabulary: &Vocabulary, named: &Names) -> Result<Self, Error> {
        let find = |role: Role| match named.get(&role) {
            Some(None) => Ok(None),
            Some(Some(name)) => match vocabulary.id(name) {
                Some(id) => Ok(Some(id)),
                None => Err(missing(role, name)),
            },
            None => {
                let mut known = role.known_names().iter();
                Ok(known.find_map(|name| vocabulary.id(name)))
            }
        };
        Ok(Self {
            unk: find(Role::Unk)?,
            pad: find(Role::Pad)?,
            cls: find(Role::Cls)?,
            sep: find(Role::Sep)?,
            mask: find(Role::Mask)?,
            others: Vec::new(),
        })
    }

    /// The id that plays a role.
    #[must_use]
    pub fn id(&self, role: Role) -> Option<u32> {
        match role {
            Role::Unk => self.unk,
            Role::Pad => self.pad,
            Role::Cls => self.cls,
            Role::Sep => self.sep,
            Role::Mask => self.mask,
        }
    }

    /// The id that plays a role that is needed.
    ///
    /// # Errors
    /// [`Error::NoSpecial`].
    pub fn require(&self, role: Role) -> Result<u32, Error> {
        let role_name = role.name();
        self.id(role).ok_or(Error::NoSpecial { role: role_name })
    }

    /// All special ids.
    pub fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        let roles = Role::ALL.iter().filter_map(|role| self.id(*role));
        roles.chain(self.others.iter().copied())
    }

    /// Whether an id is special.
    #[must_use]
    pub fn contains(&self, id: u32) -> bool {
        self.ids().any(|special| special == id)
    }
}

fn missing(role: Role, name: &str) -> Error {
    Error::MissingSpecial {
        role: role.name(),
        name: name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_put_specials_first() {
        for layout in [Layout::Standard, Layout::NucleotideTransformer] {
            let vocabulary = Vocabulary::new(layout.tokens().iter().map(|t| t.1)).unwrap();
            let specials = Specials::find(&vocabulary, &HashMap::new()).unwrap();
            for (id, (role, _)) in (0u32..).zip(layout.tokens()) {
                assert_eq!(specials.id(*role), Some(id));
                assert!(specials.contains(id));
            }
            assert!(!specials.contains(layout.tokens().len() as u32));
        }
    }

    #[test]
    fn a_missing_mask_is_an_error_only_where_it_is_needed() {
        let vocabulary = Vocabulary::new(["[UNK]", "[PAD]", "[CLS]", "[SEP]"]).unwrap();
        let specials = Specials::find(&vocabulary, &HashMap::new()).unwrap();
        assert_eq!((specials.mask, specials.sep), (None, Some(3)));
        let error = specials.require(Role::Mask).unwrap_err();
        assert_eq!(error.to_string(), "the tokenizer has no mask token");
    }

    #[test]
    fn a_given_name_wins_over_the_known_ones() {
        let vocabulary = Vocabulary::new(["<UNK>", "<PAD>", "<CLS>", "<MASK>", "~"]).unwrap();
        let named = |name: &str| HashMap::from([(Role::Mask, Some(name.to_string()))]);
        assert_eq!(
            Specials::find(&vocabulary, &named("~")).unwrap().mask,
            Some(4)
        );
        let error = Specials::find(&vocabulary, &named("[MASK]")).unwrap_err();
        assert!(matches!(error, Error::MissingSpecial { role: "mask", .. }));
    }

    #[test]
    fn a_role_that_a_file_says_it_lacks_is_not_looked_up() {
        let vocabulary = Vocabulary::new(["<unk>", "<eos>"]).unwrap();
        let named = HashMap::from([(Role::Sep, None)]);
        assert_eq!(Specials::find(&vocabulary, &named).unwrap().sep, None);
        let named = HashMap::new();
        assert_eq!(Specials::find(&vocabulary, &named).unwrap().sep, Some(1));
    }
}
