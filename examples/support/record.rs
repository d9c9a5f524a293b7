//! `run.json` and `run.toml`: what a program knows of its own run, and what repeats it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use dissensus_input::InputPath;
use dissensus_kernels::checked::Checksum;
use dissensus_report::write_atomically;
use dissensus_study::{FileFacts, RunFacts};

use crate::Given;

/// A run that is being recorded.
#[derive(Debug)]
pub struct Record {
    began: Instant,
    facts: RunFacts,
    toml: String,
}

impl Record {
    /// Begins, with what the program was given; it computes on the CPU until something else is
    /// said.
    #[must_use]
    pub fn begin<T>(given: &Given<T>) -> Self {
        let mut facts = RunFacts::default();
        facts.command = std::env::args().collect();
        facts.version = format!("{} {}", given.name(), env!("CARGO_PKG_VERSION"));
        facts.device = "cpu".into();
        Self {
            began: Instant::now(),
            facts,
            toml: given.toml().into(),
        }
    }

    /// Adds files that were read, with their sizes and checksums; a folder stands for the weights,
    /// the configuration and the tokenizer in it.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn files<'a>(&mut self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<()> {
        const MODEL: [&str; 5] = [
            "config.json",
            "model.safetensors",
            "pytorch_model.bin",
            "tokenizer.json",
            "vocab.txt",
        ];
        for path in paths.into_iter().filter(|path| path.as_os_str() != "-") {
            let path = &InputPath::of(path)?.file;
            if path.is_dir() {
                let inside = MODEL.iter().map(|name| path.join(name));
                for path in inside.filter(|path| path.exists()) {
                    self.facts.files.push(file(&path)?);
                }
            } else {
                self.facts.files.push(file(path)?);
            }
        }
        Ok(())
    }

    /// Names the device that the program computes on.
    pub fn device(&mut self, name: &str) {
        self.facts.device = name.into();
    }

    /// States how many tokens were read in training.
    pub fn tokens(&mut self, count: u64) {
        self.facts.tokens_read = count;
    }

    /// Adds a checksum of what models were trained on: its name and value.
    pub fn checksum(&mut self, name: &str, value: &str) {
        self.facts.checksums.push((name.into(), value.into()));
    }

    /// What is known before the end.
    #[must_use]
    pub fn facts(&self) -> RunFacts {
        self.facts.clone()
    }

    /// Ends the run and writes `run.json`, and `run.toml` that repeats it, into its folder.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn end(mut self, folder: &Path) -> Result<RunFacts> {
        let facts = &mut self.facts;
        facts.seconds = self.began.elapsed().as_secs_f64();
        facts.threads = rayon::current_num_threads();
        facts.ended = jiff::Timestamp::now()
            .strftime("%Y-%m-%d %H:%M")
            .to_string();
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let text = serde_json::to_string_pretty(facts)? + "\n";
        write_atomically(&folder.join("run.json"), text.as_bytes())?;
        write_atomically(&folder.join("run.toml"), self.toml.as_bytes())?;
        Ok(self.facts)
    }
}

fn file(path: &Path) -> Result<FileFacts> {
    let read = || -> std::io::Result<FileFacts> {
        let mut sum = Checksum::default();
        let bytes = sum.read(std::fs::File::open(path)?)?;
        Ok(FileFacts {
            path: path.display().to_string(),
            bytes,
            crc32: sum.to_string(),
        })
    };
    read().with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Nothing {}

    #[test]
    fn a_file_is_known_by_its_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("digits");
        std::fs::write(&path, "123456789").expect("written");
        // The check value of CRC-32: zlib.crc32(b"123456789").
        let found = file(&path).expect("read");
        assert_eq!((found.bytes, found.crc32.as_str()), (9, "cbf43926"));
    }

    #[test]
    fn a_record_reads_back_from_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let given: Given<Nothing> = Given::of(vec!["program".into()]).expect("no arguments");
        let mut record = Record::begin(&given);
        record.tokens(7);
        let facts = record.end(folder.path()).expect("written");
        let text = std::fs::read_to_string(folder.path().join("run.json")).expect("read");
        assert_eq!(
            serde_json::from_str::<RunFacts>(&text).expect("JSON"),
            facts
        );
        assert!(facts.ended.starts_with("20") && facts.threads > 0);
    }
}
