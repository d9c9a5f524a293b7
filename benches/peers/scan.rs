//! Our side of `benches/peers/scan`: the selective scan, forward alone or with all its gradients.

use std::time::Instant;

use anyhow::{Result, ensure};
use burn::tensor::{Device, Tensor};
use dissensus_layers::{Direction, Selection, selective_scan};
use serde_json::json;

use crate::numbers::Numbers;
use crate::sums::sums;
use crate::turn::Turn;

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    turn: Turn,
    #[arg(long)]
    batch: usize,
    #[arg(long)]
    time: usize,
    #[arg(long)]
    channels: usize,
    #[arg(long)]
    states: usize,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let training = options.turn.case == "training";
    let device = match training {
        true => Device::flex().autodiff(),
        false => Device::flex(),
    };
    let wide = [options.batch, options.time, options.channels];
    let narrow = [options.batch, options.time, options.states];
    let rates = [options.channels, options.states];
    let mut numbers = Numbers::read(&options.turn.work)?;
    let same = |x| x;
    let u = numbers
        .take(wide, same, &device)?
        .set_require_grad(training);
    let delta = numbers
        .take(wide, f32::abs, &device)?
        .set_require_grad(training);
    let a = numbers
        .take(rates, |x| -x.abs(), &device)?
        .set_require_grad(training);
    let b = numbers
        .take(narrow, same, &device)?
        .set_require_grad(training);
    let c = numbers
        .take(narrow, same, &device)?
        .set_require_grad(training);
    let d = numbers
        .take([options.channels], same, &device)?
        .set_require_grad(training);
    let g = numbers.take(wide, same, &device)?;
    let selection = Selection {
        u: u.clone(),
        delta: delta.clone(),
        a: a.clone(),
        b: b.clone(),
        c: c.clone(),
        d: d.clone(),
    };
    let clock = Instant::now();
    let y = selective_scan(selection, Direction::Rightwards);
    let gradients = training.then(|| (y.clone() * g).sum().backward());
    let seconds = clock.elapsed().as_secs_f64();
    let mut answers = vec![sums(&y.into_data())];
    if let Some(gradients) = gradients {
        let all = [
            u.grad(&gradients).map(Tensor::into_data),
            delta.grad(&gradients).map(Tensor::into_data),
            a.grad(&gradients).map(Tensor::into_data),
            b.grad(&gradients).map(Tensor::into_data),
            c.grad(&gradients).map(Tensor::into_data),
            d.grad(&gradients).map(Tensor::into_data),
        ];
        answers.extend(all.iter().flatten().map(sums));
        ensure!(answers.len() == 7, "an input has no gradient");
    }
    println!("{}", json!({ "seconds": seconds, "sums": answers }));
    Ok(())
}
