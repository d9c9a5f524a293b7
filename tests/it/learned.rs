//! A model trained by the recipe has learned words, not their frequencies alone.

use std::ops::Range;

use burn::tensor::Device;
use dissensus_bert::{Budget, Config, Data, MaskedLm, Recipe, Trainer, TrainingConfig, predict};
use dissensus_input::{Modality, SequenceParams, Set};
use dissensus_measure::{AnalysisParams, AnalysisSet, AnalysisVocabulary, documents_of_source};
use dissensus_source::{Source, TextLike, TextParams};
use dissensus_tokenize::{BpeParams, BpeTrainer, Tokenizer};

const LENGTH: usize = 32;

/// A `micro` model after a few seconds of training, with what it is asked.
fn trained(source: &dyn Source) -> (MaskedLm, AnalysisSet, Vec<Vec<u32>>) {
    let documents = documents_of_source(source, Modality::Text, 1_200_000, 3);
    let params = BpeParams::default().with_vocabulary_size(256);
    let mut trainer = BpeTrainer::new(params);
    for document in documents.of(Set::Training) {
        trainer.feed(&document.unwrap().text);
    }
    let tokenizer = trainer.train().unwrap();
    let params = SequenceParams::default().with_max_length(LENGTH);
    let sets = documents.encode(&tokenizer, &params).unwrap();
    let analysis = sets.analysis;
    let training: Vec<Vec<u32>> = sets.training.iter().map(Result::unwrap).collect();
    let (size, specials) = (tokenizer.vocabulary().len(), tokenizer.specials());
    let ground = AnalysisVocabulary {
        modality: Modality::Text,
        tokenizer: &tokenizer,
        rows: size,
    };
    let set = AnalysisSet::new(
        &analysis,
        ground,
        &AnalysisParams::default().with_sequences(200).with_seed(5),
    )
    .unwrap();
    let recipe = Recipe::efficient();
    let config = Config::preset("micro").unwrap();
    let config = recipe.config(config.with_vocabulary(size, specials.pad.unwrap()));
    let settings = recipe.training(TrainingConfig::default().with_budget(Budget::Tokens(600_000)));
    let keep: Vec<u32> = specials.ids().collect();
    let masking = recipe.masking(size, specials.mask.unwrap(), &keep);
    let data = Data::new(training.clone(), vec![], masking);
    let model = MaskedLm::new(&config, 1, &Device::flex()).unwrap();
    let mut trainer = Trainer::new(model, settings, data).unwrap();
    assert!(trainer.run(&mut ()).unwrap());
    (trainer.model(), set, training)
}

/// Which of the masked tokens can be told for certain from what is visible: the source leaves no
/// other.
fn certain(source: &dyn Source, set: &AnalysisSet) -> Vec<bool> {
    let windows = set.windows().iter().flat_map(|window| {
        let symbols = source.alphabet().parse(&window.text).unwrap();
        let spans: Vec<Range<usize>> = window.spans().collect();
        source.span_losses_bits(&symbols, &spans).unwrap()
    });
    windows.map(|bits| bits < 0.05).collect()
}

/// The token that is most probable by its logits.
fn argmax(logits: &[f32]) -> u32 {
    let best = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
    best.unwrap() as u32
}

#[test]
fn asked_for_a_masked_word_a_trained_model_gives_it() {
    let source = TextLike::new(&TextParams::small()).unwrap();
    let (model, set, training) = trained(&source);
    let certain = certain(&source, &set);
    let asked = certain.iter().filter(|&&sure| sure).count();
    assert!(asked > 200, "only {asked} tokens can be told for certain");
    let mut answers = Vec::new();
    let mut targets = Vec::new();
    for batch in predict(&model, set.masked(), 16) {
        let batch = batch.unwrap();
        let width = batch.logits.len() / batch.targets.len();
        answers.extend(batch.logits.chunks(width).map(argmax));
        targets.extend(batch.targets);
    }
    assert_eq!(targets.len(), certain.len());
    let fraction = |says: &dyn Fn(usize) -> u32| {
        let places = (0..targets.len()).filter(|&at| certain[at]);
        places.filter(|&at| says(at) == targets[at]).count() as f64 / asked as f64
    };
    let mut counts = std::collections::BTreeMap::<u32, usize>::new();
    for &id in training.iter().flatten().filter(|&&id| id > 4) {
        *counts.entry(id).or_default() += 1;
    }
    let (&frequent, _) = counts.iter().max_by_key(|(_, count)| **count).unwrap();
    let (model, unigram) = (fraction(&|at| answers[at]), fraction(&|_| frequent));
    assert!(model > 0.6, "the model gives {model} of them");
    assert!(unigram < 0.2, "a unigram model gives {unigram} of them");
}
