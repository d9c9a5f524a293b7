//! Benches of `dissensus-fisher`: a BERT with random weights, per {sample, output, length, batch}.
//!
//! `fisher/{sample}-{output}/{model}-{length}x{batch}/{route}`; elements are sequences. Before anything is timed the
//! routes must agree on the trace.

use std::hint::black_box;
use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};
use criterion::{BenchmarkId, Criterion, Throughput};
use dissensus_bert::{Batch, Config, Encoder, MaskedLanguageModel, MaskedLm, Pass};
use dissensus_fisher::{
    Diagonal, Fast, Forward, General, GroupSums, Labels, Sample, Tie, Tokens, log_likelihoods,
};
use dissensus_layers::cross_entropy;

/// The mask token.
const MASK: u32 = 4;

/// A model and sequences of one length, every seventh token masked.
struct Workload {
    model: MaskedLm,
    ids: Vec<Vec<u32>>,
    positions: Vec<usize>,
    batch: usize,
}

impl Workload {
    fn new(preset: &str, length: usize, batch: usize) -> Self {
        let config = Config::preset(preset).expect("the name of a preset");
        let model =
            MaskedLm::new(&config, 1, &Device::flex().autodiff()).expect("a preset is valid");
        let id = |s: usize, p: usize| {
            if p % 7 == 3 {
                MASK
            } else {
                5 + ((s * 7919 + p * 104_729) % 4000) as u32
            }
        };
        let ids = (0..batch)
            .map(|s| (0..length).map(|p| id(s, p)).collect())
            .collect();
        let positions = (0..length).filter(|p| p % 7 == 3).collect();
        Workload {
            model,
            ids,
            positions,
            batch,
        }
    }

    fn targets(&self) -> Vec<u32> {
        self.positions
            .iter()
            .map(|&p| 5 + (p * 31 % 4000) as u32)
            .collect()
    }

    fn forward(&self, range: Range<u64>, pass: Pass) -> Forward {
        let ids = &self.ids[range.start as usize..range.end as usize];
        let batch = Batch::new(ids, &self.model.sizes()).expect("ids in the vocabulary");
        let positions: Vec<usize> = (0..ids.len())
            .flat_map(|row| self.positions.iter().map(move |&p| (row, p)))
            .map(|(r, p)| batch.flat(r, p))
            .collect();
        Forward {
            logits: self.model.logits_at(&batch, &positions, &pass),
            targets: self.targets().repeat(ids.len()),
            tokens: vec![self.positions.len(); ids.len()],
        }
    }

    fn fast(&self, sample: Sample, tokens: Tokens, output: Output) -> f64 {
        let mut sums = GroupSums::new(sample, Labels::Observed);
        let mut diagonal = Diagonal::new(sample, Labels::Observed);
        let route = Fast::new(sample, Labels::Observed)
            .tokens(tokens)
            .batch(self.batch)
            .tied(Tie::default());
        let forward = |range, tap| Ok(Some(self.forward(range, Pass::default().with_tap(tap))));
        let (into_sums, into_diagonal) = match output {
            Output::Groups => (Some(&mut sums), None),
            Output::Diagonal => (None, Some(&mut diagonal)),
        };
        route
            .run(0..self.batch as u64, forward, into_sums, into_diagonal)
            .expect("a sound model");
        match output {
            Output::Groups => sums.trace(),
            Output::Diagonal => diagonal.trace(),
        }
    }

    /// The slow twin of every route.
    fn general(&self, sample: Sample) -> f64 {
        let mut diagonal = Diagonal::new(sample, Labels::Observed);
        let model = self.model.clone().untied();
        let route = General::new(&model, sample).tied(Tie::default());
        let forward = |model: &MaskedLm, i: u64| -> dissensus_fisher::Terms {
            let batch = Batch::new(&self.ids[i as usize..=i as usize], &model.sizes())?;
            let logits = model.logits_at(&batch, &self.positions, &Pass::default());
            Ok(Some(log_likelihoods(
                logits,
                &self.targets(),
                Labels::Observed,
                i,
            )?))
        };
        route
            .run(0..self.batch as u64, forward, &mut diagonal)
            .expect("a sound model");
        diagonal.trace()
    }

    /// The bound: a batched backward pass with the gradients of the parameters and nothing else.
    fn plain_backward(&self) {
        let passed = self.forward(0..self.batch as u64, Pass::default());
        let targets: Vec<i32> = passed.targets.iter().map(|&t| t as i32).collect();
        let data = TensorData::new(targets, [passed.targets.len()]);
        let targets = Tensor::<1, Int>::from_data(data, &passed.logits.device());
        black_box(cross_entropy(passed.logits, targets).sum().backward());
    }
}

#[derive(Clone, Copy)]
enum Output {
    Groups,
    Diagonal,
}

pub fn benches(c: &mut Criterion) {
    // A smoke run checks the answers of small models; the published workload is for measuring.
    let smoke = std::env::args().any(|argument| argument == "--test");
    let cases: &[(&str, usize, usize)] = match smoke {
        true => &[("no_transformer", 14, 2)],
        false => &[
            ("4m", 128, 1),
            ("4m", 128, 8),
            ("4m", 512, 1),
            ("4m", 512, 8),
        ],
    };
    for &(preset, length, batch) in cases {
        let work = Workload::new(preset, length, batch);
        let case = format!("{preset}-{length}x{batch}");
        sequences(c, &work, &case);
        tokens(c, &work, &case, smoke);
    }
}

fn sequences(c: &mut Criterion, work: &Workload, case: &str) {
    let expected = work.general(Sample::Sequence);
    for (name, output) in [("groups", Output::Groups), ("diagonal", Output::Diagonal)] {
        let fast = || work.fast(Sample::Sequence, Tokens::Exact, output);
        assert_close(fast(), expected, 1e-4);
        let mut group = c.benchmark_group(format!("fisher/sequence-{name}"));
        group
            .sample_size(10)
            .throughput(Throughput::Elements(work.batch as u64));
        group.bench_function(BenchmarkId::new(case, "fast"), |b| b.iter(fast));
        if let Output::Diagonal = output {
            group.bench_function(BenchmarkId::new(case, "general"), |b| {
                b.iter(|| work.general(Sample::Sequence))
            });
            group.bench_function(BenchmarkId::new(case, "plain backward"), |b| {
                b.iter(|| work.plain_backward())
            });
        }
        group.finish();
    }
}

fn tokens(c: &mut Criterion, work: &Workload, case: &str, smoke: bool) {
    let mut group = c.benchmark_group("fisher/token-groups");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(work.batch as u64));
    let signs = || work.fast(Sample::Token, Tokens::Signs { seed: 1 }, Output::Groups);
    group.bench_function(BenchmarkId::new(case, "signs"), |b| b.iter(signs));
    if smoke || work.positions.len() * work.batch < 200 {
        let exact = || work.fast(Sample::Token, Tokens::Exact, Output::Groups);
        assert_close(exact(), work.general(Sample::Token), 1e-4);
        group.bench_function(BenchmarkId::new(case, "exact"), |b| b.iter(exact));
    }
    group.finish();
}

fn assert_close(found: f64, expected: f64, relative: f64) {
    assert!(
        (found - expected).abs() <= relative * expected,
        "{found}, expected {expected}"
    );
}
