//! How do BPE, k-mers and single symbols cut the same text?
//!
//! Without arguments on 2 Mb of the built-in DNA-like source. Nine windows in ten train the tokenizers; the tenth is measured.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use dissensus_corpus::{Format, SoftMasked, clean_dna, clean_text, records};
use dissensus_report::write_atomically;
use dissensus_source::{DnaLike, TextLike, documents};
use dissensus_tokenize::{Bpe, BpeParams, Character, Kmer, Layout, Tokenizer, Usage, load};
use dissensus_workbench::{Bars, Common, Ending, Record, Signals, Terminal, program};

/// Symbols per window.
const WINDOW: usize = 3072;

/// Tokens per symbol, fertility, use of the vocabulary and unknowns of several tokenizers on one text.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Text, JSONL, CSV or FASTA, plain, .gz or .zst; none: a built-in source
    files: Vec<PathBuf>,
    #[arg(long, value_enum, default_value = "dna")]
    kind: Kind,
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
    common: Common,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Dna,
    Text,
}

const NAME: &str = "compare_tokenizers";

fn main() -> ExitCode {
    let options = Options::parse();
    program(|signals| compare(&options, signals))
}

fn compare(options: &Options, signals: &Signals) -> Result<Ending> {
    options.common.start()?;
    let folder = options.common.folder(NAME);
    let terminal = Terminal::new(&options.common);
    let mut record = Record::begin(NAME, "cpu");
    record.files(options.files.iter().chain(&options.load))?;
    let mut bars = Bars::new("", &options.common, signals);
    bars.begin("reading");
    let windows = windows(options)?;
    ensure!(
        windows.len() >= 10,
        "{} windows of {WINDOW} symbols were read, expected at least 10: every tenth is measured, the others train",
        windows.len()
    );
    bars.begin("training tokenizers");
    let mut results = BTreeMap::new();
    let tokenizers = tokenizers(options, &windows)?;
    bars.begin("measuring");
    for (name, tokenizer) in tokenizers {
        let mut usage = Usage::default();
        for text in windows.iter().skip(9).step_by(10) {
            usage.add(tokenizer.as_ref(), text)?;
        }
        terminal.line(&format!("{name}: {}", usage.summary()))?;
        results.insert(name, usage.summary());
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

fn tokenizers(o: &Options, windows: &[String]) -> Result<Vec<(String, Box<dyn Tokenizer>)>> {
    let seen = || windows.iter().enumerate().filter(|(i, _)| i % 10 != 9);
    let texts = || seen().map(|(_, text)| text);
    let params = BpeParams {
        vocabulary_size: o.vocabulary,
        ..BpeParams::default()
    };
    let bpe = Bpe::train(texts(), params)?;
    o.save.iter().try_for_each(|folder| bpe.save(folder))?;
    let mut all: Vec<(String, Box<dyn Tokenizer>)> = vec![("bpe".into(), Box::new(bpe))];
    if let Kind::Dna = o.kind {
        all.push((
            format!("{}-mer", o.k),
            Box::new(Kmer::new(o.k, Layout::Standard)?),
        ));
        all.push(("char".into(), Box::new(Character::dna(Layout::Standard)?)));
    } else {
        all.push((
            "char".into(),
            Box::new(Character::train(texts(), Layout::Standard)?),
        ));
    }
    for path in &o.load {
        all.push((path.display().to_string(), load(path)?));
    }
    Ok(all)
}

fn windows(o: &Options) -> Result<Vec<String>> {
    let mut windows = Vec::new();
    for file in &o.files {
        for record in records(file, &Format::of_name(file, "text")?)? {
            let text = match o.kind {
                Kind::Dna => clean_dna(record?.text.as_bytes(), SoftMasked::Upper),
                Kind::Text => clean_text(&record?.text),
            };
            let symbols: Vec<char> = text.chars().collect();
            windows.extend(symbols.chunks(WINDOW).map(String::from_iter));
        }
    }
    let built_in = if o.files.is_empty() {
        2_000_000_usize.div_ceil(WINDOW)
    } else {
        0
    };
    match o.kind {
        Kind::Dna => windows.extend(documents(&DnaLike::default(), 1, WINDOW).take(built_in)),
        Kind::Text => windows.extend(documents(&TextLike::default(), 1, WINDOW).take(built_in)),
    }
    Ok(windows)
}
