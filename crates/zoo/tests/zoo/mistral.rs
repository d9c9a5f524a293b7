//! Mistral: what is asked of every family, and what its own answers are.

use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_fisher::{Gradients, Roles};
use dissensus_layers::cross_entropy;
use dissensus_lm::{
    Batch, CausalLanguageModel, Encoder, Error as ModelError, NextToken, Pass, TrainableModel,
    evaluate_next, parameter_values,
};
use dissensus_zoo::{
    Draw, DrawRule, Error, Family, Mistral, Published, load, load_as, random_twin,
};
use serde_json::json;

use crate::common::{
    Golden, alternating, apart, as_stored, changed, config, folder, near, tensors, values,
    whole_and_resumed, within,
};

const CASES: [&str; 2] = ["mistral", "mistral_wide"];
const TOLERANCE: f32 = 2e-5;

/// Our rows at the tokens of a golden table, beside its own.
fn tokens<'a>(golden: &'a Golden, ours: &'a [f32], key: &str) -> (Vec<f32>, Vec<f32>) {
    let (mask, theirs) = (golden.values("attention_mask"), golden.values(key));
    let width = theirs.len() / mask.len();
    let kept = |values: &[f32]| {
        let rows = values
            .chunks(width)
            .zip(mask)
            .filter(|(_, kept)| **kept == 1.0);
        rows.flat_map(|(row, _)| row.to_vec()).collect::<Vec<f32>>()
    };
    (kept(ours), kept(theirs))
}

#[test]
fn hidden_states_and_logits_are_those_of_transformers() {
    for case in CASES {
        let golden = Golden::of(case);
        let model = load(folder(case), &Device::flex()).expect(case);
        assert_eq!(model.family(), Family::Mistral);
        let batch = golden.batch(&model.sizes());
        let states = model.hidden_states(&batch, &Pass::default());
        assert_eq!(states.len(), model.sizes().layers + 1, "{case}");
        for (index, state) in states.into_iter().enumerate() {
            let (state, key) = (values(state), format!("hidden.{index}"));
            let (ours, theirs) = tokens(&golden, &state, &key);
            let apart = apart(&ours, &theirs);
            within(case, &key, apart, TOLERANCE);
        }
        let everywhere: Vec<usize> = (0..batch.ids().len()).collect();
        let causal = model.causal().expect("a head");
        let logits = values(causal.next_logits(&batch, &everywhere, &Pass::default()));
        let (ours, theirs) = tokens(&golden, &logits, "logits");
        let apart = apart(&ours, &theirs);
        within(case, "logits", apart, TOLERANCE);
    }
}

#[test]
fn gradients_are_those_of_transformers() {
    for case in CASES {
        let golden = Golden::of(case);
        let model: Mistral = load_as(folder(case), &Device::flex().autodiff()).expect(case);
        let (batch, places) = (golden.batch(&model.sizes()), golden.indices("places"));
        let logits = model.next_logits(&batch, &places, &Pass::default());
        let targets: Vec<i64> = golden.values("targets").iter().map(|&t| t as i64).collect();
        let targets = TensorData::new(targets, [places.len()]);
        let targets = Tensor::<1, Int>::from_data(targets, &Device::flex());
        let gradients = cross_entropy(logits, targets).mean().backward();
        let gradients = Gradients::of_module(&model, &gradients, Roles::default());
        let gradients = gradients.expect(case).parameters;
        let keys: Vec<_> = golden
            .tensors
            .keys()
            .filter_map(|key| key.strip_prefix("grad."))
            .collect();
        assert_eq!(keys.len(), parameter_values(&model).len(), "{case}");
        for key in keys {
            let theirs = golden.values(&format!("grad.{key}"));
            let ours = as_stored(Mistral::names(), &gradients, key);
            let scale = theirs.iter().fold(1e-3f32, |top, g| top.max(g.abs()));
            let apart = apart(&ours, theirs) / scale;
            within(case, &format!("grad.{key}"), apart, 1e-4);
        }
    }
}

#[test]
fn a_changed_base_moves_the_likelihood_as_in_transformers() {
    for case in CASES {
        let golden = Golden::of(case);
        let model = load(folder(case), &Device::flex()).expect(case);
        let likelihood = |ids: &[u32]| {
            let causal = model.causal().expect("a head");
            let found = evaluate_next(causal, &[ids], 1).expect(case);
            -found.loss * found.predicted as f64
        };
        let changed: Vec<u32> = golden
            .values("changed")
            .iter()
            .map(|&id| id as u32)
            .collect();
        let ratio = likelihood(&changed) - likelihood(&golden.rows()[0]);
        assert!(
            (ratio - f64::from(golden.values("llr")[0])).abs() < 1e-4,
            "{case}: {ratio}"
        );
    }
}

#[test]
fn the_window_and_the_distance_of_tokens_count_and_not_their_place() {
    let model = load(folder("mistral"), &Device::flex()).expect("a model");
    let sizes = model.sizes();
    let ids = [6u32, 2, 3, 4, 5, 2, 3, 1, 0, 2, 2, 3];
    let at = |ids: [u32; 12], positions: Option<[usize; 12]>| {
        let batch = Batch::new(&[ids], &sizes).expect("a batch");
        let batch = match positions {
            Some(positions) => batch.at_positions(&[positions], &sizes).expect("a batch"),
            None => batch,
        };
        values(model.encode(&batch, &Pass::default()))
    };
    let here = at(ids, None);
    assert!(apart(&here, &at(ids, Some(std::array::from_fn(|i| 40 + i)))) < 2e-5);
    let apart_by_nine = |i: usize| if i < 6 { i } else { 9 + i };
    assert!(apart(&here, &at(ids, Some(std::array::from_fn(apart_by_nine)))) > 1e-3);
    // Two layers with a window of five see nine tokens, the token itself among them.
    let mut other = ids;
    other[0] = 7;
    let moved = at(other, None);
    let row = |t: usize| t * sizes.width..(t + 1) * sizes.width;
    assert!(apart(&here[row(8)], &moved[row(8)]) > 0.0);
    assert_eq!(here[row(9).start..], moved[row(9).start..]);
    let mut later = ids;
    later[11] = 0;
    assert_eq!(here[..row(11).start], at(later, None)[..row(11).start]);
}

#[test]
fn a_sequence_alone_is_the_sequence_in_its_batch() {
    for case in CASES {
        let golden = Golden::of(case);
        let model = load(folder(case), &Device::flex()).expect(case);
        let (sizes, sequences) = (model.sizes(), golden.sequences());
        let together = values(model.encode(&golden.batch(&sizes), &Pass::default()));
        let alone = Batch::new(&sequences[1..2], &sizes).expect(case);
        let alone = values(model.encode(&alone, &Pass::default()));
        let from = sequences[0].len() * sizes.width;
        assert!(
            apart(&alone, &together[from..from + alone.len()]) < 1e-5,
            "{case}"
        );
    }
}

#[test]
fn what_is_saved_has_the_published_keys_and_the_same_bits() {
    for case in CASES {
        let out = tempfile::tempdir().expect("a folder");
        let model = load(folder(case), &Device::flex()).expect(case);
        model.save(out.path()).expect(case);
        let published = tensors(&folder(case).join("model.safetensors"));
        assert_eq!(
            tensors(&out.path().join("model.safetensors")),
            published,
            "{case}"
        );
        let again = load(out.path(), &Device::flex()).expect(case);
        assert_eq!(again.parameters(), model.parameters(), "{case}");
    }
}

#[test]
fn bare_and_tied_files_open_and_what_is_not_built_is_named() {
    let bare = changed(
        "mistral",
        |_| (),
        |all| {
            let old = std::mem::take(all).into_iter();
            let strip = |(key, tensor): (String, _)| {
                Some((key.strip_prefix("model.")?.to_string(), tensor))
            };
            all.extend(old.filter_map(strip));
        },
    );
    let model = load(bare.path(), &Device::flex()).expect("a model");
    assert!(model.causal().is_none());
    let tied = changed(
        "mistral_wide",
        |_| (),
        |all| {
            drop(all.insert(
                "lm_head.weight".into(),
                all["model.embed_tokens.weight"].clone(),
            ));
        },
    );
    assert!(load(tied.path(), &Device::flex()).is_ok());
    let apart = changed(
        "mistral_wide",
        |_| (),
        |all| {
            let mut table = all["model.embed_tokens.weight"].clone();
            table.values[5] += 1.0;
            drop(all.insert("lm_head.weight".into(), table));
        },
    );
    let error = load(apart.path(), &Device::flex()).err().expect("an error");
    assert!(
        matches!(error, Error::TiedTensorsDiffer { index: 5, .. }),
        "{error}"
    );
    for (key, value) in [
        ("model_type", json!("mixtral")),
        ("num_local_experts", json!(8)),
        ("hidden_act", json!("gelu")),
        ("rope_scaling", json!({"type": "linear", "factor": 2.0})),
        ("num_key_value_heads", json!(3)),
        ("head_dim", json!(5)),
    ] {
        let asks = changed("mistral", |config| config[key] = value.clone(), |_| ());
        let error = load(asks.path(), &Device::flex()).err().expect("an error");
        assert!(
            matches!(&error, Error::Model(ModelError::Config { field, .. }) if *field == key),
            "{key}: {error}"
        );
    }
    let few = changed(
        "mistral",
        |_| (),
        |all| drop(all.remove("model.layers.1.mlp.up_proj.weight")),
    );
    let error = load(few.path(), &Device::flex()).err().expect("an error");
    assert!(
        error
            .to_string()
            .contains("model.layers.1.mlp.up_proj.weight"),
        "{error}"
    );
}

#[test]
fn a_twin_is_drawn_as_the_rules_say() {
    let mut wide = config("mistral");
    for (key, size) in [
        ("hidden_size", 48),
        ("intermediate_size", 96),
        ("head_dim", 12),
    ] {
        wide[key] = size.into();
    }
    let parsed: <Mistral as TrainableModel>::Config =
        serde_json::from_value(wide).expect("a configuration");
    let rules = Mistral::draws(&parsed);
    for (name, values) in
        parameter_values(&Mistral::fresh(&parsed, 3, &Device::flex()).expect("a twin"))
    {
        let count = values.len() as f64;
        let spread = (values.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / count).sqrt();
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
        match DrawRule::find(&rules, &name).expect("a rule") {
            Draw::Ones => assert!(values.iter().all(|&v| v == 1.0), "{name}"),
            Draw::Normal { deviation } => {
                near("mistral", &name, mean, 0.0, deviation / count.sqrt());
                near(
                    "mistral",
                    &name,
                    spread,
                    deviation,
                    deviation / (2.0 * count).sqrt(),
                );
            }
            Draw::NormalWithZeroRow { deviation, row } => {
                assert!(
                    row == 9 && values[9 * 48..10 * 48].iter().all(|&v| v == 0.0),
                    "{name}"
                );
                let drawn = count * 11.0 / 12.0;
                let spread = spread * (12.0f64 / 11.0).sqrt();
                near(
                    "mistral",
                    &name,
                    spread,
                    deviation,
                    deviation / (2.0 * drawn).sqrt(),
                );
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let twin = random_twin(&config("mistral"), 7, &Device::flex()).expect("a twin");
    let model = load(folder("mistral"), &Device::flex()).expect("a model");
    assert_eq!(twin.parameters(), model.parameters());
}

#[test]
fn it_learns_the_next_token_and_resumes_to_the_bit() {
    let data = || alternating([2, 4], NextToken);
    let [whole, _] = whole_and_resumed::<Mistral, _>("mistral", data);
    let before: Mistral = load_as(folder("mistral"), &Device::flex()).expect("a model");
    let loss = |model: &Mistral| {
        evaluate_next(model, &[[4u32, 2, 4, 2, 4, 2, 4, 2]], 4)
            .expect("a loss")
            .loss
    };
    assert!(loss(&whole.model()) < 0.5 * loss(&before));
}
