//! Caduceus: folders, answers, both strands, training, draws.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_fisher::{Gradients, Roles};
use dissensus_layers::cross_entropy;
use dissensus_lm::{
    Batch, Encoder, Error as ModelError, MaskedLanguageModel, Masking, ModelConfig, Pass,
    TrainableModel, evaluate, parameter_shapes, parameter_values,
};
use dissensus_zoo::{
    Caduceus, CaduceusConfig, CaduceusGraph, Draw, DrawRule, Error, Family, Published,
    PublishedTokenizer, ZooModel, inspect, load, load_as, load_in_graph, random_twin,
};
use serde_json::{Value, json};

use crate::common::{
    Golden, Stored, alternating, apart, config, folder, near, refused, tensors, values,
    whole_and_resumed, within, write,
};

const CASES: [&str; 5] = [
    "caduceus_ph",
    "caduceus_ps_fused",
    "caduceus_ps",
    "caduceus_odd",
    "caduceus_one_way",
];

fn open(case: &str) -> Caduceus {
    load_as(folder(case), &Device::flex()).expect(case)
}

/// Like `safetensors`, whole numbers too.
fn copy_of(case: &str, change: impl Fn(&mut Value)) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    let mut value = config(case);
    change(&mut value);
    fs::write(copy.path().join("config.json"), value.to_string()).expect("a file");
    let weights = folder(case).join("model.safetensors");
    fs::copy(weights, copy.path().join("model.safetensors")).expect("a file");
    copy
}

/// A copy whose tensors are changed; those of whole numbers are left out.
fn with_tensors(case: &str, change: impl Fn(&mut BTreeMap<String, Stored>)) -> tempfile::TempDir {
    let copy = copy_of(case, |_| ());
    let path = copy.path().join("model.safetensors");
    let mut all = tensors(&path);
    all.retain(|key, _| !key.ends_with("complement_map"));
    change(&mut all);
    write(&path, &all);
    copy
}

fn encode(model: &dyn Encoder, batch: &Batch) -> Vec<f32> {
    values(model.encode(batch, &Pass::default()))
}

#[test]
fn hidden_states_and_logits_are_the_published_ones() {
    for case in CASES {
        let golden = Golden::of(case);
        let model = load(folder(case), &Device::flex()).expect(case);
        assert_eq!(model.family(), Family::Caduceus);
        let batch = golden.batch(&model.sizes());
        let pass = Pass::default();
        let ours = model.hidden_states(&batch, &pass);
        assert_eq!(ours.len(), model.sizes().layers + 1, "{case}");
        let published = model.published_states(&batch, &pass);
        let count = |list: &str| {
            golden
                .tensors
                .keys()
                .filter(|k| k.starts_with(list))
                .count()
        };
        assert_eq!(published.len(), count("published."), "{case}");
        for (list, states) in [("hidden", ours), ("published", published)] {
            for (index, state) in states.into_iter().enumerate() {
                let key = format!("{list}.{index}");
                let apart = apart(&values(state), golden.values(&key));
                within(case, &key, apart, 2e-5);
            }
        }
        let masked = model.masked().expect(case);
        let apart = apart(
            &values(masked.logits(&batch, &pass)),
            golden.values("logits"),
        );
        within(case, "logits", apart, 2e-5);
    }
}

#[test]
fn a_masked_base_has_the_published_probabilities() {
    for case in CASES {
        let (golden, model) = (Golden::of(case), open(case));
        let mut ids = golden.rows()[0].clone();
        ids[5] = 3;
        let batch = Batch::new(&[ids], &model.sizes()).expect(case);
        let logits = model.logits_at(&batch, &[5], &Pass::default());
        let logits = values(logits);
        let total = logits.iter().map(|&x| f64::from(x).exp()).sum::<f64>().ln();
        let found: Vec<f32> = logits[7..11].iter().map(|&x| x - total as f32).collect();
        let apart = apart(&found, golden.values("bases"));
        within(case, "bases", apart, 2e-5);
    }
}

#[test]
fn gradients_are_those_of_the_published_formulas() {
    for case in CASES {
        let golden = Golden::of(case);
        let model: Caduceus = load_as(folder(case), &Device::flex().autodiff()).expect(case);
        let batch = golden.batch(&model.sizes());
        let logits = model.logits_at(&batch, &golden.indices("places"), &Pass::default());
        let targets: Vec<i64> = golden.values("targets").iter().map(|&t| t as i64).collect();
        let targets = TensorData::new(targets.clone(), [targets.len()]);
        let targets = Tensor::<1, Int>::from_data(targets, &Device::flex());
        let gradients = cross_entropy(logits, targets).mean().backward();
        let gradients = Gradients::of_module(&model, &gradients, Roles::default()).expect(case);
        let keys = golden
            .tensors
            .keys()
            .filter_map(|key| key.strip_prefix("grad."));
        let keys: Vec<_> = keys.collect();
        assert_eq!(keys.len(), gradients.parameters.len(), "{case}");
        for gradient in gradients.parameters {
            let theirs = golden.values(&format!("grad.{}", gradient.name));
            let ours: Vec<f32> = gradient.values.iter().map(|&g| g as f32).collect();
            let ours = if Caduceus::names().is_transposed(&gradient.name) {
                transposed(&ours, gradient.shape[1])
            } else {
                ours
            };
            let scale = theirs.iter().fold(1e-3f32, |top, g| top.max(g.abs()));
            let apart = apart(&ours, theirs) / scale;
            within(case, &format!("grad.{}", gradient.name), apart, 1e-4);
        }
    }
}

fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    let of = |column: usize| values.iter().skip(column).step_by(columns).copied();
    (0..columns).flat_map(of).collect()
}

/// The logits of the other strand, turned back.
fn from_the_other_strand(model: &Caduceus, batch: &Batch) -> Vec<f32> {
    const COMPLEMENT: [usize; 16] = [0, 1, 2, 3, 4, 5, 6, 10, 9, 8, 7, 11, 12, 13, 14, 15];
    let (rows, time) = (batch.rows(), batch.time());
    let turned: Vec<Vec<u32>> = batch
        .ids()
        .chunks(time)
        .map(|row| {
            row.iter()
                .rev()
                .map(|&id| COMPLEMENT[id as usize] as u32)
                .collect()
        })
        .collect();
    let turned = Batch::new(&turned, &model.sizes()).expect("a batch");
    let logits = values(model.logits(&turned, &Pass::default()));
    let at =
        |row: usize, t: usize, id: usize| logits[(row * time + time - 1 - t) * 16 + COMPLEMENT[id]];
    let all = (0..rows * time * 16).map(|i| at(i / 16 / time, i / 16 % time, i % 16));
    all.collect()
}

#[test]
fn a_pair_of_strands_is_equivariant_in_both_graphs_and_one_strand_is_not() {
    for case in ["caduceus_ps_fused", "caduceus_ps", "caduceus_ph"] {
        let model = open(case);
        let batch = Golden::of(case).batch(&model.sizes());
        let here = values(model.logits(&batch, &Pass::default()));
        let apart = apart(&here, &from_the_other_strand(&model, &batch));
        match case {
            "caduceus_ph" => assert!(apart > 0.1, "{apart}"),
            _ => within(case, "strands", apart, 1e-5),
        }
    }
}

#[test]
fn the_mean_of_the_strands_is_the_same_whichever_is_given() {
    for case in ["caduceus_ps_fused", "caduceus_ps"] {
        let model = open(case);
        let mean = |ids: &[u32]| {
            let batch = Batch::new(&[ids], &model.sizes()).expect(case);
            let [one, other] = model
                .strands(&batch, &Pass::default())
                .expect("two strands");
            one + other
        };
        let (given, other) = (mean(&[7, 7, 8, 10, 9, 11]), mean(&[11, 8, 7, 9, 10, 10]));
        let apart = apart(&values(given), &values(other.flip([1])));
        assert!(apart < 1e-5, "{case}: {apart}");
    }
    assert!(
        open("caduceus_ph")
            .strands(
                &Batch::new(&[[7]], &open("caduceus_ph").sizes()).expect("a batch"),
                &Pass::default()
            )
            .is_none()
    );
}

#[test]
fn the_graph_changes_a_pair_of_strands_and_not_one() {
    let golden = Golden::of("caduceus_ps");
    let fused = open("caduceus_ps_fused");
    let batch = golden.batch(&fused.sizes());
    let logits = |model: &Caduceus| values(model.logits(&batch, &Pass::default()));
    let unfused = fused.clone().with_graph(CaduceusGraph::Unfused);
    assert!(apart(&logits(&unfused), golden.values("logits")) < 2e-5);
    assert!(apart(&logits(&unfused), &logits(&fused)) > 1.0);
    let names = |model: &Caduceus| {
        model
            .parameters()
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&unfused), names(&open("caduceus_ps")));
    assert_eq!(
        logits(&unfused.with_graph(CaduceusGraph::Fused)),
        logits(&fused)
    );
    let one = open("caduceus_ph");
    let batch = golden.batch(&one.sizes());
    let other = one.clone().with_graph(CaduceusGraph::Unfused);
    assert_eq!(encode(&one, &batch), encode(&other, &batch));
    let lists = [&one, &other].map(|m| m.published_hidden_states(&batch, &Pass::default()).len());
    assert_eq!(lists, [4, 3]);
}

#[test]
fn names_and_flag_that_contradict_are_refused_unless_the_caller_chooses() {
    let golden = Golden::of("caduceus_ps");
    for (case, flag) in [("caduceus_ps_fused", false), ("caduceus_ps", true)] {
        let odd = copy_of(case, |config| config["fused_add_norm"] = flag.into());
        let error = refused(odd.path());
        let message = error.to_string();
        assert!(
            matches!(
                &error,
                Error::Model(ModelError::Config {
                    field: "fused_add_norm",
                    ..
                })
            ),
            "{message}"
        );
        assert!(message.contains("norm_f.submodule.weight"), "{message}");
        for graph in [CaduceusGraph::Fused, CaduceusGraph::Unfused] {
            let chosen = load_in_graph(odd.path(), graph, &Device::flex()).expect(case);
            let of = match graph {
                CaduceusGraph::Fused => Golden::of("caduceus_ps_fused"),
                CaduceusGraph::Unfused => Golden::of("caduceus_ps"),
            };
            let batch = golden.batch(&chosen.sizes());
            let logits = values(chosen.logits(&batch, &Pass::default()));
            assert!(apart(&logits, of.values("logits")) < 2e-5, "{case}");
        }
    }
    let pair = copy_of("caduceus_ph", |config| {
        config["rcps"] = true.into();
        config["complement_map"] = json!({"7": 10, "10": 7, "8": 9, "9": 8});
    });
    let message = refused(pair.path()).to_string();
    assert!(message.contains("rcps"), "{message}");
}

#[test]
fn the_model_that_a_published_study_ran_has_norms_of_one_and_no_exchange() {
    let studied = open("caduceus_ps_fused").unfused_with_fresh_norms();
    assert_eq!(studied.config().graph(), CaduceusGraph::Unfused);
    let parameters = parameter_values(&studied);
    let norms: Vec<_> = parameters
        .iter()
        .filter(|(name, _)| name.contains("norm"))
        .collect();
    assert_eq!(norms.len(), 4);
    assert!(
        norms
            .iter()
            .all(|(name, norm)| name.contains("submodule") && norm.iter().all(|&w| w == 1.0))
    );
    let mixers = |model: &Caduceus| {
        let all = parameter_values(model).into_iter();
        all.filter(|(name, _)| name.contains("mixer"))
            .collect::<Vec<_>>()
    };
    assert_eq!(mixers(&studied), mixers(&open("caduceus_ps_fused")));
    // Its twin is drawn in the graph that it ran.
    let config = studied.config().clone();
    let twin = Caduceus::fresh(&config, 1, &Device::flex()).expect("a twin");
    assert_eq!(twin.config().graph(), CaduceusGraph::Unfused);
}

#[test]
fn a_sequence_alone_is_the_sequence_in_its_batch() {
    for case in CASES {
        let model = open(case);
        let sizes = model.sizes();
        let sequences: [Vec<u32>; 3] = [
            (0..70).map(|i| 7 + i * 5 % 4).collect(),
            vec![9],
            (0..9).map(|i| 7 + i * 3 % 5).collect(),
        ];
        let batch = Batch::new(&sequences, &sizes).expect(case);
        let together = encode(&model, &batch);
        for (row, sequence) in sequences.iter().enumerate() {
            let alone = Batch::new(&[sequence], &sizes).expect(case);
            let alone = encode(&model, &alone);
            let together = &together[row * 70 * sizes.width..][..alone.len()];
            assert!(apart(&alone, together) < 1e-5, "{case} row {row}");
        }
    }
}

#[test]
fn results_have_the_same_bits_on_any_number_of_threads() {
    for case in ["caduceus_ph", "caduceus_ps_fused"] {
        let mut wide = config(case);
        wide["d_model"] = 160.into();
        let device = Device::flex().autodiff();
        let config: CaduceusConfig = serde_json::from_value(wide).expect(case);
        let model = Caduceus::fresh(&config, 3, &device).expect(case);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("a pool").install(|| {
                let rows: [Vec<u32>; 2] = [(0..150).map(|i| 7 + i * 5 % 4).collect(), vec![8; 90]];
                let batch = Batch::new(&rows, &model.sizes()).expect(case);
                let logits = model.logits(&batch, &Pass::default());
                let gradients = (logits.clone() * logits.clone()).sum().backward();
                let gradients =
                    Gradients::of_module(&model, &gradients, Roles::default()).expect(case);
                let gradients: Vec<_> =
                    gradients.parameters.into_iter().map(|g| g.values).collect();
                (values(logits), gradients)
            })
        };
        let one = on(1);
        assert!(
            [2, 3].into_iter().all(|threads| on(threads) == one),
            "{case}"
        );
    }
}

#[test]
fn a_model_is_known_by_its_tensors_and_saved_as_published() {
    for case in CASES {
        let anonymous = copy_of(case, |config| {
            for key in ["model_type", "architectures", "auto_map"] {
                config.as_object_mut().expect("an object").remove(key);
            }
        });
        let model = load(anonymous.path(), &Device::flex()).expect(case);
        assert_eq!(model.family(), Family::Caduceus);
        let out = tempfile::tempdir().expect("a folder");
        model.save(out.path()).expect(case);
        let file = |folder: &Path| tensors(&folder.join("model.safetensors"));
        assert_eq!(file(out.path()), file(&folder(case)), "{case}");
        let again = load(out.path(), &Device::flex()).expect(case);
        let batch = Golden::of(case).batch(&again.sizes());
        assert_eq!(encode(&*again, &batch), encode(&*model, &batch), "{case}");
        let shards = tempfile::tempdir().expect("a folder");
        model.save_sharded(shards.path(), 8_000).expect(case);
        let again = load(shards.path(), &Device::flex()).expect(case);
        assert_eq!(encode(&*again, &batch), encode(&*model, &batch), "{case}");
    }
}

#[test]
fn tied_tensors_may_be_there_if_they_are_equal() {
    let table = "caduceus.backbone.embeddings.word_embeddings.embedding.weight";
    let map = "caduceus.backbone.layers.1.mixer.submodule.mamba_fwd.out_proj.weight";
    for (kept, copy) in [
        (table, "lm_head.lm_head.weight".to_string()),
        (map, map.replace("fwd", "rev")),
    ] {
        let equal = with_tensors("caduceus_ps", |all| {
            drop(all.insert(copy.clone(), all[kept].clone()))
        });
        assert!(load(equal.path(), &Device::flex()).is_ok(), "{copy}");
        let other = with_tensors("caduceus_ps", |all| {
            let mut tensor = all[kept].clone();
            tensor.values[3] += 1.0;
            all.insert(copy.clone(), tensor);
        });
        let error = refused(other.path());
        assert!(
            matches!(error, Error::TiedTensorsDiffer { index: 3, .. }),
            "{error}"
        );
    }
}

#[test]
fn a_tensor_too_few_or_too_many_is_named() {
    for case in CASES {
        let mut keys = tensors(&folder(case).join("model.safetensors")).into_keys();
        let key = keys.rfind(|key| key.ends_with("mamba_fwd.dt_proj.bias"));
        let key = key.expect(case);
        let few = with_tensors(case, |all| drop(all.remove(&key)));
        let error = refused(few.path());
        assert!(
            matches!(&error, Error::Model(ModelError::MissingTensor { name, .. }) if *name == key),
            "{error}"
        );
        let odd = format!("{key}.odd");
        let many = with_tensors(case, |all| drop(all.insert(odd.clone(), all[&key].clone())));
        let error = refused(many.path());
        assert!(
            matches!(&error, Error::Model(ModelError::ExtraTensors { names, .. }) if *names == [odd]),
            "{error}"
        );
    }
}

#[test]
fn an_encoder_without_prefix_and_head_opens_and_a_tied_one_has_its_head() {
    for case in ["caduceus_ph", "caduceus_ps"] {
        let bare = with_tensors(case, |all| {
            let stripped =
                |(key, t): (String, Stored)| (key.replace("caduceus.backbone", "backbone"), t);
            *all = std::mem::take(all).into_iter().map(stripped).collect();
        });
        let bare = load(bare.path(), &Device::flex()).expect(case);
        let batch = Golden::of(case).batch(&bare.sizes());
        assert_eq!(
            encode(&*bare, &batch),
            encode(&open(case), &batch),
            "{case}"
        );
        assert!(bare.masked().is_some());
    }
    let untied = copy_of("caduceus_ph", |config| {
        config["tie_word_embeddings"] = false.into()
    });
    let untied = load(untied.path(), &Device::flex()).expect("an encoder");
    assert!(untied.masked().is_none());
}

#[test]
fn the_complements_of_the_file_count_before_those_of_the_configuration() {
    let other = copy_of("caduceus_ps", |config| {
        config["complement_map"] = json!({"7": 8, "8": 7, "9": 10, "10": 9});
    });
    let batch = Golden::of("caduceus_ps").batch(&open("caduceus_ps").sizes());
    let found = load(other.path(), &Device::flex()).expect("a model");
    assert_eq!(
        encode(&*found, &batch),
        encode(&open("caduceus_ps"), &batch)
    );
    let told = inspect(other.path(), &Device::flex()).expect("an inspection");
    assert!(
        told.to_string()
            .contains("4 entries of config.json are not those of the weights"),
        "{told}"
    );
    let quiet = inspect(folder("caduceus_ps"), &Device::flex()).expect("an inspection");
    assert!(quiet.notes.is_empty());
    let without = with_tensors("caduceus_ps", |_| ());
    let found = load(without.path(), &Device::flex()).expect("a model");
    assert_eq!(
        encode(&*found, &batch),
        encode(&open("caduceus_ps"), &batch)
    );
    let odd = copy_of("caduceus_ps", |config| {
        config["complement_map"] = json!({"7": 8})
    });
    assert!(
        load(odd.path(), &Device::flex()).is_ok(),
        "the file's count"
    );
    let config = json!({"model_type": "caduceus", "d_model": 8, "n_layer": 1, "vocab_size": 12, "rcps": true,
        "complement_map": {"7": 8}});
    let error = random_twin(&config, 1, &Device::flex())
        .err()
        .expect("an error");
    assert!(error.to_string().contains("complement_map"), "{error}");
}

#[test]
fn what_is_not_built_is_named() {
    for (key, value, field) in [
        (
            "bidirectional_strategy",
            json!("concat"),
            "bidirectional_strategy",
        ),
        ("n_layer", json!(0), "n_layer"),
        ("norm_epsilon", json!(0.0), "norm_epsilon"),
        (
            "ssm_cfg",
            json!({"d_state": 4, "layer": "Mamba2"}),
            "ssm_cfg.layer",
        ),
        (
            "ssm_cfg",
            json!({"d_state": 4, "dt_rank": "full"}),
            "ssm_cfg.dt_rank",
        ),
        (
            "ssm_cfg",
            json!({"d_state": 4, "dt_init": "normal"}),
            "ssm_cfg.dt_init",
        ),
    ] {
        let asks = copy_of("caduceus_ph", |config| config[key] = value.clone());
        let error = refused(asks.path());
        assert!(
            matches!(&error, Error::Model(ModelError::Config { field: found, .. }) if *found == field),
            "{error}"
        );
    }
}

#[test]
fn a_twin_has_the_names_of_its_model_and_draws_as_published() {
    for case in CASES {
        let model = open(case);
        let twin = random_twin(&config(case), 7, &Device::flex()).expect(case);
        assert_eq!(twin.parameters(), model.parameters(), "{case}");
        let mut wide = config(case);
        wide["d_model"] = 48.into();
        let config: CaduceusConfig = serde_json::from_value(wide).expect(case);
        draws(case, &config);
    }
    let released = json!({
        "model_type": "caduceus", "d_model": 256, "n_layer": 16, "vocab_size": 12, "rcps": true,
        "complement_map": {"7": 10, "8": 9, "9": 8, "10": 7}
    });
    let config: CaduceusConfig = serde_json::from_value(released).expect("a configuration");
    let bounds = |ending: &str| match DrawRule::find(&Caduceus::draws(&config), ending) {
        Some(Draw::Uniform { bound }) => bound,
        other => panic!("{ending}: {other:?}"),
    };
    for (ending, bound) in [
        ("mamba_fwd.in_proj.weight", 0.0625),
        ("mamba_fwd.x_proj.weight", 0.0442),
        ("mamba_fwd.conv1d.bias", 0.5),
        ("mamba_fwd.dt_proj.weight", 0.25),
        ("mamba_fwd.out_proj.weight", 0.0110),
    ] {
        assert!((bounds(ending) - bound).abs() < 1e-4, "{ending}");
    }
}

fn draws(case: &str, config: &CaduceusConfig) {
    let rules = Caduceus::draws(config);
    let mut drawn: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    let mut shapes = Vec::new();
    for seed in 0..6 {
        let twin = Caduceus::fresh(config, seed, &Device::flex()).expect(case);
        shapes = parameter_shapes(&twin);
        for (name, values) in parameter_values(&twin) {
            drawn.entry(name).or_default().extend(values);
        }
    }
    for (name, shape) in shapes {
        let values: Vec<f64> = drawn[&name].iter().map(|&v| f64::from(v)).collect();
        let moments = |values: &[f64]| {
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
            (mean, square.sqrt(), count.sqrt())
        };
        let near = |found, expected, error| near(case, &name, found, expected, error);
        match DrawRule::find(&rules, &name).expect("a rule") {
            Draw::Zeros => assert!(values.iter().all(|&v| v == 0.0), "{case} {name}"),
            Draw::Ones => assert!(values.iter().all(|&v| v == 1.0), "{case} {name}"),
            Draw::Normal { deviation } => {
                let (mean, spread, root) = moments(&values);
                near(mean, 0.0, deviation / root);
                near(spread, deviation, deviation / root);
            }
            Draw::Uniform { bound } => {
                let (mean, spread, root) = moments(&values);
                assert!(
                    values.iter().all(|v| v.abs() <= bound + 1e-9),
                    "{case} {name}"
                );
                near(mean, 0.0, bound / 3f64.sqrt() / root);
                near(spread, bound / 3f64.sqrt(), bound / root);
            }
            Draw::LogOfCount => {
                let width = shape[1];
                let of = |at: usize| ((at % width + 1) as f64).ln();
                assert!(
                    values
                        .iter()
                        .enumerate()
                        .all(|(at, v)| (v - of(at)).abs() < 1e-6)
                );
            }
            Draw::InverseSoftplus { low, high, .. } => {
                let logs: Vec<f64> = values.iter().map(|v| v.exp().ln_1p().ln()).collect();
                let (mean, spread, root) = moments(&logs);
                let (low, high) = (low.ln(), high.ln());
                let expected = (high - low) / 12f64.sqrt();
                assert!(
                    logs.iter().all(|v| (low - 1e-4..=high + 1e-4).contains(v)),
                    "{name}"
                );
                near(mean, 0.5 * (low + high), expected / root);
                near(spread, expected, expected / root);
            }
            other => panic!("{case} {name}: {other:?}"),
        }
    }
}

#[test]
fn letters_have_the_published_ids_and_cover_their_bases() {
    let out = tempfile::tempdir().expect("a folder");
    let tokenizer =
        PublishedTokenizer::open(out.path(), Family::Caduceus, 16).expect("a tokenizer");
    for (text, ids) in [
        ("ACGTN", vec![7, 8, 9, 10, 11, 1]),
        ("acgt", vec![7, 8, 9, 10, 1]),
        ("ACGTRA", vec![7, 8, 9, 10, 6, 7, 1]),
        ("", vec![1]),
        ("NNNA", vec![11, 11, 11, 7, 1]),
        ("A[MASK]é", vec![7, 3, 6, 1]),
    ] {
        let found = tokenizer.encode(text).expect(text);
        assert_eq!(found.ids, ids, "{text}");
        let covered: String = found
            .covered
            .iter()
            .map(|bytes| &text[bytes.clone()])
            .collect();
        assert_eq!(covered, text);
    }
    let inner = tokenizer.tokenizer();
    assert_eq!(inner.decode(&[7, 3, 10]).expect("a text"), "A[MASK]T");
    let file = inner.to_json().expect("a file");
    let theirs: tokenizers::Tokenizer = file.parse().expect("a tokenizer");
    for text in ["ACGTN", "acgtRAn", "NNNA[MASK]C"] {
        let found = theirs.encode(text, true).expect(text);
        assert_eq!(
            found.get_ids(),
            tokenizer.encode(text).expect(text).ids,
            "{text}"
        );
    }
}

#[test]
fn an_inspection_shows_the_rows_of_the_bases() {
    let out = copy_of("caduceus_ps_fused", |_| ());
    let found = inspect(out.path(), &Device::flex()).expect("an inspection");
    assert_eq!((found.tokenizer, found.bases.len()), (Ok(12), 4));
    assert!(
        found
            .bases
            .iter()
            .all(|row| row.id >= 7 && !row.looks_untrained())
    );
}

#[test]
fn both_kinds_learn_and_resume_to_the_bit() {
    for case in ["caduceus_ph", "caduceus_ps_fused"] {
        let keep = [0, 1, 2, 3, 4, 5, 6];
        let data = || alternating([7, 9], Masking::training(16, 3, &keep));
        let [whole, _] = whole_and_resumed::<Caduceus, _>(case, data);
        let whole = whole.model();
        let masking = Masking::analysis(16, 3, &[0, 1, 2, 3, 4, 5, 6]);
        let masked = masking
            .mask_all(&[[7u32, 9, 7, 9, 7, 9, 7, 9]; 4], 1)
            .expect(case);
        let loss = |model: &Caduceus| evaluate(model, &masked, 4).expect(case).loss;
        let (before, after) = (loss(&open(case)), loss(&whole));
        assert!(after < 0.7 * before, "{case}: {before} {after}");
    }
}

#[test]
fn every_parameter_has_a_role_and_information_is_not_taken_by_observers() {
    for case in CASES {
        let model = open(case);
        assert!(!model.shows_every_parameter());
        for (name, _) in model.parameters() {
            let role = model.parameter_role(&name);
            assert_ne!(
                role,
                dissensus_lm::ParameterRole::of_path(&name),
                "{case} {name}"
            );
        }
    }
}

#[test]
fn a_configuration_keeps_what_it_does_not_read() {
    let model = open("caduceus_ph");
    let written: Value = serde_json::from_str(&model.config().to_json()).expect("JSON");
    let before = config("caduceus_ph");
    for key in [
        "auto_map",
        "model_type",
        "ssm_cfg",
        "initializer_cfg",
        "residual_in_fp32",
    ] {
        assert_eq!(written[key], before[key], "{key}");
    }
    let nulls = json!({"ssm_cfg": null, "initializer_cfg": null, "bidirectional_strategy": null});
    let config: CaduceusConfig = serde_json::from_value(nulls).expect("a configuration");
    assert_eq!(
        (config.ssm_cfg.d_state, config.rank(), config.rows()),
        (16, 160, 50_280)
    );
}
