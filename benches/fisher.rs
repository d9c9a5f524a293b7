//! Benches of `dissensus-fisher`: a BERT with random weights, per {sample, output, length, batch}.
//!
//! `fisher/{sample}-{output}/{model}-{length}x{batch}/{route}`; elements are sequences. Before
//! anything is timed the routes must agree on the trace.

use std::hint::black_box;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use dissensus_bert::{Config, Masked, MaskedLanguageModel, MaskedLm, Pass};
use dissensus_fisher::{FisherParams, LabelChoice, Sample, Tokens};
use dissensus_layers::cross_entropy;

/// The mask token.
const MASK: u32 = 4;

/// A model and sequences of one length, every seventh token masked.
struct Workload {
    model: MaskedLm,
    masked: Vec<Masked>,
}

impl Workload {
    fn new(preset: &str, length: usize, batch: usize) -> Self {
        let config = Config::preset(preset).expect("the name of a preset");
        let model = MaskedLm::new(&config, 1, &Device::flex()).expect("a preset is valid");
        let positions: Vec<usize> = (0..length).filter(|p| p % 7 == 3).collect();
        let targets: Vec<u32> = positions
            .iter()
            .map(|&p| 5 + (p * 31 % 4000) as u32)
            .collect();
        let id = |s: usize, p: usize| match p % 7 {
            3 => MASK,
            _ => 5 + ((s * 7919 + p * 104_729) % 4000) as u32,
        };
        let masked = (0..batch).map(|s| Masked {
            ids: (0..length).map(|p| id(s, p)).collect(),
            positions: positions.clone(),
            targets: targets.clone(),
        });
        let masked = masked.collect();
        Workload { model, masked }
    }

    fn trace(&self, how: FisherParams, output: Output) -> f64 {
        let how = how.with_batch(self.masked.len());
        match output {
            Output::Groups => how.group_sums(&self.model, &self.masked).map(|s| s.trace()),
            Output::Diagonal => how.diagonal(&self.model, &self.masked).map(|d| d.trace()),
        }
        .expect("a sound model")
    }

    fn fast(&self, sample: Sample, tokens: Tokens, output: Output) -> f64 {
        let how = FisherParams::default().with_sample(sample);
        self.trace(how.with_tokens(tokens), output)
    }

    /// The slow twin of every route.
    fn general(&self, sample: Sample) -> f64 {
        let how = FisherParams::default().with_sample(sample);
        self.trace(how.by_the_general_route(), Output::Diagonal)
    }

    /// The information of the model itself, by one draw of random signs over all labels.
    fn hutchinson(&self, how: FisherParams, output: Output) -> f64 {
        let labels = LabelChoice::Hutchinson { seed: 1 };
        self.trace(how.with_labels(labels), output)
    }

    /// The bound: a batched backward pass with the gradients of the parameters and nothing else.
    fn plain_backward(&self) {
        let model = self.model.clone().train();
        let logits = model.logits_at_masked(&self.masked, &Pass::default());
        let logits = logits
            .expect("ids in the vocabulary")
            .expect("masked tokens");
        let targets = self.masked.iter().flat_map(|m| &m.targets);
        let targets: Vec<i32> = targets.map(|&t| t as i32).collect();
        let shape = [targets.len()];
        let targets =
            Tensor::<1, Int>::from_data(TensorData::new(targets, shape), &logits.device());
        black_box(cross_entropy(logits, targets).sum().backward());
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
    let cases: &[(&str, usize, usize)] = if smoke {
        &[("no_transformer", 14, 2)]
    } else {
        &[
            ("4m", 128, 1),
            ("4m", 128, 8),
            ("4m", 512, 1),
            ("4m", 512, 8),
        ]
    };
    for &(preset, length, batch) in cases {
        let work = Workload::new(preset, length, batch);
        let case = format!("{preset}-{length}x{batch}");
        sequences(c, &work, &case);
        tokens(c, &work, &case, smoke);
        all_labels(c, &work, &case);
    }
}

/// Ten samples a case, in sequences a second.
fn group_of<'c>(c: &'c mut Criterion, name: &str, work: &Workload) -> BenchmarkGroup<'c, WallTime> {
    let mut group = c.benchmark_group(format!("fisher/{name}"));
    group
        .sample_size(10)
        .throughput(Throughput::Elements(work.masked.len() as u64));
    group
}

fn sequences(c: &mut Criterion, work: &Workload, case: &str) {
    let expected = work.general(Sample::Sequence);
    for (name, output) in [("groups", Output::Groups), ("diagonal", Output::Diagonal)] {
        let fast = || work.fast(Sample::Sequence, Tokens::Exact, output);
        assert_close(fast(), expected, 1e-4);
        let mut group = group_of(c, &format!("sequence-{name}"), work);
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
    let mut group = group_of(c, "token-groups", work);
    let signs = || work.fast(Sample::Token, Tokens::Signs { seed: 1 }, Output::Groups);
    group.bench_function(BenchmarkId::new(case, "signs"), |b| b.iter(signs));
    if smoke || work.masked.iter().map(|m| m.positions.len()).sum::<usize>() < 200 {
        let exact = || work.fast(Sample::Token, Tokens::Exact, Output::Groups);
        assert_close(exact(), work.general(Sample::Token), 1e-4);
        group.bench_function(BenchmarkId::new(case, "exact"), |b| b.iter(exact));
    }
    group.finish();
}

fn all_labels(c: &mut Criterion, work: &Workload, case: &str) {
    let slow = FisherParams::default().by_the_general_route();
    let expected = work.hutchinson(slow, Output::Diagonal);
    for (name, output) in [("groups", Output::Groups), ("diagonal", Output::Diagonal)] {
        let fast = || work.hutchinson(FisherParams::default(), output);
        assert_close(fast(), expected, 1e-4);
        let mut group = group_of(c, &format!("hutchinson-{name}"), work);
        group.bench_function(BenchmarkId::new(case, "fast"), |b| b.iter(fast));
        if let Output::Diagonal = output {
            group.bench_function(BenchmarkId::new(case, "general"), |b| {
                b.iter(|| work.hutchinson(slow, output))
            });
        }
        group.finish();
    }
}

fn assert_close(found: f64, expected: f64, relative: f64) {
    assert!(
        (found - expected).abs() <= relative * expected,
        "{found}, expected {expected}"
    );
}
