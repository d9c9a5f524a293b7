//! Cleaning of text and DNA before tokenization.

mod counts;
mod dna;
mod text;

pub use self::counts::{BaseCounts, CharacterCounts};
pub use self::dna::{SoftMasked, clean_dna, clean_dna_as_published};
pub use self::text::{clean_text, clean_text_as_published};
