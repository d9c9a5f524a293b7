//! One page of runs that are finished: made anew from what they wrote, several side by side.
//!
//! `cargo run --release --example render_report -- runs/entropy_study runs/mine --out runs/both`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use dissensus_report::RunCard;
use dissensus_study::{
    FinishedRun, RunFacts, TransferResults, figures, findings, headline, page_of_runs,
    results_text, run_names, side_by_side, transfer_findings, transfer_tables, write_transfer,
};
use dissensus_workbench::{Ending, Given, Job, Output, Presentation, program};

/// Makes report.html from the results.json of one run or of several, with several each ensemble
/// named after its run; or of one transfer study, scan of variants, probe or set of mutation
/// curves.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Folders of runs, each with results.json
    #[arg(required = true)]
    folders: Vec<PathBuf>,
}

fn main() -> ExitCode {
    program(render)
}

fn render(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    let several = arguments.folders.len() > 1;
    let first = &arguments.folders[0];
    if arguments.common().out.is_none() && !several {
        job.folder.clone_from(first);
    }
    if !several {
        let results = results(first)?;
        if results.get("cells").is_some() {
            let found: TransferResults = serde_json::from_value(results)
                .with_context(|| first.join("results.json").display().to_string())?;
            let paths = write_transfer(&found, card(first)?, &job.folder)?;
            return job.print(&Output {
                tables: transfer_tables(&found)?.into(),
                findings: transfer_findings(&found),
                json: serde_json::to_string_pretty(&found)?,
                paths,
                ..Output::default()
            });
        }
        let shown = Presentation::of_results(&results);
        if let Some(shown) = shown.with_context(|| first.display().to_string())? {
            let paths = shown.write(card(first)?, &job.folder)?;
            return job.print(&Output {
                tables: shown.tables.into_iter().map(|(_, table)| table).collect(),
                findings: shown.findings,
                json: serde_json::to_string_pretty(&results)?,
                paths,
                ..Output::default()
            });
        }
    }
    let mut runs = Vec::new();
    for (folder, name) in arguments.folders.iter().zip(run_names(&arguments.folders)) {
        runs.push(FinishedRun::read(folder, several.then_some(&*name))?);
    }
    let compared = side_by_side(&runs)?;
    let (together, losses, cards) = FinishedRun::together(runs);
    let figures = figures(&together, &losses);
    let html = page_of_runs(&together, &figures, cards, compared)?.to_html()?;
    let path = job.write("report.html", &html)?;
    job.print(&Output {
        tables: vec![headline(&together)?],
        findings: findings(&together),
        json: together.to_json()?,
        paths: vec![path],
        ..Output::default()
    })
}

/// What a program wrote, of whatever kind it is.
fn results(folder: &Path) -> Result<serde_json::Value> {
    let path = folder.join("results.json");
    serde_json::from_str(&results_text(folder)?).with_context(|| path.display().to_string())
}

/// The card of a run whose page says no more of it than the command.
fn card(folder: &Path) -> Result<RunCard> {
    let facts = RunFacts::read(folder)?;
    let command = facts.map_or(String::new(), |facts| facts.command.join(" "));
    Ok(RunCard::new("", &command))
}
