//! Where the Fisher information of a checkpoint sits, beside a fresh model of the same shape.
//!
//! `fisher_map --model FOLDER --data FILE` reads a checkpoint (config.json, model.safetensors, tokenizer.json) and text,
//! FASTA, CSV or JSONL. Without arguments: a fresh tiny model on uniform random tokens, seconds.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::Device;
use clap::Parser;
use dissensus_bert::{Batch, Config, Masked, MaskedLm, Masking, Pass};
use dissensus_corpus::{Format, records};
use dissensus_fisher::{
    Fast, Figure, Forward, GroupSums, Labels, Passed, Sample, Share, Tie, Tokens,
};
use dissensus_report::{Bar, BarChart, BarSeries, Table, shown, write_atomically};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[derive(Parser)]
struct Options {
    /// Folder of the checkpoint.
    #[arg(long, requires = "data")]
    model: Option<PathBuf>,
    /// What to run it on.
    #[arg(long, requires = "model")]
    data: Option<PathBuf>,
    /// The field of a table or of JSON lines that holds the text.
    #[arg(long, default_value = "text")]
    field: String,
    /// Sequences at most.
    #[arg(long, default_value_t = 64)]
    sequences: usize,
    /// Tokens of a sequence at most.
    #[arg(long, default_value_t = 128)]
    length: usize,
    /// Seed of the masks, the fresh model and the signs.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where the table and the figures go.
    #[arg(long, default_value = "target/fisher_map")]
    out: PathBuf,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let device = Device::flex().autodiff();
    let (trained, config, masked) = input(&options, &device)?;
    let fresh = MaskedLm::new(&config, options.seed, &device)?;
    std::fs::create_dir_all(&options.out)?;
    let mut table = Table::new(
        "Shares of the Fisher information",
        [
            "state",
            "sample",
            "figure",
            "place",
            "share",
            "standard error",
            "per parameter",
        ],
    );
    for (state, model) in
        std::iter::once(("init", &fresh)).chain(trained.iter().map(|m| ("trained", m)))
    {
        for sample in [
            Sample::Sequence,
            Sample::Token,
            Sample::Batch(1),
            Sample::Batch(8),
            Sample::Batch(32),
        ] {
            let sums = measure(model, &masked, sample, options.seed)?;
            for figure in [Figure::Three, Figure::Groups, Figure::Layers] {
                let shares = sums.shares(figure)?;
                if sample == Sample::Sequence {
                    draw(
                        &options
                            .out
                            .join(format!("{state}_{figure:?}.svg").to_lowercase()),
                        state,
                        &shares,
                    )?;
                }
                for s in shares {
                    let numbers = [s.share, s.share_standard_error, s.per_parameter].map(shown);
                    let names = [
                        state.into(),
                        sample.to_string(),
                        format!("{figure:?}"),
                        s.label,
                    ];
                    table.push(names.into_iter().chain(numbers))?;
                }
            }
        }
    }
    write_atomically(&options.out.join("shares.csv"), table.to_csv()?.as_bytes())?;
    println!("{}", table.to_markdown());
    Ok(())
}

/// The checkpoint, its shape, and masked sequences for it.
fn input(options: &Options, device: &Device) -> Result<(Option<MaskedLm>, Config, Vec<Masked>)> {
    let (Some(folder), Some(data)) = (&options.model, &options.data) else {
        let config = Config::preset("tiny")?;
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        let sequence = |_| {
            (0..options.length)
                .map(|_| rng.random_range(5..config.vocab_size as u32))
                .collect()
        };
        let ids: Vec<Vec<u32>> = (0..options.sequences).map(sequence).collect();
        let masking = Masking::analysis(config.vocab_size, 4, &[0, 1, 2, 3, 4]);
        return Ok((None, config, masking.mask_all(&ids, options.seed)?));
    };
    let model = MaskedLm::load(folder, device)?;
    let config = model.config().clone();
    let tokenizer = dissensus_tokenize::load(folder.join("tokenizer.json"))?;
    let mut ids: Vec<Vec<u32>> = Vec::new();
    for record in records(data, &Format::of_name(data, &options.field)?)? {
        let tokens = tokenizer
            .encode(&record?.text)
            .context("a record of the data")?
            .ids;
        ids.extend(
            tokens
                .chunks(options.length.min(config.max_position_embeddings))
                .map(<[u32]>::to_vec),
        );
        if ids.len() >= options.sequences {
            break;
        }
    }
    ids.truncate(options.sequences);
    let specials = tokenizer.specials();
    let all: Vec<u32> = specials.ids().collect();
    let masked =
        Masking::analysis(config.vocab_size, specials.mask, &all).mask_all(&ids, options.seed)?;
    Ok((Some(model), config, masked))
}

fn measure(model: &MaskedLm, masked: &[Masked], sample: Sample, seed: u64) -> Result<GroupSums> {
    let mut sums = GroupSums::new(sample, Labels::Observed);
    let mut route = Fast::new(sample, Labels::Observed).tokens(Tokens::Signs { seed });
    if model.config().tie_word_embeddings {
        route = route.tied(Tie::default());
    }
    let forward = |range: Range<u64>, tap| -> Passed {
        let masked = &masked[range.start as usize..range.end as usize];
        let ids: Vec<&[u32]> = masked.iter().map(|m| &m.ids[..]).collect();
        let batch = Batch::new(&ids, model.config())?;
        let flat = |(row, m): (usize, &Masked)| {
            m.positions
                .iter()
                .map(|&p| batch.flat(row, p))
                .collect::<Vec<_>>()
        };
        let positions: Vec<usize> = masked.iter().enumerate().flat_map(flat).collect();
        Ok((!positions.is_empty()).then(|| Forward {
            logits: model.logits_at(&batch, &positions, &Pass::default().with_tap(tap)),
            targets: masked.iter().flat_map(|m| m.targets.clone()).collect(),
            tokens: masked.iter().map(|m| m.positions.len()).collect(),
        }))
    };
    route.run(0..masked.len() as u64, forward, Some(&mut sums), None)?;
    Ok(sums)
}

fn draw(path: &Path, state: &str, shares: &[Share]) -> Result<()> {
    let bar = |s: &Share| {
        let interval = (
            s.share - s.share_standard_error,
            s.share + s.share_standard_error,
        );
        Some(Bar {
            value: s.share,
            interval: Some(interval),
            chance: None,
        })
    };
    let chart = BarChart {
        title: format!("Fisher information per sequence, {state}"),
        y_label: "share".into(),
        categories: shares.iter().map(|s| s.label.clone()).collect(),
        series: vec![BarSeries {
            name: state.into(),
            bars: shares.iter().map(bar).collect(),
        }],
    };
    Ok(write_atomically(path, chart.to_svg()?.as_bytes())?)
}
