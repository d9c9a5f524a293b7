//! Same setup, same bits.

use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::Device;
use dissensus_bert::MaskedLm;
use dissensus_finetune::{
    Classifier, FineTuneParams, FineTuneSetup, FineTuned, class_probabilities, fine_tune,
};
use dissensus_lm::{Pool, TrainableModel, parameter_values};
use dissensus_probe::{ClassWeight, Fold, Folds};

use crate::{SPECIALS, encoder, examples};

fn fold() -> Fold {
    let rows = ((0..40).collect(), (40..56).collect(), (56..80).collect());
    Folds::new(80, [rows])
        .unwrap()
        .iter()
        .next()
        .unwrap()
        .clone()
}

fn params() -> FineTuneParams {
    FineTuneParams::default()
        .with_rates([1e-3, 5e-3])
        .with_epochs(3, None)
        .with_batch(16)
        .with_pool(Pool::Mean)
        .with_class_weight(ClassWeight::Balanced)
}

fn tuned(folder: Option<&Path>, epochs: usize) -> Option<FineTuned<MaskedLm>> {
    let (examples, fold, params, encoder) = (examples(80, 4), fold(), params(), encoder(1));
    let setup = FineTuneSetup {
        encoder: &encoder,
        examples: &examples,
        fold: &fold,
        without: &SPECIALS,
        params: &params,
        seed: 7,
        folder,
    };
    let mut left = epochs;
    let mut go_on = || {
        left = left.saturating_sub(1);
        if left == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    fine_tune(&setup, &mut go_on).unwrap()
}

fn bits(tuned: &FineTuned<MaskedLm>) -> (Vec<u64>, String) {
    let probabilities = tuned.probabilities.as_ref().unwrap();
    let bits = probabilities.scores.iter().map(|p| p.to_bits()).collect();
    (bits, format!("{:?} {:?}", tuned.trials, tuned.scores))
}

#[test]
fn a_run_is_the_same_on_any_number_of_threads() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| bits(&tuned(None, usize::MAX).unwrap()))
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn a_run_interrupted_twice_ends_as_one_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = Some(folder.path());
    assert!(tuned(path, 2).is_none());
    assert!(tuned(path, 3).is_none());
    let resumed = tuned(path, usize::MAX).unwrap();
    let whole = tuned(None, usize::MAX).unwrap();
    assert_eq!(bits(&resumed), bits(&whole));
    assert_eq!(bits(&tuned(path, usize::MAX).unwrap()), bits(&whole));
}

#[test]
fn a_tuned_model_is_saved_and_opened_again() {
    let model = tuned(None, usize::MAX).unwrap().model.unwrap();
    let folder = tempfile::tempdir().unwrap();
    model.folder(folder.path()).as_file().unwrap();
    let opened = Classifier::<MaskedLm>::open(folder.path(), &Device::flex()).unwrap();
    assert_eq!(opened.config(), model.config());
    assert_eq!(parameter_values(&opened), parameter_values(&model));
    let ids = [vec![2, 7, 5, 6, 3]];
    assert_eq!(
        class_probabilities(&opened, &ids, 4).unwrap(),
        class_probabilities(&model, &ids, 4).unwrap()
    );
}

#[cfg(test)]
mod zoo {
    //! A published architecture in place of BERT: its queries, keys and values are parts of one
    //! tensor of its files.

    use dissensus_finetune::{HeadConfig, Pooling};
    use dissensus_zoo::{MosaicBert, MosaicBertConfig};

    use super::*;

    #[test]
    fn a_published_architecture_is_tuned_and_saved_as_bert_is() {
        let config: MosaicBertConfig = serde_json::from_value(serde_json::json!({
            "vocab_size": 20, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24,
            "max_position_embeddings": 32, "alibi_starting_size": 32, "pad_token_id": 3,
        }))
        .unwrap();
        let encoder = MosaicBert::fresh(&config, 2, &Device::flex()).unwrap();
        let (examples, fold) = (examples(80, 4), fold());
        let params = params().with_rates([1e-3]).with_epochs(1, None);
        let setup = FineTuneSetup {
            encoder: &encoder,
            examples: &examples,
            fold: &fold,
            without: &SPECIALS,
            params: &params,
            seed: 7,
            folder: None,
        };
        let tuned = fine_tune(&setup, &mut || ControlFlow::Continue(()))
            .unwrap()
            .unwrap();
        let model = tuned.model.unwrap();
        assert_ne!(
            parameter_values(model.encoder()),
            parameter_values(&encoder)
        );
        let folder = tempfile::tempdir().unwrap();
        model.folder(folder.path()).as_file().unwrap();
        let opened = Classifier::<MosaicBert>::open(folder.path(), &Device::flex()).unwrap();
        assert_eq!(parameter_values(&opened), parameter_values(&model));
        let head = HeadConfig::new(2, Pooling::new(Pool::Mean, SPECIALS));
        assert_eq!(opened.head(), &head);
    }
}
