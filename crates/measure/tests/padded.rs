//! Rows of the vocabulary that no token has, as tables padded to a multiple of 64 have them, change
//! no measure.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm};
use dissensus_input::{Document, Documents, Modality, SequenceParams, Set, Sets};
use dissensus_measure::{
    AnalysisParams, AnalysisSet, AnalysisVocabulary, MeasureParams, MeasurementSetup, TRAINED,
};
use dissensus_report::Measure;
use dissensus_tokenize::{Character, Layout, Tokenizer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

const ROWS: usize = 64;

/// The model in `folder` with rows of its own for tokens that do not exist, which it never
/// predicts.
fn pad(folder: &Path, seed: u64) {
    let path = folder.join("config.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&text).unwrap();
    let tokens = usize::try_from(config["vocab_size"].as_u64().unwrap()).unwrap();
    config["vocab_size"] = ROWS.into();
    std::fs::write(path, config.to_string()).unwrap();
    let path = folder.join("model.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut padded = Vec::new();
    for (name, tensor) in SafeTensors::deserialize(&bytes).unwrap().tensors() {
        let (mut shape, mut data) = (tensor.shape().to_vec(), tensor.data().to_vec());
        if shape[0] == tokens && (name.contains("word_embeddings") || name.contains("predictions"))
        {
            let missing = (ROWS - tokens) * shape[1..].iter().product::<usize>();
            let is_bias = shape.len() == 1;
            let mut row = || {
                if is_bias {
                    -100.0
                } else {
                    rng.random_range(-0.2..0.2)
                }
            };
            data.extend((0..missing).flat_map(|_| f32::to_le_bytes(row())));
            shape[0] = ROWS;
        }
        padded.push((name, shape, data));
    }
    let views = padded.iter().map(|(name, shape, data)| {
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), data).unwrap(),
        )
    });
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

fn members(is_padded: bool) -> Vec<MaskedLm> {
    let sizes = Config {
        initializer_range: 0.3,
        ..Config::preset("tiny").unwrap()
    };
    let config = sizes.with_vocabulary(10, 0);
    let member = |seed| {
        let folder = tempfile::tempdir().unwrap();
        let model = MaskedLm::new(&config, seed, &Device::flex()).unwrap();
        model.save(folder.path()).unwrap();
        if is_padded {
            pad(folder.path(), seed);
        }
        MaskedLm::load(folder.path(), &Device::flex()).unwrap()
    };
    (1..=3).map(member).collect()
}

fn measures(is_padded: bool) -> (Vec<Measure>, AnalysisSet) {
    let tokenizer = Character::dna(Layout::Standard).unwrap();
    let sets = Sets {
        analysis: vec![Document::of_text("ACGTTGCAACGGTA".repeat(60))],
        ..Sets::default()
    };
    let params = SequenceParams::default().with_max_length(34);
    let documents = Documents::made(Modality::Dna, sets);
    let found = documents.encode_set(Set::Analysis, &tokenizer, &params);
    let models = members(is_padded);
    let vocabulary = AnalysisVocabulary {
        modality: Modality::Dna,
        tokenizer: &tokenizer,
        rows: models[0].config().vocab_size,
    };
    let params = AnalysisParams::default();
    let set = AnalysisSet::new(&found.unwrap(), vocabulary, &params).unwrap();
    assert_eq!(tokenizer.vocabulary().len(), 10);
    let params = MeasureParams::default().with_fisher_batches(vec![1, 4]);
    let setup = MeasurementSetup {
        ensemble: "dna",
        set: &set,
        oracle: None,
        tokenizer: &tokenizer,
        max_length: 34,
        params: &params,
    };
    (
        setup.measure(TRAINED, &models, &mut ()).unwrap().measures,
        set,
    )
}

#[test]
fn a_padded_vocabulary_gives_the_measures_of_the_plain_one_and_is_counted() {
    let ((plain, unpadded), (padded, set)) = (measures(false), measures(true));
    assert_eq!((unpadded.padding(), set.padding()), (0, ROWS - 10));
    let fact = set
        .facts()
        .into_iter()
        .find(|(name, _)| name.contains("no token has"));
    assert_eq!(fact.map(|(_, count)| count), Some((ROWS - 10) as f64));
    assert!(plain.len() > 50, "{} measures", plain.len());
    let names = |all: &[Measure]| -> Vec<String> {
        all.iter().map(|m| format!("{} {:?}", m.id, m.at)).collect()
    };
    assert_eq!(names(&plain), names(&padded));
    for (plain, padded) in plain.iter().zip(&padded) {
        let (value, found) = (plain.value, padded.value);
        // Products of wider tables are summed in another order.
        let near = (value - found).abs() <= 2e-4 * value.abs().max(1e-3);
        assert!(
            near || value.is_nan() && found.is_nan(),
            "{}: {value} and {found}",
            plain.id
        );
    }
}
