//! Hidden states, logits and gradients against values of the published formulas.

use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_fisher::{Gradients, Roles};
use dissensus_layers::cross_entropy;
use dissensus_lm::{Encoder, MaskedLanguageModel, Pass, TrainableModel, batch_seeing_padding};
use dissensus_zoo::{Esm, Gena, MosaicBert, Published, load, load_as};

use crate::common::{CASES, Golden, apart, as_stored, folder, values, within};

const TOLERANCE: f32 = 2e-5;

#[test]
fn hidden_states_and_logits_are_the_published_ones() {
    for case in CASES {
        let golden = Golden::of(case);
        let model = load(folder(case), &Device::flex()).expect(case);
        let sizes = model.sizes();
        let unmasked = batch_seeing_padding(&golden.rows(), &sizes).expect(case);
        for (prefix, batch) in [("", golden.batch(&sizes)), ("nomask.", unmasked)] {
            let states = model.hidden_states(&batch, &Pass::default());
            assert_eq!(states.len(), sizes.layers + 1, "{case}");
            for (layer, state) in states.into_iter().enumerate() {
                let key = format!("{prefix}hidden.{layer}");
                let apart = apart(&values(state), golden.values(&key));
                within(case, &key, apart, TOLERANCE);
            }
            let logits = model.masked().expect(case).logits(&batch, &Pass::default());
            let apart = apart(&values(logits), golden.values(&format!("{prefix}logits")));
            within(case, &format!("{prefix}logits"), apart, TOLERANCE);
        }
    }
}

#[test]
fn the_published_lists_of_hidden_states_are_there() {
    for (case, count) in [("nt_v1", 3), ("nt_v2", 3), ("dnabert2", 1), ("gena", 3)] {
        let golden = Golden::of(case);
        let model = load(folder(case), &Device::flex()).expect(case);
        let batch = golden.batch(&model.sizes());
        let states = model.published_states(&batch, &Pass::default());
        assert_eq!(states.len(), count, "{case}");
        let last = states.into_iter().next_back().expect(case);
        let apart = apart(&values(last), golden.values("hidden.2"));
        within(case, "published.last", apart, TOLERANCE);
    }
}

#[test]
fn gradients_are_those_of_the_published_formulas() {
    for case in CASES {
        match case {
            _ if case.starts_with("nt") => gradients::<Esm>(case),
            _ if case.starts_with("dnabert2") => gradients::<MosaicBert>(case),
            _ => gradients::<Gena>(case),
        }
    }
}

fn gradients<M: Published + MaskedLanguageModel>(case: &str) {
    let golden = Golden::of(case);
    let model: M = load_as(folder(case), &Device::flex().autodiff()).expect(case);
    let batch = golden.batch(&model.sizes());
    let logits = model.logits_at(&batch, &golden.indices("places"), &Pass::default());
    let targets: Vec<i64> = golden
        .indices("targets")
        .into_iter()
        .map(|t| t as i64)
        .collect();
    let count = targets.len();
    let targets = TensorData::new(targets, [count]);
    let targets = Tensor::<1, Int>::from_data(targets, &Device::flex());
    let gradients = cross_entropy(logits, targets).mean().backward();
    let gradients = Gradients::of_module(&model, &gradients, Roles::default())
        .expect(case)
        .parameters;
    let keys: Vec<_> = golden
        .tensors
        .keys()
        .filter_map(|k| k.strip_prefix("grad."))
        .collect();
    assert!(keys.len() > 15, "{case}");
    for key in keys {
        let theirs = golden.values(&format!("grad.{key}"));
        let ours = as_stored(M::names(), &gradients, key);
        let scale = theirs.iter().fold(1e-3f32, |top, g| top.max(g.abs()));
        let apart = apart(&ours, theirs) / scale;
        within(case, &format!("grad.{key}"), apart, 1e-4);
    }
}

#[test]
fn an_untied_copy_answers_alike() {
    let golden = Golden::of("dnabert2");
    let model: MosaicBert = load_as(folder("dnabert2"), &Device::flex()).expect("a model");
    let batch = golden.batch(&model.sizes());
    let logits = |model: &MosaicBert| values(model.logits(&batch, &Pass::default()));
    let tied = logits(&model);
    let untied = model.untied();
    assert!(!untied.config().tie_word_embeddings);
    assert_eq!(logits(&untied), tied);
}
