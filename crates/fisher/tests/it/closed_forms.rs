//! The general route against models whose Fisher information is known on paper.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use dissensus_fisher::{
    Accumulate, Diagonal, Error, General, LabelChoice, Sample, log_likelihoods,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const FEATURES: usize = 3;
const CLASSES: usize = 4;

#[derive(Module, Debug)]
struct Softmax {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

/// A few sequences of (feature vectors, targets); sequence 2 has none.
struct Data {
    features: Vec<Vec<f32>>,
    targets: Vec<Vec<u32>>,
}

impl Data {
    fn new(sequences: usize, tokens: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut data = Data {
            features: Vec::new(),
            targets: Vec::new(),
        };
        for s in 0..sequences {
            let tokens = if s == 2 { 0 } else { tokens };
            data.features.push(
                (0..tokens * FEATURES)
                    .map(|_| rng.random_range(-1.0..1.0))
                    .collect(),
            );
            data.targets.push(
                (0..tokens)
                    .map(|_| rng.random_range(0..CLASSES as u32))
                    .collect(),
            );
        }
        data
    }
}

fn model(device: &Device) -> Softmax {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let weight: Vec<f32> = (0..FEATURES * CLASSES)
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    Softmax {
        weight: Param::from_data(TensorData::new(weight, [FEATURES, CLASSES]), device),
        bias: Param::from_data(
            TensorData::new(vec![0.1f32, -0.2, 0.3, 0.0], [CLASSES]),
            device,
        ),
    }
}

fn terms(model: &Softmax, data: &Data, labels: LabelChoice, i: u64) -> dissensus_fisher::Terms {
    let targets = &data.targets[i as usize];
    if targets.is_empty() {
        return Ok(None);
    }
    let features = TensorData::new(data.features[i as usize].clone(), [targets.len(), FEATURES]);
    let features = Tensor::<2>::from_data(features, &model.weight.device());
    let logits = features.matmul(model.weight.val()) + model.bias.val().unsqueeze();
    Ok(Some(log_likelihoods(logits, targets, labels, i)?))
}

fn run(
    model: &Softmax,
    data: &Data,
    sample: Sample,
    labels: LabelChoice,
) -> Result<Diagonal, Error> {
    let mut diagonal = Diagonal::new(sample, labels);
    let sequences = 0..data.targets.len() as u64;
    General::new(model, sample).run(sequences, |m, i| terms(m, data, labels, i), &mut diagonal)?;
    Ok(diagonal)
}

/// Probabilities of the model at one feature vector, in f64.
fn probabilities(model: &Softmax, x: &[f32]) -> Vec<f64> {
    let weight: Vec<f32> = model.weight.to_data().try_to_vec().unwrap_or_default();
    let bias: Vec<f32> = model.bias.to_data().try_to_vec().unwrap_or_default();
    let score = |c: usize| -> f64 {
        let dot: f64 = (0..FEATURES)
            .map(|f| f64::from(x[f]) * f64::from(weight[f * CLASSES + c]))
            .sum();
        (dot + f64::from(bias[c])).exp()
    };
    let scores: Vec<f64> = (0..CLASSES).map(score).collect();
    let whole: f64 = scores.iter().sum();
    scores.into_iter().map(|s| s / whole).collect()
}

/// Gradient of the weight at one token: `x_f (1[c = y] − p_c)`.
fn token_gradient(x: &[f32], p: &[f64], y: u32) -> Vec<f64> {
    let delta = |c: usize| f64::from(u8::from(c == y as usize)) - p[c];
    (0..FEATURES * CLASSES)
        .map(|i| f64::from(x[i / CLASSES]) * delta(i % CLASSES))
        .collect()
}

fn gradients(model: &Softmax, data: &Data) -> Vec<Vec<Vec<f64>>> {
    let of = |s: usize| {
        let rows = data.features[s]
            .chunks_exact(FEATURES)
            .zip(&data.targets[s]);
        rows.map(|(x, &y)| token_gradient(x, &probabilities(model, x), y))
            .collect()
    };
    (0..data.targets.len()).map(of).collect()
}

fn square_of_sum(gradients: &[Vec<f64>], scale: f64) -> Vec<f64> {
    let sum = |i: usize| gradients.iter().map(|g| g[i]).sum::<f64>() * scale;
    (0..FEATURES * CLASSES).map(|i| sum(i).powi(2)).collect()
}

fn mean(parts: &[Vec<f64>], divisor: f64) -> Vec<f64> {
    (0..FEATURES * CLASSES)
        .map(|i| parts.iter().map(|p| p[i]).sum::<f64>() / divisor)
        .collect()
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().copied().fold(0.0, f64::max);
    for (found, expected) in found.iter().zip(expected) {
        approx::assert_abs_diff_eq!(found / scale, expected / scale, epsilon = tolerance);
    }
}

#[test]
fn softmax_regression_agrees_with_its_closed_form_for_every_sample() -> Result<(), Error> {
    let device = Device::flex().autodiff();
    let (model, data) = (model(&device), Data::new(5, 6));
    let g = gradients(&model, &data);
    let tokens: Vec<Vec<f64>> = g
        .iter()
        .flatten()
        .map(|g| square_of_sum(std::slice::from_ref(g), 1.0))
        .collect();
    let sequences: Vec<Vec<f64>> = g.iter().map(|g| square_of_sum(g, 1.0)).collect();
    let batches: Vec<Vec<f64>> = [&g[0..2], &g[2..4], &g[4..5]]
        .iter()
        .map(|batch| batch.concat())
        .map(|batch| square_of_sum(&batch, 1.0 / batch.len() as f64))
        .collect();
    for (sample, expected) in [
        (Sample::Token, mean(&tokens, 24.0)),
        (Sample::Sequence, mean(&sequences, 4.0)),
        (Sample::Batch(2), mean(&batches, 24.0)),
    ] {
        let diagonal = run(&model, &data, sample, LabelChoice::Observed)?;
        assert_close(&diagonal.mean("weight")?, &expected, 1e-5);
        assert_eq!(
            (
                diagonal.counts.tokens,
                diagonal.counts.sequences,
                diagonal.counts.skipped
            ),
            (24, 4, 1)
        );
    }
    Ok(())
}

#[test]
fn sampled_labels_converge_to_the_true_fisher() -> Result<(), Error> {
    let device = Device::flex().autodiff();
    let (model, data) = (model(&device), Data::new(2, 3));
    let mut found = Diagonal::new(Sample::Token, LabelChoice::Sampled { seed: 0 });
    for seed in 0..1000 {
        found.merge(&run(
            &model,
            &data,
            Sample::Token,
            LabelChoice::Sampled { seed },
        )?)?;
    }
    // E_y[x² (1[c = y] − p_c)²] = x² p_c (1 − p_c).
    let truth = |x: &[f32]| -> Vec<f64> {
        let p = probabilities(&model, x);
        let at =
            |i: usize| f64::from(x[i / CLASSES]).powi(2) * p[i % CLASSES] * (1.0 - p[i % CLASSES]);
        (0..FEATURES * CLASSES).map(at).collect()
    };
    let tokens: Vec<Vec<f64>> = data
        .features
        .concat()
        .chunks_exact(FEATURES)
        .map(truth)
        .collect();
    let (found, expected) = (found.mean("weight")?, mean(&tokens, 6.0));
    // 6000 draws; the standard deviation of one squared score is at most about its mean.
    for (found, expected) in found.iter().zip(&expected) {
        approx::assert_relative_eq!(*found, *expected, max_relative = 0.08);
    }
    Ok(())
}

#[derive(Module, Debug)]
struct Line {
    slope: Param<Tensor<1>>,
}

#[test]
fn the_linear_gaussian_model_agrees_with_its_closed_form() -> Result<(), Error> {
    // log N(y; w·x, σ²) has derivative (y − w·x) x / σ².
    let device = Device::flex().autodiff();
    let (w, sigma2) = ([0.5f32, -1.0], 0.25f64);
    let model = Line {
        slope: Param::from_data(TensorData::new(w.to_vec(), [2]), &device),
    };
    let points = [
        ([1.0f32, 2.0], 0.3f32),
        ([-1.0, 0.5], 1.0),
        ([0.2, 0.1], -2.0),
    ];
    let mut diagonal = Diagonal::new(Sample::Sequence, LabelChoice::Observed);
    let likelihood = |m: &Line, i: u64| -> dissensus_fisher::Terms {
        let (x, y) = points[i as usize];
        let x = Tensor::<1>::from_data(TensorData::new(x.to_vec(), [2]), &m.slope.device());
        let residual = (x * m.slope.val()).sum().neg().add_scalar(y);
        Ok(Some(residual.powi_scalar(2).mul_scalar(-0.5 / sigma2)))
    };
    General::new(&model, Sample::Sequence).run(0..3, likelihood, &mut diagonal)?;
    for d in 0..2 {
        let expected: f64 = points
            .iter()
            .map(|(x, y)| {
                let residual = f64::from(*y)
                    - x.iter()
                        .zip(w)
                        .map(|(x, w)| f64::from(*x) * f64::from(w))
                        .sum::<f64>();
                (residual * f64::from(x[d]) / sigma2).powi(2) / 3.0
            })
            .sum();
        approx::assert_relative_eq!(diagonal.mean("slope")?[d], expected, max_relative = 1e-5);
    }
    Ok(())
}

#[test]
fn a_nan_loss_names_its_sequence() {
    let device = Device::flex().autodiff();
    let (model, mut data) = (model(&device), Data::new(4, 2));
    data.features[3][0] = f32::NAN;
    let error = run(&model, &data, Sample::Sequence, LabelChoice::Observed).err();
    assert!(
        matches!(error, Some(Error::NotFinite { sequence: 3, .. })),
        "{error:?}"
    );
}

#[test]
fn an_id_outside_the_vocabulary_is_an_error() {
    let device = Device::flex().autodiff();
    let (model, mut data) = (model(&device), Data::new(2, 2));
    data.targets[1][1] = CLASSES as u32;
    let error = run(&model, &data, Sample::Token, LabelChoice::Observed).err();
    assert!(
        matches!(error, Some(Error::Closure { sequence: 1, .. })),
        "{error:?}"
    );
}

#[test]
fn shards_merge_to_the_whole_and_survive_files_and_serde() -> Result<(), Box<dyn std::error::Error>>
{
    let device = Device::flex().autodiff();
    let (model, data) = (model(&device), Data::new(5, 3));
    let whole = run(&model, &data, Sample::Sequence, LabelChoice::Observed)?;
    let mut merged = Diagonal::new(Sample::Sequence, LabelChoice::Observed);
    for shard in [0..2, 2..3, 3..5] {
        let mut part = Diagonal::new(Sample::Sequence, LabelChoice::Observed);
        let f = |m: &Softmax, i| terms(m, &data, LabelChoice::Observed, i);
        General::new(&model, Sample::Sequence).run(shard, f, &mut part)?;
        merged.merge(&part)?;
    }
    assert_eq!(merged.counts, whole.counts);
    assert_close(&merged.mean("weight")?, &whole.mean("weight")?, 1e-12);

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("diagonal.safetensors");
    whole.save(&path)?;
    assert_eq!(Diagonal::load(&path)?, whole);
    assert_eq!(
        serde_json::from_str::<Diagonal>(&serde_json::to_string(&whole)?)?,
        whole
    );
    std::fs::write(&path, b"not a file of tensors")?;
    assert!(matches!(Diagonal::load(&path), Err(Error::Format { .. })));
    Ok(())
}

#[test]
fn different_samples_do_not_merge() {
    let mut left = Diagonal::new(Sample::Sequence, LabelChoice::Observed);
    let right = Diagonal::new(Sample::Batch(4), LabelChoice::Observed);
    assert!(matches!(left.merge(&right), Err(Error::Mismatch { .. })));
}
