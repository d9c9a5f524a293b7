//! Our side of `benches/peers/zoo`: forward passes of a published architecture, or steps of its training.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use burn::tensor::{Device, TensorData};
use clap::Parser;
use dissensus_lm::{
    Batch, Budget, CausalLanguageModel, Data, Masked, MaskedLanguageModel, Masking, Pass, Seeds,
    Trainer, TrainingConfig,
};
use dissensus_zoo::{FamilyVisitor, Published, ZooModel, load, random_twin, visit_model};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Passes or steps before the clock starts.
const WARM_UP: usize = 1;
const MASK: u32 = 4;
const SPECIAL: [u32; 5] = [0, 1, 2, 3, MASK];
const MASKS_SEED: u64 = 5;

#[derive(Parser)]
struct Options {
    #[arg(long)]
    work: PathBuf,
    #[arg(long)]
    case: String,
    /// Of the script alone.
    #[arg(long)]
    batch: usize,
    /// Of the script alone.
    #[arg(long)]
    scale: usize,
    #[arg(long)]
    passes: usize,
    /// Of the script alone.
    #[arg(long)]
    small: u32,
    /// Writes the weights, and the masked batches of all steps, instead of timing anything.
    #[arg(long)]
    write: bool,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let sequences: Vec<Vec<u32>> = read(&options.work.join("sequences.json"))?;
    if options.write {
        return write(&options, &sequences);
    }
    let folder = options.work.join("model");
    let answer = match options.case.ends_with("-step") {
        true => visit_model(&folder, &Device::flex(), Train(&options, sequences))?,
        false => forward(&options, &*load(&folder, &Device::flex())?, &sequences),
    };
    println!(
        "{}",
        answer.with_context(|| format!("case {}", options.case))?
    );
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_slice(&bytes)?)
}

fn write(options: &Options, sequences: &[Vec<u32>]) -> Result<()> {
    let config: Value = read(&options.work.join("config.json"))?;
    let twin = random_twin(&config, 3, &Device::flex())?;
    let folder = options.work.join("model");
    fs::create_dir_all(&folder)?;
    twin.save(&folder)?;
    let masking = masking(twin.sizes().vocabulary);
    let mask = |epoch: usize, index: usize| {
        masking.mask(&sequences[index], MASKS_SEED, epoch as u64, index as u64)
    };
    let row = |masked: Masked| (masked.ids, masked.positions, masked.targets);
    let step = |epoch| {
        let rows = (0..sequences.len()).map(|index| Ok(row(mask(epoch, index)?)));
        rows.collect::<Result<Vec<_>>>()
    };
    let steps = (0..WARM_UP + options.passes).map(step);
    let steps = steps.collect::<Result<Vec<_>>>()?;
    fs::write(options.work.join("steps.json"), serde_json::to_vec(&steps)?)?;
    Ok(())
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
    for _ in 0..WARM_UP + options.passes {
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
    Ok(json!({ "seconds": median(seconds), "sums": sums(&logits) }))
}

/// The median behind the warm-up.
fn median(mut seconds: Vec<f64>) -> f64 {
    let mut timed = seconds.split_off(WARM_UP);
    timed.sort_by(f64::total_cmp);
    timed[timed.len() / 2]
}

/// Something of every element: the root mean square, and a sum with signs.
fn sums(data: &TensorData) -> [f64; 2] {
    let (mut squares, mut signed, mut count) = (0.0, 0.0, 0_usize);
    for x in data.iter::<f64>() {
        squares += x * x;
        signed += if count % 3 == 1 { -x } else { x };
        count += 1;
    }
    [(squares / count as f64).sqrt(), signed / count as f64]
}

/// Steps of training, each over all sequences.
struct Train<'a>(&'a Options, Vec<Vec<u32>>);

impl FamilyVisitor for Train<'_> {
    type Output = Result<Value>;

    fn masked<M: Published + MaskedLanguageModel>(self, model: M) -> Self::Output {
        let Self(options, sequences) = self;
        let masking = masking(model.sizes().vocabulary);
        let config = TrainingConfig {
            warmup: 0.0,
            batch: sequences.len(),
            budget: Budget::Epochs((WARM_UP + options.passes) as u64),
            seeds: Seeds {
                masks: MASKS_SEED,
                ..Seeds::default()
            },
            ..TrainingConfig::default()
        };
        let data = Data::new(sequences, Vec::new(), masking);
        let mut trainer = Trainer::new(model, config, data)?;
        let (mut losses, mut seconds) = (Vec::new(), Vec::new());
        loop {
            let start = Instant::now();
            let Some(step) = trainer.step()? else { break };
            seconds.push(start.elapsed().as_secs_f64());
            losses.push(step.loss);
        }
        Ok(json!({ "seconds": median(seconds), "losses": losses }))
    }

    fn causal<M: Published + CausalLanguageModel>(self, _: M) -> Self::Output {
        bail!("steps are compared for masked models only")
    }
}
