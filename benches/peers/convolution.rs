//! Our side of `benches/peers/convolution`: Hyena's operator, forward alone or with all its
//! gradients.

use std::time::Instant;

use anyhow::{Result, ensure};
use burn::tensor::{Device, Tensor};
use dissensus_layers::long_convolution;
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
    width: usize,
}

/// The comparison.
pub fn run(options: Options) -> Result<()> {
    let training = options.turn.case == "training";
    let device = match training {
        true => Device::flex().autodiff(),
        false => Device::flex(),
    };
    let Options {
        batch, time, width, ..
    } = options;
    let mut numbers = Numbers::read(&options.turn.work)?;
    let same = |x| x;
    let x = numbers
        .take([batch, time, 3 * width], same, &device)?
        .set_require_grad(training);
    let taps = numbers
        .take([time, width], same, &device)?
        .set_require_grad(training);
    let skip = numbers
        .take([width], same, &device)?
        .set_require_grad(training);
    let g = numbers.take([batch, time, width], same, &device)?;
    let clock = Instant::now();
    let y = long_convolution(x.clone(), taps.clone(), skip.clone(), None);
    let gradients = training.then(|| (y.clone() * g).sum().backward());
    let seconds = clock.elapsed().as_secs_f64();
    let mut answers = vec![sums(&y.into_data())];
    if let Some(gradients) = gradients {
        let all = [
            x.grad(&gradients).map(Tensor::into_data),
            taps.grad(&gradients).map(Tensor::into_data),
            skip.grad(&gradients).map(Tensor::into_data),
        ];
        answers.extend(all.iter().flatten().map(sums));
        ensure!(answers.len() == 4, "an input has no gradient");
    }
    println!("{}", json!({ "seconds": seconds, "sums": answers }));
    Ok(())
}
