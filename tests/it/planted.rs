//! On planted motifs, where the most that any model can say is known, a trained model says nearly
//! as much and a random twin nothing.

use burn::tensor::Device;
use dissensus_bert::Recipe;
use dissensus_lm::{Budget, Data, TrainableModel, Trainer, TrainingConfig};
use dissensus_source::{MotifParams, Motifs, Source, documents};
use dissensus_stats::{BootstrapParams, Estimate};
use dissensus_tokenize::{Character, Framing, Layout, Role, Tokenizer};
use dissensus_variant::{
    MaskedModel, MaskedPredictor, ScoreParams, Sign, VariantWindow, score_masked, variant_figures,
};
use dissensus_zoo::{Esm, EsmConfig};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[path = "../../crates/variant/tests/it/oracle/predictor.rs"]
mod predictor;
use predictor::Oracle;

/// Bases of a window.
const LENGTH: usize = 32;
/// Shortest spacer between two boxes.
const SPACER: usize = 6;

/// Boxes so dense that a third of all bases are in one, and so near each other that a window holds
/// a pair.
fn source() -> Motifs {
    let params = MotifParams::default().with_shortest(SPACER);
    Motifs::new(&params.with_conservation(0.95).with_rate(0.08)).unwrap()
}

/// Pairs of a substitution that breaks a box and one of the same two bases in the spacer beside it,
/// so that nothing about the bases alone tells them apart.
fn variants(source: &Motifs) -> (Vec<VariantWindow>, Vec<Option<bool>>) {
    let text = source.text(77, 0, 400_000);
    let bases = text.as_bytes();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (mut windows, mut labels) = (Vec::new(), Vec::new());
    let boxes = text.match_indices("TTGACA").map(|(at, _)| at);
    let inside = boxes.filter(|&at| at > LENGTH && at + 2 * LENGTH < text.len());
    let ends =
        |at: usize| (6 + SPACER..9 + SPACER).any(|gap| text[at + gap..].starts_with("TATAAT"));
    for at in inside.filter(|&at| ends(at)).take(300) {
        let place = at + rng.random_range(0..6);
        let spacer = at + 6..at + 6 + SPACER;
        let alike: Vec<usize> = spacer
            .filter(|&other| bases[other] == bases[place])
            .collect();
        let Some(&neutral) = alike.choose(&mut rng) else {
            continue;
        };
        let others = b"ACGT".iter().filter(|base| **base != bases[place]);
        let inserted = *others.collect::<Vec<_>>()[rng.random_range(0..3)];
        for (place, breaks) in [(place, true), (neutral, false)] {
            let half = LENGTH / 2;
            let reference = bases[place - half..place + half].to_vec();
            windows.push(VariantWindow::new(reference, half, 1, vec![inserted]).unwrap());
            labels.push(Some(breaks));
        }
    }
    (windows, labels)
}

/// The shape of the Nucleotide Transformer v2, small: rotary positions. With learnt ones a model
/// has to learn what each pair of places has to do with each other by itself, and knows no box
/// after as many tokens.
fn shape(tokenizer: &Character) -> EsmConfig {
    let specials = tokenizer.specials();
    let config = serde_json::json!({
        "vocab_size": tokenizer.vocabulary().len(), "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 128, "position_embedding_type": "rotary", "add_bias_fnn": false, "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0, "pad_token_id": specials.pad, "mask_token_id": specials.mask
    });
    serde_json::from_value(config).unwrap()
}

/// A model after a quarter of a minute of training.
fn trained(source: &Motifs, tokenizer: &Character, framing: &Framing) -> Esm {
    let (size, specials) = (tokenizer.vocabulary().len(), tokenizer.specials());
    let framed = |text: String| {
        let encoding = tokenizer.encode(&text).unwrap();
        framing.around(&encoding.ids)
    };
    let training = documents(source, 1, LENGTH).take(15_000).map(framed);
    let recipe = Recipe::efficient();
    let settings = recipe.training(TrainingConfig::default().with_budget(Budget::Tokens(500_000)));
    let keep: Vec<u32> = specials.ids().collect();
    let masking = recipe.masking(size, specials.require(Role::Mask).unwrap(), &keep);
    let data = Data::new(training.collect::<Vec<_>>(), vec![], masking);
    let model = Esm::fresh(&shape(tokenizer), 1, &Device::flex()).unwrap();
    let mut trainer = Trainer::new(model, settings, data).unwrap();
    assert!(trainer.run(&mut ()).unwrap());
    trainer.model()
}

#[test]
fn a_trained_model_tells_broken_boxes_nearly_as_well_as_the_source_itself() {
    let (source, tokenizer) = (source(), Character::dna(Layout::Standard).unwrap());
    let (windows, labels) = variants(&source);
    assert!(windows.len() >= 400, "{}", windows.len());
    let area = |model: &dyn MaskedPredictor, framing: &Framing| -> Estimate {
        // The source has a direction, so the other strand says nothing.
        let params = ScoreParams::default()
            .with_framing(framing.clone())
            .with_both_strands(false);
        let scores = score_masked(model, &tokenizer, &windows, &params).unwrap();
        let ratios: Vec<f64> = scores.iter().map(|score| score.ratio()).collect();
        let none = vec![None; labels.len()];
        let draws = BootstrapParams::default().with_draws(200);
        let found = variant_figures(&labels, &ratios, &none, Sign::Low, &draws).unwrap();
        found.all.auroc.unwrap()
    };
    let (framing, bare) = (tokenizer.framing(), Framing::default());
    let model = trained(&source, &tokenizer, &framing);
    let config = model.config().clone();
    let oracle = Oracle {
        source,
        tokenizer: tokenizer.clone(),
    };
    let (ceiling, found) = (area(&oracle, &bare), area(&MaskedModel(&model), &framing));
    assert!(ceiling.value > 0.95, "oracle {ceiling:.3}");
    assert!(
        found.value > ceiling.value - 0.05,
        "trained {found:.3}, oracle {ceiling:.3}"
    );
    let twins: Vec<Estimate> = (10..18)
        .map(|seed| Esm::fresh(&config, seed, &Device::flex()).unwrap())
        .map(|twin| area(&MaskedModel(&twin), &framing))
        .collect();
    let contain = |area: &&Estimate| area.low <= 0.5 && 0.5 <= area.high;
    let mean = twins.iter().map(|area| area.value).sum::<f64>() / twins.len() as f64;
    // Of eight independent intervals of 95 % at least six contain the truth, but for six times in a
    // thousand.
    assert!(twins.iter().filter(contain).count() >= 6, "{twins:?}");
    assert!((mean - 0.5).abs() < 0.04, "{mean}");
}
