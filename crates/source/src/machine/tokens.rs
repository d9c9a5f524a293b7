//! Exact posteriors of masked tokens: forward–backward over a trie of candidates.

use super::Machine;
use super::forward::{Scratch, Weights};
use crate::tokens::{Segment, TokenTrie};
use crate::{Error, Posterior};

const ROOT: u32 = 0;

/// One masked token, or all visible symbols between two.
struct Pass<'a> {
    machine: &'a Machine,
    trie: &'a TokenTrie,
    scratch: Scratch,
    /// Backward weights of the node last left.
    child: Vec<f64>,
}

impl Pass<'_> {
    /// Sum over all candidates of the forward weights after them.
    fn forward(
        &mut self,
        node: u32,
        depth: usize,
        length: Option<usize>,
        weights: &Weights,
        sum: &mut Scratch,
    ) {
        let trie = self.trie;
        let here = trie.node(node);
        if length.is_none_or(|l| l == depth) && !here.ids.is_empty() {
            let copies = here.ids.len() as f64;
            weights
                .iter()
                .for_each(|(state, w)| sum.add(state, copies * w));
        }
        if length == Some(depth) {
            return;
        }
        for &(symbol, child) in &here.children {
            let next = self
                .machine
                .advance(weights, Some(symbol), &mut self.scratch);
            if next.total() > 0.0 {
                self.forward(child, depth + 1, length, &next, sum);
            }
        }
    }

    /// Adds each candidate's weight to the row; returns the backward weight of each state of
    /// `weights` at this node.
    fn backward(
        &mut self,
        node: u32,
        depth: usize,
        slot: &Slot<'_>,
        weights: &Weights,
        row: &mut [f64],
    ) -> Vec<f64> {
        let trie = self.trie;
        let here = trie.node(node);
        let mut beta = vec![0.0; weights.states.len()];
        if slot.length.is_none_or(|l| l == depth) && !here.ids.is_empty() {
            let score: f64 = weights
                .iter()
                .map(|(state, w)| w * slot.after[state as usize])
                .sum();
            here.ids.iter().for_each(|&id| row[id as usize] += score);
            let copies = here.ids.len() as f64;
            beta.iter_mut()
                .zip(&weights.states)
                .for_each(|(b, &s)| *b += copies * slot.after[s as usize]);
        }
        if slot.length == Some(depth) {
            return beta;
        }
        for &(symbol, child) in &here.children {
            let next = self
                .machine
                .advance(weights, Some(symbol), &mut self.scratch);
            if next.total() > 0.0 {
                let values = self.backward(child, depth + 1, slot, &next, row);
                next.states
                    .iter()
                    .zip(values)
                    .for_each(|(&s, v)| self.child[s as usize] = v);
                for (b, &state) in beta.iter_mut().zip(&weights.states) {
                    let edges = self.machine.edges_with(state as usize, symbol);
                    *b += edges
                        .iter()
                        .map(|e| e.probability * self.child[e.next as usize])
                        .sum::<f64>();
                }
            }
        }
        beta
    }

    /// The weight of each candidate of a masked token; `after` goes from what comes behind it to
    /// what comes before.
    fn masked_row(
        &mut self,
        length: Option<usize>,
        before: &Weights,
        after: &mut [f64],
    ) -> Vec<f64> {
        let mut row = vec![0.0; self.trie.tokens()];
        let slot = Slot { length, after };
        let values = self.backward(ROOT, 0, &slot, before, &mut row);
        let largest = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let states = before.states.iter().zip(values);
        states.for_each(|(&s, v)| after[s as usize] = v / largest);
        row
    }
}

/// A masked token with what comes after it.
struct Slot<'a> {
    length: Option<usize>,
    after: &'a [f64],
}

impl Machine {
    /// Exact posterior over the vocabulary of every masked token, given all visible symbols; one
    /// row a masked token, `positions` being indices of segments.
    ///
    /// `P(v | visible) ∝ P(left v right)`, summed over all contents of the other masked tokens. A
    /// candidate of any length counts unless the segment states one. Whether a tokenizer would have
    /// cut the text so is not asked: where it would not, some mass goes to cuts that never occur
    /// and the loss of this oracle is above the smallest possible one.
    ///
    /// ```
    /// use dissensus_source::{Alphabet, Iid, Segment, Source, TokenTrie};
    /// let source = Iid::new(Alphabet::dna(), &[0.5, 0.25, 0.125, 0.125])?;
    /// let trie = TokenTrie::new(source.alphabet(), ["<MASK>", "A", "C", "AA"]);
    /// let cut = [Segment::Visible(&[1]), Segment::Masked { length: None }];
    /// let posterior = source.machine().unwrap().token_posterior(&cut, &trie)?;
    /// assert_eq!(posterior.row(0), [0.0, 0.5, 0.25, 0.25]); // ∝ 1/2, 1/4, 1/2 · 1/2
    /// # Ok::<(), dissensus_source::Error>(())
    /// ```
    ///
    /// # Errors
    /// A symbol outside the alphabet; [`Error::Impossible`], with the index of the segment, where
    /// nothing fits.
    pub fn token_posterior(
        &self,
        segments: &[Segment<'_>],
        trie: &TokenTrie,
    ) -> Result<Posterior, Error> {
        let mut pass = Pass {
            machine: self,
            trie,
            scratch: Scratch::new(self.states()),
            child: vec![0.0; self.states()],
        };
        let alpha = self.before_segments(segments, &mut pass)?;
        let mut after = vec![0.0; self.states()];
        alpha[segments.len()][0]
            .states
            .iter()
            .for_each(|&s| after[s as usize] = 1.0);
        let mut rows = Vec::new();
        for (index, segment) in segments.iter().enumerate().rev() {
            let before = &alpha[index];
            match *segment {
                Segment::Visible(symbols) => {
                    for (weights, &x) in before.iter().zip(symbols).rev() {
                        self.retreat(weights, Some(x), &mut after);
                    }
                }
                Segment::Masked { length } => {
                    let row = pass.masked_row(length, &before[0], &mut after);
                    rows.push((index, row));
                }
            }
        }
        let mut posterior = Posterior::new(trie.tokens());
        rows.iter()
            .rev()
            .for_each(|(index, row)| posterior.push(*index, row));
        Ok(posterior)
    }

    /// Forward weights before every symbol of every segment, and after the last segment.
    fn before_segments(
        &self,
        segments: &[Segment<'_>],
        pass: &mut Pass<'_>,
    ) -> Result<Vec<Vec<Weights>>, Error> {
        let mut all = Vec::with_capacity(segments.len() + 1);
        let mut sum = Scratch::new(self.states());
        let mut now = self.start();
        for (position, segment) in segments.iter().enumerate() {
            let mut inside = Vec::new();
            match *segment {
                Segment::Visible(symbols) => {
                    self.alphabet().check(symbols.iter().map(|&x| Some(x)))?;
                    for &x in symbols {
                        let next = self
                            .advance(&now, Some(x), &mut pass.scratch)
                            .normalised(position)?;
                        inside.push(std::mem::replace(&mut now, next));
                    }
                }
                Segment::Masked { length } => {
                    pass.forward(ROOT, 0, length, &now, &mut sum);
                    let next = sum.take().normalised(position)?;
                    inside.push(std::mem::replace(&mut now, next));
                }
            }
            all.push(inside);
        }
        all.push(vec![now]);
        Ok(all)
    }
}
