//! The models of a transfer study: pretrained, or drawn.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm, Masking};
use dissensus_lm::{
    Budget, CausalLanguageModel, Data, Devices, MaskedLanguageModel, Seeds, TrainableModel,
    Trainer, TrainingConfig, evaluate, evaluate_next,
};
use dissensus_tokenize::{Framing, Role, Tokenizer};
use dissensus_transfer::TransferArm;
use dissensus_zoo::{Esm, EsmConfig};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{Architecture, FolderModel, TransferData, TransferObserver, TransferOptions};
use crate::any_model::masked_model;
use crate::json::{check_folder, read_json, seal_folder, write_json};
use crate::{AnyModel, Arm, Error, open_model};

/// What a model was trained on before it met a task, and how well it predicts DNA that it has not
/// seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pretraining {
    /// Its tokenizer, or its folder.
    pub model: String,
    /// What its weights come from.
    pub arm: TransferArm,
    /// The task and fold whose sequences it read, where it read those.
    pub task: Option<(String, usize)>,
    /// Bases that it read, those read twice counted twice; none where it was not pretrained here.
    pub bases_seen: Option<u64>,
    /// Steps that it took; none where it was not pretrained here.
    pub steps: Option<u64>,
    /// Its loss on held-out DNA, bits a base: that of the masked tokens, or of every token but the
    /// first where a model predicts the next one, over the bases that they stand for. None for an
    /// encoder without a head, and where there is no such DNA.
    #[serde(with = "dissensus_kernels::non_finite", default)]
    pub bits_per_base: Option<f64>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    study: String,
    pretraining: Pretraining,
}

/// A tokenizer with its model's shape, or with the folder that both are in.
pub(super) struct Wording {
    pub(super) name: String,
    pub(super) tokenizer: Box<dyn Tokenizer>,
    framing: Framing,
    /// The model of the folder.
    folder: Option<Rc<dyn AnyModel>>,
}

impl Wording {
    /// By the name that a model has in the plan.
    pub(super) fn new(
        name: &str,
        options: &TransferOptions,
        data: &TransferData,
        device: &Device,
    ) -> Result<Self, Error> {
        match options.folders.iter().find(|own| own.name == name) {
            Some(folder) => Self::of_folder(folder, device),
            None => Self::pretrained(name.parse()?, options, data),
        }
    }

    fn pretrained(arm: Arm, options: &TransferOptions, data: &TransferData) -> Result<Self, Error> {
        let tokenizer = arm.tokenizer(&data.documents, options.vocabulary, options.kmer)?;
        let mut framing = tokenizer.framing();
        if options.architecture == Architecture::Rotary {
            // As its folder is read again: the Nucleotide Transformer has nothing behind a
            // sequence.
            framing.after.clear();
        }
        Ok(Self {
            name: arm.name().into(),
            tokenizer,
            framing,
            folder: None,
        })
    }

    fn of_folder(own: &FolderModel, device: &Device) -> Result<Self, Error> {
        let (model, tokenizer) = open_model(&own.folder, device)?;
        Ok(Self {
            name: own.name.clone(),
            framing: tokenizer.framing(),
            tokenizer,
            folder: Some(model.into()),
        })
    }

    /// Ids with special tokens around them.
    pub(super) fn ids<S: AsRef<str>>(&self, texts: &[S]) -> Result<Vec<Vec<u32>>, Error> {
        let framing = &self.framing;
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

    /// The same depth and widths with rotary positions and gated networks.
    fn rotary(&self, config: &Config) -> EsmConfig {
        let specials = self.tokenizer.specials();
        let mut shape = EsmConfig::default();
        shape.vocab_size = config.vocab_size;
        shape.hidden_size = config.hidden_size;
        shape.num_hidden_layers = config.num_hidden_layers;
        shape.num_attention_heads = config.num_attention_heads;
        shape.intermediate_size = config.intermediate_size;
        shape.hidden_dropout_prob = config.hidden_dropout_prob;
        shape.attention_probs_dropout_prob = config.attention_probs_dropout_prob;
        shape.initializer_range = config.initializer_range;
        shape.pad_token_id = specials.id(Role::Pad);
        shape.mask_token_id = specials.id(Role::Mask);
        shape.position_embedding_type = "rotary".into();
        shape.add_bias_fnn = Some(false);
        shape
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
    bases: Option<u64>,
    steps: Option<u64>,
}

impl Read {
    const NOTHING: Self = Self {
        bases: Some(0),
        steps: Some(0),
    };
}

/// A model and the bases that it has read, where they were counted.
type WithBases = (Rc<dyn AnyModel>, Option<u64>);

/// A model and what was done to it.
type PreparedModel = (Box<dyn AnyModel>, Pretraining);

/// Makes models, or opens those that are there.
pub(super) struct Models<'a> {
    pub(super) options: &'a TransferOptions,
    pub(super) data: &'a TransferData,
    pub(super) folder: &'a Path,
    pub(super) devices: &'a Devices,
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
    ) -> Result<Option<WithBases>, Error> {
        if let Some(seed) = key.seed {
            return Ok(Some((self.drawn(wording, key, seed)?.into(), Some(0))));
        }
        if let Some(model) = &wording.folder {
            return Ok(Some((Rc::clone(model), None)));
        }
        let folder = self.path(wording, key);
        if let Some(found) = self.stored(&folder)? {
            check_folder(
                &folder,
                "delete the folder it is in, and the model is trained again",
            )?;
            let (model, _) = open_model(&folder, self.devices.first())?;
            return Ok(Some((model.into(), found.bases_seen)));
        }
        let made = self.pretrained(wording, key, &folder, observer)?;
        Ok(made.map(|(model, pretraining)| (model.into(), pretraining.bases_seen)))
    }

    /// What a model has read and what it loses on held-out DNA; `None` if the observer stopped its
    /// training.
    pub(super) fn pretraining(
        &self,
        wording: &Wording,
        key: &WeightKey,
        observer: &mut dyn TransferObserver,
    ) -> Result<Option<Pretraining>, Error> {
        if let Some(seed) = key.seed {
            let model = self.drawn(wording, key, seed)?;
            let found = self.judged(wording, key, model.as_ref(), Read::NOTHING)?;
            return Ok(Some(found));
        }
        if let Some(model) = &wording.folder {
            let found = self.judged(wording, key, model.as_ref(), Read::default())?;
            return Ok(Some(found));
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
    fn drawn(
        &self,
        wording: &Wording,
        key: &WeightKey,
        seed: u64,
    ) -> Result<Box<dyn AnyModel>, Error> {
        let seed = self.options.seed.wrapping_add(1 << 40).wrapping_add(seed);
        let device = self.devices.first();
        if let Some(model) = &wording.folder {
            return model.twin(seed, device);
        }
        let config = wording.config(key.arm, self.options)?;
        Ok(match self.options.architecture {
            Architecture::Bert => masked_model(MaskedLm::new(&config, seed, device)?),
            Architecture::Rotary => {
                masked_model(Esm::fresh(&wording.rotary(&config), seed, device)?)
            }
        })
    }

    /// Trains a model, measures it and writes both down.
    fn pretrained(
        &self,
        wording: &Wording,
        key: &WeightKey,
        folder: &Path,
        observer: &mut dyn TransferObserver,
    ) -> Result<Option<PreparedModel>, Error> {
        let config = wording.config(key.arm, self.options)?;
        match self.options.architecture {
            Architecture::Bert => {
                self.pretrained_as::<MaskedLm>(&config, wording, key, folder, observer)
            }
            Architecture::Rotary => {
                let config = wording.rotary(&config);
                self.pretrained_as::<Esm>(&config, wording, key, folder, observer)
            }
        }
    }

    fn pretrained_as<M: TrainableModel + MaskedLanguageModel>(
        &self,
        config: &M::Config,
        wording: &Wording,
        key: &WeightKey,
        folder: &Path,
        observer: &mut dyn TransferObserver,
    ) -> Result<Option<PreparedModel>, Error> {
        let trained = self.trained::<M>(wording, key, config, folder, observer)?;
        let Some((model, read)) = trained else {
            return Ok(None);
        };
        model.folder(folder).as_file()?;
        wording.tokenizer.save(folder)?;
        seal_folder(folder)?;
        let model = masked_model(model);
        let pretraining = self.judged(wording, key, model.as_ref(), read)?;
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
        self.folder.join("models").join(&wording.name).join(name)
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

    fn settings(&self, steps: u64) -> TrainingConfig {
        let base = self.options.seed.wrapping_mul(1 << 32);
        self.options.training(
            TrainingConfig::default()
                .with_budget(Budget::Steps(steps))
                .with_seeds(Seeds {
                    init: base,
                    order: base.wrapping_add(1),
                    masks: base.wrapping_add(2),
                    dropout: base.wrapping_add(3),
                }),
        )
    }

    fn trained<M: TrainableModel + MaskedLanguageModel>(
        &self,
        wording: &Wording,
        key: &WeightKey,
        config: &M::Config,
        folder: &Path,
        observer: &mut dyn TransferObserver,
    ) -> Result<Option<(M, Read)>, Error> {
        let texts = self.texts(key);
        let specials = wording.specials();
        let mask = wording.tokenizer.specials().require(Role::Mask)?;
        let size = wording.tokenizer.vocabulary().len();
        let masking = self.options.recipe.masking(size, mask, &specials);
        let data = Data::new(wording.ids(&texts)?, vec![], masking);
        let steps = self.options.steps();
        let settings = self.settings(steps);
        let (state, batch) = (folder.join("state"), settings.batch);
        let mut trainer = self.trainer::<M>(config, &state, settings, data)?;
        let name = format!("{}, {}", wording.name, key.arm);
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
            fs::remove_dir_all(&state).map_err(|source| Error::File {
                path: state,
                source,
            })?;
        }
        let read = Read {
            bases: Some(bases(&texts, batch, steps)),
            steps: Some(steps),
        };
        Ok(Some((trainer.model(), read)))
    }

    /// The trainer of a model: from its last checkpoint, or anew.
    fn trainer<M: TrainableModel + MaskedLanguageModel>(
        &self,
        config: &M::Config,
        state: &Path,
        settings: TrainingConfig,
        data: Data<Masking>,
    ) -> Result<Trainer<M, Masking>, Error> {
        let device = self.devices.first();
        let fresh = || M::fresh(config, settings.seeds.init, device);
        let resume = || Trainer::resume(state, settings.clone(), data.clone(), device);
        let trainer = match state.exists().then(resume) {
            // A folder without a checkpoint was left by a crash.
            None | Some(Err(dissensus_lm::Error::Empty { .. })) => {
                Trainer::new(fresh()?, settings, data)?
            }
            Some(resumed) => resumed?,
        };
        Ok(trainer.with_replicas(self.devices.others())?)
    }

    /// What a model read beside its loss on held-out DNA.
    fn judged(
        &self,
        wording: &Wording,
        key: &WeightKey,
        model: &dyn AnyModel,
        read: Read,
    ) -> Result<Pretraining, Error> {
        let held_out = &self.data.held_out[..self.data.held_out.len().min(self.options.held_out)];
        let bits_per_base = match (model.masked(), model.causal()) {
            _ if held_out.is_empty() => None,
            (Some(model), _) => Some(masked_bits(model, wording, held_out)?),
            (None, Some(model)) => Some(causal_bits(model, wording, held_out)?),
            (None, None) => None,
        };
        let task = key
            .task
            .map(|(task, fold)| (self.data.tasks[task].name.clone(), fold));
        Ok(Pretraining {
            model: wording.name.clone(),
            arm: key.arm,
            task,
            bases_seen: read.bases,
            steps: read.steps,
            bits_per_base,
        })
    }
}

/// The loss at masked tokens, bits a base.
fn masked_bits(
    model: &dyn MaskedLanguageModel,
    wording: &Wording,
    held_out: &[String],
) -> Result<f64, Error> {
    let size = wording.tokenizer.vocabulary().len();
    let mask = wording.tokenizer.specials().require(Role::Mask)?;
    let masking = Masking::analysis(size, mask, &wording.specials());
    let masked = masking.mask_all(&wording.ids(held_out)?, MASKS)?;
    let found = evaluate(model, &masked, 64)?;
    let targets = masked.iter().flat_map(|masked| &masked.targets);
    bits_a_base(found.loss * found.predicted as f64, targets, wording)
}

/// The loss at every token but the first, without special ones, bits a base.
fn causal_bits(
    model: &dyn CausalLanguageModel,
    wording: &Wording,
    held_out: &[String],
) -> Result<f64, Error> {
    let bare = |text: &String| Ok(wording.tokenizer.encode(text)?.ids);
    let ids: Vec<Vec<u32>> = held_out.iter().map(bare).collect::<Result<_, Error>>()?;
    let found = evaluate_next(model, &ids, 64)?;
    let targets = ids.iter().flat_map(|ids| ids.iter().skip(1));
    bits_a_base(found.loss * found.predicted as f64, targets, wording)
}

/// A loss in nats over the bases that tokens stand for.
fn bits_a_base<'a>(
    nats: f64,
    targets: impl Iterator<Item = &'a u32>,
    wording: &Wording,
) -> Result<f64, Error> {
    let letters = wording.letters()?;
    let bases: usize = targets.map(|&id| letters[id as usize].len()).sum();
    Ok(nats / std::f64::consts::LN_2 / bases as f64)
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

/// Bases that so many steps read: whole passes, and of the last one a part.
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
