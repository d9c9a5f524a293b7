//! Random twins against the draws of the published code.

use std::collections::BTreeMap;

use burn::tensor::Device;
use dissensus_bert::MaskedLm;
use dissensus_lm::{
    Batch, Encoder, ModelConfig, Pass, TrainableModel, parameter_shapes, parameter_values,
};
use dissensus_zoo::{
    Draw, DrawRule, Esm, EsmConfig, Gena, GenaConfig, MosaicBert, Published, PublishedTokenizer,
    load, random_twin,
};
use serde_json::json;

use crate::common::{CASES, apart, config, folder, near, values};

#[test]
fn a_twin_has_the_names_and_shapes_of_its_model() {
    for case in CASES {
        let model = load(folder(case), &Device::flex()).expect(case);
        let twin = model.random_twin(7, &Device::flex()).expect(case);
        let from_config = random_twin(&config(case), 7, &Device::flex()).expect(case);
        assert_eq!(twin.parameters(), model.parameters(), "{case}");
        assert_eq!(from_config.parameters(), model.parameters(), "{case}");
        assert_eq!(
            twin.input_embedding_values(),
            from_config.input_embedding_values(),
            "{case}"
        );
        assert_ne!(
            twin.input_embedding_values(),
            model.input_embedding_values(),
            "{case}"
        );
    }
}

#[test]
fn means_and_deviations_are_those_of_the_rules() {
    draws::<Esm>("nt_v1");
    draws::<Esm>("nt_v2");
    draws::<MosaicBert>("dnabert2");
    draws::<Gena>("gena");
}

fn draws<M: Published>(case: &str) {
    let mut value = config(case);
    for (key, size) in [
        ("hidden_size", 48),
        ("intermediate_size", 64),
        ("initializer_range", 0),
    ] {
        value[key] = size.into();
    }
    value["initializer_range"] = json!(0.03);
    let config: M::Config = serde_json::from_value(value).expect(case);
    config.check().expect(case);
    let rules = M::draws(&config);
    let seeds = 6;
    let mut drawn: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    let mut shapes = Vec::new();
    for seed in 0..seeds {
        let twin = M::fresh(&config, seed, &Device::flex()).expect(case);
        shapes = parameter_shapes(&twin);
        for (name, values) in parameter_values(&twin) {
            drawn.entry(name).or_default().extend(values);
        }
    }
    assert!(
        drawn
            .keys()
            .any(|name| name.ends_with("LayerNorm.weight") || name.contains("layer_norm"))
    );
    for (name, shape) in shapes {
        let values = &drawn[&name];
        let count = values.len() as f64;
        let of =
            |f: &dyn Fn(f64) -> f64| values.iter().map(|&v| f(f64::from(v))).sum::<f64>() / count;
        let mean = of(&|v| v);
        let spread = of(&|v| (v - mean).powi(2)).sqrt();
        match DrawRule::find(&rules, &name).expect("a rule") {
            Draw::Zeros => assert!(values.iter().all(|&v| v == 0.0), "{case} {name}"),
            Draw::Ones => assert!(values.iter().all(|&v| v == 1.0), "{case} {name}"),
            Draw::Normal { deviation } => {
                near(case, &name, mean, 0.0, deviation / count.sqrt());
                near(
                    case,
                    &name,
                    spread,
                    deviation,
                    deviation / (2.0 * count).sqrt(),
                );
            }
            Draw::NormalWithZeroRow { deviation, row } => {
                let (rows, width) = (shape[0], shape[1]);
                let zeros = values
                    .chunks(rows * width)
                    .map(|v| &v[row as usize * width..][..width]);
                assert!(zeros.flatten().all(|&v| v == 0.0), "{case} {name}");
                let drawn = count * (rows - 1) as f64 / rows as f64;
                let spread = (of(&|v| v * v) * count / drawn).sqrt();
                near(
                    case,
                    &name,
                    spread,
                    deviation,
                    deviation / (2.0 * drawn).sqrt(),
                );
            }
            other => panic!("{case} {name}: {other:?}"),
        }
    }
}

#[test]
fn a_parameter_has_the_same_values_whatever_stands_beside_it() {
    let small = random_twin(&config("gena"), 5, &Device::flex()).expect("a twin");
    let mut deeper = config("gena");
    deeper["num_hidden_layers"] = 4.into();
    let deep = random_twin(&deeper, 5, &Device::flex()).expect("a twin");
    assert_eq!(
        small.input_embedding_values(),
        deep.input_embedding_values()
    );
    let again = random_twin(&config("gena"), 6, &Device::flex()).expect("a twin");
    assert_ne!(
        small.input_embedding_values(),
        again.input_embedding_values()
    );
}

#[test]
fn padding_rows_are_zero_where_the_published_code_leaves_them_so() {
    let zero_rows = |case: &str| {
        let twin = random_twin(&config(case), 5, &Device::flex()).expect(case);
        let width = twin.sizes().width;
        let table = twin.input_embedding_values();
        let rows = table.chunks(width).enumerate();
        let zero = rows.filter(|(_, row)| row.iter().all(|&v| v == 0.0));
        zero.map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(zero_rows("nt_v1"), [1]);
    assert_eq!(zero_rows("nt_v2"), [1]);
    assert_eq!(zero_rows("gena"), [3]);
    assert!(zero_rows("dnabert2").is_empty());
}

/// "Tokenization to Transfer" takes BERT for the twin of GENA-LM.
#[test]
fn the_twin_of_gena_in_tokenization_to_transfer_is_another_architecture() {
    let mut wide = config("gena");
    wide["initializer_range"] = json!(0.5);
    let gena: GenaConfig = serde_json::from_value(wide.clone()).expect("a configuration");
    let stock: dissensus_bert::Config =
        serde_json::from_value(gena.stock_bert()).expect("a configuration of BERT");
    let stock = MaskedLm::new(&stock, 5, &Device::flex()).expect("a model");
    let twin = random_twin(&wide, 5, &Device::flex()).expect("a twin");
    let last_moments = |model: &dyn Encoder| {
        let batch = Batch::new(&[[5, 6, 7]], &model.sizes()).expect("a batch");
        let states = model.hidden_states(&batch, &Pass::default());
        let state = values(states.into_iter().next_back().expect("a state"));
        let row = &state[..model.sizes().width];
        let mean = row.iter().sum::<f32>() / row.len() as f32;
        let square = row.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / row.len() as f32;
        (mean, square)
    };
    let (mean, square) = last_moments(&stock);
    assert!(
        mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-3,
        "{mean} {square}"
    );
    let (_, square) = last_moments(&*twin);
    assert!(square > 2.0, "{square}");
    assert_eq!(stock.sizes().vocabulary, twin.sizes().vocabulary);
}

/// The Nucleotide Transformer v1 over characters of the same study takes every A for a mask.
#[test]
fn the_twin_over_characters_in_tokenization_to_transfer_does_not_see_a() {
    let letters = PublishedTokenizer::letters_of_tokenization_to_transfer().expect("a tokenizer");
    let nt: EsmConfig = serde_json::from_value(config("nt_v1")).expect("a configuration");
    let shape = nt.over_letters_of_tokenization_to_transfer();
    assert_eq!((shape.vocab_size, shape.mask_token_id), (12, Some(2)));
    let twin = Esm::fresh(&shape, 5, &Device::flex()).expect("a twin");
    let table = twin.input_embedding_values();
    assert!(
        table[twin.sizes().width..][..twin.sizes().width]
            .iter()
            .all(|&v| v == 0.0)
    );
    let first_states = |text: &str| {
        let ids = letters.encode(text).expect("ids").ids;
        let batch = Batch::new(&[ids], &twin.sizes()).expect("a batch");
        let states = twin.hidden_states(&batch, &Pass::default());
        values(states.into_iter().next().expect("a state"))
    };
    let row = |states: &[f32], at: usize| states[at * 16..][..16].to_vec();
    assert_eq!(twin.sizes().width, 16);
    let (with_a, without) = (first_states("CATG"), first_states("CCTG"));
    // The words of all others are scaled: 0.88 of them without an A, 0.88/(1 - 1/6) with one of
    // six.
    let difference = |states: &[f32], other: &[f32], at: usize| {
        let pairs = row(states, at).into_iter().zip(row(other, at));
        pairs.map(|(a, b)| a - b).collect::<Vec<f32>>()
    };
    let word = |letter: usize| table[letter * 16..][..16].to_vec();
    let scale = 0.88 / (1.0 - 1.0 / 6.0) - 0.88;
    let expected: Vec<f32> = word(3).iter().map(|v| v * scale).collect();
    assert!(apart(&difference(&with_a, &without, 3), &expected) < 1e-6);
}
