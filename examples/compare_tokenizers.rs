//! How do BPE, k-mers and single symbols cut the same text?
//!
//! Without arguments on 2 Mb of the built-in DNA-like source. The training set trains the tokenizers; the analysis set, a tenth of
//! every file, is measured.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_input::{Documents, Modality, Set};
use dissensus_measure::Input;
use dissensus_report::write_atomically;
use dissensus_tokenize::{BpeParams, BpeTrainer, Character, Kmer, Layout, Tokenizer, Usage, load};
use dissensus_workbench::{
    Bars, Common, Ending, Given, Reading, Record, Signals, Terminal, program,
};

/// Tokens per symbol, fertility, use of the vocabulary and unknowns of several tokenizers on one text.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Text, JSONL, CSV or FASTA, plain, .gz or .zst; none: a built-in source
    files: Vec<PathBuf>,
    /// What they hold: text or dna
    #[arg(long, default_value = "dna")]
    modality: Modality,
    /// Size of the BPE vocabulary
    #[arg(long, default_value_t = 4096)]
    vocabulary: usize,
    /// Length of the k-mers
    #[arg(long, default_value_t = 6)]
    k: usize,
    /// Further tokenizers: Hugging Face folders or files
    #[arg(long)]
    load: Vec<PathBuf>,
    /// Where the trained BPE goes, for --load and Python's AutoTokenizer
    #[arg(long)]
    save: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    common: Common,
}

const NAME: &str = "compare_tokenizers";

fn main() -> ExitCode {
    program(compare)
}

fn compare(options: &Given<Options>, signals: &Signals) -> Result<Ending> {
    options.common.start()?;
    let folder = options.common.folder(NAME);
    let terminal = Terminal::new(&options.common);
    let mut record = Record::begin(options, "cpu");
    record.files(options.files.iter().chain(&options.load))?;
    let mut bars = Bars::new("", &options.common, signals);
    bars.begin("reading");
    let documents = documents(options, &bars)?;
    bars.begin("training tokenizers");
    let mut results = BTreeMap::new();
    let tokenizers = tokenizers(options, &documents)?;
    bars.begin("measuring");
    for (name, tokenizer) in tokenizers {
        let mut usage = Usage::default();
        for document in documents.of(Set::Analysis) {
            usage.add(tokenizer.as_ref(), &document?.text)?;
        }
        let summary = usage.summary()?;
        terminal.line(&format!("{name}: {summary}"))?;
        results.insert(name, summary);
    }
    drop(bars);
    record.end(&folder)?;
    let (json, path) = (
        serde_json::to_string_pretty(&results)? + "\n",
        folder.join("results.json"),
    );
    write_atomically(&path, json.as_bytes())?;
    terminal.results(&json)?;
    terminal.written(&folder, &[path])?;
    Ok(Ending::Finished)
}

fn tokenizers(o: &Options, documents: &Documents) -> Result<Vec<(String, Box<dyn Tokenizer>)>> {
    let params = BpeParams {
        vocabulary_size: o.vocabulary,
        ..BpeParams::default()
    };
    let mut trainer = BpeTrainer::new(params);
    let mut characters = BTreeSet::new();
    for document in documents.of(Set::Training) {
        let text = document?.text;
        trainer.feed(&text);
        characters.extend(text.chars());
    }
    let bpe = trainer.train()?;
    o.save.iter().try_for_each(|folder| bpe.save(folder))?;
    let mut all: Vec<(String, Box<dyn Tokenizer>)> = vec![("bpe".into(), Box::new(bpe))];
    if o.modality == Modality::Dna {
        all.push((
            format!("{}-mer", o.k),
            Box::new(Kmer::new(o.k, Layout::Standard)?),
        ));
        all.push(("char".into(), Box::new(Character::dna(Layout::Standard)?)));
    } else {
        all.push((
            "char".into(),
            Box::new(Character::new(characters, Layout::Standard)?),
        ));
    }
    for path in &o.load {
        all.push((path.display().to_string(), load(path)?));
    }
    Ok(all)
}

/// Documents of files, or of the built-in source, of which a tenth is measured.
fn documents(o: &Options, bars: &Bars) -> Result<Documents> {
    if o.files.is_empty() {
        let input = Input::BuiltIn {
            symbols: 2_000_000,
            seed: 1,
        };
        return Ok(input.documents(o.modality)?);
    }
    let params = o.reading.params(o.modality).with_fractions(0.0, 0.1);
    let documents = Documents::open(&o.files, &params)?;
    bars.say(&format!("read {}", documents.counts()));
    Ok(documents)
}
