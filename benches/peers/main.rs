//! Our side of the comparisons in this folder, each a subcommand: one program, because each needs
//! nearly the whole workspace.

mod alignment;
mod convolution;
mod divergence;
mod fisher;
mod inputs;
mod members;
mod numbers;
#[cfg(feature = "hessboost")]
mod probe;
mod products;
mod recipe;
mod scan;
mod steps;
mod sums;
mod tokenize;
mod training;
mod turn;
mod zoo;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    comparison: Comparison,
    /// Given by `cargo bench`.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Comparison {
    Alignment(alignment::Options),
    Convolution(convolution::Options),
    Divergence(divergence::Options),
    Fisher(fisher::Options),
    Inputs(inputs::Options),
    Members(members::Options),
    #[cfg(feature = "hessboost")]
    Probe(probe::Options),
    Products(products::Options),
    Recipe(recipe::Options),
    Scan(scan::Options),
    Tokenize(tokenize::Options),
    Training(training::Options),
    Zoo(zoo::Options),
}

fn main() -> Result<()> {
    match Options::parse().comparison {
        Comparison::Alignment(options) => alignment::run(options),
        Comparison::Convolution(options) => convolution::run(options),
        Comparison::Divergence(options) => divergence::run(options),
        Comparison::Fisher(options) => fisher::run(options),
        Comparison::Inputs(options) => inputs::run(options),
        Comparison::Members(options) => members::run(options),
        #[cfg(feature = "hessboost")]
        Comparison::Probe(options) => probe::run(options),
        Comparison::Products(options) => products::run(options),
        Comparison::Recipe(options) => recipe::run(options),
        Comparison::Scan(options) => scan::run(options),
        Comparison::Tokenize(options) => tokenize::run(options),
        Comparison::Training(options) => training::run(options),
        Comparison::Zoo(options) => zoo::run(options),
    }
}
