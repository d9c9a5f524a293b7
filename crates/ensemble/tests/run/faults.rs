//! Damage, divergence and folders that cannot be written.

use super::*;

/// Notes the checkpoints that were passed over.
#[derive(Default)]
struct PassedOver(Vec<(usize, String)>);

impl<M> EnsembleObserver<M> for PassedOver {
    fn damaged(&mut self, member: usize, error: &dissensus_lm::Error) {
        self.0.push((member, error.to_string()));
    }
}

#[test]
fn a_damaged_checkpoint_is_passed_over_and_the_observer_is_told() {
    let unbroken = tempfile::tempdir().unwrap();
    go(unbroken.path(), Existing::Refuse, &mut ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    pool.install(|| go(folder.path(), Existing::Refuse, &mut BreakAfter(5)).unwrap());
    let newest = folder
        .path()
        .join("member-0/state/checkpoint-000000000005/model.safetensors");
    let mut bytes = fs::read(&newest).unwrap();
    bytes[100] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let mut passed = PassedOver::default();
    go(folder.path(), Existing::Resume, &mut passed).unwrap();
    let [(0, message)] = &passed.0[..] else {
        panic!("{:?}", passed.0)
    };
    assert!(
        message.contains("model.safetensors")
            && message.contains("the checkpoint before it is used"),
        "{message}"
    );
    assert_eq!(contents(unbroken.path()), contents(folder.path()));
}

/// Turns one bit in the middle of a file, and gives what it held.
fn flip(path: &Path) -> Vec<u8> {
    let whole = fs::read(path).unwrap();
    let mut broken = whole.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 4;
    fs::write(path, broken).unwrap();
    whole
}

/// Whether everything that a run is read back for can be had.
fn read_back(folder: &Path) -> Result<(), Error> {
    let run = Run::open(folder)?;
    run.tokenizer()?;
    for member in 0..2 {
        run.steps(member)?;
        run.evaluations(member)?;
    }
    for state in MemberState::ALL {
        run.models(state, &Device::flex().into())?;
    }
    Ok(())
}

#[test]
fn a_flip_in_any_file_of_a_finished_run_is_refused_by_name_and_mended_by_resuming() {
    let folder = tempfile::tempdir().unwrap();
    go(folder.path(), Existing::Refuse, &mut ()).unwrap();
    let whole = contents(folder.path());
    let kept = |name: &&String| !name.contains("/state/");
    assert_eq!(whole.keys().filter(kept).count(), 1 + 4 + 2 * (3 + 2 * 7));
    for name in whole.keys().filter(kept) {
        let path = folder.path().join(name);
        let before = flip(&path);
        let error = read_back(folder.path()).unwrap_err();
        assert!(
            matches!(&error, Error::Damaged { path: found, .. } if *found == path),
            "{name}: {error}"
        );
        let mut told = PassedOver::default();
        let resumed = go(folder.path(), Existing::Resume, &mut told);
        match name.as_str() {
            // Nobody knows what was asked for.
            "config.toml" => {
                assert!(resumed.is_err());
                fs::write(&path, before).unwrap();
            }
            "MANIFEST" => assert!(resumed.is_ok()),
            name if name.starts_with("tokenizer/") => assert!(resumed.is_ok()),
            name => {
                assert!(resumed.is_ok());
                assert!(told.0.iter().any(|(_, said)| said.contains(name)), "{name}");
            }
        }
        assert_eq!(contents(folder.path()), whole, "{name}");
    }
}

#[test]
fn files_that_are_gone_from_a_finished_run_come_back() {
    let folder = tempfile::tempdir().unwrap();
    go(folder.path(), Existing::Refuse, &mut ()).unwrap();
    let whole = contents(folder.path());
    for name in ["tokenizer", "member-0/init", "member-1/trained"] {
        fs::remove_dir_all(folder.path().join(name)).unwrap();
        assert!(matches!(
            read_back(folder.path()),
            Err(Error::Damaged { .. })
        ));
        go(folder.path(), Existing::Resume, &mut ()).unwrap();
        assert_eq!(contents(folder.path()), whole, "{name}");
    }
}

#[test]
fn a_changed_history_does_not_reach_a_run_that_is_resumed() {
    let unbroken = tempfile::tempdir().unwrap();
    go(unbroken.path(), Existing::Refuse, &mut ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    go(folder.path(), Existing::Refuse, &mut BreakAfter(5)).unwrap();
    flip(&folder.path().join("member-0/history.csv"));
    go(folder.path(), Existing::Resume, &mut ()).unwrap();
    assert_eq!(contents(unbroken.path()), contents(folder.path()));
}

#[test]
fn a_loss_that_is_not_a_number_names_the_batch_and_the_last_good_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let tokenizer = tokenizer();
    let mut plan = plan(&tokenizer);
    (plan.training.learning_rate, plan.training.warmup) = (1e30, 0.0);
    (plan.members, plan.checkpoint_every) = (1, 1);
    let error = go_by(&plan, folder.path(), Existing::Refuse, &mut ()).unwrap_err();
    let Error::Diverged {
        source, checkpoint, ..
    } = &error
    else {
        panic!("{error}")
    };
    let dissensus_lm::Error::NonFinite {
        step, sequences, ..
    } = &**source
    else {
        panic!("{source}")
    };
    assert!(!sequences.is_empty() && sequences.iter().all(|&i| i < 5));
    let name = format!("checkpoint-{:012}", step - 1);
    assert!(checkpoint.as_ref().unwrap().ends_with(&name), "{error}");
    assert_eq!(
        Run::open_unfinished(folder.path())
            .unwrap()
            .steps(0)
            .unwrap()
            .len() as u64,
        step - 1
    );
}

/// Where a folder's mode does not bind (as root), a file system that cannot be written stands in
/// for it.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    go(folder.path(), Existing::Refuse, &mut BreakAfter(1)).unwrap();
    let before = contents(folder.path());
    let mode = |bits| fs::set_permissions(folder.path(), fs::Permissions::from_mode(bits)).unwrap();
    fs::remove_file(folder.path().join("lock")).unwrap();
    mode(0o555);
    let probe = folder.path().join("probe");
    let target = match fs::write(&probe, "") {
        Err(_) => folder.path(),
        Ok(()) => {
            fs::remove_file(probe).unwrap();
            Path::new("/proc/no-run")
        }
    };
    let error = go(target, Existing::Resume, &mut ()).unwrap_err();
    assert!(
        matches!(&error, Error::File { path, .. } if path.starts_with(target)),
        "{error}"
    );
    mode(0o755);
    assert_eq!(contents(folder.path()), before);
}
