//! A run interrupted and resumed ends with the bytes of an unbroken one, and a folder is never
//! misused.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]
#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

#[path = "run/devices.rs"]
mod devices;
#[path = "run/faults.rs"]
mod faults;
#[path = "run/killed.rs"]
mod killed;
#[path = "run/side_by_side.rs"]
mod side_by_side;

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::Device;
use dissensus_bert::{
    Budget, Config, Data, Devices, Encoder, MaskedLm, Masking, Seeds, Step, TrainingConfig,
};
use dissensus_ensemble::{EnsembleObserver, Error, Existing, MemberState, train};
use dissensus_tokenize::{Character, Layout, Tokenizer};
use proptest::prelude::*;

type Outcome = dissensus_ensemble::Outcome<Config>;
type Plan = dissensus_ensemble::Plan<Config>;
type Run = dissensus_ensemble::Run<Config>;

const STEPS: u64 = 7;

fn tokenizer() -> Character {
    Character::dna(Layout::Standard).unwrap()
}

fn plan(tokenizer: &dyn Tokenizer) -> Plan {
    let model = Config {
        hidden_size: 8,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 16,
        max_position_embeddings: 16,
        ..Config::default()
    };
    Plan {
        members: 2,
        checkpoint_every: 3,
        model: model.with_vocabulary(
            tokenizer.vocabulary().len(),
            tokenizer.specials().pad.unwrap(),
        ),
        training: TrainingConfig::default()
            .with_batch(2)
            .with_learning_rate(1e-2)
            .with_budget(Budget::Steps(STEPS))
            .with_evaluate_every(Some(2))
            .with_seeds(Seeds {
                init: 1,
                order: 2,
                masks: 3,
                dropout: 4,
            }),
        ..Plan::default()
    }
}

fn data(tokenizer: &dyn Tokenizer) -> Data {
    let ids = |text: &str| tokenizer.encode(text).unwrap().ids;
    let training = [
        "ACGTACGTAC",
        "GGGTTTCCCA",
        "ACACACAC",
        "TTTTGGGGA",
        "CATCATCAT",
    ];
    let special: Vec<u32> = tokenizer.specials().ids().collect();
    let masking = Masking::training(
        tokenizer.vocabulary().len(),
        tokenizer.specials().mask.unwrap(),
        &special,
    );
    Data::new(
        training.map(ids).to_vec(),
        vec![ids("ACGTGTGTAC"), ids("GATTACA")],
        masking,
    )
}

fn go(
    folder: &Path,
    existing: Existing,
    observer: &mut dyn EnsembleObserver<MaskedLm>,
) -> Result<Outcome, Error> {
    go_by(&plan(&tokenizer()), folder, existing, observer)
}

fn go_by(
    plan: &Plan,
    folder: &Path,
    existing: Existing,
    observer: &mut dyn EnsembleObserver<MaskedLm>,
) -> Result<Outcome, Error> {
    go_on(&Device::flex().into(), plan, folder, existing, observer)
}

fn go_on(
    devices: &Devices,
    plan: &Plan,
    folder: &Path,
    existing: Existing,
    observer: &mut dyn EnsembleObserver<MaskedLm>,
) -> Result<Outcome, Error> {
    let tokenizer = tokenizer();
    let data = data(&tokenizer);
    train(folder, plan, &data, &tokenizer, devices, existing, observer)
}

/// Every file below a folder with its bytes; the lock has none that matter.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found.remove("lock");
    found
}

/// Interrupts after so many steps, counted over all members.
struct BreakAfter(u64);

impl<M> EnsembleObserver<M> for BreakAfter {
    fn stepped(&mut self, _member: usize, _step: &Step) -> ControlFlow<()> {
        self.0 = self.0.saturating_sub(1);
        match self.0 {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

#[test]
fn a_finished_run_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let Outcome::Finished(run) = go(folder.path(), Existing::Refuse, &mut ()).unwrap() else {
        panic!("nobody interrupted it");
    };
    assert_eq!(*run, Run::open(folder.path()).unwrap());
    assert_eq!(run.plan(), &plan(&tokenizer()));
    for member in 0..2 {
        let steps: Vec<u64> = run
            .steps(member)
            .unwrap()
            .iter()
            .map(|row| row.step)
            .collect();
        assert_eq!(steps, (1..=STEPS).collect::<Vec<u64>>());
        let evaluated: Vec<u64> = run
            .evaluations(member)
            .unwrap()
            .iter()
            .map(|row| row.step)
            .collect();
        assert_eq!(evaluated, [2, 4, 6, 7]);
    }
    let tokenizer = run.tokenizer().unwrap();
    assert_eq!(
        tokenizer.to_json().unwrap(),
        self::tokenizer().to_json().unwrap()
    );
}

#[test]
fn members_share_data_and_differ_in_weights() {
    let folder = tempfile::tempdir().unwrap();
    let Outcome::Finished(run) = go(folder.path(), Existing::Refuse, &mut ()).unwrap() else {
        panic!("nobody interrupted it");
    };
    let models = run
        .models(MemberState::Init, &Device::flex().into())
        .unwrap();
    assert_ne!(
        models[0].input_embedding_values(),
        models[1].input_embedding_values()
    );
    let rows = [run.steps(0).unwrap(), run.steps(1).unwrap()];
    for (a, b) in rows[0].iter().zip(&rows[1]) {
        assert_eq!(
            (a.tokens, a.predicted),
            (b.tokens, b.predicted),
            "the same masks"
        );
        assert_ne!(a.loss, b.loss);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn a_run_interrupted_anywhere_ends_with_the_same_bytes(
        breaks in prop::collection::vec(1_u64..9, 1..4)
    ) {
        let unbroken = tempfile::tempdir().unwrap();
        go(unbroken.path(), Existing::Refuse, &mut ()).unwrap();
        let broken = tempfile::tempdir().unwrap();
        for after in breaks {
            go(broken.path(), Existing::Resume, &mut BreakAfter(after)).unwrap();
        }
        go(broken.path(), Existing::Resume, &mut ()).unwrap();
        let (expected, found) = (contents(unbroken.path()), contents(broken.path()));
        prop_assert!(expected.keys().eq(found.keys()), "{:?}", found.keys());
        for (name, bytes) in &expected {
            prop_assert!(bytes == &found[name], "{name} differs");
        }
    }
}

#[test]
fn a_folder_with_a_run_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    go(folder.path(), Existing::Refuse, &mut BreakAfter(1)).unwrap();
    let before = contents(folder.path());
    let error = go(folder.path(), Existing::Refuse, &mut ()).unwrap_err();
    assert!(matches!(error, Error::AlreadyThere { .. }), "{error}");
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn another_plan_is_refused_by_name_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    go(folder.path(), Existing::Refuse, &mut BreakAfter(1)).unwrap();
    let before = contents(folder.path());
    let tokenizer = tokenizer();
    let mut other = plan(&tokenizer);
    other.training.learning_rate = 0.5;
    let error = go_by(&other, folder.path(), Existing::Resume, &mut ()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("plan.training.learning_rate = 0.01"),
        "{error}"
    );
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn a_vocabulary_of_another_size_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let tokenizer = tokenizer();
    let mut plan = plan(&tokenizer);
    plan.model.vocab_size += 1;
    let error = go_by(&plan, folder.path(), Existing::Refuse, &mut ()).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Vocabulary {
                model: 11,
                tokenizer: 10
            }
        ),
        "{error}"
    );
}

#[test]
fn a_folder_without_a_run_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Run::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("no config.toml"), "{error}");
    go(folder.path(), Existing::Refuse, &mut BreakAfter(1)).unwrap();
    let error = Run::open(folder.path()).unwrap_err();
    assert!(
        error.to_string().contains("member 0 is not trained"),
        "{error}"
    );
}
