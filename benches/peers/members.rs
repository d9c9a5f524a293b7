//! Two members side by side with half of the threads each, against one after the other with all of
//! them.
//!
//! `cargo bench --bench peers -- members --rounds 7`: pairs in alternating order; a ratio above 1
//! speaks for side by side.

use std::thread;
use std::time::Instant;

use anyhow::{Result, ensure};
use burn::tensor::Device;
use dissensus_bert::{
    Budget, Config, Data, MaskedLm, Masking, Trainer, TrainingConfig, parameter_values,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::{ThreadPool, ThreadPoolBuilder};

#[derive(clap::Args)]
pub struct Options {
    /// Presets to time.
    #[arg(long, num_args = 1.., default_values = ["tiny", "4m"])]
    presets: Vec<String>,
    /// Tokens of a sequence.
    #[arg(long, default_value_t = 128)]
    length: usize,
    /// Sequences a step.
    #[arg(long, default_value_t = 16)]
    batch: usize,
    /// Steps of each member in a round.
    #[arg(long, default_value_t = 10)]
    steps: u64,
    /// Paired rounds.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let threads = rayon::current_num_threads();
    let whole = pool(threads)?;
    let halves = [pool(threads.div_ceil(2))?, pool((threads / 2).max(1))?];
    for preset in &options.presets {
        let mut ratios = Vec::new();
        for round in 0..=options.rounds {
            let [mut apart, mut beside] = [members(preset, &options)?, members(preset, &options)?];
            let mut one_after_the_other = || {
                let began = Instant::now();
                whole.install(|| apart.iter_mut().try_for_each(finish))?;
                anyhow::Ok(began.elapsed().as_secs_f64())
            };
            let mut side_by_side = || {
                let began = Instant::now();
                thread::scope(|scope| {
                    let started: Vec<_> = (beside.iter_mut().zip(&halves))
                        .map(|(member, half)| scope.spawn(|| half.install(|| finish(member))))
                        .collect();
                    started
                        .into_iter()
                        .try_for_each(|member| member.join().expect("a member does not panic"))
                })?;
                anyhow::Ok(began.elapsed().as_secs_f64())
            };
            let (apart_seconds, beside_seconds) = match round % 2 {
                0 => (one_after_the_other()?, side_by_side()?),
                _ => {
                    let beside = side_by_side()?;
                    (one_after_the_other()?, beside)
                }
            };
            for (a, b) in apart.iter().zip(&beside) {
                let same = parameter_values(&a.model()) == parameter_values(&b.model());
                ensure!(same, "{preset}: the two arms end with different weights");
            }
            if round > 0 {
                ratios.push(apart_seconds / beside_seconds); // round 0 warms up
            }
        }
        ratios.sort_by(f64::total_cmp);
        let (low, high) = (ratios[0], ratios[ratios.len() - 1]);
        let median = ratios[ratios.len() / 2];
        let (length, batch) = (options.length, options.batch);
        println!(
            "{preset}/{length}, batch {batch}, {threads} threads: ratio {median:.3} min {low:.3} max {high:.3}"
        );
    }
    Ok(())
}

fn pool(threads: usize) -> Result<ThreadPool> {
    Ok(ThreadPoolBuilder::new().num_threads(threads).build()?)
}

/// Two members before their first step.
fn members(preset: &str, options: &Options) -> Result<Vec<Trainer>> {
    let config = Config::preset(preset)?;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let vocabulary = config.vocab_size as u32;
    let mut sequence = || {
        (0..options.length)
            .map(|_| rng.random_range(5..vocabulary))
            .collect()
    };
    let ids: Vec<Vec<u32>> = (0..options.batch * 4).map(|_| sequence()).collect();
    let masking = Masking::training(config.vocab_size, 4, &[0, 1, 2, 3, 4]);
    let data = Data::new(ids, vec![], masking);
    let settings = TrainingConfig::default()
        .with_batch(options.batch)
        .with_budget(Budget::Steps(options.steps));
    let member = |seed| {
        let model = MaskedLm::new(&config, seed, &Device::flex())?;
        Ok(Trainer::new(model, settings.clone(), data.clone())?)
    };
    (0..2).map(member).collect()
}

fn finish(member: &mut Trainer) -> Result<()> {
    while member.step()?.is_some() {}
    Ok(())
}
