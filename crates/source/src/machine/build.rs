//! Checking and compiling the edges of a source.

use super::alias::AliasTables;
use super::{Edge, Machine, stationary};
use crate::entropy::check_row;
use crate::{Alphabet, Error};

pub(super) fn machine(
    alphabet: Alphabet,
    states: Vec<Vec<Edge>>,
    guess: Vec<f64>,
) -> Result<Machine, Error> {
    check(&alphabet, &states, &guess)?;
    let mut offsets = vec![0u32];
    let mut edges = Vec::new();
    for state in &states {
        let start = edges.len();
        edges.extend(state.iter().filter(|e| e.probability > 0.0));
        edges[start..].sort_by_key(|e: &Edge| e.symbol);
        offsets.push(edges.len() as u32);
    }
    let rows = || (0..states.len()).map(|s| &edges[offsets[s] as usize..offsets[s + 1] as usize]);
    let stationary = stationary::distribution(&offsets, &edges, guess)?;
    let tables = AliasTables::new(rows().map(|row| {
        row.iter()
            .map(|e| (e.probability, e.symbol, e.next))
            .collect()
    }));
    let first = AliasTables::new(std::iter::once(
        stationary
            .iter()
            .enumerate()
            .map(|(s, &p)| (p, 0, s as u32))
            .collect(),
    ));
    let unifilar = rows().all(has_distinct_symbols);
    Ok(Machine {
        alphabet,
        offsets,
        edges,
        stationary,
        first,
        tables,
        unifilar,
    })
}

fn has_distinct_symbols(row: &[Edge]) -> bool {
    let mut seen = 0u128;
    row.iter().all(|e| {
        let bit = 1u128 << e.symbol;
        let fresh = seen & bit == 0;
        seen |= bit;
        fresh
    })
}

fn check(alphabet: &Alphabet, states: &[Vec<Edge>], guess: &[f64]) -> Result<(), Error> {
    if guess.len() != states.len() || states.is_empty() {
        return Err(Error::Size {
            what: "stationary distribution",
            expected: states.len().max(1),
            found: guess.len(),
        });
    }
    check_row("stationary distribution", 0, guess)?;
    for (state, row) in states.iter().enumerate() {
        let probabilities: Vec<f64> = row.iter().map(|e| e.probability).collect();
        check_row("edges of state", state, &probabilities)?;
        alphabet.check(row.iter().map(|e| Some(e.symbol)))?;
        if let Some(edge) = row.iter().find(|e| e.next as usize >= states.len()) {
            return Err(Error::Edge {
                state,
                next: edge.next as usize,
                states: states.len(),
            });
        }
    }
    Ok(())
}
