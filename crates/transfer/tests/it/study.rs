//! Cells made, spread, merged and compared.

#![expect(clippy::unwrap_used, reason = "helpers of tests assert by unwrapping")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dissensus_probe::{Metric, Scores};
use dissensus_transfer::{
    CellFolder, CellKey, CellOutcome, CellPlan, Error, GainParams, Method, TransferArm,
    TransferCell, TransferCells, against_diagonal, by_dimension, gain_table, gains, score_table,
};
use proptest::prelude::*;

fn key(task: &str, arm: TransferArm, fold: usize, seed: u64) -> CellKey {
    CellKey {
        model: "char".into(),
        task: task.into(),
        method: Method::FineTuned,
        arm,
        fold,
        seed,
    }
}

fn scored(key: CellKey, mcc: f64) -> TransferCell {
    let mut scores = Scores::default();
    scores.mcc = mcc;
    TransferCell {
        key,
        outcome: CellOutcome::Scored(scores),
        bases_seen: Some(1000),
        features: 64,
        rate: Some(1e-4),
        epoch: Some(3),
    }
}

fn at_chance(key: CellKey) -> TransferCell {
    let mut scores = Scores::default();
    scores.mcc = -0.9;
    let outcome = CellOutcome::AtChance(scores);
    TransferCell {
        outcome,
        ..scored(key, 0.0)
    }
}

fn of(cells: impl IntoIterator<Item = TransferCell>) -> TransferCells {
    let mut all = TransferCells::default();
    cells.into_iter().for_each(|cell| all.insert(cell).unwrap());
    all
}

/// Differences .1, .3 in fold 0 and .6 in fold 1: the mean of folds is .4, the mean of pairs 1/3.
fn two_folds() -> TransferCells {
    let differences = [(0, 0, 0.1), (0, 1, 0.3), (1, 0, 0.6)];
    of(differences
        .into_iter()
        .flat_map(|(fold, seed, difference)| {
            [
                scored(
                    key("a", TransferArm::Pretrained, fold, seed),
                    0.2 + difference,
                ),
                scored(key("a", TransferArm::Random, fold, seed), 0.2),
            ]
        }))
}

#[test]
fn a_gain_is_the_mean_over_folds_of_the_mean_over_seeds() {
    let found = gains(&two_folds(), TransferArm::Random, &GainParams::default()).unwrap();
    assert_eq!(found.len(), 1);
    let task = &found[0].tasks[0];
    assert!((task.gain.unwrap().value - 0.4).abs() < 1e-12);
    assert_eq!(task.pairs, 3);
    // The smallest and the largest that a resample of folds, then of seeds, can be.
    assert!(task.gain.unwrap().low >= 0.1 && task.gain.unwrap().high <= 0.6 + 1e-12);
    assert_eq!(task.test.unwrap().p_value, 0.25); // 2 of 2³ patterns
    assert!(found[0].mean.is_none() && found[0].test.is_none());
}

#[test]
fn runs_at_chance_are_counted_and_in_no_mean() {
    let mut cells = two_folds();
    cells
        .insert(at_chance(key("a", TransferArm::Pretrained, 1, 1)))
        .unwrap();
    cells
        .insert(scored(key("a", TransferArm::Random, 1, 1), 0.2))
        .unwrap();
    cells
        .insert(scored(key("a", TransferArm::Pretrained, 1, 2), 0.9))
        .unwrap();
    cells
        .insert(TransferCell {
            outcome: CellOutcome::Diverged,
            ..scored(key("a", TransferArm::Random, 1, 2), 0.0)
        })
        .unwrap();
    let found = gains(&cells, TransferArm::Random, &GainParams::default()).unwrap();
    let task = &found[0].tasks[0];
    assert!((task.gain.unwrap().value - 0.4).abs() < 1e-12);
    assert_eq!(task.pairs, 3);
    assert_eq!(
        (task.arm.scored, task.arm.at_chance, task.arm.diverged),
        (4, 1, 0)
    );
    assert_eq!(
        (
            task.against.scored,
            task.against.at_chance,
            task.against.diverged
        ),
        (4, 0, 1)
    );
    let table = score_table(&cells, Metric::Mcc).unwrap().to_csv().unwrap();
    // Of the pretrained .3 .5 .8 .9, not of the one at −.9.
    assert!(
        table.contains("char,a,fine-tuned,pretrained,1000,0.625,0.30000000000000004,0.9,5,1,0"),
        "{table}"
    );
}

#[test]
fn no_pair_is_no_gain() {
    let cells = of([
        scored(key("a", TransferArm::Pretrained, 0, 0), 0.4),
        at_chance(key("a", TransferArm::Random, 0, 0)),
    ]);
    let found = gains(&cells, TransferArm::Random, &GainParams::default()).unwrap();
    let task = &found[0].tasks[0];
    assert!(task.gain.is_none() && task.test.is_none() && task.q_value.is_none());
    assert_eq!((task.pairs, task.against.at_chance), (0, 1));
    assert!(
        gain_table(&found)
            .unwrap()
            .to_csv()
            .unwrap()
            .contains("char,fine-tuned,pretrained,a,,,,,,0")
    );
    let one = of([
        scored(key("a", TransferArm::Pretrained, 0, 0), 0.4),
        scored(key("a", TransferArm::Random, 0, 0), 0.3),
    ]);
    let found = gains(&one, TransferArm::Random, &GainParams::default()).unwrap();
    assert!(!found[0].tasks[0].gain.unwrap().has_interval());
}

/// Of p = 1/8, 1/8 and 1 over three tasks: q = 3/16, 3/16, 1.
#[test]
fn p_values_are_corrected_over_the_tasks_and_the_mean_draws_tasks() {
    let mut all = Vec::new();
    for (task, gains) in [
        ("a", [0.2, 0.3, 0.25, 0.4]),
        ("b", [0.1, 0.15, 0.2, 0.1]),
        ("c", [0.1, -0.1, 0.1, -0.1]),
    ] {
        for (seed, gain) in gains.into_iter().enumerate() {
            all.push(scored(
                key(task, TransferArm::Pretrained, 0, seed as u64),
                0.3 + gain,
            ));
            all.push(scored(key(task, TransferArm::Random, 0, seed as u64), 0.3));
        }
    }
    let cells = of(all);
    let found = gains(&cells, TransferArm::Random, &GainParams::default()).unwrap();
    let p: Vec<f64> = found[0]
        .tasks
        .iter()
        .map(|task| task.test.unwrap().p_value)
        .collect();
    let q: Vec<f64> = found[0]
        .tasks
        .iter()
        .map(|task| task.q_value.unwrap())
        .collect();
    assert_eq!((p, q), (vec![0.125, 0.125, 1.0], vec![0.1875, 0.1875, 1.0]));
    let mean = found[0].mean.unwrap().estimate;
    assert!((mean.value - (0.2875 + 0.1375) / 3.0).abs() < 1e-12);
    assert_eq!(mean.samples, 3);
    // Three tasks' means, one of them 0 but for rounding.
    assert!(found[0].test.unwrap().permutations == 8);
    let table = gain_table(&found).unwrap().to_csv().unwrap();
    assert!(
        table.contains("char,fine-tuned,pretrained,mean over tasks,"),
        "{table}"
    );
}

/// Both arms at the same scores: no gain, and the interval is that one point.
#[test]
fn an_arm_against_its_copy_gains_nothing() {
    let values = [0.1, 0.5, 0.3];
    let cells = of(values.into_iter().enumerate().flat_map(|(seed, mcc)| {
        [TransferArm::Shuffled, TransferArm::Random]
            .map(|arm| scored(key("a", arm, 0, seed as u64), mcc))
    }));
    let gain =
        gains(&cells, TransferArm::Random, &GainParams::default()).unwrap()[0].tasks[0].clone();
    assert_eq!(
        (gain.gain.unwrap().low, gain.gain.unwrap().high),
        (0.0, 0.0)
    );
    assert_eq!(gain.test.unwrap().p_value, 1.0);
}

#[test]
fn a_figure_has_a_point_a_task_and_the_diagonal() {
    let figure = against_diagonal(
        &two_folds(),
        TransferArm::Pretrained,
        TransferArm::Random,
        Metric::Mcc,
    );
    let csv = figure.chart.to_file().unwrap();
    assert!(csv.contains("<svg"));
    assert!(!figure.chart.is_empty());
    let frozen = |arm, features, mcc| {
        let method = Method::Frozen {
            pool: "mean".into(),
            dimension: Some(features),
        };
        let key = CellKey {
            method,
            ..key("a", arm, 0, 0)
        };
        TransferCell {
            features,
            ..scored(key, mcc)
        }
    };
    let cells = of([
        frozen(TransferArm::Pretrained, 4, 0.4),
        frozen(TransferArm::Pretrained, 8, 0.6),
        frozen(TransferArm::Random, 4, 0.1),
    ]);
    assert!(!by_dimension(&cells, "mean", Metric::Mcc).chart.is_empty());
    assert!(by_dimension(&cells, "max", Metric::Mcc).chart.is_empty());
}

fn plan() -> CellPlan {
    CellPlan {
        models: vec!["char".into(), "6-mer".into()],
        tasks: vec![("a".into(), 2), ("b/c".into(), 1)],
        methods: vec![
            Method::FineTuned,
            Method::Frozen {
                pool: "mean".into(),
                dimension: None,
            },
        ],
        arms: vec![TransferArm::Pretrained, TransferArm::Random],
        seeds: vec![0, 1, 2],
    }
}

/// A study whose runs take no time: every score follows from its key.
fn make(folder: &Path, cells: &[CellKey]) -> usize {
    let cells_of = CellFolder::new(folder, "study");
    let mut made = 0;
    for key in cells {
        if cells_of.get(key).unwrap().is_none() {
            let mcc = f64::from(key.to_string().len() as u32) / 100.0 + key.seed as f64 / 7.0;
            cells_of.put(&scored(key.clone(), mcc)).unwrap();
            made += 1;
        }
    }
    made
}

fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let file = |entry: fs::DirEntry| {
        (
            entry.file_name().into_string().unwrap(),
            fs::read(entry.path()).unwrap(),
        )
    };
    entries.map(file).collect()
}

#[test]
fn processes_that_share_the_work_leave_the_bytes_of_one() {
    let (one, several) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let all = plan().cells().unwrap();
    assert_eq!(make(one.path(), &all), 2 * 3 * 2 * 2 * 3);
    let mut merged = TransferCells::default();
    for share in [2, 0, 1] {
        let own = plan().share(share, 3).unwrap();
        let apart = tempfile::tempdir().unwrap();
        make(apart.path(), &own);
        merged
            .merge(CellFolder::new(apart.path(), "study").all().unwrap())
            .unwrap();
        make(several.path(), &own);
    }
    assert_eq!(bytes(one.path()), bytes(several.path()));
    let whole = CellFolder::new(one.path(), "study").all().unwrap();
    assert_eq!(
        serde_json::to_string(&merged).unwrap(),
        serde_json::to_string(&whole).unwrap()
    );
    assert_eq!(
        serde_json::from_str::<TransferCells>(&serde_json::to_string(&whole).unwrap()).unwrap(),
        whole
    );
    // A second go finds everything there.
    assert_eq!(make(one.path(), &all), 0);
}

#[test]
fn what_is_foreign_or_in_conflict_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let cell = scored(key("a", TransferArm::Random, 0, 0), 0.5);
    CellFolder::new(folder.path(), "study").put(&cell).unwrap();
    let other = CellFolder::new(folder.path(), "another study");
    assert!(matches!(other.get(&cell.key), Err(Error::Foreign { .. })));
    assert!(matches!(other.all(), Err(Error::Foreign { .. })));
    let mut one = of([cell.clone()]);
    let before = one.clone();
    let differs = of([
        scored(key("a", TransferArm::Pretrained, 0, 0), 0.1),
        scored(cell.key.clone(), 0.6),
    ]);
    assert!(matches!(one.merge(differs), Err(Error::Conflict { .. })));
    assert_eq!(one, before);
    one.merge(before.clone()).unwrap();
    assert_eq!(one, before);
    let own = CellFolder::new(folder.path(), "study");
    let file = folder.path().join(cell.key.file_name());
    let whole = fs::read_to_string(&file).unwrap();
    let digit = whole.rfind(|c: char| c.is_ascii_digit()).unwrap();
    let mut other_digit = whole.clone();
    other_digit.replace_range(
        digit..=digit,
        if &whole[digit..=digit] == "7" {
            "3"
        } else {
            "7"
        },
    );
    for damaged in ["{", &whole[..whole.len() / 2], &other_digit] {
        fs::write(&file, damaged).unwrap();
        let found = own.get(&cell.key);
        assert!(matches!(found, Err(Error::Damaged { .. })), "{found:?}");
    }
}

#[test]
fn a_plan_names_what_stands_twice_or_is_missing() {
    let twice = CellPlan {
        seeds: vec![1, 1],
        ..plan()
    };
    assert_eq!(
        twice.cells().unwrap_err().to_string(),
        "seeds: found 1 twice, expected each once"
    );
    let none = CellPlan {
        arms: vec![],
        ..plan()
    };
    assert_eq!(
        none.cells().unwrap_err().to_string(),
        "arms: found none, expected at least one"
    );
    assert!(plan().share(3, 3).is_err());
    let names: std::collections::BTreeSet<String> = plan()
        .cells()
        .unwrap()
        .iter()
        .map(CellKey::file_name)
        .collect();
    assert_eq!(names.len(), plan().cells().unwrap().len());
}

proptest! {
    #[test]
    fn merging_is_associative_and_does_not_mind_the_order(shares in prop::collection::vec(0..3_usize, 12)) {
        let all = plan().cells().unwrap();
        let part = |share: usize| {
            let own = all.iter().zip(&shares).filter(|(_, of)| **of == share);
            of(own.map(|(key, _)| scored(key.clone(), key.seed as f64)))
        };
        let merged = |order: [usize; 3]| {
            let mut sum = TransferCells::default();
            order.into_iter().for_each(|share| sum.merge(part(share)).unwrap());
            serde_json::to_string(&sum).unwrap()
        };
        let left = merged([0, 1, 2]);
        prop_assert_eq!(&left, &merged([2, 0, 1]));
        let mut right = part(1);
        right.merge(part(2)).unwrap();
        let mut sum = part(0);
        sum.merge(right).unwrap();
        prop_assert_eq!(left, serde_json::to_string(&sum).unwrap());
    }
}
