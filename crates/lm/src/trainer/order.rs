//! Which sequences each step reads.

use rand::seq::SliceRandom;

use super::settings::{Budget, TrainingConfig};
use crate::masking::stream;

/// The batches of a run: each epoch a permutation of its own, cut into batches, the last one short.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    seed: u64,
    count: usize,
    batch: usize,
    /// An epoch and its permutation, whose numbers are kept short: there may be millions.
    current: Option<(u64, Vec<u32>)>,
}

impl Order {
    pub(crate) fn new(seed: u64, count: usize, batch: usize) -> Self {
        Self {
            seed,
            count,
            batch,
            current: None,
        }
    }

    pub(crate) fn steps_per_epoch(&self) -> u64 {
        self.count.div_ceil(self.batch) as u64
    }

    pub(crate) fn epoch(&self, step: u64) -> u64 {
        step / self.steps_per_epoch()
    }

    /// The indices of the sequences of a step.
    pub(crate) fn batch(&mut self, step: u64) -> Vec<usize> {
        let epoch = self.epoch(step);
        let start = (step % self.steps_per_epoch()) as usize * self.batch;
        let end = (start + self.batch).min(self.count);
        let indices = &self.permutation(epoch)[start..end];
        indices.iter().map(|&index| index as usize).collect()
    }

    fn permutation(&mut self, epoch: u64) -> &[u32] {
        let cached = self.current.take().filter(|(cached, _)| *cached == epoch);
        let (seed, count) = (self.seed, self.count);
        let fresh = || {
            let mut indices: Vec<u32> = (0..count as u32).collect();
            indices.shuffle(&mut stream(seed, epoch, 0));
            (epoch, indices)
        };
        &self.current.insert(cached.unwrap_or_else(fresh)).1
    }

    /// Number of steps in the budget.
    pub(crate) fn total_steps(&mut self, config: &TrainingConfig, lengths: &[u32]) -> u64 {
        match config.budget {
            Budget::Steps(steps) => steps,
            Budget::Epochs(epochs) => epochs * self.steps_per_epoch(),
            Budget::Tokens(tokens) => self.steps_for(tokens, lengths),
        }
    }

    fn steps_for(&mut self, tokens: u64, lengths: &[u32]) -> u64 {
        let epoch_tokens = lengths.iter().map(|&length| u64::from(length)).sum::<u64>();
        let mut steps = (tokens - 1) / epoch_tokens * self.steps_per_epoch();
        let mut read = (tokens - 1) / epoch_tokens * epoch_tokens;
        while read < tokens {
            read += self
                .batch(steps)
                .iter()
                .map(|&i| u64::from(lengths[i]))
                .sum::<u64>();
            steps += 1;
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_reads_every_sequence_once() {
        let mut order = Order::new(3, 10, 4);
        let mut seen: Vec<usize> = (0..3).flat_map(|step| order.batch(step)).collect();
        assert_eq!(order.batch(2).len(), 2);
        seen.sort_unstable();
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn epochs_differ_and_steps_can_be_asked_in_any_order() {
        let mut order = Order::new(3, 100, 100);
        let (first, second) = (order.batch(0), order.batch(1));
        assert_ne!(first, second);
        assert_eq!(order.batch(0), first);
    }

    #[test]
    fn a_token_budget_ends_with_the_step_that_reaches_it() {
        let config = |tokens| TrainingConfig::default().with_budget(Budget::Tokens(tokens));
        let mut order = Order::new(0, 10, 4); // steps of 20, 20 and 10 tokens
        let lengths = [5; 10];
        for (tokens, steps) in [
            (1, 1),
            (20, 1),
            (21, 2),
            (50, 3),
            (51, 4),
            (100, 6),
            (101, 7),
        ] {
            assert_eq!(
                order.total_steps(&config(tokens), &lengths),
                steps,
                "{tokens}"
            );
        }
    }
}
