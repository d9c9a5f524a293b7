//! A tiny input of every comparison, so that our side of each can be run without its peer:
//! `.ci/peers`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm, Masking};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Numbers of an input of one kind.
const NUMBERS: usize = 4096;
const SEQUENCES: usize = 4;
const LENGTH: usize = 16;

#[derive(clap::Args)]
pub struct Options {
    /// Gets one folder a comparison.
    #[arg(long)]
    work: PathBuf,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let folder = |name: &str| -> Result<PathBuf> {
        let folder = options.work.join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    };
    let divergence = folder("divergence")?;
    numbers(&divergence.join("logits.f32"), &mut rng)?;
    classes(&divergence.join("targets.u32"), NUMBERS, 8)?;
    numbers(&folder("alignment")?.join("tables.f32"), &mut rng)?;
    numbers(&folder("scan")?.join("numbers.f32"), &mut rng)?;
    let probe = folder("probe")?;
    numbers(&probe.join("features.f32"), &mut rng)?;
    classes(&probe.join("labels.u32"), NUMBERS / 4, 3)?;
    let mut base = |_| ['A', 'C', 'G', 'T'][rng.random_range(0..4)];
    let windows: Vec<String> = (0..8).map(|_| (0..512).map(&mut base).collect()).collect();
    fs::write(folder("tokenize")?.join("dna.txt"), windows.join("\n"))?;
    models(&folder("fisher")?, &folder("training")?, &mut rng)
}

/// Little-endian numbers between -1 and 1.
fn numbers(path: &Path, rng: &mut ChaCha8Rng) -> Result<()> {
    let mut number = |_| rng.random_range(-1.0_f32..1.0).to_le_bytes();
    let bytes: Vec<u8> = (0..NUMBERS).flat_map(&mut number).collect();
    Ok(fs::write(path, bytes)?)
}

/// So many little-endian numbers below `classes`, in turn.
fn classes(path: &Path, count: usize, classes: u32) -> Result<()> {
    let all = (0..count as u32).flat_map(|i| (i % classes).to_le_bytes());
    Ok(fs::write(path, all.collect::<Vec<u8>>())?)
}

/// One model for both; sequences that are masked for the one and whole for the other.
fn models(fisher: &Path, training: &Path, rng: &mut ChaCha8Rng) -> Result<()> {
    let config = Config::preset("tiny")?;
    let model = MaskedLm::new(&config, 1, &Device::flex())?;
    for folder in [fisher, training] {
        model.save(folder.join("model"))?;
    }
    let vocabulary = config.vocab_size;
    let mut token = |_| rng.random_range(5..vocabulary as u32);
    let whole: Vec<Vec<u32>> = (0..SEQUENCES)
        .map(|_| (0..LENGTH).map(&mut token).collect())
        .collect();
    let masking = Masking::training(vocabulary, 4, &[0, 1, 2, 3, 4]);
    let masked: Vec<_> = (whole.iter().zip(0..))
        .map(|(ids, index)| masking.mask(ids, 1, 0, index))
        .collect::<Result<_, _>>()?;
    fs::write(fisher.join("sequences.json"), serde_json::to_vec(&masked)?)?;
    let whole = serde_json::to_vec(&whole)?;
    Ok(fs::write(training.join("sequences.json"), whole)?)
}
