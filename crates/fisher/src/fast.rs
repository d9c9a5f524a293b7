mod kernel;
mod plan;
mod recorder;
mod table;

use crate::accumulate::Accumulate;
use crate::categorical::draw;
use crate::gradients::read;
use crate::{Counts, Diagonal, Error, GroupSums, Labels, Sample, Tie};
use burn::tensor::{Int, Tensor, TensorData};
use dissensus_layers::{Tap, cross_entropy};
use plan::Plan;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recorder::Recorder;
use std::ops::Range;
use std::sync::Arc;

/// A forward pass over a few sequences: what the closure of the fast route gives back.
#[derive(Debug, Clone)]
pub struct Forward {
    /// Logits at the masked tokens `[M, V]`, sequence after sequence.
    pub logits: Tensor<2>,
    /// The tokens that were masked, `M`.
    pub targets: Vec<u32>,
    /// Masked tokens of each sequence; zero where there are none.
    pub tokens: Vec<usize>,
}

/// What a closure answers: a pass, or none when no sequence of the range has a masked token.
pub type Passed = Result<Option<Forward>, Box<dyn std::error::Error + Send + Sync>>;

/// How tokens become examples under [`Sample::Token`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// One backward pass a token (of every sequence of a batch at once).
    Exact,
    /// One backward pass a sequence, with random signs `±1` on its tokens: unbiased,
    /// `E_s[(Σ_n s_n g_n)²] = Σ_n g_n²`. Draws with different seeds give its standard error, see [`crate::average`].
    Signs {
        /// Seed; sequence `s` draws from stream `s` of it.
        seed: u64,
    },
}

/// The fast route: a batched backward pass of a model built from `dissensus-layers`, whose taps show
/// each layer's inputs and output gradients; from these the squares of every example are taken.
///
/// Equal to [`crate::General`] within rounding, at about the price of one backward pass a batch. For a linear layer
/// with inputs `a_t` and output gradients `g_t` the group sum takes the cheaper of
/// `‖Σ_t a_t ⊗ g_t‖²` and the ghost norm `Σ_tt' (a_t·a_t')(g_t·g_t')`.
///
/// Needs a device on which the layers are fused ([`dissensus_layers::is_fused`]), with autodiff.
#[derive(Debug, Clone)]
pub struct Fast {
    sample: Sample,
    labels: Labels,
    tokens: Tokens,
    batch: usize,
    tie: Option<Tie>,
}

impl Fast {
    /// Eight sequences a pass, tokens exactly, tables untied.
    pub fn new(sample: Sample, labels: Labels) -> Self {
        Fast {
            sample,
            labels,
            tokens: Tokens::Exact,
            batch: 8,
            tie: None,
        }
    }

    /// Sequences in one pass; results do not depend on it beyond rounding. [`Sample::Batch`] has its own.
    #[must_use]
    pub fn batch(mut self, sequences: usize) -> Self {
        self.batch = sequences;
        self
    }

    /// How tokens become examples.
    #[must_use]
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = tokens;
        self
    }

    /// The decoder that reports under `tie.output` multiplies by the table that reports under `tie.input`.
    #[must_use]
    pub fn tied(mut self, tie: Tie) -> Self {
        self.tie = Some(tie);
        self
    }

    /// Adds the sequences with these numbers to group sums, to a diagonal, or to both.
    ///
    /// The closure runs the model over the sequences of a range, dropout off, with the tap on every layer.
    /// With [`Tokens::Exact`] it is called once for each of a sequence's tokens.
    ///
    /// # Errors
    /// [`Error::NotFinite`] when a log-likelihood is NaN or infinite, [`Error::Closure`] when the closure fails,
    /// [`Error::NothingSeen`] when no layer reported, [`Error::Shape`] when one saw rows that are neither
    /// the positions nor the masked tokens of the batch.
    pub fn run(
        &self,
        sequences: Range<u64>,
        forward: impl Fn(Range<u64>, Arc<dyn Tap>) -> Passed,
        mut sums: Option<&mut GroupSums>,
        mut diagonal: Option<&mut Diagonal>,
    ) -> Result<(), Error> {
        let size = if let Sample::Batch(n) = self.sample {
            n
        } else {
            self.batch
        };
        if size == 0 {
            return Err(Error::Empty { what: "a batch" });
        }
        for start in sequences.clone().step_by(size) {
            let batch = start..sequences.end.min(start + size as u64);
            self.pass(
                batch,
                &forward,
                sums.as_deref_mut(),
                diagonal.as_deref_mut(),
            )?;
        }
        Ok(())
    }

    fn pass(
        &self,
        batch: Range<u64>,
        forward: &impl Fn(Range<u64>, Arc<dyn Tap>) -> Passed,
        mut sums: Option<&mut GroupSums>,
        mut diagonal: Option<&mut Diagonal>,
    ) -> Result<(), Error> {
        for at in 0.. {
            let recorder = Arc::new(Recorder::new(self.tie.clone()));
            let passed = forward(batch.clone(), recorder.clone());
            let Some(passed) = passed.map_err(|source| Error::Closure {
                sequence: batch.start,
                source,
            })?
            else {
                let counts = Counts {
                    skipped: batch.end - batch.start,
                    ..Counts::default()
                };
                count(&mut sums, &mut diagonal, &counts);
                return Ok(());
            };
            check(&passed, &batch)?;
            let step = self.step(&passed.tokens, &batch, at);
            let plan = Plan {
                tokens: passed.tokens.clone(),
                examples: step.examples.clone(),
            };
            recorder.begin(plan, diagonal.as_deref_mut().map(Diagonal::lend));
            self.backward(passed, &step.weights, &batch)?;
            let mut record = recorder.finish()?;
            record.check(&batch, &step.examples)?;
            if let Some(sums) = sums.as_deref_mut() {
                record.add_to(sums, step.examples.len())?;
            }
            if let (Some(diagonal), Some(back)) = (diagonal.as_deref_mut(), record.diagonal.take())
            {
                *diagonal = back;
            }
            count(&mut sums, &mut diagonal, &step.counts);
            if step.last {
                break;
            }
        }
        Ok(())
    }

    /// Log-likelihoods, their weighted sum, and the gradient of it back through the taps.
    fn backward(&self, passed: Forward, weights: &[f32], batch: &Range<u64>) -> Result<(), Error> {
        let device = passed.logits.device();
        let labels: Vec<i32> = self
            .labels(&passed, batch)?
            .into_iter()
            .map(|y| y as i32)
            .collect();
        let rows = labels.len();
        let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [rows]), &device);
        if !passed.logits.is_tracked() {
            return Err(Error::NothingSeen);
        }
        let losses = cross_entropy(passed.logits, labels);
        let values = read("log-likelihood", losses.clone().inner())?;
        let mut left = &values[..];
        for (sequence, &tokens) in batch.clone().zip(&passed.tokens) {
            let (mine, others) = left.split_at(tokens);
            let value = -mine.iter().sum::<f64>();
            if !value.is_finite() {
                return Err(Error::NotFinite { sequence, value });
            }
            left = others;
        }
        let weights = Tensor::<1>::from_data(TensorData::new(weights.to_vec(), [rows]), &device);
        (losses * weights).sum().backward();
        Ok(())
    }

    fn labels(&self, passed: &Forward, batch: &Range<u64>) -> Result<Vec<u32>, Error> {
        let Labels::Sampled { seed } = self.labels else {
            return Ok(passed.targets.clone());
        };
        let [_, vocabulary] = passed.logits.dims();
        let logits = read("logits", passed.logits.clone().inner())?;
        let mut left = &logits[..];
        let mut labels = Vec::with_capacity(passed.targets.len());
        for (sequence, &tokens) in batch.clone().zip(&passed.tokens) {
            let (mine, others) = left.split_at(tokens * vocabulary);
            labels.extend(draw(mine, vocabulary, seed, sequence)?);
            left = others;
        }
        Ok(labels)
    }

    /// The plan of backward pass `at` over a batch.
    fn step(&self, tokens: &[usize], batch: &Range<u64>, at: usize) -> Step {
        match (self.sample, self.tokens) {
            (Sample::Batch(_), _) => Step::of_batch(tokens),
            (Sample::Sequence, _) => Step::of_sequences(tokens),
            (Sample::Token, Tokens::Exact) => Step::of_tokens(tokens, at),
            (Sample::Token, Tokens::Signs { seed }) => Step::of_signs(tokens, batch, seed),
        }
    }
}

/// One backward pass: weights of the token losses, examples, what they count for.
struct Step {
    weights: Vec<f32>,
    examples: Vec<Range<usize>>,
    counts: Counts,
    last: bool,
}

impl Step {
    /// Every sequence with more than `at` tokens is an example.
    fn over(tokens: &[usize], at: usize, weights: Vec<f32>) -> Self {
        let examples: Vec<_> = (0..tokens.len())
            .filter(|&s| tokens[s] > at)
            .map(|s| s..s + 1)
            .collect();
        let active = examples.len() as u64;
        let counts = Counts {
            examples: active,
            units: active,
            sequences: active,
            tokens: tokens.iter().sum::<usize>() as u64,
            skipped: tokens.len() as u64 - active,
        };
        Step {
            weights,
            examples,
            counts,
            last: true,
        }
    }

    fn of_sequences(tokens: &[usize]) -> Self {
        Step::over(tokens, 0, vec![1.0; tokens.iter().sum()])
    }

    fn of_batch(tokens: &[usize]) -> Self {
        let all: usize = tokens.iter().sum();
        let mut step = Step::over(tokens, 0, vec![1.0 / all as f32; all]);
        step.examples = std::iter::once(0..tokens.len()).collect();
        (step.counts.examples, step.counts.units) = (1, 1);
        step
    }

    /// Token `at` of every sequence that has one.
    fn of_tokens(tokens: &[usize], at: usize) -> Self {
        let weights = tokens
            .iter()
            .flat_map(|&count| (0..count).map(move |n| f32::from(n == at)))
            .collect();
        let mut step = Step::over(tokens, at, weights);
        if at > 0 {
            step.counts = Counts {
                sequences: 0,
                skipped: 0,
                ..step.counts
            };
        }
        step.counts.tokens = step.counts.examples;
        step.last = tokens.iter().all(|&count| count <= at + 1);
        step
    }

    fn of_signs(tokens: &[usize], batch: &Range<u64>, seed: u64) -> Self {
        let signs = |(sequence, &count): (u64, &usize)| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(sequence);
            (0..count)
                .map(move |_| if rng.random::<bool>() { 1.0 } else { -1.0 })
                .collect::<Vec<f32>>()
        };
        let mut step = Step::over(
            tokens,
            0,
            batch.clone().zip(tokens).flat_map(signs).collect(),
        );
        step.counts.examples = step.counts.tokens;
        step
    }
}

fn count(sums: &mut Option<&mut GroupSums>, diagonal: &mut Option<&mut Diagonal>, counts: &Counts) {
    if let Some(sums) = sums {
        sums.count(counts);
    }
    if let Some(diagonal) = diagonal {
        diagonal.count(counts);
    }
}

fn check(passed: &Forward, batch: &Range<u64>) -> Result<(), Error> {
    let [rows, vocabulary] = passed.logits.dims();
    let masked = passed.tokens.iter().sum::<usize>();
    let shape = |found: usize, expected: usize| match found == expected {
        true => Ok(()),
        false => Err(Error::Shape {
            name: "logits".into(),
            found: vec![found],
            expected: vec![expected],
        }),
    };
    shape(passed.tokens.len(), (batch.end - batch.start) as usize)?;
    shape(passed.targets.len(), masked)?;
    shape(rows, masked)?;
    match passed
        .targets
        .iter()
        .position(|&target| target as usize >= vocabulary)
    {
        Some(at) => Err(Error::Target {
            sequence: batch.start,
            target: passed.targets[at],
            vocabulary,
        }),
        None => Ok(()),
    }
}
