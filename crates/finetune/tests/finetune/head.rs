//! The head's values, and its gradients beside differences.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use dissensus_bert::MaskedLm;
use dissensus_finetune::{Classifier, HeadConfig, Pooling, class_probabilities, pooled_features};
use dissensus_lm::{
    Batch, Encoder, Pass, Pool, TrainableModel, parameter_shapes, parameter_values,
};

use crate::{SPECIALS, encoder};

fn sequences() -> Vec<Vec<u32>> {
    vec![
        vec![2, 7, 8, 9, 3],
        vec![2, 10, 3],
        vec![2, 11, 5, 6, 12, 7, 3],
    ]
}

fn model(pool: Pool) -> Classifier<MaskedLm> {
    let head = HeadConfig::new(3, Pooling::new(pool, SPECIALS));
    Classifier::over(encoder(3), head, 5).unwrap()
}

#[test]
fn logits_are_the_products_of_pooled_states_and_weights() {
    for pool in Pool::ALL {
        let model = model(pool);
        let batch = Batch::new(&sequences(), &model.sizes()).unwrap();
        let logits = model.class_logits(&batch, &Pass::default()).into_data();
        let logits: Vec<f32> = logits.iter::<f32>().collect();
        let pooling = Pooling::new(pool, SPECIALS);
        let states = &pooled_features(model.encoder(), &sequences(), &[pooling], 8).unwrap()[0];
        let weight = &parameter_values(&model)["classifier.weight"];
        for (row, logits) in logits.chunks(3).enumerate() {
            for (class, &logit) in logits.iter().enumerate() {
                let terms = states.row(row).iter().enumerate();
                let sum: f64 = terms
                    .map(|(i, s)| s * f64::from(weight[i * 3 + class]))
                    .sum();
                assert!(
                    (sum - f64::from(logit)).abs() < 1e-5,
                    "{pool}: {sum} {logit}"
                );
            }
        }
    }
}

#[test]
fn neither_padding_nor_company_changes_a_probability() {
    for pool in [Pool::Mean, Pool::Max] {
        let model = model(pool);
        let together = class_probabilities(&model, &sequences(), 8).unwrap();
        let alone = class_probabilities(&model, &sequences(), 1).unwrap();
        let apart = (together.scores - alone.scores).abs().max();
        assert!(apart < 1e-6, "{pool}: {apart}");
    }
}

/// The loss of a batch as a function of the states: what the head adds behind an encoder.
fn loss(states: &[f32], weight: &[f32], pooling: &Pooling, batch: &Batch) -> f64 {
    let device = Device::flex();
    let tensor = Tensor::<3>::from_data(TensorData::new(states.to_vec(), [3, 7, 4]), &device);
    let weight = Tensor::<2>::from_data(TensorData::new(weight.to_vec(), [4, 3]), &device);
    let bias = Tensor::<1>::zeros([3], &device);
    let logits = dissensus_layers::linear(pooling.of(tensor, batch), weight, bias, None);
    let targets = Tensor::from_data([0, 2, 1], &device);
    let nll = dissensus_layers::cross_entropy(logits, targets).into_data();
    nll.iter::<f32>().map(f64::from).sum()
}

#[test]
fn gradients_of_the_pooled_head_are_the_differences_of_the_loss() {
    let sizes = encoder(0).sizes();
    let batch = Batch::new(&sequences(), &sizes).unwrap();
    // Apart by more than the step, so that the largest stays the largest.
    let states: Vec<f32> = (0..84).map(|i| (i * 37 % 84) as f32 / 20.0 - 2.0).collect();
    let weight: Vec<f32> = (0..12).map(|i| (i * 5 % 12) as f32 / 10.0 - 0.5).collect();
    for pool in Pool::ALL {
        let pooling = Pooling::new(pool, SPECIALS);
        let device = Device::flex().autodiff();
        let s = Tensor::<3>::from_data(TensorData::new(states.clone(), [3, 7, 4]), &device)
            .require_grad();
        let w =
            Tensor::<2>::from_data(TensorData::new(weight.clone(), [4, 3]), &device).require_grad();
        let bias = Tensor::<1>::zeros([3], &device);
        let logits = dissensus_layers::linear(pooling.of(s.clone(), &batch), w.clone(), bias, None);
        let targets = Tensor::from_data([0, 2, 1], &Device::flex());
        let gradients = dissensus_layers::cross_entropy(logits, targets)
            .sum()
            .backward();
        let of_states: Vec<f32> = s
            .grad(&gradients)
            .unwrap()
            .into_data()
            .iter::<f32>()
            .collect();
        let of_weight: Vec<f32> = w
            .grad(&gradients)
            .unwrap()
            .into_data()
            .iter::<f32>()
            .collect();
        let step = 1e-2_f32;
        let check = |values: &[f32], gradient: &[f32], loss: &dyn Fn(&[f32]) -> f64| {
            for at in 0..values.len() {
                let moved = |by: f32| {
                    let mut values = values.to_vec();
                    values[at] += by;
                    loss(&values)
                };
                let expected = (moved(step) - moved(-step)) / f64::from(2.0 * step);
                let found = f64::from(gradient[at]);
                assert!(
                    (expected - found).abs() < 2e-3,
                    "{pool} {at}: {found}, by differences {expected}"
                );
            }
        };
        check(&states, &of_states, &|states| {
            loss(states, &weight, &pooling, &batch)
        });
        check(&weight, &of_weight, &|weight| {
            loss(&states, weight, &pooling, &batch)
        });
        assert!(of_states.iter().any(|g| *g != 0.0));
    }
}

#[test]
fn a_classifier_keeps_the_names_of_its_encoder_and_adds_its_own() {
    let model = model(Pool::Max);
    let mut expected = parameter_shapes(model.encoder());
    expected.push(("classifier.weight".into(), vec![64, 3]));
    expected.push(("classifier.bias".into(), vec![3]));
    assert_eq!(parameter_shapes(&model), expected);
    assert_eq!(
        parameter_values(&model.clone().train().valid()),
        parameter_values(&model)
    );
}

#[test]
fn head_logits_have_gradients_for_the_head_alone() {
    let model = model(Pool::Mean).train();
    let batch = Batch::new(&sequences(), &model.sizes()).unwrap();
    let plain = model
        .valid()
        .class_logits(&batch, &Pass::default())
        .into_data();
    let logits = model.head_logits(&batch, &Pass::default());
    assert_eq!(logits.clone().inner().into_data(), plain);
    let gradients = logits.sum().backward();
    let table = model.input_embeddings();
    assert!(table.grad(&gradients).is_none());
}

#[test]
fn a_fresh_classifier_draws_head_and_encoder_apart() {
    let config = model(Pool::Mean).config().clone();
    let fresh = Classifier::<MaskedLm>::fresh(&config, 5, &Device::flex()).unwrap();
    let over = Classifier::over(encoder(5), config.head.clone(), 5).unwrap();
    assert_eq!(parameter_values(&fresh), parameter_values(&over));
}
