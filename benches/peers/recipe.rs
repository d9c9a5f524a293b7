//! Our side of `benches/peers/recipe`: whole training runs of the default recipe.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use burn::tensor::{Device, Tensor};
use dissensus_bert::{
    Budget, Config, Data, Masked, MaskedLm, Masking, Pass, Recipe, Seeds, Sizes, Trainer,
    TrainingConfig,
};
use dissensus_input::{Documents, InputParams, Modality, SequenceParams};
use dissensus_lm::{Error, Objective};
use dissensus_measure::documents_of_source;
use dissensus_source::{TextLike, TextParams};
use dissensus_study::Arm;
use dissensus_tokenize::{Role, Tokenizer};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::steps;
use crate::turn::Turn;

const VOCABULARY: usize = 256;
const SYMBOLS: usize = 1_000_000;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    turn: Turn,
    /// Of the whole schedule.
    #[arg(long)]
    steps: u64,
    /// Of weights, order and masks.
    #[arg(long)]
    seed: u64,
    /// A text file; the built-in source where it is empty.
    #[arg(long)]
    text: String,
    /// Writes the weights before the first step and the masked batches of all steps.
    #[arg(long)]
    write: bool,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let (tokenizer, sequences) = options.data()?;
    let recipe = Recipe::efficient();
    let specials = tokenizer.specials();
    let kept: Vec<u32> = specials.ids().collect();
    let masking = recipe.masking(
        tokenizer.vocabulary().len(),
        specials.require(Role::Mask)?,
        &kept,
    );
    let model = options.model(&recipe, &masking)?;
    let settings = options.settings(&recipe);
    if options.write {
        model.save(options.turn.work.join("model"))?;
        let recorded = Recorded::new(masking);
        let data = Data::new(sequences, vec![], recorded.clone());
        steps::timed(Trainer::new(model, settings, data)?, 0)?;
        let batches = recorded.batches(recipe.batch);
        return steps::write(&options.turn.work.join("steps.json"), batches);
    }
    let trainer = Trainer::new(model, settings, Data::new(sequences, vec![], masking))?;
    println!("{}", steps::timed(trainer, 0)?);
    Ok(())
}

/// Token ids by sequence.
type Sequences = Vec<Vec<u32>>;

impl Options {
    /// Sequences of as many tokens as the case says, in full batches.
    fn data(&self) -> Result<(Box<dyn Tokenizer>, Sequences)> {
        let documents = if self.text.is_empty() {
            let source = TextLike::new(&TextParams::small())?;
            documents_of_source(&source, Modality::Text, SYMBOLS, 1)
        } else {
            let params = InputParams::new(Modality::Text);
            Documents::open(&[PathBuf::from(&self.text)], &params)?
        };
        let tokenizer = Arm::TextBpe.tokenizer(&documents, VOCABULARY, 0)?;
        let positions = self.positions()?;
        let params = SequenceParams::default().with_max_length(positions);
        let encoded = documents.encode(tokenizer.as_ref(), &params)?;
        let mut sequences = encoded.training.iter().collect::<Result<Vec<_>, _>>()?;
        sequences.retain(|ids| ids.len() == positions);
        let batch = Recipe::efficient().batch;
        sequences.truncate(sequences.len() / batch * batch);
        Ok((tokenizer, sequences))
    }

    fn positions(&self) -> Result<usize> {
        let (_, positions) = self.turn.case.split_once('-').unwrap_or_default();
        Ok(positions.parse()?)
    }

    fn model(&self, recipe: &Recipe, masking: &Masking) -> Result<MaskedLm> {
        let shape = Config {
            vocab_size: masking.vocabulary,
            max_position_embeddings: self.positions()?,
            ..Config::preset("tiny")?
        };
        let device: Device = self.turn.device()?;
        Ok(MaskedLm::new(&recipe.config(shape), self.seed, &device)?)
    }

    fn settings(&self, recipe: &Recipe) -> TrainingConfig {
        recipe.training(
            TrainingConfig::default()
                .with_budget(Budget::Steps(self.steps))
                .with_seeds(Seeds {
                    init: self.seed,
                    order: self.seed,
                    masks: self.seed,
                    dropout: self.seed,
                }),
        )
    }
}

/// Masking that keeps what it has masked, in the order of training.
#[derive(Debug, Clone, Serialize)]
struct Recorded {
    masking: Masking,
    #[serde(skip)]
    examples: Arc<Mutex<Vec<Masked>>>,
}

impl Recorded {
    fn new(masking: Masking) -> Self {
        Self {
            masking,
            examples: Arc::default(),
        }
    }

    fn batches(&self, size: usize) -> Vec<Vec<Masked>> {
        let examples = self.examples.lock().expect("nothing panics while it holds");
        examples.chunks(size).map(<[Masked]>::to_vec).collect()
    }
}

impl Objective<MaskedLm> for Recorded {
    fn check(&self, sizes: &Sizes) -> Result<(), Error> {
        Objective::<MaskedLm>::check(&self.masking, sizes)
    }

    fn example(&self, ids: &[u32], rng: &mut ChaCha8Rng) -> Masked {
        let masked = Objective::<MaskedLm>::example(&self.masking, ids, rng);
        let mut examples = self.examples.lock().expect("nothing panics while it holds");
        examples.push(masked.clone());
        masked
    }

    fn logits(
        &self,
        model: &MaskedLm,
        examples: &[Masked],
        pass: &Pass,
    ) -> Result<Option<Tensor<2>>, Error> {
        self.masking.logits(model, examples, pass)
    }
}
