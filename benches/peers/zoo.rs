//! Our side of `benches/peers/zoo`: forward passes of a published architecture, or steps of its
//! training.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use dissensus_layers::product::{Matrix, Threads, product};
use dissensus_lm::{
    Batch, CausalLanguageModel, Data, MaskedLanguageModel, Masking, Pass, Trainer, tensor_shapes,
};
use dissensus_zoo::{FamilyVisitor, Published, ZooModel, load, random_twin, visit_model};
use serde_json::{Value, json};

use crate::steps;
use crate::sums::sums;
use crate::turn::Turn;

const MASK: u32 = 4;
const SPECIAL: [u32; 5] = [0, 1, 2, 3, MASK];
/// Parameters of two axes in the layers that no product with all positions has.
const NO_FACTORS: [&str; 3] = ["A_log", "implicit_filter", "pos_emb"];

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    turn: Turn,
    /// Of the script alone.
    #[arg(long)]
    batch: usize,
    /// Of the script alone.
    #[arg(long)]
    scale: usize,
    #[arg(long)]
    passes: usize,
    /// Passes or steps before the clock starts.
    #[arg(long)]
    warm_up: usize,
    /// Of the script alone.
    #[arg(long)]
    small: u32,
    /// Writes the weights, and the masked batches of all steps, instead of timing anything.
    #[arg(long)]
    write: bool,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let sequences: Vec<Vec<u32>> = read(&options.turn.work.join("sequences.json"))?;
    if options.write {
        return write(&options, &sequences);
    }
    let folder = options.turn.work.join("model");
    let device = options.turn.device()?;
    let answer = match options.turn.case.ends_with("-step") {
        true => visit_model(&folder, &device, Train(&options, sequences))?,
        false => forward(&options, &*load(&folder, &device)?, &sequences),
    };
    println!(
        "{}",
        answer.with_context(|| format!("case {}", options.turn.case))?
    );
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_slice(&bytes)?)
}

fn write(options: &Options, sequences: &[Vec<u32>]) -> Result<()> {
    let config: Value = read(&options.turn.work.join("config.json"))?;
    let twin = random_twin(&config, 3, &Device::flex())?;
    let folder = options.turn.work.join("model");
    fs::create_dir_all(&folder)?;
    twin.save(&folder)?;
    let masking = masking(twin.sizes().vocabulary);
    let batches = steps::batches(&masking, sequences, options.warm_up + options.passes)?;
    steps::write(&options.turn.work.join("steps.json"), batches)
}

fn masking(vocabulary: usize) -> Masking {
    Masking::training(vocabulary, MASK, &SPECIAL)
}

/// Logits of every position.
fn forward(options: &Options, model: &dyn ZooModel, sequences: &[Vec<u32>]) -> Result<Value> {
    let batch = Batch::new(sequences, &model.sizes())?;
    let all = 0..sequences.len() * sequences.first().map_or(0, Vec::len);
    let all: Vec<usize> = all.collect();
    let pass = Pass::default();
    let (mut seconds, mut logits) = (Vec::new(), None);
    for _ in 0..options.warm_up + options.passes {
        let start = Instant::now();
        let found = match (model.masked(), model.causal()) {
            (Some(model), _) => model.logits_at(&batch, &all, &pass),
            (_, Some(model)) => model.next_logits(&batch, &all, &pass),
            _ => bail!("a model without a head"),
        };
        logits = Some(found.into_data());
        seconds.push(start.elapsed().as_secs_f64());
    }
    let logits = logits.context("no pass")?;
    Ok(json!({
        "seconds": steps::median(seconds, options.warm_up),
        "products": products(options, all.len())?,
        "sums": sums(&logits),
    }))
}

/// Seconds of the matrix products alone that these positions need: what no code around them can
/// save.
fn products(options: &Options, positions: usize) -> Result<f64> {
    // Shapes alone: a second copy of the weights would count in the peak of our memory.
    let tensors = tensor_shapes(&options.turn.work.join("model"))?;
    let weights = tensors.into_iter().filter(|(name, shape)| {
        let numbered = name.split('.').any(|part| part.parse::<usize>().is_ok());
        numbered && shape.len() == 2 && !NO_FACTORS.iter().any(|part| name.contains(part))
    });
    let strands = if options.turn.case == "caduceus-ps" {
        2
    } else {
        1
    };
    let mut spent = 0.0;
    for (_, shape) in weights {
        let [outputs, inputs] = shape[..].try_into()?;
        let (a, b) = (
            vec![0.5; strands * positions * inputs],
            vec![0.5; inputs * outputs],
        );
        let a = Matrix::row_major(&a, strands * positions, inputs);
        let start = Instant::now();
        std::hint::black_box(product(
            a,
            Matrix::row_major(&b, inputs, outputs),
            Threads::All,
        ));
        spent += start.elapsed().as_secs_f64();
    }
    Ok(spent)
}

/// Steps of training, each over all sequences.
struct Train<'a>(&'a Options, Vec<Vec<u32>>);

impl FamilyVisitor for Train<'_> {
    type Output = Result<Value>;

    fn masked<M: Published + MaskedLanguageModel>(self, model: M) -> Self::Output {
        let Self(options, sequences) = self;
        let masking = masking(model.sizes().vocabulary);
        let config = steps::settings(sequences.len(), options.warm_up + options.passes);
        let trainer = Trainer::new(model, config, Data::new(sequences, Vec::new(), masking))?;
        steps::timed(trainer, options.warm_up)
    }

    fn causal<M: Published + CausalLanguageModel>(self, _: M) -> Self::Output {
        bail!("steps are compared for masked models only")
    }
}
