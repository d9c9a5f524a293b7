//! How fast the estimates of the crate `reference` reach the known entropies of the crate `source`: a Markdown table.

use anyhow::{Result, anyhow};
use clap::Parser;
use dissensus_reference::{SurveyParams, survey};
use dissensus_report::Table;
use dissensus_source::{
    Alphabet, Copies, DnaLike, HiddenMarkov, Iid, Markov, Motifs, Source, Strand, TextLike,
    erasure_entropy,
};

/// Prints, for every source and length, each estimate with the known entropy rate, or, for the two-sided mixture, with the
/// erasure entropy.
#[derive(Parser)]
struct Arguments {
    /// Lengths of the sequences.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    lengths: Vec<usize>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    for (name, source) in sources()? {
        println!("### {name}\n");
        println!(
            "{}",
            table(name, &*source, &arguments.lengths)?.to_markdown()
        );
    }
    Ok(())
}

fn sources() -> Result<Vec<(&'static str, Box<dyn Source>)>> {
    let dna = Alphabet::dna;
    let copies = |strand| Copies::new(dna(), &[0.25; 4], 50, 0.7, strand);
    let symmetric = Markov::random(dna(), 3, 1.8, 2)?.reverse_complement_symmetric()?;
    let mixture = Markov::random(dna(), 2, 1.5, 3)?
        .as_machine()
        .both_strands()?;
    Ok(vec![
        ("i.i.d.", Box::new(Iid::new(dna(), &[0.4, 0.3, 0.2, 0.1])?)),
        (
            "Markov, order 2",
            Box::new(Markov::random(dna(), 2, 1.6, 1)?),
        ),
        (
            "Markov, order 6",
            Box::new(Markov::random(dna(), 6, 1.6, 1)?),
        ),
        ("Markov, order 3, strand-symmetric", Box::new(symmetric)),
        ("mixture of both strands of order 2", Box::new(mixture)),
        (
            "isochores",
            Box::new(HiddenMarkov::isochores(&[0.2, 0.5, 0.8], 500.0)?),
        ),
        ("genes", Box::new(HiddenMarkov::genes(100.0, 500.0)?)),
        ("motifs", Box::new(Motifs::new(&Default::default())?)),
        ("copies at 50", Box::new(copies(Strand::Direct)?)),
        (
            "inverted copies, blocks of 50",
            Box::new(copies(Strand::Inverted)?),
        ),
        ("DNA-like", Box::<DnaLike>::default()),
        ("text-like", Box::<TextLike>::default()),
    ])
}

fn table(name: &str, source: &dyn Source, lengths: &[usize]) -> Result<Table> {
    let size = source.alphabet().size();
    let params = if size == 4 {
        SurveyParams::dna()
    } else {
        SurveyParams::text(size)
    };
    let columns = lengths.iter().map(|n| format!("n = {n}"));
    let mut table = Table::new(
        name,
        ["bits per symbol".to_owned()].into_iter().chain(columns),
    );
    let mut rows: Vec<Vec<String>> = Vec::new();
    for &length in lengths {
        let symbols: Vec<Option<u8>> = source
            .document(7, 0, length)
            .into_iter()
            .map(Some)
            .collect();
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
    let sandwich = machine.sandwich(20, 10_000, 3);
    Ok(format!(
        "{:.4} to {:.4} ± {:.4}",
        sandwich.low.bits,
        sandwich.high.bits,
        1.96 * sandwich.high.standard_error
    ))
}

fn erasure(source: &dyn Source) -> Result<String> {
    let found = erasure_entropy(source, 10, 5_000, 5)?;
    Ok(format!(
        "{:.4} ± {:.4}",
        found.bits,
        1.96 * found.standard_error
    ))
}
