//! What a study does.

use dissensus_bert::{Budget, Config, Recipe, Seeds, TrainingConfig};
use dissensus_ensemble::{Coupling, Plan};
use dissensus_input::Modality;
use dissensus_lm::Devices;
use dissensus_measure::Input;

use crate::{Arm, Error};

/// Everything that decides the results of a study, but for the contents of files.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Which ensembles are trained, in this order.
    pub arms: Vec<Arm>,
    /// Where text comes from.
    pub text: Input,
    /// Where DNA comes from.
    pub dna: Input,
    /// Members of each ensemble.
    pub members: usize,
    /// What the members share.
    pub coupling: Coupling,
    /// Name of the model, see [`Config::preset`].
    pub preset: String,
    /// What the model, its masks and its optimiser are like; [`Options::with_recipe`] sets it
    /// together with `training`.
    pub recipe: Recipe,
    /// How each member is trained; its seeds are set from `seed`.
    pub training: TrainingConfig,
    /// Positions of a sequence, special tokens included.
    pub max_length: usize,
    /// Tokens that byte-pair encoding of text may have, special tokens included.
    pub vocabulary: usize,
    /// Tokens that byte-pair encoding of DNA may have.
    pub dna_vocabulary: usize,
    /// Bases of a k-mer.
    pub kmer: usize,
    /// Sequences that the predictions are taken on.
    pub analysis_sequences: usize,
    /// Sequences that the Fisher information is taken on.
    pub fisher_sequences: usize,
    /// Steps between two group sums of the Fisher information during training; 0 leaves them out.
    pub fisher_every: u64,
    /// Sequences that the use of context is measured on, one masked token each; 0 leaves it out.
    pub context_sequences: usize,
    /// Whether members without transformer layers are trained beside each ensemble, as controls.
    pub control: bool,
    /// Fractions of the training at which the members are measured too, between 0 and 1; none
    /// leaves them out.
    pub along: Vec<f64>,
    /// Steps between two checkpoints.
    pub checkpoint_every: u64,
    /// Seed of everything.
    pub seed: u64,
}

/// Symbols of the built-in training sets.
const BUILT_IN: usize = 2_400_000;
/// Tokens that each member reads.
const TOKENS: u64 = 600_000;

impl Default for Options {
    /// The three published arms on the built-in sources: three `tiny` members, minutes on two
    /// cores.
    fn default() -> Self {
        let (input, recipe) = (
            Input::BuiltIn {
                symbols: BUILT_IN,
                seed: 1,
            },
            Recipe::default(),
        );
        Self {
            arms: Arm::PUBLISHED.to_vec(),
            text: input.clone(),
            dna: input,
            members: 3,
            coupling: Coupling::Matched,
            preset: "tiny".into(),
            training: recipe.training(
                TrainingConfig::default()
                    .with_budget(Budget::Tokens(TOKENS))
                    .with_evaluate_every(Some(100)),
            ),
            recipe,
            max_length: 32,
            vocabulary: 256,
            dna_vocabulary: 64,
            kmer: 4,
            analysis_sequences: 256,
            fisher_sequences: 64,
            fisher_every: 0,
            context_sequences: 96,
            control: true,
            along: vec![0.1, 0.3, 0.5],
            checkpoint_every: 200,
            seed: 0,
        }
    }
}

impl Options {
    /// The same study under another recipe.
    #[must_use]
    pub fn with_recipe(mut self, recipe: Recipe) -> Self {
        self.training = recipe.training(self.training);
        self.recipe = recipe;
        self
    }

    /// The same study in half a minute on two cores: two members half as wide, that read less.
    #[must_use]
    pub fn quick(mut self) -> Self {
        let input = Input::BuiltIn {
            symbols: 900_000,
            seed: 1,
        };
        (self.text, self.dna) = (input.clone(), input);
        (self.members, self.preset) = (2, "micro".into());
        self.training.budget = Budget::Tokens(500_000);
        (self.analysis_sequences, self.fisher_sequences) = (96, 8);
        (self.context_sequences, self.along) = (24, Vec::new());
        self.checkpoint_every = 100;
        self
    }

    /// The same study with each batch divided between so many devices, where nothing else is said
    /// ([`TrainingConfig::shared_by`]).
    #[must_use]
    pub fn shared_by(mut self, devices: usize) -> Self {
        self.training = self.training.shared_by(devices);
        self
    }

    /// Tokens that byte-pair encoding of one modality may have.
    #[must_use]
    pub fn vocabulary_of(&self, modality: Modality) -> usize {
        match modality {
            Modality::Text => self.vocabulary,
            Modality::Dna => self.dna_vocabulary,
        }
    }

    /// Where the sequences of one modality come from.
    #[must_use]
    pub fn input(&self, modality: Modality) -> &Input {
        match modality {
            Modality::Text => &self.text,
            Modality::Dna => &self.dna,
        }
    }

    /// Checks what the crates below do not check.
    ///
    /// # Errors
    /// [`Error::Option`].
    pub fn validate(&self) -> Result<(), Error> {
        let wrong = |option, found: String, expected| {
            Err(Error::Option {
                option,
                found,
                expected,
            })
        };
        if self.arms.is_empty() {
            return wrong("arms", "empty".into(), "at least one arm");
        }
        if self.members == 0 {
            return wrong("members", "0".into(), "at least 1");
        }
        if !(8..=512).contains(&self.max_length) {
            return wrong(
                "max_length",
                self.max_length.to_string(),
                "8 to 512 positions",
            );
        }
        if !(1..=8).contains(&self.kmer) {
            return wrong("kmer", self.kmer.to_string(), "1 to 8 bases");
        }
        let inside = |fraction: &&f64| !(**fraction > 0.0 && **fraction < 1.0);
        if let Some(fraction) = self.along.iter().find(inside) {
            return wrong("along", fraction.to_string(), "fractions between 0 and 1");
        }
        if self.analysis_sequences == 0 {
            return wrong("analysis_sequences", "0".into(), "at least 1");
        }
        for arm in &self.arms {
            // The vocabulary asked for stands for the one that is found.
            let plan = self.plan(self.vocabulary_of(arm.modality()), 1)?;
            plan.validate()?;
        }
        Ok(())
    }

    /// Checks what the crates below do not check, and that each device has a part of a batch.
    pub(crate) fn check(&self, devices: &Devices) -> Result<(), Error> {
        self.validate()?;
        Ok(self.training.check_devices(devices.count())?)
    }

    /// The plan of an ensemble over a vocabulary.
    pub(crate) fn plan(&self, vocabulary: usize, pad: u32) -> Result<Plan<Config>, Error> {
        let model = Config::preset(&self.preset)?.with_vocabulary(vocabulary, pad);
        let mut model = self.recipe.config(model);
        model.max_position_embeddings = model.max_position_embeddings.max(self.max_length);
        let training = self.training.clone().with_seeds(training_seeds(self.seed));
        Ok(Plan {
            members: self.members,
            checkpoint_every: self.checkpoint_every,
            coupling: self.coupling,
            model,
            training,
        })
    }

    /// The plan of the controls: as many members, without transformer layers.
    pub(crate) fn control_plan(&self, vocabulary: usize, pad: u32) -> Result<Plan<Config>, Error> {
        let mut plan = self.plan(vocabulary, pad)?;
        plan.model.num_hidden_layers = 0;
        Ok(plan)
    }

    /// The seed of the masks that the measures are taken on.
    pub(crate) fn analysis_seed(&self) -> u64 {
        training_seeds(self.seed).masks.wrapping_add(1 << 20)
    }

    /// What is written into the results: no path, no time.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, String)> {
        let arms: Vec<&str> = self.arms.iter().map(|arm| arm.name()).collect();
        let budget = match self.training.budget {
            Budget::Epochs(n) => format!("{n} epochs"),
            Budget::Tokens(n) => format!("{n} tokens"),
            Budget::Steps(n) => format!("{n} steps"),
        };
        let pairs = [
            ("arms", arms.join(" ")),
            ("text", self.text.to_string()),
            ("dna", self.dna.to_string()),
            ("members", self.members.to_string()),
            ("coupling", format!("{:?}", self.coupling)),
            ("preset", self.preset.clone()),
            ("recipe", self.recipe.to_string()),
            ("budget", budget),
            ("batch", self.training.batch.to_string()),
            ("learning_rate", self.training.learning_rate.to_string()),
            ("max_length", self.max_length.to_string()),
            ("vocabulary", self.vocabulary.to_string()),
            ("dna_vocabulary", self.dna_vocabulary.to_string()),
            ("kmer", self.kmer.to_string()),
            ("analysis_sequences", self.analysis_sequences.to_string()),
            ("fisher_sequences", self.fisher_sequences.to_string()),
            ("fisher_every", self.fisher_every.to_string()),
            ("context_sequences", self.context_sequences.to_string()),
            ("control", self.control.to_string()),
            (
                "along",
                self.along
                    .iter()
                    .map(f64::to_string)
                    .collect::<Vec<_>>()
                    .join(" "),
            ),
            ("seed", self.seed.to_string()),
        ];
        with_micro_batch(pairs.to_vec(), self.training.micro_batch)
    }
}

/// Settings by their names, and the size of micro-batches where batches are divided.
pub(crate) fn with_micro_batch(
    mut settings: Vec<(&str, String)>,
    size: Option<usize>,
) -> Vec<(String, String)> {
    settings.extend(size.map(|size| ("micro_batch", size.to_string())));
    let named = settings.into_iter();
    named.map(|(name, value)| (name.into(), value)).collect()
}

/// The seeds of a study's first member, far enough apart that no member's meets another's.
pub(crate) fn training_seeds(study: u64) -> Seeds {
    let base = study.wrapping_mul(1 << 32);
    Seeds {
        init: base,
        order: base.wrapping_add(1 << 16),
        masks: base.wrapping_add(2 << 16),
        dropout: base.wrapping_add(3 << 16),
    }
}
