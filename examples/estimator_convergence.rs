//! How fast the estimates of the crate `reference` reach the known entropies of the crate `source`:
//! a Markdown table.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Parser;
use dissensus_reference::{SurveyParams, survey};
use dissensus_report::Table;
use dissensus_source::{Source, erasure_entropy, gallery};
use dissensus_workbench::{Ending, Given, Job, program};

/// Prints, for every source and length, each estimate with the known entropy rate, or, for the
/// two-sided mixture, with the erasure entropy.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Lengths of the sequences.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    lengths: Vec<usize>,
}

fn main() -> ExitCode {
    program(converge)
}

fn converge(arguments: &Given<Arguments>, mut job: Job) -> Result<Ending> {
    let mut markdown = String::new();
    for (name, source) in gallery()? {
        job.bars.begin(name);
        let table = table(name, &*source, &arguments.lengths)?;
        let text = format!("### {name}\n\n{}", table.to_markdown());
        job.terminal.line(&text)?;
        markdown += &format!("{text}\n");
    }
    let ended = job.end()?;
    let path = ended.write("convergence.md", &markdown)?;
    ended.terminal.written(&ended.folder, &[path])?;
    Ok(Ending::Finished)
}

fn table(name: &str, source: &dyn Source, lengths: &[usize]) -> Result<Table> {
    let size = source.alphabet().size();
    let params = match size {
        4 => SurveyParams::dna(),
        _ => SurveyParams::text(size),
    };
    let columns = lengths.iter().map(|n| format!("n = {n}"));
    let first = std::iter::once("bits per symbol".to_owned());
    let mut table = Table::new(name, first.chain(columns));
    let mut rows: Vec<Vec<String>> = Vec::new();
    for &length in lengths {
        let document = source.document(7, 0, length);
        let symbols: Vec<Option<u8>> = document.into_iter().map(Some).collect();
        for (i, row) in survey(&symbols, &params)?.into_iter().enumerate() {
            if rows.len() <= i {
                rows.push(vec![row.name]);
            }
            rows[i].push(format!("{:.4}", row.bits.value));
        }
    }
    let known = |name: &str, value: String| {
        std::iter::once(name.to_owned()).chain(lengths.iter().map(move |_| value.clone()))
    };
    table.push(known("**known entropy rate**", rate(source)?))?;
    table.push(known("**known erasure entropy**", erasure(source)?))?;
    rows.into_iter().try_for_each(|row| table.push(row))?;
    Ok(table)
}

/// Exact, or the mean of the two estimates that enclose it.
fn rate(source: &dyn Source) -> Result<String> {
    if let Some(exact) = source.entropy_rate().value() {
        return Ok(format!("{exact:.4}"));
    }
    let machine = source
        .machine()
        .ok_or_else(|| anyhow!("no finite-state form"))?;
    let enclosure = machine.enclose_rate(20, 10_000, 3)?;
    let error = 1.96 * enclosure.high.standard_error;
    let (low, high) = (enclosure.low.bits, enclosure.high.bits);
    Ok(format!("{low:.4} to {high:.4} ± {error:.4}"))
}

fn erasure(source: &dyn Source) -> Result<String> {
    let found = erasure_entropy(source, 10, 5_000, 5)?;
    let error = 1.96 * found.standard_error;
    Ok(format!("{:.4} ± {error:.4}", found.bits))
}
