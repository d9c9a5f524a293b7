//! HyenaDNA: what is asked of every family, and what its own answers are.

use std::collections::BTreeMap;

use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_fisher::{Gradients, Roles};
use dissensus_layers::cross_entropy;
use dissensus_lm::{
    Batch, CausalLanguageModel, Encoder, Error as ModelError, NextToken, Pass, TrainableModel,
    batch_padded_left, batch_seeing_padding, evaluate_next, parameter_values,
};
use dissensus_zoo::{
    Draw, DrawRule, Error, Family, HyenaDna, Published, PublishedTokenizer, ZooModel, inspect,
    load, load_as, random_twin,
};
use serde_json::json;

use crate::common::{
    Golden, Stored, alternating, apart, as_stored, changed, config, folder, near, refused, tensors,
    values, whole_and_resumed, within,
};

const CASES: [&str; 2] = ["hyena", "hyena_full"];
const TOLERANCE: f32 = 2e-5;

/// The golden rows as they are: what stands on the left of some is padding that the model reads
/// like letters.
fn batch(case: &str, model: &dyn Encoder) -> Batch {
    batch_seeing_padding(&Golden::of(case).rows(), &model.sizes()).expect(case)
}

#[test]
fn hidden_states_and_logits_are_the_published_ones() {
    for case in CASES {
        let golden = Golden::of(case);
        let model = load(folder(case), &Device::flex()).expect(case);
        assert_eq!(model.family(), Family::HyenaDna);
        assert!(model.masked().is_none());
        let batch = batch(case, &*model);
        let published = model.published_states(&batch, &Pass::default());
        assert_eq!(published.len(), model.sizes().layers + 2, "{case}");
        for (index, state) in published.into_iter().enumerate() {
            let apart = apart(&values(state), golden.values(&format!("hidden.{index}")));
            within(case, &format!("hidden.{index}"), apart, TOLERANCE);
        }
        let states = model.hidden_states(&batch, &Pass::default());
        assert_eq!(states.len(), model.sizes().layers + 1, "{case}");
        for (state, index) in states.into_iter().zip([0, 1, 3]) {
            let apart = apart(&values(state), golden.values(&format!("hidden.{index}")));
            within(case, &format!("hidden.{index}"), apart, TOLERANCE);
        }
        let everywhere: Vec<usize> = (0..batch.ids().len()).collect();
        let causal = model.causal().expect("a head");
        let logits = causal.next_logits(&batch, &everywhere, &Pass::default());
        let apart = apart(&values(logits), golden.values("logits"));
        within(case, "logits", apart, TOLERANCE);
    }
}

#[test]
fn gradients_are_those_of_the_published_formulas() {
    for case in CASES {
        let golden = Golden::of(case);
        let model: HyenaDna = load_as(folder(case), &Device::flex().autodiff()).expect(case);
        let (batch, places) = (batch(case, &model), golden.indices("places"));
        let logits = model.next_logits(&batch, &places, &Pass::default());
        let targets: Vec<i64> = golden.values("targets").iter().map(|&t| t as i64).collect();
        let targets = TensorData::new(targets, [places.len()]);
        let targets = Tensor::<1, Int>::from_data(targets, &Device::flex());
        let loss = cross_entropy(logits, targets).mean();
        assert!(
            apart(&values(loss.clone()), golden.values("loss")) < TOLERANCE,
            "{case}"
        );
        let gradients = Gradients::of_module(&model, &loss.backward(), Roles::default())
            .expect(case)
            .parameters;
        let keys = golden
            .tensors
            .keys()
            .filter_map(|key| key.strip_prefix("grad."));
        let keys: Vec<_> = keys.collect();
        assert_eq!(keys.len(), parameter_values(&model).len(), "{case}");
        for key in keys {
            let theirs = golden.values(&format!("grad.{key}"));
            let ours = as_stored(HyenaDna::names(), &gradients, key);
            let scale = theirs.iter().fold(1e-3f32, |top, g| top.max(g.abs()));
            let apart = apart(&ours, theirs) / scale;
            within(case, &format!("grad.{key}"), apart, 1e-4);
        }
    }
}

#[test]
fn a_changed_base_moves_the_likelihood_as_published() {
    for case in CASES {
        let golden = Golden::of(case);
        let model = load(folder(case), &Device::flex()).expect(case);
        let causal = model.causal().expect("a head");
        let likelihood = |ids: &[u32]| {
            let found = evaluate_next(causal, &[ids], 1).expect(case);
            -found.loss * found.predicted as f64
        };
        let reference = golden.rows().remove(0);
        let mut alternative = reference.clone();
        alternative[5] = 8;
        let ratio = likelihood(&alternative) - likelihood(&reference);
        assert!(
            (ratio - f64::from(golden.values("llr")[0])).abs() < 1e-4,
            "{case}: {ratio}"
        );
    }
}

#[test]
fn padding_on_the_right_changes_nothing_and_on_the_left_something() {
    let model = load(folder("hyena"), &Device::flex()).expect("a model");
    let (sizes, short) = (model.sizes(), vec![7u32, 9, 9, 8, 10, 1]);
    let long = vec![8u32; 21];
    let encode = |batch: Batch| values(model.encode(&batch, &Pass::default()));
    let alone = encode(Batch::new(std::slice::from_ref(&short), &sizes).expect("a batch"));
    let beside = encode(Batch::new(&[short.clone(), long.clone()], &sizes).expect("a batch"));
    assert!(apart(&alone, &beside[..alone.len()]) < 1e-5);
    let left = encode(batch_padded_left(&[short, long.clone()], &sizes).expect("a batch"));
    let end = long.len() * sizes.width;
    assert!(apart(&alone, &left[end - alone.len()..end]) > 1e-3);
}

#[test]
fn later_tokens_are_not_seen_and_gaps_are_refused() {
    let model = load(folder("hyena"), &Device::flex()).expect("a model");
    let sizes = model.sizes();
    let states = |ids: [u32; 8]| {
        let batch = Batch::new(&[ids], &sizes).expect("a batch");
        values(model.encode(&batch, &Pass::default()))
    };
    let (one, other) = (
        states([7, 8, 9, 10, 7, 8, 9, 10]),
        states([7, 8, 9, 10, 7, 9, 9, 11]),
    );
    let before = 5 * sizes.width;
    assert!(apart(&one[..before], &other[..before]) < 1e-5);
    assert!(apart(&one[before..], &other[before..]) > 1e-2);
    let gapped = Batch::new(&[[7u32, 8, 9]], &sizes).expect("a batch");
    let gapped = gapped.at_positions(&[[0, 1, 5]], &sizes).expect("a batch");
    let encode = || model.encode(&gapped, &Pass::default());
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(encode)).is_err());
    assert!(matches!(
        Batch::new(&[vec![7u32; 27]], &sizes),
        Err(ModelError::SequenceTooLong { limit: 26, .. })
    ));
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
        let batch = batch(case, &*model);
        let encode = |model: &dyn Encoder| values(model.encode(&batch, &Pass::default()));
        assert_eq!(encode(&*again), encode(&*model), "{case}");
    }
}

/// Tensors under other names.
fn renamed(all: &mut BTreeMap<String, Stored>, name: impl Fn(&str) -> Option<String>) {
    let old = std::mem::take(all).into_iter();
    *all = old
        .filter_map(|(key, tensor)| Some((name(&key)?, tensor)))
        .collect();
}

#[test]
fn older_and_bare_files_open_alike_and_buffers_follow_from_their_formulas() {
    let whole = load(folder("hyena"), &Device::flex()).expect("a model");
    let batch = batch("hyena", &*whole);
    let encode = |model: &dyn Encoder| values(model.encode(&batch, &Pass::default()));
    let older = |key: &str| {
        let key = key
            .replace("hyena.", "model.")
            .replace(".mixer.", ".mixer.layer.");
        Some(key.replace("lm_head", "model.lm_head"))
    };
    let bare = |key: &str| Some(key.strip_prefix("hyena.")?.to_string());
    let pickled = |all: &mut BTreeMap<String, Stored>| {
        for layer in 0..2 {
            let filter = format!("hyena.backbone.layers.{layer}.mixer.filter_fn.implicit_filter");
            let freq = all[&format!("{filter}.1.freq")].clone();
            all.insert(format!("{filter}.3.freq"), freq);
        }
    };
    let cases = [
        changed("hyena", |_| (), |all| renamed(all, older)),
        changed("hyena", |_| (), |all| renamed(all, bare)),
        changed("hyena", |_| (), pickled),
    ];
    for (index, case) in cases.iter().enumerate() {
        let model = load(case.path(), &Device::flex()).expect("a model");
        assert_eq!(model.causal().is_none(), index == 1);
        assert_eq!(encode(&*model), encode(&*whole), "{index}");
    }
    let without = changed(
        "hyena",
        |_| (),
        |all| {
            all.retain(|key, _| !key.contains("pos_emb") && !key.contains("deltas"));
        },
    );
    let model = load(without.path(), &Device::flex()).expect("a model");
    assert!(apart(&encode(&*model), &encode(&*whole)) < 1e-5);
    let slower = changed(
        "hyena",
        |_| (),
        |all| {
            let deltas = all.iter_mut().filter(|(key, _)| key.contains("deltas"));
            deltas.for_each(|(_, tensor)| tensor.values.iter_mut().for_each(|v| *v *= 0.5));
        },
    );
    let model = load(slower.path(), &Device::flex()).expect("a model");
    assert!(apart(&encode(&*model), &encode(&*whole)) > 1e-3);
}

#[test]
fn what_is_missing_left_over_or_not_built_is_named() {
    let key = "hyena.backbone.layers.1.mixer.filter_fn.implicit_filter.4.bias";
    let few = changed("hyena", |_| (), |all| drop(all.remove(key)));
    let message = refused(few.path()).to_string();
    assert!(
        message.contains("layers.1.mixer.filter_fn.maps.2.bias"),
        "{message}"
    );
    let odd = "hyena.backbone.layers.1.mixer.odd";
    let many = changed(
        "hyena",
        |_| (),
        |all| drop(all.insert(odd.into(), all[key].clone())),
    );
    let error = refused(many.path());
    assert!(
        matches!(&error, Error::Model(ModelError::ExtraTensors { names, .. }) if *names == [odd]),
        "{error}"
    );
    let untied = changed(
        "hyena",
        |_| (),
        |all| {
            let filter = "hyena.backbone.layers.0.mixer.filter_fn.implicit_filter";
            let mut freq = all[&format!("{filter}.1.freq")].clone();
            freq.values[2] += 1.0;
            all.insert(format!("{filter}.5.freq"), freq);
        },
    );
    let error = refused(untied.path());
    assert!(
        matches!(error, Error::TiedTensorsDiffer { index: 2, .. }),
        "{error}"
    );
    for (key, value) in [
        ("hyena_order", json!(3)),
        ("short_filter_order", json!(4)),
        ("emb_dim", json!(4)),
        ("tie_word_embeddings", json!(true)),
        ("hidden_size", json!(16)),
        ("hyena_dropout", json!(1.0)),
    ] {
        let asks = changed("hyena", |config| config[key] = value.clone(), |_| ());
        let error = refused(asks.path());
        assert!(
            matches!(&error, Error::Model(ModelError::Config { field, .. }) if *field == key),
            "{key}: {error}"
        );
    }
}

#[test]
fn a_twin_is_drawn_as_the_rules_say() {
    let mut wide = config("hyena");
    for (key, size) in [("d_model", 48), ("d_inner", 96), ("filter_order", 32)] {
        wide[key] = size.into();
    }
    let config: <HyenaDna as TrainableModel>::Config =
        serde_json::from_value(wide.clone()).expect("a configuration");
    let rules = HyenaDna::draws(&config);
    let mut drawn: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for seed in 0..6 {
        let twin = HyenaDna::fresh(&config, seed, &Device::flex()).expect("a twin");
        for (name, values) in parameter_values(&twin) {
            drawn.entry(name).or_default().extend(values);
        }
    }
    for (name, values) in &drawn {
        let count = values.len() as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
        let squares = values.iter().map(|&v| (f64::from(v) - mean).powi(2));
        let spread = (squares.sum::<f64>() / count).sqrt();
        let like = |deviation: f64| {
            near("hyena", name, mean, 0.0, deviation / count.sqrt());
            near(
                "hyena",
                name,
                spread,
                deviation,
                deviation / (2.0 * count).sqrt(),
            );
        };
        match DrawRule::find(&rules, name).expect("a rule") {
            Draw::Zeros => assert!(values.iter().all(|&v| v == 0.0), "{name}"),
            Draw::Ones => assert!(values.iter().all(|&v| v == 1.0), "{name}"),
            Draw::Constant(value) => {
                assert!(name.ends_with("freq") && value == 10.0);
                assert!(values.iter().all(|&v| f64::from(v) == value), "{name}");
            }
            Draw::Normal { deviation } => like(deviation),
            Draw::Uniform { bound } => {
                assert!(
                    values
                        .iter()
                        .all(|v| f64::from(v.abs()) <= bound * (1.0 + 1e-6)),
                    "{name}"
                );
                like(bound / 3f64.sqrt());
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let skip = &drawn["hyena.backbone.layers.0.mixer.filter_fn.bias"];
    assert!(skip.iter().any(|v| v.abs() > 1.0)); // N(0, 1), not the 0.02 of every map
    let narrow = HyenaDna::twin_of_pretraining(&config, 0, &Device::flex()).expect("a twin");
    let name = "hyena.backbone.layers.0.mlp.fc2.weight";
    let (narrow, plain) = (&parameter_values(&narrow)[name], &drawn[name]);
    assert!(
        narrow
            .iter()
            .zip(plain)
            .all(|(a, b)| (2.0 * a - b).abs() < 1e-7)
    ); // √(2·2 layers)
}

#[test]
fn twins_have_the_shapes_of_their_model_and_stay_when_layers_are_added() {
    let twin = random_twin(&config("hyena"), 7, &Device::flex()).expect("a twin");
    let model = load(folder("hyena"), &Device::flex()).expect("a model");
    assert_eq!(twin.parameters(), model.parameters());
    let mut deeper = config("hyena");
    deeper["n_layer"] = 4.into();
    let deeper = random_twin(&deeper, 7, &Device::flex()).expect("a twin");
    assert_eq!(
        twin.input_embedding_values(),
        deeper.input_embedding_values()
    );
    let out = tempfile::tempdir().expect("a folder");
    twin.save(out.path()).expect("a file");
    let again = load(out.path(), &Device::flex()).expect("a model");
    let batch = batch("hyena", &*twin);
    let encode = |model: &dyn ZooModel| values(model.encode(&batch, &Pass::default()));
    assert_eq!(encode(&*again), encode(&*twin));
}

#[test]
fn tiny_1k_has_the_published_number_of_parameters() {
    let released = json!({
        "model_type": "hyenadna", "d_model": 128, "d_inner": 512, "n_layer": 2, "max_seq_len": 1026, "emb_dim": 5,
        "activation_freq": 10, "tie_word_embeddings": false
    });
    let twin = random_twin(&released, 1, &Device::flex()).expect("a twin");
    let count = |(_, shape): &(String, Vec<usize>)| shape.iter().product::<usize>();
    assert_eq!(twin.parameters().iter().map(count).sum::<usize>(), 438_144);
}

#[test]
fn results_have_the_same_bits_on_any_number_of_threads() {
    let mut wide = config("hyena");
    for (key, size) in [("d_model", 96), ("d_inner", 160), ("max_seq_len", 400)] {
        wide[key] = size.into();
    }
    let model = random_twin(&wide, 3, &Device::flex()).expect("a twin");
    let sequence = |row: u32| {
        (0..90 + 40 * row)
            .map(|at| 7 + (row + at * at) % 5)
            .collect()
    };
    let sequences: Vec<Vec<u32>> = (0..4).map(sequence).collect();
    let batch = Batch::new(&sequences, &model.sizes()).expect("a batch");
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let encode = || values(model.encode(&batch, &Pass::default()));
        pool.expect("a pool").install(encode)
    };
    let one = on(1);
    assert!([2, 3].into_iter().all(|threads| on(threads) == one));
}

#[test]
fn bases_have_the_published_ids_without_any_file() {
    let tokenizer =
        PublishedTokenizer::open(folder("hyena"), Family::HyenaDna, 16).expect("a tokenizer");
    for (text, ids) in [
        ("ACGTN", &[7u32, 8, 9, 10, 11, 1][..]),
        ("acgt", &[6, 6, 6, 6, 1]),
        ("ACGTRA", &[7, 8, 9, 10, 6, 7, 1]),
        ("", &[1]),
        ("NNNA", &[11, 11, 11, 7, 1]),
    ] {
        let found = tokenizer.encode(text).expect(text);
        assert_eq!(found.ids, ids, "{text}");
        let bases = (0..text.len()).map(|at| at..at + 1);
        assert_eq!(
            found.covered[..text.len()],
            bases.collect::<Vec<_>>(),
            "{text}"
        );
    }
    let found = inspect(folder("hyena"), &Device::flex()).expect("an inspection");
    assert_eq!((found.tokenizer.clone(), found.bases.len()), (Ok(12), 4));
    assert!(
        found.has_head && found.to_string().contains("HyenaDNA"),
        "{found}"
    );
}

#[test]
fn it_learns_the_next_token_and_resumes_to_the_bit() {
    let data = || alternating([7, 9], NextToken);
    let [mut whole, resumed] = whole_and_resumed::<HyenaDna, _>("hyena", data);
    let (model, again) = (whole.model(), resumed.model());
    assert_eq!(model.constants(), again.constants());
    let before: HyenaDna = load_as(folder("hyena"), &Device::flex()).expect("a model");
    let sequences = [[9u32, 7, 9, 7, 9, 7, 9, 7]];
    let loss = |model: &HyenaDna| evaluate_next(model, &sequences, 4).expect("a loss").loss;
    assert!(
        loss(&model) < 0.5 * loss(&before),
        "{} {}",
        loss(&before),
        loss(&model)
    );
    let found = whole.evaluate().expect("an evaluation");
    assert!(
        (found.loss
            - evaluate_next(&model, &data().evaluation, 3)
                .expect("a loss")
                .loss)
            .abs()
            < 1e-6
    );
}
