//! Folders that open, and what is said of the others.

use std::collections::BTreeMap;
use std::fs;

use burn::tensor::Device;
use dissensus_lm::{Error as ModelError, Pass};
use dissensus_zoo::{Error, Esm, Family, Gena, MosaicBert, inspect, load, load_as};
use serde_json::{Value, json};

use crate::common::{CASES, Golden, Stored, changed, folder, refused, tensors, values};

#[test]
fn every_family_is_known_by_its_tensors() {
    let families = [Family::Esm, Family::MosaicBert, Family::Gena];
    for case in CASES {
        let expected =
            families[usize::from(!case.starts_with("nt")) + usize::from(case.starts_with("gena"))];
        assert_eq!(
            load(folder(case), &Device::flex()).expect(case).family(),
            expected
        );
        let anonymous = changed(
            case,
            |config| {
                for key in [
                    "model_type",
                    "architectures",
                    "auto_map",
                    "alibi_starting_size",
                ] {
                    config.as_object_mut().expect("an object").remove(key);
                }
            },
            |_| (),
        );
        let found = load(anonymous.path(), &Device::flex()).expect(case);
        assert_eq!(found.family(), expected, "{case}");
    }
}

#[test]
fn what_is_saved_has_the_published_keys_and_the_same_bits() {
    const IDLE: [&str; 5] = [
        "position_ids",
        "inv_freq",
        "contact_head",
        "cls.predictions.decoder.weight",
        "-",
    ];
    for case in CASES {
        let out = tempfile::tempdir().expect("a folder");
        let model = load(folder(case), &Device::flex()).expect(case);
        model.save(out.path()).expect(case);
        let (published, ours) = (
            tensors(&folder(case).join("model.safetensors")),
            tensors(&out.path().join("model.safetensors")),
        );
        let is_idle = |key: &str| {
            IDLE.iter().any(|idle| key.contains(idle))
                || (case == "nt_v2" && key.contains("position_embeddings"))
        };
        let expected: BTreeMap<_, _> = published
            .into_iter()
            .filter(|(key, _)| !is_idle(key))
            .collect();
        let missing: Vec<_> = expected
            .keys()
            .filter(|key| !ours.contains_key(*key))
            .collect();
        assert!(missing.is_empty(), "{case}: {missing:?}");
        for (key, tensor) in &ours {
            assert_eq!(Some(tensor), expected.get(key), "{case} {key}");
        }
        let text = fs::read(out.path().join("config.json")).expect(case);
        let config: Value = serde_json::from_slice(&text).expect(case);
        let text = fs::read(folder(case).join("config.json")).expect(case);
        let before: Value = serde_json::from_slice(&text).expect(case);
        for key in [
            "auto_map",
            "architectures",
            "model_type",
            "add_bias_fnn",
            "vocab_size",
        ] {
            assert_eq!(config[key], before[key], "{case} {key}");
        }
        let again = load(out.path(), &Device::flex()).expect(case);
        let batch = Golden::of(case).batch(&again.sizes());
        let encode =
            |model: &dyn dissensus_lm::Encoder| values(model.encode(&batch, &Pass::default()));
        assert_eq!(encode(&*again), encode(&*model), "{case}");
    }
}

#[test]
fn shards_open_as_one_file_does() {
    let out = tempfile::tempdir().expect("a folder");
    let model = load(folder("dnabert2"), &Device::flex()).expect("a model");
    model.save_sharded(out.path(), 8_000).expect("shards");
    assert!(!out.path().join("model.safetensors").exists());
    let again = load(out.path(), &Device::flex()).expect("a model");
    assert_eq!(
        again.input_embedding_values(),
        model.input_embedding_values()
    );
}

#[test]
fn pickles_open_without_running_their_code() {
    let pickled = load(folder("gena_pickle"), &Device::flex()).expect("a model");
    let stored = load(folder("gena_last_norm"), &Device::flex()).expect("a model");
    let batch = Golden::of("gena_last_norm").batch(&stored.sizes());
    let encode = |model: &dyn dissensus_lm::Encoder| values(model.encode(&batch, &Pass::default()));
    assert_eq!(encode(&*pickled), encode(&*stored));
}

#[test]
fn encoders_without_prefix_and_head_are_encoders() {
    for (case, prefix) in [("nt_v1", "esm."), ("dnabert2", "bert."), ("gena", "bert.")] {
        let bare = changed(
            case,
            |_| (),
            |all| {
                let stripped =
                    |(key, t): (String, Stored)| Some((key.strip_prefix(prefix)?.to_string(), t));
                *all = std::mem::take(all)
                    .into_iter()
                    .filter_map(stripped)
                    .collect();
                let pooler = Stored {
                    shape: vec![2],
                    values: vec![0.0; 2],
                };
                all.insert("pooler.dense.bias".into(), pooler);
            },
        );
        let (bare, whole) = (
            load(bare.path(), &Device::flex()).expect(case),
            load(folder(case), &Device::flex()).expect(case),
        );
        assert!(bare.masked().is_none() && whole.masked().is_some());
        let batch = Golden::of(case).batch(&whole.sizes());
        let encode =
            |model: &dyn dissensus_lm::Encoder| values(model.encode(&batch, &Pass::default()));
        assert_eq!(encode(&*bare), encode(&*whole), "{case}");
    }
}

#[test]
fn a_tensor_too_few_or_too_many_is_named() {
    for (case, key) in [
        ("nt_v1", "esm.embeddings.position_embeddings.weight"),
        ("nt_v2", "esm.encoder.layer.1.output.dense.weight"),
        ("dnabert2", "bert.encoder.layer.0.attention.self.Wqkv.bias"),
        ("gena", "bert.encoder.layer.1.post_attention_ln.weight"),
    ] {
        let few = changed(case, |_| (), |all| drop(all.remove(key)));
        let error = refused(few.path());
        assert!(
            matches!(&error, Error::Model(ModelError::MissingTensor { name, .. }) if name == key),
            "{case}: {error}"
        );
        let odd = format!("{key}.odd");
        let many = changed(
            case,
            |_| (),
            |all| drop(all.insert(odd.clone(), all[key].clone())),
        );
        let error = refused(many.path());
        assert!(
            matches!(&error, Error::Model(ModelError::ExtraTensors { names, .. }) if *names == [odd]),
            "{case}: {error}"
        );
    }
}

#[test]
fn a_tied_table_that_differs_from_its_copy_is_refused() {
    let key = "cls.predictions.decoder.weight";
    let apart = changed(
        "gena",
        |_| (),
        |all| all.get_mut(key).expect(key).values[7] += 1.0,
    );
    let error = refused(apart.path());
    assert!(
        matches!(error, Error::TiedTensorsDiffer { index: 7, .. }),
        "{error}"
    );
    let untied = changed(
        "gena",
        |config| config["tie_word_embeddings"] = false.into(),
        |all| all.get_mut(key).expect(key).values[7] += 1.0,
    );
    assert!(load(untied.path(), &Device::flex()).is_ok());
}

#[test]
fn features_that_are_not_built_are_named() {
    for (case, key, value) in [
        ("nt_v1", "is_folding_model", json!(true)),
        ("nt_v1", "position_embedding_type", json!("relative_key")),
        ("nt_v1", "tie_word_embeddings", json!(true)),
        ("nt_v2", "is_decoder", json!(true)),
        ("dnabert2", "hidden_act", json!("relu")),
        ("gena", "sparse_attention", json!({"kind": "bigbird"})),
        ("gena", "sparse_config_cls", json!("BigBird")),
        ("gena", "position_embedding_type", json!("rotary")),
        ("gena", "hidden_act", json!("gelu_new")),
    ] {
        let asks = changed(case, |config| config[key] = value.clone(), |_| ());
        let error = refused(asks.path());
        assert!(
            matches!(&error, Error::Model(ModelError::Config { field, .. }) if *field == key),
            "{case} {key}: {error}"
        );
        let file = asks.path().join("config.json").display().to_string();
        assert!(error.to_string().starts_with(&file), "{error}");
    }
}

#[test]
fn a_folder_that_contradicts_itself_is_refused() {
    let says_gena = changed(
        "dnabert2",
        |config| {
            config
                .as_object_mut()
                .expect("an object")
                .remove("alibi_starting_size");
            config["auto_map"] = Value::Null;
            config["pre_layer_norm"] = true.into();
        },
        |_| (),
    );
    let message = refused(says_gena.path()).to_string();
    assert!(
        message.contains("config.json is that of GENA-LM, the tensors are those of DNABERT-2"),
        "{message}"
    );
    let error = load_as::<Esm>(folder("gena"), &Device::flex()).expect_err("an error");
    assert!(matches!(error, Error::Contradiction { .. }), "{error}");
    assert!(load_as::<Gena>(folder("gena"), &Device::flex()).is_ok());
    assert!(load_as::<MosaicBert>(folder("dnabert2"), &Device::flex()).is_ok());
}

#[test]
fn other_frequencies_are_refused() {
    let key = "esm.encoder.layer.0.attention.self.rotary_embeddings.inv_freq";
    let other = changed(
        "nt_v2",
        |_| (),
        |all| all.get_mut(key).expect(key).values[1] *= 1.01,
    );
    let message = refused(other.path()).to_string();
    assert!(message.contains(key), "{message}");
}

#[test]
fn gated_units_are_known_by_their_shapes() {
    let silent = changed(
        "nt_v2",
        |config| {
            config
                .as_object_mut()
                .expect("an object")
                .remove("add_bias_fnn");
        },
        |_| (),
    );
    let model = load_as::<Esm>(silent.path(), &Device::flex()).expect("a model");
    assert!(dissensus_lm::TrainableModel::config(&model).is_gated());
}

#[test]
fn stock_bert_fails_loudly_on_its_relatives_and_is_none_of_them() {
    for case in ["dnabert2", "gena"] {
        let error =
            dissensus_bert::MaskedLm::load(folder(case), &Device::flex()).expect_err("an error");
        let message = error.to_string();
        assert!(message.contains("is missing"), "{case}: {message}");
    }
    let out = tempfile::tempdir().expect("a folder");
    let config = dissensus_bert::Config::preset("no_transformer").expect("a preset");
    let config = dissensus_bert::Config {
        num_hidden_layers: 1,
        ..config.with_vocabulary(20, 1)
    };
    let bert = dissensus_bert::MaskedLm::new(&config, 1, &Device::flex()).expect("a model");
    bert.save(out.path()).expect("a file");
    let error = refused(out.path());
    assert!(matches!(error, Error::UnknownFamily { .. }), "{error}");
}

#[test]
fn an_inspection_tells_sizes_and_what_is_missing() {
    let found = inspect(folder("dnabert2"), &Device::flex()).expect("an inspection");
    let printed = found.to_string();
    assert_eq!(found.family, Family::MosaicBert);
    assert!(found.has_head && found.tokenizer.is_err() && found.bases.is_empty());
    assert!(printed.contains("layers      2 of width 18"), "{printed}");
    assert!(printed.contains("no limit"), "{printed}");
}

#[test]
fn an_inspection_warns_of_rows_that_nobody_trained() {
    let out = tempfile::tempdir().expect("a folder");
    let config = json!({
        "alibi_starting_size": 512, "vocab_size": 40, "hidden_size": 384, "num_hidden_layers": 1,
        "num_attention_heads": 3, "intermediate_size": 8
    });
    let twin = dissensus_zoo::random_twin(&config, 3, &Device::flex()).expect("a twin");
    twin.save(out.path()).expect("a file");
    let tokenizer = folder("dnabert2_tokenizer").join("tokenizer.json");
    fs::copy(tokenizer, out.path().join("tokenizer.json")).expect("a file");
    let found = inspect(out.path(), &Device::flex()).expect("an inspection");
    assert_eq!(found.tokenizer, Ok(40));
    assert_eq!(found.bases.len(), 4);
    assert!(
        found.bases.iter().all(|row| row.looks_untrained()),
        "{found}"
    );
    assert!(found.to_string().contains("as if nobody had trained it"));
}
