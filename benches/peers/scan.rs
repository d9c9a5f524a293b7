//! Our side of `benches/peers/scan`: the selective scan, forward alone or with all its gradients.

mod sums;
mod turn;

use std::time::Instant;

use anyhow::{Result, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use clap::Parser;
use dissensus_layers::{Direction, Selection, selective_scan};

use sums::sums;
use turn::Turn;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Options {
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

fn main() -> Result<()> {
    let options = Options::parse();
    let training = options.turn.case == "training";
    let device = match training {
        true => Device::flex().autodiff(),
        false => Device::flex(),
    };
    let (wide, narrow) = (
        [options.batch, options.time, options.channels],
        [options.batch, options.time, options.states],
    );
    let mut numbers = Numbers::read(&options)?;
    let absolute = |x: Vec<f32>, sign: f32| x.into_iter().map(|x| sign * x.abs()).collect();
    let leaf = |values: Vec<f32>, shape: [usize; 3]| -> Tensor<3> {
        let leaf = Tensor::from_data(TensorData::new(values, shape), &device);
        leaf.set_require_grad(training)
    };
    let u = leaf(numbers.take(&wide)?, wide);
    let delta = leaf(absolute(numbers.take(&wide)?, 1.0), wide);
    let rates = [options.channels, options.states];
    let a = TensorData::new(absolute(numbers.take(&rates)?, -1.0), rates);
    let a = Tensor::<2>::from_data(a, &device).set_require_grad(training);
    let (b, c) = (
        leaf(numbers.take(&narrow)?, narrow),
        leaf(numbers.take(&narrow)?, narrow),
    );
    let d = TensorData::new(numbers.take(&[options.channels])?, [options.channels]);
    let d = Tensor::<1>::from_data(d, &device).set_require_grad(training);
    let g = Tensor::<3>::from_data(TensorData::new(numbers.take(&wide)?, wide), &device);
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
    println!(
        "{}",
        serde_json::json!({"seconds": seconds, "sums": answers})
    );
    Ok(())
}

/// The arrays of the input, one after the other.
struct Numbers(std::vec::IntoIter<f32>);

impl Numbers {
    fn read(options: &Options) -> Result<Self> {
        let bytes = std::fs::read(options.turn.work.join("numbers.f32"))?;
        let (words, _) = bytes.as_chunks();
        let numbers: Vec<f32> = words.iter().map(|&word| f32::from_le_bytes(word)).collect();
        Ok(Self(numbers.into_iter()))
    }

    fn take(&mut self, shape: &[usize]) -> Result<Vec<f32>> {
        let count = shape.iter().product();
        let taken: Vec<f32> = self.0.by_ref().take(count).collect();
        ensure!(taken.len() == count, "the input is too short");
        Ok(taken)
    }
}
