//! Where the Fisher information of checkpoints sits, beside fresh models of the same shape.
//!
//! `fisher_map --model FOLDER… --data FILE`: each folder is a checkpoint (config.json, model.safetensors, tokenizer.json) or
//! a run of members; all must share one tokenizer. Without arguments: a fresh tiny model on uniform random tokens, seconds.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};
use dissensus_bert::{Config, Masked, MaskedLm, Masking, device};
use dissensus_corpus::{Format, records};
use dissensus_fisher::{FisherParams, Labels, Sample, Tokens};
use dissensus_measure::{fisher, fisher_by_batch};
use dissensus_report::{Ensemble, Results, State};
use dissensus_study::{of_ensemble, run_card, write};
use dissensus_workbench::{Bars, Common, Computing, Ending, Record, Signals, Terminal, program};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Clone, Copy, ValueEnum)]
enum Control {
    /// Fresh models of the same shape.
    Init,
    None,
}

#[derive(Clone, Copy, ValueEnum)]
enum Example {
    /// The summed log-likelihood of a sequence.
    Sequence,
    /// Each masked token, by one draw of random signs.
    Token,
}

/// Where the Fisher information of a masked-language model sits.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Folders of checkpoints, or of runs with `member-N/trained` in them
    #[arg(long, num_args = 1.., requires = "data")]
    model: Vec<PathBuf>,
    /// What to run them on: text, FASTA, CSV or JSONL
    #[arg(long, requires = "model")]
    data: Option<PathBuf>,
    /// The field of a table or of JSON lines that holds the text
    #[arg(long, default_value = "text")]
    field: String,
    /// What stands beside them
    #[arg(long, value_enum, default_value = "init")]
    control: Control,
    /// What one example is
    #[arg(long, value_enum, default_value = "sequence")]
    sample: Example,
    /// Draw the labels from the model with this seed instead of taking the observed ones
    #[arg(long)]
    sampled_labels: Option<u64>,
    /// Batch sizes of the as-published variant
    #[arg(long, num_args = 0.., default_values_t = [1, 2, 4, 8, 16, 32])]
    batches: Vec<usize>,
    /// Sequences at most
    #[arg(long, default_value_t = 64)]
    sequences: usize,
    /// Tokens of a sequence at most
    #[arg(long, default_value_t = 128)]
    length: usize,
    #[command(flatten)]
    computing: Computing,
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "fisher_map";

fn main() -> ExitCode {
    let options = Options::parse();
    program(|signals| run(&options, signals))
}

fn run(options: &Options, signals: &Signals) -> Result<Ending> {
    options.common.start()?;
    let folder = options.common.folder(NAME);
    let terminal = Terminal::new(&options.common);
    let mut record = Record::begin(NAME, &options.computing.device);
    let device = device(&options.computing.device)?;
    let mut bars = Bars::new("checkpoints", &options.common, signals);
    let folders = checkpoints(&options.model)?;
    let load = |folder: &PathBuf| MaskedLm::load(folder, &device);
    record.files(folders.iter().chain(&options.data))?;
    let trained: Vec<MaskedLm> = folders.iter().map(load).collect::<Result<_, _>>()?;
    let (config, tokens, masked) = match (&trained[..], &options.data) {
        ([first, ..], Some(data)) => {
            let tokenizer = dissensus_tokenize::load(folders[0].join("tokenizer.json"))?;
            let config = first.config().clone();
            let ids = read(options, data, tokenizer.as_ref(), &config)?;
            let (mask, keep) = (tokenizer.specials().mask, tokenizer.specials().ids());
            let masking = Masking::analysis(config.vocab_size, mask, &keep.collect::<Vec<_>>());
            let tokens = tokenizer.vocabulary().len().min(config.vocab_size);
            (
                config,
                tokens,
                masking.mask_all(&ids, options.computing.seed)?,
            )
        }
        _ => {
            let (config, masked) = uniform(options)?;
            (config.clone(), config.vocab_size, masked)
        }
    };
    let fresh =
        |seed: u64| MaskedLm::new(&config, options.computing.seed.wrapping_add(seed), &device);
    let init: Vec<MaskedLm> = match options.control {
        Control::Init => (0..trained.len().max(1) as u64)
            .map(fresh)
            .collect::<Result<_, _>>()?,
        Control::None => Vec::new(),
    };
    let mut states = Vec::new();
    for (name, members) in [("init", init), ("trained", trained)] {
        if !members.is_empty() {
            bars.begin(&format!("Fisher information, {name} models"));
            states.push(state(name, &members, &masked, tokens, options)?);
        }
    }
    let positions: usize = masked.iter().map(|m| m.positions.len()).sum();
    let facts = [("sequences", masked.len()), ("masked positions", positions)];
    let mut results = Results::new(vec![("seed".into(), options.computing.seed.to_string())]);
    results.ensembles.push(Ensemble {
        name: "checkpoints".into(),
        members: folders.len().max(1),
        facts: facts
            .map(|(name, count)| (name.into(), count as f64))
            .to_vec(),
        notes: Vec::new(),
        states,
    });
    drop(bars);
    let card = run_card(&results, Some(&record.end(&folder)?));
    let paths = write(&results, &[], card, &folder)?;
    let tables = results.ensembles.iter().map(of_ensemble);
    let tables: Vec<_> = tables.collect::<Result<_, _>>()?;
    terminal.tables(&tables)?;
    for line in three(&results) {
        terminal.line(&line)?;
    }
    terminal.results(&results.to_json()?)?;
    terminal.written(&folder, &paths)?;
    Ok(Ending::Finished)
}

/// The shares of the three groups, a line a state.
fn three(results: &Results) -> Vec<String> {
    let states = results.ensembles.iter().flat_map(|e| &e.states);
    let share = |state: &State, group: &str| {
        let found = state.find(&format!("fisher/{group}"), None)?;
        Some(format!("{group} {}", found.shown()))
    };
    states
        .map(|state| {
            let groups = ["embeddings", "transformer", "head"];
            let shares: Vec<String> = groups.iter().filter_map(|g| share(state, g)).collect();
            format!("{:<8} {}", state.name, shares.join(", "))
        })
        .collect()
}

fn state(
    name: &str,
    members: &[MaskedLm],
    masked: &[Masked],
    tokens: usize,
    options: &Options,
) -> Result<State> {
    let seed = options.computing.seed;
    let sample = match options.sample {
        Example::Sequence => Sample::Sequence,
        Example::Token => Sample::Token,
    };
    let labels = options
        .sampled_labels
        .map_or(Labels::Observed, |seed| Labels::Sampled { seed });
    let how = FisherParams::default()
        .with_sample(sample)
        .with_labels(labels)
        .with_tokens(Tokens::Signs { seed });
    let mut measures = fisher(members, masked, tokens, how)?;
    measures.extend(fisher_by_batch(members, masked, &options.batches)?);
    Ok(State {
        name: name.into(),
        measures,
    })
}

/// The folders themselves, or the trained members in them.
fn checkpoints(folders: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for folder in folders {
        if folder.join("config.json").exists() {
            all.push(folder.clone());
            continue;
        }
        let member = |number: usize| folder.join(format!("member-{number}/trained"));
        let before = all.len();
        all.extend(
            (0..)
                .map(member)
                .take_while(|path| path.join("config.json").exists()),
        );
        ensure!(
            all.len() > before,
            "{}: neither config.json nor member-0/trained",
            folder.display()
        );
    }
    Ok(all)
}

fn read(
    options: &Options,
    data: &Path,
    tokenizer: &dyn dissensus_tokenize::Tokenizer,
    config: &Config,
) -> Result<Vec<Vec<u32>>> {
    let length = options.length.min(config.max_position_embeddings);
    let mut ids: Vec<Vec<u32>> = Vec::new();
    for record in records(data, &Format::of_name(data, &options.field)?)? {
        let tokens = tokenizer
            .encode(&record?.text)
            .context("a record of the data")?
            .ids;
        ids.extend(tokens.chunks(length).map(<[u32]>::to_vec));
        if ids.len() >= options.sequences {
            break;
        }
    }
    ids.truncate(options.sequences);
    Ok(ids)
}

/// A tiny model's shape and uniform random tokens for it.
fn uniform(options: &Options) -> Result<(Config, Vec<Masked>)> {
    let config = Config::preset("tiny")?;
    let mut rng = ChaCha8Rng::seed_from_u64(options.computing.seed);
    let mut token = |_| rng.random_range(5..config.vocab_size as u32);
    let mut sequence = |_| (0..options.length).map(&mut token).collect::<Vec<u32>>();
    let ids: Vec<Vec<u32>> = (0..options.sequences).map(&mut sequence).collect();
    let masking = Masking::analysis(config.vocab_size, 4, &[0, 1, 2, 3, 4]);
    Ok((config, masking.mask_all(&ids, options.computing.seed)?))
}
