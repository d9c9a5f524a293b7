//! Several devices: what is found is the bytes of one where models are divided between them, and of
//! one with the same micro-batches where a training is; a program that has no use for them says so.

use std::path::Path;
use std::process::Output;

use dissensus_bert::{Budget, Devices, devices};
use dissensus_ensemble::Existing;
use dissensus_lm::Pool;
use dissensus_measure::Input;
use dissensus_study::{
    Architecture, Arm, Grid, Options, RecipeSweep, StudyOutcome, SweepOutcome, TaskRows,
    TransferData, TransferOptions, recipe_sweep, run, sweep, transfer,
};
use dissensus_transfer::TransferArm;

use crate::{shares, terminal};

/// What something finds on one device and on two.
fn on_one_and_two<T>(found: impl Fn(&Devices, &Path) -> T) -> [T; 2] {
    ["cpu", "cpu,cpu"].map(|names| {
        let folder = tempfile::tempdir().unwrap();
        found(&devices(names).unwrap(), folder.path())
    })
}

/// Two small members, with a micro-batch for each of two devices.
fn options() -> Options {
    let mut options = Options::default().quick();
    options.dna = Input::built_in(20_000, 1);
    options.arms = vec![Arm::DnaKmer];
    options.along = vec![0.5];
    options.training.budget = Budget::Steps(4);
    (options.training.batch, options.training.micro_batch) = (4, Some(2));
    (options.analysis_sequences, options.fisher_sequences) = (6, 2);
    options.context_sequences = 2;
    options
}

#[test]
fn a_study_trained_and_measured_on_two_devices_is_the_bytes_of_one() {
    let [one, two] = on_one_and_two(|devices, folder| {
        let found = run(&options(), folder, devices, Existing::Refuse, &mut ()).unwrap();
        let StudyOutcome::Finished(found) = found else {
            panic!("nobody interrupted it")
        };
        found
    });
    assert_eq!(
        one.results.to_json().unwrap(),
        two.results.to_json().unwrap()
    );
    assert_eq!((one.losses, one.checksums), (two.losses, two.checksums));
}

#[test]
fn a_device_without_a_part_of_a_batch_is_refused_before_an_arm_is_read() {
    let mut options = options();
    options.training.micro_batch = None;
    let (two, folder) = (devices("cpu,cpu").unwrap(), tempfile::tempdir().unwrap());
    let refused = |options: &Options| run(options, folder.path(), &two, Existing::Refuse, &mut ());
    let said = refused(&options).unwrap_err().to_string();
    assert!(said.contains("micro_batch"), "{said}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    assert_eq!(options.shared_by(2).training.micro_batch, Some(2));
}

#[test]
fn a_sweep_on_two_devices_is_the_bytes_of_one() {
    let mut grid = Grid {
        entropies: vec![3.0],
        distances: vec![1],
        symbols: 20_000,
        ..Grid::default()
    };
    grid.study.training = options().training;
    (grid.study.members, grid.study.preset) = (2, "micro".into());
    (grid.study.analysis_sequences, grid.study.fisher_sequences) = (6, 2);
    let [one, two] = on_one_and_two(|devices, folder| {
        let found = sweep(&grid, folder, devices, Existing::Refuse, &mut ()).unwrap();
        let SweepOutcome::Finished(found) = found else {
            panic!("nobody interrupted it")
        };
        found.to_json().unwrap()
    });
    assert_eq!(one, two);
}

#[test]
fn a_recipe_on_two_devices_teaches_what_it_teaches_on_one() {
    let mut sweep = RecipeSweep {
        arms: vec![Arm::DnaKmer],
        seeds: vec![101],
        seconds: 0.1,
        control: Budget::Steps(4),
        symbols: 30_000,
        ..RecipeSweep::default()
    };
    sweep.variants.truncate(1);
    sweep.study.analysis_sequences = 8;
    let batch = sweep.variants[0].recipe.batch;
    sweep.study.training.micro_batch = Some(batch.div_ceil(2));
    let [one, two] = on_one_and_two(|devices, folder| {
        // A clock by which every training is as fast.
        let mut time = 0.0;
        let mut clock = || {
            time += 1.0;
            time
        };
        recipe_sweep(&sweep, folder, devices, &mut clock, &mut ())
            .unwrap()
            .unwrap()
    });
    assert_eq!(one, two);
    assert!(one[0].loss.is_some() && one[0].steps > 1, "{one:?}");
}

#[test]
fn a_transfer_study_pretrained_on_two_devices_is_the_bytes_of_one() {
    let mut options = TransferOptions::default().quick();
    options.tokenizers = vec![Arm::DnaKmer];
    options.arms = vec![TransferArm::Pretrained, TransferArm::Random];
    options.architecture = Architecture::Bert;
    (options.seeds, options.pretrain_bases, options.held_out) = (1, 8_000, 16);
    (options.pools, options.dimensions) = (vec![Pool::Mean], vec![4]);
    options.fine_tune = None;
    let rows = TaskRows {
        train: 24,
        validation: 8,
        test: 24,
    };
    let data = TransferData::built_in(20_000, rows, 48, 0).unwrap();
    let alone = options.study(&data);
    let options = options.shared_by(2);
    assert_ne!(options.study(&data), alone, "sums in another order");
    let [one, two] = on_one_and_two(|devices, folder| {
        let found = transfer(&options, &data, folder, devices, &mut ());
        serde_json::to_string(&found.unwrap().unwrap()).unwrap()
    });
    assert_eq!(one, two);
    assert!(one.contains("micro_batch"), "{one}");
}

fn said(folder: &Path, name: &str, arguments: &str) -> Output {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    terminal::run(name, folder, &words)
}

#[test]
fn a_model_and_its_twins_on_two_devices_find_what_they_find_on_one() {
    let folder = tempfile::tempdir().unwrap();
    shares::files(folder.path());
    for (name, arguments) in [
        (
            "mutation_curves",
            "--length 24 --windows 4 --counts 1,4 --model model --reference contig.fa",
        ),
        (
            "scan_variants",
            "--window 24 --every 20 --model model model --reference contig.fa -- variants.tsv",
        ),
        (
            "audit_checkpoints",
            "--max-length 24 --analysis-sequences 4 --fisher-sequences 2 --context-sequences 0 --whole --dna contig.fa -- model",
        ),
        (
            "fisher_map",
            "--sequences 2 --length 24 --batches 2 --model model --data contig.fa",
        ),
    ] {
        let found = ["cpu", "cpu,cpu"].map(|devices| {
            let place = format!("--device {devices} --out {name}-{devices} {arguments}");
            let output = said(folder.path(), name, &place);
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{name}: {error}");
            let results = format!("{name}-{devices}/results.json");
            std::fs::read_to_string(folder.path().join(results)).unwrap()
        });
        assert!(found[0] == found[1], "{name} differs");
    }
}

#[test]
fn a_program_with_no_use_for_a_device_says_so_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    shares::files(folder.path());
    for (name, devices, arguments) in [
        ("check_model", "cpu,cpu", "model"),
        ("fisher_map", "cpu,cpu", ""),
        (
            "fisher_map",
            "cpu,cpu",
            "--control none --model model --data contig.fa",
        ),
        (
            "mutation_curves",
            "cpu,cpu",
            "--twins 0 --length 24 --model model --reference contig.fa",
        ),
        ("probe_frozen", "cpu,cpu,cpu", "--model model variants.tsv"),
        (
            "scan_variants",
            "cpu,cpu",
            "--twins 0 --model model --reference contig.fa -- variants.tsv",
        ),
        (
            "audit_checkpoints",
            "cpu,cpu,cpu",
            "--dna contig.fa -- model",
        ),
        ("transfer_study", "cpu,cpu", "--quick --arms random"),
    ] {
        let output = said(
            folder.path(),
            name,
            &format!("--device {devices} {arguments}"),
        );
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}: {text}");
        let named = format!("--device {devices}: ");
        assert!(
            text.contains(&named) && text.contains("expected"),
            "{name}: {text}"
        );
    }
}
