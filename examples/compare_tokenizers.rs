//! How do BPE, k-mers and single symbols cut the same text?
//!
//! Without arguments on 2 Mb of the built-in DNA-like source. Nine windows in ten train the tokenizers; the tenth is measured.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use dissensus_corpus::{Format, SoftMasked, clean_dna, clean_text, records};
use dissensus_source::{DnaLike, TextLike, documents};
use dissensus_tokenize::{Bpe, BpeParams, Character, Kmer, Layout, Tokenizer, Usage, load};

/// Symbols per window.
const WINDOW: usize = 3072;

/// Tokens per symbol, fertility, use of the vocabulary and unknowns of several tokenizers on one text.
#[derive(Parser)]
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
    /// Where the results go
    #[arg(long, default_value = "compare_tokenizers.json")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Dna,
    Text,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let windows = windows(&options)?;
    let mut results = BTreeMap::new();
    for (name, tokenizer) in tokenizers(&options, &windows)? {
        let mut usage = Usage::default();
        for text in windows.iter().skip(9).step_by(10) {
            usage.add(tokenizer.as_ref(), text)?;
        }
        println!("{name}: {}", usage.summary());
        results.insert(name, usage.summary());
    }
    std::fs::write(&options.out, serde_json::to_string_pretty(&results)? + "\n")?;
    Ok(())
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
