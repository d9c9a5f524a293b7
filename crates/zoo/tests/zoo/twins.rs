//! Random twins against the draws of the published code.

use std::collections::BTreeMap;

use burn::tensor::Device;
use dissensus_lm::{ModelConfig, parameter_shapes, parameter_values};
use dissensus_zoo::{Draw, DrawRule, Esm, Gena, MosaicBert, Published, load, random_twin};
use serde_json::json;

use crate::common::{CASES, config, folder, near};

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
