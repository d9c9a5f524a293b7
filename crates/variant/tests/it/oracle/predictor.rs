//! What the source of planted motifs itself says, as a model.

use dissensus_source::{Motifs, Source};
use dissensus_tokenize::{Character, Tokenizer};
use dissensus_variant::{MaskedPredictor, MaskedTokens, ModelError};

/// The exact posterior of the source as a masked model of characters.
pub struct Oracle {
    pub source: Motifs,
    pub tokenizer: Character,
}

impl MaskedPredictor for Oracle {
    fn log_probabilities(&self, sequences: &[MaskedTokens]) -> Result<Vec<Vec<f32>>, ModelError> {
        let symbols = self.tokenizer.letters().unwrap();
        let base = |symbol: &str| ["A", "C", "G", "T"].iter().position(|&b| b == symbol);
        let one = |masked: &MaskedTokens| -> Result<Vec<f32>, ModelError> {
            let visible = masked.ids.iter();
            let visible = visible.map(|&id| base(&symbols[id as usize]).map(|b| b as u8));
            let posterior = self.source.posterior(&visible.collect::<Vec<_>>())?;
            let row = posterior.row(0);
            let log = |symbol: &String| base(symbol).map_or(f32::MIN, |b| row[b].ln() as f32);
            Ok(symbols.iter().map(log).collect())
        };
        sequences.iter().map(one).collect()
    }
}
