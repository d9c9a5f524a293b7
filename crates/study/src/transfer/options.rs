//! What a transfer study does.

use dissensus_bert::{Config, Recipe};
use dissensus_finetune::FineTuneParams;
use dissensus_input::Modality;
use dissensus_kernels::checked::checksum;
use dissensus_lm::{Devices, Pool, TrainingConfig};
use dissensus_transfer::{CellPlan, Method, TransferArm};

use super::identity::identity;
use super::{Architecture, FolderModel, TransferData, TransferTask};
use crate::entropy::with_micro_batch;
use crate::{Arm, Error};

/// Everything that decides the results of a transfer study, but for its data.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TransferOptions {
    /// One model a tokenizer is pretrained, all of one shape; none to ask models of folders alone.
    pub tokenizers: Vec<Arm>,
    /// Models that are there already, in two arms: as they are, and random twins.
    pub folders: Vec<FolderModel>,
    /// What kind of model is pretrained.
    pub architecture: Architecture,
    /// What the weights come from; the gains are over [`TransferArm::Random`].
    pub arms: Vec<TransferArm>,
    /// Seeds of fine-tuning; as many random twins.
    pub seeds: u64,
    /// Name of the model, see [`Config::preset`].
    pub preset: String,
    /// How models are pretrained.
    pub recipe: Recipe,
    /// Sequences of a backward pass of pretraining; all of a batch at once if none.
    pub micro_batch: Option<usize>,
    /// Bases that each model is pretrained on, the same for every tokenizer.
    pub pretrain_bases: u64,
    /// Bases of a window.
    pub window: usize,
    /// Bases of a k-mer.
    pub kmer: usize,
    /// Tokens that byte-pair encoding may have.
    pub vocabulary: usize,
    /// How models are fine-tuned; none to ask frozen features alone.
    pub fine_tune: Option<FineTuneParams>,
    /// How the states of a frozen model are pooled.
    pub pools: Vec<Pool>,
    /// Numbers of directions that frozen features are reduced to, beside all of them.
    pub dimensions: Vec<usize>,
    /// Windows that the pretraining loss is measured on.
    pub held_out: usize,
    /// Steps of pretraining between two checkpoints.
    pub checkpoint_every: u64,
    /// Seed of everything.
    pub seed: u64,
}

impl Default for TransferOptions {
    /// Three tokenizers, five arms and three seeds of `tiny` models, an hour or so on two cores.
    fn default() -> Self {
        Self {
            tokenizers: vec![Arm::DnaChar, Arm::DnaKmer, Arm::DnaBpe],
            folders: Vec::new(),
            architecture: Architecture::default(),
            arms: TransferArm::ALL.to_vec(),
            seeds: 3,
            preset: "tiny".into(),
            recipe: Recipe::default(),
            micro_batch: None,
            pretrain_bases: 4_000_000,
            window: 128,
            kmer: 6,
            vocabulary: 512,
            fine_tune: Some(
                FineTuneParams::default()
                    .with_rates([1e-4, 3e-4, 1e-3])
                    .with_epochs(20, Some(4)),
            ),
            pools: vec![Pool::Mean, Pool::Max],
            dimensions: vec![2, 4, 8, 16, 32, 64],
            held_out: 512,
            checkpoint_every: 200,
            seed: 0,
        }
    }
}

impl TransferOptions {
    /// A study of about a minute in which something is learned: small models with rotary positions,
    /// which know the boxes of the built-in source after half a million bases where those with
    /// learnt positions know none, two tokenizers, and random twins alone.
    #[must_use]
    pub fn quick(mut self) -> Self {
        self.tokenizers = vec![Arm::DnaChar, Arm::DnaKmer];
        self.arms = vec![TransferArm::Pretrained, TransferArm::Random];
        self.architecture = Architecture::Rotary;
        self.preset = "micro".into();
        self.seeds = 2;
        self.pretrain_bases = 600_000;
        (self.window, self.kmer, self.vocabulary) = (48, 3, 64);
        self.dimensions = vec![2, 8, 32];
        self.held_out = 96;
        self.fine_tune = Some(
            FineTuneParams::default()
                .with_rates([1e-3])
                .with_epochs(8, Some(3))
                .with_batch(16),
        );
        self
    }

    /// The same study with each batch of pretraining divided between so many devices, where nothing
    /// else is said ([`TrainingConfig::shared_by`]).
    #[must_use]
    pub fn shared_by(mut self, devices: usize) -> Self {
        let training = self.training(TrainingConfig::default());
        self.micro_batch = training.shared_by(devices).micro_batch;
        self
    }

    /// How models are pretrained, with settings that the recipe leaves alone.
    pub(super) fn training(&self, settings: TrainingConfig) -> TrainingConfig {
        self.recipe
            .training(settings.with_micro_batch(self.micro_batch))
    }

    /// Checks every field that the crates below do not check.
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
        if !self.arms.contains(&TransferArm::Random) {
            return wrong(
                "arms",
                "no random twin".into(),
                "the arm random, which gains are over",
            );
        }
        if let Some(text) = self
            .tokenizers
            .iter()
            .find(|arm| arm.modality() == Modality::Text)
        {
            return wrong("tokenizers", text.to_string(), "tokenizers of DNA");
        }
        if self.pretrain_bases == 0 {
            return wrong("pretrain_bases", "0".into(), "at least 1");
        }
        let names = self.folders.iter().map(|own| &own.name);
        if let Some(name) = names.clone().find(|name| name.parse::<Arm>().is_ok()) {
            return wrong("model", name.clone(), "a name that no tokenizer has");
        }
        if self.tokenizers.is_empty() && self.folders.is_empty() {
            return wrong("tokenizers", "none".into(), "a tokenizer, or a folder");
        }
        if let Some(wide) = self.unusable_dimension()? {
            let expected = "numbers below the width of the model";
            return wrong("dimensions", wide.to_string(), expected);
        }
        if self.fine_tune.is_none() && self.pools.is_empty() {
            return wrong("pools", "none".into(), "a pool, or fine-tuning");
        }
        Ok(())
    }

    /// Checks what the crates below do not check, and that each device has a part of a batch.
    pub(super) fn check(&self, devices: &Devices) -> Result<(), Error> {
        self.validate()?;
        let training = self.training(TrainingConfig::default());
        Ok(training.check_devices(devices.count())?)
    }

    /// A number of directions that features do not have: none, or as many as the width of the
    /// models that are trained.
    fn unusable_dimension(&self) -> Result<Option<usize>, Error> {
        let width = Config::preset(&self.preset)?.hidden_size;
        let is_wide = |d: usize| !self.tokenizers.is_empty() && d >= width;
        let mut dimensions = self.dimensions.iter().copied();
        Ok(dimensions.find(|&d| d == 0 || is_wide(d)))
    }

    /// The cells of the study on some tasks: a plan of what is pretrained, and one for every
    /// folder, whose models have two arms and are asked of no more directions than they have.
    #[must_use]
    pub fn plans(&self, tasks: &[TransferTask]) -> Vec<CellPlan> {
        let plan = |models: Vec<String>, arms: Vec<TransferArm>, width: usize| CellPlan {
            models,
            tasks: tasks
                .iter()
                .map(|task| (task.name.clone(), task.folds.len()))
                .collect(),
            methods: self.methods(width),
            arms,
            seeds: (0..self.seeds).collect(),
        };
        let names = self.tokenizers.iter().map(|arm| arm.name().into());
        let own = plan(names.collect(), self.arms.clone(), usize::MAX);
        let mut arms = self.arms.clone();
        arms.retain(|arm| matches!(arm, TransferArm::Pretrained | TransferArm::Random));
        let folders = self.folders.iter();
        let folders = folders.map(|own| plan(vec![own.name.clone()], arms.clone(), own.width));
        let own = (!self.tokenizers.is_empty()).then_some(own);
        own.into_iter().chain(folders).collect()
    }

    /// How a model of some width is asked.
    fn methods(&self, width: usize) -> Vec<Method> {
        let fewer = self.dimensions.iter().copied().filter(|&d| d < width);
        let dimensions: Vec<Option<usize>> = std::iter::once(None).chain(fewer.map(Some)).collect();
        let frozen = self.pools.iter().flat_map(|pool| {
            dimensions.iter().map(move |&dimension| Method::Frozen {
                pool: pool.to_string(),
                dimension,
            })
        });
        let tuned = self.fine_tune.is_some().then_some(Method::FineTuned);
        tuned.into_iter().chain(frozen).collect()
    }

    /// Steps of pretraining: so that full windows hold the bases wanted.
    pub(super) fn steps(&self) -> u64 {
        let step = (self.recipe.batch * self.window) as u64;
        self.pretrain_bases.div_ceil(step)
    }

    /// A checksum of settings and data, to tell cells of one study from those of another.
    #[must_use]
    pub fn study(&self, data: &TransferData) -> String {
        let settings = checksum(identity(self).as_bytes());
        format!("{settings}-{}", data.checksum())
    }

    /// What is written into the results.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a list of settings")]
    pub fn settings(&self) -> Vec<(String, String)> {
        let list = |all: Vec<String>| all.join(" ");
        let tuned = self.fine_tune.as_ref();
        let pairs = [
            (
                "tokenizers",
                list(self.tokenizers.iter().map(Arm::to_string).collect()),
            ),
            (
                "models",
                list(self.folders.iter().map(FolderModel::to_string).collect()),
            ),
            ("architecture", self.architecture.to_string()),
            (
                "arms",
                list(self.arms.iter().map(TransferArm::to_string).collect()),
            ),
            ("seeds", self.seeds.to_string()),
            ("preset", self.preset.clone()),
            ("recipe", self.recipe.to_string()),
            ("pretrain_bases", self.pretrain_bases.to_string()),
            ("window", self.window.to_string()),
            ("kmer", self.kmer.to_string()),
            ("vocabulary", self.vocabulary.to_string()),
            (
                "pools",
                list(self.pools.iter().map(Pool::to_string).collect()),
            ),
            (
                "dimensions",
                list(self.dimensions.iter().map(usize::to_string).collect()),
            ),
            (
                "rates",
                tuned.map_or("none".into(), |t| {
                    list(t.rates.iter().map(f64::to_string).collect())
                }),
            ),
            ("epochs", tuned.map_or("0".into(), |t| t.epochs.to_string())),
            (
                "fine-tuning pool",
                tuned.map_or("none".into(), |t| t.pool.to_string()),
            ),
            ("seed", self.seed.to_string()),
        ];
        with_micro_batch(pairs.to_vec(), self.micro_batch)
    }
}
