//! How do BPE, k-mers and single symbols cut the same text?
//!
//! Without arguments on 2 Mb of the built-in DNA-like source. The training set trains the
//! tokenizers; the analysis set, a tenth of every file, is measured.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use dissensus_input::{Documents, Modality, Set};
use dissensus_measure::Input;
use dissensus_study::comparable_tokenizers;
use dissensus_tokenize::{Tokenizer, Usage, load};
use dissensus_workbench::{Ending, Given, Job, Output, Reading, program};

/// Tokens per symbol, fertility, use of the vocabulary and unknowns of several tokenizers on one
/// text.
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
}

fn main() -> ExitCode {
    program(compare)
}

fn compare(options: &Given<Options>, mut job: Job) -> Result<Ending> {
    job.reads(options.files.iter().chain(&options.load))?;
    job.bars.begin("reading");
    let documents = match &options.files[..] {
        [] => Input::built_in(2_000_000, 1).documents(options.modality)?,
        files => {
            let params = options.reading.params(options.modality);
            let documents = Documents::open(files, &params.with_fractions(0.0, 0.1))?;
            job.bars.say(&format!("read {}", documents.counts()));
            documents
        }
    };
    job.bars.begin("training tokenizers");
    let tokenizers = tokenizers(options, &documents)?;
    job.bars.begin("measuring");
    let mut results = BTreeMap::new();
    for (name, tokenizer) in tokenizers {
        let mut usage = Usage::default();
        for document in documents.of(Set::Analysis) {
            usage.add(tokenizer.as_ref(), &document?.text)?;
        }
        let summary = usage.summary()?;
        job.terminal.line(&format!("{name}: {summary}"))?;
        results.insert(name, summary);
    }
    let ended = job.end()?;
    let json = serde_json::to_string_pretty(&results)? + "\n";
    let path = ended.write("results.json", &json)?;
    ended.print(&Output {
        json,
        paths: vec![path],
        ..Output::default()
    })
}

fn tokenizers(o: &Options, documents: &Documents) -> Result<Vec<(String, Box<dyn Tokenizer>)>> {
    let mut all = comparable_tokenizers(documents, o.vocabulary, o.k)?;
    let bpe = &all[0].1;
    o.save.iter().try_for_each(|folder| bpe.save(folder))?;
    for path in &o.load {
        all.push((path.display().to_string(), load(path)?));
    }
    Ok(all)
}
