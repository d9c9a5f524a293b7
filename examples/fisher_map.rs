//! Where the Fisher information of checkpoints sits, beside fresh models of the same shape.
//!
//! `fisher_map --model FOLDER… --data FILE`: each folder is a checkpoint (config.json, weights, tokenizer) or
//! a run of members; all must share one tokenizer. Without arguments: a fresh tiny model on uniform random tokens, seconds.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use dissensus_bert::{Config, Encoder as _, Masked, MaskedLm, Masking, device};
use dissensus_fisher::{FisherParams, LabelChoice, Sample, Tokens};
use dissensus_input::{Documents, Modality, SequenceParams, Set};
use dissensus_measure::{
    AnalysisParams, AnalysisSet, AnalysisVocabulary, MeasuredModel, Members, open_members,
};
use dissensus_study::{
    FisherMapParams, FisherSubjects, fisher_lines, fisher_map, member_folders, of_ensemble,
    open_checkpoint, run_card, write,
};
use dissensus_workbench::{
    Bars, Common, Computing, Ending, Given, Reading, Record, Signals, Terminal, program,
};
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
    /// What to run them on, all of it: text, FASTA, CSV or JSONL
    #[arg(long, requires = "model")]
    data: Option<PathBuf>,
    /// What the data are: text or dna; by default FASTA is DNA and all else text
    #[arg(long)]
    modality: Option<Modality>,
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
    reading: Reading,
    #[command(flatten)]
    computing: Computing,
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "fisher_map";

fn main() -> ExitCode {
    program(run)
}

fn run(options: &Given<Options>, signals: &Signals) -> Result<Ending> {
    options.common.start()?;
    let folder = options.common.folder(NAME);
    let terminal = Terminal::new(&options.common);
    let mut record = Record::begin(options, &options.computing.device);
    let device = device(&options.computing.device)?;
    let mut bars = Bars::new("checkpoints", &options.common, signals);
    let folders = member_folders(&options.model)?;
    record.files(folders.iter().chain(&options.data))?;
    let (models, subjects, tokens, masked) = match &options.data {
        Some(data) => {
            let members = open_members(&folders, &open_checkpoint, &device)?;
            let set = analysis_set(options, data, &members, &bars)?;
            let subjects = match options.control {
                Control::Init => FisherSubjects::Both,
                Control::None => FisherSubjects::Trained,
            };
            (
                members.models,
                subjects,
                set.tokens(),
                set.masked().to_vec(),
            )
        }
        None => {
            let (config, masked) = uniform(options)?;
            let model = MaskedLm::new(&config, options.computing.seed, &device)?;
            let models: Vec<Box<dyn MeasuredModel>> = vec![Box::new(model)];
            (models, FisherSubjects::Fresh, config.vocab_size, masked)
        }
    };
    let params = params(options).with_subjects(subjects);
    let began = |name: &str| bars.begin(&format!("Fisher information, {name} models"));
    let results = fisher_map(&models, (&masked, tokens), &params, &device, began)?;
    drop(bars);
    let card = run_card(&results, Some(&record.end(&folder)?));
    let paths = write(&results, &[], card, &folder)?;
    let tables = results.ensembles.iter().map(of_ensemble);
    let tables: Vec<_> = tables.collect::<Result<_, _>>()?;
    terminal.tables(&tables)?;
    for line in fisher_lines(&results) {
        terminal.line(&line)?;
    }
    terminal.results(&results.to_json()?)?;
    terminal.written(&folder, &paths)?;
    Ok(Ending::Finished)
}

fn params(options: &Options) -> FisherMapParams {
    let seed = options.computing.seed;
    let sample = match options.sample {
        Example::Sequence => Sample::Sequence,
        Example::Token => Sample::Token,
    };
    let labels = options
        .sampled_labels
        .map_or(LabelChoice::Observed, |seed| LabelChoice::Sampled { seed });
    let fisher = FisherParams::default()
        .with_sample(sample)
        .with_labels(labels)
        .with_tokens(Tokens::Signs { seed });
    FisherMapParams::default()
        .with_fisher(fisher)
        .with_batches(options.batches.clone())
        .with_seed(seed)
}

fn analysis_set(
    options: &Options,
    data: &Path,
    members: &Members,
    bars: &Bars,
) -> Result<AnalysisSet> {
    let modality = options.reading.modality(options.modality, data)?;
    let params = options.reading.params(modality).with_whole(true);
    let documents = Documents::open(&[data.to_path_buf()], &params)?;
    bars.say(&format!("read {}", documents.counts()));
    let tokenizer = members.tokenizer.as_ref();
    let sizes = members.models.iter().map(|model| model.sizes());
    let [positions, rows] = sizes.fold([options.length, 0], |[fewest, most], sizes| {
        [fewest.min(sizes.positions), most.max(sizes.vocabulary)]
    });
    let params = SequenceParams::default()
        .with_max_length(positions)
        .with_windows(options.sequences);
    let sequences = documents.encode_set(Set::Analysis, tokenizer, &params)?;
    bars.say(&sequences.counts.to_string());
    let vocabulary = AnalysisVocabulary {
        modality,
        tokenizer,
        rows,
    };
    let params = AnalysisParams::default()
        .with_sequences(options.sequences)
        .with_seed(options.computing.seed);
    Ok(AnalysisSet::new(&sequences, vocabulary, &params)?)
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
