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
    /// Hides a token that the model must predict.
    Mask,
}

impl Role {
    /// All roles, in the order of our own layout.
    pub const ALL: [Self; 5] = [Self::Unk, Self::Pad, Self::Cls, Self::Sep, Self::Mask];

    /// The role's short name: `unk`, `pad`, `cls`, `sep` or `mask`.
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
    /// `<UNK> <PAD> <CLS> <SEP> <MASK>` at ids 0–4, as in study A. Bases in the order A C G T.
    #[default]
    Standard,
    /// `<unk> <pad> <mask> <cls>` at ids 0–3 and no separator, as the Nucleotide Transformer has them. Bases in the order A T C G.
    NucleotideTransformer,
}

impl Layout {
    /// The special tokens in the order of their ids.
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
    pub fn bases(self) -> [char; 4] {
        match self {
            Self::Standard => ['A', 'C', 'G', 'T'],
            Self::NucleotideTransformer => ['A', 'T', 'C', 'G'],
        }
    }
}

/// The ids of the special tokens of one tokenizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specials {
    /// Stands for a symbol outside the vocabulary.
    pub unk: u32,
    /// Fills a sequence up to a common length.
    pub pad: u32,
    /// Begins a sequence.
    pub cls: u32,
    /// Ends a sequence; some vocabularies have none.
    pub sep: Option<u32>,
    /// Hides a token that the model must predict.
    pub mask: u32,
    /// Further special tokens without a role here.
    pub others: Vec<u32>,
}

impl Specials {
    /// Looks the special tokens up, first by the names given for a role, else by the names that published tokenizers use.
    pub(crate) fn find(
        vocabulary: &Vocabulary,
        named: &HashMap<Role, String>,
    ) -> Result<Self, Error> {
        let find = |role: Role| match named.get(&role) {
            Some(name) => vocabulary
                .id(name)
                .ok_or_else(|| missing(role, name.clone())),
            None => {
                let id = role
                    .known_names()
                    .iter()
                    .find_map(|name| vocabulary.id(name));
                id.ok_or_else(|| missing(role, role.known_names().join(" ")))
            }
        };
        let sep = match named.contains_key(&Role::Sep) {
            true => Some(find(Role::Sep)?),
            false => find(Role::Sep).ok(),
        };
        Ok(Self {
            unk: find(Role::Unk)?,
            pad: find(Role::Pad)?,
            cls: find(Role::Cls)?,
            sep,
            mask: find(Role::Mask)?,
            others: Vec::new(),
        })
    }

    /// The id that plays a role.
    pub fn id(&self, role: Role) -> Option<u32> {
        match role {
            Role::Unk => Some(self.unk),
            Role::Pad => Some(self.pad),
            Role::Cls => Some(self.cls),
            Role::Sep => self.sep,
            Role::Mask => Some(self.mask),
        }
    }

    /// All special ids.
    pub fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        let roles = Role::ALL.iter().filter_map(|role| self.id(*role));
        roles.chain(self.others.iter().copied())
    }

    /// Whether an id is special.
    pub fn contains(&self, id: u32) -> bool {
        self.ids().any(|special| special == id)
    }
}

fn missing(role: Role, tried: String) -> Error {
    Error::MissingSpecial {
        role: role.name(),
        tried,
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
    fn a_missing_mask_is_named_with_what_was_tried() {
        let vocabulary = Vocabulary::new(["[UNK]", "[PAD]", "[CLS]", "[SEP]"]).unwrap();
        let error = Specials::find(&vocabulary, &HashMap::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no mask token: expected one of <MASK> <mask> [MASK] in the vocabulary"
        );
    }

    #[test]
    fn a_given_name_wins_over_the_known_ones() {
        let vocabulary = Vocabulary::new(["<UNK>", "<PAD>", "<CLS>", "<MASK>", "~"]).unwrap();
        let named = HashMap::from([(Role::Mask, "~".to_string())]);
        assert_eq!(Specials::find(&vocabulary, &named).unwrap().mask, 4);
    }
}
