//! The measures of the study on Hugging Face folders that somebody else trained.
//!
//! `cargo run --release --example audit_checkpoints -- --dna genome.fa.gz MODEL_A MODEL_B MODEL_C`

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Parser;
use dissensus_bert::device;
use dissensus_measure::{Audited, Data, Input, audit};
use dissensus_report::Results;
use dissensus_study::{findings, run_card, write};

#[path = "support/bars.rs"]
mod bars;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Audits an ensemble of masked-language models; each folder has config.json, model.safetensors and tokenizer.json.
#[derive(Parser)]
struct Arguments {
    /// Hugging Face folders, one a member
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// A text file to measure on; once for each file
    #[arg(long, value_name = "FILE", conflicts_with = "dna")]
    text: Vec<PathBuf>,
    /// A FASTA file to measure on; once for each file
    #[arg(long, value_name = "FILE")]
    dna: Vec<PathBuf>,
    /// Measure on the built-in source of this kind instead: text or dna
    #[arg(long, value_parser = ["text", "dna"])]
    built_in: Option<String>,
    /// Sequences that predictions are measured on
    #[arg(long, default_value_t = 128)]
    analysis_sequences: usize,
    /// Sequences that the Fisher information is measured on; 0 leaves it out
    #[arg(long, default_value_t = 64)]
    fisher_sequences: usize,
    /// Sequences that the use of context is measured on; 0 leaves it out
    #[arg(long, default_value_t = 64)]
    context_sequences: usize,
    /// Positions of a sequence
    #[arg(long, default_value_t = 128)]
    max_length: usize,
    /// cpu, ndarray, cuda, wgpu or vulkan, the last three also as cuda:N
    #[arg(long, env = "BURN_DEVICE", default_value = "cpu")]
    device: String,
    /// Seed of the masks and of the untrained control
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder of the results
    #[arg(long, default_value = "runs/audit")]
    out: PathBuf,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (data, input) = data(&arguments)?;
    let audited = Audited {
        name: "audited".into(),
        folders: arguments.folders.clone(),
        data,
        input,
        analysis_sequences: arguments.analysis_sequences,
        fisher_sequences: arguments.fisher_sequences,
        context_sequences: arguments.context_sequences,
        max_length: arguments.max_length,
        seed: arguments.seed,
    };
    let ensemble = audit(
        &audited,
        &device(&arguments.device)?,
        &mut bars::Bars::new("")?,
    )?;
    let settings = vec![
        ("input".into(), audited.input.to_string()),
        ("seed".into(), audited.seed.to_string()),
    ];
    let mut results = Results::new(settings);
    results.ensembles.push(ensemble);
    for finding in findings(&results) {
        println!("{finding}");
    }
    for path in write(&results, &[], run_card(&results, None), &arguments.out)? {
        println!("wrote {}", path.display());
    }
    Ok(())
}

fn data(arguments: &Arguments) -> Result<(Data, Input)> {
    let built_in = Input::BuiltIn {
        symbols: 400_000,
        seed: 1,
    };
    Ok(
        match (
            &arguments.text[..],
            &arguments.dna[..],
            arguments.built_in.as_deref(),
        ) {
            ([], [], Some("text")) => (Data::Text, built_in),
            ([], [], Some(_)) => (Data::Dna, built_in),
            ([], [], None) => {
                bail!("nothing to measure on: give --text FILE, --dna FILE or --built-in text|dna")
            }
            (text, [], None) => (Data::Text, Input::Files(text.to_vec())),
            ([], dna, None) => (Data::Dna, Input::Files(dna.to_vec())),
            _ => bail!("--built-in cannot be combined with files"),
        },
    )
}
