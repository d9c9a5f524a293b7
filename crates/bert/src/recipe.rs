//! How to train, chosen once for every kind of data.

use std::fmt;
use std::str::FromStr;

use crate::{
    Config, Decay, Error, Masking, MuonConfig, NormPlacement, PositionEncoding, TrainingConfig,
};

/// Everything about a training run that is neither its data nor its size: model, masks, optimiser,
/// schedule.
///
/// | | `paper` | `efficient` |
/// |---|---|---|
/// | layer norms | behind each sum, after the embeddings | before each branch, behind the last layer |
/// | positions | learnt vectors, added to the words | rotary, in the attention |
/// | dropout | 0.1 | none |
/// | initial deviation | 0.02 | 0.02 |
/// | masked positions | 15 % | 30 % |
/// | of these mask token, random token, unchanged | 80, 10, 10 % | 80, 10, 10 % |
/// | matrices of the layers | AdamW | Muon, 0.02 |
/// | all else | AdamW, 10⁻⁴ | AdamW, 5·10⁻³ |
/// | warm-up | a tenth of the steps | a tenth of the steps |
/// | decay | cosine | straight to zero over the last 60 % |
/// | gradient's largest norm | 0.5 | 1 |
/// | sequences a step | 96 | 32 |
///
/// `paper` is the training of "Entropy, Disagreement, and the Limits of Foundation Models in
/// Genomics" (arXiv 2026). `efficient` is what lost least on held-out sources in equal time on a
/// CPU; it is the same for text and DNA, so that what differs between them is not how they were
/// trained. `learnt-positions` is `efficient` with the positions of `paper`: its models learn less
/// in the same time, and `transformers` opens their folders, as it has no class for rotary
/// positions in BERT.
///
/// ```
/// use dissensus_bert::{Config, NormPlacement, Recipe, TrainingConfig};
/// let recipe: Recipe = "efficient".parse()?;
/// assert_eq!(recipe, Recipe::efficient());
/// assert_eq!(recipe.config(Config::preset("tiny")?).norm(), NormPlacement::Before);
/// assert_eq!(Recipe::paper().training(TrainingConfig::default()), TrainingConfig::default());
/// # Ok::<(), dissensus_bert::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Recipe {
    /// What it is called.
    pub name: String,
    /// Where the layer norms stand.
    pub norm: NormPlacement,
    /// How positions enter.
    pub positions: PositionEncoding,
    /// Dropout of hidden states and of attention.
    pub dropout: f64,
    /// Standard deviation of the initial weights.
    pub initializer_range: f64,
    /// Probability of masking a position.
    pub mask_rate: f64,
    /// Of the masked, the fraction that becomes the mask token.
    pub to_mask: f64,
    /// Of the masked, the fraction that becomes a random token.
    pub to_random: f64,
    /// AdamW's peak rate.
    pub learning_rate: f64,
    /// AdamW's `β₂`.
    pub beta2: f64,
    /// Muon for the matrices of the layers.
    pub muon: Option<MuonConfig>,
    /// Fraction of the steps in which the rates rise.
    pub warmup: f64,
    /// How they fall after that.
    pub decay: Decay,
    /// The gradient is scaled down to this norm.
    pub max_norm: f64,
    /// Sequences a step.
    pub batch: usize,
}

impl Recipe {
    /// The names that [`Recipe::from_str`] knows.
    pub const NAMES: [&str; 3] = ["paper", "efficient", "learnt-positions"];

    /// As the paper trains.
    #[must_use]
    pub fn paper() -> Self {
        let (model, training) = (Config::default(), TrainingConfig::default());
        let masking = Masking::training(1, 0, &[]);
        Self {
            name: "paper".into(),
            norm: model.norm(),
            positions: model.positions(),
            dropout: model.hidden_dropout_prob,
            initializer_range: model.initializer_range,
            mask_rate: masking.rate,
            to_mask: masking.to_mask,
            to_random: masking.to_random,
            learning_rate: training.learning_rate,
            beta2: training.beta2,
            muon: training.muon,
            warmup: training.warmup,
            decay: training.decay,
            max_norm: training.max_norm,
            batch: training.batch,
        }
    }

    /// What learns most in a given time on a CPU.
    #[must_use]
    pub fn efficient() -> Self {
        Self {
            name: "efficient".into(),
            norm: NormPlacement::Before,
            positions: PositionEncoding::Rotary,
            dropout: 0.0,
            mask_rate: 0.3,
            learning_rate: 5e-3,
            muon: Some(MuonConfig::default()),
            decay: Decay::Linear { fraction: 0.6 },
            max_norm: 1.0,
            batch: 32,
            ..Self::paper()
        }
    }

    /// [`Recipe::efficient`] for models whose folders `transformers` opens.
    #[must_use]
    pub fn learnt_positions() -> Self {
        Self {
            name: "learnt-positions".into(),
            positions: PositionEncoding::Absolute,
            ..Self::efficient()
        }
    }

    /// A model of this shape as the recipe builds it.
    #[must_use]
    pub fn config(&self, config: Config) -> Config {
        Config {
            hidden_dropout_prob: self.dropout,
            attention_probs_dropout_prob: self.dropout,
            initializer_range: self.initializer_range,
            ..config.with_norm(self.norm).with_positions(self.positions)
        }
    }

    /// These settings with the recipe's optimiser and schedule; budget, micro-batches, precision
    /// and seeds stay.
    #[must_use]
    pub fn training(&self, settings: TrainingConfig) -> TrainingConfig {
        settings
            .with_learning_rate(self.learning_rate)
            .with_beta2(self.beta2)
            .with_muon(self.muon)
            .with_warmup(self.warmup)
            .with_decay(self.decay)
            .with_max_norm(self.max_norm)
            .with_batch(self.batch)
    }

    /// The masks of its training, over a vocabulary with these special tokens.
    #[must_use]
    pub fn masking(&self, vocabulary: usize, mask: u32, specials: &[u32]) -> Masking {
        Masking {
            rate: self.mask_rate,
            to_mask: self.to_mask,
            to_random: self.to_random,
            ..Masking::training(vocabulary, mask, specials)
        }
    }
}

impl Default for Recipe {
    /// [`Recipe::efficient`].
    fn default() -> Self {
        Self::efficient()
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl FromStr for Recipe {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "paper" => Ok(Self::paper()),
            "efficient" => Ok(Self::efficient()),
            "learnt-positions" => Ok(Self::learnt_positions()),
            _ => Err(Error::UnknownRecipe { name: name.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_recipe_changes_no_default() {
        let (config, settings) = (Config::default(), TrainingConfig::default());
        let recipe = Recipe::paper();
        assert_eq!(recipe.config(config.clone()), config);
        assert_eq!(recipe.training(settings.clone()), settings);
        assert_eq!(
            recipe.masking(20, 4, &[0, 4]),
            Masking::training(20, 4, &[0, 4])
        );
    }

    #[test]
    fn every_name_is_that_of_its_recipe_and_others_are_refused() {
        for name in Recipe::NAMES {
            assert_eq!(name.parse::<Recipe>().unwrap().to_string(), name);
        }
        let message = "best".parse::<Recipe>().unwrap_err().to_string();
        assert_eq!(
            message,
            "recipe `best` is unknown, expected one of paper, efficient, learnt-positions"
        );
    }
}
