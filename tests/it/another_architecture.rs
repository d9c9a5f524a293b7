//! A model that is not BERT: all that it takes stands in `toy`, and everything works on it.

use std::collections::BTreeSet;
use std::path::Path;

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm};
use dissensus_ensemble::{Existing, MemberState, Outcome, Plan, train};
use dissensus_fisher::{FisherParams, GroupSums, LabelChoice, RoleGrouping, Sample};
use dissensus_input::Modality;
use dissensus_lm::{
    Budget, Data, Encoder, Masking, ModelPart, NextToken, Objective, TrainableModel, Trainer,
    TrainingConfig,
};
use dissensus_measure::{AuditParams, Input, audit, open_folder};
use dissensus_tokenize::{Kmer, Layout, Role, Tokenizer};
use toy::{Convolution, Shape};

/// The architecture, and the only file that names it.
#[path = "another_architecture/toy.rs"]
mod toy;

const VOCABULARY: usize = 12;

fn shape(causal: bool) -> Shape {
    Shape {
        vocabulary: VOCABULARY,
        width: 16,
        causal,
    }
}

/// Sequences in which every token follows from the one before it.
fn cycles() -> Vec<Vec<u32>> {
    (0..24)
        .map(|start| (0..16).map(|at| 5 + (start + at) % 7).collect())
        .collect()
}

fn settings() -> TrainingConfig {
    TrainingConfig::default()
        .with_learning_rate(0.02)
        .with_batch(8)
        .with_micro_batch(Some(4))
        .with_budget(Budget::Epochs(25))
}

/// The evaluation's loss before and after training, nats.
fn losses<O: Objective<Convolution>>(causal: bool, objective: O) -> [f64; 2] {
    let model = Convolution::fresh(&shape(causal), 1, &Device::flex()).unwrap();
    let data = Data::new(cycles(), cycles(), objective);
    let mut trainer = Trainer::new(model, settings(), data).unwrap();
    let before = trainer.evaluate().unwrap().loss;
    assert!(trainer.run(&mut ()).unwrap());
    [before, trainer.best().unwrap().loss]
}

#[test]
fn it_trains_on_masked_tokens_and_on_the_next_one() {
    let masking = Masking::training(VOCABULARY, 4, &[0, 1, 2, 3, 4]);
    let flat = (VOCABULARY as f64).ln();
    for [before, after] in [losses(false, masking), losses(true, NextToken)] {
        assert!((before - flat).abs() < 0.3, "{before} is not {flat}");
        assert!(after < 0.5, "{after}");
    }
}

#[test]
fn a_resumed_causal_run_ends_with_the_same_bits() {
    let new = || {
        let model = Convolution::fresh(&shape(true), 1, &Device::flex()).unwrap();
        Trainer::new(
            model,
            settings(),
            Data::new(cycles(), Vec::new(), NextToken),
        )
        .unwrap()
    };
    let (mut whole, mut halves) = (new(), new());
    whole.run(&mut ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..7 {
        halves.step().unwrap();
    }
    halves.save(folder.path()).unwrap();
    let data = Data::new(cycles(), Vec::new(), NextToken);
    let mut resumed =
        Trainer::<Convolution, _>::resume(folder.path(), settings(), data, &Device::flex())
            .unwrap();
    assert_eq!(resumed.steps_done(), 7);
    resumed.run(&mut ()).unwrap();
    let values = |trainer: &Trainer<Convolution, NextToken>| {
        dissensus_lm::parameter_values(&trainer.model())
    };
    assert_eq!(values(&whole), values(&resumed));
}

#[test]
fn its_fisher_information_has_shares_by_what_its_parameters_do() {
    let masking = Masking::analysis(VOCABULARY, 4, &[0, 1, 2, 3, 4]);
    let masked = masking.mask_all(&cycles(), 1).unwrap();
    let model = Convolution::fresh(&shape(false), 1, &Device::flex()).unwrap();
    let sums = FisherParams::default().group_sums(&model, &masked).unwrap();
    let mut causal = GroupSums::new(Sample::Sequence, LabelChoice::Observed);
    let next = Convolution::fresh(&shape(true), 1, &Device::flex()).unwrap();
    FisherParams::default()
        .run_causal(&next, &cycles(), &mut causal)
        .unwrap();
    for sums in [sums, causal] {
        let three = sums.shares(RoleGrouping::Three).unwrap();
        let labels: Vec<&str> = three.iter().map(|share| share.label.as_str()).collect();
        assert_eq!(labels, ["embeddings", "head", "transformer"]);
        let whole: f64 = three.iter().map(|share| share.share).sum();
        assert!((whole - 1.0).abs() < 1e-9 && three.iter().all(|share| share.share > 0.0));
        let kinds = sums.shares(RoleGrouping::Kinds).unwrap();
        assert!(kinds.iter().any(|share| share.label == "convolution"));
    }
    assert_eq!(
        model.parameter_role("blocks.0.convolution.left").part,
        ModelPart::Layers
    );
}

/// Two members of an architecture, trained for a step and audited.
fn audited<M>(config: &M::Config, tokenizer: &dyn Tokenizer, folder: &Path) -> BTreeSet<String>
where
    M: TrainableModel + dissensus_lm::MaskedLanguageModel,
{
    let plan = Plan {
        members: 2,
        checkpoint_every: 100,
        coupling: Default::default(),
        model: config.clone(),
        training: TrainingConfig::default()
            .with_budget(Budget::Steps(1))
            .with_batch(4),
    };
    let size = tokenizer.vocabulary().len();
    let special: Vec<u32> = tokenizer.specials().ids().collect();
    let mask = tokenizer.specials().require(Role::Mask).unwrap();
    let masking = Masking::training(size, mask, &special);
    let data = Data::new(vec![(6..20).collect(); 4], Vec::new(), masking);
    let (refuse, device) = (Existing::Refuse, Device::flex().into());
    let found = train(folder, &plan, &data, tokenizer, &device, refuse, &mut ()).unwrap();
    assert!(matches!(found, Outcome::Finished(_)));
    let member = |number| {
        folder
            .join(format!("member-{number}"))
            .join(MemberState::Trained.name())
    };
    let input = Input::BuiltIn {
        symbols: 20_000,
        seed: 1,
    };
    let mut params = AuditParams::new(vec![member(0), member(1)], Modality::Dna, input);
    params.max_length = Some(32);
    params.analysis = params.analysis.with_sequences(6);
    params.measures = params
        .measures
        .with_fisher_sequences(3)
        .with_context_sequences(3);
    let found = audit(&params, &open_folder::<M>, &device, &mut ()).unwrap();
    let states = found.ensembles.iter().flat_map(|ensemble| &ensemble.states);
    let measures = states.flat_map(|state| state.measures.iter().map(|m| (&state.name, &m.id)));
    measures
        .map(|(state, id)| format!("{state} {id}"))
        .collect()
}

#[test]
fn an_ensemble_of_it_is_trained_stored_and_audited_with_every_measure() {
    let folder = tempfile::tempdir().unwrap();
    let tokenizer = Kmer::new(2, Layout::Standard).unwrap();
    let vocabulary = tokenizer.vocabulary().len();
    let shape = Shape {
        vocabulary,
        ..shape(false)
    };
    let toy = audited::<Convolution>(&shape, &tokenizer, &folder.path().join("toy"));
    let config = Config {
        max_position_embeddings: 64,
        ..Config::preset("tiny").unwrap()
    };
    let bert = audited::<MaskedLm>(
        &config.with_vocabulary(vocabulary, 1),
        &tokenizer,
        &folder.path().join("bert"),
    );
    // What a parameter does is the architecture's own; its table is not tied, so that its rows have
    // no two sides.
    let general = |id: &&String| {
        let own = [
            "fisher/",
            "fisher_per_parameter/",
            "fisher_decile",
            "fisher_mask_row",
        ];
        !own.iter().any(|own| id.contains(own))
    };
    let missing: Vec<&String> = bert.difference(&toy).filter(general).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for id in [
        "fisher/convolution",
        "fisher/embeddings",
        "fisher_layer",
        "context_loss/both",
    ] {
        assert!(toy.contains(&format!("trained {id}")), "{id} of {toy:?}");
    }
}
