//! The models of a transfer study: pretrained, or drawn.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use dissensus_bert::{
    Budget, Config, Data, MaskedLm, Masking, Seeds, Trainer, TrainingConfig, evaluate,
};
use dissensus_lm::TrainableModel;
use dissensus_tokenize::{Role, Tokenizer};
use dissensus_transfer::TransferArm;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{TransferData, TransferObserver, TransferOptions};
use crate::json::{read_json, write_json};
use crate::{Arm, Error};

/// What a model was trained on before it met a task, and how well it predicts DNA that it has not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pretraining {
    /// Its tokenizer.
    pub model: String,
    /// What its weights come from.
    pub arm: TransferArm,
    /// The task and fold whose sequences it read, where it read those.
    pub task: Option<(String, usize)>,
    /// Bases that it read, those read twice counted twice.
    pub bases_seen: u64,
    /// Steps that it took.
    pub steps: u64,
    /// Its loss at masked tokens of held-out DNA, bits a base: that of the masked tokens over the bases that they stand for.
    pub bits_per_base: f64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    study: String,
    pretraining: Pretraining,
}

/// A tokenizer with its model's shape.
pub(super) struct Wording {
    pub(super) arm: Arm,
    pub(super) tokenizer: Box<dyn Tokenizer>,
}

impl Wording {
    pub(super) fn new(
        arm: Arm,
        options: &TransferOptions,
        data: &TransferData,
    ) -> Result<Self, Error> {
        Ok(Self {
            arm,
            tokenizer: arm.tokenizer(&data.documents, options.vocabulary, options.kmer)?,
        })
    }

    /// Ids with special tokens around them.
    pub(super) fn ids<S: AsRef<str>>(&self, texts: &[S]) -> Result<Vec<Vec<u32>>, Error> {
        let framing = self.tokenizer.framing();
        let one = |text: &S| Ok(framing.around(&self.tokenizer.encode(text.as_ref())?.ids));
        texts.iter().map(one).collect()
    }

    /// Ids of the special tokens.
    pub(super) fn specials(&self) -> Vec<u32> {
        self.tokenizer.specials().ids().collect()
    }

    /// The bases of every token.
    fn letters(&self) -> Result<Vec<String>, Error> {
        self.tokenizer.letters().ok_or_else(|| Error::Option {
            option: "tokenizer",
            found: "tokens whose bases are not known".into(),
            expected: "one whose loss can be told in bits a base",
        })
    }

    fn config(&self, arm: TransferArm, options: &TransferOptions) -> Result<Config, Error> {
        let size = self.tokenizer.vocabulary().len();
        let pad = self.tokenizer.specials().require(Role::Pad)?;
        let mut config = options
            .recipe
            .config(Config::preset(&options.preset)?.with_vocabulary(size, pad));
        config.max_position_embeddings = options.window + 2;
        if arm == TransferArm::NoTransformer {
            config.num_hidden_layers = 0;
        }
        Ok(config)
    }
}

/// Which weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WeightKey {
    pub(super) arm: TransferArm,
    /// The task and fold whose training rows are read.
    pub(super) task: Option<(usize, usize)>,
    /// The seed of a random twin.
    pub(super) seed: Option<u64>,
}

/// What a model has read.
#[derive(Debug, Clone, Copy, Default)]
struct Read {
    bases: u64,
    steps: u64,
}

/// Makes models, or opens those that are there.
pub(super) struct Models<'a> {
    pub(super) options: &'a TransferOptions,
    pub(super) data: &'a TransferData,
    pub(super) folder: &'a Path,
    pub(super) device: &'a Device,
    pub(super) study: &'a str,
}

/// The seed of the masks that the loss is measured with.
const MASKS: u64 = 0x6d61_736b;

impl Models<'_> {
    /// A model and the bases it has read; `None` if the observer stopped its training.
    pub(super) fn get(
        &self,
        wording: &Wording,
        key: &WeightKey,
        observer: &mut dyn TransferObserver,
    ) -> Result<Option<(MaskedLm, u64)>, Error> {
        if let Some(seed) = key.seed {
            return Ok(Some((self.drawn(wording, key, seed)?, 0)));
        }
        let folder = self.path(wording, key);
        if let Some(found) = self.stored(&folder)? {
            let model = MaskedLm::load(&folder, self.device)?;
            return Ok(Some((model, found.bases_seen)));
        }
        let made = self.pretrained(wording, key, &folder, observer)?;
        Ok(made.map(|(model, pretraining)| (model, pretraining.bases_seen)))
    }

    /// What a model has read and what it loses on held-out DNA; `None` if the observer stopped its training.
    pub(super) fn pretraining(
        &self,
        wording: &Wording,
        key: &WeightKey,
        observer: &mut dyn TransferObserver,
    ) -> Result<Option<Pretraining>, Error> {
        if let Some(seed) = key.seed {
            let model = self.drawn(wording, key, seed)?;
            return self.judged(wording, key, &model, Read::default()).map(Some);
        }
        let folder = self.path(wording, key);
        match self.stored(&folder)? {
            Some(found) => Ok(Some(found)),
            None => {
                let made = self.pretrained(wording, key, &folder, observer)?;
                Ok(made.map(|(_, pretraining)| pretraining))
            }
        }
    }

    /// A random twin, whose seed is far from those of pretraining.
    fn drawn(&self, wording: &Wording, key: &WeightKey, seed: u64) -> Result<MaskedLm, Error> {
        let config = wording.config(key.arm, self.options)?;
        let seed = self.options.seed.wrapping_add(1 << 40).wrapping_add(seed);
        Ok(MaskedLm::new(&config, seed, self.device)?)
    }

    /// Trains a model, measures it and writes both down.
    fn pretrained(
        &self,
        wording: &Wording,
        key: &WeightKey,
        folder: &Path,
        observer: &mut dyn TransferObserver,
    ) -> Result<Option<(MaskedLm, Pretraining)>, Error> {
        let config = wording.config(key.arm, self.options)?;
        let Some((model, read)) = self.trained(wording, key, &config, folder, observer)? else {
            return Ok(None);
        };
        let pretraining = self.judged(wording, key, &model, read)?;
        model.folder(folder).as_file()?;
        let stored = Stored {
            study: self.study.into(),
            pretraining: pretraining.clone(),
        };
        // Last: what has it is whole.
        write_json(&folder.join(PRETRAINING), &stored)?;
        Ok(Some((model, pretraining)))
    }

    fn path(&self, wording: &Wording, key: &WeightKey) -> PathBuf {
        let task = key
            .task
            .map_or(String::new(), |(task, fold)| format!("-{task}-{fold}"));
        let name = format!("{}{task}", key.arm);
        self.folder
            .join("models")
            .join(wording.arm.name())
            .join(name)
    }

    /// What a folder's model has read, if there is one of this study.
    fn stored(&self, folder: &Path) -> Result<Option<Pretraining>, Error> {
        let path = folder.join(PRETRAINING);
        if !path.exists() {
            return Ok(None);
        }
        let stored: Stored = read_json(&path)?;
        if stored.study == self.study {
            return Ok(Some(stored.pretraining));
        }
        Err(Error::Transfer(dissensus_transfer::Error::Foreign {
            path,
            found: format!("study {}", stored.study),
            expected: format!("study {}", self.study),
        }))
    }

    /// What an arm reads.
    fn texts(&self, key: &WeightKey) -> Vec<String> {
        match (key.arm, key.task) {
            (TransferArm::Shuffled, _) => shuffled(&self.data.training, self.options.seed),
            (_, Some((task, fold))) => {
                let task = &self.data.tasks[task];
                let rows = task.folds.iter().nth(fold).map(|fold| &fold.train[..]);
                let rows = rows.unwrap_or_default().iter();
                rows.map(|&row| task.sequences[row].clone()).collect()
            }
            _ => self.data.training.clone(),
        }
    }

    fn trained(
        &self,
        wording: &Wording,
        key: &WeightKey,
        config: &Config,
        folder: &Path,
        observer: &mut dyn TransferObserver,
    ) -> Result<Option<(MaskedLm, Read)>, Error> {
        let texts = self.texts(key);
        let specials = wording.specials();
        let mask = wording.tokenizer.specials().require(Role::Mask)?;
        let masking = self
            .options
            .recipe
            .masking(config.vocab_size, mask, &specials);
        let data = Data::new(wording.ids(&texts)?, vec![], masking);
        let steps = self.options.steps();
        let base = self.options.seed.wrapping_mul(1 << 32);
        let settings = self.options.recipe.training(TrainingConfig {
            budget: Budget::Steps(steps),
            seeds: Seeds {
                init: base,
                order: base.wrapping_add(1),
                masks: base.wrapping_add(2),
                dropout: base.wrapping_add(3),
            },
            ..TrainingConfig::default()
        });
        let state = folder.join("state");
        let batch = settings.batch;
        let fresh = || MaskedLm::new(config, base, self.device);
        let begun = state
            .exists()
            .then(|| Trainer::resume(&state, settings.clone(), data.clone(), self.device));
        let mut trainer = match begun {
            // A folder without a checkpoint was left by a crash.
            None | Some(Err(dissensus_lm::Error::Empty { .. })) => {
                Trainer::new(fresh()?, settings, data)?
            }
            Some(resumed) => resumed?,
        };
        let name = format!("{}, {}", wording.arm, key.arm);
        while let Some(step) = trainer.step()? {
            let stops = observer.pretraining(&name, &step).is_break();
            if stops || step.step.is_multiple_of(self.options.checkpoint_every) {
                trainer.save(&state)?;
            }
            if stops {
                return Ok(None);
            }
        }
        if state.exists() {
            let file = |source| Error::File {
                path: state.clone(),
                source,
            };
            fs::remove_dir_all(&state).map_err(file)?;
        }
        Ok(Some((
            trainer.model(),
            Read {
                bases: bases(&texts, batch, steps),
                steps,
            },
        )))
    }

    /// The loss of a model on held-out DNA.
    fn judged(
        &self,
        wording: &Wording,
        key: &WeightKey,
        model: &MaskedLm,
        read: Read,
    ) -> Result<Pretraining, Error> {
        let held_out = &self.data.held_out[..self.data.held_out.len().min(self.options.held_out)];
        let specials = wording.tokenizer.specials();
        let size = wording.tokenizer.vocabulary().len();
        let mask = specials.require(Role::Mask)?;
        let masking = Masking::analysis(size, mask, &wording.specials());
        let masked = masking.mask_all(&wording.ids(held_out)?, MASKS)?;
        let found = evaluate(model, &masked, 64)?;
        let symbols = wording.letters()?;
        let targets = masked.iter().flat_map(|masked| &masked.targets);
        let bases: usize = targets.map(|&id| symbols[id as usize].len()).sum();
        let nats = found.loss * found.hidden as f64;
        let task = key
            .task
            .map(|(task, fold)| (self.data.tasks[task].name.clone(), fold));
        Ok(Pretraining {
            model: wording.arm.name().into(),
            arm: key.arm,
            task,
            bases_seen: read.bases,
            steps: read.steps,
            bits_per_base: nats / std::f64::consts::LN_2 / bases as f64,
        })
    }
}

const PRETRAINING: &str = "pretraining.json";

/// The bases of each window in another order: its composition and nothing else of it.
fn shuffled(windows: &[String], seed: u64) -> Vec<String> {
    let one = |(index, window): (usize, &String)| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index as u64);
        let mut bases = window.as_bytes().to_vec();
        bases.shuffle(&mut rng);
        String::from_utf8_lossy(&bases).into_owned()
    };
    windows.iter().enumerate().map(one).collect()
}

/// Bases that so many steps read: whole passes, and of the last one its share.
fn bases(texts: &[String], batch: usize, steps: u64) -> u64 {
    let total: usize = texts.iter().map(String::len).sum();
    let epoch = texts.len().div_ceil(batch) as u64;
    let rest = (steps % epoch) * batch as u64;
    let rest = rest as f64 * total as f64 / texts.len() as f64;
    steps / epoch * total as u64 + rest.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_keeps_the_bases_of_a_window() {
        let windows = vec!["AACCGGTTACGTACGTAAAA".to_string(); 2];
        let found = shuffled(&windows, 3);
        let sorted = |text: &str| {
            let mut bases = text.as_bytes().to_vec();
            bases.sort_unstable();
            bases
        };
        assert_eq!(sorted(&found[0]), sorted(&windows[0]));
        assert!(found[0] != windows[0] && found[0] != found[1]);
        assert_eq!(found, shuffled(&windows, 3));
    }

    #[test]
    fn bases_are_counted_over_passes() {
        let texts = vec!["A".repeat(10); 10];
        assert_eq!(bases(&texts, 4, 3), 100); // one pass
        assert_eq!(bases(&texts, 4, 7), 240); // two, and a batch of four
    }
}
