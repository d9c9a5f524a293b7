//! A program at work: where it writes, what it is busy with, what it says of its run.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::Device;
use dissensus_lm::Devices;
use dissensus_report::{Finding, Results, RunCard, Table, write_atomically};
use dissensus_study::{
    LossCurve, RunFacts, findings, headline, of_ensemble, run_card, seal_results, write,
};

use crate::{
    Bars, Computing, Ending, Given, Growing, Presents, Progress, Record, Signals, Terminal,
    UsageError,
};

/// A program that works.
#[derive(Debug)]
pub struct Job {
    /// Folder of everything that it writes.
    pub folder: PathBuf,
    /// What it is busy with.
    pub bars: Bars,
    /// Where it prints.
    pub terminal: Terminal,
    record: Record,
}

impl Job {
    pub(crate) fn begin<T>(given: &Given<T>, signals: &Signals) -> Self {
        let common = given.common();
        Self {
            folder: common.folder(given.name()),
            bars: Bars::new(common, signals),
            terminal: Terminal::new(common),
            record: Record::begin(given),
        }
    }

    /// Notes files that are read, with their sizes and checksums.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn reads<'a>(&mut self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<()> {
        self.record.files(paths)
    }

    /// The one device to compute on.
    ///
    /// # Errors
    /// If there is none of that name; [`UsageError`] for several.
    pub fn device(&mut self, computing: &Computing) -> Result<Device> {
        let devices = self.devices_of(computing, 1)?;
        Ok(devices.first().clone())
    }

    /// The devices that share the work.
    ///
    /// # Errors
    /// If there is none of a name.
    pub fn devices(&mut self, computing: &Computing) -> Result<Devices> {
        self.record.device(&computing.device);
        Ok(dissensus_lm::devices(&computing.device)?)
    }

    /// The devices of so many models that are there at once, each on one device.
    ///
    /// # Errors
    /// If there is none of a name; [`UsageError`] for more devices than models.
    pub fn devices_of(&mut self, computing: &Computing, models: usize) -> Result<Devices> {
        let devices = self.devices(computing)?;
        let count = devices.count();
        if count > models {
            let most = match models {
                1 => "one, as one model is in memory at a time".to_owned(),
                _ => format!("at most {models}, one for each model that is in memory at once"),
            };
            let problem = format!(
                "--device {}: {count} devices, expected {most}",
                computing.device
            );
            return Err(UsageError(problem).into());
        }
        Ok(devices)
    }

    /// Notes a checksum of what models were trained on: its name and value.
    pub fn checksum(&mut self, name: &str, value: &str) {
        self.record.checksum(name, value);
    }

    /// Writes a file into the folder; returns its path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let folder = &self.folder;
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let path = folder.join(name);
        write_atomically(&path, text.as_bytes())?;
        Ok(path)
    }

    /// Has the page of a study written while it goes on; it shows bars too.
    pub fn grow<P: Progress>(&mut self, progress: P) -> Growing<'_, P> {
        let facts = self.record.facts();
        Growing::new(&mut self.bars, progress, self.folder.clone(), facts)
    }

    /// Says how a run is continued that a signal interrupted.
    #[must_use]
    pub fn interrupted(&self) -> Ending {
        let folder = self.folder.display();
        self.bars
            .say(&format!("saved in {folder}; continue with --resume"));
        Ending::Interrupted
    }

    /// Says that the rest is made by other processes.
    ///
    /// # Errors
    /// Those of standard output, except that it is closed.
    pub fn shared(self) -> Result<Ending> {
        drop(self.bars);
        let text = "this share is made; other shares are not yet";
        self.terminal.line(text)?;
        Ok(Ending::Finished)
    }

    /// Prints what was found by a program whose run nobody needs to know of.
    ///
    /// # Errors
    /// Those of standard output, except that it is closed.
    pub fn print(self, output: &Output) -> Result<Ending> {
        drop(self.bars);
        output.print(&self.terminal, &self.folder)
    }

    /// Ends the work, and writes `run.json` and `run.toml`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn end(mut self) -> Result<Finished> {
        self.record.tokens(self.bars.tokens_read);
        drop(self.bars);
        Ok(Finished {
            facts: self.record.end(&self.folder)?,
            folder: self.folder,
            terminal: self.terminal,
        })
    }
}

/// A program that has worked, and writes and prints what it found.
#[derive(Debug)]
pub struct Finished {
    /// Folder of everything that it writes.
    pub folder: PathBuf,
    /// What it knows of its run.
    pub facts: RunFacts,
    /// Where it prints.
    pub terminal: Terminal,
}

/// What a program prints in the end.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// Where they are wanted.
    pub tables: Vec<Table>,
    /// In any case.
    pub lines: Vec<String>,
    /// The first of them.
    pub findings: Vec<Finding>,
    /// The results, where they are wanted so.
    pub json: String,
    /// Files that were written.
    pub paths: Vec<PathBuf>,
}

impl Output {
    /// The tables and findings of ensembles that were measured.
    ///
    /// # Errors
    /// Of a table, if a row does not fit.
    pub fn of_results(results: &Results, paths: Vec<PathBuf>) -> Result<Self> {
        let tables = results.ensembles.iter().map(of_ensemble);
        let tables = std::iter::once(headline(results)).chain(tables);
        Ok(Self {
            tables: tables.collect::<Result<_, _>>()?,
            findings: findings(results),
            json: results.to_json()?,
            paths,
            ..Self::default()
        })
    }

    /// Prints all of it.
    ///
    /// # Errors
    /// Those of standard output, except that it is closed.
    pub fn print(&self, terminal: &Terminal, folder: &Path) -> Result<Ending> {
        terminal.tables(&self.tables)?;
        for line in &self.lines {
            terminal.line(line)?;
        }
        terminal.findings(&self.findings)?;
        terminal.results(&self.json)?;
        if !self.paths.is_empty() {
            terminal.written(folder, &self.paths)?;
        }
        Ok(Ending::Finished)
    }
}

impl Finished {
    /// The card of a run whose page says no more of it than the command.
    #[must_use]
    pub fn card(&self) -> RunCard {
        RunCard::new("", &self.facts.command.join(" "))
    }

    /// Writes a file into the folder; returns its path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        write_atomically(&path, text.as_bytes())?;
        if name == "results.json" {
            seal_results(&self.folder)?;
        }
        Ok(path)
    }

    /// Prints what was found.
    ///
    /// # Errors
    /// Those of standard output, except that it is closed.
    pub fn print(&self, output: &Output) -> Result<Ending> {
        output.print(&self.terminal, &self.folder)
    }

    /// Writes and prints what ensembles were measured at: results, tables, figures and page.
    ///
    /// # Errors
    /// If a file cannot be written or standard output not be printed to.
    pub fn measured(&self, results: &Results, losses: &[LossCurve]) -> Result<Ending> {
        let card = run_card(results, Some(&self.facts));
        let paths = write(results, losses, card, &self.folder)?;
        self.print(&Output::of_results(results, paths)?)
    }

    /// Writes and prints what one model was asked: results, tables, figures and page; `files` were
    /// written before.
    ///
    /// # Errors
    /// If a file cannot be written or standard output not be printed to.
    pub fn presented(
        &self,
        results: &impl Presents,
        files: impl IntoIterator<Item = PathBuf>,
    ) -> Result<Ending> {
        let json = serde_json::to_string_pretty(results)? + "\n";
        let path = self.write("results.json", &json)?;
        let shown = results.presentation()?;
        let mut paths = shown.write(self.card(), &self.folder)?;
        paths.push(path);
        paths.extend(files);
        self.print(&Output {
            findings: shown.findings,
            json,
            paths,
            ..Output::default()
        })
    }
}
