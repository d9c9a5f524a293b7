//! Exact joint loss on masked spans.

use std::ops::Range;

use super::forward::{Scratch, Weights};
use super::{Evidence, Machine};
use crate::Error;

impl Machine {
    /// Far cheaper than [`Machine::token_posterior`], which gives the whole distribution.
    pub(super) fn span_losses(
        &self,
        symbols: &[u8],
        spans: &[Range<usize>],
    ) -> Result<Vec<f64>, Error> {
        check(symbols.len(), spans)?;
        let mut visible: Vec<Option<u8>> = symbols.iter().map(|&x| Some(x)).collect();
        spans
            .iter()
            .for_each(|span| visible[span.clone()].fill(None));
        self.alphabet().check(symbols.iter().map(|&x| Some(x)))?;
        let seen = Evidence::Some(&visible);
        let mut scratch = Scratch::new(self.states());
        let alpha = self.forward(seen, false, &mut scratch)?;
        let mut beta = vec![0.0; self.states()];
        alpha[symbols.len()]
            .states
            .iter()
            .for_each(|&s| beta[s as usize] = 1.0);
        let mut losses = vec![0.0; spans.len()];
        let mut end = symbols.len();
        for (loss, span) in losses.iter_mut().zip(spans).rev() {
            (span.end..end)
                .rev()
                .for_each(|t| self.retreat(&alpha[t], seen.at(t), &mut beta));
            let all = weigh(&alpha[span.end], &beta);
            let content = &symbols[span.clone()];
            // `forward` normalises at each step, so the mass of the masked span stays one.
            let truth = content.iter().fold(alpha[span.start].clone(), |w, &x| {
                self.advance(&w, Some(x), &mut scratch)
            });
            let truth = weigh(&truth, &beta);
            if truth <= 0.0 {
                return Err(Error::Impossible {
                    position: span.start,
                });
            }
            *loss = (all / truth).log2();
            end = span.end;
        }
        Ok(losses)
    }
}

fn weigh(alpha: &Weights, beta: &[f64]) -> f64 {
    alpha
        .iter()
        .map(|(state, w)| w * beta[state as usize])
        .sum()
}

/// Checks that spans lie in the document, in order and apart.
pub(crate) fn check(length: usize, spans: &[Range<usize>]) -> Result<(), Error> {
    let mut done = 0;
    for span in spans {
        if span.start < done || span.end <= span.start || span.end > length {
            return Err(Error::Parameter {
                name: "start of a span",
                value: span.start as f64,
                expected: "non-empty spans in order, without overlap, within the document",
            });
        }
        done = span.end;
    }
    Ok(())
}
