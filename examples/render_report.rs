//! One page of runs that are finished: made anew from what they wrote, several side by side.
//!
//! `cargo run --release --example render_report -- runs/entropy_study runs/mine --out runs/both`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use dissensus_bert::Config;
use dissensus_ensemble::Run;
use dissensus_report::{Results, RunCard, write_atomically};
use dissensus_study::{
    LossCurve, RunFacts, TransferResults, figures, findings, headline, loss_curves, page, run_card,
    transfer_findings, transfer_tables, write_transfer,
};
use dissensus_workbench::{Common, Ending, Given, Presentation, Signals, Terminal, program};

/// Makes report.html from the results.json of one run or of several, with several each ensemble named after its run; or of one transfer
/// study, scan of variants, probe or set of mutation curves.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Folders of runs, each with results.json
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// What is shown of one run.
struct Shown {
    results: Results,
    losses: Vec<LossCurve>,
    card: RunCard,
}

fn main() -> ExitCode {
    program(render)
}

fn render(arguments: &Given<Arguments>, _: &Signals) -> Result<Ending> {
    arguments.common.start()?;
    let terminal = Terminal::new(&arguments.common);
    let several = arguments.folders.len() > 1;
    if let [folder] = &arguments.folders[..] {
        let value = json(folder)?;
        if value.get("cells").is_some() {
            let found = serde_json::from_value(value)
                .with_context(|| folder.join("results.json").display().to_string())?;
            return transfer(folder, &found, &arguments.common, &terminal);
        }
        let shown = Presentation::of_results(&value);
        if let Some(shown) = shown.with_context(|| folder.display().to_string())? {
            return presented(folder, &shown, &arguments.common, &terminal);
        }
    }
    let mut together = Results::new(Vec::new());
    let (mut losses, mut cards) = (Vec::new(), Vec::new());
    for folder in &arguments.folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let shown = read(folder, several.then_some(&*name))?;
        together.ensembles.extend(shown.results.ensembles);
        losses.extend(shown.losses);
        cards.push(shown.card);
    }
    let figures = figures(&together, &losses);
    let html = page(&together, &figures, cards)?.to_html()?;
    let folder = match (&arguments.common.out, several) {
        (None, false) => arguments.folders[0].clone(),
        _ => arguments.common.folder("render_report"),
    };
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let path = folder.join("report.html");
    write_atomically(&path, html.as_bytes())?;
    terminal.tables(&[headline(&together)?])?;
    terminal.findings(&findings(&together))?;
    terminal.results(&together.to_json()?)?;
    terminal.written(&folder, &[path])?;
    Ok(Ending::Finished)
}

/// Reads what a run wrote; `name` goes in front of its ensembles' names.
fn read(folder: &Path, name: Option<&str>) -> Result<Shown> {
    let path = folder.join("results.json");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let mut results = Results::from_json(&text).with_context(|| path.display().to_string())?;
    let facts = facts(folder)?;
    let mut card = run_card(&results, facts.as_ref());
    card.name = name.unwrap_or_default().into();
    let mut losses = Vec::new();
    for ensemble in &mut results.ensembles {
        // An audit has no runs behind it.
        let run = Run::<Config>::open(folder.join(&ensemble.name)).ok();
        if let Some(name) = name {
            ensemble.name = format!("{name}: {}", ensemble.name);
        }
        if let Some(run) = run {
            losses.extend(loss_curves(&run, &ensemble.name)?);
        }
    }
    Ok(Shown {
        results,
        losses,
        card,
    })
}

/// The contents of a folder's `results.json`.
fn json(folder: &Path) -> Result<serde_json::Value> {
    let path = folder.join("results.json");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

/// The page, tables and figures of a program that asks one model, made anew.
fn presented(
    folder: &Path,
    shown: &Presentation,
    common: &Common,
    terminal: &Terminal,
) -> Result<Ending> {
    let facts = facts(folder)?;
    let command = facts.map_or(String::new(), |facts| facts.command.join(" "));
    let out = common.out.clone().unwrap_or_else(|| folder.to_path_buf());
    let paths = shown.write(RunCard::new("", &command), &out)?;
    for (_, table) in &shown.tables {
        terminal.tables(std::slice::from_ref(table))?;
    }
    terminal.findings(&shown.findings)?;
    terminal.results(&serde_json::to_string_pretty(&json(folder)?)?)?;
    terminal.written(&out, &paths)?;
    Ok(Ending::Finished)
}

/// The page, tables and figures of a transfer study made anew.
fn transfer(
    folder: &Path,
    found: &TransferResults,
    common: &Common,
    terminal: &Terminal,
) -> Result<Ending> {
    let facts = facts(folder)?;
    let command = facts.map_or(String::new(), |facts| facts.command.join(" "));
    let out = common.out.clone().unwrap_or_else(|| folder.to_path_buf());
    std::fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    let paths = write_transfer(found, RunCard::new("", &command), &out)?;
    terminal.tables(&transfer_tables(found)?)?;
    terminal.findings(&transfer_findings(found))?;
    terminal.results(&serde_json::to_string_pretty(found)?)?;
    terminal.written(&out, &paths)?;
    Ok(Ending::Finished)
}

/// `run.json`, where there is one.
fn facts(folder: &Path) -> Result<Option<RunFacts>> {
    let path = folder.join("run.json");
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let facts = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(Some(facts))
}
