//! Posteriors of a source of interleaved chains: each chain by itself.

use std::ops::Range;

use super::Copies;
use crate::machine::check_spans;
use crate::{Error, Posterior};

/// Messages into every position from its past and from its future.
struct Messages {
    past: Vec<Vec<f64>>,
    future: Vec<Vec<f64>>,
}

pub(super) fn posterior(source: &Copies, visible: &[Option<u8>]) -> Result<Posterior, Error> {
    source.alphabet.check(visible.iter().copied())?;
    let messages = messages(source, visible);
    rows(
        source,
        &messages,
        (0..visible.len()).filter(|&t| visible[t].is_none()),
    )
}

pub(super) fn leave_one_out(source: &Copies, symbols: &[u8]) -> Result<Posterior, Error> {
    let visible: Vec<Option<u8>> = symbols.iter().map(|&s| Some(s)).collect();
    source.alphabet.check(visible.iter().copied())?;
    let messages = messages(source, &visible);
    rows(source, &messages, 0..symbols.len())
}

/// The joint of a span is the chain rule over its symbols: those before it in the span become
/// visible.
pub(super) fn span_losses(
    source: &Copies,
    symbols: &[u8],
    spans: &[Range<usize>],
) -> Result<Vec<f64>, Error> {
    check_spans(symbols.len(), spans)?;
    let mut visible: Vec<Option<u8>> = symbols.iter().map(|&s| Some(s)).collect();
    source.alphabet.check(visible.iter().copied())?;
    spans
        .iter()
        .for_each(|span| visible[span.clone()].fill(None));
    let apart = messages(source, &visible);
    let mut losses = Vec::with_capacity(spans.len());
    for span in spans {
        let mut loss = 0.0;
        let mut shown = visible.clone();
        for t in span.clone() {
            // Within one block every symbol belongs to a chain of its own; beyond, the earlier ones
            // must be shown.
            let in_first_block = t / source.distance == span.start / source.distance;
            let row = if in_first_block {
                rows(source, &apart, std::iter::once(t))?
            } else {
                rows(source, &messages(source, &shown), std::iter::once(t))?
            };
            let p = row.row(0)[symbols[t] as usize];
            if p <= 0.0 {
                return Err(Error::Impossible { position: t });
            }
            loss -= p.log2();
            shown[t] = Some(symbols[t]);
        }
        losses.push(loss);
    }
    Ok(losses)
}

fn rows(
    source: &Copies,
    messages: &Messages,
    positions: impl Iterator<Item = usize>,
) -> Result<Posterior, Error> {
    let mut posterior = Posterior::new(source.base.len());
    for t in positions {
        let row: Vec<f64> = messages.past[t]
            .iter()
            .zip(&messages.future[t])
            .map(|(a, b)| a * b)
            .collect();
        if row.iter().sum::<f64>() <= 0.0 {
            return Err(Error::Impossible { position: t });
        }
        posterior.push(t, &row);
    }
    Ok(posterior)
}

fn messages(source: &Copies, visible: &[Option<u8>]) -> Messages {
    let size = source.base.len();
    let n = visible.len();
    let mut past = vec![source.base.clone(); n];
    let mut future = vec![vec![1.0; size]; n];
    // What a position tells its neighbours: its symbol where visible, else what it heard from the
    // other side.
    let told = |t: usize, heard: &[f64]| match visible[t] {
        Some(x) => (0..size).map(|y| f64::from(y == x as usize)).collect(),
        None => heard.to_vec(),
    };
    for t in 0..n {
        if let Some(original) = source.original(t) {
            let from = told(original, &past[original]);
            past[t] = normalised(
                (0..size)
                    .map(|x| (0..size).map(|y| from[y] * read(source, y, x)).sum())
                    .collect(),
            );
        }
    }
    for t in (0..n).rev() {
        if let Some(original) = source.original(t) {
            let from = told(t, &future[t]);
            future[original] = normalised(
                (0..size)
                    .map(|y| (0..size).map(|x| read(source, y, x) * from[x]).sum())
                    .collect(),
            );
        }
    }
    Messages { past, future }
}

/// `P(x | original symbol y)`.
fn read(source: &Copies, y: usize, x: usize) -> f64 {
    source.kernel(source.read(y as u8) as usize, x)
}

fn normalised(mut weights: Vec<f64>) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        weights.iter_mut().for_each(|w| *w /= total);
    }
    weights
}
